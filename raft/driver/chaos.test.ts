// Short random lives of whole clusters: members crash and lose what was not synced, links are cut
// one way, messages are lost. Afterwards everything heals, and what callers were told must be true.
import { describe, expect, test } from 'vitest'
import { Prng } from '../../base/index.ts'
import { Cluster } from './cluster.suite.ts'
import { Writes } from './storm.suite.ts'

const seeds = Array.from({ length: 40 }, (_, i) => `driver-${i + 1}`)

class Life {
  readonly cluster: Cluster
  readonly #random: Prng
  readonly #ids: readonly number[]
  readonly writes: Writes
  readonly #down = new Set<number>()
  readonly staleReads: string[] = []

  constructor(seed: string) {
    this.#random = new Prng(seed)
    const voters = this.#random.ratio(1, 3) ? 5 : 3
    this.#ids = Array.from({ length: voters }, (_, i) => i + 1)
    this.cluster = new Cluster({
      voters,
      seed,
      syncMs: this.#random.below(8),
      delayMs: this.#random.below(4),
      member: { retainEntries: 20 },
    })
    this.writes = new Writes(this.cluster, this.#random)
  }

  async run(steps: number): Promise<void> {
    await this.cluster.start()
    for (let i = 0; i < steps; i += 1) {
      await this.#step()
      await this.cluster.clock.advance(this.#random.below(300))
    }
  }

  async heal(): Promise<readonly string[]> {
    this.cluster.network.heal()
    this.cluster.network.setFilter(undefined)
    for (const id of this.#down) await this.cluster.restart(id)
    await this.cluster.elect()
    await this.cluster.clock.advance(3000)
    return this.cluster.converge()
  }

  async #step(): Promise<void> {
    const { network } = this.cluster
    const id = this.#ids[this.#random.below(this.#ids.length)]!
    const other = this.#ids[this.#random.below(this.#ids.length)]!
    switch (this.#random.below(12)) {
      case 0:
        if (this.#down.size * 2 < this.#ids.length - 1 && !this.#down.has(id)) {
          this.cluster.crash(id, this.#random.below(3))
          this.#down.add(id)
        }
        return
      case 1:
      case 2:
        if (this.#down.delete(id)) await this.cluster.restart(id)
        return
      case 3:
        return network.cut(id, other)
      case 4:
      case 5:
        return network.heal()
      case 6:
        return network.setFilter(() => !this.#random.ratio(1, 10))
      case 7:
        return network.setFilter(undefined)
      case 8:
        return this.#readAfterWrites(id)
      default:
        return this.writes.add(id, 1 + this.#random.below(20))
    }
  }

  /** What was acknowledged before the read is asked must be visible where it is answered. */
  #readAfterWrites(id: number): void {
    const acknowledged = this.writes.ended
      .filter(({ outcome }) => outcome.ok)
      .map(({ text }) => text)
    const { node, machine } = this.cluster.member(id)
    void node.readIndex({ timeoutMs: 2000 }).then((outcome) => {
      if (!outcome.ok) return
      const seen = new Set(machine.applied)
      this.staleReads.push(...acknowledged.filter((text) => !seen.has(text)))
    })
  }
}

describe('what callers were told is true after any storm', () => {
  test.each(seeds)('seed %s', async (seed) => {
    const life = new Life(seed)
    await life.run(60)
    const list = await life.heal()
    await life.cluster.stop()
    life.writes.check(list)
    expect(life.staleReads).toEqual([])
    expect(life.writes.ended.some(({ outcome }) => outcome.ok)).toBe(true)
    const fatal = [...life.cluster.members.values()].flatMap((member) => member.fatal)
    expect(fatal).toEqual([])
  })
})
