// Join (design 6): a host asks any member to become one too. Who it is, is checked here, because
// that takes keys and certificates; whether it may, the state decides, in the order of the log.
// Then the asker waits until the leader has admitted it. Asking again with the same incarnation
// changes nothing and is answered alike (J01, J02, J04), whoever leads by then (J03).
import { CodedError, isCoded } from '../../base/index.ts'
import type { clusterV1 } from '../../proto/index.ts'
import { joinIntentCommand } from '../replication/index.ts'
import type { JoinRefusal } from '../replication/index.ts'
import { FailureLimit } from './failure-limit.ts'
import type { ClusterKey } from './host-proof.ts'
import { quorumAlarm } from './join-alarm.ts'
import { credentialOf } from './join-credential.ts'
import { joinRequest } from './join-request.ts'
import type { JoinAsk } from './join-request.ts'
import { waitForAdmission } from './join-wait.ts'
import type { GroupPort, StatePort } from './ports.ts'
import type { Replica } from './replica.ts'
import { unary } from './unary.ts'
import type { Call, UnaryDeps } from './unary.ts'

export interface JoinHandlersDeps extends UnaryDeps {
  readonly replica: Replica
  readonly raft: Pick<GroupPort, 'configuration'>
  readonly state: StatePort
  /** Counts what became of requests. @default nobody counts */
  readonly joinMetrics?: { count(result: string): void }
}

export interface JoinHandlersOptions {
  /** 32 lower-case hex characters. */
  readonly clusterId: string
  /** @default none: only join tokens and certificates admit */
  readonly clusterKey?: ClusterKey
}

interface Shared extends JoinHandlersDeps {
  readonly failures: FailureLimit
  /** Whoever shows nothing may ask again and again; the log is not for that. */
  readonly refusals: FailureLimit
}

const refusalTexts: Readonly<Record<JoinRefusal, readonly [code: string, text: string]>> = {
  'token-invalid': ['SCHED_JOIN_TOKEN_INVALID', 'the join token is not valid for this host'],
  'token-expired': ['SCHED_JOIN_TOKEN_EXPIRED', 'the join token has expired'],
  'token-used': ['SCHED_JOIN_TOKEN_USED', 'the join token has no uses left'],
  unproven: [
    'SCHED_JOIN_UNPROVEN',
    'a host that the cluster does not know takes a join token, to replace another one made for it',
  ],
  'host-blocked': [
    'SCHED_HOST_BLOCKED',
    'an operator removed this host; a join token made for it lets it in again',
  ],
  'host-id-in-use': ['SCHED_HOST_ID_IN_USE', 'another live member has this host id'],
  'address-in-use': ['SCHED_ADDRESS_IN_USE', 'another member has this address'],
  'incarnation-burned': [
    'SCHED_INCARNATION_BURNED',
    'this incarnation has replicated before; draw a new one',
  ],
  'rate-limited': ['SCHED_JOIN_RATE_LIMITED', 'this host was admitted too often lately'],
  'too-many-joins': ['SCHED_TOO_MANY_LEARNERS', 'others are being admitted; ask again later'],
  'feature-missing': [
    'SCHED_JOIN_UNSUPPORTED',
    'this program does not support every feature of the cluster; upgrade it',
  ],
}

/** The handler of Join. */
export function joinHandlers(
  deps: JoinHandlersDeps,
  options: JoinHandlersOptions,
): Pick<clusterV1.ClusterHandlers, 'Join'> {
  const limits = { failures: new FailureLimit(deps), refusals: new FailureLimit(deps) }
  const shared: Shared = { ...deps, ...limits }
  const alarm = quorumAlarm(deps)
  return {
    Join: unary(deps, async (request: clusterV1.JoinRequest__Output, call) => {
      try {
        const ask = joinRequest(request, options.clusterId)
        return await join(shared, options, { ask, call })
      } catch (error) {
        if (isCoded(error)) {
          deps.joinMetrics?.count(error.code)
          if (error.code === 'SCHED_NO_LEADER') alarm(request.hostId)
        }
        throw error
      }
    }),
  }
}

async function join(
  deps: Shared,
  options: JoinHandlersOptions,
  { ask, call }: { readonly ask: JoinAsk; readonly call: Call },
): Promise<clusterV1.JoinReply> {
  const { failures, refusals, replica, logger } = deps
  const { clientIp } = call
  if (failures.isBlocked(clientIp)) {
    throw new CodedError('SCHED_RATE_LIMITED', 'too many wrong credentials from this address')
  }
  const reader = await replica.fresh(call)
  const shown = credentialOf(reader, { ask, identity: call.identity() }, options)
  if (!shown.ok) {
    if (shown.isWrong) failures.failed(clientIp)
    if (!refusals.isBlocked(clientIp)) {
      refusals.failed(clientIp)
      logger.warn({ clientIp, hostId: ask.hostId, code: shown.code }, 'a host may not join')
    }
    throw new CodedError(shown.code, shown.text)
  }
  const { incarnation, hostId, raftAddress, replaces, isLearner, features } = ask
  const { credential, secretHash } = shown
  const waiting = waitForAdmission(deps, { incarnation, clusterId: options.clusterId }, call)
  try {
    const result = await replica.command(call, joinIntentCommand, {
      incarnation,
      hostId,
      raftAddress,
      replaces,
      isLearner,
      credential,
      secretHash,
      features,
    })
    if (!result.ok) {
      const [code, text] = refusalTexts[result.reason]
      logger.warn({ hostId, raftAddress, incarnation, code }, 'a host may not join')
      throw new CodedError(code, text)
    }
    const reply = await waiting.reply()
    logger.info({ hostId, raftAddress, replicaId: reply.replicaId }, 'a host has joined')
    return reply
  } finally {
    waiting.end()
  }
}
