// A member's real log with somebody beside it who hears of every promise it makes, before the
// replica above does.
import type { HardState, LogGroup, LogStorage } from '../../raft/index.ts'
import type { Mark } from './observation.ts'

/** Told of every promise the log makes. */
export interface LogObserver {
  started(group: LogGroup): void
  durable(group: LogGroup): void
  compacted(mark: Mark): void
  resetting(mark: Mark, hardState: HardState): void
  reset(mark: Mark, hardState: HardState): void
}

/** `LogStorage` that reports. Nothing is reported once `isAlive` is false. */
export class ObservedLog implements LogStorage {
  readonly #log: LogStorage
  readonly #observer: LogObserver
  readonly #isAlive: () => boolean

  constructor(log: LogStorage, observer: LogObserver, isAlive: () => boolean) {
    this.#log = log
    this.#observer = observer
    this.#isAlive = isAlive
  }

  async append(group: LogGroup): Promise<void> {
    if (this.#isAlive()) this.#observer.started(group)
    await this.#log.append(group)
    if (this.#isAlive()) this.#observer.durable(group)
  }

  announceImage(mark: Mark): Promise<void> {
    return this.#log.announceImage(mark)
  }

  async reset(mark: Mark, hardState: HardState): Promise<void> {
    if (this.#isAlive()) this.#observer.resetting(mark, hardState)
    await this.#log.reset(mark, hardState)
    if (this.#isAlive()) this.#observer.reset(mark, hardState)
  }

  async compact(index: number, term: number): Promise<void> {
    await this.#log.compact(index, term)
    if (this.#isAlive()) this.#observer.compacted({ index, term })
  }

  onFailure(notice: (error: Error) => void): void {
    this.#log.onFailure(notice)
  }

  close(): Promise<void> {
    return this.#log.close()
  }
}
