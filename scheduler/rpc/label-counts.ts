// A counter with labels that costs a look-up. prom-client checks and joins all labels again with
// every increment (about a microsecond each, twice that for a histogram): too much for what happens
// fifty thousand times a second. Values become samples when somebody reads them.
import type { Family, Sample } from '../metrics.ts'

/** What stands in every label once there are too many label sets. */
const otherLabel = 'other'

/** Counts by label values; never more label sets than `labelSetsMax` and one for the rest. */
export class LabelCounts<Label extends string = string> {
  readonly #labels: readonly Label[]
  readonly #labelSetsMax: number
  readonly #cells = new Map<string, { readonly values: readonly string[]; count: number }>()

  constructor(labels: readonly Label[], options: { readonly labelSetsMax: number }) {
    this.#labels = labels
    this.#labelSetsMax = options.labelSetsMax
  }

  /** Adds to the count of `values`, which stand in the order of the labels. */
  add(values: readonly string[], amount = 1): void {
    const key = values.join('\n')
    const cell = this.#cells.get(key)
    if (cell !== undefined) cell.count += amount
    else if (this.#cells.size < this.#labelSetsMax) this.#cells.set(key, { values, count: amount })
    else this.#addToOther(amount)
  }

  samples(): readonly Sample[] {
    return Array.from(this.#cells.values(), ({ values, count }) => ({
      labels: Object.fromEntries(this.#labels.map((label, i) => [label, values[i] ?? ''])),
      value: count,
    }))
  }

  #addToOther(amount: number): void {
    const values = this.#labels.map(() => otherLabel)
    const key = values.join('\n')
    const cell = this.#cells.get(key)
    if (cell === undefined) this.#cells.set(key, { values, count: amount })
    else cell.count += amount
  }
}

/** A counter under its full name. */
export function counterFamily(name: string, help: string, samples: readonly Sample[]): Family {
  return { prefix: '', name, type: 'counter', help, samples }
}
