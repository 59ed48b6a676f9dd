// What each committed entry did, from the first member that applied it: its commands with their
// outcomes, and the configuration it made.
import { decodeBatch } from '../../../scheduler/replication/index.ts'
import type { Configuration } from '../../../raft/index.ts'
import type { CommandReport, Envelope } from '../../../scheduler/replication/index.ts'
import type { SimEventOf, WorldView } from '../../sim/observation.ts'

/** One command of an entry and what became of it. */
export interface AppliedCommand {
  readonly index: number
  /** Position in its entry, from 0. */
  readonly ordinal: number
  readonly sessionId: number
  readonly opId: string
  readonly kind: number
  /** As `CommandDefinition.decode` takes it. */
  readonly body: Envelope['body']
  readonly report: CommandReport
  /** It was carried out here: neither refused by its session nor answered from memory. */
  readonly isExecuted: boolean
}

const neverExecuted = new Set<string>(['session-closed', 'gap', 'forgotten'])
const none: readonly AppliedCommand[] = []

export class AppliedLog {
  #last = 0
  readonly #configurations: { readonly index: number; readonly configuration: Configuration }[] = []
  /** Commands of the last event's entry if nobody applied it before; else empty. */
  fresh: readonly AppliedCommand[] = none

  /** Largest index applied anywhere. */
  get lastIndex(): number {
    return this.#last
  }

  /** The configuration right after `index`, as the first to apply it had it. */
  configurationAt(index: number): Configuration | undefined {
    return this.#configurations.findLast((each) => each.index <= index)?.configuration
  }

  get configurations(): readonly Configuration[] {
    return this.#configurations.map(({ configuration }) => configuration)
  }

  on({ member, entry, sessionId, reports }: SimEventOf<'applied'>, world: WorldView): void {
    this.fresh = none
    if (entry.index <= this.#last) return
    this.#last = entry.index
    if (entry.type === 'config' || this.#configurations.length === 0) {
      const configuration = world.member(member).configuration()
      // What was there before the first change seen was there from the start.
      const index = entry.type === 'config' ? entry.index : 0
      if (configuration !== undefined) this.#configurations.push({ index, configuration })
    }
    if (entry.type !== 'command' || reports.length === 0) return
    const decoded = decodeBatch(entry.data)
    if (!decoded.ok) return
    this.fresh = decoded.batch.commands.map(({ opId, kind, body }, ordinal) => {
      const report = reports[ordinal]!
      const { outcome } = report
      const isExecuted = !report.isRepeated && (outcome.ok || !neverExecuted.has(outcome.reason))
      const { index } = entry
      return { index, ordinal, sessionId, opId, kind, body, report, isExecuted }
    })
  }
}
