// Messages the core refuses are counted each time and logged the first time only: a misconfigured
// or removed replica that goes on talking must not fill the disk with log lines.
import type { Logger } from '../../base/index.ts'
import type { StepRefusal } from '../core/outcome.ts'
import { refusalLogsMax } from './limits.ts'

/** Refusals that happen in any healthy group, for instance after an election. */
const ordinary: ReadonlySet<StepRefusal> = new Set(['stale-term', 'leader-alive', 'unexpected'])

export class RefusalLog {
  readonly #logger: Logger
  readonly #logged = new Set<string>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Logs each pair of sender and reason once, and at most `refusalLogsMax` pairs. */
  note(from: number, reason: StepRefusal): void {
    if (ordinary.has(reason)) return
    const key = `${from}/${reason}`
    if (this.#logged.has(key) || this.#logged.size >= refusalLogsMax) return
    this.#logged.add(key)
    this.#logger.warn({ from, reason }, 'message refused')
  }
}
