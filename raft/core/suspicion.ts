// An early election when the leader seems dead (design 4.12): the connection to it ended and an
// immediate redial was refused. A few short rounds at random distances, then the normal timer goes
// on. It only saves time: nothing rests on the suspicion being right, because stickiness is no
// lease.
import type { Random } from '../../base/index.ts'
import type { RaftSettings } from './options.ts'

/** A round follows after 1 to this many heartbeat intervals. */
export const suspicionHeartbeatsMax = 3

export class Suspicion {
  readonly #random: Random
  readonly #settings: RaftSettings
  #ticksLeft = 0
  /** Rounds to come, and the wait after the last one. */
  #waitsLeft = 0

  constructor(random: Random, settings: RaftSettings) {
    this.#random = random
    this.#settings = settings
  }

  /** The leader is held to be dead: a vote for somebody else does no harm. */
  get isActive(): boolean {
    return this.#waitsLeft > 0
  }

  /** Begins, unless it has begun already. */
  start(): void {
    if (this.isActive) return
    this.#waitsLeft = this.#settings.suspicionRoundsMax + 1
    this.#wait()
  }

  /** A leader has spoken, or this replica leads. */
  clear(): void {
    this.#waitsLeft = 0
  }

  /** Somebody else's election got under way: give it time. */
  defer(): void {
    if (this.isActive) this.#wait()
  }

  /** One tick; true when a round is due. */
  tick(): boolean {
    if (!this.isActive) return false
    this.#ticksLeft -= 1
    if (this.#ticksLeft > 0) return false
    this.#waitsLeft -= 1
    if (this.isActive) this.#wait()
    return this.isActive
  }

  #wait(): void {
    const { heartbeatTicks } = this.#settings
    const spread = (suspicionHeartbeatsMax - 1) * heartbeatTicks
    this.#ticksLeft = heartbeatTicks + this.#random.below(spread + 1)
  }
}
