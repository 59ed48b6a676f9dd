// Shows members and live hosts, asked again every two seconds.
const refreshMs = 2000

/** Replaces a table's rows; text only, so that nothing a host calls itself becomes markup. */
function showRows(id, rows) {
  const body = document.getElementById(id)
  body.replaceChildren(
    ...rows.map(({ cells, kind }) => {
      const row = document.createElement('tr')
      row.dataset.kind = kind
      for (const { text, isNumber } of cells) {
        const cell = document.createElement('td')
        cell.textContent = text
        if (isNumber) cell.className = 'number'
        row.append(cell)
      }
      return row
    }),
  )
}

const text = (value) => ({ text: String(value), isNumber: false })
const number = (value) => ({ text: String(value), isNumber: true })

const unknown = '\u2013'

/** What a member has not told, or nobody knows of it. */
const orDash = (value) => value ?? unknown

function stateText(member) {
  const percent = member.loaded_percent === null ? '' : ` ${Math.floor(member.loaded_percent)}%`
  const state = member.node_state + percent
  return member.is_reachable ? state : `unreachable (${state})`
}

function memberRow(member) {
  return {
    kind: member.is_leader ? 'leader' : member.is_reachable ? 'active' : 'inactive',
    cells: [
      text(member.id),
      text(member.host_name),
      text(`${member.ip}:${member.port}`),
      text(member.role),
      text(stateText(member)),
      number(orDash(member.term)),
      number(orDash(member.applied)),
      number(orDash(member.lag)),
      text(member.version || unknown),
    ],
  }
}

function hostRow(host) {
  return {
    kind: host.type,
    cells: [
      text(host.host_name),
      text(host.type === 'super' ? 'seed peer' : 'peer'),
      text(`${host.ip}:${host.port}`),
      number(host.download_port),
      text(`${host.build_platform || host.os} ${host.kernel_version}`),
    ],
  }
}

/** What is known now; what could not be read is undefined, and its table says so. */
const known = { members: undefined, hosts: undefined }

const kinds = { healthy: 'good', degraded: 'fair', down: 'bad' }

/** good: all is well. fair: it serves, with something amiss. bad: it does not serve. */
function verdictKind() {
  const { members: status, hosts } = known
  if (status === undefined) return 'bad'
  const kind = kinds[status.verdict] ?? 'bad'
  return kind === 'good' && hosts === undefined ? 'fair' : kind
}

function verdictText() {
  const { members: status, hosts } = known
  const live = hosts === undefined ? 'live hosts unknown' : `${hosts.length} live hosts`
  if (status === undefined) return `schedulers unknown, ${live}`
  const leader = status.members.find((member) => member.is_leader)
  const name = leader?.host_name ?? 'a member that is not shown'
  const who = status.leader_id === 0 ? 'no leader' : `${name} leads`
  const { quorum } = status
  const spare = quorum === null ? '' : `, can lose ${quorum.can_lose} more of ${quorum.voters}`
  return `${status.verdict}: ${who}${spare}, ${live}`
}

function showVerdict() {
  const verdict = document.getElementById('verdict')
  verdict.dataset.kind = verdictKind()
  verdict.textContent = verdictText()
  const lines =
    known.members === undefined ? [] : [...known.members.reasons, ...known.members.notes]
  document.getElementById('reasons').replaceChildren(
    ...lines.map((line) => {
      const item = document.createElement('li')
      item.textContent = line
      return item
    }),
  )
}

async function read(path) {
  const response = await fetch(path)
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return response.json()
}

/** Rows that cannot be read now stay, greyed: they were true once. */
async function refresh(id, path, toRows) {
  try {
    const answer = await read(path)
    known[id] = answer
    showRows(id, toRows(answer))
  } catch {
    known[id] = undefined
  }
  document.getElementById(id).dataset.kind = known[id] === undefined ? 'stale' : 'fresh'
  showVerdict()
}

/** Each list on its own: without a quorum hosts are long in coming, members are not. */
async function keepFresh(id, path, toRows) {
  await refresh(id, path, toRows)
  setTimeout(() => void keepFresh(id, path, toRows), refreshMs)
}

void keepFresh('members', '/api/v1/cluster/status', ({ members }) => members.map(memberRow))
void keepFresh('hosts', '/api/v1/peers', (hosts) => hosts.map(hostRow))
