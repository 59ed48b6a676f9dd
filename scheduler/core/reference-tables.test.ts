// The tables and formulas of upstream's scheduler, with the numbers of the fact sheet: section
// numbers in titles are those of reference/scheduler.md. Expected numbers are worked out by hand.
import { describe, expect, it } from 'vitest'
import { candidate as parent, child, host } from './candidate.suite.ts'
import {
  candidateParentLimit,
  candidateRefusal,
  defaultSettings,
  failedPeerCountLimit,
  firstDownload,
  hasBadCosts,
  peerAfter,
  peerStates,
  pieceCostsMax,
  rankCandidates,
  scoreOf,
  sizeScopeOf,
  taskAfter,
  taskStates,
} from './index.ts'
import type {
  Candidate,
  CandidateHost,
  Child,
  FirstDownload,
  HostType,
  PeerEvent,
  PeerState,
  Priority,
  TaskEvent,
  TaskState,
} from './index.ts'

const peerEvents = [
  'register-empty',
  'register-normal',
  'download',
  'download-back-to-source',
  'succeed',
  'fail',
  'leave',
] as const satisfies readonly PeerEvent[]

// One row a state, one column an event, '-' = illegal.
const peerMatrix: Record<PeerState, string> = {
  Pending: 'ReceivedEmpty ReceivedNormal - - - Failed Leave',
  ReceivedEmpty: '- - Running BackToSource Succeeded Failed Leave',
  ReceivedTiny: '- - Running BackToSource Succeeded Failed Leave',
  ReceivedSmall: '- - Running BackToSource Succeeded Failed Leave',
  ReceivedNormal: '- - Running BackToSource Succeeded Failed Leave',
  Running: '- - - BackToSource Succeeded Failed Leave',
  BackToSource: '- - - - Succeeded Failed Leave',
  Succeeded: '- - - - - Failed Leave',
  Failed: '- - - - - - Leave',
  Leave: '- - - - - - -',
}

const taskEvents = ['download', 'succeed', 'fail', 'leave'] as const satisfies readonly TaskEvent[]

const taskMatrix: Record<TaskState, string> = {
  Pending: 'Running - - Leave',
  Running: '- Succeeded Failed Leave',
  Succeeded: 'Running - - Leave',
  Failed: 'Running Succeeded - Leave',
  Leave: 'Running Succeeded - -',
}

describe('3.2: a peer', () => {
  const cells = peerStates.flatMap((state) =>
    peerEvents.map((event, at) => [state, event, peerMatrix[state].split(' ')[at]!] as const),
  )

  it.each(cells)('%s, %s: %s', (state, event, next) => {
    expect(peerAfter(state, event) ?? '-').toBe(next)
  })

  it('has ten states and seven events', () => {
    expect(cells.length).toBe(70)
  })
})

describe('3.3: a task', () => {
  const cells = taskStates.flatMap((state) =>
    taskEvents.map((event, at) => [state, event, taskMatrix[state].split(' ')[at]!] as const),
  )

  it.each(cells)('%s, %s: %s', (state, event, next) => {
    expect(taskAfter(state, event) ?? '-').toBe(next)
  })

  it.each([
    [-1, -1, 'unknown'],
    [-1, 0, 'unknown'],
    [0, -1, 'unknown'],
    [0, 0, 'empty'],
    [0, 1, 'empty'],
    [1, 1, 'tiny'],
    [127, 2, 'tiny'],
    [128, 1, 'tiny'],
    [129, 1, 'small'],
    [4_194_304, 1, 'small'],
    [129, 0, 'normal'],
    [129, 2, 'normal'],
    [4_194_305, 2, 'normal'],
  ] as const)('of %i bytes in %i pieces is %s', (contentLength, pieces, scope) => {
    expect(sizeScopeOf(contentLength, pieces)).toBe(scope)
  })

  it('gives up after 200 failures at the source', () => {
    expect(failedPeerCountLimit).toBe(200)
  })
})

