// Clusters in virtual time whose members change.
import { afterEach, describe, expect, test } from 'vitest'
import { isJoint } from '../core/configuration.ts'
import type { MemberOperation } from '../core/configuration-change.ts'
import { bytesOf, Cluster } from './cluster.suite.ts'
import type { ProposeOutcome } from './outcomes.ts'

let cluster: Cluster

afterEach(async () => {
  await cluster.stop()
})

async function started(options: ConstructorParameters<typeof Cluster>[0]): Promise<Cluster> {
  cluster = new Cluster(options)
  await cluster.start()
  return cluster
}

/** Proposes at members in turn, all the time, until it is stopped. */
function load(): { stop(): Promise<readonly ProposeOutcome[]> } {
  const outcomes: Promise<ProposeOutcome>[] = []
  let isOver = false
  const next = (): void => {
    if (isOver) return
    const alive = [...cluster.members.values()].filter(
      ({ node }) => node.status().lifecycle === 'running',
    )
    const { node } = alive[outcomes.length % alive.length]!
    outcomes.push(node.propose(bytesOf(`load-${outcomes.length}`), { timeoutMs: 10_000 }))
    cluster.clock.setTimer(10, next)
  }
  next()
  return {
    stop: () => {
      isOver = true
      return cluster.settle(Promise.all(outcomes))
    },
  }
}

const add = (id: number): MemberOperation => ({ op: 'add-voter', id })
const learn = (id: number): MemberOperation => ({ op: 'add-learner', id })
const promote = (id: number): MemberOperation => ({ op: 'promote', id })
const remove = (id: number): MemberOperation => ({ op: 'remove', id })

async function changed(...operations: readonly MemberOperation[]): Promise<void> {
  const outcome = await cluster.change(operations)
  expect(outcome, JSON.stringify(outcome)).toMatchObject({ ok: true, result: { ok: true } })
}

/** Admits `id` as a learner and makes it a voter once it has caught up. */
async function admit(id: number): Promise<void> {
  await cluster.join(id)
  await changed(learn(id))
  const isCaughtUp = (): boolean =>
    cluster.node(id).appliedIndex > 0 &&
    cluster.leader !== undefined &&
    cluster.node(id).appliedIndex >= cluster.leader.node.status().commit - 5
  expect(await cluster.clock.advanceUntil(isCaughtUp, 20_000)).toBe(true)
  await changed(promote(id))
}

const votersOf = (id: number): readonly number[] => cluster.node(id).configuration().voters

describe('changing the members under load', () => {
  test('R-11.1 R-11.2 grows from one to five and shrinks to three; nothing is lost', async () => {
    await started({ voters: 1 })
    await cluster.elect()
    const writes = load()
    for (const id of [2, 3, 4, 5]) {
      await admit(id)
      await cluster.clock.advance(300)
    }
    expect(votersOf(cluster.leader!.id)).toEqual([1, 2, 3, 4, 5])
    await cluster.elect([1, 2, 3, 4, 5])
    await changed(remove(cluster.follower().id))
    await cluster.clock.advance(500)
    const gone = [1, 2, 3, 4, 5].find((id) => !votersOf(cluster.leader!.id).includes(id))!
    const next = [1, 2, 3, 4, 5].find((id) => id !== gone && id !== cluster.leader!.id)!
    await changed(remove(next))
    const outcomes = await writes.stop()
    const left = [1, 2, 3, 4, 5].filter((id) => id !== gone && id !== next)
    expect(votersOf(cluster.leader!.id)).toEqual(left)
    const list = await cluster.converge(left)
    const acknowledged = outcomes.filter(({ ok }) => ok)
    expect(acknowledged.length).toBeGreaterThan(100)
    for (const outcome of acknowledged) {
      expect(list[(outcome as { result: number }).result - 1]).toBeDefined()
    }
    expect(new Set(list).size).toBe(list.length)
    expect(list.length).toBeGreaterThanOrEqual(acknowledged.length)
  })

  test('a joint change replaces a member in one go and leaves the joint state by itself', async () => {
    await started({ voters: 3 })
    await cluster.elect()
    const replaced = cluster.follower().id
    await cluster.join(4)
    await changed(learn(4))
    await cluster.propose(cluster.leader!.id, 'a')
    await cluster.converge([1, 2, 3, 4])
    const seen: boolean[] = []
    cluster.leader!.node.onConfigurationChange((configuration) => seen.push(isJoint(configuration)))
    await changed(promote(4), remove(replaced))
    await cluster.clock.advance(1000)
    expect(seen).toEqual([true, false])
    const left = [1, 2, 3, 4].filter((id) => id !== replaced)
    expect(votersOf(cluster.leader!.id)).toEqual(left)
    expect(await cluster.propose(4, 'b')).toMatchObject({ ok: true })
    expect(await cluster.converge(left)).toEqual(['a', 'b'])
  })

  test('an explicit joint configuration stays until it is left', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    await cluster.join(4)
    await changed(learn(4))
    await cluster.propose(leader.id, 'a')
    await cluster.converge([1, 2, 3, 4])
    const entered = await cluster.change([promote(4)], 'joint-explicit')
    expect(entered).toMatchObject({ ok: true, result: { ok: true } })
    await cluster.clock.advance(3000)
    expect(isJoint(leader.node.configuration())).toBe(true)
    expect(await cluster.change([remove(3)])).toMatchObject({ reason: 'change-in-progress' })
    await changed()
    expect(isJoint(leader.node.configuration())).toBe(false)
    expect(votersOf(leader.id)).toEqual([1, 2, 3, 4])
  })

  test('R-11.8 a leader that is removed finishes, hands over and goes', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    await cluster.propose(leader.id, 'a')
    const change = await cluster.change([remove(leader.id)])
    expect(change).toMatchObject({ ok: true, result: { ok: true } })
    const left = [1, 2, 3].filter((id) => id !== leader.id)
    const startedMs = cluster.clock.nowMs()
    await cluster.elect(left)
    expect(cluster.clock.nowMs() - startedMs).toBeLessThan(1000)
    expect(await cluster.propose(left[0]!, 'b')).toMatchObject({ ok: true })
    expect(await cluster.converge(left)).toEqual(['a', 'b'])
    await cluster.clock.advanceUntil(() => leader.removals > 0, 10_000)
    expect(leader.node.status().lifecycle).toBe('removed')
    expect(leader.removals).toBe(1)
  })

  test('R-11.9 a member that is removed hears it and stops; nobody is disturbed', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    const gone = cluster.follower()
    await cluster.clock.advance(500)
    const { term } = leader.node.leadership()
    const waiting = gone.node.readIndex({ timeoutMs: 60_000 })
    cluster.network.isolate(gone.id)
    await changed(remove(gone.id))
    await cluster.clock.advance(5000)
    cluster.network.heal()
    await cluster.clock.advanceUntil(() => gone.removals > 0, 20_000)
    expect(gone.node.status().lifecycle).toBe('removed')
    expect(await cluster.settle(waiting)).toEqual({ ok: false, reason: 'stopped' })
    expect(await cluster.propose(gone.id, 'x')).toEqual({ ok: false, reason: 'stopped' })
    const sent = gone.node.metrics.messagesSent
    await cluster.clock.advance(5000)
    expect(gone.node.metrics.messagesSent).toBe(sent)
    expect(gone.removals).toBe(1)
    expect(cluster.leader?.id).toBe(leader.id)
    expect(leader.node.leadership().term).toBe(term)
    const refused = [...cluster.members.values()].reduce(
      (sum, { node }) => sum + node.metrics.messagesRefused['removed-sender'],
      0,
    )
    expect(refused).toBeGreaterThan(0)
  })
})

