import { expect, test } from 'vitest'
import { emptyOverview } from '../client/index.ts'
import type { ClusterOverview, MemberOverview } from '../client/index.ts'
import { statusText } from './status.ts'

function member(id: number, change: Partial<MemberOverview> = {}): MemberOverview {
  return {
    id,
    hostId: `s${id}`,
    addr: `127.0.0.1:${7000 + id}`,
    raftAddr: `127.0.0.1:${8000 + id}`,
    incarnation: 'ab'.repeat(16),
    pid: 100 + id,
    role: id === 1 ? 'leader' : 'follower',
    state: 'online',
    term: 3,
    commit: 90,
    applied: 90,
    lagEntries: 0,
    lastContactMs: id === 1 ? 0 : 45,
    version: '0.1.0',
    disk: { freeBytes: 3 * 2 ** 30, totalBytes: 4 * 2 ** 30, dataBytes: 5 * 2 ** 20 },
    loadedPercent: undefined,
    features: ['member-progress'],
    isReachable: true,
    ...change,
  }
}

const overview: ClusterOverview = {
  ...emptyOverview,
  clusterId: 'c1'.repeat(16),
  leaderId: 1,
  term: 3,
  commit: 90,
  configurationId: 1,
  quorum: { voters: 3, quorum: 2, active: 2, canLose: 0 },
  features: ['member-progress'],
  members: [
    member(1),
    member(2),
    member(3, {
      pid: undefined,
      role: 'unknown',
      state: 'fail',
      term: undefined,
      commit: undefined,
      applied: undefined,
      lagEntries: 40,
      lastContactMs: 61_000,
      disk: undefined,
      isReachable: false,
    }),
  ],
  isServing: true,
}

test('for people: the verdict, its reasons, the figures, the members', () => {
  const [head, table] = statusText(overview, false).split(/\n\n(?=ID)/)
  expect(head).toBe(`degraded: s1 leads in term 3
  - s3 did not answer
  - can lose 0 more voters, 1 when all are well

cluster         ${'c1'.repeat(16)}
commit          90
quorum          2 of 3, 2 active, can lose 0 more
pending change  none
features        member-progress`)
  const cells = table!
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/))
  const figures = ['online', '3', '90', '90', '0']
  const disk = ['0.1.0', '5.0MiB, 3.0GiB free', 'yes']
  expect(cells).toEqual([
    'ID NAME ADDRESS ROLE STATE TERM COMMIT APPLIED LAG CONTACT VERSION DISK REACHABLE'.split(' '),
    ['1', 's1', '127.0.0.1:7001', 'leader', ...figures, '0ms', ...disk],
    ['2', 's2', '127.0.0.1:7002', 'follower', ...figures, '45ms', ...disk],
    [
      '3',
      's3',
      '127.0.0.1:7003',
      'unknown',
      'fail',
      '-',
      '-',
      '-',
      '40',
      '61s',
      '0.1.0',
      '-',
      'no',
    ],
  ])
})

test('for programs: every field, ids as text, null for what nobody knows', () => {
  const json = JSON.parse(statusText({ ...overview, pendingChangeIndex: 91 }, true))
  expect(json).toMatchObject({
    clusterId: 'c1'.repeat(16),
    leaderId: '1',
    term: 3,
    verdict: 'degraded',
    quorum: { voters: 3, quorum: 2, active: 2, canLose: 0 },
    pendingChange: { index: 91, joint: false },
    transferTarget: null,
  })
  expect(json.members[2]).toEqual({
    id: '3',
    hostId: 's3',
    addr: '127.0.0.1:7003',
    raftAddr: '127.0.0.1:8003',
    incarnation: 'ab'.repeat(16),
    pid: null,
    role: 'unknown',
    state: 'fail',
    term: null,
    commit: null,
    applied: null,
    lag: 40,
    lastContactMs: 61_000,
    version: '0.1.0',
    disk: null,
    loadedPercent: null,
    features: ['member-progress'],
    reachable: false,
  })
})

test('when nobody answers there is nothing but the verdict, and who was asked', () => {
  expect(statusText(emptyOverview, false, ['127.0.0.1:1', 'host:8002'])).toBe(
    'down: no leader\n  - no scheduler answered\n  asked: 127.0.0.1:1, host:8002\n',
  )
  expect(JSON.parse(statusText(emptyOverview, true))).toMatchObject({
    clusterId: null,
    leaderId: null,
    verdict: 'down',
    members: [],
  })
})

test('of members that are not shown it says how many, also when one of them leads', () => {
  const notShown = { members: 1, voters: 1, silentMembers: 0, silentVoters: 0 }
  const quorum = { voters: 3, quorum: 2, active: 3, canLose: 1 }
  const some = { ...overview, notShown, quorum, members: [member(2), member(3)] }
  const [verdict, note] = statusText(some, false).split('\n')
  expect(verdict).toBe('healthy: a member that is not shown leads in term 3')
  expect(note).toMatch(/^ {2}note: 1 member is hidden and not shown/)
  expect(JSON.parse(statusText(some, true))).toMatchObject({ leaderId: '1', membersNotShown: 1 })
})
