// Reads the text of a scenario script: one command a line, words apart by spaces, `#` comments.
// The language is described in README.md beside this file.

/** One line of a script. `verb` is empty for a comment or an empty line. */
export interface ScriptLine {
  /** Where it stands, as `name:line`. */
  readonly where: string
  /** The line without surrounding spaces. */
  readonly text: string
  readonly verb: string
  readonly words: readonly string[]
}

/** Cuts a script into its lines; `name` is told in errors. */
export function parseScript(name: string, text: string): ScriptLine[] {
  return text.split('\n').map((raw, i) => {
    const line = raw.trim()
    const [verb = '', ...words] = line.startsWith('#') ? [] : line.split(/\s+/)
    return { where: `${name}:${i + 1}`, text: line, verb, words }
  })
}

/** A script that cannot be understood or whose expectation failed. The message names the line. */
export class ScriptError extends Error {
  /** What is wrong, without the place. */
  readonly what: string

  constructor(line: ScriptLine, what: string, options?: ErrorOptions) {
    super(`${line.where}: ${what}`, options)
    this.what = what
  }
}

/** Takes the words of a line from left to right. */
export class Words {
  readonly line: ScriptLine
  #next = 0

  constructor(line: ScriptLine) {
    this.line = line
  }

  get isAtEnd(): boolean {
    return this.#next >= this.line.words.length
  }

  /** The next word without taking it; undefined at the end. */
  get ahead(): string | undefined {
    return this.line.words[this.#next]
  }

  fail(message: string): never {
    throw new ScriptError(this.line, message)
  }

  word(what: string): string {
    const word = this.ahead
    if (word === undefined) return this.fail(`${what} is missing`)
    this.#next += 1
    return word
  }

  /** One of `choices`. */
  choice<T extends string>(what: string, choices: readonly T[]): T {
    const word = this.word(what)
    const choice = choices.find((candidate) => candidate === word)
    if (choice === undefined) {
      return this.fail(`unknown ${what} "${word}", it is one of: ${choices.join(', ')}`)
    }
    return choice
  }

  number(what: string): number {
    const word = this.word(what)
    if (!isNumber(word)) return this.fail(`${what} is no number: "${word}"`)
    return Number(word)
  }

  /** Numbers up to the next word that is none. */
  numbers(): number[] {
    const numbers: number[] = []
    while (this.ahead !== undefined && isNumber(this.ahead)) numbers.push(this.number('number'))
    return numbers
  }

  /** Takes the next word when it is `keyword`. */
  takes(keyword: string): boolean {
    if (this.ahead !== keyword) return false
    this.#next += 1
    return true
  }

  keyword(keyword: string): void {
    if (!this.takes(keyword)) this.fail(`"${keyword}" is missing`)
  }

  rest(): string[] {
    const rest = this.line.words.slice(this.#next)
    this.#next = this.line.words.length
    return rest
  }

  /** Fails when words are left over. */
  end(): void {
    if (this.ahead !== undefined) this.fail(`"${this.ahead}" is not understood`)
  }
}

function isNumber(word: string): boolean {
  return /^\d+$/.test(word)
}
