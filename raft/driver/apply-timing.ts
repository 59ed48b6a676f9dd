// When committed entries may be applied. The core has nothing to wait for, but applying many takes
// milliseconds, and others wait for what was sent and written just before: a message leaves with
// the round of IO, a write begins after the present callback. So both go first. A follower even
// lets the write end that came with the entries, because its leader waits for the acknowledgement,
// and nobody waits for a follower's state unless he asked it himself.
import type { LogWriter } from './log-writer.ts'

export interface ApplyTimingDeps {
  readonly writer: Pick<LogWriter, 'begun' | 'ended'>
  readonly isLeader: () => boolean
}

export class ApplyTiming {
  readonly #deps: ApplyTimingDeps
  /** Whether the host tells its rounds of IO apart. */
  readonly #hasRounds: boolean
  #hasSent = false
  #isRoundDue = false
  /** Writes that have to end first. */
  #writesMin = 0

  constructor(deps: ApplyTimingDeps, options: { readonly hasRounds: boolean }) {
    this.#deps = deps
    this.#hasRounds = options.hasRounds
  }

  /** Entries come to an empty queue: what is being written now goes first. */
  queued(): void {
    this.#writesMin = this.#deps.writer.begun
  }

  /** A message or a write is on its way out. */
  sent(): void {
    this.#hasSent = true
  }

  /** Time has passed: a write that takes that long holds up nobody. */
  tick(): void {
    this.#writesMin = 0
  }

  /** A turn is over; `isRoundDue`: another one comes after this round of IO. */
  endTurn(isRoundDue: boolean): void {
    this.#hasSent = false
    this.#isRoundDue = isRoundDue
  }

  /** Writes have to end first; the end of each brings a turn. */
  get isWriteAwaited(): boolean {
    const { writer, isLeader } = this.#deps
    return writer.ended < this.#writesMin && !isLeader()
  }

  /** Whether a turn may apply something; `isRound`: it comes after a round of IO. */
  isFree(isRound: boolean): boolean {
    if (this.isWriteAwaited) return false
    return isRound || !this.#hasRounds || !(this.#hasSent || this.#isRoundDue)
  }
}
