// Who may change the cluster: whoever shows the operator token, or a client certificate whose unit
// (OU) is `operator`. Everybody else is refused, and told no more than that.
import { CodedError, isCoded, toHex, utf8Encode } from '../../base/index.ts'
import type { Clock, Logger } from '../../base/index.ts'
import { configTable, operatorTokenKey } from '../replication/index.ts'
import { FailureLimit } from './failure-limit.ts'
import { hashSecret, isSameHash } from './host-proof.ts'
import type { StatePort } from './ports.ts'
import type { Call } from './unary.ts'

/** Lets operators through. */
export interface OperatorGate {
  /**
   * Who asks, for the record: `cert:<CN>`, or `token:` and the first 8 hex characters of its hash.
   * @throws SCHED_UNAUTHENTICATED, SCHED_FORBIDDEN, SCHED_RATE_LIMITED, SCHED_STOPPING (it cannot
   * tell yet)
   */
  require(call: OperatorCall): string
  /** Whether an operator asks; for answers that everybody gets, of which operators see more. */
  admits(call: OperatorCall): boolean
}

/** What the gate looks at. */
export type OperatorCall = Pick<Call, 'bearerToken' | 'clientIp' | 'identity'>

/** Unit (OU) of the certificates of operators. */
export const operatorUnit = 'operator'

export interface OperatorGateDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly state: Pick<StatePort, 'reader'>
}

/** The gate of one member; the token is read from the state at each call. */
export function createOperatorGate(deps: OperatorGateDeps): OperatorGate {
  const limit = new FailureLimit(deps)
  const gate: OperatorGate = {
    require(call) {
      const identity = call.identity()
      if (identity?.organizationalUnits.includes(operatorUnit) === true) {
        return `cert:${identity.commonName}`
      }
      if (call.bearerToken === '') {
        if (identity === undefined) throw unauthenticated('operator credentials are needed')
        const message = `the certificate of ${identity.commonName} is not one of an operator`
        throw new CodedError('SCHED_FORBIDDEN', message)
      }
      if (limit.isBlocked(call.clientIp)) {
        throw new CodedError('SCHED_RATE_LIMITED', 'too many wrong tokens from this address')
      }
      const hash = hashSecret(utf8Encode(call.bearerToken))
      const stored = deps.state.reader.get(configTable, operatorTokenKey)?.value
      // A member that loads its state cannot tell a right token from a wrong one.
      if (stored === undefined) {
        throw new CodedError('SCHED_STOPPING', 'this member knows no operator token yet')
      }
      if (!isSameHash(hash, stored)) {
        limit.failed(call.clientIp)
        deps.logger.warn({ clientIp: call.clientIp }, 'wrong operator token')
        throw unauthenticated('the operator token is not valid')
      }
      return `token:${toHex(hash).slice(0, 8)}`
    },
    admits(call) {
      try {
        gate.require(call)
        return true
      } catch (error) {
        if (isCoded(error)) return false
        throw error
      }
    },
  }
  return gate
}

function unauthenticated(message: string): CodedError {
  return new CodedError('SCHED_UNAUTHENTICATED', message)
}
