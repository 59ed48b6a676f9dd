// Clusters of replicas in virtual time: what callers of RaftNode may rely on.
import { afterEach, describe, expect, test } from 'vitest'
import { CodedError } from '../../base/index.ts'
import { entryDataBytesMax } from '../core/entry.ts'
import { bytesOf, Cluster } from './cluster.suite.ts'
import { commitNoticePauseMs } from './commit-notices.ts'
import { applyMsPerTurnMax, proposalsMax } from './limits.ts'

let cluster: Cluster

afterEach(async () => {
  await cluster.stop()
})

async function started(options: ConstructorParameters<typeof Cluster>[0]): Promise<Cluster> {
  cluster = new Cluster(options)
  await cluster.start()
  return cluster
}

describe('a healthy cluster', () => {
  test('elects one leader, and everybody applies what it is given', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    expect(await cluster.propose(leader.id, 'a')).toMatchObject({ ok: true, result: 1 })
    expect(await cluster.converge()).toEqual(['a'])
    expect(leader.node.metrics.electionsWon).toBe(1)
  })

  test('takes proposals at any member and answers from that member, in order', async () => {
    await started({ voters: 3 })
    await cluster.elect()
    const follower = cluster.follower()
    const names = Array.from({ length: 500 }, (_, i) => `p${i}`)
    const outcomes = await cluster.settle(
      Promise.all(names.map((name) => follower.node.propose(bytesOf(name), { timeoutMs: 5000 }))),
    )
    expect(outcomes.every(({ ok }) => ok)).toBe(true)
    // The result is what the follower's own state machine said, so it has applied it.
    expect(follower.machine.applied).toEqual(names)
    expect(outcomes.map((outcome) => outcome.ok && outcome.result)).toEqual(
      names.map((_, i) => i + 1),
    )
    expect(await cluster.converge()).toEqual(names)
  })

  test('what arrives during a write shares the next ones (group commit)', async () => {
    await started({ voters: 3, syncMs: 20 })
    const leader = await cluster.elect()
    const groupsBefore = leader.node.metrics.appendGroups
    const proposals = Array.from({ length: 1000 }, (_, i) =>
      leader.node.propose(bytesOf(`${i}`), { timeoutMs: 5000 }),
    )
    const outcomes = await cluster.settle(Promise.all(proposals))
    expect(outcomes.every(({ ok }) => ok)).toBe(true)
    expect(leader.node.metrics.appendGroups - groupsBefore).toBeLessThan(20)
    expect(leader.node.metrics.appendEntries).toBe(1001)
  })

  test('entries take commit indexes along; whoever waits for one hears it without a pause', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    await cluster.clock.advance(1000)
    const before = leader.node.metrics.messagesSent
    const startMs = cluster.clock.nowMs()
    for (let i = 0; i < 20; i += 1) await cluster.propose(leader.id, `p${i}`)
    const heartbeats = 2 * (1 + Math.ceil((cluster.clock.nowMs() - startMs) / 100))
    // One append to each follower, and no other one for the commit index alone.
    expect(leader.node.metrics.messagesSent - before).toBeLessThanOrEqual(2 * 20 + heartbeats)
    expect(await cluster.converge()).toHaveLength(20)
    const follower = cluster.follower()
    const askedMs = cluster.clock.nowMs()
    await cluster.propose(follower.id, 'own')
    // There and back twice, a millisecond each way, and two writes.
    expect(cluster.clock.nowMs() - askedMs).toBeLessThanOrEqual(6)
    await cluster.propose(leader.id, 'other')
    const readMs = cluster.clock.nowMs()
    expect(await cluster.read(follower.id)).toMatchObject({ ok: true })
    expect(follower.machine.applied.at(-1)).toBe('other')
    expect(cluster.clock.nowMs() - readMs).toBeLessThanOrEqual(commitNoticePauseMs)
  })

  test('a follower acknowledges entries before it applies those before them', async () => {
    await started({ voters: 3, syncMs: 20 })
    const leader = await cluster.elect()
    await cluster.clock.advance(1000)
    await cluster.propose(leader.id, 'a')
    const second = leader.node.propose(bytesOf('b'), { timeoutMs: 5000 })
    const followers = [...cluster.members.values()].filter(({ id }) => id !== leader.id)
    const isTaken = (): boolean => followers.every(({ node }) => node.commitIndex === 2)
    expect(await cluster.clock.advanceUntil(isTaken, 3), 'b has come, and tells of a').toBe(true)
    expect(followers.map(({ machine }) => machine.applied)).toEqual([[], []])
    await cluster.clock.advance(20)
    expect(followers.map(({ machine }) => machine.applied)).toEqual([['a'], ['a']])
    expect(await cluster.settle(second)).toMatchObject({ ok: true })
  })

  test('a follower whose disk is slow applies within a tick all the same', async () => {
    await started({ voters: 3, syncMs: 300 })
    const leader = await cluster.elect()
    await cluster.clock.advance(1000)
    await cluster.propose(leader.id, 'a')
    const second = leader.node.propose(bytesOf('b'), { timeoutMs: 5000 })
    const follower = cluster.follower()
    const isApplied = (): boolean => follower.machine.applied.length > 0
    // A millisecond on the way, and a tick of 50.
    expect(await cluster.clock.advanceUntil(isApplied, 53)).toBe(true)
    expect(await cluster.settle(second)).toMatchObject({ ok: true })
  })

  test('stamps what it appends on the leader, its own and what was forwarded', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    for (const { machine, id } of cluster.members.values()) machine.stampByte = 48 + id
    await cluster.propose(leader.id, 'x-own')
    await cluster.propose(cluster.follower().id, 'x-forwarded')
    expect(await cluster.converge()).toEqual([`${leader.id}-own`, `${leader.id}-forwarded`])
  })

  test('tells listeners about every change until they have had enough', async () => {
    cluster = new Cluster({ voters: 3 })
    const heard: number[] = []
    const forget = cluster.node(1).onChange(({ leader }) => heard.push(leader))
    await cluster.start()
    const leader = await cluster.elect()
    expect(heard.at(-1)).toBe(leader.id)
    expect(cluster.node(1).leadership().leader).toBe(leader.id)
    forget()
    const count = heard.length
    cluster.crash(leader.id)
    await cluster.elect([1, 2, 3].filter((id) => id !== leader.id))
    expect(heard).toHaveLength(count)
  })

  test('knows how long ago it heard its leader and the other members', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    const follower = cluster.follower()
    await cluster.clock.advance(1000)
    expect(leader.node.status().leaderContactAgeMs).toBeLessThanOrEqual(200)
    expect(follower.node.status().leaderContactAgeMs).toBeLessThanOrEqual(200)
    expect(leader.node.contactAgeMs(follower.id)).toBeLessThanOrEqual(200)
    expect(leader.node.contactAgeMs(99)).toBeUndefined()
    cluster.network.isolate(follower.id)
    await cluster.clock.advance(5000)
    expect(follower.node.status().leaderContactAgeMs).toBeGreaterThan(4000)
    expect(leader.node.contactAgeMs(follower.id)).toBeGreaterThan(4000)
    expect(leader.node.status().leaderContactAgeMs).toBeLessThanOrEqual(200)
  })

  test('a leader cut off from its majority counts the time since it last heard it', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    cluster.network.isolate(leader.id)
    await cluster.clock.advance(900)
    expect(leader.node.status().leaderContactAgeMs).toBeGreaterThan(700)
    await cluster.clock.advance(4000)
    expect(leader.node.leadership().role).not.toBe('leader')
    expect(leader.node.status().leaderContactAgeMs).toBeGreaterThan(4700)
  })
})

