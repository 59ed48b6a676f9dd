// What random lives of clusters have in common: they write through any member, and what callers
// were told must be true of the list that the members agree on in the end.
import { expect } from 'vitest'
import type { Random } from '../../base/index.ts'
import { bytesOf } from './cluster.suite.ts'
import type { Cluster } from './cluster.suite.ts'
import type { ProposeOutcome } from './outcomes.ts'

/** A text that somebody proposed, and what he was told. */
export interface Written {
  readonly text: string
  readonly outcome: ProposeOutcome
}

/** Proposals of one life, each of a text of its own. */
export class Writes {
  /** Those that have ended. */
  readonly ended: Written[] = []
  readonly #cluster: Cluster
  readonly #random: Random
  #count = 0

  constructor(cluster: Cluster, random: Random) {
    this.#cluster = cluster
    this.#random = random
  }

  /** Proposes `count` texts through the member `id`. */
  add(id: number, count: number): void {
    for (let i = 0; i < count; i += 1) {
      this.#count += 1
      const text = `${this.#count}@${id}`
      const timeoutMs = 100 + this.#random.below(3000)
      void this.#cluster
        .node(id)
        .propose(bytesOf(text), { timeoutMs })
        .then((outcome) => this.ended.push({ text, outcome }))
    }
  }

  /** Compares what callers were told with what was applied. */
  check(list: readonly string[]): void {
    const counts = new Map<string, number>()
    for (const text of list) counts.set(text, (counts.get(text) ?? 0) + 1)
    for (const { text, outcome } of this.ended) {
      if (outcome.ok) {
        expect(list[(outcome.result as number) - 1], `${text} was applied where it says`).toBe(text)
      } else if (outcome.reason !== 'unknown-outcome') {
        expect(counts.get(text) ?? 0, `${text} ended ${outcome.reason}`).toBe(0)
      }
      expect(counts.get(text) ?? 0, `${text} was applied at most once`).toBeLessThanOrEqual(1)
    }
  }
}
