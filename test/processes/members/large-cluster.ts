// A member alone with a large state, and a host that joins it.
import { join } from 'node:path'
import { flagsOf, runWell } from '../commands.ts'
import { MemberCluster } from './member-cluster.ts'
import type { MemberProcess } from './member-cluster.ts'
import { writeStateImage } from './state-image.ts'
import type { StateSize } from './state-image.ts'

export interface LargeCluster {
  readonly cluster: MemberCluster
  /** Has the state and serves it. */
  readonly old: MemberProcess
  /** Not started yet; its arguments hold a join token. */
  readonly fresh: MemberProcess
  readonly imageBytes: number
}

/** Makes both; `change` may alter how they are started. */
export async function largeCluster(
  size: StateSize,
  flags: readonly string[],
  change: (member: MemberProcess) => MemberProcess = (member) => member,
): Promise<LargeCluster> {
  const cluster = await MemberCluster.prepare({ initial: 1, spare: 1, flags })
  const [old, spare] = cluster.members.map(change) as [MemberProcess, MemberProcess]
  const file = join(cluster.dir, 'large.image')
  const imageBytes = await writeStateImage(file, size)
  const place = {
    'data-dir': old.dataDir,
    'host-id': old.hostId,
    'raft-address': old.raftAddr,
  }
  await runWell('damselfly', ['snapshot', 'restore', file, ...flagsOf(place)])
  cluster.start(old)
  await cluster.untilOnline([old])
  const { token } = await cluster.operateWell('member', 'add', spare.hostId)
  const fresh = { ...spare, argv: [...spare.argv, '--join-token', String(token)] }
  return { cluster, old, fresh, imageBytes }
}