test('a cluster of one leads at once and serves', async () => {
  await started({ voters: 1 })
  await cluster.clock.advance(200)
  expect(await cluster.propose(1, 'a')).toMatchObject({ ok: true, result: 1 })
  expect(await cluster.read(1)).toMatchObject({ ok: true })
})

test('B04 a cluster of one that restarts reads everything it had acknowledged', async () => {
  await started({ voters: 1 })
  const outcome = await cluster.propose(1, 'a')
  cluster.crash(1)
  const { machine } = await cluster.restart(1)
  const read = await cluster.read(1)
  expect(read.ok && outcome.ok && read.index).toBeGreaterThanOrEqual(outcome.ok ? outcome.index : 0)
  expect(machine.applied).toEqual(['a'])
})

describe('failures', () => {
  test('R-1.1 R-1.2 votes and acknowledgements leave once they are durable', async () => {
    cluster = new Cluster({ voters: 3, syncMs: 40 })
    const promises = { votes: 0, acknowledgements: 0 }
    cluster.network.setFilter((message) => {
      const { hardState, entries } = cluster.member(message.from).log.contents
      if (message.type === 'vote-reply' && message.granted) {
        promises.votes += 1
        expect(hardState).toMatchObject({ term: message.term, votedFor: message.to })
      } else if (message.type === 'append-reply' && !message.rejected && message.index > 0) {
        promises.acknowledgements += 1
        expect(entries.at(-1)?.index ?? 0).toBeGreaterThanOrEqual(message.index)
      }
      return true
    })
    await cluster.start()
    const leader = await cluster.elect()
    for (let i = 0; i < 10; i += 1) await cluster.propose(leader.id, `a${i}`)
    expect(promises.votes).toBeGreaterThanOrEqual(1)
    expect(promises.acknowledgements).toBeGreaterThanOrEqual(11)
  })

  test('a member the transport cannot reach is probed until it is back', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    const away = cluster.follower()
    const stateOf = (id: number) =>
      leader.node.status().progress.find((progress) => progress.id === id)?.state
    await cluster.clock.advance(500)
    expect(stateOf(away.id)).toBe('replicate')
    cluster.crash(away.id)
    cluster.network.remove(away.id)
    await cluster.propose(leader.id, 'a')
    expect(stateOf(away.id)).toBe('probe')
    await cluster.restart(away.id)
    await cluster.propose(leader.id, 'b')
    expect(await cluster.converge()).toEqual(['a', 'b'])
    await cluster.clock.advance(500)
    expect(stateOf(away.id)).toBe('replicate')
  })

  test('the leader dies: the others go on, and it catches up when it is back', async () => {
    await started({ voters: 3 })
    const first = await cluster.elect()
    await cluster.propose(first.id, 'a')
    cluster.crash(first.id)
    const others = [1, 2, 3].filter((id) => id !== first.id)
    const second = await cluster.elect(others)
    expect(second.id).not.toBe(first.id)
    for (let i = 0; i < 100; i += 1) {
      expect(await cluster.propose(others[i % 2]!, `b${i}`)).toMatchObject({ ok: true })
    }
    await cluster.restart(first.id)
    const list = await cluster.converge()
    expect(list).toHaveLength(101)
    expect(list[0]).toBe('a')
  })

  test('all die at once: what was acknowledged is there after the restart', async () => {
    await started({ voters: 3, syncMs: 7 })
    const leader = await cluster.elect()
    for (let i = 0; i < 20; i += 1) await cluster.propose(leader.id, `a${i}`)
    void leader.node.propose(bytesOf('perhaps'), { timeoutMs: 5000 })
    await cluster.clock.advance(3)
    for (const id of [1, 2, 3]) cluster.crash(id)
    for (const id of [1, 2, 3]) await cluster.restart(id)
    await cluster.elect()
    const list = await cluster.converge()
    expect(list.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, i) => `a${i}`))
  })

  test('R-2.2 B05 a state ahead of the stored commit index goes on where it was', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    for (const text of ['a', 'b', 'c']) await cluster.propose(leader.id, text)
    const follower = cluster.follower()
    await cluster.converge()
    const { machine } = follower
    const contents = cluster.crash(follower.id)
    expect(contents.hardState.commit).toBeLessThan(machine.indexes.at(-1)!)
    await cluster.restart(follower.id, { machine })
    await cluster.propose(leader.id, 'd')
    expect(await cluster.converge()).toEqual(['a', 'b', 'c', 'd'])
    // Nothing was applied twice, nothing left out.
    const { indexes } = cluster.member(follower.id).machine
    expect(indexes).toEqual(indexes.map((_, i) => i + 1))
  })

  test('R-3.3 a paused leader hears the others before its timers end', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    await cluster.clock.jump(60_000)
    await cluster.clock.advance(50)
    expect([...cluster.members.values()].map(({ node }) => node.gauges().stalls)).toEqual([1, 1, 1])
    await cluster.clock.advance(5000)
    expect(cluster.leader?.id).toBe(leader.id)
    expect(cluster.node(leader.id).status().term).toBe(1)
  })
})

