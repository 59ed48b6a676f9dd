// Downloads of API v2 at three members with real consensus: what their clients see when members
// die, lose their leader, or were taken for dead.
import { status } from '@grpc/grpc-js'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Prng } from '../../base/index.ts'
import type { schedulerV2 } from '../../proto/index.ts'
import { MemoryNetwork } from '../../raft/index.ts'
import { getPeer, getTask } from '../replication/commands/index.ts'
import {
  announceHosts,
  downloadOf,
  fetchFromSource,
  hostId,
  hostV2,
  TestDownload,
} from './download.suite.ts'
import { announcement, ask } from './single-member.suite.ts'
import { clock, ids, leaderOf, startMember, until } from './three-members.suite.ts'
import type { Member } from './three-members.suite.ts'

let network: MemoryNetwork
let members: Member[]

const leader = (): Promise<Member> => leaderOf(() => members)

async function startMembers(): Promise<void> {
  network = new MemoryNetwork({ clock, random: new Prng('network') })
  members = []
  for (const id of ids) members.push(await startMember(id, network))
  await leader()
  // Streams are taken once a member knows of a leader.
  await until(() => members.every(({ server }) => server.status().isServing))
}

const stopMembers = async (): Promise<void> => {
  await Promise.all(members.map((member) => member.kill()))
}

async function follower(): Promise<Member> {
  const leading = await leader()
  return members.find((member) => member !== leading)!
}

async function killLeader(): Promise<void> {
  const dead = await leader()
  members = members.filter((member) => member !== dead)
  await dead.kill()
}

describe('when nobody dies', () => {
  beforeAll(startMembers)
  afterAll(stopMembers)

  test('a host that announced itself at one member may register at another at once', async () => {
    for (let n = 1; n <= 9; n += 1) {
      const [one, other] = [members[n % 3]!, members[(n + 1) % 3]!]
      await announceHosts(one.v2, n)
      const stream = new TestDownload(other.v2, downloadOf('known', n))
      stream.register()
      const { response } = await stream.next()
      expect(response).toMatch(/^(normalTask|needBackToSource)Response$/)
      stream.cancel()
    }
  })

  test('what is deleted at one member is gone at all, and counts when announced anew', async () => {
    await announceHosts(members[0]!.v2, 1)
    await fetchFromSource(members[0]!.v2, downloadOf('deleted', 1))
    await ask(members[1]!.v2, members[1]!.v2.deleteTask, { hostId: hostId(1), taskId: 'deleted' })
    for (const { v1, v2 } of members) {
      const stat = ask(v2, v2.statTask, { hostId: 'any', taskId: 'deleted' })
      await expect(stat).rejects.toMatchObject({ grpcStatus: status.NOT_FOUND })
      await expect(ask(v1, v1.statTask, { taskId: 'deleted' })).rejects.toMatchObject({
        dfCode: 1404,
      })
    }
    await ask(members[2]!.v1, members[2]!.v1.announceTask, announcement('deleted', 1))
    const { reply } = await ask(members[0]!.v2, members[0]!.v2.statTask, {
      hostId: 'any',
      taskId: 'deleted',
    })
    expect(reply.state).toBe('Succeeded')
  })

  test('times of day are those of the leader', async () => {
    await announceHosts(members[0]!.v2, 1)
    const beforeMs = clock.wallMs()
    await fetchFromSource(members[0]!.v2, downloadOf('timed', 1))
    const { reply } = await ask(members[1]!.v2, members[1]!.v2.statTask, {
      hostId: 'any',
      taskId: 'timed',
    })
    const createdMs = Number(reply.createdAt!.seconds) * 1_000 + reply.createdAt!.nanos / 1_000_000
    expect(Math.abs(createdMs - beforeMs)).toBeLessThan(60_000)
  })

  test('a stream goes on when its member was taken for dead', async () => {
    const leading = await leader()
    const paused = await follower()
    await announceHosts(paused.v2, 1, 2, 3)
    await fetchFromSource(paused.v2, downloadOf('paused', 1))
    const stream = new TestDownload(paused.v2, downloadOf('paused', 2))
    stream.register()
    expect(await stream.parents()).toEqual(['paused-peer-1'])
    stream.started()
    const { sessionId } = paused.proposer
    const { closeSession } = leading.state.registry
    await leading.proposer.propose(closeSession, { sessionId }, { timeoutMs: 20_000 })
    stream.reschedule('paused-peer-1')
    await until(() => {
      const row = getPeer(paused.state.reader, downloadOf('paused', 2))
      return row?.ownerSessionId === paused.proposer.sessionId && row.blockedParents.length === 1
    })
    await fetchFromSource(members[0]!.v2, downloadOf('paused', 3))
    expect(await stream.parents()).toEqual(['paused-peer-3'])
    stream.started()
    stream.finished()
    expect(await stream.ended).toBeUndefined()
    expect(stream.waiting).toBe(0)
  })

  test('a host that is silent for two intervals of 2 s is gone everywhere', async () => {
    const { v2 } = await follower()
    const interval = { seconds: 2 }
    const announce = (n: number): Promise<unknown> => {
      return ask(v2, v2.announceHost, { host: hostV2(n), interval })
    }
    await announce(2)
    await announce(1)
    await fetchFromSource(v2, downloadOf('dying', 1))
    const silentSinceMs = clock.nowMs()
    const isListed = async (client: schedulerV2.SchedulerClient): Promise<boolean> => {
      const { reply } = await ask(client, client.listHosts, {})
      return reply.hosts.some(({ id }) => id === hostId(1))
    }
    while (await isListed(members[0]!.v2)) {
      expect(clock.nowMs() - silentSinceMs).toBeLessThan(50_000)
      await announce(2)
      await clock.sleep(100)
    }
    console.log(`gone after ${Math.round(clock.nowMs() - silentSinceMs)} ms of silence`)
    expect(await isListed(members[1]!.v2)).toBe(false)
    const stream = new TestDownload(v2, downloadOf('dying', 2))
    stream.register()
    await stream.sentToSource()
    stream.cancel()
    expect(getTask(members[0]!.state.reader, 'dying')?.state).toBe('Running')
  })
})