describe('5.1: the constants', () => {
  it('are those of the newest upstream', () => {
    expect(defaultSettings).toMatchObject({
      backToSourceCount: 200,
      retryBackToSourceLimit: 4,
      retryLimit: 5,
      retryIntervalMs: 500,
      candidateParentLimit: 3,
      filterParentLimit: 15,
      loadLimit: 200,
      seedLoadLimit: 2000,
    })
  })
})

// -------------------------------------------------------------------------------- first download

/** By LEVEL0 … LEVEL6, with a seed that may be asked and without. */
const firstTable: Record<1 | 2, Record<'seed' | 'none', readonly FirstDownload[]>> = {
  1: {
    seed: ['seed', 'forbidden', 'no-available-peer', 'source', 'source', 'source', 'seed'],
    none: ['source', 'forbidden', 'no-available-peer', 'source', 'source', 'source', 'source'],
  },
  2: {
    seed: ['seed', 'forbidden', 'no-available-peer', 'source', 'seed', 'seed', 'seed'],
    none: ['source', 'forbidden', 'no-available-peer', 'source', 'source', 'source', 'source'],
  },
}

const priorities: readonly Priority[] = [0, 1, 2, 3, 4, 5, 6]

const firstCells = ([1, 2] as const).flatMap((api) =>
  (['seed', 'none'] as const).flatMap((seed) =>
    priorities.map((priority) => ({ api, seed, priority, what: firstTable[api][seed][priority]! })),
  ),
)

describe('1.2 and 2.2.7: the first download', () => {
  const input = { isServed: false, hasSource: true, hostType: 'normal' } as const

  it.each(firstCells)('API v$api, LEVEL$priority, seeds: $seed: $what', (cell) => {
    const { api, priority, seed, what } = cell
    expect(firstDownload({ ...input, api, priority, hasSeed: seed === 'seed' })).toBe(what)
  })

  it.each(firstCells)('API v$api, LEVEL$priority: nothing when it is served', (cell) => {
    const { api, priority, seed } = cell
    const served = { ...input, api, priority, hasSeed: seed === 'seed', isServed: true }
    expect(firstDownload(served)).toBe('none')
  })

  it.each(firstCells)('API v$api, LEVEL$priority: a seed goes to the source itself', (cell) => {
    const { api, priority, seed } = cell
    const host = { hostType: 'super', hasSeed: seed === 'seed' } as const
    expect(firstDownload({ ...input, api, priority, ...host })).toBe('source')
  })

  it.each(firstCells)('API v$api, LEVEL$priority: nothing without a source', (cell) => {
    const { api, priority, seed } = cell
    const imported = { ...input, api, priority, hasSeed: seed === 'seed', hasSource: false }
    expect(firstDownload(imported)).toBe('none')
  })
})

// --------------------------------------------------------------------------- filter and evaluator

/** What is wrong, in the order in which it is looked at, and what puts it right. */
interface Fault {
  readonly reason: string
  readonly parent?: Partial<Candidate>
  readonly host?: Partial<CandidateHost>
  readonly child?: Partial<Child>
}

const faults: readonly Fault[] = [
  { reason: 'blocked', child: { blockedParents: [] } },
  { reason: 'host-left', host: { isLive: true } },
  { reason: 'not-shared', host: { disableShared: false } },
  { reason: 'same-host', host: { id: 'host-p' } },
  { reason: 'bad-state', parent: { state: 'Running' } },
  { reason: 'nothing-to-serve', parent: { inDegree: 1 } },
  { reason: 'bad-costs', parent: { costsMs: [] } },
  { reason: 'no-slot', host: { concurrentUploadCount: 0 } },
  { reason: 'cycle', child: { descendants: new Set() } },
]

