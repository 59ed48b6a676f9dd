// The short form of `npm run simulate`: the seeds that failed before, a few others, and that a seed
// is always the same run.
import { describe, expect, it } from 'vitest'
import { afterThisTurn } from '../../runtime/index.ts'
import { Violation } from './observation.ts'
import type { Observer } from './observation.ts'
import { runSeed } from './run-seed.ts'
import type { SeedOptions, SeedResult } from './run-seed.ts'
import { parseSeedList, readSeedList, seedListPath } from './seed-list.ts'

const seedsPerTest = 10
const firstSeeds = [1, 11, 21, 31]

function run(seed: number, options: SeedOptions = {}): Promise<SeedResult> {
  return new Promise((resolve) => afterThisTurn(() => resolve(runSeed(seed, options))))
}

async function failuresOf(seeds: readonly number[]): Promise<string[]> {
  const failures: string[] = []
  for (const seed of seeds) {
    const { failure } = await run(seed)
    if (failure !== undefined)
      failures.push(`npm run simulate -- --seed ${seed} --trace: ${failure.message}`)
  }
  return failures
}

describe('seeds', () => {
  it.each(firstSeeds)(
    'from %i on: everything holds and heals',
    { timeout: 120_000 },
    async (first) => {
      const seeds = Array.from({ length: seedsPerTest }, (_, n) => first + n)
      expect(await failuresOf(seeds)).toEqual([])
    },
  )

  it('that failed before hold', { timeout: 240_000 }, async () => {
    expect(await failuresOf(readSeedList(seedListPath()))).toEqual([])
  })
})

describe('a run', () => {
  const faultMs = 8000

  it('is the same for the same seed, and another one for another seed', async () => {
    const lines: string[][] = [[], []]
    const first = await run(3, { faultMs, print: (line) => lines[0]!.push(line) })
    const second = await run(3, { faultMs, print: (line) => lines[1]!.push(line) })
    expect(first.hash).toMatch(/^[0-9a-f]{16}$/)
    expect(second).toEqual(first)
    expect(lines[1]).toEqual(lines[0])
    expect(lines[0]!.length).toBeGreaterThan(1000)
    expect((await run(4, { faultMs })).hash).not.toBe(first.hash)
  })

  it('is not changed by those who watch', async () => {
    const { hash } = await run(3, { faultMs })
    let events = 0
    const watcher: Observer = {
      name: 'counter',
      section: 'none',
      on(_, world) {
        events += 1
        for (const id of world.ids) world.member(id).status()
      },
    }
    expect((await run(3, { faultMs, observers: [watcher] })).hash).toBe(hash)
    expect(events).toBeGreaterThan(1000)
  })

  it('ends at the first violation and shows what led to it', async () => {
    const critic: Observer = {
      name: 'critic',
      section: 'none',
      types: ['leader-elected'],
      on(_, world) {
        if (world.nowMs() > 100) throw new Violation('critic', 'somebody leads')
      },
    }
    const { failure, virtualMs } = await run(1, { observers: [critic] })
    expect(failure?.message).toBe('critic: somebody leads')
    expect(failure!.lines.at(-1)).toMatch(/leader-elected|role-changed|sent|append-started/)
    expect(virtualMs).toBeLessThan(60_000)
  })
})

it('the list of failed seeds is read line by line, each seed once', () => {
  expect(parseSeedList('# why\n7 # a reason\n\n12\n7\n')).toEqual([7, 12])
})