describe('proposals that are not applied say why', () => {
  test('too-large: more than entryDataBytesMax, exactly that much passes', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    const biggest = new Uint8Array(entryDataBytesMax)
    const tooBig = new Uint8Array(entryDataBytesMax + 1)
    const propose = (id: number, data: Uint8Array) =>
      cluster.settle(cluster.node(id).propose(data, { timeoutMs: 5000 }))
    for (const id of [leader.id, cluster.follower().id]) {
      expect(await propose(id, tooBig)).toEqual({ ok: false, reason: 'too-large' })
      expect(await propose(id, biggest)).toMatchObject({ ok: true })
    }
  })

  test('overloaded: the state machine cannot take more, here or on the leader', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    leader.machine.isFull = true
    const refused = { ok: false, reason: 'overloaded' }
    expect(await cluster.propose(leader.id, 'a')).toEqual(refused)
    expect(await cluster.propose(cluster.follower().id, 'a')).toEqual(refused)
    leader.machine.isFull = false
    expect(await cluster.propose(leader.id, 'a')).toMatchObject({ ok: true })
    const follower = cluster.follower()
    follower.machine.isFull = true
    expect(await cluster.propose(follower.id, 'b')).toEqual(refused)
  })

  test('R-7.1 R-7.2 overloaded: more than proposalsMax wait', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    cluster.network.isolate(leader.id)
    const waiting = Array.from({ length: proposalsMax }, () =>
      leader.node.propose(bytesOf('a'), { timeoutMs: 500 }),
    )
    expect(await cluster.propose(leader.id, 'a')).toEqual({ ok: false, reason: 'overloaded' })
    const { proposalsQueued, proposalsInLog } = leader.node.gauges()
    expect(proposalsQueued + proposalsInLog).toBe(proposalsMax)
    const outcomes = await cluster.settle(Promise.all(waiting))
    expect(outcomes.every(({ ok }) => !ok)).toBe(true)
    expect(leader.node.gauges()).toMatchObject({
      proposalsQueued: 0,
      proposalsInLog: 0,
      proposalBytes: 0,
    })
  })

  test('expired before it entered the log; unknown-outcome after', async () => {
    await started({ voters: 3, member: { uncommittedBytesMax: 1000 } })
    const leader = await cluster.elect()
    cluster.network.isolate(leader.id)
    const inLog = leader.node.propose(new Uint8Array(900), { timeoutMs: 300 })
    const behind = leader.node.propose(new Uint8Array(900), { timeoutMs: 300 })
    expect(await cluster.settle(Promise.all([inLog, behind]))).toEqual([
      { ok: false, reason: 'unknown-outcome' },
      { ok: false, reason: 'expired' },
    ])
    expect(leader.node.metrics.proposals).toMatchObject({ 'unknown-outcome': 1, expired: 1 })
  })

  test('a full log is no refusal for those who can wait', async () => {
    await started({ voters: 3, member: { uncommittedBytesMax: 1000 } })
    const leader = await cluster.elect()
    const proposals = Array.from({ length: 10 }, () =>
      leader.node.propose(new Uint8Array(900), { timeoutMs: 5000 }),
    )
    const outcomes = await cluster.settle(Promise.all(proposals))
    expect(outcomes.map((outcome) => outcome.ok && outcome.result)).toEqual(
      outcomes.map((_, i) => i + 1),
    )
  })

  test('not-leader with leader 0: nobody leads in time', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    const follower = cluster.follower()
    cluster.network.isolate(follower.id)
    await cluster.clock.advance(5000)
    const nobody = { ok: false, reason: 'not-leader', leader: 0 }
    expect(await cluster.propose(follower.id, 'a', 400)).toEqual(nobody)
    expect(await cluster.read(follower.id, 400)).toEqual(nobody)
    cluster.network.heal()
    expect(await cluster.propose(follower.id, 'b')).toMatchObject({ ok: true })
    expect(leader.node.appliedIndex).toBeGreaterThan(0)
    expect(await cluster.converge()).toEqual(['b'])
  })

  test('not-leader: another leader put something else in its place', async () => {
    await started({ voters: 3 })
    const old = await cluster.elect()
    cluster.network.isolate(old.id)
    const lost = old.node.propose(bytesOf('lost'), { timeoutMs: 60_000 })
    const next = await cluster.elect([1, 2, 3].filter((id) => id !== old.id))
    await cluster.propose(next.id, 'kept')
    cluster.network.heal()
    expect(await cluster.settle(lost)).toEqual({
      ok: false,
      reason: 'not-leader',
      leader: next.id,
    })
    expect(await cluster.converge()).toEqual(['kept'])
  })

  test('unknown-outcome: the leader it was forwarded to is gone', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    const follower = cluster.follower()
    cluster.network.setFilter(({ type }) => type !== 'proposal-reply')
    const forwarded = follower.node.propose(bytesOf('a'), { timeoutMs: 60_000 })
    await cluster.clock.advance(5)
    expect(follower.node.gauges().proposalsForwarded).toBe(1)
    cluster.crash(leader.id)
    expect(await cluster.settle(forwarded)).toEqual({ ok: false, reason: 'unknown-outcome' })
  })

  test('unknown-outcome at once: another leader was elected before it answered', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    const follower = cluster.follower()
    cluster.network.setFilter(({ type }) => type !== 'proposal-reply')
    const before = cluster.clock.nowMs()
    const forwarded = follower.node.propose(bytesOf('a'), { timeoutMs: 60_000 })
    await cluster.clock.advance(5)
    const stopping = leader.node.stop()
    expect(await cluster.settle(forwarded)).toEqual({ ok: false, reason: 'unknown-outcome' })
    expect(cluster.clock.nowMs() - before).toBeLessThan(500)
    await cluster.settle(stopping)
  })

  test('unknown-outcome: the answer is lost while the leader lives on', async () => {
    await started({ voters: 3 })
    await cluster.elect()
    const follower = cluster.follower()
    cluster.network.setFilter(({ type }) => type !== 'proposal-reply')
    expect(await cluster.propose(follower.id, 'a', 60_000)).toEqual({
      ok: false,
      reason: 'unknown-outcome',
    })
    expect(await cluster.converge()).toEqual(['a'])
  })

  test('an answer that arrives after the entry was applied still counts', async () => {
    await started({ voters: 3 })
    await cluster.elect()
    const follower = cluster.follower()
    const held: (() => void)[] = []
    cluster.network.setFilter((message) => {
      if (message.type !== 'proposal-reply') return true
      held.push(() => {
        cluster.network.setFilter(undefined)
        cluster.network.deliver(message)
      })
      return false
    })
    const outcome = follower.node.propose(bytesOf('a'), { timeoutMs: 5000 })
    await cluster.clock.advanceUntil(() => follower.machine.applied.length === 1, 500)
    for (const release of held) release()
    expect(await cluster.settle(outcome)).toMatchObject({ ok: true, result: 1 })
  })

  test.each(['not-leader', 'stopped'] as const)(
    'refused as %s by the member it was forwarded to: it waits for the next try, in order',
    async (refusal) => {
      await started({ voters: 3 })
      await cluster.elect()
      const follower = cluster.follower()
      let refusals = 0
      cluster.network.setFilter((message) => {
        if (message.type !== 'proposal' || refusals === 3) return true
        refusals += 1
        cluster.network.deliver({
          type: 'proposal-reply',
          from: message.to,
          to: message.from,
          term: message.term,
          requestId: message.requestId,
          index: 0,
          entryTerm: 0,
          refusal,
          leader: 0,
        })
        return false
      })
      const proposals = ['a', 'b', 'c'].map((text) =>
        follower.node.propose(bytesOf(text), { timeoutMs: 5000 }),
      )
      const outcomes = await cluster.settle(Promise.all(proposals))
      expect(outcomes.map((outcome) => outcome.ok && outcome.result)).toEqual([1, 2, 3])
      expect(refusals).toBe(3)
      expect(await cluster.converge()).toEqual(['a', 'b', 'c'])
    },
  )

  test('R-9.1 an answer to the life before a restart meets no request of this one', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    const follower = cluster.follower()
    const requestIds: number[] = []
    cluster.network.setFilter((message) => {
      if (message.type === 'proposal') requestIds.push(message.requestId)
      return message.type !== 'proposal-reply'
    })
    void follower.node.propose(bytesOf('a'), { timeoutMs: 5000 })
    await cluster.clock.advance(5)
    cluster.crash(follower.id)
    await cluster.restart(follower.id)
    await cluster.converge()
    const { node } = cluster.member(follower.id)
    const outcome = node.propose(bytesOf('b'), { timeoutMs: 5000 })
    await cluster.clock.advance(5)
    expect(requestIds).toHaveLength(2)
    cluster.network.deliver({
      type: 'proposal-reply',
      from: leader.id,
      to: follower.id,
      term: leader.node.leadership().term,
      requestId: requestIds[0]!,
      index: 2,
      entryTerm: 1,
      refusal: undefined,
      leader: leader.id,
    })
    expect(node.gauges().proposalsForwarded).toBe(1)
    expect(await cluster.settle(outcome)).toEqual({ ok: false, reason: 'unknown-outcome' })
  })

  test('a member that does not lead refuses what is forwarded to it', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    const [one, two] = [1, 2, 3].filter((id) => id !== leader.id)
    const replies: unknown[] = []
    cluster.network.setFilter((message) => {
      if (message.type === 'proposal-reply' || message.type === 'read-reply') replies.push(message)
      return true
    })
    const base = { from: one!, to: two!, term: 1, requestId: 7 }
    cluster.network.deliver({ ...base, type: 'proposal', data: bytesOf('a') })
    cluster.network.deliver({ ...base, type: 'read' })
    await cluster.clock.advance(10)
    const refused = { requestId: 7, index: 0, refusal: 'not-leader', leader: leader.id, to: one }
    expect(replies).toMatchObject([
      { ...refused, type: 'proposal-reply' },
      { ...refused, type: 'read-reply' },
    ])
  })

  test('stopped: before the start, and after the stop', async () => {
    cluster = new Cluster({ voters: 3 })
    const stopped = { ok: false, reason: 'stopped' }
    expect(await cluster.propose(1, 'a')).toEqual(stopped)
    expect(await cluster.read(1)).toEqual(stopped)
    await cluster.start()
    const leader = await cluster.elect()
    await cluster.settle(leader.node.stop())
    expect(await cluster.propose(leader.id, 'a')).toEqual(stopped)
    expect(await cluster.read(leader.id)).toEqual(stopped)
  })
})