describe('5.3: the rules of the filter', () => {
  it('come in their order: each hides those behind it', () => {
    let wrongHost: CandidateHost = { ...host, isLive: false, disableShared: true, id: 'host-c' }
    wrongHost = { ...wrongHost, concurrentUploadCount: 2 }
    let wrong: Candidate = { ...parent, state: 'ReceivedNormal', costsMs: [1, 21] }
    let asking: Child = { ...child, blockedParents: ['p'], descendants: new Set(['p']) }
    for (const fault of faults) {
      expect(candidateRefusal({ ...wrong, host: wrongHost }, asking)).toBe(fault.reason)
      wrong = { ...wrong, ...fault.parent }
      wrongHost = { ...wrongHost, ...fault.host }
      asking = { ...asking, ...fault.child }
    }
    expect(candidateRefusal({ ...wrong, host: wrongHost }, asking)).toBeUndefined()
  })

  it.each<[PeerState, HostType, number, string | undefined]>([
    ['Running', 'normal', 0, 'nothing-to-serve'],
    ['Running', 'normal', 1, undefined],
    ['Running', 'super', 0, undefined],
    ['BackToSource', 'normal', 0, undefined],
    ['Succeeded', 'normal', 0, undefined],
    ['Pending', 'super', 0, 'bad-state'],
    ['ReceivedEmpty', 'super', 0, 'bad-state'],
    ['ReceivedTiny', 'super', 0, 'bad-state'],
    ['ReceivedSmall', 'super', 0, 'bad-state'],
    ['ReceivedNormal', 'super', 0, 'bad-state'],
    ['Failed', 'super', 0, 'bad-state'],
    ['Leave', 'super', 0, 'bad-state'],
  ])('5 and 5.5.1: %s on a %s host with %i parents: %s', (state, type, inDegree, reason) => {
    const candidate = { ...parent, state, inDegree, host: { ...host, type } }
    expect(candidateRefusal(candidate, child)).toBe(reason)
  })

  it('7: the last slot is given, and no other', () => {
    const at = (count: number): Candidate => ({
      ...parent,
      host: { ...host, concurrentUploadCount: count },
    })
    expect(candidateRefusal(at(1), child)).toBeUndefined()
    expect(candidateRefusal(at(2), child)).toBe('no-slot')
    expect(candidateRefusal(at(3), child)).toBe('no-slot')
  })
})

/** Bits per second that ten pieces of 16 MiB take. */
const tenPieces = 10 * 16 * 1024 * 1024 * 8

