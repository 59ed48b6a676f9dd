// What bodies and rows are made of, and the checked way to take them apart again.
import { assert } from '../../base/index.ts'

/** A value in a command body or a row: no objects, no undefined, no bigint; numbers are finite. */
export type Wire = null | boolean | number | string | Uint8Array | readonly Wire[]

/** Thrown by `FieldReader`; the framework turns it into `malformed` or a damaged row. */
export class WireFormatError extends Error {
  override readonly name = 'WireFormatError'
}

/**
 * Reads the fields of a body or a row one after another; each method consumes one field and throws
 * `WireFormatError` when it is not what was asked for. Lengths of text are UTF-16 units.
 */
export class FieldReader {
  readonly #fields: readonly Wire[]
  #next = 0

  constructor(fields: readonly Wire[]) {
    this.#fields = fields
  }

  /** Fields not read yet. */
  get remaining(): number {
    return this.#fields.length - this.#next
  }

  /** Consumes the next field and returns true if it is null; else leaves it and returns false. */
  isNull(): boolean {
    if (this.#fields[this.#next] !== null) return false
    this.#next += 1
    return true
  }

  text(lengthMax: number): string {
    const value = this.#take()
    if (typeof value !== 'string' || value.length > lengthMax) throw this.#wrong('text')
    return value
  }

  textOrNull(lengthMax: number): string | null {
    return this.isNull() ? null : this.text(lengthMax)
  }

  /** A safe integer in [min, max]. */
  integer(min = 0, max = Number.MAX_SAFE_INTEGER): number {
    const value = this.#take()
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw this.#wrong('integer')
    if (value < min || value > max) throw this.#wrong('integer in range')
    return value
  }

  integerOrNull(min = 0, max = Number.MAX_SAFE_INTEGER): number | null {
    return this.isNull() ? null : this.integer(min, max)
  }

  /** Any finite number. */
  number(): number {
    const value = this.#take()
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.#wrong('number')
    return value
  }

  boolean(): boolean {
    const value = this.#take()
    if (typeof value !== 'boolean') throw this.#wrong('boolean')
    return value
  }

  bytes(lengthMax: number): Uint8Array {
    const value = this.#take()
    if (!(value instanceof Uint8Array) || value.length > lengthMax) throw this.#wrong('bytes')
    return value
  }

  /** One of a closed set of texts. */
  oneOf<Choice extends string>(choices: readonly Choice[]): Choice {
    const value = this.#take()
    for (const choice of choices) if (choice === value) return choice
    throw this.#wrong('known word')
  }

  /** An array whose items `read` consumes (at least one field for each item). */
  list<Item>(itemsMax: number, read: (items: FieldReader) => Item): Item[] {
    const value = this.#take()
    if (!isArray(value)) throw this.#wrong('list')
    const items = new FieldReader(value)
    const out: Item[] = []
    while (items.remaining > 0) {
      if (out.length >= itemsMax) throw this.#wrong('list within its limit')
      const before = items.remaining
      out.push(read(items))
      assert(items.remaining < before, 'a list item reads at least one field')
    }
    return out
  }

  /** A nested array read by `read`, which must read all of it. */
  nested<Value>(read: (fields: FieldReader) => Value): Value {
    const value = this.#take()
    if (!isArray(value)) throw this.#wrong('array')
    const fields = new FieldReader(value)
    const out = read(fields)
    fields.end()
    return out
  }

  /** The field as it is. */
  raw(): Wire {
    return this.#take()
  }

  /** Requires that every field has been read. */
  end(): void {
    if (this.remaining !== 0) throw this.#wrong('end')
  }

  #take(): Wire {
    const value = this.#fields[this.#next]
    if (value === undefined) throw this.#wrong('field')
    this.#next += 1
    return value
  }

  #wrong(expected: string): WireFormatError {
    return new WireFormatError(`field ${this.#next}: expected ${expected}`)
  }
}

/** Array.isArray that keeps the element type of `Wire`. */
export function isArray(value: Wire | undefined): value is readonly Wire[] {
  return Array.isArray(value)
}
