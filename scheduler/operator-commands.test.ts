// An operator's commands over whole members: the plan the leader makes is what happens, whoever
// leads meanwhile, and the rails hold.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nullLogger } from '../base/index.ts'
import { ClusterClient, verdictOf } from '../client/index.ts'
import { SystemClock, systemRandom } from '../runtime/index.ts'
import { plainText } from '../runtime/grpc-tls.ts'
import {
  configTable,
  hostBlockTable,
  operatorTokenKey,
  removedMemberTable,
} from './replication/index.ts'
import { patienceMs, RunningMembers, until } from './running-members.suite.ts'
import type { RunningMember } from './running-members.suite.ts'

const hosts: RunningMembers[] = []
const clients: ClusterClient[] = []
afterAll(async () => {
  for (const client of clients.splice(0)) client.close()
  for (const host of hosts.splice(0)) await host.stop()
})

interface Cluster {
  readonly host: RunningMembers
  readonly members: readonly RunningMember[]
  readonly client: ClusterClient
  /** Codes members stopped with. */
  readonly ends: string[]
}

async function startCluster(): Promise<Cluster> {
  const host = new RunningMembers()
  hosts.push(host)
  const ends: string[] = []
  const onFatal = (error: Error): void => {
    ends.push(error.message)
  }
  const members = await host.start(3, { onFatal })
  const { value: bearerToken } = await until('an operator token', () => tokenOf(members))
  const deps = { clock: new SystemClock(), random: systemRandom().random, logger: nullLogger }
  const addresses = members.map(({ running }) => running.addr)
  const security = { transport: plainText, bearerToken }
  const client = new ClusterClient(deps, { addresses, deadlineMs: patienceMs, security })
  clients.push(client)
  await until('all members online', async () => {
    const { nodes } = await client.nodes(false)
    return nodes.every(({ state }) => state === 'online') ? true : undefined
  })
  return { host, members, client, ends }
}

/** The first leader leaves the token in a file of its own; it holds once every state has it. */
function tokenOf(members: readonly RunningMember[]): string | undefined {
  const isSet = members.every(
    ({ opened }) => opened.durable.state.reader.get(configTable, operatorTokenKey) !== undefined,
  )
  const paths = members.map(({ place }) => join(place.root, 'operator.token'))
  const path = paths.find((each) => existsSync(each))
  return isSet && path !== undefined ? readFileSync(path, 'utf8').trim() : undefined
}

/** A client that shows nothing. */
function strangerTo({ members }: Pick<Cluster, 'members'>): ClusterClient {
  const deps = { clock: new SystemClock(), random: systemRandom().random, logger: nullLogger }
  const addresses = members.map(({ running }) => running.addr)
  const client = new ClusterClient(deps, { addresses, deadlineMs: patienceMs })
  clients.push(client)
  return client
}

const idOf = ({ opened }: RunningMember): number => opened.identity.replicaId

async function leaderOf({ members }: Pick<Cluster, 'members'>): Promise<RunningMember> {
  const { value } = await until('a leader', () =>
    members.find(({ running }) => running.raft.status().role === 'leader'),
  )
  return value
}

async function votersOf({ client }: Cluster): Promise<readonly number[]> {
  const { nodes } = await client.nodes(true)
  return nodes.filter(({ role, state }) => role === 'voter' && state !== 'left').map(({ id }) => id)
}