describe('reads', () => {
  test('R-9.2 any member reads what was acknowledged before it was asked', async () => {
    await started({ voters: 3, delayMs: 3 })
    await cluster.elect()
    for (let i = 0; i < 30; i += 1) {
      const at = (i % 3) + 1
      const written = await cluster.propose(at, `w${i}`)
      const read = await cluster.read(((i + 1) % 3) + 1)
      expect(written.ok && read.ok && read.index >= written.index).toBe(true)
      expect(cluster.member(((i + 1) % 3) + 1).machine.applied).toContain(`w${i}`)
    }
  })

  test('reads that wait together share one round, at the leader and forwarded', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    for (const { node } of [leader, cluster.follower()]) {
      const roundsBefore = node.metrics.readRounds
      const reads = Array.from({ length: 200 }, () => node.readIndex({ timeoutMs: 5000 }))
      const outcomes = await cluster.settle(Promise.all(reads))
      expect(outcomes.every(({ ok }) => ok)).toBe(true)
      expect(node.metrics.readRounds - roundsBefore).toBe(1)
    }
  })

  test('B03 a read never joins a round under way', async () => {
    await started({ voters: 3, delayMs: 10 })
    const leader = await cluster.elect()
    const roundsBefore = leader.node.metrics.readRounds
    const first = leader.node.readIndex({ timeoutMs: 5000 })
    await cluster.clock.advance(15)
    const second = leader.node.readIndex({ timeoutMs: 5000 })
    await cluster.settle(Promise.all([first, second]))
    expect(leader.node.metrics.readRounds - roundsBefore).toBe(2)
  })

  test('B12 R-9.5 a leader that is cut off confirms no read; the next one does', async () => {
    await started({ voters: 3 })
    const old = await cluster.elect()
    cluster.network.isolate(old.id)
    let isDone = false
    const read = old.node.readIndex({ timeoutMs: 60_000 })
    void read.then(() => (isDone = true))
    const next = await cluster.elect([1, 2, 3].filter((id) => id !== old.id))
    await cluster.propose(next.id, 'new')
    expect(isDone).toBe(false)
    cluster.network.heal()
    expect(await cluster.settle(read)).toMatchObject({ ok: true })
    expect(old.machine.applied).toEqual(['new'])
  })

  test('a lost answer is asked for again, under a new id', async () => {
    await started({ voters: 3 })
    await cluster.elect()
    const follower = cluster.follower()
    const ids: number[] = []
    cluster.network.setFilter((message) => {
      if (message.type === 'read') ids.push(message.requestId)
      return message.type !== 'read-reply' || ids.length > 2
    })
    expect(await cluster.read(follower.id)).toMatchObject({ ok: true })
    expect(ids).toHaveLength(3)
    expect(new Set(ids).size).toBe(3)
  })

  test('expired: a leader is known but does not answer in time', async () => {
    await started({ voters: 3 })
    await cluster.elect()
    cluster.network.setFilter(({ type }) => type !== 'read-reply')
    expect(await cluster.read(cluster.follower().id, 700)).toEqual({ ok: false, reason: 'expired' })
  })
})

