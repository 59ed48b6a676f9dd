import { describe, expect, it } from 'vitest'
import { candidate, child, host } from './candidate.suite.ts'
import { candidateRefusal, rankCandidates, scoreOf } from './index.ts'
import type { Candidate, CandidateHost, Child } from './index.ts'

const on = (change: Partial<CandidateHost>): Candidate => ({
  ...candidate,
  host: { ...host, ...change },
})

describe('a candidate', () => {
  it('that succeeded on a live host with a free slot may be a parent', () => {
    expect(candidateRefusal(candidate, child)).toBeUndefined()
  })

  it.each<[string, Candidate, Partial<Child>]>([
    ['blocked', candidate, { blockedParents: ['p'] }],
    ['host-left', on({ isLive: false }), {}],
    ['not-shared', on({ disableShared: true }), {}],
    ['same-host', on({ id: 'host-c' }), {}],
    ['same-host', { ...candidate, peerId: 'c' }, {}],
    ['bad-state', { ...candidate, state: 'ReceivedNormal' }, {}],
    ['bad-state', { ...candidate, state: 'Failed' }, {}],
    ['nothing-to-serve', { ...candidate, state: 'Running' }, {}],
    ['bad-costs', { ...candidate, costsMs: [1, 21] }, {}],
    ['no-slot', on({ concurrentUploadCount: 2 }), {}],
    ['no-slot', on({ concurrentUploadLimit: 0 }), {}],
    ['cycle', candidate, { descendants: new Set(['p']) }],
    ['cycle', { ...candidate, inDegree: 1 }, { descendants: undefined }],
  ])('is refused as %s', (reason, refused, change) => {
    expect(candidateRefusal(refused, { ...child, ...change })).toBe(reason)
  })

  it('that is running may serve when it has parents or is a seed', () => {
    const running: Candidate = { ...candidate, state: 'Running' }
    expect(candidateRefusal({ ...running, inDegree: 1 }, child)).toBeUndefined()
    const seed = { ...running, host: { ...host, type: 'super' as const } }
    expect(candidateRefusal(seed, child)).toBeUndefined()
  })
})

describe('a child with more descendants than can be walked', () => {
  it('still gets parents that have none themselves', () => {
    expect(candidateRefusal(candidate, { ...child, descendants: undefined })).toBeUndefined()
  })
})

describe('the score', () => {
  it('of a host that announces no bandwidth is its type alone', () => {
    expect(scoreOf(candidate, child)).toBeCloseTo(0.05, 12)
    expect(scoreOf(on({ type: 'super' }), child)).toBe(0)
    const seed = { ...on({ type: 'super' }), state: 'Running' as const }
    expect(scoreOf(seed, child)).toBeCloseTo(0.1, 12)
  })

  it('weighs load 0.6, idc 0.2, location 0.1, host type 0.1', () => {
    const idle = on({ maxTxBandwidth: 1_000_000_000, idc: 'A', location: 'x|y|z' })
    const near = { ...child, idc: 'a', location: 'X|Y|Z' }
    expect(scoreOf(idle, near)).toBeCloseTo(0.6 + 0.2 + 0.1 + 0.05, 12)
    const other = { ...child, idc: 'b', location: 'x|y|w' }
    expect(scoreOf(idle, other)).toBeCloseTo(0.6 + 0.1 * 0.4 + 0.05, 12)
  })

  it.each<[string, Partial<CandidateHost>, number]>([
    ['half the bandwidth given away', { reservedTxBandwidth: 500_000_000 }, 0.25],
    ['all of it given away', { reservedTxBandwidth: 2_000_000_000 }, 0.5],
    ['half a minute of content promised', { uploadContentLength: 3_750_000_000 }, 0.15],
    ['more than a minute promised', { uploadContentLength: 9_000_000_000 }, 0.3],
    ['few pieces promised', { concurrentUploadPieceCount: 7 }, 0],
    ['twice the pieces that fit', { concurrentUploadPieceCount: 2 * 7.450580596923828 }, 0.1],
  ])('of a host with %s loses its share of the load', (_name, change, lost) => {
    const capacity = { maxTxBandwidth: 1_000_000_000 }
    const full = scoreOf(on(capacity), child)
    expect(full - scoreOf(on({ ...capacity, ...change }), child)).toBeCloseTo(0.6 * lost, 12)
  })

  it('compares five elements of a location at most, by ASCII case only', () => {
    const far = on({ location: 'a|b|c|d|e|f' })
    expect(scoreOf(far, { ...child, location: 'a|b|c|d|e|g' })).toBeCloseTo(0.15, 12)
    const umlaut = on({ idc: 'Ä' })
    expect(scoreOf(umlaut, { ...child, idc: 'ä' })).toBeCloseTo(0.05, 12)
  })
})

describe('the ranking', () => {
  const named = (peerId: string, change: Partial<CandidateHost>): Candidate => ({
    ...on(change),
    peerId,
  })

  it('puts the best first and cuts', () => {
    const near = named('near', { idc: 'a' })
    const far = named('far', {})
    const ranked = rankCandidates([far, near], { ...child, idc: 'a' }, 1)
    expect(ranked.map((one) => one.peerId)).toEqual(['near'])
  })

  it('breaks ties by fewer children, then by id as UTF-8 bytes', () => {
    const busy = named('a', { concurrentUploadCount: 1 })
    const candidates = [busy, named('\u{10000}', {}), named('\u{ffff}', {}), named('b', {})]
    const ranked = rankCandidates(candidates, child, 9).map((one) => one.peerId)
    expect(ranked).toEqual(['b', '\u{ffff}', '\u{10000}', 'a'])
  })

  it('does not depend on the order of the candidates', () => {
    const candidates = ['d', 'b', 'a', 'c'].map((id) => named(id, {}))
    const forth = rankCandidates(candidates, child, 3)
    const back = rankCandidates(candidates.toReversed(), child, 3)
    expect(back).toEqual(forth)
  })
})
