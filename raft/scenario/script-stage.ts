// Where a script is played: the scenario, what is told of it, and messages held back.
import type { CoreMessage } from '../core/message.ts'
import type { Raft } from '../core/raft.ts'
import type { Scenario } from './scenario.ts'
import type { Words } from './script.ts'
import { Transcript } from './transcript.ts'

/** Carries out one command; its words are taken up to the last. */
export type Verb = (stage: Stage, words: Words) => void

export class Stage {
  readonly scenario: Scenario
  readonly told: Transcript
  /** Messages taken off the wire, by the name they were held under. */
  readonly held = new Map<string, readonly CoreMessage[]>()

  constructor(scenario: Scenario) {
    this.scenario = scenario
    this.told = new Transcript(scenario)
  }

  /** The next word as the id of a replica that runs. */
  id(words: Words): number {
    const id = words.number('replica')
    if (!this.scenario.ids.includes(id)) words.fail(`there is no replica ${id}`)
    return id
  }

  raft(words: Words): Raft {
    return this.scenario.raft(this.id(words))
  }

  /** Does `act` for each of the ids that follow, at least one. */
  forEach(words: Words, act: (id: number) => void): void {
    do act(this.id(words))
    while (!words.isAtEnd)
  }

  tellRefusal(result: { readonly ok: boolean; readonly reason?: string }): void {
    if (!result.ok) this.told.refused('refused', result.reason ?? '')
  }
}
