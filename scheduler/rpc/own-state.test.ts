import { Client, credentials, status } from '@grpc/grpc-js'
import { service as healthService } from 'grpc-health-check'
import { afterEach, describe, expect, test } from 'vitest'
import { utf8Encode } from '../../base/index.ts'
import { memberTable, setNodeState, setOperatorToken } from '../replication/index.ts'
import type { MemberState, SettableState } from '../replication/index.ts'
import { hashSecret } from './host-proof.ts'
import { announceHosts, downloadOf, TestDownload } from './download.suite.ts'
import { announcement, ask, clusterId, registration } from './single-member.suite.ts'
import { startSingleMember, TestStream } from './single-member.suite.ts'
import type { SingleMember } from './single-member.suite.ts'

const members: SingleMember[] = []
afterEach(async () => {
  for (const member of members.splice(0)) await member.stop()
})

async function start(): Promise<SingleMember> {
  const member = await startSingleMember()
  members.push(member)
  return member
}

async function set({ proposer, reader }: SingleMember, to: SettableState): Promise<void> {
  const from: readonly MemberState[] = [reader.get(memberTable, 1)!.state]
  const body = { replicaId: 1, incarnation: clusterId, bootId: '', from, to }
  const outcome = await proposer.propose(setNodeState, body, { timeoutMs: 5000 })
  expect(outcome).toMatchObject({ ok: true, result: { ok: true } })
}

async function health(member: SingleMember, service = ''): Promise<string> {
  const client = new Client(member.address, credentials.createInsecure())
  const { path, requestSerialize, responseDeserialize } = healthService['Check']!
  const wire = [path, requestSerialize, responseDeserialize] as const
  try {
    return await new Promise<string>((resolve, reject) => {
      client.makeUnaryRequest(...wire, { service }, (error, reply) => {
        if (error !== null) reject(error)
        else resolve(String((reply as { status: string }).status))
      })
    })
  } finally {
    client.close()
  }
}

/** A download of API v2 that runs. */
async function runningDownload(member: SingleMember): Promise<TestDownload> {
  await announceHosts(member.v2, 2)
  const stream = new TestDownload(member.v2, downloadOf('t2', 2))
  stream.register()
  await stream.sentToSource()
  return stream
}

/** A peer that runs on an open stream. */
async function runningPeer(member: SingleMember): Promise<TestStream> {
  await ask(member.v1, member.v1.registerPeerTask, registration('t', 1))
  const stream = new TestStream(member.v1)
  stream.begin('t', 't-peer-1')
  await stream.next()
  return stream
}

describe('a hidden member', () => {
  test('answers no call of the scheduler API: UNAVAILABLE, so that clients ask another one', async () => {
    const member = await start()
    await set(member, 'hidden')
    const { v1, v2 } = member
    const refused = { grpcStatus: status.UNAVAILABLE, code: 'SCHED_HIDDEN' }
    for (const call of [
      ask(v1, v1.registerPeerTask, registration('t', 1)),
      ask(v1, v1.announceTask, announcement('t', 1)),
      ask(v1, v1.statTask, { taskId: 't' }),
      ask(v1, v1.statTask, { taskId: 't' }, { 'x-damselfly-consistency': 'stale' }),
      ask(v2, v2.listHosts, {}),
    ]) {
      await expect(call).rejects.toMatchObject(refused)
    }
    const stream = new TestStream(v1)
    stream.begin('t', 't-peer-1')
    expect(await stream.ended).toMatchObject(refused)
    expect(await new TestDownload(v2, downloadOf('t', 1)).ended).toMatchObject(refused)
  })

  test('ends its streams, is not healthy, and names itself in no header', async () => {
    const member = await start()
    const stream = await runningPeer(member)
    const download = await runningDownload(member)
    expect(await health(member)).toBe('SERVING')
    await set(member, 'hidden')
    expect(await stream.ended).toMatchObject({ code: 'SCHED_HIDDEN' })
    expect(await download.ended).toMatchObject({ code: 'SCHED_HIDDEN' })
    for (const service of ['', 'scheduler.Scheduler', 'scheduler.v2.Scheduler']) {
      expect(await health(member, service)).toBe('NOT_SERVING')
    }
    const { headers } = await ask(member.cluster, member.cluster.status, {})
    expect(headers.get('x-raft-leader')).toEqual([''])
  })

  test('still answers operators, and serves again when it is shown', async () => {
    const member = await start()
    await set(member, 'hidden')
    const hash = hashSecret(utf8Encode('the-operator-token'))
    await member.proposer.propose(setOperatorToken, { hash }, { timeoutMs: 5_000 })
    const { reply } = await ask(
      member.cluster,
      member.cluster.status,
      {},
      {
        authorization: 'Bearer the-operator-token',
      },
    )
    expect(reply).toMatchObject({ selfId: 1, members: [{ state: 'hidden' }], notShown: null })
    await set(member, 'loading')
    await ask(member.v1, member.v1.announceTask, announcement('t', 1))
    expect(await health(member)).toBe('SERVING')
  })
})

describe('a draining member', () => {
  test('takes no new peers and streams', async () => {
    const member = await start()
    await set(member, 'draining')
    const refused = { grpcStatus: status.UNAVAILABLE, code: 'SCHED_DRAINING' }
    const { v1, v2 } = member
    expect(await new TestDownload(v2, downloadOf('t', 1)).ended).toMatchObject(refused)
    const register = ask(v1, v1.registerPeerTask, registration('t', 1))
    await expect(register).rejects.toMatchObject(refused)
    const stream = new TestStream(v1)
    stream.begin('t', 't-peer-1')
    expect(await stream.ended).toMatchObject(refused)
    expect(await health(member)).toBe('NOT_SERVING')
  })

  test('lets finish what runs', async () => {
    const member = await start()
    const download = await runningDownload(member)
    const stream = await runningPeer(member)
    await set(member, 'draining')
    download.sourceFinished()
    expect(await download.ended).toBeUndefined()
    const { v1 } = member
    stream.send({ taskId: 't', srcPid: 't-peer-1', pieceInfo: { pieceNum: 0 }, success: true })
    const result = { taskId: 't', peerId: 't-peer-1', success: true, totalPieceCount: 1 }
    await ask(v1, v1.reportPeerResult, { ...result, contentLength: 5 })
    stream.end()
    expect(await stream.ended).toBeUndefined()
  })
})
