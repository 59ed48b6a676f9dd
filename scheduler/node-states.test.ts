// Node states of whole members: who is killed fails, who comes back loads and is online; hidden
// members serve nobody; features wait for the last member.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { credentials } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { loadServices } from '../proto/index.ts'
import { configTable, failSilenceMs, operatorTokenKey } from './replication/index.ts'
import { announcement, ask } from './rpc/single-member.suite.ts'
import { RunningMembers, until } from './running-members.suite.ts'
import type { RunningMember } from './running-members.suite.ts'

/** Starting and stopping three members, and each test, may take this long. */
const hookMs = 60_000
vi.setConfig({ testTimeout: 120_000 })

type Shown = Readonly<Record<number, string>>

/** What a member answers about the node states. */
async function slots({ cluster }: RunningMember): Promise<readonly number[]> {
  const { reply } = await ask(cluster, cluster.slots, {})
  return reply.shards.flatMap(({ nodes }) => nodes.map(({ id }) => id))
}

async function shards({ cluster }: RunningMember): Promise<Shown> {
  const { reply } = await ask(cluster, cluster.shards, {})
  const nodes = reply.shards.flatMap((shard) => shard.nodes)
  return Object.fromEntries(nodes.map(({ id, state }) => [id, state]))
}

function idOf({ opened }: RunningMember): number {
  return opened.identity.replicaId
}

async function allOnline(members: readonly RunningMember[]): Promise<void> {
  const ids = members.map(idOf).toSorted()
  await until('all members online', async () => {
    const shown = await Promise.all(members.map(slots)).catch(() => undefined)
    return shown?.every((list) => list.join() === ids.join()) === true ? true : undefined
  })
}

async function leaderOf(members: readonly RunningMember[]): Promise<RunningMember> {
  const { value } = await until('a leader', () =>
    members.find(({ running }) => running.raft.status().role === 'leader'),
  )
  return value
}

/** An operator's command, at the leader. */
async function act(
  members: readonly RunningMember[],
  id: number,
  action: 'HIDE' | 'SHOW' | 'DRAIN' | 'UNDRAIN',
): Promise<void> {
  const operator = await credentialsOf(members)
  const { cluster } = await leaderOf(members)
  await ask(cluster, cluster.changeMember, { action, id, reason: 'a test' }, operator)
}

describe('three members', () => {
  const host = new RunningMembers()
  let members: readonly RunningMember[] = []
  beforeAll(async () => {
    members = await host.start(3)
    await allOnline(members)
  }, hookMs)
  afterAll(() => host.stop(), hookMs)

  test('answer alike at the same index, linearizable or stale', async () => {
    const replies = await Promise.all(
      members.map(async ({ cluster }) => (await ask(cluster, cluster.shards, {})).reply),
    )
    const stale = { 'x-damselfly-consistency': 'stale' }
    for (const { cluster } of members) {
      const { reply } = await ask(cluster, cluster.shards, {}, stale)
      replies.push(reply)
    }
    const byIndex = new Map<string, string>()
    for (const { index, ...view } of replies) {
      const text = JSON.stringify(view)
      expect(byIndex.get(String(index)) ?? text).toBe(text)
      byIndex.set(String(index), text)
    }
    expect(replies[0]!.shards).toMatchObject([{ slots: [{ start: 0, end: 16_383 }] }])
  })

  test('a hidden one serves nobody and still replicates; shown again it is online', async () => {
    const leader = await leaderOf(members)
    const hidden = members.find((member) => member !== leader)!
    const id = idOf(hidden)
    await act(members, id, 'HIDE')
    for (const member of members) expect((await shards(member))[id]).toBeUndefined()
    const { cluster, running } = leader
    const plain = await ask(cluster, cluster.nodes, { all: false })
    expect(plain.reply.nodes.map((node) => node.id)).not.toContain(id)
    const refused = ask(cluster, cluster.nodes, { all: true })
    await expect(refused).rejects.toMatchObject({ code: 'SCHED_UNAUTHENTICATED' })
    const operator = await credentialsOf(members)
    const all = await ask(cluster, cluster.nodes, { all: true }, operator)
    expect(all.reply.nodes.find((node) => node.id === id)).toMatchObject({ state: 'hidden' })

    const services = loadServices()
    const insecure = credentials.createInsecure()
    const own = new services.schedulerV1(hidden.running.addr, insecure)
    const other = new services.schedulerV1(running.addr, insecure)
    await expect(ask(own, own.statTask, { taskId: 't' })).rejects.toMatchObject({
      code: 'SCHED_HIDDEN',
    })
    await ask(other, other.announceTask, announcement('t', 1))
    const { appliedIndex } = leader.opened.durable.state
    await until('the hidden member replicates', () =>
      hidden.opened.durable.state.appliedIndex >= appliedIndex ? true : undefined,
    )
    await act(members, id, 'SHOW')
    const shown = await until('the member is online', async () =>
      (await slots(leader)).includes(id) ? true : undefined,
    )
    console.log(`online ${Math.round(shown.tookMs)} ms after it was shown`)
    const { reply } = await ask(own, own.statTask, { taskId: 't' })
    expect(reply).toMatchObject({ state: 'Succeeded' })
    own.close()
    other.close()
  })

  test('a leader that is hidden hands over, and no header names it', async () => {
    const before = await leaderOf(members)
    await act(members, idOf(before), 'HIDE')
    const { tookMs } = await until('another leader', async () => {
      const { leader } = before.running.raft.status()
      return leader !== 0 && leader !== idOf(before) ? true : undefined
    })
    console.log(`handed over within ${Math.round(tookMs)} ms`)
    const after = await leaderOf(members)
    expect(after).not.toBe(before)
    for (const { cluster } of members) {
      const { headers } = await ask(cluster, cluster.status, {})
      expect(headers.get('x-raft-leader')).not.toEqual([before.running.addr])
    }
    await act(members, idOf(before), 'SHOW')
    await allOnline(members)
  })

  test('who dies fails, and is online again after it has come back', async () => {
    const gone = members.find(({ running }) => running.raft.status().role !== 'leader')!
    const rest = members.filter((member) => member !== gone)
    await gone.stop()
    const failed = await until('the member fails', async () => {
      const shown = await shards(rest[0]!)
      return shown[idOf(gone)] === 'fail' ? true : undefined
    })
    console.log(`fail after ${Math.round(failed.tookMs)} ms`)
    expect(failed.tookMs).toBeLessThan(10 * failSilenceMs)
    expect(await slots(rest[1]!)).toEqual(rest.map(idOf).toSorted((a, b) => a - b))
    const back = await host.restart(gone.place)
    const online = await until('the member is online again', async () =>
      (await slots(rest[0]!)).includes(idOf(gone)) ? true : undefined,
    )
    console.log(`online again ${Math.round(online.tookMs)} ms after its start`)
    await allOnline([...rest, back])
  })
})

