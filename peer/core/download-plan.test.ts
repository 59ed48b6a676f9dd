import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MiB, Prng } from '../../base/index.ts'
import { DownloadPlan, ParentScore, parentsMax } from './index.ts'
import type { OfferedPiece, PieceRequest } from './index.ts'

function piece(num: number): OfferedPiece {
  return { num, offsetBytes: num * 10, lengthBytes: 10, md5: '' }
}

function pieces(count: number): OfferedPiece[] {
  return Array.from({ length: count }, (_, num) => piece(num))
}

function plan(options: ConstructorParameters<typeof DownloadPlan>[1] = {}): DownloadPlan {
  return new DownloadPlan({ random: new Prng('plan') }, options)
}

function request(found: ReturnType<DownloadPlan['next']>): PieceRequest {
  if (typeof found === 'string') throw new Error(`nothing to fetch: ${found}`)
  return found
}

describe('download plan', () => {
  test('without a parent there is no offer, with all pieces it is complete', () => {
    const empty = plan()
    expect(empty.next()).toBe('no-offer')
    empty.setTotalPieces(0)
    expect(empty.next()).toBe('complete')
    const resumed = plan()
    resumed.setTotalPieces(2)
    resumed.markFinished(0)
    resumed.markFinished(1)
    expect(resumed.isComplete).toBe(true)
    resumed.markLost(0)
    expect([resumed.isComplete, resumed.firstNeeded]).toEqual([false, 0])
  })

  test('starts as many transfers as allowed and no piece twice', () => {
    const four = plan({ inFlightMax: 4 })
    four.addParent('a')
    four.offer('a', pieces(10))
    const nums = [1, 2, 3, 4].map(() => request(four.next()).piece.num)
    expect(new Set(nums).size).toBe(4)
    expect(four.next()).toBe('busy')
  })

  test('one parent is asked for a bounded number of pieces at once', () => {
    const two = plan({ inFlightMax: 8, inFlightPerParentMax: 2 })
    two.addParent('a')
    two.offer('a', pieces(10))
    request(two.next())
    const second = request(two.next())
    expect(two.next()).toBe('no-offer')
    two.succeeded(second, 5)
    expect(request(two.next()).parentId).toBe('a')
  })

  test('rather fetches the piece that fewest parents have', () => {
    const rare = plan({ inFlightMax: 1 })
    for (const id of ['a', 'b']) rare.addParent(id)
    rare.offer('a', pieces(20))
    rare.offer(
      'b',
      pieces(20).filter(({ num }) => num !== 13),
    )
    expect(request(rare.next())).toMatchObject({ parentId: 'a', piece: { num: 13 } })
  })

  test('rather asks the cheaper parent, and now and then the other one', () => {
    const cost = plan({ inFlightMax: 1 })
    for (const id of ['slow', 'quick']) {
      cost.addParent(id)
      cost.offer(id, pieces(400))
    }
    const counts = { slow: 0, quick: 0 }
    for (let num = 0; num < 400; num += 1) {
      const next = request(cost.next())
      counts[next.parentId as 'slow' | 'quick'] += 1
      cost.succeeded(next, next.parentId === 'slow' ? 100 : 10)
    }
    expect(counts.quick).toBeGreaterThan(350)
    expect(counts.slow).toBeGreaterThan(5)
    expect(cost.costOf('quick')).toBe(MiB)
  })

  test('a failed piece is asked for at another parent first', () => {
    const other = plan({ inFlightMax: 1 })
    for (const id of ['a', 'b']) {
      other.addParent(id)
      other.offer(id, [piece(0)])
    }
    const first = request(other.next())
    other.failed(first)
    expect(request(other.next()).parentId).not.toBe(first.parentId)
  })

  test('a parent that fails in a row is left alone until it is added anew', () => {
    const failing = plan({ failuresMax: 3 })
    failing.addParent('a')
    failing.offer('a', pieces(10))
    for (let i = 0; i < 3; i += 1) failing.failed(request(failing.next()))
    expect(failing.next()).toBe('no-offer')
    expect(failing.usableParents()).toEqual([])
    expect(failing.addParent('a')).toBe(true)
    expect(request(failing.next()).parentId).toBe('a')
  })

  test('a removed parent is not asked, and its late results are taken', () => {
    const removed = plan()
    removed.addParent('a')
    removed.offer('a', pieces(2))
    const first = request(removed.next())
    removed.removeParent('a')
    expect(removed.next()).toBe('no-offer')
    removed.succeeded(first, 1)
    expect(removed.finishedPieces).toBe(1)
    expect(removed.inFlight).toBe(0)
  })

  test('a cancelled transfer is nobody’s fault', () => {
    const cancelled = plan({ failuresMax: 1 })
    cancelled.addParent('a')
    cancelled.offer('a', [piece(0)])
    cancelled.cancelled(request(cancelled.next()))
    expect(request(cancelled.next()).piece.num).toBe(0)
  })

  test('pieces outside of the content and parents over the limit are ignored', () => {
    const limits = plan()
    limits.setTotalPieces(1)
    limits.addParent('a')
    limits.offer('a', [piece(5), { ...piece(0), num: -1 }, { ...piece(0), num: 2 ** 30 }])
    limits.offer('unknown', [piece(0)])
    expect(limits.next()).toBe('no-offer')
    for (let i = 1; i < parentsMax; i += 1) expect(limits.addParent(`p${i}`)).toBe(true)
    expect(limits.addParent('one more')).toBe(false)
  })

  test('a transfer that is not under way cannot end', () => {
    const strict = plan()
    const ended = { parentId: 'a', piece: piece(0) }
    expect(() => strict.succeeded(ended, 1)).toThrow('under way')
  })

  test('every run with a working parent completes and fetches every piece once', () => {
    const runs = fc.record({
      seed: fc.string(),
      total: fc.integer({ min: 1, max: 60 }),
      holders: fc.array(fc.array(fc.integer({ min: 0, max: 59 }), { maxLength: 30 }), {
        maxLength: 3,
      }),
      failEvery: fc.integer({ min: 2, max: 7 }),
    })
    fc.assert(
      fc.property(runs, ({ seed, total, holders, failEvery }) => {
        const random = new Prng(seed)
        const all = new DownloadPlan({ random }, {})
        all.setTotalPieces(total)
        all.addParent('whole')
        all.offer('whole', pieces(total))
        for (const [index, nums] of holders.entries()) {
          all.addParent(`part-${index}`)
          all.offer(`part-${index}`, nums.map(piece))
        }
        const underWay: PieceRequest[] = []
        const fetched = new Set<number>()
        for (let step = 0; !all.isComplete; step += 1) {
          expect(step).toBeLessThan(20_000)
          const next = all.next()
          if (typeof next !== 'string') underWay.push(next)
          else if (underWay.length === 0) all.addParent('whole')
          if (underWay.length === 0 || (typeof next !== 'string' && random.ratio(1, 2))) continue
          const [ended] = underWay.splice(random.below(underWay.length), 1)
          if (step % failEvery === 0 && ended!.parentId !== 'whole') {
            all.failed(ended!)
          } else {
            expect(fetched.has(ended!.piece.num)).toBe(false)
            fetched.add(ended!.piece.num)
            all.succeeded(ended!, random.below(50))
          }
        }
        expect(fetched.size).toBe(total)
      }),
      { seed: 7, numRuns: 200 },
    )
  })
})

describe('parent score', () => {
  test('is the cost of one MiB, and follows a change within a few pieces', () => {
    const score = new ParentScore()
    expect(score.averageMs).toBe(0)
    score.succeeded(40, 4 * MiB)
    expect(score.averageMs).toBe(10)
    for (let i = 0; i < 12; i += 1) score.succeeded(400, 4 * MiB)
    expect(score.averageMs).toBeGreaterThan(90)
  })

  test('a failure counts as expensive, a success ends the row of failures', () => {
    const score = new ParentScore()
    score.failed()
    score.failed()
    expect([score.failuresInARow, score.averageMs]).toEqual([2, 10_000])
    score.succeeded(1, MiB)
    expect(score.failuresInARow).toBe(0)
  })
})