describe('when a member dies', () => {
  beforeEach(startMembers)
  afterEach(stopMembers)

  test('streams on others go on, and its own clients find everything elsewhere', async () => {
    const survivor = await follower()
    const dying = await leader()
    await announceHosts(survivor.v2, 1, 2, 3, 4)
    await fetchFromSource(dying.v2, downloadOf('t', 1))
    const here = new TestDownload(survivor.v2, downloadOf('t', 2))
    here.register()
    expect(await here.parents()).toEqual(['t-peer-1'])
    here.started()
    here.pieceFinished(0, 't-peer-1')
    const there = new TestDownload(dying.v2, downloadOf('t', 3))
    there.register()
    expect(await there.parents()).toContain('t-peer-1')
    // On their way while nobody leads.
    await killLeader()
    here.reschedule()
    here.pieceFinished(1, 't-peer-1')
    expect(await there.ended).toMatchObject({ grpcStatus: status.UNAVAILABLE })
    expect(await here.parents()).toContain('t-peer-1')
    here.started()
    here.finished()
    expect(await here.ended).toBeUndefined()
    const next = new TestDownload(survivor.v2, downloadOf('t', 4))
    next.register()
    expect(await next.parents()).toEqual(expect.arrayContaining(['t-peer-1', 't-peer-2']))
    next.cancel()
    const again = new TestDownload(survivor.v2, downloadOf('t', 3))
    again.register()
    expect(await again.parents()).toContain('t-peer-1')
    again.finished()
    expect(await again.ended).toBeUndefined()
  })

  test('a stream without contact with a leader stays, and goes on when there is one', async () => {
    const alone = await follower()
    await announceHosts(alone.v2, 1)
    const stream = new TestDownload(alone.v2, downloadOf('t', 1))
    stream.register()
    await stream.sentToSource()
    stream.sourceStarted()
    network.isolate(alone.id)
    await until(() => !alone.server.status().isServing)
    expect(alone.server.status().streams).toBe(1)
    const refused = new TestDownload(alone.v2, downloadOf('t', 2))
    expect(await refused.ended).toMatchObject({
      grpcStatus: status.UNAVAILABLE,
      code: 'SCHED_NO_LEADER',
    })
    stream.sourcePieceFinished(0)
    stream.sourceFinished()
    network.heal()
    expect(await stream.ended).toBeUndefined()
    expect(getPeer(alone.state.reader, downloadOf('t', 1))?.state).toBe('Succeeded')
  })
})
