import { expect, test } from 'vitest'
import { emptyOverview } from './cluster-overview.ts'
import type { ClusterOverview, MemberOverview } from './cluster-overview.ts'
import { verdictOf } from './cluster-verdict.ts'

function member(id: number, change: Partial<MemberOverview> = {}): MemberOverview {
  return {
    id,
    hostId: `s${id}`,
    addr: `127.0.0.1:${8000 + id}`,
    raftAddr: `127.0.0.1:${9000 + id}`,
    incarnation: '',
    pid: id,
    role: id === 1 ? 'leader' : 'follower',
    state: 'online',
    term: 3,
    commit: 9,
    applied: 9,
    lagEntries: 0,
    lastContactMs: 0,
    version: '0.1.0',
    disk: { freeBytes: 50, totalBytes: 100, dataBytes: 1 },
    loadedPercent: undefined,
    features: [],
    isReachable: true,
    ...change,
  }
}

const silent = { isReachable: false, role: 'unknown' } as const

const overview = (change: Partial<ClusterOverview> = {}): ClusterOverview => ({
  ...emptyOverview,
  clusterId: 'c1'.repeat(16),
  leaderId: 1,
  term: 3,
  commit: 9,
  quorum: { voters: 3, quorum: 2, active: 3, canLose: 1 },
  members: [1, 2, 3].map((id) => member(id)),
  isServing: true,
  ...change,
})

const withThird = (change: Partial<MemberOverview>): ClusterOverview =>
  overview({ members: [member(1), member(2), member(3, change)] })

test('three that are well are healthy', () => {
  expect(verdictOf(overview())).toEqual({ verdict: 'healthy', reasons: [], notes: [] })
})

test('so is one alone, which was never meant to lose any', () => {
  const quorum = { voters: 1, quorum: 1, active: 1, canLose: 0 }
  const alone = overview({ members: [member(1)], quorum })
  expect(verdictOf(alone)).toEqual({ verdict: 'healthy', reasons: [], notes: [] })
})

test.each([
  { why: 'nobody answers', change: emptyOverview, reason: 'no scheduler answered' },
  {
    why: 'nobody leads',
    change: { leaderId: 0, isServing: false, quorum: undefined },
    reason: 'no leader: 3 of 3 voters answered',
  },
  {
    why: 'too few answer',
    change: { isServing: false, members: [member(1), member(2, silent), member(3, silent)] },
    reason: 'no majority of the voters: 1 of 3 voters answered',
  },
])('down when $why', ({ change, reason }) => {
  const { verdict, reasons } = verdictOf(overview(change))
  expect(verdict).toBe('down')
  expect(reasons[0]).toBe(reason)
})

test.each([
  { change: silent, reasons: ['s3 did not answer'] },
  { change: { ...silent, state: 'fail' }, reasons: ['s3 did not answer'] },
  { change: { state: 'fail' }, reasons: ['s3 fails: its leader has lost contact with it'] },
  { change: { state: 'loading', loadedPercent: 42.7 }, reasons: ['s3 is loading (42 %)'] },
  { change: { state: 'joining', role: 'learner' }, reasons: ['s3 is joining'] },
  { change: { lagEntries: 1001 }, reasons: ['s3 is 1001 entries behind'] },
  { change: { lagEntries: 1000 }, reasons: [] },
  {
    change: { disk: { freeBytes: 9, totalBytes: 100, dataBytes: 80 } },
    reasons: ['s3 has 9 % of its disk left'],
  },
])('degraded by $change', ({ change, reasons }) => {
  expect(verdictOf(withThird(change))).toEqual({
    verdict: reasons.length === 0 ? 'healthy' : 'degraded',
    reasons,
    notes: [],
  })
})

test('degraded when fewer may fail than the voters are meant for', () => {
  const quorum = { voters: 3, quorum: 2, active: 2, canLose: 0 }
  expect(verdictOf(overview({ quorum })).reasons).toEqual([
    'can lose 0 more voters, 1 when all are well',
  ])
})

test('degraded while a leader has not heard from a quorum', () => {
  const quorum = { voters: 3, quorum: 2, active: 1, canLose: 0 }
  expect(verdictOf(overview({ quorum }))).toMatchObject({
    verdict: 'degraded',
    reasons: ['its leader hears 1 of 3 voters, 2 are needed'],
  })
})

test('alarms come first, with the name of who raised them', () => {
  const alarms = [{ memberId: 2, code: 'STORE_DISK_FULL', text: 'the disk is full' }]
  const { verdict, reasons } = verdictOf({ ...withThird(silent), alarms })
  expect(verdict).toBe('degraded')
  expect(reasons).toEqual(['s2: the disk is full [STORE_DISK_FULL]', 's3 did not answer'])
})

test('what somebody wanted, and what passes, is noted and no reason', () => {
  const made = verdictOf({ ...withThird({ state: 'hidden', version: '0.2.0' }), transferTarget: 2 })
  expect(made).toEqual({
    verdict: 'healthy',
    reasons: [],
    notes: [
      's3 is hidden',
      'leadership is being handed to member 2',
      'versions differ: 0.1.0, 0.2.0',
    ],
  })
  const four = { voters: 4, quorum: 3, active: 4, canLose: 1 }
  expect(verdictOf(overview({ isJoint: true, quorum: four })).notes).toEqual([
    'a change of the members is half done: two configurations have to agree',
    '4 voters tolerate the same as 3',
  ])
})

test('those who are not shown count, and are not named', () => {
  const notShown = { members: 1, voters: 1, silentMembers: 0, silentVoters: 0 }
  const two = overview({ members: [member(1), member(2)], notShown })
  expect(verdictOf(two)).toEqual({
    verdict: 'healthy',
    reasons: [],
    notes: ['1 member is hidden and not shown: operators see all of them'],
  })
  const silent = { members: 2, voters: 1, silentMembers: 2, silentVoters: 1 }
  const alarms = [{ memberId: 3, code: 'STORE_DISK_FULL', text: 'the disk is full' }]
  expect(verdictOf({ ...two, notShown: silent, alarms })).toEqual({
    verdict: 'degraded',
    reasons: [
      'member 3: the disk is full [STORE_DISK_FULL]',
      'no contact with 2 of 2 members that are not shown',
    ],
    notes: ['2 members are hidden and not shown: operators see all of them'],
  })
  const leaderless = { leaderId: 0, isServing: false, quorum: undefined }
  expect(verdictOf({ ...two, ...leaderless }).reasons).toEqual([
    'no leader: 2 of 2 voters answered, 1 more not shown',
  ])
  expect(verdictOf({ ...two, ...leaderless, members: [] }).reasons).toEqual([
    'no leader: 0 of 0 voters answered, 1 more not shown',
  ])
})
