// Asks members of a cluster for admission, one after another, and sorts their answers: admitted,
// ask again later, draw another incarnation, or give up.
import { status } from '@grpc/grpc-js'
import type { ServiceError } from '@grpc/grpc-js'
import { CodedError, isCoded, messageOf } from '../../base/index.ts'
import type { Clock, Logger } from '../../base/index.ts'
import { fromWireStatus, loadServices, StatusError } from '../../proto/index.ts'
import type { clusterV1 } from '../../proto/index.ts'
import { initialConfiguration, membersMax, protocolVersion } from '../../raft/index.ts'
import type { TransportSecurity } from '../../runtime/grpc-tls.ts'
import type {
  Admission,
  AdmissionOutcome,
  JoinMarker,
  KnownMember,
  RequestAdmission,
} from '../../storage/index.ts'
import { signHostProof } from '../rpc/host-proof.ts'
import type { ClusterKey } from '../rpc/host-proof.ts'
import { joinHostIdPatienceMs, joinTimeoutMs } from './limits.ts'

/** What a member shows to be admitted, and asks to be. */
export interface JoinOptions {
  /** `dfj1.…`; '' = none. */
  readonly joinToken: string
  /** Undefined = none. */
  readonly clusterKey: ClusterKey | undefined
  readonly security: TransportSecurity
  readonly programVersion: string
  readonly features: readonly string[]
  /** Host id of the member it takes the place of; '' = its own. */
  readonly replaces: string
  readonly isLearner: boolean
  /** New ids: 32 lower-case hex characters. */
  readonly randomId: () => string
  /** This very process was a member and was removed: who lives on under its host id, keeps it. */
  readonly wasRemoved: boolean
  /** Ends the calls under way. */
  readonly signal: AbortSignal
}

/** What a member or the way to it may say without a code of ours, and not for ever. */
const passing: ReadonlySet<status> = new Set([
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.RESOURCE_EXHAUSTED,
  status.ABORTED,
  // A member of an older release, which cannot admit anybody.
  status.UNIMPLEMENTED,
])

/** Refusals that time or another member may lift; every other one is final. */
const retryable: ReadonlySet<string> = new Set([
  'SCHED_JOIN_PENDING',
  'SCHED_JOIN_RATE_LIMITED',
  'SCHED_TOO_MANY_LEARNERS',
  'SCHED_NOT_LEADER',
  'SCHED_NO_LEADER',
  'SCHED_OVERLOADED',
  'SCHED_RATE_LIMITED',
  'SCHED_STOPPING',
  'SCHED_UNAVAILABLE',
  'SCHED_UNKNOWN_OUTCOME',
  'SCHED_EXPIRED',
])

/** Refusals that go away when the member that has the name or the address has been silent. */
const held: ReadonlySet<string> = new Set(['SCHED_HOST_ID_IN_USE', 'SCHED_ADDRESS_IN_USE'])

/** Refusals after which a removed member stays out, without being in error (J11). */
const stayOut: ReadonlySet<string> = new Set(['SCHED_HOST_BLOCKED', 'SCHED_HOST_ID_IN_USE'])

/** The cluster does not want this member back; its process has nothing to do any more. */
export class StayOutError extends CodedError {
  override readonly name = 'StayOutError'
}

/** Makes requests for admission. */
export function admissionRequests(
  deps: { readonly clock: Clock; readonly logger: Logger },
  options: JoinOptions,
): RequestAdmission {
  let heldSinceMs: number | undefined
  return async (marker, addresses) => {
    let last: AdmissionOutcome = { ok: false, reason: 'later', detail: 'no member says where' }
    for (const address of addresses) {
      if (options.signal.aborted) throw options.signal.reason
      try {
        const deadline = deps.clock.wallMs() + joinTimeoutMs
        const reply = await join({ address, deadline }, marker, options)
        return { ok: true, admission: admissionOf(reply, marker) }
      } catch (error) {
        const code = isCoded(error) ? error.code : ''
        const detail = `${address}: ${messageOf(error)} [${code}]`
        if (code === 'SCHED_INCARNATION_BURNED') return { ok: false, reason: 'burned', detail }
        if (stayOut.has(code) && (options.wasRemoved || code === 'SCHED_HOST_BLOCKED')) {
          throw new StayOutError(code, detail, { cause: error })
        }
        const now = deps.clock.nowMs()
        if (held.has(code)) heldSinceMs ??= now
        const isHeld = held.has(code) && now - (heldSinceMs ?? now) < joinHostIdPatienceMs
        if (!isHeld && !mayPass(error)) throw error
        deps.logger.debug({ address, code }, 'not admitted by this member')
        last = { ok: false, reason: 'later', detail }
        // Every member would say the same of these.
        if (isHeld || code === 'SCHED_JOIN_RATE_LIMITED') return last
      }
    }
    return last
  }
}

