// `damselfly status`: one picture of the group, for people or programs; exit code 0 only when a
// leader answered and a majority with it.
import { nullLogger } from '../base/index.ts'
import { readClusterOverview, SchedulerClient } from '../client/index.ts'
import type { ClusterOverview } from '../client/index.ts'
import { runCommand, SystemClock, systemRandom } from '../runtime/index.ts'
import type { ConfigSchema } from '../runtime/index.ts'

const schema = {
  schedulers: {
    type: 'list',
    default: ['127.0.0.1:8002'],
    help: 'client addresses (host:port) of some members; the others are learnt',
  },
  json: { type: 'boolean', default: false, help: 'print JSON' },
} as const satisfies ConfigSchema

/** Longest one member may take to answer. */
const answerDeadlineMs = 1000

export async function main(argv: readonly string[]): Promise<void> {
  await runCommand(
    {
      name: 'damselfly status',
      usage: 'usage: damselfly status --schedulers ADDR[,ADDR] [--json]',
      schema,
      envPrefix: 'DAMSELFLY_STATUS',
      run: async ({ config }) => {
        const overview = await readOverview(config.schedulers)
        const text = config.json ? `${JSON.stringify(statusShape(overview))}\n` : table(overview)
        // Waiting for the write matters: process.exit drops what a pipe has not taken yet.
        await new Promise((resolve) => process.stdout.write(text, resolve))
        return overview.isServing ? 0 : 1
      },
    },
    argv,
  )
}

/** Asks every address, each at most a second. */
export async function readOverview(addresses: readonly string[]): Promise<ClusterOverview> {
  const { random } = systemRandom()
  const deps = { clock: new SystemClock(), random, logger: nullLogger }
  const client = new SchedulerClient(deps, { addresses })
  try {
    const ask = (address: string) => client.status(address, { deadlineMs: answerDeadlineMs })
    return await readClusterOverview(ask, addresses)
  } finally {
    client.close()
  }
}

/** The documented JSON; ids are decimal strings, what nobody knows is null. */
function statusShape(overview: ClusterOverview): Readonly<Record<string, unknown>> {
  return {
    clusterId: overview.clusterId === '' ? null : overview.clusterId,
    leaderId: overview.leaderId === 0 ? null : String(overview.leaderId),
    term: overview.term,
    members: overview.members.map((member) => ({
      id: String(member.id),
      addr: member.addr,
      pid: member.pid ?? null,
      role: member.role,
      state: member.state,
      term: member.term ?? null,
      commit: member.commit ?? null,
      applied: member.applied ?? null,
      reachable: member.isReachable,
    })),
  }
}

function table(overview: ClusterOverview): string {
  if (overview.members.length === 0) return 'no scheduler answered\n'
  const header = [
    'ID',
    'NAME',
    'ADDRESS',
    'ROLE',
    'STATE',
    'TERM',
    'COMMIT',
    'APPLIED',
    'REACHABLE',
  ]
  const rows = overview.members.map((member) => [
    String(member.id),
    member.hostId,
    member.addr,
    member.role,
    member.state,
    String(member.term ?? '-'),
    String(member.commit ?? '-'),
    String(member.applied ?? '-'),
    member.isReachable ? 'yes' : 'no',
  ])
  const widths = header.map((_, i) => Math.max(...[header, ...rows].map((row) => row[i]!.length)))
  const lines = [header, ...rows].map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  )
  const leader = overview.members.find(({ id }) => id === overview.leaderId)
  const reachable = overview.members.filter(({ isReachable }) => isReachable).length
  const verdict = [
    `cluster ${overview.clusterId}`,
    leader === undefined ? 'no leader' : `${leader.hostId} leads in term ${overview.term}`,
    `${reachable} of ${overview.members.length} reachable`,
  ].join(', ')
  return `${verdict}\n${lines.join('\n')}\n`
}
