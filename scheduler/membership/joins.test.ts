// Hosts that come, go, lose their disks and come back, while the leader's work decides about them.
import { afterEach, describe, expect, test } from 'vitest'
import { minuteMs, secondMs } from '../../base/index.ts'
import { isJoint } from '../../raft/index.ts'
import {
  encodeChangeContext,
  joinTable,
  memberTable,
  removedMemberTable,
} from '../replication/index.ts'
import { JoinCluster } from './join-cluster.suite.ts'

let cluster = new JoinCluster()

afterEach(async () => {
  await cluster.end()
  cluster = new JoinCluster()
})

describe('a new host', () => {
  test('J01 J02 is admitted once, becomes a voter by itself and leaves no join behind', async () => {
    await cluster.start()
    expect(await cluster.ask('s4')).toBe(0)
    expect(await cluster.ask('s4', { isSame: true })).toBe(0)
    expect(await cluster.admitted(cluster.host('s4'))).toBe(4)
    expect(await cluster.ask('s4', { isSame: true })).toBe(4)
    await cluster.run('s4')
    await cluster.untilRoles(['s1', 's2', 's3', 's4'])
    await cluster.converge()
    const { reader } = cluster.host('s4').member!.state
    expect(reader.count(joinTable)).toBe(0)
    expect(cluster.leader!.metrics).toMatchObject({ promotions: 1, ghostCleanups: 0 })
    expect(cluster.leader!.metrics.durationSumMs).toBeGreaterThan(0)
  })

  test('grows a group of one to three and five', async () => {
    await cluster.start(1)
    for (const hostId of ['s2', 's3', 's4', 's5']) {
      expect(typeof (await cluster.join(hostId))).toBe('number')
      await cluster.until(() => cluster.roles().voters.includes(hostId))
    }
    await cluster.untilRoles(['s1', 's2', 's3', 's4', 's5'])
    await cluster.converge()
  })

  test('stays a learner when it asks to, whatever time passes', async () => {
    await cluster.start(1)
    expect(await cluster.join('s2', { isLearner: true })).toBe(2)
    await cluster.until(
      () => cluster.leader!.state.reader.get(joinTable, cluster.host('s2').incarnation)!.hasActed,
    )
    await cluster.clock.advance(11 * minuteMs)
    expect(cluster.roles()).toEqual({ voters: ['s1'], learners: ['s2'] })
  })

  test('J03 is admitted by the next leader when the first dies before it could', async () => {
    await cluster.start()
    const first = cluster.leader!.host.hostId
    cluster.deaf.add('s4:8003')
    expect(await cluster.ask('s4')).toBe(0)
    cluster.crash(first)
    cluster.deaf.clear()
    await cluster.until(() => cluster.leader !== undefined)
    expect(cluster.leader!.host.hostId).not.toBe(first)
    expect(await cluster.admitted(cluster.host('s4'))).toBe(4)
    await cluster.run('s4')
    await cluster.until(() => cluster.roles().voters.includes('s4'))
  })

  test('J04 that dies once it is admitted asks again and gets the same id', async () => {
    await cluster.start()
    await cluster.ask('s4')
    expect(await cluster.admitted(cluster.host('s4'))).toBe(4)
    await cluster.clock.advance(20 * secondMs)
    expect(await cluster.ask('s4', { isSame: true })).toBe(4)
    await cluster.run('s4')
    await cluster.untilRoles(['s1', 's2', 's3', 's4'])
  })

  test('that nobody reaches is given up after a while', async () => {
    await cluster.start(1)
    cluster.deaf.add('s4:8003')
    expect(await cluster.ask('s4')).toBe(0)
    const { reader } = cluster.leader!.state
    await cluster.clock.advance(9 * minuteMs)
    expect(reader.count(joinTable)).toBe(1)
    await cluster.until(() => reader.count(joinTable) === 0, 2 * minuteMs)
    expect(cluster.leader!.metrics.results.get('unreachable')).toBe(1)
  })
})

