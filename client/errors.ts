// What callers catch. Refusals by a scheduler are DfError and StatusError; only this is the
// client's own.
import { CodedError } from '../base/index.ts'

/** No scheduler gave a final answer before the deadline; `cause` is the last failure. */
export class SchedulerUnavailableError extends CodedError {
  override readonly name: string = 'SchedulerUnavailableError'
  declare readonly code: 'SCHED_UNAVAILABLE'
  /** The members that were asked, in the order they were asked first. */
  readonly addresses: readonly string[]

  constructor(addresses: readonly string[], message: string, cause?: unknown) {
    super('SCHED_UNAVAILABLE', message, { cause })
    this.addresses = addresses
  }
}

/** The client was closed, before or during the call. */
export class ClientClosedError extends SchedulerUnavailableError {
  override readonly name = 'ClientClosedError'
}

const askedBy = new WeakMap<Error, readonly string[]>()

/** Notes whom a call had asked when it failed. */
export function noteAsked<Failure extends Error>(
  error: Failure,
  addresses: Iterable<string>,
): Failure {
  askedBy.set(error, [...addresses])
  return error
}

/**
 * The members a failed call of this client had asked, in the order they were asked first: the last
 * is the one that refused. Empty for other errors.
 */
export function askedMembers(error: unknown): readonly string[] {
  if (error instanceof SchedulerUnavailableError) return error.addresses
  return error instanceof Error ? (askedBy.get(error) ?? []) : []
}
