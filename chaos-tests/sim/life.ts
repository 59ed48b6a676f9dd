// From a start of a process to its end. Whatever reaches the process passes here, so that nothing
// does while it is paused, and nothing ever again once it is dead.

/** Work for a paused process that is kept; a real one's sockets and timers are bounded as well. */
const backlogMax = 20_000

/** One life of one member. */
export class Life {
  /** Counts a member's starts from 1. */
  readonly number: number
  #isAlive = true
  #isPaused = false
  #backlog: (() => void)[] = []

  constructor(number: number) {
    this.number = number
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Runs `run` now, when the process goes on, or never. */
  readonly deliver = (run: () => void): void => {
    if (!this.#isAlive) return
    if (!this.#isPaused) return run()
    if (this.#backlog.length < backlogMax) this.#backlog.push(run)
  }

  pause(): void {
    this.#isPaused = this.#isAlive
  }

  /** Hands over, in order, what came meanwhile: everything at once, as after SIGCONT. */
  takeBacklog(): readonly (() => void)[] {
    this.#isPaused = false
    return this.#backlog.splice(0)
  }

  end(): void {
    this.#isAlive = false
    this.#backlog = []
  }
}
