import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { promotionLagEntriesMax } from '../core/change-admission.ts'
import { advancePromotion, beginPromotion, promotionRoundsMax } from './promotion.ts'
import type { LearnerView, PromotionDecision } from './promotion.ts'

const electionTicks = 10

const caughtUp: LearnerView = {
  tick: 100,
  term: 4,
  lastIndex: 5000,
  commit: 4990,
  incarnation: 'a',
  match: 5000,
  applied: 4990,
  isRecentlyActive: true,
  isReceivingImage: false,
  isDigestWrong: false,
}

/** Decisions on what the leader sees, one after the other; what a view leaves out stays. */
function decide(changes: readonly Partial<LearnerView>[]): PromotionDecision[] {
  let progress = beginPromotion('a')
  let view = caughtUp
  return changes.map((change) => {
    view = { ...view, ...change }
    const step = advancePromotion(progress, view, electionTicks)
    progress = step.progress
    return step.decision
  })
}

const inRound = { decision: 'wait', for: 'round' }
const silent = { decision: 'wait', for: 'silent' }
const promote = { decision: 'promote' }

describe('R-12.1 a learner is promoted after one short round', () => {
  test('when all the leader had at the start is durable and applied there', () => {
    expect(
      decide([
        { tick: 100, match: 4000, applied: 4000 },
        { tick: 104, match: 5000, applied: 4989 },
        { tick: 105, match: 4999, applied: 4990 },
        { tick: 106, match: 5000, applied: 4990 },
      ]),
    ).toEqual([inRound, inRound, inRound, promote])
  })

  test('not in the tick in which the round began, for nothing has answered since', () => {
    expect(decide([{}, {}, { tick: 101 }])).toEqual([inRound, inRound, promote])
  })

  test('exactly one election timeout is short enough, one tick more is not', () => {
    const start = { tick: 100, match: 1, applied: 0 }
    const end = { match: 5000, applied: 5000 }
    expect(decide([start, { ...end, tick: 110 }])).toEqual([inRound, promote])
    expect(decide([start, { ...end, tick: 111 }, { tick: 112 }])).toEqual([
      inRound,
      inRound,
      promote,
    ])
  })

  test('a new round asks for what the leader has by then', () => {
    expect(
      decide([
        { tick: 100, match: 1, applied: 1 },
        { tick: 120, match: 5000, applied: 5000, lastIndex: 6000, commit: 6000 },
        { tick: 121, match: 5999, applied: 6000 },
        { tick: 122, match: 6000, applied: 5999 },
        { tick: 123, applied: 6000 },
      ]),
    ).toEqual([inRound, inRound, inRound, inRound, promote])
  })

  test('not while it lacks more than promotionLagEntriesMax committed entries', () => {
    const limit = 5000 + promotionLagEntriesMax
    const start = { tick: 100, match: 1, applied: 1 }
    const end = { tick: 101, match: 5000, applied: 5000, lastIndex: limit + 50 }
    expect(decide([start, { ...end, commit: limit }])).toEqual([inRound, promote])
    expect(decide([start, { ...end, commit: limit + 1 }])).toEqual([inRound, inRound])
  })
})

describe('R-12.1 a learner that does not keep pace is given up', () => {
  /** Ten rounds that each last `ticks`: views at the start and at the end of each. */
  const slowRounds = (count: number, ticks: number): Partial<LearnerView>[] =>
    Array.from({ length: count + 1 }, (_, i) => ({
      tick: 100 + i * ticks,
      match: 5000 + i * 100,
      applied: 5000 + i * 100,
      lastIndex: 5100 + i * 100,
      commit: 5100 + i * 100,
    }))

  test('after promotionRoundsMax long rounds, not before', () => {
    const decisions = decide(slowRounds(promotionRoundsMax, electionTicks + 1))
    expect(decisions.slice(0, -1)).toEqual(decisions.slice(0, -1).map(() => inRound))
    expect(decisions.at(-1)).toEqual({ decision: 'abort', reason: 'too-slow' })
  })

  test('a last round that is short saves it', () => {
    const rounds = slowRounds(promotionRoundsMax, electionTicks + 1)
    const last = { ...rounds.at(-1), tick: rounds.at(-2)!.tick! + 1 }
    expect(decide([...rounds.slice(0, -1), last]).at(-1)).toEqual(promote)
  })

  test('a wrong digest ends it at once (design 4.8)', () => {
    expect(decide([{}, { tick: 101, isDigestWrong: true }])).toEqual([
      inRound,
      { decision: 'abort', reason: 'digest-mismatch' },
    ])
  })
})

