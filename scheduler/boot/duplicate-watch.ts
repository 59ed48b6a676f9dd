// Decides when a process believes that another one runs with its identity. One stray refusal proves
// nothing: the connection of the process before may just not have ended yet. The leader's word, two
// members' or one member's for several election timeouts do (J12).
import type { Clock } from '../../base/index.ts'

/** Distinct members whose word is enough. */
const membersMin = 2

/** Election timeouts after which one member that goes on saying so is believed. */
const insistenceTimeouts = 3

export class DuplicateWatch {
  readonly #clock: Clock
  readonly #electionTimeoutMs: number
  /** First and last time that each member said so. */
  readonly #said = new Map<number, { readonly sinceMs: number; lastMs: number }>()

  constructor(
    { clock }: { readonly clock: Clock },
    { electionTimeoutMs }: { readonly electionTimeoutMs: number },
  ) {
    this.#clock = clock
    this.#electionTimeoutMs = electionTimeoutMs
  }

  /** Member `id` hears another process; true when that is certain now. */
  note(id: number, { leader }: { readonly leader: number }): boolean {
    const now = this.#clock.nowMs()
    const longMs = insistenceTimeouts * this.#electionTimeoutMs
    for (const [other, said] of this.#said) {
      if (now - said.lastMs > longMs) this.#said.delete(other)
    }
    const known = this.#said.get(id)
    if (known === undefined) this.#said.set(id, { sinceMs: now, lastMs: now })
    else known.lastMs = now
    const isInsisting = known !== undefined && now - known.sinceMs >= longMs
    return (id === leader && known !== undefined) || isInsisting || this.#said.size >= membersMin
  }
}
