// What the snapshot commands and `recover` say, for people and for programs.
import { toHex } from '../base/index.ts'
import type { Restored, SnapshotReport } from '../scheduler/recovery/index.ts'
import { sizeText, textFields, textTable } from './text-table.ts'

/** What a sound file holds. */
export async function snapshotText(saved: {
  readonly path: string
  readonly report: SnapshotReport
  /** Whom it came from. */
  readonly address?: string
  readonly json: boolean
}): Promise<string> {
  const { path, report, address, json } = saved
  if (json) {
    const { snapshotJson } = await import('../scheduler/recovery/index.ts')
    const from = address === undefined ? {} : { from: address }
    return `${JSON.stringify({ file: path, ...from, ...snapshotJson(report) })}\n`
  }
  const { clusterId, index, term, rows, fileBytes, digest, features } = report
  const fields = textFields([
    ['file', path],
    ...(address === undefined ? [] : [['from', address] as const]),
    ['cluster', clusterId],
    ['index', `${index}, term ${term}`],
    ['rows', String(rows)],
    ['size', `${sizeText(fileBytes)} (${fileBytes} bytes)`],
    ['digest', toHex(digest)],
    ['features', features.length === 0 ? 'none' : features.join(', ')],
  ])
  // Whoever saves wants to know that it is whole; whoever inspects, what is in it.
  if (address !== undefined) return fields
  const members = textTable(
    ['ID', 'NAME', 'RAFT ADDRESS', 'ROLE', 'STATE'],
    report.members.map(({ replicaId, hostId, raftAddress, role, state }) => [
      String(replicaId),
      hostId,
      raftAddress,
      role,
      state,
    ]),
  )
  const tables = textTable(
    ['TABLE', 'ROWS', 'SIZE'],
    report.tables.map((table) => [table.name, String(table.rows), sizeText(table.bytes)]),
  )
  return [fields, members, tables].join('\n')
}

/** What a restore has made, and what to do next. */
export function restoredText(
  { founding, rows, instance, snapshot }: Restored,
  { root, json }: { readonly root: string; readonly json: boolean },
): string {
  const { clusterId, replicaId, hostId, raftAddress, index } = founding
  if (json) {
    const from = { clusterId: snapshot.clusterId, index: snapshot.index }
    const member = { id: String(replicaId), hostId, raftAddr: raftAddress }
    const made = { clusterId, index, rows, dataDir: root, directory: instance.directory }
    return `${JSON.stringify({ ...made, member, from })}\n`
  }
  const fields = textFields([
    ['new cluster', clusterId],
    ['made from', `${snapshot.clusterId} at index ${snapshot.index}`],
    ['first member', `${hostId} (id ${replicaId}) at ${raftAddress}`],
    ['rows', String(rows)],
    ['directory', instance.directory],
  ])
  return `${fields}\n${nextSteps({ root, hostId, raftAddress })}`
}

/** How a cluster of one member grows again. */
export function nextSteps(member: {
  readonly root: string
  readonly hostId: string
  readonly raftAddress: string
}): string {
  const { root, hostId, raftAddress } = member
  return [
    'What to do next:',
    `  1. Start the scheduler of ${hostId} without --initial-members:`,
    `     damselfly scheduler --data-dir ${root} --host-id ${hostId} …`,
    '  2. For every other member: damselfly member add (it prints a token), then start it with an',
    `     empty data directory and --join ${raftAddress} --join-token TOKEN. Hosts with the cluster`,
    '     key that were members before need no token.',
    '  3. Point clients and managers at the new members; those of the old cluster are refused.',
    '',
  ].join('\n')
}
