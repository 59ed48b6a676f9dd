// Decides when a process believes that another one runs with its identity. A few refusals at once
// prove nothing: the connection of the process before may just not have ended yet. The leader's
// word or two members' for an election timeout, or one member's for several, do: all that time the
// other process must have gone on (J12).
import type { Clock } from '../../base/index.ts'

/** Distinct members whose word is enough. */
const membersMin = 2

/** Election timeouts after which one member that goes on saying so is believed. */
const loneTimeouts = 3

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
    const longMs = loneTimeouts * this.#electionTimeoutMs
    for (const [other, said] of this.#said) {
      if (now - said.lastMs > longMs) this.#said.delete(other)
    }
    const known = this.#said.get(id)
    if (known === undefined) this.#said.set(id, { sinceMs: now, lastMs: now })
    else known.lastMs = now
    const ageMs = now - Math.min(...[...this.#said.values()].map(({ sinceMs }) => sinceMs))
    const isBacked = this.#said.size >= membersMin || id === leader
    return ageMs >= (isBacked ? this.#electionTimeoutMs : longMs)
  }
}