describe('stopping', () => {
  test('R-10.1 a leader hands over before it goes, without an election timeout', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    const before = cluster.clock.nowMs()
    await cluster.settle(leader.node.stop())
    const next = await cluster.elect([1, 2, 3].filter((id) => id !== leader.id))
    expect(next.id).not.toBe(leader.id)
    expect(cluster.clock.nowMs() - before).toBeLessThan(500)
    expect(leader.node.status().lifecycle).toBe('stopped')
    await cluster.settle(leader.node.stop())
  })

  test('a leader without anybody to hand over to goes within one election timeout', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    cluster.network.isolate(leader.id)
    const inLog = leader.node.propose(bytesOf('a'), { timeoutMs: 60_000 })
    const before = cluster.clock.nowMs()
    await cluster.settle(leader.node.stop())
    expect(cluster.clock.nowMs() - before).toBeLessThanOrEqual(1000)
    expect(await inLog).toEqual({ ok: false, reason: 'unknown-outcome' })
  })

  test('writes under way finish before stop returns', async () => {
    await started({ voters: 1, syncMs: 30 })
    await cluster.propose(1, 'a')
    void cluster.node(1).propose(bytesOf('b'), { timeoutMs: 5000 })
    await cluster.clock.advance(1)
    expect(cluster.node(1).gauges().appendsInFlight).toBe(1)
    await cluster.settle(cluster.node(1).stop())
    expect(cluster.node(1).gauges().appendsInFlight).toBe(0)
    expect(cluster.member(1).log.contents.entries.at(-1)?.data).toEqual(bytesOf('b'))
  })

  test('a stopped member answers forwarded requests no more', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    await cluster.settle(leader.node.stop())
    const sent = leader.node.metrics.messagesSent
    await cluster.clock.advance(3000)
    expect(leader.node.metrics.messagesSent).toBe(sent)
  })
})

