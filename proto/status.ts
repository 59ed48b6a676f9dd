// The only map between our errors and what travels on the wire: our stable codes and refusals to
// gRPC status, API v1's numeric codes (`common.Code`) to the detail its clients unpack, and back.
//
// A DfError leaves as status UNKNOWN with the text `[<number>]<message>` and one detail of type
// common.GrpcDfError in the trailer grpc-status-details-bin; unmodified clients look at that detail
// alone. Our other failures leave as their gRPC status with the stable code in the trailer
// x-damselfly-code.
import { Metadata, status } from '@grpc/grpc-js'
import { assert, CodedError, isCoded, messageOf } from '../base/index.ts'
import { loadMessages } from './services.ts'
import type { SourceError } from './gen/errordetails/SourceError.ts'

/** The numbers of API v1's `common.Code`. */
export const dfCodes = {
  X_UNSPECIFIED: 0,
  Success: 200,
  ServerUnavailable: 500,
  ResourceLacked: 1000,
  BackToSourceAborted: 1001,
  BadRequest: 1400,
  PeerTaskNotFound: 1404,
  UnknownError: 1500,
  RequestTimeOut: 1504,
  ClientError: 4000,
  ClientPieceRequestFail: 4001,
  ClientScheduleTimeout: 4002,
  ClientContextCanceled: 4003,
  ClientWaitPieceReady: 4004,
  ClientPieceDownloadFail: 4005,
  ClientRequestLimitFail: 4006,
  ClientConnectionError: 4007,
  ClientBackSourceError: 4008,
  ClientPieceNotFound: 4404,
  SchedError: 5000,
  SchedNeedBackSource: 5001,
  SchedPeerGone: 5002,
  SchedPeerNotFound: 5004,
  SchedPeerPieceResultReportFail: 5005,
  SchedTaskStatusError: 5006,
  SchedReregister: 5007,
  SchedForbidden: 5008,
  CDNTaskRegistryFail: 6001,
  CDNTaskNotFound: 6404,
  InvalidResourceType: 7001,
} as const

/** A name of `common.Code`; messages carry the name, details the number. */
export type DfCodeName = keyof typeof dfCodes

const dfNames: ReadonlyMap<number, DfCodeName> = new Map(
  (Object.keys(dfCodes) as DfCodeName[]).map((name) => [dfCodes[name], name]),
)

/** The name of a number, undefined for one that API v1 does not define. */
export function dfCodeName(value: number): DfCodeName | undefined {
  return dfNames.get(value)
}

/** The number of a decoded `common.Code`: the loader gives names, and numbers it does not know. */
export function dfCodeNumber(value: string | number): number {
  if (typeof value === 'number') return value
  return Object.hasOwn(dfCodes, value) ? dfCodes[value as DfCodeName] : 0
}

/** A failure of API v1 with its number; the stable code is `PROTO_DF_ERROR`. */
export class DfError extends CodedError {
  override readonly name = 'DfError'
  /** A number of `dfCodes`. */
  readonly dfCode: number
  /** What the origin answered, for failures of back-to-source. */
  readonly sourceError: SourceError | undefined

  constructor(
    dfCode: number,
    message: string,
    options?: { readonly cause?: unknown; readonly sourceError?: SourceError },
  ) {
    super('PROTO_DF_ERROR', message, options)
    this.dfCode = dfCode
    this.sourceError = options?.sourceError
  }
}

/** A failed call: `code` is the other side's stable code, or `PROTO_<STATUS>` without one. */
export class StatusError extends CodedError {
  override readonly name = 'StatusError'
  readonly grpcStatus: status
  /** The trailers, for leader hints. */
  readonly metadata: Metadata

  constructor(grpcStatus: status, message: string, metadata: Metadata, options?: StatusOptions) {
    super(options?.code ?? `PROTO_${status[grpcStatus]}`, message, options)
    this.grpcStatus = grpcStatus
    this.metadata = metadata
  }
}

interface StatusOptions {
  readonly code?: string
  readonly cause?: unknown
}

