// What this member's own node state means for its client port (design 6). A hidden member serves
// nobody and still replicates; a draining one takes nothing new and lets run what runs; one that
// has not loaded its state yet is not healthy. Operators are answered in every state.
import { CodedError } from '../../base/index.ts'
import { memberTable } from '../replication/index.ts'
import type { MembersChanged, MemberState, NodeStateChanged } from '../replication/index.ts'
import type { StatePort } from './ports.ts'

/** `any`: every call of the scheduler's API. `new`: what begins a download at this member. */
export type ServedWork = 'any' | 'new'

const told: ReadonlySet<string> = new Set<NodeStateChanged['type'] | MembersChanged['type']>([
  'node-state-changed',
  'members-changed',
])

/** Follows the own node state from `start` to `stop`. */
export class OwnState {
  readonly #state: StatePort
  readonly #selfId: number
  readonly #listeners = new Set<(state: MemberState | undefined) => void>()
  #now: MemberState | undefined
  #unsubscribe: (() => void)[] = []

  constructor(deps: { readonly state: StatePort }, options: { readonly selfId: number }) {
    this.#state = deps.state
    this.#selfId = options.selfId
    this.#now = this.#read()
  }

  /** Whether health may say SERVING. */
  get isServing(): boolean {
    return this.#now === 'loading' || this.#now === 'online' || this.#now === 'fail'
  }

  /** Why this member does not do the work now; undefined: it does. */
  refusal(work: ServedWork): CodedError | undefined {
    if (this.#now === 'hidden') {
      return new CodedError('SCHED_HIDDEN', 'an operator has hidden this member: ask another one')
    }
    if (work === 'new' && this.#now === 'draining') {
      const message = 'this member takes nothing new while it drains: ask another one'
      return new CodedError('SCHED_DRAINING', message)
    }
    return undefined
  }

  start(): void {
    this.#unsubscribe.push(
      this.#state.subscribe(({ events }) => {
        if (events.some(({ type }) => told.has(type))) this.#update()
      }),
      this.#state.onReplaced(() => this.#update()),
    )
    this.#update()
  }

  stop(): void {
    for (const end of this.#unsubscribe) end()
  }

  /** Told of every other state; undefined: this member's state does not name it yet, or no more. */
  onChange(listener: (state: MemberState | undefined) => void): void {
    this.#listeners.add(listener)
  }

  #update(): void {
    const state = this.#read()
    if (state === this.#now) return
    this.#now = state
    for (const listener of this.#listeners) listener(state)
  }

  #read(): MemberState | undefined {
    return this.#state.reader.get(memberTable, this.#selfId)?.state
  }
}