describe('R-12.1 only the present leader measures, and only the learner that was admitted', () => {
  test('another leader begins with the first round again', () => {
    expect(decide([{}, { tick: 101, term: 5 }, { tick: 102 }])).toEqual([inRound, inRound, promote])
  })

  test('rounds of an earlier leader do not count against it', () => {
    const slow = Array.from({ length: promotionRoundsMax }, (_, i) => ({
      tick: 100 + 20 * i,
      match: 5000 + i,
      applied: 5000 + i,
      lastIndex: 5001 + i,
      commit: 5001 + i,
    }))
    const next = { tick: 500, term: 5, match: 9000, applied: 9000, lastIndex: 9000, commit: 9000 }
    expect(decide([...slow, next, { tick: 520 }]).at(-1)).toEqual(inRound)
    expect(decide([...slow, next, { tick: 520 }, { tick: 521 }]).at(-1)).toEqual(promote)
  })

  test('a leader that has not heard it yet knows nothing of it', () => {
    expect(decide([{ match: 0 }, { tick: 101, match: 5000 }, { tick: 102 }])).toEqual([
      silent,
      inRound,
      promote,
    ])
  })

  test('R-12.2 another incarnation behind the same id is never promoted', () => {
    expect(decide([{}, { tick: 101, incarnation: 'b' }])).toEqual([
      inRound,
      { decision: 'abort', reason: 'other-incarnation' },
    ])
  })
})

describe('R-12.1 time in which nothing can arrive is not measured', () => {
  test('while it is silent', () => {
    expect(
      decide([
        { match: 1, applied: 1 },
        { tick: 105, isRecentlyActive: false },
        { tick: 400, isRecentlyActive: true, match: 4000, applied: 4000 },
        { tick: 405, match: 5000, applied: 5000 },
      ]),
    ).toEqual([inRound, silent, inRound, promote])
  })

  test('while it receives an image', () => {
    expect(
      decide([
        { isReceivingImage: true, match: 1, applied: 1 },
        { tick: 900 },
        { tick: 901, isReceivingImage: false, match: 4500, applied: 4500 },
        { tick: 905, match: 5000, applied: 5000 },
      ]),
    ).toEqual([
      { decision: 'wait', for: 'image' },
      { decision: 'wait', for: 'image' },
      inRound,
      promote,
    ])
  })
})

test('R-12.1 whatever the leader sees, nobody is promoted who lags, is silent or another one', () => {
  const views: fc.Arbitrary<Partial<LearnerView>> = fc.record({
    tick: fc.nat(3),
    term: fc.constantFrom(4, 4, 4, 5),
    lastIndex: fc.integer({ min: 5000, max: 5004 }),
    commit: fc.integer({ min: 3997, max: 5000 }),
    incarnation: fc.constantFrom('a', 'a', 'a', 'a', 'b'),
    match: fc.constantFrom(0, 2996, 2998, 4999, 5000, 5002, 5004),
    applied: fc.integer({ min: 3996, max: 5000 }),
    isRecentlyActive: fc.constantFrom(true, true, true, false),
    isReceivingImage: fc.constantFrom(false, false, false, true),
    isDigestWrong: fc.constantFrom(false, false, false, false, true),
  })
  fc.assert(
    fc.property(fc.array(views, { maxLength: 30 }), (changes) => {
      let tick = 0
      const seen = changes.map((change) => {
        tick += change.tick ?? 0
        return { ...caughtUp, ...change, tick }
      })
      for (const [i, decision] of decide(seen).entries()) {
        if (decision.decision !== 'promote') continue
        const view = seen[i]!
        expect(view).toMatchObject({
          incarnation: 'a',
          isRecentlyActive: true,
          isReceivingImage: false,
          isDigestWrong: false,
        })
        // Some look of this leader, at most one election timeout ago, asked for what is there now.
        const proof = seen
          .slice(0, i)
          .findLast(
            (start) =>
              start.term === view.term &&
              start.tick < view.tick &&
              view.tick - start.tick <= electionTicks &&
              start.lastIndex <= view.match &&
              start.commit <= view.applied,
          )
        expect(proof).toBeDefined()
        expect(view.commit - view.match).toBeLessThanOrEqual(promotionLagEntriesMax)
      }
    }),
    { numRuns: 500 },
  )
})