/** Trailer with our stable code. */
export const codeTrailer = 'x-damselfly-code'
/** Trailer with a serialized google.rpc.Status. */
export const detailsTrailer = 'grpc-status-details-bin'

/** Longest text of a failure that is put on the wire, in UTF-16 units; the rest is cut. */
export const statusMessageLengthMax = 1_024

// Exact codes first, then prefixes: what is not named here is an internal error to a caller.
const statusByCode: Readonly<Record<string, status>> = {
  PROTO_FIELD_INVALID: status.INVALID_ARGUMENT,
  SCHED_NO_LEADER: status.UNAVAILABLE,
  SCHED_STOPPING: status.UNAVAILABLE,
  SCHED_UNAVAILABLE: status.UNAVAILABLE,
  SCHED_UNKNOWN_OUTCOME: status.UNAVAILABLE,
  SCHED_OVERLOADED: status.RESOURCE_EXHAUSTED,
  SCHED_RATE_LIMITED: status.RESOURCE_EXHAUSTED,
  RAFT_IMAGE_NOT_READY: status.UNAVAILABLE,
  SCHED_TOO_MANY_SNAPSHOTS: status.RESOURCE_EXHAUSTED,
  SCHED_TOO_MANY_STREAMS: status.RESOURCE_EXHAUSTED,
  SCHED_TOO_LARGE: status.INVALID_ARGUMENT,
  SCHED_EXPIRED: status.DEADLINE_EXCEEDED,
  SCHED_HOST_NOT_FOUND: status.NOT_FOUND,
  SCHED_PEER_NOT_FOUND: status.NOT_FOUND,
  SCHED_PEER_DELETED: status.NOT_FOUND,
  SCHED_TASK_NOT_FOUND: status.NOT_FOUND,
  SCHED_NO_AVAILABLE_PEER: status.NOT_FOUND,
  SCHED_PRIORITY_FORBIDDEN: status.FAILED_PRECONDITION,
  SCHED_NOT_SCHEDULED: status.FAILED_PRECONDITION,
  SCHED_UNKNOWN_MESSAGE: status.FAILED_PRECONDITION,
  SCHED_HOST_MISMATCH: status.INVALID_ARGUMENT,
  SCHED_ATTACHMENT_LOST: status.ABORTED,
  SCHED_ILLEGAL_STATE: status.INTERNAL,
  SCHED_UNIMPLEMENTED: status.UNIMPLEMENTED,
  SCHED_CONFLICT: status.FAILED_PRECONDITION,
  SCHED_CHANGE_IN_PROGRESS: status.ABORTED,
  SCHED_LAST_VISIBLE: status.FAILED_PRECONDITION,
  SCHED_LAST_VOTER: status.FAILED_PRECONDITION,
  SCHED_LEARNER_NOT_READY: status.FAILED_PRECONDITION,
  SCHED_MEMBER_DRAINING: status.UNAVAILABLE,
  SCHED_MEMBER_NOT_FOUND: status.NOT_FOUND,
  SCHED_MEMBER_SILENT: status.FAILED_PRECONDITION,
  SCHED_NOT_LEADER: status.FAILED_PRECONDITION,
  SCHED_NOT_LEARNER: status.FAILED_PRECONDITION,
  SCHED_NOT_VOTER: status.FAILED_PRECONDITION,
  SCHED_NO_REPLACEMENT: status.FAILED_PRECONDITION,
  SCHED_NO_TRANSFER_TARGET: status.FAILED_PRECONDITION,
  SCHED_TOKEN_NOT_FOUND: status.NOT_FOUND,
  SCHED_TRANSFER_FAILED: status.UNAVAILABLE,
  SCHED_WOULD_LOSE_QUORUM: status.FAILED_PRECONDITION,
  SCHED_WRONG_NODE_STATE: status.FAILED_PRECONDITION,
  SCHED_SETTINGS_INVALID: status.INVALID_ARGUMENT,
  SCHED_FORBIDDEN: status.PERMISSION_DENIED,
  SCHED_UNAUTHENTICATED: status.UNAUTHENTICATED,
  SCHED_COMPACTED: status.OUT_OF_RANGE,
  SCHED_TOKEN_AHEAD: status.UNAVAILABLE,
  SCHED_VERSION_MISMATCH: status.ABORTED,
  SCHED_WRONG_CLUSTER: status.FAILED_PRECONDITION,
  SCHED_DRAINING: status.UNAVAILABLE,
  SCHED_HIDDEN: status.UNAVAILABLE,
  SCHED_ADDRESS_IN_USE: status.ALREADY_EXISTS,
  SCHED_HOST_BLOCKED: status.PERMISSION_DENIED,
  SCHED_HOST_ID_IN_USE: status.ALREADY_EXISTS,
  SCHED_INCARNATION_BURNED: status.FAILED_PRECONDITION,
  SCHED_JOIN_PENDING: status.UNAVAILABLE,
  SCHED_JOIN_RATE_LIMITED: status.RESOURCE_EXHAUSTED,
  SCHED_JOIN_TOKEN_EXPIRED: status.PERMISSION_DENIED,
  SCHED_JOIN_TOKEN_INVALID: status.PERMISSION_DENIED,
  SCHED_JOIN_TOKEN_USED: status.PERMISSION_DENIED,
  SCHED_JOIN_UNPROVEN: status.PERMISSION_DENIED,
  SCHED_JOIN_UNSUPPORTED: status.FAILED_PRECONDITION,
  SCHED_TOO_MANY_LEARNERS: status.RESOURCE_EXHAUSTED,
  SCHED_INTERNAL: status.INTERNAL,
  PEER_UNAUTHENTICATED: status.UNAUTHENTICATED,
  PEER_EXCHANGE_DISABLED: status.UNAVAILABLE,
  PEER_SEED_BUSY: status.RESOURCE_EXHAUSTED,
  PEER_STOPPING: status.UNAVAILABLE,
}

