// What every unary call has in common: rate limit, deadline, errors. Leader headers are added
// below, for every call of the port (leader-headers.ts).
import type { handleUnaryCall, sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js'
import { CodedError, isCoded, messageOf } from '../../base/index.ts'
import type { Clock, Logger } from '../../base/index.ts'
import { DfError, toWireStatus } from '../../proto/index.ts'
import { peerIdentity } from '../../runtime/index.ts'
import type { PeerIdentity } from '../../runtime/index.ts'
import { callMsMax, callReserveMs } from './limits.ts'
import type { RateLimit } from './rate-limit.ts'

export interface UnaryDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly rateLimit: RateLimit
  /** Why this member answers none of these calls now. @default it does */
  readonly refusal?: () => CodedError | undefined
}

/** A running call, as handlers see it. */
export interface Call {
  /** Milliseconds left for the work, at most `callMsMax`; may be negative. */
  remainingMs(): number
  /** False once the client gave up. */
  isOpen(): boolean
  /** The client asked for a read without consensus. */
  readonly isStale: boolean
  /** Literal address of the client's connection; '' when there is none. */
  readonly clientIp: string
  /** The token of `authorization: Bearer …`; '' when there is none. */
  readonly bearerToken: string
  /** Who the connection's certificate says it is; undefined without a verified one. */
  identity(): PeerIdentity | undefined
}

/** Wraps a handler for grpc-js; what the handler throws becomes a status. */
export function unary<Request, Reply>(
  deps: UnaryDeps,
  handle: (request: Request, call: Call) => Promise<Reply>,
): handleUnaryCall<Request, Reply> {
  return (call, callback) => {
    const refuse = (error: unknown): void => answerError(deps, call, callback, error)
    if (!deps.rateLimit.take()) {
      refuse(new CodedError('SCHED_RATE_LIMITED', 'too many requests to this member'))
      return
    }
    const refusal = deps.refusal?.()
    if (refusal !== undefined) return refuse(refusal)
    handle(call.request, callOf(deps.clock, call))
      .then((reply) => callback(null, reply))
      .catch(refuse)
  }
}

function answerError<Request, Reply>(
  deps: UnaryDeps,
  call: ServerUnaryCall<Request, Reply>,
  callback: sendUnaryData<Reply>,
  error: unknown,
): void {
  if (!(error instanceof DfError) && !isCoded(error)) {
    const stack = error instanceof Error ? error.stack : undefined
    const fields = { path: call.getPath(), reason: messageOf(error), stack }
    deps.logger.error(fields, 'a request failed unexpectedly')
  }
  const wire = toWireStatus(error)
  callback(wire)
}

/** What of a running gRPC call a `Call` is made of; unary calls and streams both have it. */
export type IncomingCall = Pick<
  ServerUnaryCall<unknown, unknown>,
  'cancelled' | 'getAuthContext' | 'getDeadline' | 'getPeer' | 'metadata'
>

/** A running call, as handlers see it. */
export function callOf(clock: Clock, call: IncomingCall): Call {
  const startMs = clock.nowMs()
  const deadline = call.getDeadline()
  const deadlineWallMs = deadline instanceof Date ? deadline.getTime() : deadline
  // The deadline is a wall time computed by grpc-js on arrival; only its distance counts.
  const allowedMs = Math.min(deadlineWallMs - clock.wallMs() - callReserveMs, callMsMax)
  return {
    remainingMs: () => allowedMs - (clock.nowMs() - startMs),
    isOpen: () => !call.cancelled,
    isStale: call.metadata.get('x-damselfly-consistency')[0] === 'stale',
    clientIp: clientIp(call.getPeer()),
    bearerToken: bearerToken(call.metadata.get('authorization')),
    // Read when asked for: few handlers look at it, and it is parsed anew for each call.
    identity: () => {
      const certificate = call.getAuthContext()?.sslPeerCertificate
      return certificate === undefined ? undefined : peerIdentity(certificate.raw)
    },
  }
}

function bearerToken(values: readonly (string | Buffer)[]): string {
  const [value, ...more] = values
  if (typeof value !== 'string' || more.length > 0) return ''
  return /^Bearer ([\x21-\x7e]{1,512})$/i.exec(value)?.[1] ?? ''
}

/** The address part of grpc-js's `ip:port` and `[ip]:port`; IPv4 in IPv6 is IPv4. */
export function clientIp(peer: string): string {
  const colon = peer.lastIndexOf(':')
  if (colon < 0) return ''
  const host = peer.slice(0, colon).replace(/^\[|\]$/g, '')
  return host.startsWith('::ffff:') && host.includes('.') ? host.slice('::ffff:'.length) : host
}