describe('three members', () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startCluster()
  })

  test('a leader that hides hands over, is in no view, and comes back', async () => {
    const { client } = cluster
    const id = idOf(await leaderOf(cluster))
    const { plan } = await client.changeMember({ action: 'HIDE', id, reason: 'a new disk' })
    expect(plan?.steps).toHaveLength(2)
    expect(plan?.after).toEqual(plan?.before)
    expect(idOf(await leaderOf(cluster))).not.toBe(id)
    const shown = await Promise.all([client.slots(), client.shards()])
    for (const { shards } of shown) {
      expect(shards[0]?.nodes.map((node) => node.id)).not.toContain(id)
    }
    expect((await client.nodes(true)).nodes.find((node) => node.id === id)?.state).toBe('hidden')
    expect((await client.overview()).members.find((member) => member.id === id)).toMatchObject({
      state: 'hidden',
      isReachable: true,
    })
    // Whoever is no operator is told that there is one, and the same verdict.
    const stranger = strangerTo(cluster)
    await until('nobody is amiss without it', async () => {
      const overview = await stranger.overview()
      expect(overview.members.map((member) => member.id)).not.toContain(id)
      expect(overview.notShown).toMatchObject({ members: 1, voters: 1 })
      return verdictOf(overview).verdict === 'healthy' ? true : undefined
    })
    await client.changeMember({ action: 'SHOW', id })
    const { tookMs } = await until('the member serves again', async () => {
      const { shards } = await client.slots()
      return shards[0]?.nodes.some((node) => node.id === id) === true ? true : undefined
    })
    console.info(`shown again after ${Math.round(tookMs)} ms (bound 1000 ms)`)
  })

  test('a dry run of everything changes nothing', async () => {
    const { client } = cluster
    const before = await client.nodes(true)
    for (const action of ['REMOVE', 'DECOMMISSION', 'HIDE', 'DRAIN'] as const) {
      const { index, plan } = await client.changeMember({ action, id: 3, dryRun: true })
      expect([action, index, plan?.before?.canLose]).toEqual([action, 0, 1])
    }
    const after = await client.nodes(true)
    expect(after.configurationId).toBe(before.configurationId)
    expect(after.nodes).toEqual(before.nodes)
  })

  test('Status tells of everyone what there is to know', async () => {
    const { client } = cluster
    const { value } = await until('the disks are measured', async () => {
      const overview = await client.overview()
      return overview.members.every(({ disk }) => disk !== undefined) ? overview : undefined
    })
    expect(value).toMatchObject({
      isServing: true,
      quorum: { voters: 3, quorum: 2, active: 3, canLose: 1 },
      features: ['member-progress'],
      pendingChangeIndex: 0,
      alarms: [],
    })
    for (const member of value.members) {
      expect(member).toMatchObject({ state: 'online', version: 'test', isReachable: true })
      expect(member.features).toContain('member-progress')
      expect(member.incarnation).toMatch(/^[0-9a-f]{32}$/)
      expect(member.lagEntries).toBeLessThan(100)
      expect(member.lastContactMs).toBeLessThan(patienceMs)
    }
  })

  test('a learner joins with a token, is promoted, and takes the place of another', async () => {
    const { client, host } = cluster
    const ask = { hostId: 's4', uses: 1, learner: true }
    const { token } = await client.createJoinToken(ask)
    const onFatal = (error: Error): void => void cluster.ends.push(error.message)
    const learner = await host.join('s4', { join: { token, isLearner: true }, onFatal })
    const id = idOf(learner)
    await until('the learner has caught up', async () => {
      const planned = client.changeMember({ action: 'PROMOTE', id, dryRun: true })
      return planned.then(
        () => true,
        () => undefined,
      )
    })
    await expect(client.changeMember({ action: 'REPLACE', id: 1 })).rejects.toMatchObject({
      code: 'SCHED_NO_REPLACEMENT',
    })
    const { plan } = await client.changeMember({ action: 'REPLACE', id: 1, by: id })
    expect(plan?.after).toEqual({ voters: 3, quorum: 2, active: 3, canLose: 1 })
    expect(await votersOf(cluster)).toEqual([2, 3, id])
    expect((await client.nodes(true)).nodes.find((node) => node.id === 1)?.state).toBe('left')
    await expect(client.changeMember({ action: 'PROMOTE', id })).rejects.toMatchObject({
      code: 'SCHED_NOT_LEARNER',
    })
  })
})

describe('three members that become one', () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startCluster()
  })

  test('a leader is removed in one act: it hands over, goes, and its host stays out', async () => {
    const { client, ends } = cluster
    const leader = await leaderOf(cluster)
    const id = idOf(leader)
    await client.changeMember({ action: 'REMOVE', id, reason: 'sold' })
    expect(await votersOf(cluster)).toEqual([1, 2, 3].filter((voter) => voter !== id))
    await until('the removed member knows', () =>
      ends.find((end) => end.startsWith(`replica ${id} was removed`)),
    )
    const next = await leaderOf({ members: cluster.members.filter((member) => member !== leader) })
    const { reader } = next.opened.durable.state
    expect(reader.get(removedMemberTable, id)).toMatchObject({ reason: 'removed' })
    expect(reader.get(hostBlockTable, leader.place.hostId)).toMatchObject({ replicaId: id })
    // Whoever asks again learns when and why.
    await expect(client.changeMember({ action: 'REMOVE', id })).rejects.toMatchObject({
      code: 'SCHED_MEMBER_NOT_FOUND',
      message: expect.stringContaining(`${leader.place.hostId} was removed at index`) as string,
    })
  })

  test('a leader is decommissioned over the hand-over to the next one', async () => {
    const { members, client } = cluster
    const voters = await votersOf(cluster)
    const staying = members.filter((member) => voters.includes(idOf(member)))
    const leader = await leaderOf({ members: staying })
    const id = idOf(leader)
    const { plan } = await client.changeMember({ action: 'DECOMMISSION', id })
    expect(plan?.after).toMatchObject({ voters: 1, canLose: 0 })
    const rest = staying.filter((member) => member !== leader)
    const { reader } = (await leaderOf({ members: rest })).opened.durable.state
    expect(reader.get(removedMemberTable, id)).toMatchObject({ reason: 'decommissioned' })
  })
})

test('the dead may go, the living that the quorum needs may not', async () => {
  const cluster = await startCluster()
  const { client, members } = cluster
  const leader = await leaderOf(cluster)
  const [dead, alive] = members.filter((member) => member !== leader)
  await dead!.stop()
  await until('the leader misses it', () => {
    const { progress } = leader.running.raft.status()
    return progress.some(({ isRecentlyActive }) => !isRecentlyActive) ? true : undefined
  })
  for (const action of ['REMOVE', 'DECOMMISSION'] as const) {
    await expect(client.changeMember({ action, id: idOf(alive!) })).rejects.toMatchObject({
      code: 'SCHED_WOULD_LOSE_QUORUM',
    })
  }
  await client.changeMember({ action: 'REMOVE', id: idOf(dead!) })
  expect(await votersOf(cluster)).toHaveLength(2)
})
