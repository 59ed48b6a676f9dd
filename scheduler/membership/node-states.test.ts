import { describe, expect, test } from 'vitest'
import { encodeChange } from '../../raft/index.ts'
import {
  encodeChangeContext,
  failSilenceMs,
  memberProgressFeature,
  memberProgressTable,
  nodeStateLookMs,
  progressReportMs,
  recoveryContactMs,
} from '../replication/index.ts'
import type { ProgressAnswer } from '../replication/index.ts'
import { bootOf, LeaderFixture } from './leader-fixture.suite.ts'
import { NodeStates } from './node-states.ts'

const electionTimeoutMs = 1000

/** Three members; the leader and member 2 are well. */
async function started(): Promise<{ fixture: LeaderFixture; states: NodeStates }> {
  const fixture = new LeaderFixture()
  const states = new NodeStates(fixture.deps, { electionTimeoutMs })
  await fixture.lead(states)
  await fixture.boot(2)
  fixture.catchUp(2)
  await fixture.clock.advance(nodeStateLookMs + 2)
  return { fixture, states }
}

/** Switches on what the progress of members needs. */
async function enableProgress({ state, proposer, clock }: LeaderFixture): Promise<void> {
  const { enableFeature } = state.registry
  const options = { timeoutMs: 1000 }
  const sent = proposer.propose(enableFeature, { name: memberProgressFeature }, options)
  await clock.advance(1)
  expect(await sent).toMatchObject({ ok: true, result: { ok: true } })
}

const loading: ProgressAnswer = {
  bootId: bootOf(3),
  phase: 'loading',
  bytesDone: 0,
  bytesTotal: 1000,
  applied: 0,
}

describe('the leader', () => {
  test('is online once its session is open, others when they show what was committed', async () => {
    const { fixture } = await started()
    expect([1, 2, 3].map((id) => fixture.stateOf(id))).toEqual(['online', 'online', 'joining'])
  })

  test('calls a member online within two looks of its having caught up', async () => {
    const { fixture } = await started()
    await fixture.boot(3)
    fixture.answers.set(3, loading)
    await fixture.clock.advance(4 * nodeStateLookMs)
    expect(fixture.stateOf(3)).toBe('loading')
    fixture.catchUp(3)
    await fixture.clock.advance(2 * nodeStateLookMs)
    expect(fixture.stateOf(3)).toBe('online')
  })

  test('asks who joins or loads at every look, and nobody else', async () => {
    const { fixture } = await started()
    fixture.asked.length = 0
    await fixture.clock.advance(4 * nodeStateLookMs)
    expect(fixture.asked).toEqual([3, 3, 3, 3])
  })

  test('does not ask again while a question is out', async () => {
    const fixture = new LeaderFixture()
    const asked: number[] = []
    const askProgress = ({ replicaId }: { replicaId: number }): Promise<undefined> => {
      asked.push(replicaId)
      return new Promise(() => {})
    }
    const states = new NodeStates({ ...fixture.deps, askProgress }, { electionTimeoutMs })
    await fixture.lead(states)
    await fixture.clock.advance(8 * nodeStateLookMs)
    expect(asked).toEqual([2, 3])
  })

  test('calls a member failed after 5 s of silence and a look, not before', async () => {
    const { fixture } = await started()
    fixture.silent.add(2)
    await fixture.clock.advance(failSilenceMs - nodeStateLookMs)
    expect(fixture.stateOf(2)).toBe('online')
    await fixture.clock.advance(2 * nodeStateLookMs)
    expect(fixture.stateOf(2)).toBe('fail')
    expect(fixture.stateOf(1)).toBe('online')
  })

  test('lets a failed member load only after a second of contact', async () => {
    const { fixture } = await started()
    fixture.silent.add(2)
    await fixture.clock.advance(failSilenceMs + nodeStateLookMs)
    fixture.answers.delete(2)
    fixture.silent.delete(2)
    await fixture.clock.advance(recoveryContactMs)
    expect(fixture.stateOf(2)).toBe('fail')
    await fixture.clock.advance(2 * nodeStateLookMs)
    expect(fixture.stateOf(2)).toBe('loading')
    fixture.catchUp(2)
    await fixture.clock.advance(2 * nodeStateLookMs)
    expect(fixture.stateOf(2)).toBe('online')
  })

  test('leaves a member failed that is heard for moments only', async () => {
    const { fixture } = await started()
    fixture.silent.add(2)
    await fixture.clock.advance(failSilenceMs + nodeStateLookMs)
    for (let round = 0; round < 5; round += 1) {
      fixture.silent.delete(2)
      await fixture.clock.advance(2 * nodeStateLookMs)
      fixture.silent.add(2)
      await fixture.clock.advance(electionTimeoutMs + 2 * nodeStateLookMs)
    }
    expect(fixture.stateOf(2)).toBe('fail')
  })

  test('begins to count anew in a new term', async () => {
    const { fixture } = await started()
    fixture.silent.add(2)
    await fixture.clock.advance(failSilenceMs - nodeStateLookMs)
    await fixture.leadAgain()
    await fixture.clock.advance(failSilenceMs - nodeStateLookMs)
    expect(fixture.stateOf(2)).toBe('online')
    await fixture.clock.advance(2 * nodeStateLookMs)
    expect(fixture.stateOf(2)).toBe('fail')
  })

  test('with a long election timeout waits as long as that', async () => {
    const fixture = new LeaderFixture()
    const options = { electionTimeoutMs: 2 * failSilenceMs }
    await fixture.lead(new NodeStates(fixture.deps, options))
    fixture.silent.add(2)
    await fixture.clock.advance(2 * failSilenceMs - nodeStateLookMs)
    expect(fixture.stateOf(2)).toBe('joining')
    await fixture.clock.advance(2 * nodeStateLookMs)
    expect(fixture.stateOf(2)).toBe('fail')
  })

  test('leaves hidden and draining members to the operator, shown ones load and are online', async () => {
    const { fixture } = await started()
    for (const to of ['hidden', 'draining'] as const) {
      await fixture.set(2, to)
      fixture.silent.add(2)
      await fixture.clock.advance(2 * failSilenceMs)
      expect(fixture.stateOf(2)).toBe(to)
      fixture.silent.delete(2)
      await fixture.clock.advance(failSilenceMs)
      await fixture.set(2, 'loading')
      await fixture.clock.advance(2 * nodeStateLookMs)
      expect(fixture.stateOf(2)).toBe('online')
    }
  })

  test('that leads no more says nothing, not even about an answer that comes late', async () => {
    const fixture = new LeaderFixture()
    let answer: (value: ProgressAnswer) => void = () => {}
    const askProgress = ({ replicaId }: { replicaId: number }) =>
      replicaId === 2
        ? new Promise<ProgressAnswer>((resolve) => {
            answer = resolve
          })
        : Promise.resolve(undefined)
    const states = new NodeStates({ ...fixture.deps, askProgress }, { electionTimeoutMs })
    await fixture.boot(2)
    await fixture.lead(states)
    states.stepDown()
    const before = fixture.log.entries.length
    answer({ ...loading, bootId: bootOf(2), phase: 'running', applied: 1e9 })
    await fixture.clock.advance(2 * failSilenceMs)
    expect(fixture.log.entries.length).toBe(before)
    expect(fixture.stateOf(2)).toBe('loading')
  })
})