describe('a host that lost its disk', () => {
  test.each(['a follower', 'the leader'])(
    'J09 %s is a voter again by itself, in the place of its old replica',
    async (who) => {
      await cluster.start()
      const leader = cluster.leader!.host.hostId
      const hostId = who === 'the leader' ? leader : ['s1', 's2', 's3'].find((s) => s !== leader)!
      const oldId = cluster.host(hostId).member!.id
      cluster.wipe(hostId)
      await cluster.until(() => cluster.leader !== undefined)
      expect(await cluster.join(hostId)).toBe(4)
      await cluster.until(() => cluster.roles().learners.length === 0)
      await cluster.until(() => !isJoint(cluster.leader!.state.configuration()))
      await cluster.untilRoles(['s1', 's2', 's3'])
      await cluster.converge()
      const { reader } = cluster.leader!.state
      expect(reader.get(removedMemberTable, oldId)).toMatchObject({ reason: 'replaced' })
      expect(reader.get(memberTable, 4)).toMatchObject({ hostId, role: 'voter' })
    },
  )

  test('J09 right after its promotion comes back the same way', async () => {
    await cluster.start()
    cluster.wipe('s3')
    await cluster.until(() => cluster.leader !== undefined)
    await cluster.join('s3')
    await cluster.until(
      () =>
        cluster.roles().voters.filter((s) => s === 's3').length === 1 &&
        cluster.leader!.state.reader.get(memberTable, 4)?.role === 'voter',
    )
    cluster.wipe('s3')
    await cluster.until(() => cluster.leader !== undefined)
    expect(await cluster.join('s3')).toBe(5)
    await cluster.until(() => cluster.leader?.state.reader.get(memberTable, 5)?.role === 'voter')
    await cluster.until(() => !isJoint(cluster.leader!.state.configuration()))
    await cluster.untilRoles(['s1', 's2', 's3'])
    await cluster.converge()
  })

  test('J08 a second time while it loads: the old learner goes, voters are not touched', async () => {
    await cluster.start()
    await cluster.join('s4')
    expect(cluster.roles()).toEqual({ voters: ['s1', 's2', 's3'], learners: ['s4'] })
    cluster.wipe('s4')
    expect(await cluster.join('s4')).toBe(5)
    const { reader } = cluster.leader!.state
    expect(reader.get(removedMemberTable, 4)).toMatchObject({ reason: 'ghost' })
    expect(cluster.leader!.metrics.ghostCleanups).toBe(1)
    await cluster.untilRoles(['s1', 's2', 's3', 's4'])
  })

  test('J26 is not admitted as the incarnation that has acknowledged entries', async () => {
    await cluster.start()
    await cluster.join('s4')
    const { incarnation } = cluster.host('s4')
    await cluster.until(
      () => cluster.leader!.state.reader.get(joinTable, incarnation)?.hasActed !== false,
    )
    cluster.crash('s4')
    expect(await cluster.ask('s4', { isSame: true })).toBe('incarnation-burned')
    expect(await cluster.join('s4')).toBe(5)
    await cluster.untilRoles(['s1', 's2', 's3', 's4'])
  })

  test('J08 and never comes back while it loads is cleared away', async () => {
    await cluster.start()
    await cluster.join('s4')
    cluster.crash('s4')
    cluster.host('s4').incarnation = ''
    await cluster.until(() => cluster.roles().learners.length === 0, 6 * minuteMs)
    const { reader } = cluster.leader!.state
    expect(reader.get(removedMemberTable, 4)).toMatchObject({ reason: 'ghost' })
    expect(cluster.roles().voters).toHaveLength(3)
  })

  test('T9 and whose join was given up while it was admitted is cleared away', async () => {
    await cluster.start()
    const { node, state, metrics } = cluster.leader!
    const details = { replicaId: 4, incarnation: '9'.repeat(32), hostId: 's4', raftAddress: 's4:1' }
    const made = node.changeConfiguration(
      {
        expectedId: node.configuration().id,
        transition: 'auto',
        operations: [{ op: 'add-learner', id: 4 }],
        context: encodeChangeContext([details]),
      },
      { timeoutMs: 5 * secondMs },
    )
    expect(await cluster.settled(made)).toMatchObject({ ok: true, result: { ok: true } })
    expect(cluster.roles().learners).toEqual(['s4'])
    await cluster.until(() => cluster.roles().learners.length === 0, 6 * minuteMs)
    expect(state.reader.get(removedMemberTable, 4)).toMatchObject({ reason: 'ghost' })
    expect(metrics.ghostCleanups).toBe(1)
  })

  test('J19 too often is told to wait, and the members stay as they are', async () => {
    await cluster.start()
    const results: unknown[] = []
    for (let n = 0; n < 10; n += 1) {
      if (cluster.host('s4').member !== undefined) cluster.wipe('s4')
      results.push(await cluster.join('s4'))
      expect(cluster.roles().voters).toEqual(['s1', 's2', 's3'])
      expect(cluster.roles().learners.length).toBeLessThan(2)
    }
    expect(results.filter((result) => typeof result === 'number')).toHaveLength(3)
    expect(new Set(results.slice(3))).toEqual(new Set(['rate-limited']))
  })
})

