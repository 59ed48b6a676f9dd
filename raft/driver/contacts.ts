// When other replicas were last heard, by this process's clock.
import type { Clock } from '../../base/index.ts'
import type { Configuration } from '../core/configuration.ts'
import { contactsMax } from './limits.ts'
import { quorumIndex } from '../core/quorum.ts'

export class Contacts {
  readonly #clock: Clock
  readonly #id: number
  readonly #heardAtMs = new Map<number, number>()
  #leaderContactMs: number

  constructor(deps: { readonly clock: Clock }, options: { readonly id: number }) {
    this.#clock = deps.clock
    this.#id = options.id
    this.#leaderContactMs = deps.clock.nowMs()
  }

  /** Since the leader was heard or, leading, a majority; since `start` when never. */
  get leaderAgeMs(): number {
    return this.#clock.nowMs() - this.#leaderContactMs
  }

  /** Since replica `id` was heard; undefined when it never was. */
  ageMs(id: number): number | undefined {
    const heardAtMs = this.#heardAtMs.get(id)
    return heardAtMs === undefined ? undefined : this.#clock.nowMs() - heardAtMs
  }

  start(): void {
    this.#leaderContactMs = this.#clock.nowMs()
  }

  heard(id: number): void {
    // Ids come from outside: whoever makes them up must not fill the memory.
    if (this.#heardAtMs.size >= contactsMax && !this.#heardAtMs.has(id)) this.#forgetOldest()
    this.#heardAtMs.set(id, this.#clock.nowMs())
  }

  heardLeader(): void {
    this.#leaderContactMs = this.#clock.nowMs()
  }

  /** A leader is in contact with itself only as long as a majority is in contact with it. */
  noticeMajority(configuration: Configuration): void {
    const nowMs = this.#clock.nowMs()
    const heardMs = (voter: number): number =>
      voter === this.#id ? nowMs : (this.#heardAtMs.get(voter) ?? 0)
    const majorityMs = quorumIndex(configuration, heardMs)
    this.#leaderContactMs = Math.max(this.#leaderContactMs, majorityMs)
  }

  #forgetOldest(): void {
    let oldest: readonly [number, number] | undefined
    for (const contact of this.#heardAtMs) {
      if (oldest === undefined || contact[1] < oldest[1]) oldest = contact
    }
    if (oldest !== undefined) this.#heardAtMs.delete(oldest[0])
  }
}