describe('the progress of a loading member', () => {
  test('is kept once the feature is on: at most every second, or per 5 percent', async () => {
    const { fixture } = await started()
    const { clock, state, log } = fixture
    await fixture.boot(3)
    fixture.answers.set(3, { ...loading, bytesDone: 100 })
    await clock.advance(4 * nodeStateLookMs)
    expect(state.reader.get(memberProgressTable, 3)).toBeUndefined()
    await enableProgress(fixture)
    await clock.advance(2 * nodeStateLookMs)
    const row = { replicaId: 3, bootId: bootOf(3), bytesDone: 100, bytesTotal: 1000, percent: 10 }
    expect(state.reader.get(memberProgressTable, 3)).toEqual(row)
    const before = log.entries.length
    for (let bytesDone = 101; bytesDone <= 112; bytesDone += 1) {
      fixture.answers.set(3, { ...loading, bytesDone })
      await clock.advance(nodeStateLookMs)
    }
    const seconds = (12 * nodeStateLookMs) / progressReportMs
    expect(log.entries.length - before).toBeLessThanOrEqual(seconds + 1)
    fixture.answers.set(3, { ...loading, bytesDone: 600 })
    await clock.advance(2 * nodeStateLookMs)
    expect(state.reader.get(memberProgressTable, 3)).toMatchObject({ percent: 60 })
    fixture.catchUp(3)
    await clock.advance(2 * nodeStateLookMs)
    expect(fixture.stateOf(3)).toBe('online')
    expect(state.reader.get(memberProgressTable, 3)).toBeUndefined()
  })

  test.each<[string, Partial<ProgressAnswer>]>([
    ['no boot', { bootId: '' }],
    ['a boot that is none', { bootId: 'zz'.repeat(16) }],
    ['more bytes than can be counted', { bytesDone: 2 ** 64 }],
    ['a total that cannot be', { bytesTotal: 2 ** 64 }],
    ['an index that cannot be', { phase: 'running', applied: 2 ** 64 }],
  ])('of one that answers with %s is not kept, and harms nobody', async (_, wrong) => {
    const { fixture } = await started()
    const { clock, state, log } = fixture
    await fixture.boot(3)
    await enableProgress(fixture)
    // It has opened no session, so nothing says yet which boot is its own.
    const place = { incarnation: '4'.repeat(32), hostId: 's4', raftAddress: '127.0.0.1:9004' }
    const context = encodeChangeContext([{ replicaId: 4, ...place }])
    const operations = [{ op: 'add-learner', id: 4 }] as const
    const { id: expectedId } = state.configuration()
    log.append(encodeChange({ expectedId, transition: 'auto', operations, context }), 'config')
    fixture.answers.set(4, { ...loading, bootId: bootOf(4), ...wrong })
    await clock.advance(4 * nodeStateLookMs)
    expect(fixture.asked).toContain(4)
    expect(state.reader.get(memberProgressTable, 4)).toBeUndefined()
    fixture.answers.set(4, { ...loading, bootId: bootOf(4) })
    await clock.advance(4 * nodeStateLookMs)
    expect(state.reader.get(memberProgressTable, 4)).toMatchObject({ bytesTotal: 1000 })
  })

  test('of one that cannot know its total is measured by the state of the leader', async () => {
    const { fixture } = await started()
    await fixture.boot(3)
    await enableProgress(fixture)
    fixture.answers.set(3, { ...loading, bytesDone: 10, bytesTotal: 0 })
    await fixture.clock.advance(2 * nodeStateLookMs)
    const { bytesTotal } = fixture.state.reader.get(memberProgressTable, 3)!
    expect(bytesTotal).toBeGreaterThan(500)
    expect(bytesTotal).toBeLessThan(5000)
  })

  test('does not fill the log while nothing changes', async () => {
    const { fixture } = await started()
    await fixture.boot(3)
    await enableProgress(fixture)
    fixture.answers.set(3, { ...loading, bytesDone: 10 })
    await fixture.clock.advance(1000)
    const before = fixture.log.entries.length
    await fixture.clock.advance(20_000)
    expect(fixture.log.entries.length).toBe(before)
  })
})
