// What happened in a run: the last lines for people, and one number over all of them that two runs
// of the same seed must share.

/** Lines kept for the report of a failure. */
const linesMax = 400

interface Line {
  readonly atMs: number
  readonly text: () => string
}

/** Collects the steps of one run. */
export class Trace {
  readonly #lines: Line[] = []
  readonly #print: ((line: string) => void) | undefined
  #at = 0
  #hash = 0x811c9dc5
  #high = 0x01000193

  /** `print` gets every line at once; without it only the last ones are kept. */
  constructor(print: ((line: string) => void) | undefined) {
    this.#print = print
  }

  /** 16 hex digits over everything mixed in so far. */
  get hash(): string {
    const word = (value: number): string => (value >>> 0).toString(16).padStart(8, '0')
    return word(this.#high) + word(this.#hash)
  }

  /** Adds a line; `text` is only called when somebody reads it. */
  add(atMs: number, text: () => string): void {
    if (this.#print !== undefined) this.#print(shown({ atMs, text }))
    this.#lines[this.#at % linesMax] = { atMs, text }
    this.#at += 1
  }

  /** Mixes numbers into the hash. Safe integers and fractions alike. */
  mix(...values: readonly number[]): void {
    for (const value of values) {
      const low = Math.imul(value * 1024, 1) ^ Math.floor(value / 0x40_0000)
      this.#hash = Math.imul(this.#hash ^ low, 0x01000193)
      this.#high = Math.imul((this.#high << 5) ^ (this.#high >>> 27) ^ this.#hash, 0x9e3779b1)
    }
  }

  /** Mixes a text in. */
  mixText(text: string): void {
    for (let i = 0; i < text.length; i += 1) this.mix(text.charCodeAt(i))
  }

  /** The newest `count` lines, oldest first. */
  last(count: number): readonly string[] {
    const first = Math.max(0, this.#at - Math.min(count, linesMax))
    const lines: string[] = []
    for (let at = first; at < this.#at; at += 1) lines.push(shown(this.#lines[at % linesMax]!))
    return lines
  }
}

function shown({ atMs, text }: Line): string {
  return `${atMs.toFixed(3).padStart(11)} ${text()}`
}
