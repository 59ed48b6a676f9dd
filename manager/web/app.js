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
      number(member.term),
      number(member.applied),
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
      text(`${host.os} ${host.platform_version}`),
    ],
  }
}

function showVerdict(members, hosts) {
  const leader = members.find((member) => member.is_leader)
  const reachable = members.filter((member) => member.state === 'active').length
  const hasQuorum = reachable * 2 > members.length
  const verdict = document.getElementById('verdict')
  verdict.dataset.kind = leader !== undefined && hasQuorum ? 'good' : 'bad'
  const who = leader === undefined ? 'no leader' : `${leader.host_name} leads`
  verdict.textContent = `${who}, ${reachable} of ${members.length} schedulers reachable, ${hosts}`
}

async function read(path) {
  const response = await fetch(path)
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return response.json()
}

async function refresh() {
  const [members, hosts] = await Promise.allSettled([
    read('/api/v1/schedulers'),
    read('/api/v1/peers'),
  ])
  if (members.status === 'fulfilled') showRows('members', members.value.map(memberRow))
  if (hosts.status === 'fulfilled') showRows('hosts', hosts.value.map(hostRow))
  const known = members.status === 'fulfilled' ? members.value : []
  const live = hosts.status === 'fulfilled' ? `${hosts.value.length} live hosts` : 'hosts unknown'
  showVerdict(known, live)
}

async function keepFresh() {
  await refresh()
  setTimeout(() => void keepFresh(), refreshMs)
}

void keepFresh()
