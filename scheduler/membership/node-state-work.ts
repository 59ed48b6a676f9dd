// The leader's work on node states, features and its own state, over the replication port.
import type { Clock, Logger } from '../../base/index.ts'
import type { RaftNode } from '../../raft/index.ts'
import { askProgress } from '../../runtime/grpc-raft-transport.ts'
import type { TransportSecurity } from '../../runtime/index.ts'
import { progressAskMs } from '../replication/index.ts'
import type { DutyProposer, LeaderWork, ReplicatedState } from '../replication/index.ts'
import { Features } from './features.ts'
import { Handover } from './handover.ts'
import { NodeStates } from './node-states.ts'
import type { AskProgress } from './node-states.ts'

export interface NodeStateWorkDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly raft: RaftNode
  readonly state: ReplicatedState
  readonly proposer: DutyProposer
}

export interface NodeStateWorkOptions {
  /** 32 lower-case hex characters. */
  readonly clusterId: string
  readonly electionTimeoutMs: number
  readonly security: TransportSecurity
}

/** For the leader's duties. */
export function nodeStateWork(
  deps: NodeStateWorkDeps,
  options: NodeStateWorkOptions,
): readonly LeaderWork[] {
  const { electionTimeoutMs } = options
  return [
    new NodeStates({ ...deps, askProgress: progressOverPort(options) }, { electionTimeoutMs }),
    new Features(deps),
    new Handover(deps),
  ]
}

function progressOverPort({ clusterId, security }: NodeStateWorkOptions): AskProgress {
  return async ({ replicaId, incarnation, raftAddress, hostId }) => {
    const { credentials, options: channelOptions } = security.connect(raftAddress, [hostId])
    const request = { clusterId, replicaId, incarnation }
    const how = { timeoutMs: progressAskMs, credentials, channelOptions }
    const outcome = await askProgress(raftAddress, request, how)
    return outcome.ok ? outcome.reply : undefined
  }
}
