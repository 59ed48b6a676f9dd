// What clients asked and heard, in the order in which it happened. The recorder numbers every call
// and every answer by one counter, so that "before" needs no clock: virtual times are for people.
import { assert } from '../../base/index.ts'

/**
 * How an operation ended: `ok` with an answer; `fail`: it certainly had no effect; `unknown`: it
 * may have had its effect, may have it later, or never.
 */
export type OperationOutcome = 'ok' | 'fail' | 'unknown'

/** One operation of one client. */
export interface Operation<Input = unknown, Output = unknown> {
  /** Counts from 0 in the order of the calls. */
  readonly id: number
  readonly client: number
  /** Operations on different keys are independent of each other. */
  readonly key: string
  readonly input: Input
  /** Position of the call among all calls and answers. */
  readonly calledAt: number
  readonly calledMs: number
  /** Undefined while it is pending. */
  outcome: OperationOutcome | undefined
  /** Only with `ok`. */
  output: Output | undefined
  /** Position of the answer; infinite while pending and when the outcome is unknown. */
  answeredAt: number
  endedMs: number
}

/** Collects the operations of a run. */
export class HistoryRecorder<Input = unknown, Output = unknown> {
  readonly operations: Operation<Input, Output>[] = []
  #position = 0

  /** A client calls; the result is handed to one of the other three. */
  invoke(client: number, key: string, input: Input, nowMs: number): Operation<Input, Output> {
    const operation: Operation<Input, Output> = {
      id: this.operations.length,
      client,
      key,
      input,
      calledAt: this.#position,
      calledMs: nowMs,
      outcome: undefined,
      output: undefined,
      answeredAt: Number.POSITIVE_INFINITY,
      endedMs: Number.POSITIVE_INFINITY,
    }
    this.#position += 1
    this.operations.push(operation)
    return operation
  }

  ok(operation: Operation<Input, Output>, output: Output, nowMs: number): void {
    operation.output = output
    operation.answeredAt = this.#position
    this.#end(operation, 'ok', nowMs)
  }

  fail(operation: Operation<Input, Output>, nowMs: number): void {
    operation.answeredAt = this.#position
    this.#end(operation, 'fail', nowMs)
  }

  unknown(operation: Operation<Input, Output>, nowMs: number): void {
    this.#end(operation, 'unknown', nowMs)
  }

  #end(operation: Operation<Input, Output>, outcome: OperationOutcome, nowMs: number): void {
    assert(operation.outcome === undefined, 'an operation ends once')
    operation.outcome = outcome
    operation.endedMs = nowMs
    this.#position += 1
  }
}

/** Operations by key, in the order of their calls: what a checker takes one at a time. */
export function partitionByKey<Input, Output>(
  operations: readonly Operation<Input, Output>[],
): ReadonlyMap<string, readonly Operation<Input, Output>[]> {
  const parts = new Map<string, Operation<Input, Output>[]>()
  for (const operation of operations) {
    const part = parts.get(operation.key)
    if (part === undefined) parts.set(operation.key, [operation])
    else part.push(operation)
  }
  return parts
}
