// Measures how many rows each command reads and changes.
import { commandRowsTouchedMax, commandRowsVisitedMax } from '../limits.ts'
import { schedulerDomain } from './domain.ts'
import type { Domain } from '../command.ts'

/** Rows of the most expensive command of one kind. */
export interface Effort {
  visited: number
  touched: number
}

/** The scheduler's domain, its commands measured. */
export class MeasuredDomain {
  readonly domain: Domain
  /** By the command's name. */
  efforts = new Map<string, Effort>()

  constructor() {
    const commands = schedulerDomain.commands.map((command) => ({
      ...command,
      apply: (...[tx, body, context]: Parameters<typeof command.apply>) => {
        const result = command.apply(tx, body, context)
        const effort = this.of(command.name)
        const visited = commandRowsVisitedMax - tx.visitsLeft
        const touched = commandRowsTouchedMax - tx.touchesLeft
        if (visited > effort.visited) effort.visited = visited
        if (touched > effort.touched) effort.touched = touched
        return result
      },
    }))
    this.domain = { ...schedulerDomain, commands }
  }

  /** Effort of a command since the last reset. */
  of(name: string): Effort {
    let effort = this.efforts.get(name)
    if (effort === undefined) {
      effort = { visited: 0, touched: 0 }
      this.efforts.set(name, effort)
    }
    return effort
  }
}