describe('5.4: the score', () => {
  it.each<[string, Partial<CandidateHost>, number]>([
    ['no bandwidth told', {}, 0.05],
    ['idle', { maxTxBandwidth: 1e9 }, 0.65],
    ['Peak: a quarter given away', { maxTxBandwidth: 1e9, reservedTxBandwidth: 25e7 }, 0.575],
    ['Peak: all given away', { maxTxBandwidth: 1e9, reservedTxBandwidth: 1e9 }, 0.35],
    ['Peak: more than all', { maxTxBandwidth: 1e9, reservedTxBandwidth: 3e9 }, 0.35],
    ['Duration: 15 s', { maxTxBandwidth: 1e9, uploadContentLength: 1_875_000_000 }, 0.605],
    ['Duration: 60 s', { maxTxBandwidth: 1e9, uploadContentLength: 7_500_000_000 }, 0.47],
    ['Duration: longer', { maxTxBandwidth: 1e9, uploadContentLength: 9_000_000_000 }, 0.47],
    ['Concurrency: one fits', { maxTxBandwidth: tenPieces / 10 }, 0.53],
    ['Concurrency: all fit', { maxTxBandwidth: tenPieces, concurrentUploadPieceCount: 10 }, 0.65],
    ['Concurrency: 40', { maxTxBandwidth: tenPieces, concurrentUploadPieceCount: 40 }, 0.56],
    ['Concurrency: 20', { maxTxBandwidth: tenPieces, concurrentUploadPieceCount: 20 }, 0.59],
  ])('Load, %s', (_what, change, score) => {
    expect(scoreOf({ ...parent, host: { ...host, ...change } }, child)).toBeCloseTo(score, 12)
  })

  it.each([
    ['', '', 0.05],
    ['idc-1', '', 0.05],
    ['', 'idc-1', 0.05],
    ['idc-1', 'idc-2', 0.05],
    ['idc-1', 'IDC-1', 0.25],
  ])("IDC '%s' and '%s'", (a, b, score) => {
    const found = scoreOf({ ...parent, host: { ...host, idc: a } }, { ...child, idc: b })
    expect(found).toBeCloseTo(score, 12)
  })

  it.each([
    ['', 'a', 0.05],
    ['a|b', 'a|b', 0.15],
    ['A|b', 'a|B', 0.15],
    ['a|b', 'a|c', 0.07],
    ['a|b|c|d', 'a|b|c|e', 0.11],
    ['a|b|c|d', 'a|b|c', 0.11],
    ['a|b|c|d|e|f', 'a|b|c|d|e|g', 0.15],
    ['b|a', 'c|a', 0.05],
  ])("Location '%s' and '%s'", (a, b, score) => {
    const found = scoreOf({ ...parent, host: { ...host, location: a } }, { ...child, location: b })
    expect(found).toBeCloseTo(score, 12)
  })

  it.each<[HostType, PeerState, number]>([
    ['normal', 'Running', 0.05],
    ['normal', 'Succeeded', 0.05],
    ['super', 'ReceivedNormal', 0.1],
    ['super', 'Running', 0.1],
    ['super', 'BackToSource', 0],
    ['super', 'Succeeded', 0],
  ])('HostType: %s, %s', (type, state, score) => {
    expect(scoreOf({ ...parent, state, host: { ...host, type } }, child)).toBeCloseTo(score, 12)
  })

  it('adds up: everything at its best is 1', () => {
    const best = { type: 'super', maxTxBandwidth: 1e9, idc: 'i', location: 'l' } as const
    const candidate: Candidate = { ...parent, state: 'Running', host: { ...host, ...best } }
    expect(scoreOf(candidate, { ...child, idc: 'i', location: 'l' })).toBeCloseTo(1, 12)
  })

  it('5.2: the best three are given, best first', () => {
    const named = ['a', 'b', 'c', 'd'].map((peerId, at) => ({
      ...parent,
      peerId,
      host: { ...host, maxTxBandwidth: 1e9, reservedTxBandwidth: (3 - at) * 1e8 },
    }))
    const ranked = rankCandidates(named, child, candidateParentLimit)
    expect(ranked.map(({ peerId }) => peerId)).toEqual(['d', 'c', 'b'])
  })
})

describe('5.5: a bad parent', () => {
  const others = (count: number, costMs: number): number[] =>
    Array.from({ length: count }, () => costMs)

  it.each<[string, readonly number[], boolean]>([
    ['no cost', [], false],
    ['one', [600_000], false],
    ['2: 20 times the other', [10, 200], false],
    ['2: more', [10, 201], true],
    ['29: 20 times the mean of 28', [...others(28, 10), 200], false],
    ['29: more', [...others(28, 10), 201], true],
    ['29: three deviations are not looked at yet', [...others(28, 10), 11], false],
    ['30: the mean of 29 equal ones', [...others(29, 10), 10], false],
    ['30: above it', [...others(29, 10), 11], true],
    // 14 eights, 14 twelves and a ten: mean 10, three times sqrt(112 / 29) is 5.895.
    ['30: below three deviations', [...others(14, 8), ...others(14, 12), 10, 15], false],
    ['30: above three deviations', [...others(14, 8), ...others(14, 12), 10, 16], true],
    // 4 of 39 and 25 of 10: mean 14, three deviations are 30 exactly.
    ['30: three deviations', [...others(4, 39), ...others(25, 10), 44], false],
    ['30: a little more', [...others(4, 39), ...others(25, 10), 45], true],
    ['30: below the mean', [...others(14, 8), ...others(14, 12), 10, 1], false],
    ['30: 20 times the mean is not looked at any more', [...others(28, 1), 100_000, 50_000], false],
  ])('%s', (_what, costs, isBad) => {
    expect(hasBadCosts(costs)).toBe(isBad)
  })

  it('is judged by 30 costs (upstream up to v2.3.3, and as design 7 says)', () => {
    expect(pieceCostsMax).toBe(30)
  })
})
