import { describe, expect, test } from 'vitest'
import { readClusterOverview } from './cluster-overview.ts'
import type { AskStatus, ClusterOverview } from './cluster-overview.ts'
import type { clusterV1 } from '../proto/index.ts'

const clusterId = 'c1'.repeat(16)
const address = (id: number): string => `127.0.0.1:${8000 + id}`

/** How a member of the group of `size` sees it; `roles` are the words it has for members. */
function reply(
  selfId: number,
  roles: readonly string[],
  change: Partial<clusterV1.StatusReply__Output> = {},
): clusterV1.StatusReply__Output {
  const term = change.term ?? 5
  const members = roles.map((role, at): clusterV1.Member__Output => {
    const id = at + 1
    const known = { id, addr: address(id), raftAddr: `r:${id}`, hostId: `s${id}`, role }
    const self = { pid: 100 + id, term, commit: 9, applied: 8 }
    return { ...known, state: 'online', ...(id === selfId ? self : {}) }
  })
  const leaderId = roles.indexOf('leader') + 1
  const digest = { digestIndex: 8, digest: '00'.repeat(16) }
  return { clusterId, leaderId, selfId, members, ...digest, ...change, term }
}

/** Asks members that answer as given, all others refuse; notes who was asked. */
function members(...replies: readonly clusterV1.StatusReply__Output[]): {
  readonly ask: AskStatus
  readonly asked: string[]
} {
  const asked: string[] = []
  const ask: AskStatus = (to) => {
    asked.push(to)
    const found = replies.find(({ selfId }) => address(selfId) === to)
    return found === undefined ? Promise.reject(new Error('no answer')) : Promise.resolve(found)
  }
  return { ask, asked }
}

const read = (
  addresses: readonly number[],
  ...replies: readonly clusterV1.StatusReply__Output[]
): Promise<ClusterOverview> => readClusterOverview(members(...replies).ask, addresses.map(address))

const follower1 = reply(1, ['follower', 'leader', 'unknown'])
const leader2 = reply(2, ['unknown', 'leader', 'unknown'])

describe('readClusterOverview', () => {
  test('nobody answers', async () => {
    const nothing = { clusterId: '', leaderId: 0, term: 0, members: [], isServing: false }
    expect(await read([1, 2, 3])).toEqual(nothing)
    expect(await read([])).toEqual(nothing)
  })

  test('takes each member in its own words, and says who did not answer', async () => {
    const found = await read([1, 2, 3], follower1, leader2)
    expect(found).toMatchObject({ clusterId, leaderId: 2, term: 5, isServing: true })
    const own = { state: 'online', term: 5, commit: 9, applied: 8, isReachable: true }
    expect(found.members).toEqual([
      {
        id: 1,
        hostId: 's1',
        addr: address(1),
        raftAddr: 'r:1',
        role: 'follower',
        pid: 101,
        ...own,
      },
      { id: 2, hostId: 's2', addr: address(2), raftAddr: 'r:2', role: 'leader', pid: 102, ...own },
      {
        id: 3,
        hostId: 's3',
        addr: address(3),
        raftAddr: 'r:3',
        role: 'unknown',
        state: 'online',
        pid: undefined,
        term: undefined,
        commit: undefined,
        applied: undefined,
        isReachable: false,
      },
    ])
  })

  test('a leader that others remember but that does not answer leads no longer', async () => {
    const follower3 = reply(3, ['unknown', 'leader', 'follower'])
    const found = await read([1, 2, 3], follower1, follower3)
    expect(found).toMatchObject({ leaderId: 0, isServing: false })
    expect(found.members[1]).toMatchObject({ id: 2, role: 'unknown', isReachable: false })
  })

  test('a leader of an earlier term that was cut off leads no longer', async () => {
    const newer = { term: 6 }
    const follower = reply(1, ['follower', 'unknown', 'leader'], newer)
    const leader = reply(3, ['unknown', 'unknown', 'leader'], newer)
    const found = await read([2, 1, 3], leader2, follower, leader)
    expect(found).toMatchObject({ leaderId: 3, term: 6, isServing: true })
    expect(await read([2, 1], leader2, follower)).toMatchObject({ leaderId: 0, isServing: false })
  })

  test('a leader without a majority that answers does not serve', async () => {
    expect(await read([1, 2, 3], leader2)).toMatchObject({ leaderId: 2, isServing: false })
    const one = await read([1], reply(1, ['leader']))
    expect(one).toMatchObject({ leaderId: 1, isServing: true })
    // Half is no majority.
    const four = ['leader', 'unknown', 'unknown', 'unknown']
    const two = await read(
      [1, 2],
      reply(1, four),
      reply(2, ['leader', 'follower', ...four.slice(2)]),
    )
    expect(two).toMatchObject({ leaderId: 1, isServing: false })
  })

  test('a learner is no voter, whether it answers or not', async () => {
    const seen = ['unknown', 'leader', 'unknown', 'learner', 'learner']
    const voters = [reply(1, ['follower', ...seen.slice(1)]), reply(2, seen)] as const
    const away = await read([1, 2, 3, 4, 5], ...voters)
    expect(away).toMatchObject({ leaderId: 2, isServing: true })
    expect(away.members.map(({ role }) => role)).toEqual([
      'follower',
      'leader',
      'unknown',
      'learner',
      'learner',
    ])
    const learners = [reply(4, seen), reply(5, seen)]
    expect(await read([2, 4, 5], reply(2, seen), ...learners)).toMatchObject({ isServing: false })
  })

  test('what another group says is left out', async () => {
    const other = { clusterId: 'd2'.repeat(16), term: 4 }
    const found = await read([1, 2], reply(1, ['follower', 'leader', 'unknown'], other), leader2)
    expect(found).toMatchObject({ clusterId, leaderId: 2, isServing: false })
    expect(found.members[0]).toMatchObject({ role: 'unknown', isReachable: false })
  })

  test('asks the members it was not told of, each address once and no empty one', async () => {
    const unopened = (from: clusterV1.StatusReply__Output): clusterV1.StatusReply__Output => ({
      ...from,
      members: from.members.map((member) => (member.id === 3 ? { ...member, addr: '' } : member)),
    })
    const { ask, asked } = members(unopened(follower1), unopened(leader2))
    const found = await readClusterOverview(ask, [address(1)])
    expect(asked).toEqual([address(1), address(2)])
    expect(found).toMatchObject({ leaderId: 2, isServing: true })
    expect(found.members[2]).toMatchObject({ id: 3, addr: '', isReachable: false })
  })
})
