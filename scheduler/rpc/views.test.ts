// The views over the wire; what each shows of which state is tested with the rows (node-views.ts).
import { afterEach, describe, expect, test } from 'vitest'
import { loadServices } from '../../proto/index.ts'
import { utf8Encode } from '../../base/index.ts'
import { encodeChange } from '../../raft/index.ts'
import {
  encodeChangeContext,
  memberProgressFeature,
  memberTable,
  setMemberProgress,
  setNodeState,
  setOperatorToken,
} from '../replication/index.ts'
import type { SettableState } from '../replication/index.ts'
import { hashSecret } from './host-proof.ts'
import { ask, clusterId, startSingleMember } from './single-member.suite.ts'
import type { SingleMember } from './single-member.suite.ts'
import { viewAt } from './views.ts'

const members: SingleMember[] = []
afterEach(async () => {
  for (const member of members.splice(0)) await member.stop()
})

const timeoutMs = 5000

async function start(): Promise<SingleMember> {
  const member = await startSingleMember()
  members.push(member)
  const { enableFeature } = member.state.registry
  await member.proposer.propose(enableFeature, { name: memberProgressFeature }, { timeoutMs })
  return member
}

async function set({ proposer, reader }: SingleMember, to: SettableState): Promise<void> {
  const from = [reader.get(memberTable, 1)!.state]
  const body = { replicaId: 1, incarnation: clusterId, bootId: '', from, to }
  const outcome = await proposer.propose(setNodeState, body, { timeoutMs })
  expect(outcome).toMatchObject({ ok: true, result: { ok: true } })
}

/** Learner 2 is admitted. */
function admit({ state, log }: SingleMember): void {
  const who = { replicaId: 2, incarnation: 'd'.repeat(32), hostId: 's2', raftAddress: 'r:2' }
  const data = encodeChange({
    expectedId: state.configuration().id,
    transition: 'auto',
    operations: [{ op: 'add-learner', id: 2 }],
    context: encodeChangeContext([who]),
  })
  log.append(data, 'config')
}

const all = { start: 0, end: 16_383 }

describe('shards, slots and nodes', () => {
  test('show one shard with its members, the index and the configuration', async () => {
    const member = await start()
    const { cluster } = member
    await set(member, 'online')
    admit(member)
    const { appliedIndex } = member.state
    const self = { id: 1, hostId: 's1', addr: '127.0.0.1:8002', role: 'voter', state: 'online' }
    const joiner = { id: 2, hostId: 's2', raftAddr: 'r:2', role: 'learner', state: 'joining' }
    const place = { index: appliedIndex, configurationId: appliedIndex }
    const shards = await ask(cluster, cluster.shards, {})
    expect(shards.reply).toMatchObject({ ...place, shards: [{ slots: [all] }] })
    expect(shards.reply.shards[0]!.nodes).toMatchObject([self, joiner])
    const slots = await ask(cluster, cluster.slots, {})
    expect(slots.reply).toMatchObject({ ...place, shards: [{ slots: [all], nodes: [self] }] })
    expect(slots.reply.shards[0]!.nodes).toHaveLength(1)
    const nodes = await ask(cluster, cluster.nodes, { all: false })
    expect(nodes.reply).toMatchObject({ ...place, nodes: [self, joiner] })
  })

  test('with nobody online no slot has a member', async () => {
    const { cluster } = await start()
    const { reply } = await ask(cluster, cluster.slots, {})
    expect(reply.shards).toEqual([])
  })

  test('tell what a loading member has loaded', async () => {
    const member = await start()
    admit(member)
    const progress = { bytesDone: 3, bytesTotal: 8, percent: 37 }
    const boot = { replicaId: 2, incarnation: 'd'.repeat(32), bootId: 'e'.repeat(32) }
    await member.proposer.propose(setMemberProgress, { ...boot, ...progress }, { timeoutMs })
    const { cluster } = member
    const { reply } = await ask(cluster, cluster.nodes, { all: false })
    expect(reply.nodes[1]).toMatchObject({
      loadedBytes: 3,
      loadTotalBytes: 8,
      loadedPercent: 37,
    })
    expect(reply.nodes[0]!.loadedBytes).toBeUndefined()
  })

  test('are linearizable unless a stale answer is asked for', async () => {
    const { cluster, raft } = await start()
    const before = raft.reads
    await ask(cluster, cluster.shards, {}, { 'x-damselfly-consistency': 'stale' })
    expect(raft.reads).toBe(before)
    for (const view of [cluster.shards, cluster.slots]) await ask(cluster, view, {})
    await ask(cluster, cluster.nodes, { all: false })
    expect(raft.reads).toBe(before + 3)
    raft.readRefusal = 'expired'
    await expect(ask(cluster, cluster.slots, {})).rejects.toMatchObject({ code: 'SCHED_NO_LEADER' })
  })

  test('show hidden members to operators, in nodes alone', async () => {
    const member = await start()
    const { cluster, proposer } = member
    const token = 'a-token-for-tests'
    const hash = hashSecret(utf8Encode(token))
    await proposer.propose(setOperatorToken, { hash }, { timeoutMs })
    await set(member, 'hidden')
    expect((await ask(cluster, cluster.shards, {})).reply.shards).toEqual([])
    expect((await ask(cluster, cluster.nodes, { all: false })).reply.nodes).toEqual([])
    const denied = { code: 'SCHED_UNAUTHENTICATED' }
    await expect(ask(cluster, cluster.nodes, { all: true })).rejects.toMatchObject(denied)
    const wrong = { authorization: 'Bearer wrong' }
    await expect(ask(cluster, cluster.nodes, { all: true }, wrong)).rejects.toMatchObject(denied)
    const right = { authorization: `Bearer ${token}` }
    const { reply } = await ask(cluster, cluster.nodes, { all: true }, right)
    expect(reply.nodes).toMatchObject([{ id: 1, state: 'hidden' }])
  })

  test('are the same bytes from any replica at the same index', async () => {
    const member = await start()
    admit(member)
    const { Shards } = loadServices().cluster.service
    const bytesOf = (index: number, reader: SingleMember['reader']): Buffer => {
      const { nodes, ...place } = viewAt(reader, index, 'shards')
      return Shards.responseSerialize({ ...place, shards: [{ slots: [all], nodes }] })
    }
    const twin = member.state.emptyCopy()
    twin.apply(member.log.entries)
    const { appliedIndex, reader } = member.state
    expect(bytesOf(twin.appliedIndex, twin.reader)).toEqual(bytesOf(appliedIndex, reader))
  })
})
