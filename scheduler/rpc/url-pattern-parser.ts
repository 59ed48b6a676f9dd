// The syntax of URL patterns: what Go's engine and ours have in common and an automaton can do.
import { CodedError } from '../../base/index.ts'
import { patternRepeatMax } from './limits.ts'

/** Characters (UTF-16 units) by ranges. */
export class CharacterSet {
  readonly #ranges: readonly (readonly [first: number, last: number])[]
  readonly #isNegated: boolean

  constructor(ranges: readonly (readonly [number, number])[], isNegated: boolean) {
    this.#ranges = ranges
    this.#isNegated = isNegated
  }

  /** Whether a unit is in the set; -1, the end of the text, never is. */
  has(code: number): boolean {
    if (code < 0) return false
    for (const [first, last] of this.#ranges) {
      if (code >= first && code <= last) return !this.#isNegated
    }
    return this.#isNegated
  }
}

/** A parsed pattern. */
export type PatternNode =
  | { readonly type: 'set'; readonly set: CharacterSet }
  | { readonly type: 'begin' | 'end' }
  | { readonly type: 'sequence' | 'choice'; readonly items: readonly PatternNode[] }
  /** `max`: Infinity = any number. */
  | {
      readonly type: 'repeat'
      readonly item: PatternNode
      readonly min: number
      readonly max: number
    }

type Range = readonly [first: number, last: number]

const digits: readonly Range[] = [[0x30, 0x39]]
const words: readonly Range[] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]
const spaces: readonly Range[] = [
  [0x09, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0x20],
]
const lineFeed: readonly Range[] = [[0x0a, 0x0a]]
const unitMax = 0xffff

const classes: Readonly<Record<string, readonly Range[]>> = {
  d: digits,
  w: words,
  s: spaces,
  D: complement(digits),
  W: complement(words),
  S: complement(spaces),
}
const controls: Readonly<Record<string, number>> = { n: 0x0a, r: 0x0d, t: 0x09, f: 0x0c, v: 0x0b }

/**
 * Parses a pattern.
 * @throws CodedError SCHED_SETTINGS_INVALID with what is wrong
 */
export function parsePattern(text: string): PatternNode {
  return new Parser(text).whole()
}

class Parser {
  readonly #text: string
  #at = 0
  #isCaseIgnored = false

  constructor(text: string) {
    this.#text = text
    if (text.startsWith('(?i)')) {
      this.#isCaseIgnored = true
      this.#at = 4
    }
  }