describe('fail-stop', () => {
  test('R-14.1 R-16.1 B08 a failed log write ends the leader: it says nothing more', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    await cluster.propose(leader.id, 'a')
    leader.log.failNextSync()
    const doomed = leader.node.propose(bytesOf('b'), { timeoutMs: 5000 })
    await cluster.clock.advanceUntil(() => leader.fatal.length > 0, 1000)
    expect(leader.fatal.map(({ code }) => code)).toEqual(['RAFT_LOG_WRITE_FAILED'])
    expect(leader.node.status().lifecycle).toBe('failed')
    expect(await cluster.settle(doomed)).toEqual({ ok: false, reason: 'unknown-outcome' })
    const sent = leader.node.metrics.messagesSent
    const next = await cluster.elect([1, 2, 3].filter((id) => id !== leader.id))
    await cluster.propose(next.id, 'c')
    await cluster.clock.advance(5000)
    expect(leader.node.metrics.messagesSent).toBe(sent)
    expect(await cluster.propose(leader.id, 'd')).toEqual({ ok: false, reason: 'stopped' })
    expect(leader.fatal).toHaveLength(1)
  })

  test('a state machine that throws ends its replica, not the others', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    const follower = cluster.follower()
    follower.machine.poison = 'poison'
    expect(await cluster.propose(leader.id, 'poison')).toMatchObject({ ok: true })
    await cluster.clock.advanceUntil(() => follower.fatal.length > 0, 1000)
    expect(follower.fatal.map(({ code }) => code)).toEqual(['RAFT_APPLY_FAILED'])
    expect(await cluster.propose(leader.id, 'b')).toMatchObject({ ok: true })
    expect(leader.fatal).toEqual([])
  })

  test.each(['UNSUPPORTED_COMMAND', 'SCHED_UNSUPPORTED_COMMAND'])(
    'an unknown command kind (%s) ends those that do not know it, and harms no other',
    async (code) => {
      await started({ voters: 3 })
      const leader = await cluster.elect()
      const old = cluster.follower()
      old.machine.poison = 'new kind'
      old.machine.thrown = new CodedError(code, 'this program is too old')
      expect(await cluster.propose(leader.id, 'new kind')).toMatchObject({ ok: true })
      await cluster.clock.advanceUntil(() => old.fatal.length > 0, 1000)
      expect(old.fatal.map((error) => error.code)).toEqual(['RAFT_UNSUPPORTED_COMMAND'])
      expect(old.fatal[0]?.cause).toBe(old.machine.thrown)
      expect(old.machine.applied).toEqual([])
      const others = [1, 2, 3].filter((id) => id !== old.id)
      for (const id of others) {
        expect(await cluster.propose(id, `after ${id}`)).toMatchObject({ ok: true })
        expect(cluster.member(id).fatal).toEqual([])
      }
      expect(await cluster.converge(others)).toHaveLength(3)
      // A newer program goes on where the old one stopped.
      cluster.crash(old.id)
      await cluster.restart(old.id)
      expect(await cluster.converge()).toHaveLength(3)
    },
  )

  test('a broken invariant ends the replica', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    const follower = cluster.follower()
    cluster.network.deliver({
      type: 'heartbeat',
      from: leader.id,
      to: follower.id,
      term: leader.node.leadership().term,
      commit: 1_000_000,
      readPosition: 0,
      matchedByAll: 0,
    })
    expect(follower.fatal.map(({ code }) => code)).toEqual(['RAFT_CORE_FAILED'])
  })
})