describe('R-22.1 a replica whose state differs from the majority', () => {
  test('is told to stop, and its host comes back in its place', async () => {
    await cluster.start()
    const leader = cluster.leader!
    const victim = cluster.members.find(({ id }) => id !== leader.id)!
    leader.joins.outvoted([victim.id])
    await cluster.until(() => cluster.diverged.length === 1)
    expect(cluster.diverged).toEqual([victim.id])
    await cluster.until(() => cluster.leader !== undefined)
    expect(cluster.roles().voters).toHaveLength(3)
    expect(await cluster.join(victim.host.hostId)).toBe(4)
    await cluster.until(() => cluster.leader?.state.reader.get(memberTable, 4)?.role === 'voter')
    await cluster.untilRoles(['s1', 's2', 's3'])
    await cluster.converge()
  })

  test('goes on where the others would be no quorum without it', async () => {
    await cluster.start()
    const leader = cluster.leader!
    const [first, second] = cluster.members.filter(({ id }) => id !== leader.id)
    cluster.crash(first!.host.hostId)
    await cluster.clock.advance(2 * secondMs)
    leader.joins.outvoted([second!.id])
    await cluster.clock.advance(20 * secondMs)
    expect(cluster.diverged).toEqual([])
    expect(cluster.leader).toBe(leader)
  })

  test('one by one: of two that differ the second goes on while the first is away', async () => {
    await cluster.start(5)
    const leader = cluster.leader!
    const [down, ...others] = cluster.members.filter(({ id }) => id !== leader.id)
    cluster.crash(down!.host.hostId)
    await cluster.clock.advance(2 * secondMs)
    const [first, second] = others
    leader.joins.outvoted([first!.id, second!.id])
    await cluster.clock.advance(20 * secondMs)
    expect(cluster.diverged).toEqual([first!.id])
    expect(cluster.leader).toBe(leader)
    await cluster.join(first!.host.hostId)
    await cluster.until(() => cluster.diverged.length === 2)
    expect(cluster.diverged).toEqual([first!.id, second!.id])
    await cluster.join(second!.host.hostId)
    await cluster.untilRoles(['s1', 's2', 's3', 's4', 's5'])
  })

  test('is taken out when it is a learner, and may come back', async () => {
    await cluster.start()
    await cluster.join('s4', { isLearner: true })
    const { incarnation } = cluster.host('s4')
    const { reader } = cluster.leader!.state
    await cluster.until(() => reader.get(joinTable, incarnation)!.hasActed)
    cluster.leader!.joins.outvoted([4])
    await cluster.until(() => cluster.roles().learners.length === 0)
    expect(reader.get(removedMemberTable, 4)?.reason).toBe('corrupt')
    await cluster.until(() => cluster.removed.includes(4))
    expect(await cluster.ask('s4')).toBe(0)
  })
})

describe('two hosts by one name', () => {
  test('J24 the second is refused while the first is a member', async () => {
    await cluster.start()
    const twin = cluster.host('s3b')
    cluster.hosts.set('s3b', { ...twin, hostId: 's3' })
    expect(await cluster.join('s3b')).toBe('host-id-in-use')
    expect(cluster.roles()).toEqual({ voters: ['s1', 's2', 's3'], learners: [] })
  })

  test('J11 the second takes over when the first was silent for long, which then stays out', async () => {
    await cluster.start()
    await cluster.until(() => cluster.leader !== undefined)
    const lost = ['s1', 's2', 's3'].find((s) => s !== cluster.leader!.host.hostId)!
    const id = cluster.host(lost).member!.id
    cluster.cutOff(lost)
    const twin = cluster.host('twin')
    cluster.hosts.set('twin', { ...twin, hostId: lost })
    await cluster.clock.advance(10 * secondMs)
    expect(await cluster.ask('twin')).toBe(0)
    await cluster.clock.advance(15 * secondMs)
    expect(cluster.roles().learners).toEqual([])
    expect(await cluster.admitted(cluster.host('twin'))).toBe(4)
    await cluster.run('twin')
    await cluster.until(() => cluster.leader?.state.reader.get(memberTable, 4)?.role === 'voter')
    await cluster.until(() => cluster.leader?.state.reader.get(memberTable, id) === undefined)
    const { term } = cluster.leader!.node.status()
    cluster.heal()
    await cluster.until(() => cluster.removed.includes(id))
    expect(cluster.leader!.node.status().term).toBe(term)
  })

  test('a host that is named as replaced makes way when it is silent', async () => {
    await cluster.start()
    const lost = ['s1', 's2', 's3'].find((s) => s !== cluster.leader!.host.hostId)!
    await cluster.makeToken('s9')
    expect(await cluster.join('s9', { replaces: lost })).toBe('host-id-in-use')
    cluster.crash(lost)
    cluster.host(lost).incarnation = ''
    await cluster.clock.advance(35 * secondMs)
    expect(typeof (await cluster.join('s9', { replaces: lost }))).toBe('number')
    const staying = ['s1', 's2', 's3'].filter((s) => s !== lost)
    await cluster.untilRoles([...staying, 's9'])
  })
})