  whole(): PatternNode {
    const node = this.#choice()
    if (this.#at < this.#text.length) throw wrong('an unopened )')
    return node
  }

  #choice(): PatternNode {
    const items = [this.#sequence()]
    while (this.#takes('|')) items.push(this.#sequence())
    return items.length === 1 ? items[0]! : { type: 'choice', items }
  }

  #sequence(): PatternNode {
    const items: PatternNode[] = []
    for (;;) {
      const next = this.#text[this.#at]
      if (next === undefined || next === '|' || next === ')') return { type: 'sequence', items }
      items.push(this.#repeated(this.#atom()))
    }
  }

  #atom(): PatternNode {
    const sign = this.#text[this.#at]!
    this.#at += 1
    switch (sign) {
      case '(':
        return this.#group()
      case '[':
        return { type: 'set', set: this.#class() }
      case '.':
        return { type: 'set', set: new CharacterSet(lineFeed, true) }
      case '^':
        return { type: 'begin' }
      case '$':
        return { type: 'end' }
      case '*':
      case '+':
      case '?':
        throw wrong(`nothing before ${sign}`)
      case '\\':
        return { type: 'set', set: this.#set(this.#escape(), false) }
      default:
        return { type: 'set', set: this.#set([this.#single(sign.charCodeAt(0))], false) }
    }
  }

  #group(): PatternNode {
    if (this.#takes('?') && !this.#takes(':')) {
      throw wrong('a group that looks around, is named or has flags')
    }
    const node = this.#choice()
    if (!this.#takes(')')) throw wrong('an unclosed (')
    return node
  }

  #repeated(item: PatternNode): PatternNode {
    const counts = this.#counts()
    if (counts === undefined) return item
    // Greedy or not, the pattern occurs in the same texts.
    this.#takes('?')
    if (this.#counts() !== undefined) throw wrong('a repetition of a repetition')
    return { type: 'repeat', item, ...counts }
  }

  #counts(): { readonly min: number; readonly max: number } | undefined {
    if (this.#takes('*')) return { min: 0, max: Infinity }
    if (this.#takes('+')) return { min: 1, max: Infinity }
    if (this.#takes('?')) return { min: 0, max: 1 }
    const match = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.#text.slice(this.#at, this.#at + 12))
    if (match === null) return undefined
    this.#at += match[0].length
    const min = Number(match[1])
    const upper = match[2] === undefined ? min : match[3] === '' ? Infinity : Number(match[3])
    if (min > patternRepeatMax || (upper > patternRepeatMax && upper !== Infinity)) {
      throw wrong(`a repetition of more than ${patternRepeatMax}`)
    }
    if (upper < min) throw wrong('a repetition of at most fewer than at least')
    return { min, max: upper }
  }

  #class(): CharacterSet {
    const isNegated = this.#takes('^')
    const ranges: Range[] = []
    // A bracket right behind the opening one stands for itself.
    for (let isFirst = true; isFirst || !this.#takes(']'); isFirst = false) {
      const from = this.#classItem()
      const isRange = this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']'
      if (from.length > 1 || from[0]![0] !== from[0]![1] || !isRange) {
        ranges.push(...from)
        continue
      }
      this.#at += 1
      const to = this.#classItem()
      const [first, last] = [from[0]![0], to[0]![1]]
      if (to.length > 1 || to[0]![0] !== last || last < first)
        throw wrong('a range that ends early')
      ranges.push([first, last])
    }
    return this.#set(ranges, isNegated)
  }

  #classItem(): readonly Range[] {
    const sign = this.#text[this.#at]
    if (sign === undefined) throw wrong('an unclosed [')
    if (sign === '[' && this.#text[this.#at + 1] === ':') throw wrong('a named class')
    this.#at += 1
    return sign === '\\' ? this.#escape() : [this.#single(sign.charCodeAt(0))]
  }

  /** Behind a backslash. */
  #escape(): readonly Range[] {
    const sign = this.#text[this.#at]
    if (sign === undefined) throw wrong('a \\ at the end')
    this.#at += 1
    const known = classes[sign]
    if (known !== undefined) return known
    const control = controls[sign]
    if (control !== undefined) return [this.#single(control)]
    if (/[A-Za-z0-9]/.test(sign)) throw wrong(`\\${sign}`)
    return [this.#single(sign.charCodeAt(0))]
  }

  #single(code: number): Range {
    return [code, code]
  }

  #set(ranges: readonly Range[], isNegated: boolean): CharacterSet {
    return new CharacterSet(this.#isCaseIgnored ? withOtherCase(ranges) : ranges, isNegated)
  }

  #takes(sign: string): boolean {
    if (this.#text[this.#at] !== sign) return false
    this.#at += 1
    return true
  }
}

/** The other letters of ASCII, as host names know them. */
function withOtherCase(ranges: readonly Range[]): readonly Range[] {
  const more = [...ranges]
  for (const [first, last] of ranges) {
    for (let code = 0x41; code <= 0x5a; code += 1) {
      if (code >= first && code <= last) more.push([code + 0x20, code + 0x20])
      if (code + 0x20 >= first && code + 0x20 <= last) more.push([code, code])
    }
  }
  return more
}

function complement(ranges: readonly Range[]): readonly Range[] {
  const rest: Range[] = []
  let from = 0
  for (const [first, last] of ranges) {
    if (first > from) rest.push([from, first - 1])
    from = last + 1
  }
  rest.push([from, unitMax])
  return rest
}

function wrong(what: string): CodedError {
  return new CodedError('SCHED_SETTINGS_INVALID', `the pattern has ${what}`)
}