/** Might the same request be granted later, or by another member? */
function mayPass(error: unknown): boolean {
  if (isCoded(error) && retryable.has(error.code)) return true
  const isNameless = error instanceof StatusError && error.code.startsWith('PROTO_')
  return isNameless && passing.has(error.grpcStatus)
}

function join(
  { address, deadline }: { readonly address: string; readonly deadline: number },
  marker: JoinMarker,
  options: JoinOptions,
): Promise<clusterV1.JoinReply__Output> {
  const { credentials, options: channel } = options.security.connect(address)
  const client = new (loadServices().cluster)(address, credentials, {
    ...channel,
    'grpc.enable_http_proxy': 0,
    'grpc.enable_retries': 0,
    'grpc.use_local_subchannel_pool': 1,
  })
  return new Promise((resolve, reject) => {
    const call = client.join(requestOf(marker, options), { deadline }, done)
    const abort = (): void => call.cancel()
    options.signal.addEventListener('abort', abort, { once: true })
    function done(error: ServiceError | null, reply?: clusterV1.JoinReply__Output): void {
      options.signal.removeEventListener('abort', abort)
      client.close()
      if (error === null && reply !== undefined) resolve(reply)
      else reject(fromWireStatus(error))
    }
  })
}

function requestOf(marker: JoinMarker, options: JoinOptions): clusterV1.JoinRequest {
  const { clusterId, hostId, raftAddress, incarnation } = marker
  const nonce = options.randomId()
  const { clusterKey, replaces, isLearner } = options
  const asked = { clusterId, hostId, raftAddress, incarnation, nonce, replaces }
  const proof = clusterKey === undefined ? [] : signHostProof(clusterKey, { ...asked, isLearner })
  return {
    ...asked,
    protocolVersion,
    programVersion: options.programVersion,
    features: [...options.features],
    joinToken: options.joinToken,
    hostProof: Buffer.from(proof),
    learner: isLearner,
  }
}

/** Believes nothing: what does not fit together is no admission. @throws PROTO_FIELD_INVALID */
function admissionOf(reply: clusterV1.JoinReply__Output, marker: JoinMarker): Admission {
  const { clusterId, replicaId, joinedAtIndex } = reply
  const members = reply.members.map((member): KnownMember => ({
    replicaId: member.replicaId,
    hostId: member.hostId,
    incarnation: member.incarnation,
    raftAddress: member.raftAddress,
    clientAddress: member.addr,
  }))
  const self = members.find((member) => member.replicaId === replicaId)
  const idsWith = (role: string): number[] =>
    reply.members.filter((member) => member.role === role).map((member) => member.replicaId)
  const voters = idsWith('voter')
  const learners = idsWith('learner')
  const isWhole =
    clusterId === marker.clusterId &&
    self?.incarnation === marker.incarnation &&
    learners.includes(replicaId) &&
    voters.length > 0 &&
    members.length <= membersMax &&
    voters.length + learners.length === members.length &&
    new Set(members.map((member) => member.replicaId)).size === members.length &&
    [...members.map((member) => member.replicaId), joinedAtIndex].every(isPositive)
  if (!isWhole) throw new CodedError('PROTO_FIELD_INVALID', 'an admission that does not fit')
  const configuration = initialConfiguration({ voters, learners })
  const knownMembers = { configuration, members: members.sort((a, b) => a.replicaId - b.replicaId) }
  return { replicaId, joinedAtIndex, knownMembers }
}

function isPositive(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1
}