/** Why a replicated command or read was refused, as the layers below say it. */
export type Refusal =
  | 'not-leader'
  | 'unavailable'
  | 'overloaded'
  | 'too-large'
  | 'expired'
  | 'unknown-outcome'
  | 'stopped'
  | 'internal'

const codeByRefusal: Readonly<Record<Refusal, string>> = {
  'not-leader': 'SCHED_NO_LEADER',
  unavailable: 'SCHED_NO_LEADER',
  overloaded: 'SCHED_OVERLOADED',
  'too-large': 'SCHED_TOO_LARGE',
  expired: 'SCHED_EXPIRED',
  'unknown-outcome': 'SCHED_UNKNOWN_OUTCOME',
  stopped: 'SCHED_STOPPING',
  internal: 'SCHED_INTERNAL',
}

const textByRefusal: Readonly<Record<Refusal, string>> = {
  'not-leader': 'the cluster has no leader now',
  unavailable: 'the cluster has no leader now',
  overloaded: 'the cluster takes no more work now',
  'too-large': 'the request does not fit into one log entry',
  expired: 'the request was too old when its turn came; nothing was changed',
  'unknown-outcome': 'the connection to the leader was lost; the request may have been carried out',
  stopped: 'this member is shutting down',
  internal: 'the request could not be carried out',
}

/** The failure that a refusal becomes for a client. */
export function refusalError(reason: Refusal): CodedError {
  return new CodedError(codeByRefusal[reason], textByRefusal[reason])
}

/** What grpc-js wants in place of an error. */
export interface WireStatus {
  readonly code: status
  readonly details: string
  readonly metadata: Metadata
}

/** Turns anything thrown into a status; what is not ours leaves without its text. */
export function toWireStatus(error: unknown): WireStatus {
  if (error instanceof DfError) return dfWireStatus(error)
  const metadata = new Metadata()
  if (error instanceof StatusError) {
    metadata.set(codeTrailer, error.code)
    return { code: error.grpcStatus, details: cut(error.message), metadata }
  }
  if (isCoded(error)) {
    metadata.set(codeTrailer, error.code)
    const known = statusByCode[error.code]
    return { code: known ?? status.UNKNOWN, details: cut(error.message), metadata }
  }
  return { code: status.INTERNAL, details: 'internal error', metadata }
}