describe('while other things happen', () => {
  test('J10 the next leader ends a joint change that the first did not', async () => {
    await cluster.start(5)
    const everybody = ['s1', 's2', 's3', 's4', 's5']
    const victim = everybody.find((s) => s !== cluster.leader!.host.hostId)!
    cluster.wipe(victim)
    await cluster.join(victim)
    await cluster.until(() => cluster.members.some(({ state }) => isJoint(state.configuration())))
    const first = cluster.leader!.host.hostId
    const remains = cluster.crash(first)
    await cluster.until(() => cluster.leader !== undefined)
    expect(cluster.leader!.host.hostId).not.toBe(first)
    await cluster.until(() => cluster.roles().voters.length === 5)
    expect(isJoint(cluster.leader!.state.configuration())).toBe(false)
    await cluster.restart(first, remains)
    await cluster.untilRoles(everybody)
    await cluster.converge()
  })

  test('J20 a join waits for a transfer and for other changes, and nobody hears of it', async () => {
    await cluster.start()
    const first = cluster.leader!
    const to = cluster.members.find(({ id }) => id !== first.id)!
    const moved = first.node.transferLeadership(to.id, { timeoutMs: 5000 })
    const joined = cluster.join('s4')
    expect(await cluster.settled(moved)).toMatchObject({ ok: true })
    expect(await joined).toBe(4)
    await cluster.untilRoles(['s1', 's2', 's3', 's4'])
  })

  test('J23 an hour in which nothing ran expires no join and clears nobody away', async () => {
    await cluster.start()
    cluster.deaf.add('s5:8003')
    await cluster.join('s4')
    expect(await cluster.ask('s5')).toBe(0)
    await cluster.clock.jump(60 * minuteMs)
    cluster.deaf.clear()
    expect(await cluster.admitted(cluster.host('s5'))).toBe(5)
    await cluster.run('s5')
    await cluster.untilRoles(['s1', 's2', 's3', 's4', 's5'])
    for (const { metrics } of cluster.members) expect(metrics.ghostCleanups).toBe(0)
  })

  test('two hosts at once both become voters', async () => {
    await cluster.start()
    expect(await cluster.ask('s4')).toBe(0)
    expect(await cluster.ask('s5')).toBe(0)
    expect(await cluster.ask('s6')).toBe('too-many-joins')
    await cluster.admitted(cluster.host('s4'))
    await cluster.run('s4')
    await cluster.admitted(cluster.host('s5'))
    await cluster.run('s5')
    await cluster.untilRoles(['s1', 's2', 's3', 's4', 's5'])
    await cluster.converge()
  })

  test('J25 a removed replica that comes back late is told so and disturbs nobody', async () => {
    await cluster.start()
    const victim = ['s1', 's2', 's3'].find((s) => s !== cluster.leader!.host.hostId)!
    const old = cluster.crash(victim)
    cluster.host(victim).incarnation = ''
    await cluster.join(victim)
    await cluster.until(() => cluster.leader?.state.reader.get(memberTable, 4)?.role === 'voter')
    await cluster.until(() => cluster.leader?.state.reader.get(memberTable, old.id) === undefined)
    const { term } = cluster.leader!.node.status()
    const ghost = cluster.host('ghost')
    await cluster.restart('ghost', old)
    await cluster.until(() => cluster.removed.includes(old.id))
    expect(ghost.member).toBeUndefined()
    expect(cluster.leader!.node.status().term).toBe(term)
    await cluster.converge()
  })
})
