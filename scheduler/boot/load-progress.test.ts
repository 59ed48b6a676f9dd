import { describe, expect, it } from 'vitest'
import type { ProbeAnswer } from '../../storage/index.ts'
import { answerProgress, replicaProgress, RowLoading } from './load-progress.ts'
import type { LoadProgress } from './load-progress.ts'

const incarnation = 'a'.repeat(32)
const clusterId = 'c'.repeat(32)
const bootId = 'b'.repeat(32)
const request = { clusterId, replicaId: 4, incarnation }

const member = {
  state: 'member',
  clusterId,
  replicaId: 4,
  incarnation,
  initialMembers: [],
} as unknown as ProbeAnswer
const joiner: ProbeAnswer = {
  state: 'joining',
  raftAddress: '127.0.0.1:1',
  incarnation,
  hostId: 's4',
  addresses: [],
  clusterId,
}
const { state: _, clusterId: __, ...own } = joiner
const fresh: ProbeAnswer = { state: 'fresh', ...own }

const running: LoadProgress = {
  phase: 'running',
  bytesDone: 0,
  bytesTotal: 0,
  applied: 7,
  lastIndex: 9,
}

function phaseOf(answer: ProbeAnswer | undefined, asked = request): string {
  const answered = answerProgress(asked, { bootId, answer, look: undefined })
  return answered.ok ? `${answered.reply.phase}` : answered.reason
}

describe('who answers for its progress', () => {
  it.each([
    ['nobody before the incarnation is on disk', undefined, request, 'not-ready'],
    ['not a host that has not asked to join', fresh, request, 'other-member'],
    ['a joiner by its incarnation', joiner, request, 'joining'],
    ['a joiner that does not know its id yet', joiner, { ...request, replicaId: 9 }, 'joining'],
    ['not another joiner', joiner, { ...request, incarnation: bootId }, 'other-member'],
    ['a member that opens its instance', member, request, 'loading'],
    ['not another replica', member, { ...request, replicaId: 3 }, 'other-member'],
    ['not another incarnation', member, { ...request, incarnation: bootId }, 'other-member'],
    ['not a member of another cluster', member, { ...request, clusterId: bootId }, 'other-member'],
  ])('%s', (_name, answer, asked, expected) => {
    expect(phaseOf(answer, asked)).toBe(expected)
  })

  it('a member whose replica runs, with its boot', () => {
    const answered = answerProgress(request, { bootId, answer: member, look: () => running })
    expect(answered).toEqual({ ok: true, reply: { bootId, ...running } })
  })
})

it('counts the rows that are loaded', () => {
  const loading = new RowLoading()
  loading.add(10)
  loading.add(32)
  expect(loading.look()).toMatchObject({ phase: 'loading', bytesDone: 42 })
})

describe('a replica', () => {
  const look = (fields: object, gauges: object = {}): LoadProgress =>
    replicaProgress({
      status: () =>
        ({ lifecycle: 'running', applied: 7, lastIndex: 9, lacksState: false, ...fields }) as never,
      gauges: () => ({ imagesReceiving: 0, imageBytesReceived: 0, ...gauges }) as never,
    })

  it.each([
    ['running while it applies its log', {}, {}, 'running'],
    ['loading before it has started', { lifecycle: 'created' }, {}, 'loading'],
    ['loading without any state', { applied: 0 }, {}, 'loading'],
    ['loading while its state is lost', { lacksState: true }, {}, 'loading'],
    ['loading while it receives an image', {}, { imagesReceiving: 1 }, 'loading'],
  ])('is %s', (_name, fields, gauges, phase) => {
    expect(look(fields, gauges).phase).toBe(phase)
  })

  it('says how much of an image has come', () => {
    const gauges = { imagesReceiving: 1, imageBytesReceived: 512 }
    expect(look({ applied: 0 }, gauges)).toEqual({
      phase: 'loading',
      bytesDone: 512,
      bytesTotal: 0,
      applied: 0,
      lastIndex: 9,
    })
  })
})
