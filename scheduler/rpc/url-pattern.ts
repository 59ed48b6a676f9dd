// Regular expressions of operators, matched against URLs of strangers. They are written for Go's
// engine, which takes time linear in the text; ours goes back and tries again, for years if both
// texts are chosen well. So a pattern is made into an automaton that is in several places at once,
// with the usual syntax and without what no automaton can do: back references and looking around.
import { CodedError } from '../../base/index.ts'
import { patternInstructionsMax } from './limits.ts'
import { parsePattern } from './url-pattern-parser.ts'
import type { CharacterSet, PatternNode } from './url-pattern-parser.ts'

/** One step of the automaton. */
type Instruction =
  | { readonly type: 'match' }
  | { readonly type: 'character'; readonly set: CharacterSet }
  | { readonly type: 'begin' }
  | { readonly type: 'end' }
  /** Goes on at both places. */
  | { readonly type: 'split'; first: number; second: number }
  | { readonly type: 'jump'; to: number }

/** Steps that one question may take; shared by the patterns it asks. */
export interface StepBudget {
  left: number
}

/** A pattern, ready to be asked. */
export class UrlPattern {
  readonly #program: readonly Instruction[]
  /** By instruction: the text position at which it was reached last. */
  readonly #reachedAt: Int32Array
  readonly #todo: number[] = []
  #steps = 0

  /** @throws CodedError SCHED_SETTINGS_INVALID with what is wrong */
  constructor(text: string) {
    const program: Instruction[] = []
    emit(program, parsePattern(text))
    program.push({ type: 'match' })
    this.#program = program
    this.#reachedAt = new Int32Array(program.length)
  }

  /** Whether the pattern occurs in `text`; undefined when the budget does not suffice to tell. */
  matches(text: string, budget: StepBudget): boolean | undefined {
    this.#reachedAt.fill(-1)
    let places: number[] = []
    for (let at = 0; at <= text.length; at += 1) {
      const next: number[] = []
      const code = at < text.length ? text.charCodeAt(at) : -1
      // The pattern may begin anywhere: a fresh start joins at every position.
      if (this.#reach(0, at, text.length, places)) return true
      budget.left -= this.#steps + places.length
      this.#steps = 0
      if (budget.left < 0) return undefined
      for (const place of places) {
        const instruction = this.#program[place]!
        if (instruction.type !== 'character' || !instruction.set.has(code)) continue
        if (this.#reach(place + 1, at + 1, text.length, next)) return true
      }
      places = next
    }
    return false
  }

  /** Follows what needs no character; true when that is the end of the pattern. */
  #reach(start: number, at: number, length: number, places: number[]): boolean {
    const todo = this.#todo
    todo.length = 0
    todo.push(start)
    for (let place = todo.pop(); place !== undefined; place = todo.pop()) {
      this.#steps += 1
      if (this.#reachedAt[place] === at) continue
      this.#reachedAt[place] = at
      const instruction = this.#program[place]!
      switch (instruction.type) {
        case 'match':
          return true
        case 'character':
          places.push(place)
          break
        case 'begin':
          if (at === 0) todo.push(place + 1)
          break
        case 'end':
          if (at === length) todo.push(place + 1)
          break
        case 'split':
          todo.push(instruction.second, instruction.first)
          break
        case 'jump':
          todo.push(instruction.to)
      }
    }
    return false
  }
}

function push(program: Instruction[], instruction: Instruction): void {
  if (program.length >= patternInstructionsMax) {
    throw new CodedError('SCHED_SETTINGS_INVALID', 'the pattern repeats too much')
  }
  program.push(instruction)
}

function emit(program: Instruction[], node: PatternNode): void {
  switch (node.type) {
    case 'set':
      return push(program, { type: 'character', set: node.set })
    case 'begin':
    case 'end':
      return push(program, { type: node.type })
    case 'sequence':
      for (const item of node.items) emit(program, item)
      return
    case 'choice':
      return emitChoice(program, node.items)
    case 'repeat':
      emitRepeat(program, node)
  }
}

function emitChoice(program: Instruction[], items: readonly PatternNode[]): void {
  const jumps: { to: number }[] = []
  for (const [n, item] of items.entries()) {
    if (n === items.length - 1) {
      emit(program, item)
      break
    }
    const split = { type: 'split' as const, first: program.length + 1, second: 0 }
    push(program, split)
    emit(program, item)
    const jump = { type: 'jump' as const, to: 0 }
    push(program, jump)
    jumps.push(jump)
    split.second = program.length
  }
  for (const jump of jumps) jump.to = program.length
}

function emitRepeat(
  program: Instruction[],
  { item, min, max }: Extract<PatternNode, { type: 'repeat' }>,
): void {
  for (let n = 0; n < min; n += 1) {
    const before = program.length
    emit(program, item)
    // Nothing is nothing, however often; said within itself it would be said for years.
    if (program.length === before) break
  }
  if (max === Infinity) {
    const at = program.length
    const split = { type: 'split' as const, first: at + 1, second: 0 }
    push(program, split)
    emit(program, item)
    push(program, { type: 'jump', to: at })
    split.second = program.length
    return
  }
  const splits: { second: number }[] = []
  for (let n = min; n < max; n += 1) {
    const split = { type: 'split' as const, first: program.length + 1, second: 0 }
    push(program, split)
    splits.push(split)
    emit(program, item)
  }
  for (const split of splits) split.second = program.length
}
