// Orders metadata changes: one batch is under way, what arrives meanwhile goes into the next one
// together. So a sync serves everyone who waited for it, and records never overtake each other.
import { assert } from '../../base/index.ts'
import type { MetadataStore } from './metadata.ts'

/** One caller's change. */
export interface MetadataChange {
  readonly puts?: readonly (readonly [key: string, value: string])[]
  readonly deletes?: readonly string[]
  readonly sync?: boolean
}

interface Waiting {
  readonly change: MetadataChange
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export class MetadataWriter {
  readonly #store: MetadataStore
  #waiting: Waiting[] = []
  #isRunning = false
  #idle: (() => void)[] = []

  constructor(store: MetadataStore) {
    this.#store = store
  }

  /**
   * Resolves when the change is written (durably with `sync`). The queue holds at most what the
   * callers wait for: one change each.
   */
  write(change: MetadataChange): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject })
      if (!this.#isRunning) void this.#run()
    })
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    if (!this.#isRunning) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  async #run(): Promise<void> {
    assert(!this.#isRunning, 'one batch at a time')
    this.#isRunning = true
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      try {
        await this.#store.write(merged(group))
        for (const { resolve } of group) resolve()
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    this.#isRunning = false
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}

/** A later change to a key wins over an earlier one of the group. */
function merged(group: readonly Waiting[]): Parameters<MetadataStore['write']>[0] {
  const last = new Map<string, string | undefined>()
  let sync = false
  for (const { change } of group) {
    for (const key of change.deletes ?? []) last.set(key, undefined)
    for (const [key, value] of change.puts ?? []) last.set(key, value)
    sync ||= change.sync ?? false
  }
  const puts: [string, string][] = []
  const deletes: string[] = []
  for (const [key, value] of last) {
    if (value === undefined) deletes.push(key)
    else puts.push([key, value])
  }
  return { puts, deletes, sync }
}
