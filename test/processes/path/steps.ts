// What the items of the path are made of.
import { run, runWell, start } from '../commands.ts'
import type { Ended, Started } from '../commands.ts'
import { until } from '../local-cluster.ts'
import type { LocalCluster, PeerProcess, SchedulerProcess } from '../local-cluster.ts'
import { SchedulerStub } from '../scheduler-stubs.ts'
import type { Scale } from './scale.ts'

/** One thing the product must hold; resolves with its figure. */
export interface Item {
  readonly title: string
  run(cluster: LocalCluster, scale: Scale, folder: string): Promise<string>
}

/** Bytes of one piece of the files used here. */
export const pieceBytes = 4 * 1024 * 1024

/** Fails with the message unless the condition holds. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message)
}

/** `dfcache import`, which must succeed. */
export async function importFile(peer: PeerProcess, cid: string, input: string): Promise<void> {
  await runWell('dfcache', importArgs(peer, cid, input))
}

export function importArgs(peer: PeerProcess, cid: string, input: string): readonly string[] {
  return ['import', '--cid', cid, '--input', input, '--daemon-sock', peer.socket]
}

/** Starts `dfcache export`. */
export function exportFile(peer: PeerProcess, cid: string, output: string): Started {
  const where = ['--output', output, '--daemon-sock', peer.socket]
  return start('dfcache', ['export', '--cid', cid, ...where])
}

/** `dfcache export`, which must succeed. */
export async function exportWell(peer: PeerProcess, cid: string, output: string): Promise<void> {
  const { code, stderr } = await exportFile(peer, cid, output).ended
  check(code === 0, `export of ${cid} on ${peer.name} ended with ${code}: ${stderr}`)
}

/** `dfcache stat`. */
export function stat(peer: PeerProcess, cid: string): Promise<Ended> {
  return run('dfcache', ['stat', '--cid', cid, '--daemon-sock', peer.socket])
}

/** Everyone but the leader. */
export async function followers(cluster: LocalCluster): Promise<readonly SchedulerProcess[]> {
  const leader = await cluster.leader()
  return cluster.line.schedulers.filter(({ id }) => id !== leader.id)
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms))

/** Waits until every member has applied the same index and tells its digests. */
export async function equalDigests(cluster: LocalCluster): Promise<string> {
  return until('equal digests at one index', 60_000, async () => {
    const replies = await Promise.all(
      cluster.line.schedulers.map(async ({ addr }) => {
        const stub = new SchedulerStub(addr)
        const reply = await stub.status().catch(() => undefined)
        stub.close()
        return reply
      }),
    )
    const marks = replies.map((reply) => `${reply?.digestIndex} ${reply?.digest}`)
    const indexes = new Set(replies.map((reply) => reply?.digestIndex))
    if (indexes.size !== 1 || replies.some((reply) => reply === undefined)) return undefined
    check(new Set(marks).size === 1, `replicas differ at one index: ${marks.join(' | ')}`)
    return marks[0]
  })
}
