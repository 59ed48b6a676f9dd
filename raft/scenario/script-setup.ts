// The head of a script: who takes part, with which logs and options.
import { Scenario } from './scenario.ts'
import type { ScenarioOptions } from './scenario.ts'
import type { Words } from './script.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const switches = {
  'pre-vote': 'preVote',
  'check-quorum': 'checkQuorum',
  'strict-reconfiguration': 'strictReconfiguration',
} as const

const numbers = {
  'election-ticks': 'electionTicks',
  'heartbeat-ticks': 'heartbeatTicks',
  'inflight-messages': 'inflightMessagesMax',
  'inflight-bytes': 'inflightBytesMax',
  'append-bytes': 'appendBytesMax',
  'apply-bytes': 'applyBytesMax',
  'uncommitted-bytes': 'uncommittedBytesMax',
  'pending-reads': 'pendingReadsMax',
} as const

export const setupVerbs = ['group', 'with', 'log', 'state', 'belief', 'patience'] as const

/** Gathers the lines of the head and makes the scenario of them. */
export class ScriptSetup {
  readonly #options: Mutable<ScenarioOptions> = { voters: [] }
  readonly #logs: Record<number, readonly number[]> = {}
  readonly #hardStates: Record<number, { term: number; votedFor: number; commit: number }> = {}
  readonly #applied: Record<number, number> = {}
  readonly #beliefs: Record<number, { voters: number[]; learners: number[] }> = {}
  readonly #patience: Record<number, number> = {}

  take(verb: (typeof setupVerbs)[number], words: Words): void {
    if (verb === 'group') this.#group(words)
    else if (verb === 'with') this.#with(words)
    else if (verb === 'log') {
      const id = words.number('replica')
      this.#logs[id] = words.numbers()
    } else if (verb === 'state') this.#state(words)
    else if (verb === 'belief') {
      const id = words.number('replica')
      this.#beliefs[id] = takeMembers(words)
    } else {
      const id = words.number('replica')
      this.#patience[id] = words.number('ticks')
    }
    words.end()
  }

  build(): Scenario {
    return new Scenario({
      ...this.#options,
      logs: this.#logs,
      hardStates: this.#hardStates,
      applied: this.#applied,
      beliefs: this.#beliefs,
      timeoutSpread: this.#patience,
    })
  }

  #group(words: Words): void {
    const { voters, learners } = takeMembers(words)
    this.#options.voters = voters
    this.#options.learners = learners
  }

  #with(words: Words): void {
    const names = [...Object.keys(switches), ...Object.keys(numbers)]
    const name = words.choice('option', names)
    if (name in switches) {
      const isOn = words.choice('switch', ['on', 'off']) === 'on'
      this.#options[switches[name as keyof typeof switches]] = isOn
    } else {
      this.#options[numbers[name as keyof typeof numbers]] = words.number('value')
    }
  }

  /** `state 1 term 7 vote 2 commit 3 applied 3`: what its disk says. */
  #state(words: Words): void {
    const id = words.number('replica')
    const state = { term: this.#logs[id]?.at(-1) ?? 0, votedFor: 0, commit: 0 }
    if (words.takes('term')) state.term = words.number('term')
    if (words.takes('vote')) state.votedFor = words.number('vote')
    if (words.takes('commit')) state.commit = words.number('commit')
    if (words.takes('applied')) this.#applied[id] = words.number('applied')
    this.#hardStates[id] = state
  }
}

function takeMembers(words: Words): { voters: number[]; learners: number[] } {
  words.keyword('voters')
  const voters = words.numbers()
  const learners = words.takes('learners') ? words.numbers() : []
  return { voters, learners }
}
