// A request to join, field by field.
import { CodedError } from '../../base/index.ts'
import type { clusterV1 } from '../../proto/index.ts'
import { protocolVersion } from '../../raft/index.ts'
import { FieldError, requiredText, text } from './fields.ts'
import { proofBytes } from './host-proof.ts'
import { joinFeatureLengthMax, joinFeaturesMax, joinTextLengthMax } from './limits.ts'

/** Who asks, and what it shows. */
export interface JoinAsk {
  readonly hostId: string
  readonly raftAddress: string
  readonly incarnation: string
  readonly nonce: string
  readonly features: readonly string[]
  /** '' = none. */
  readonly joinToken: string
  /** Empty = none. */
  readonly hostProof: Uint8Array
  readonly replaces: string
  readonly isLearner: boolean
}

/**
 * The request as it may be used. @throws PROTO_FIELD_INVALID, SCHED_WRONG_CLUSTER,
 * SCHED_JOIN_UNSUPPORTED
 */
export function joinRequest(request: clusterV1.JoinRequest__Output, clusterId: string): JoinAsk {
  const { features, hostProof } = request
  if (features.length > joinFeaturesMax) {
    throw new FieldError('features', `must be at most ${joinFeaturesMax}`)
  }
  if (hostProof.length !== 0 && hostProof.length !== proofBytes) {
    throw new FieldError('host_proof', `must have ${proofBytes} bytes`)
  }
  text(request.programVersion, 'program_version', joinTextLengthMax)
  const ask: JoinAsk = {
    hostId: requiredText(request.hostId, 'host_id', joinTextLengthMax),
    raftAddress: hostPort(request.raftAddress, 'raft_address'),
    incarnation: id128(request.incarnation, 'incarnation'),
    nonce: id128(request.nonce, 'nonce'),
    features: features.map((name) => requiredText(name, 'features', joinFeatureLengthMax)),
    joinToken: text(request.joinToken, 'join_token', joinTextLengthMax),
    hostProof,
    replaces: text(request.replaces, 'replaces', joinTextLengthMax),
    isLearner: request.learner,
  }
  if (request.clusterId !== '' && id128(request.clusterId, 'cluster_id') !== clusterId) {
    throw new CodedError('SCHED_WRONG_CLUSTER', `this member is in the cluster ${clusterId}`)
  }
  if (request.protocolVersion !== protocolVersion) {
    const message = `this cluster speaks protocol ${protocolVersion}, not ${request.protocolVersion}`
    throw new CodedError('SCHED_JOIN_UNSUPPORTED', message)
  }
  return ask
}

function id128(value: string, field: string): string {
  if (!/^[0-9a-f]{32}$/.test(value)) {
    throw new FieldError(field, 'must be 32 lower-case hex characters')
  }
  return value
}

/** host:port or [IPv6]:port, as other members can dial it. */
function hostPort(value: string, field: string): string {
  requiredText(value, field, joinTextLengthMax)
  const match = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/.exec(value)
  const port = Number(match?.[1] ?? 0)
  if (port < 1 || port > 65_535) throw new FieldError(field, 'must be host:port')
  return value
}
