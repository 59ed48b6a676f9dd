import { describe, expect, test } from 'vitest'
import { failSilenceMs, recoveryContactMs } from './limits.ts'
import { isAskedForProgress, planNodeState, progressOf } from './node-state-plan.ts'
import type { MemberSight, ProgressAnswer } from './node-state-plan.ts'
import type { MemberRow, MemberState } from './rows/member.ts'

const bootId = 'b'.repeat(32)
const row: MemberRow = {
  replicaId: 4,
  hostId: 's4',
  incarnation: 'a'.repeat(32),
  raftAddress: 'r:4',
  clientAddress: 'c:4',
  role: 'voter',
  state: 'loading',
  bootId,
  programVersion: '',
  joinedAtIndex: 9,
  credential: '',
}

/** Somebody that is heard, with an open session. */
const heard: MemberSight = { isSelf: false, sessionBootId: bootId, silentMs: 0, contactMs: 9000 }
const silent: MemberSight = { ...heard, silentMs: failSilenceMs, contactMs: 0 }
const running: ProgressAnswer & { readonly commit: number } = {
  bootId,
  phase: 'running',
  bytesDone: 0,
  bytesTotal: 0,
  applied: 100,
  commit: 100,
}
const caughtUp: MemberSight = { ...heard, answer: running }
const self: MemberSight = { ...heard, isSelf: true, contactMs: 0 }

function next(state: MemberState, sight: MemberSight, fields: Partial<MemberRow> = {}): string {
  const change = planNodeState({ ...row, state, ...fields }, sight, failSilenceMs)
  return change?.to ?? 'as it is'
}

describe('what the leader makes of a member', () => {
  test.each<[string, MemberState, MemberSight, string]>([
    ['a loading one that has caught up', 'loading', caughtUp, 'online'],
    ['a loading one that was not asked yet', 'loading', heard, 'as it is'],
    ['one that lacks an entry', 'loading', answering({ applied: 99 }), 'as it is'],
    ['one that has more than was committed', 'loading', answering({ applied: 101 }), 'online'],
    ['one that receives an image', 'loading', answering({ phase: 'loading' }), 'as it is'],
    ['one whose replica does not run', 'loading', answering({ phase: 'joining' }), 'as it is'],
    ['an answer of the boot before', 'loading', answering({ bootId: 'c'.repeat(32) }), 'as it is'],
    ['one without a session', 'loading', { ...caughtUp, sessionBootId: '' }, 'as it is'],
    [
      'one whose session is of the boot before',
      'loading',
      { ...caughtUp, sessionBootId: 'c'.repeat(32) },
      'as it is',
    ],
    ['the leader itself, once its session is open', 'loading', self, 'online'],
    ['the leader without a session', 'loading', { ...self, sessionBootId: '' }, 'as it is'],
    ['a joiner that was not asked yet', 'joining', heard, 'as it is'],
    ['a joiner without a replica', 'joining', answering({ phase: 'joining' }), 'as it is'],
    ['a joiner that receives an image', 'joining', answering({ phase: 'loading' }), 'loading'],
    ['a joiner that applies the log', 'joining', caughtUp, 'loading'],
    ['a silent joiner', 'joining', silent, 'fail'],
    ['a silent one that loads', 'loading', silent, 'fail'],
    ['a silent one that was online', 'online', silent, 'fail'],
    ['one that was silent for a little less', 'online', { ...silent, silentMs: 4999 }, 'as it is'],
    ['the leader, whom nobody hears', 'online', { ...silent, isSelf: true }, 'as it is'],
    ['a failed one that stays silent', 'fail', silent, 'as it is'],
    ['a failed one heard just now', 'fail', { ...heard, contactMs: 0 }, 'as it is'],
    [
      'a failed one heard for a little less than it takes',
      'fail',
      { ...heard, contactMs: recoveryContactMs - 1 },
      'as it is',
    ],
    [
      'a failed one heard long enough',
      'fail',
      { ...heard, contactMs: recoveryContactMs },
      'loading',
    ],
    ['a failed one that leads now', 'fail', self, 'loading'],
    ['a silent one that drains', 'draining', silent, 'as it is'],
    ['one that drains and has caught up', 'draining', caughtUp, 'as it is'],
    ['a silent hidden one', 'hidden', silent, 'as it is'],
    ['a hidden one that has caught up', 'hidden', caughtUp, 'as it is'],
    ['the leader while it is hidden', 'hidden', self, 'as it is'],
    ['an online one that is heard', 'online', caughtUp, 'as it is'],
  ])('%s (%s)', (_name, state, sight, expected) => {
    expect(next(state, sight)).toBe(expected)
  })

  test('a member that never opened a session is never online', () => {
    const fields = { bootId: '' }
    const sight = { ...caughtUp, sessionBootId: '', answer: { ...running, bootId: '' } }
    expect(next('loading', sight, fields)).toBe('as it is')
  })

  test('a change names the incarnation, boot and state it was made for', () => {
    expect(planNodeState(row, caughtUp, failSilenceMs)).toEqual({
      replicaId: 4,
      incarnation: row.incarnation,
      bootId,
      from: ['loading'],
      to: 'online',
    })
  })
})

function answering(fields: Partial<ProgressAnswer>): MemberSight {
  return { ...heard, answer: { ...running, ...fields } }
}

test.each<[MemberState, boolean]>([
  ['joining', true],
  ['loading', true],
  ['online', false],
  ['fail', false],
  ['draining', false],
  ['hidden', false],
  ['left', false],
])('a member that is %s is asked for its progress: %s', (state, isAsked) => {
  expect(isAskedForProgress(state)).toBe(isAsked)
})

describe('the progress of a member', () => {
  const loading = { ...running, phase: 'loading', applied: 0 }
  test.each<[string, ProgressAnswer, number, readonly [number, number, number]]>([
    ['a joiner has nothing', { ...loading, phase: 'joining' }, 1000, [0, 1000, 0]],
    ['an image by what the leader has', { ...loading, bytesDone: 250 }, 1000, [250, 1000, 25]],
    [
      'an image by its own total',
      { ...loading, bytesDone: 250, bytesTotal: 500 },
      9,
      [250, 500, 50],
    ],
    ['nobody knows the total', { ...loading, bytesDone: 250 }, 0, [250, 0, 0]],
    ['more than was expected', { ...loading, bytesDone: 1500 }, 1000, [1500, 1500, 99]],
    ['all bytes and not installed yet', { ...loading, bytesDone: 1000 }, 1000, [1000, 1000, 99]],
    ['half of the log', { ...running, applied: 50 }, 1000, [500, 1000, 50]],
    ['all but one entry', { ...running, applied: 99 }, 1000, [990, 1000, 99]],
    ['all that was committed', { ...running, applied: 101 }, 1000, [1000, 1000, 100]],
  ])('%s', (_name, answer, stateBytes, [bytesDone, bytesTotal, percent]) => {
    const progress = progressOf({ ...answer, commit: 100 }, stateBytes)
    expect(progress).toEqual({ bytesDone, bytesTotal, percent })
  })
})