describe('compaction', () => {
  test('the log keeps retainEntries and what a member or the own state needs', async () => {
    await started({ voters: 3, member: { retainEntries: 10 } })
    const leader = await cluster.elect()
    const away = cluster.follower()
    for (let i = 0; i < 20; i += 1) await cluster.propose(leader.id, `a${i}`)
    await cluster.converge()
    cluster.network.isolate(away.id)
    for (let i = 0; i < 30; i += 1) await cluster.propose(leader.id, `b${i}`)
    await cluster.clock.advance(3000)
    // No state is durable yet: nothing goes.
    expect(leader.log.contents.compacted.index).toBe(0)
    leader.machine.durable = leader.node.appliedIndex
    await cluster.clock.advance(3000)
    // The member that is away needs everything from its last entry on.
    const held = leader.log.contents.compacted.index
    expect(held).toBe(away.node.status().lastIndex - 10)
    cluster.network.heal()
    await cluster.converge()
    await cluster.clock.advance(3000)
    expect(leader.log.contents.compacted.index).toBe(leader.node.appliedIndex - 10)
    expect(leader.log.contents.entries).toHaveLength(10)
    expect(leader.node.status().compacted).toEqual(leader.log.contents.compacted)
  })

  test('large entries leave the log before retainEntries of them are there', async () => {
    await started({ voters: 3, member: { retainEntries: 1000, retainBytes: 10_000 } })
    const leader = await cluster.elect()
    for (let i = 0; i < 30; i += 1) await cluster.propose(leader.id, 'x'.repeat(1000))
    await cluster.converge()
    for (const { machine, node } of cluster.members.values()) machine.durable = node.appliedIndex
    await cluster.clock.advance(3000)
    for (const { log } of cluster.members.values()) {
      expect(log.contents.entries.length).toBeGreaterThan(5)
      expect(log.contents.entries.length).toBeLessThanOrEqual(10)
    }
    expect(await cluster.propose(leader.id, 'still')).toMatchObject({ ok: true })
  })
})

