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

/** A member that did not answer has told neither term nor index. */
const isHeard = (member) => member.role !== 'unknown'

function memberRow(member) {
  const reach = member.state === 'active' ? member.node_state : `unreachable (${member.node_state})`
  return {
    kind: member.is_leader ? 'leader' : member.state,
    cells: [
      text(member.id),
      text(member.host_name),
      text(`${member.ip}:${member.port}`),
      text(member.role),
      text(reach),
      number(isHeard(member) ? member.term : unknown),
      number(isHeard(member) ? member.applied : unknown),
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

/** What is known now; a list that could not be read is undefined, and its table says so. */
const known = { members: undefined, hosts: undefined }

/** good: all is well. fair: it serves, with somebody missing. bad: it does not serve. */
function verdictKind() {
  const { members, hosts } = known
  if (members === undefined) return 'bad'
  const reachable = members.filter(({ state }) => state === 'active').length
  const hasLeader = members.some((member) => member.is_leader)
  if (!hasLeader || reachable * 2 <= members.length) return 'bad'
  return reachable === members.length && hosts !== undefined ? 'good' : 'fair'
}

function verdictText() {
  const { members, hosts } = known
  const live = hosts === undefined ? 'live hosts unknown' : `${hosts.length} live hosts`
  if (members === undefined) return `schedulers unknown, ${live}`
  const reachable = members.filter(({ state }) => state === 'active').length
  const leader = members.find((member) => member.is_leader)
  const who = leader === undefined ? 'no leader' : `${leader.host_name} leads`
  return `${who}, ${reachable} of ${members.length} schedulers reachable, ${live}`
}

function showVerdict() {
  const verdict = document.getElementById('verdict')
  verdict.dataset.kind = verdictKind()
  verdict.textContent = verdictText()
}

async function read(path) {
  const response = await fetch(path)
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return response.json()
}

/** Rows of a list that cannot be read now stay, greyed: they were true once. */
async function refresh(id, path, toRow) {
  try {
    const list = await read(path)
    known[id] = list
    showRows(id, list.map(toRow))
  } catch {
    known[id] = undefined
  }
  document.getElementById(id).dataset.kind = known[id] === undefined ? 'stale' : 'fresh'
  showVerdict()
}

/** Each list on its own: without a quorum hosts are long in coming, members are not. */
async function keepFresh(id, path, toRow) {
  await refresh(id, path, toRow)
  setTimeout(() => void keepFresh(id, path, toRow), refreshMs)
}

void keepFresh('members', '/api/v1/schedulers', memberRow)
void keepFresh('hosts', '/api/v1/peers', hostRow)