describe('changes that are refused say why, and change nothing', () => {
  const expectUnchanged = async (): Promise<void> => {
    expect(await cluster.propose(cluster.leader!.id, 'still')).toMatchObject({ ok: true })
    expect(votersOf(cluster.leader!.id)).toEqual([1, 2, 3])
  }

  test.each([
    ['already-member', [learn(2)]],
    ['not-member', [remove(9)]],
    ['not-learner', [promote(2)]],
    ['no-voter', [remove(1), remove(2), remove(3)]],
    ['would-lose-quorum', [add(4), add(5), add(6), add(7)]],
  ] as const)('%s', async (reason, operations) => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    expect(await cluster.change(operations)).toEqual({ ok: false, reason, leader: leader.id })
    expect(leader.node.metrics.changes).toEqual({ [reason]: 1 })
    await expectUnchanged()
  })

  test('is logged once for each reason, until a change is made', async () => {
    await started({ voters: 3 })
    await cluster.elect()
    const refused = () => cluster.warnings.filter(({ reason }) => reason === 'already-member')
    await cluster.change([learn(2)])
    await cluster.change([learn(3)])
    expect(refused()).toHaveLength(1)
    await changed(learn(4))
    await cluster.change([learn(2)])
    expect(refused()).toHaveLength(2)
  })

  test('R-12.1 learner-not-ready: it was never heard', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    await changed(learn(4))
    await cluster.clock.advance(2000)
    expect(await cluster.change([promote(4)])).toMatchObject({ reason: 'learner-not-ready' })
    expect(leader.node.configuration().learners).toEqual([4])
  })

  test('R-11.5 removed-id: ids are never used again', async () => {
    await started({ voters: 3 })
    await cluster.elect()
    await changed(learn(4))
    await changed(remove(4))
    expect(await cluster.change([learn(4)])).toMatchObject({ reason: 'removed-id' })
  })

  test('R-11.7 stale-configuration: another change came first', async () => {
    await started({ voters: 3 })
    const { node } = await cluster.elect()
    const expectedId = node.configuration().id
    await changed(learn(4))
    const context = new Uint8Array(0)
    const change = { expectedId, transition: 'auto' as const, operations: [learn(5)], context }
    const outcome = await cluster.settle(node.changeConfiguration(change, { timeoutMs: 5000 }))
    expect(outcome).toMatchObject({ ok: false, reason: 'stale-configuration' })
  })

  test('not-leader at a follower, with whom to ask; stopped at a stopped one', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    const { node } = cluster.follower()
    const context = new Uint8Array(0)
    const change = { expectedId: 0, transition: 'auto' as const, operations: [learn(4)], context }
    const refused = { ok: false, reason: 'not-leader', leader: leader.id }
    expect(await node.changeConfiguration(change, { timeoutMs: 1000 })).toEqual(refused)
    await cluster.settle(node.stop())
    const stopped = { ok: false, reason: 'stopped' }
    expect(await node.changeConfiguration(change, { timeoutMs: 1000 })).toMatchObject(stopped)
    expect(await node.transferLeadership(2, { timeoutMs: 1000 })).toMatchObject(stopped)
  })

  test('unknown-outcome: it is in the log of a leader that is cut off', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    cluster.network.isolate(leader.id)
    const change = {
      expectedId: 0,
      transition: 'auto' as const,
      operations: [learn(4)],
      context: new Uint8Array(0),
    }
    const outcome = leader.node.changeConfiguration(change, { timeoutMs: 300 })
    expect(await cluster.settle(outcome)).toMatchObject({ reason: 'unknown-outcome' })
  })
})