function dfWireStatus(error: DfError): WireStatus {
  const message = cut(error.message)
  const details = `[${error.dfCode}]${message}`
  const messages = loadMessages()
  const name = dfCodeName(error.dfCode)
  assert(name !== undefined, 'a DfError carries a number of common.Code')
  const parts = [any('common.GrpcDfError', messages.grpcDfError.serialize({ code: name, message }))]
  if (error.sourceError !== undefined) {
    parts.push(any('errordetails.SourceError', messages.sourceError.serialize(error.sourceError)))
  }
  const metadata = new Metadata()
  metadata.set(
    detailsTrailer,
    messages.status.serialize({ code: status.UNKNOWN, message: details, details: parts }),
  )
  metadata.set(codeTrailer, error.code)
  return { code: status.UNKNOWN, details, metadata }
}

const typePrefix = 'type.googleapis.com/'

function any(type: string, value: Buffer): { type_url: string; value: Buffer } {
  return { type_url: typePrefix + type, value }
}

/** Shape of grpc-js's failures that we read. */
interface Failure {
  readonly code: status
  readonly details: string
  readonly metadata: Metadata
}

/** Turns a failed call into our errors; anything that is not gRPC's becomes `PROTO_UNKNOWN`. */
export function fromWireStatus(failure: unknown): DfError | StatusError {
  if (!isFailure(failure)) {
    return new StatusError(status.UNKNOWN, messageOf(failure), new Metadata(), { cause: failure })
  }
  const df = dfErrorOf(failure)
  if (df !== undefined) return df
  const code = failure.metadata.get(codeTrailer)[0]
  return new StatusError(failure.code, failure.details, failure.metadata, {
    ...(typeof code === 'string' && isStableCode(code) ? { code } : {}),
    cause: failure,
  })
}

function isFailure(value: unknown): value is Failure {
  if (!(value instanceof Error)) return false
  const failure = value as Partial<Failure>
  return typeof failure.code === 'number' && failure.metadata instanceof Metadata
}

const stableCodeLengthMax = 64

/** The trailer is the other side's text: it is believed only in the form our codes have. */
function isStableCode(code: string): boolean {
  return code.length <= stableCodeLengthMax && /^[A-Z]+(_[A-Z0-9]+)+$/.test(code)
}

function dfErrorOf(failure: Failure): DfError | undefined {
  const bytes = failure.metadata.get(detailsTrailer)[0]
  if (!(bytes instanceof Buffer)) return undefined
  const messages = loadMessages()
  try {
    let found: { readonly dfCode: number; readonly message: string } | undefined
    let sourceError: SourceError | undefined
    for (const detail of messages.status.deserialize(bytes).details) {
      const type = detail.type_url.slice(detail.type_url.lastIndexOf('/') + 1)
      const value = Buffer.from(detail.value)
      if (type === 'common.GrpcDfError') {
        const error = messages.grpcDfError.deserialize(value)
        found ??= { dfCode: dfCodeNumber(error.code), message: error.message }
      } else if (type === 'errordetails.SourceError') {
        sourceError ??= messages.sourceError.deserialize(value)
      }
    }
    if (found === undefined) return undefined
    const options = { cause: failure, ...(sourceError === undefined ? {} : { sourceError }) }
    return new DfError(found.dfCode, found.message, options)
  } catch {
    // Details are an addition: unreadable ones must not hide the status itself.
    return undefined
  }
}

/**
 * The text for the wire. Half of a character, which a cut may leave and JSON may spell, becomes
 * U+FFFD: grpc-js would throw on it, where nothing catches, and take the process along.
 */
function cut(message: string): string {
  const text =
    message.length <= statusMessageLengthMax
      ? message
      : `${message.slice(0, statusMessageLengthMax)}…`
  return Buffer.from(text).toString()
}

/** Whether another member may be asked the same: UNAVAILABLE, RESOURCE_EXHAUSTED and v1's 5007. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof DfError) return error.dfCode === dfCodes.SchedReregister
  if (!(error instanceof StatusError)) return false
  return error.grpcStatus === status.UNAVAILABLE || error.grpcStatus === status.RESOURCE_EXHAUSTED
}
