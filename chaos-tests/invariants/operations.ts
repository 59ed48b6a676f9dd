// What clients asked through `client-op` events, by operation.
import { HistoryRecorder } from '../oracle/history.ts'
import { require } from './require.ts'
import type { Operation } from '../oracle/history.ts'
import type { RegisterInput, RegisterOutput } from '../oracle/model.ts'
import type { ClientOperation, SimEventOf } from '../sim/observation.ts'

export type RegisterOperation = Operation<RegisterInput, RegisterOutput>

/** Name of an operation in the log. */
export function opIdOf(operation: Pick<ClientOperation, 'id'>): string {
  return `op-${operation.id}`
}

/** Follows all operations; the checks ask it after it has heard of the event. */
export class Operations {
  readonly history = new HistoryRecorder<RegisterInput, RegisterOutput>()
  readonly #byId = new Map<
    number,
    { readonly op: ClientOperation; readonly seen: RegisterOperation }
  >()
  readonly #byOpId = new Map<string, ClientOperation>()
  /** In the order of the history. */
  readonly #opIds: string[] = []
  readonly #failed = new Set<string>()

  on({ op, phase }: SimEventOf<'client-op'>, nowMs: number): void {
    const known = this.#byId.get(op.id)
    if (phase.phase === 'invoked') {
      require(known === undefined, 'operations', () => `operation ${op.id} is called twice`)
      const seen = this.history.invoke(op.client, op.key, op.input, nowMs)
      this.#opIds.push(opIdOf(op))
      this.#byId.set(op.id, { op, seen })
      this.#byOpId.set(opIdOf(op), op)
      return
    }
    require(known !== undefined, 'operations', () => `operation ${op.id} ends before it is called`)
    if (phase.phase === 'ok') this.history.ok(known.seen, phase.output, nowMs)
    else if (phase.phase === 'unknown') this.history.unknown(known.seen, nowMs)
    else {
      this.history.fail(known.seen, nowMs)
      this.#failed.add(opIdOf(op))
    }
  }

  /** The operation of this name; undefined when nobody called it. */
  called(opId: string): ClientOperation | undefined {
    return this.#byOpId.get(opId)
  }

  /** Was the client told that it certainly has no effect? */
  hasFailed(opId: string): boolean {
    return this.#failed.has(opId)
  }

  /** Name in the log of the operation at this place of the history. */
  opIdAt(place: number): string {
    return this.#opIds[place]!
  }

  /** Every operation with its call and end, in the order of the calls. */
  all(): Iterable<{ readonly op: ClientOperation; readonly seen: RegisterOperation }> {
    return this.#byId.values()
  }
}