describe('handing the leadership over', () => {
  test('resolves when the target leads, at once', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    const to = cluster.follower().id
    const startedMs = cluster.clock.nowMs()
    const outcome = await cluster.settle(leader.node.transferLeadership(to, { timeoutMs: 5000 }))
    expect(outcome).toEqual({ ok: true, leader: to, term: 2 })
    expect(cluster.clock.nowMs() - startedMs).toBeLessThan(200)
    expect(leader.node.metrics.transfers.ok).toBe(1)
  })

  test('aborted: the target is gone and this member leads on', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    const to = cluster.follower().id
    cluster.network.isolate(to)
    const outcome = await cluster.settle(leader.node.transferLeadership(to, { timeoutMs: 9000 }))
    expect(outcome).toEqual({ ok: false, reason: 'aborted', leader: leader.id })
    expect(await cluster.propose(leader.id, 'a')).toMatchObject({ ok: true })
  })

  test('expired before the core has given up', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    const to = cluster.follower().id
    cluster.network.isolate(to)
    const outcome = await cluster.settle(leader.node.transferLeadership(to, { timeoutMs: 200 }))
    expect(outcome).toMatchObject({ ok: false, reason: 'expired' })
  })

  test.each([
    ['not-voter', 9],
    ['self', undefined],
  ] as const)('%s', async (reason, to) => {
    await started({ voters: 3 })
    const { id, node } = await cluster.elect()
    const outcome = await node.transferLeadership(to ?? id, { timeoutMs: 1000 })
    expect(outcome).toEqual({ ok: false, reason, leader: id })
  })

  test('a follower that forgets its leader hears it again', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    const { node } = cluster.follower()
    expect(node.forgetLeader()).toEqual({ ok: true })
    expect(node.leadership().leader).toBe(0)
    expect(node.forgetLeader()).toEqual({ ok: false, reason: 'no-leader' })
    await cluster.clock.advance(300)
    expect(node.leadership().leader).toBe(leader.id)
    expect(leader.node.forgetLeader()).toEqual({ ok: false, reason: 'not-follower' })
    await cluster.settle(node.stop())
    expect(node.forgetLeader()).toEqual({ ok: false, reason: 'stopped' })
  })
})

describe('design 4.12: an early election', () => {
  const failover = async (end: (id: number) => void): Promise<number> => {
    const leader = await cluster.elect()
    await cluster.clock.advance(2000)
    end(leader.id)
    const startedMs = cluster.clock.nowMs()
    const left = [1, 2, 3].filter((id) => id !== leader.id)
    await cluster.elect(left)
    return cluster.clock.nowMs() - startedMs
  }

  test.each(['a', 'b', 'c', 'd', 'e'])(
    'a leader whose host refuses connections is followed within few heartbeats: %s',
    async (seed) => {
      await started({ voters: 3, seed })
      const tookMs = await failover((id) => cluster.kill(id))
      // Heartbeats are 100 ms apart, an election timeout is 1000 … 1950 ms.
      expect(tookMs).toBeLessThan(900)
      const suspicions = [...cluster.members.values()].map(
        ({ node }) => node.metrics.leaderSuspicions,
      )
      expect(suspicions.reduce((sum, count) => sum + count)).toBeGreaterThan(0)
    },
  )

  test('a silent leader is followed after an election timeout', async () => {
    await started({ voters: 3 })
    expect(await failover((id) => void cluster.crash(id))).toBeGreaterThan(900)
  })

  test('a reset connection to a leader that lives changes nothing', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    for (const id of [1, 2, 3]) if (id !== leader.id) cluster.network.reset(leader.id, id)
    await cluster.clock.advance(5000)
    expect(cluster.leader).toBe(leader)
    expect(leader.node.leadership().term).toBe(1)
  })

  test('a follower that is gone is suspected of nothing', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    cluster.kill(cluster.follower().id)
    await cluster.clock.advance(5000)
    expect(cluster.leader).toBe(leader)
    expect(leader.node.leadership().term).toBe(1)
    expect(leader.node.metrics.connectionsRefused).toBe(1)
  })
})
