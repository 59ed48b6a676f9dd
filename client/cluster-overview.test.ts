import { describe, expect, test } from 'vitest'
import { emptyOverview, readClusterOverview, withoutHidden } from './cluster-overview.ts'
import type { AskStatus, ClusterOverview } from './cluster-overview.ts'
import type { clusterV1 } from '../proto/index.ts'
import { clientMembersMax } from './limits.ts'

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
    const place = { addr: address(id), raftAddr: `r:${id}`, incarnation: `i${id}` }
    const known = { id, ...place, hostId: `s${id}`, role, version: '0.1.0', features: [] }
    const self = { pid: 100 + id, term, commit: 9, applied: 8 }
    const seen = roles[selfId - 1] === 'leader' ? { match: 7, lastContactMs: 30 } : {}
    return { ...known, state: 'online', ...(id === selfId ? self : seen) }
  })
  const leaderId = roles.indexOf('leader') + 1
  const digest = { digestIndex: 8, digest: '00'.repeat(16) }
  const voters = members.flatMap(({ id, role }) => (role === 'learner' ? [] : [id]))
  const configuration = { configurationId: 4, isJoint: false, voters, votersOutgoing: [] }
  const pending = { pendingChangeIndex: 0, transferTarget: 0, features: ['f'], alarms: [] }
  const isLeader = roles[selfId - 1] === 'leader'
  const faultTolerance = isLeader ? { voters: 3, quorum: 2, active: 2, canLose: 0 } : null
  const own = { selfRole: roles[selfId - 1] ?? 'learner', selfCommit: 9, notShown: null }
  const view = { ...configuration, ...pending, ...own, faultTolerance }
  return { clusterId, leaderId, selfId, members, ...view, ...digest, ...change, term }
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
    expect(await read([1, 2, 3])).toEqual(emptyOverview)
    expect(await read([])).toEqual(emptyOverview)
  })

  test('takes each member in its own words, and says who did not answer', async () => {
    const found = await read([1, 2, 3], follower1, leader2)
    expect(found).toMatchObject({ clusterId, leaderId: 2, term: 5, isServing: true })
    const known = (id: number) => {
      const place = { addr: address(id), raftAddr: `r:${id}`, incarnation: `i${id}` }
      const unknown = { disk: undefined, loadedPercent: undefined, features: [] }
      return { id, hostId: `s${id}`, ...place, state: 'online', version: '0.1.0', ...unknown }
    }
    const own = { term: 5, commit: 9, applied: 8, lagEntries: 1, isReachable: true }
    const silent = { pid: undefined, term: undefined, commit: undefined, applied: undefined }
    expect(found.members).toEqual([
      { ...known(1), ...own, role: 'follower', pid: 101, lastContactMs: 30 },
      { ...known(2), ...own, role: 'leader', pid: 102, lastContactMs: 0 },
      {
        ...known(3),
        ...silent,
        role: 'unknown',
        // What is durable there by the leader's word.
        lagEntries: 2,
        lastContactMs: 30,
        isReachable: false,
      },
    ])
  })

  test('the leader says how many may fail, and what is under way', async () => {
    const change = { isJoint: true, pendingChangeIndex: 12, transferTarget: 1 }
    const leader = reply(2, ['unknown', 'leader', 'unknown'], change)
    const found = await read([1, 2], follower1, leader)
    const quorum = { voters: 3, quorum: 2, active: 2, canLose: 0 }
    expect(found).toMatchObject({ ...change, quorum, commit: 9, configurationId: 4 })
    expect(found.features).toEqual(['f'])
    const leaderless = await read([1], follower1)
    expect(leaderless).toMatchObject({ leaderId: 0, quorum: undefined, isJoint: false, commit: 9 })
  })

  test('alarms and disks are told by their own members', async () => {
    const alarm = { code: 'STORE_DISK_FULL', text: 'the disk is full' }
    const space = { diskFreeBytes: 1, diskTotalBytes: 10, dataBytes: 5 }
    const full = reply(1, ['follower', 'leader', 'unknown'], { alarms: [alarm] })
    const members = full.members.map((each) => (each.id === 1 ? { ...each, ...space } : each))
    const found = await read([1, 2], { ...full, members }, leader2)
    expect(found.alarms).toEqual([{ memberId: 1, ...alarm }])
    expect(found.members.map(({ disk }) => disk)).toEqual([
      { freeBytes: 1, totalBytes: 10, dataBytes: 5 },
      undefined,
      undefined,
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

  test('asks no more members than a cluster has, and none without an address', async () => {
    const [first, ...rest] = follower1.members
    const many = Array.from({ length: clientMembersMax + 50 }, (_, i) => ({
      ...first!,
      id: 10 + i,
      addr: address(1_000 + i),
    }))
    const odd = { ...first!, id: 9, addr: 'unix:/tmp/x' }
    const { ask, asked } = members({ ...follower1, members: [first!, odd, ...rest, ...many] })
    await readClusterOverview(ask, [address(1)])
    expect(asked).toHaveLength(1 + clientMembersMax)
    expect(asked).not.toContain(odd.addr)
  })

  test('a leader is found although it is not shown, and those not shown count', async () => {
    const notShown = { members: 1, voters: 1, silentMembers: 0, silentVoters: 0 }
    const left = (from: clusterV1.StatusReply__Output): clusterV1.StatusReply__Output => ({
      ...from,
      leaderId: 0,
      members: from.members.filter(({ id }) => id !== 2),
      notShown,
    })
    const found = await read([1, 2, 3], left(follower1), left(leader2))
    expect(found).toMatchObject({ leaderId: 2, commit: 9, isServing: true, notShown })
    expect(found.members.map(({ id, isReachable }) => [id, isReachable])).toEqual([
      [1, true],
      [3, false],
    ])
    expect(found.members[0]?.lagEntries).toBe(1)
    const silent = {
      ...left(leader2),
      notShown: { ...notShown, silentMembers: 1, silentVoters: 1 },
    }
    expect(await read([1, 2], left(follower1), silent)).toMatchObject({ isServing: false })
  })

  test('a member that answers is in reach although it leaves itself out', async () => {
    const own = { ...follower1, members: follower1.members.filter(({ id }) => id !== 1) }
    const { members } = await read([1, 2], own, leader2)
    expect(members[0]).toMatchObject({ id: 1, role: 'follower', isReachable: true })
  })

  test('without the hidden ones it is what everybody is told', async () => {
    const members = leader2.members.map((member) =>
      member.id === 2 ? member : { ...member, state: 'hidden' },
    )
    const all = await read([1, 2], follower1, { ...leader2, members, transferTarget: 1 })
    const { members: shown, ...found } = withoutHidden(all)
    expect(shown.map(({ id }) => id)).toEqual([2])
    const notShown = { members: 2, voters: 2, silentMembers: 1, silentVoters: 1 }
    expect(found).toMatchObject({ leaderId: 2, isServing: true, transferTarget: 0, notShown })
  })
})
