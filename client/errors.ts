import { CodedError } from '../base/index.ts'

/** No scheduler gave a final answer before the deadline; `cause` is the last failure. */
export class SchedulerUnavailableError extends CodedError {
  override readonly name = 'SchedulerUnavailableError'
  declare readonly code: 'SCHED_UNAVAILABLE'
  /** The members that were asked, in the order they were asked first. */
  readonly addresses: readonly string[]

  constructor(addresses: readonly string[], message: string, cause?: unknown) {
    super('SCHED_UNAVAILABLE', message, { cause })
    this.addresses = addresses
  }
}