describe('a rolling upgrade', () => {
  const host = new RunningMembers()
  afterAll(() => host.stop(), hookMs)

  test('turns a feature on with the last member, and refuses who is older from then on', async () => {
    const older = { supportedFeatures: [] }
    let members = await host.start(3, older)
    await allOnline(members)
    for (const [done, { place }] of members.entries()) {
      expect(await featuresOn(members)).toEqual([])
      const current = members.find((member) => member.place.hostId === place.hostId)!
      await current.stop()
      const next = await host.restart(place)
      members = members.map((member) => (member === current ? next : member))
      await allOnline(members)
      if (done < 2) expect(await featuresOn(members)).toEqual([])
    }
    const on = await until('the feature is on', async () =>
      (await featuresOn(members)).length > 0 ? true : undefined,
    )
    console.log(`on ${Math.round(on.tookMs)} ms after the last member was online`)
    expect(await featuresOn(members)).toEqual(['member-progress'])
    const old = members.find(({ running }) => running.raft.status().role !== 'leader')!
    const rest = members.filter((member) => member !== old)
    const { appliedIndex } = (await leaderOf(members)).opened.durable.state
    await until('the entry is here', () =>
      old.opened.durable.state.appliedIndex >= appliedIndex ? true : undefined,
    )
    await old.stop()
    await expect(host.restart(old.place, older)).rejects.toMatchObject({
      code: 'SCHED_UNSUPPORTED_COMMAND',
      message: expect.stringContaining('member-progress') as string,
    })
    await allOnline([...rest, await host.restart(old.place)])
  })
})

/** Features that are on, as the leader shows it. */
async function featuresOn(members: readonly RunningMember[]): Promise<readonly string[]> {
  const { cluster } = await leaderOf(members)
  const { reply } = await ask(cluster, cluster.status, {})
  return reply.features
}

/** The first leader has left the operator token where it was told to. */
async function credentialsOf(
  members: readonly RunningMember[],
): Promise<{ readonly authorization: string }> {
  const { opened } = await leaderOf(members)
  await until('an operator token', () =>
    opened.durable.state.reader.get(configTable, operatorTokenKey),
  )
  const paths = members.map(({ place }) => join(place.root, 'operator.token'))
  const path = paths.find((each) => existsSync(each))!
  return { authorization: `Bearer ${readFileSync(path, 'utf8').trim()}` }
}