describe('digests', () => {
  const mark = (index: number, byte: number) => ({ index, digest: new Uint8Array(16).fill(byte) })

  test('R-22.1 the leader names who is outvoted, once', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    const odd = cluster.follower()
    for (const { machine, id } of cluster.members.values()) {
      machine.mark = mark(2, id === odd.id ? 9 : 1)
    }
    for (const text of ['a', 'b', 'c']) await cluster.propose(leader.id, text)
    await cluster.converge()
    expect(leader.mismatches).toEqual([{ index: 2, outvoted: [odd.id], hasMajority: true }])
    expect(leader.node.metrics.digestMismatches).toBe(1)
    expect(odd.mismatches).toEqual([])
  })

  test('nobody is outvoted without a majority', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    for (const { machine, id } of cluster.members.values()) machine.mark = mark(2, id)
    for (const text of ['a', 'b', 'c']) await cluster.propose(leader.id, text)
    await cluster.converge()
    expect(leader.mismatches).toEqual([{ index: 2, outvoted: [], hasMajority: false }])
  })

  test('equal digests, and digests of different indexes, are fine', async () => {
    await started({ voters: 3 })
    const leader = await cluster.elect()
    for (const { machine, id } of cluster.members.values()) machine.mark = mark(id, id)
    await cluster.propose(leader.id, 'a')
    for (const { machine } of cluster.members.values()) machine.mark = mark(5, 5)
    for (const text of ['b', 'c']) await cluster.propose(leader.id, text)
    await cluster.converge()
    expect([...cluster.members.values()].flatMap(({ mismatches }) => mismatches)).toEqual([])
  })
})

test('a state machine that takes long stops between entries and gets the rest again', async () => {
  await started({ voters: 3 })
  const leader = await cluster.elect()
  const away = cluster.follower()
  cluster.network.isolate(away.id)
  const proposals = Array.from({ length: 100 }, (_, i) =>
    leader.node.propose(bytesOf(`${i}`), { timeoutMs: 10_000 }),
  )
  await cluster.settle(Promise.all(proposals))
  const { machine } = away
  const apply = machine.apply.bind(machine)
  const nowMs = cluster.clock.nowMs.bind(cluster.clock)
  let workedMs = 0
  cluster.clock.nowMs = () => nowMs() + workedMs
  const sizes: number[] = []
  machine.apply = (entries, isTimeUp) => {
    const results: unknown[] = []
    for (const entry of entries) {
      workedMs += 1
      results.push(...apply([entry]))
      if (isTimeUp?.() === true) break
    }
    sizes.push(results.length)
    return results
  }
  cluster.network.heal()
  expect(await cluster.converge()).toHaveLength(100)
  expect(machine.indexes).toEqual(leader.machine.indexes)
  expect(Math.max(...sizes)).toBe(applyMsPerTurnMax)
})

test('a long backlog is applied in pieces, with turns for others between them', async () => {
  await started({ voters: 3 })
  const leader = await cluster.elect()
  const away = cluster.follower()
  cluster.network.isolate(away.id)
  const proposals = Array.from({ length: 3000 }, (_, i) =>
    leader.node.propose(bytesOf(`${i}`), { timeoutMs: 10_000 }),
  )
  await cluster.settle(Promise.all(proposals))
  const sizes: number[] = []
  const machine = away.machine
  const apply = machine.apply.bind(machine)
  machine.apply = (entries, isTimeUp) => {
    sizes.push(entries.length)
    return apply(entries, isTimeUp)
  }
  cluster.network.heal()
  expect(await cluster.converge()).toHaveLength(3000)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(256)
})
