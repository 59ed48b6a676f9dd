import fastCheck from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  countPieces,
  descendantsOf,
  firstDownload,
  hasBadCosts,
  isWithinPieces,
  pieceCostMsMax,
  pieceCostsMax,
  pieceCountMax,
  spreadHash,
  withCosts,
  withPieces,
} from './index.ts'

const full = (last: number): number[] => [...Array.from({ length: 29 }, (_, at) => 10 + at), last]

describe('piece costs', () => {
  it.each<[string, readonly number[], boolean]>([
    ['none', [], false],
    ['a single one', [9_999], false],
    ['20 times the mean of the others', [10, 10, 200], false],
    ['over 20 times the mean of the others', [10, 10, 201], true],
    ['anything after free ones', [0, 1], true],
    ['a full ring of equal ones', Array.from({ length: 30 }, () => 7), false],
    ['a full ring of equal ones and a slower one', [...full(0).fill(7, 0, 29), 7].slice(1), false],
  ])('%s: bad = %s', (_name, costs, isBad) => {
    expect(hasBadCosts(costs)).toBe(isBad)
  })

  it('of a full ring are bad over mean plus three deviations', () => {
    // 10 … 38: mean 24, deviation sqrt(70), three of them 25.099…
    expect(hasBadCosts(full(49))).toBe(false)
    expect(hasBadCosts(full(50))).toBe(true)
  })

  it('are judged exactly at the cap', () => {
    const ring = Array.from({ length: pieceCostsMax }, () => pieceCostMsMax)
    expect(hasBadCosts(ring)).toBe(false)
    const sum = 29 * 29 * pieceCostMsMax * pieceCostMsMax
    expect(Number.isSafeInteger(sum)).toBe(true)
  })

  it('stay a ring of the newest 30, capped', () => {
    const costs = Array.from({ length: 40 }, (_, at) => at)
    expect(withCosts(costs.slice(0, 30), costs.slice(30))).toEqual(costs.slice(10))
    expect(withCosts([], [pieceCostMsMax + 1])).toEqual([pieceCostMsMax])
    const ring = [1, 2]
    expect(withCosts(ring, [])).toBe(ring)
  })
})

describe('pieces', () => {
  it('of parts add up to the set that a list of numbers gives, without trailing zero bytes', () => {
    const parts = fastCheck.array(
      fastCheck.tuple(fastCheck.nat(40), fastCheck.uint8Array({ maxLength: 5 })),
    )
    fastCheck.assert(
      fastCheck.property(parts, (list) => {
        let bits = new Uint8Array(0) as Uint8Array
        const numbers = new Set<number>()
        for (const [at, bytes] of list) {
          bits = withPieces(bits, at * 8, bytes)
          for (let i = 0; i < bytes.length * 8; i += 1) {
            if (((bytes[i >> 3]! >> (i & 7)) & 1) === 1) numbers.add(at * 8 + i)
          }
        }
        expect(countPieces(bits)).toBe(numbers.size)
        for (const piece of numbers) expect((bits[piece >> 3]! >> (piece & 7)) & 1).toBe(1)
        expect(bits.length === 0 || bits[bits.length - 1] !== 0).toBe(true)
      }),
    )
  })

  it('that are not new leave the very same bytes', () => {
    const bits = Uint8Array.of(5, 1)
    expect(withPieces(bits, 0, Uint8Array.of(4))).toBe(bits)
    expect(withPieces(bits, 800, Uint8Array.of(0, 0))).toBe(bits)
    expect(withPieces(bits, 0, Uint8Array.of(2))).toEqual(Uint8Array.of(7, 1))
  })

  it('begin at whole bytes and end at the limit', () => {
    expect(isWithinPieces(0, new Uint8Array(pieceCountMax / 8))).toBe(true)
    expect(isWithinPieces(8, new Uint8Array(pieceCountMax / 8))).toBe(false)
    expect(isWithinPieces(4, new Uint8Array(1))).toBe(false)
  })
})

describe('the graph', () => {
  const graph: Record<string, string[]> = { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }
  const childrenOf = (id: string, limit: number): readonly string[] => graph[id]!.slice(0, limit)

  it('yields the descendants of a peer without itself', () => {
    expect([...descendantsOf('a', childrenOf, 10)!].toSorted()).toEqual(['b', 'c', 'd'])
    expect(descendantsOf('d', childrenOf, 0)?.size).toBe(0)
  })

  it('is too large when more edges are below a peer than may be visited', () => {
    expect(descendantsOf('a', childrenOf, 4)?.size).toBe(3)
    expect(descendantsOf('a', childrenOf, 3)).toBeUndefined()
  })
})

describe('the first download', () => {
  const input = {
    api: 1,
    isServed: false,
    hasSource: true,
    hostType: 'normal',
    priority: 0,
    hasSeed: true,
  } as const

  it.each([
    [{}, 'seed'],
    [{ priority: 6 }, 'seed'],
    [{ hasSeed: false }, 'source'],
    [{ priority: 3 }, 'source'],
    [{ priority: 4 }, 'source'],
    [{ priority: 5 }, 'source'],
    [{ priority: 2 }, 'no-available-peer'],
    [{ priority: 1 }, 'forbidden'],
    [{ hostType: 'super', priority: 1 }, 'source'],
    [{ isServed: true, priority: 1 }, 'none'],
    [{ hasSource: false }, 'none'],
    [{ api: 2 }, 'seed'],
    [{ api: 2, priority: 6 }, 'seed'],
    [{ api: 2, priority: 5 }, 'seed'],
    [{ api: 2, priority: 4 }, 'seed'],
    [{ api: 2, priority: 4, hasSeed: false }, 'source'],
    [{ api: 2, priority: 3 }, 'source'],
    [{ api: 2, priority: 2 }, 'no-available-peer'],
    [{ api: 2, priority: 1 }, 'forbidden'],
    [{ api: 2, hostType: 'super', priority: 1 }, 'source'],
    [{ api: 2, isServed: true, priority: 1 }, 'none'],
  ] as const)('with %j is %s', (change, decision) => {
    expect(firstDownload({ ...input, ...change })).toBe(decision)
  })
})

describe('the spread of ids', () => {
  it('is frozen', () => {
    expect(spreadHash('')).toBe(2872998923)
    expect(spreadHash('10.0.0.1-7-peer')).toBe(3731106626)
    expect(spreadHash('\u{10000}')).toBe(257632930)
  })

  it('is even for ids that differ only at the end', () => {
    const buckets = new Array<number>(16).fill(0)
    for (let i = 0; i < 16_000; i += 1) buckets[spreadHash(`10.0.0.1-1-${i}`) >>> 28]! += 1
    for (const count of buckets) {
      expect(count).toBeGreaterThan(850)
      expect(count).toBeLessThan(1150)
    }
  })
})
