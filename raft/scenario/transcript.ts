// Writes down what happens in a scenario: after every act, what was sent, written, applied,
// answered and refused, and what changed in whom. Every act is also checked against the properties
// that hold in any story.
import type { CoreMessage } from '../core/message.ts'
import type { StepResult } from '../core/outcome.ts'
import { Invariants } from './invariants.ts'
import type { Scenario } from './scenario.ts'
import { showMessage, traits } from './script-format.ts'

export class Transcript {
  readonly lines: string[] = []
  /** Why the last command, or messages it delivered, were refused. */
  refusals: string[] = []
  /** While quiet only changes of replicas are told, once at the end. */
  isQuiet = false
  readonly #scenario: Scenario
  readonly #invariants: Invariants
  readonly #seen = new Map<number, string[]>()
  readonly #readsSeen = new Map<number, number>()
  #sentSeen = 0

  constructor(scenario: Scenario) {
    this.#scenario = scenario
    this.#invariants = new Invariants(scenario)
    for (const id of scenario.ids) this.#seen.set(id, this.#view(id))
  }

  /** A line of the script begins. */
  begin(text: string): void {
    this.lines.push(text)
  }

  /** The script is over. */
  end(): void {
    this.#invariants.checkLogs()
  }

  forgetRefusals(): void {
    this.refusals = []
  }

  tell(text: string): void {
    this.lines.push(`  ${text}`)
  }

  /** Told only when not quiet. */
  note(text: string): void {
    if (!this.isQuiet) this.tell(text)
  }

  refused(who: string, reason: string): void {
    this.refusals.push(reason)
    this.note(`${who}: ${reason}`)
  }

  delivered(message: CoreMessage, result: StepResult): void {
    if (result.ok) return
    const { from, to, type } = message
    this.refused(`${to} refuses ${type} of ${from}`, result.reason)
  }

  /** `id` has lost what was not durable. */
  restarted(id: number): void {
    this.#invariants.restarted(id)
  }

  /** Tells what has changed since the last call. */
  observe(): void {
    this.#invariants.checkStep()
    this.#observeSent()
    if (!this.isQuiet) this.#observeReplicas()
  }

  #observeReplicas(): void {
    for (const id of this.#scenario.ids) {
      this.#observeReads(id)
      const before = this.#seen.get(id)
      const after = this.#view(id)
      // One that has just started is told of when it does something.
      const changed = before === undefined ? [] : after.filter((trait, i) => trait !== before[i])
      if (changed.length > 0) this.tell(`${id}: ${changed.join(', ')}`)
      this.#seen.set(id, after)
    }
  }

  #observeSent(): void {
    const { sent } = this.#scenario
    for (const message of sent.slice(this.#sentSeen)) this.note(showMessage(message))
    this.#sentSeen = sent.length
  }

  #observeReads(id: number): void {
    const { reads } = this.#scenario.replica(id)
    for (const read of reads.slice(this.#readsSeen.get(id) ?? 0)) {
      const outcome = read.ok ? `at index ${read.index}` : `fails: ${read.reason}`
      this.tell(`${id} answers read ${read.id} ${outcome}`)
    }
    this.#readsSeen.set(id, reads.length)
  }

  #view(id: number): string[] {
    const status = this.#scenario.raft(id).status()
    return traits.map(([, show]) => show(status))
  }
}
