// Is a history explained by some order of its operations that respects "answered before the other
// was called" (Herlihy & Wing 1990)? The search is Wing & Gong's (1993) with the memory of Lowe
// (2017): a set of placed operations that led nowhere from a state is not tried again. Operations
// without an answer may be placed at any time after their call, or never. Keys are independent,
// so each is searched by itself.
import { assert } from '../../base/index.ts'
import { BitSet } from './bit-set.ts'
import { partitionByKey } from './history.ts'
import type { Operation } from './history.ts'
import type { Model } from './model.ts'

/** `unknown`: the budget ended before the search did. */
export type Verdict =
  | { readonly verdict: 'linearizable' }
  | { readonly verdict: 'unknown'; readonly key: string }
  | {
      readonly verdict: 'not-linearizable'
      readonly key: string
      /** Operations in the longest explanation found; the ones it could not place follow. */
      readonly explained: readonly number[]
      readonly unexplained: readonly number[]
    }

/** Steps a search of one key may take unless told otherwise. */
export const stepsMaxDefault = 200_000

/** Checks every key by itself; the first one that fails decides. */
export function checkLinearizable<State extends string | number, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  stepsMax = stepsMaxDefault,
): Verdict {
  let unknown: Verdict | undefined
  for (const [key, part] of partitionByKey(operations)) {
    // What certainly had no effect and told nothing needs no place.
    const relevant = part.filter(({ outcome }) => outcome !== 'fail')
    const verdict = new Search(model, key, relevant).run(stepsMax)
    if (verdict.verdict === 'not-linearizable') return verdict
    if (verdict.verdict === 'unknown') unknown ??= verdict
  }
  return unknown ?? { verdict: 'linearizable' }
}

/** A call or an answer in the list that the search shortens and restores. */
interface Node {
  readonly place: number
  readonly isCall: boolean
  /** The answer that belongs to a call; undefined when none ever came. */
  answer: Node | undefined
  previous: Node | undefined
  next: Node | undefined
}

class Search<State extends string | number, Input, Output> {
  readonly #model: Model<State, Input, Output>
  readonly #key: string
  readonly #operations: readonly Operation<Input, Output>[]
  readonly #head: Node = newNode(-1, true)
  readonly #placed: BitSet
  /** Sets of placed operations and states that were reached, by hash. */
  readonly #seen = new Map<number, { readonly words: Uint32Array; readonly state: State }[]>()
  readonly #stack: { readonly call: Node; readonly stateBefore: State }[] = []
  #answersLeft = 0
  #best: readonly number[] = []

  constructor(
    model: Model<State, Input, Output>,
    key: string,
    operations: readonly Operation<Input, Output>[],
  ) {
    this.#model = model
    this.#key = key
    this.#operations = operations
    this.#placed = new BitSet(operations.length)
    this.#link()
  }

  run(stepsMax: number): Verdict {
    let { initial: state } = this.#model
    let at = this.#head.next
    for (let steps = 0; this.#answersLeft > 0; steps += 1) {
      if (steps >= stepsMax) return { verdict: 'unknown', key: this.#key }
      assert(at !== undefined, 'an answer ends every walk')
      if (at.isCall) {
        const next = this.#place(at, state)
        if (next === undefined) at = at.next
        else {
          state = next
          at = this.#head.next
        }
        continue
      }
      // An answer to an operation not placed yet: what was placed cannot be right.
      const last = this.#stack.pop()
      if (last === undefined) return this.#refuted()
      if (this.#stack.length + 1 > this.#best.length) {
        this.#best = [...this.#stack, last].map(({ call }) => call.place)
      }
      this.#restore(last.call)
      state = last.stateBefore
      at = last.call.next
    }
    return { verdict: 'linearizable' }
  }

  /** Tries to place the operation next; the new state, or undefined when it does not fit. */
  #place(call: Node, state: State): State | undefined {
    const { input, output } = this.#operations[call.place]!
    const next = this.#model.step(state, input, output)
    if (next === undefined) return undefined
    this.#placed.toggle(call.place)
    if (!this.#isNew(next)) {
      this.#placed.toggle(call.place)
      return undefined
    }
    this.#stack.push({ call, stateBefore: state })
    unlink(call)
    if (call.answer !== undefined) {
      unlink(call.answer)
      this.#answersLeft -= 1
    }
    return next
  }

  #restore(call: Node): void {
    this.#placed.toggle(call.place)
    if (call.answer !== undefined) {
      relink(call.answer)
      this.#answersLeft += 1
    }
    relink(call)
  }

  #isNew(state: State): boolean {
    const hash = (this.#placed.hash ^ hashOf(state)) >>> 0
    const known = this.#seen.get(hash)
    if (known === undefined) {
      this.#seen.set(hash, [{ words: this.#placed.copy(), state }])
      return true
    }
    for (const each of known) {
      if (each.state === state && this.#placed.equals(each.words)) return false
    }
    known.push({ words: this.#placed.copy(), state })
    return true
  }

  #refuted(): Verdict {
    const ids = (places: readonly number[]): number[] =>
      places.map((place) => this.#operations[place]!.id)
    const best = new Set(this.#best)
    const rest = this.#operations.flatMap((operation, place) =>
      best.has(place) || operation.outcome !== 'ok' ? [] : [place],
    )
    return {
      verdict: 'not-linearizable',
      key: this.#key,
      explained: ids(this.#best),
      unexplained: ids(rest),
    }
  }

  /** Builds the list of calls and answers in the order in which they happened. */
  #link(): void {
    const nodes: { readonly at: number; readonly node: Node }[] = []
    for (const [place, { calledAt, answeredAt, outcome }] of this.#operations.entries()) {
      const call = newNode(place, true)
      nodes.push({ at: calledAt, node: call })
      if (outcome !== 'ok') continue
      call.answer = newNode(place, false)
      nodes.push({ at: answeredAt, node: call.answer })
      this.#answersLeft += 1
    }
    // Of two things at the same moment the call comes first: that allows more.
    nodes.sort((a, b) => a.at - b.at || Number(b.node.isCall) - Number(a.node.isCall))
    let previous = this.#head
    for (const { node } of nodes) {
      previous.next = node
      node.previous = previous
      previous = node
    }
  }
}

function newNode(place: number, isCall: boolean): Node {
  return { place, isCall, answer: undefined, previous: undefined, next: undefined }
}

function unlink(node: Node): void {
  node.previous!.next = node.next
  if (node.next !== undefined) node.next.previous = node.previous
}

/** Puts a node back where it was; nodes are put back in the reverse order of their removal. */
function relink(node: Node): void {
  node.previous!.next = node
  if (node.next !== undefined) node.next.previous = node
}

function hashOf(state: string | number): number {
  if (typeof state === 'number') return Math.imul(state + 1, 0x85ebca6b)
  let hash = 0x811c9dc5
  for (let i = 0; i < state.length; i += 1) {
    hash = Math.imul(hash ^ state.charCodeAt(i), 0x01000193)
  }
  return hash
}
