import { Client, credentials, status } from '@grpc/grpc-js'
import type { ServiceError } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { commonV2, schedulerV2 } from '../../proto/index.ts'
import { loadServices } from '../../proto/index.ts'
import { utf8Encode } from '../../base/index.ts'
import { setOperatorToken } from '../replication/index.ts'
import { hashSecret } from './host-proof.ts'
import { deleteTask, getHost, getPeer, getTask } from '../replication/commands/index.ts'
import {
  announceHosts,
  downloadOf,
  fetchFromSource,
  hostId,
  TestDownload,
} from './download.suite.ts'
import { announcement, ask, registration, startSingleMember } from './single-member.suite.ts'
import type { SingleMember } from './single-member.suite.ts'

let member: SingleMember
let v2: schedulerV2.SchedulerClient

beforeEach(async () => {
  member = await startSingleMember()
  v2 = member.v2
})
afterEach(() => member.stop())

const host: commonV2.Host = {
  id: '127.0.0.1-peer-1',
  type: 0,
  hostname: 'peer-1',
  ip: '127.0.0.1',
  port: 10_000,
  downloadPort: 20_000,
  os: 'linux',
  platform: 'debian',
  platformFamily: 'debian',
  platformVersion: '12',
  kernelVersion: '6.1',
  cpu: { logicalCount: 4, percent: 12.5, times: { user: 1.5 } },
  // A machine without a limit reports the largest 64-bit number.
  memory: { total: 1_000, cgroup: { limit: '9223372036854771712' } },
  network: { idc: 'idc', location: 'here', maxTxBandwidth: 1_000_000, txBandwidth: 10 },
  disk: { total: 2_000, free: 1_000, writeBandwidth: 5 },
  build: { gitVersion: 'v1', rustVersion: '1.80' },
  schedulerClusterId: 3,
  disableShared: true,
  proxyPort: 4_001,
}

async function list(request: schedulerV2.ListHostsRequest = {}): Promise<commonV2.Host__Output[]> {
  return (await ask(v2, v2.listHosts, request)).reply.hosts
}

test('an announced host is listed with everything it said', async () => {
  await ask(v2, v2.announceHost, { host, interval: { seconds: 30 } })
  const [listed] = await list()
  expect(listed).toMatchObject({
    ...host,
    name: 'peer-1',
    memory: { total: 1_000, cgroup: { limit: Number('9223372036854771712') } },
  })
  expect(getHost(member.reader, '127.0.0.1-peer-1')).toMatchObject({ announceIntervalMs: 30_000 })
})

test('the list can be filtered by type; unknown types are empty', async () => {
  await ask(v2, v2.announceHost, { host })
  await ask(v2, v2.announceHost, { host: { ...host, id: 'seed', type: 1 } })
  expect((await list({ type: 0 })).map(({ id }) => id)).toEqual([host.id])
  expect((await list({ type: 1 })).map(({ id }) => id)).toEqual(['seed'])
  expect(await list({ type: 2 })).toEqual([])
  expect(await list()).toHaveLength(2)
})

test('a host that is silent for two intervals is gone, one that announces stays', async () => {
  await ask(v2, v2.announceHost, { host, interval: { seconds: 2 } })
  await ask(v2, v2.announceHost, { host: { ...host, id: 'b' }, interval: { seconds: 2 } })
  await member.advance(3_000)
  await ask(v2, v2.announceHost, { host: { ...host, id: 'b' }, interval: { seconds: 2 } })
  await member.advance(2_000)
  expect((await list()).map(({ id }) => id)).toEqual(['b'])
})

test('DeleteHost removes a host; an unknown one is NOT_FOUND', async () => {
  await ask(v2, v2.announceHost, { host })
  await ask(v2, v2.deleteHost, { hostId: host.id ?? '' })
  expect(await list()).toEqual([])
  await expect(ask(v2, v2.deleteHost, { hostId: host.id ?? '' })).rejects.toMatchObject({
    grpcStatus: status.NOT_FOUND,
    code: 'SCHED_HOST_NOT_FOUND',
  })
})

test('an announce that began after a delete brings the host back', async () => {
  await ask(v2, v2.announceHost, { host })
  await ask(v2, v2.deleteHost, { hostId: host.id ?? '' })
  await ask(v2, v2.announceHost, { host })
  expect(await list()).toHaveLength(1)
})

test('ListHosts without a quorum is refused unless the client wants a stale answer', async () => {
  await ask(v2, v2.announceHost, { host })
  member.raft.readRefusal = 'not-leader'
  await expect(ask(v2, v2.listHosts, {})).rejects.toMatchObject({
    grpcStatus: status.UNAVAILABLE,
    code: 'SCHED_NO_LEADER',
  })
  const before = member.raft.reads
  const stale = { 'x-damselfly-consistency': 'stale' }
  const { reply } = await ask(v2, v2.listHosts, {}, stale)
  expect(reply.hosts.map(({ id }) => id)).toEqual([host.id])
  expect(member.raft.reads).toBe(before)
  const other = { 'x-damselfly-consistency': 'linearizable' }
  await expect(ask(v2, v2.listHosts, {}, other)).rejects.toMatchObject({ code: 'SCHED_NO_LEADER' })
  member.raft.readRefusal = undefined
  expect(await list()).toHaveLength(1)
})

describe('StatPeer and StatTask', () => {
  test('tell of a peer, its task and its host', async () => {
    await announceHosts(v2, 1)
    const stream = new TestDownload(v2, downloadOf('t', 1))
    stream.register({
      range: { start: 10, length: 20 },
      priority: 'LEVEL4',
      concurrentPieceCount: 3,
      digest: `sha256:${'0'.repeat(64)}`,
      application: 'app',
      filteredQueryParams: ['token'],
      requestHeader: { accept: 'all' },
    })
    await stream.sentToSource()
    const { reply } = await ask(v2, v2.statPeer, downloadOf('t', 1))
    expect(reply).toMatchObject({
      id: 't-peer-1',
      range: { start: 10, length: 20 },
      priority: 'LEVEL4',
      concurrentPieceCount: 3,
      state: 'BackToSource',
      pieces: [],
      task: {
        id: 't',
        digest: `sha256:${'0'.repeat(64)}`,
        application: 'app',
        filteredQueryParams: ['token'],
        requestHeader: {},
        state: 'Running',
        hasAvailablePeer: true,
      },
      host: { id: 'host-1', name: 'peer-1', port: 10_001 },
    })
    const stat = await ask(v2, v2.statTask, { hostId: 'any', taskId: 't' })
    expect(stat.reply).toEqual(reply.task)
    stream.cancel()
  })

  test('show what may be credentials to operators alone', async () => {
    await announceHosts(v2, 1)
    const url = 'http://user:pass@origin.example/file?signature=s#f'
    const stream = new TestDownload(v2, downloadOf('t', 1))
    stream.register({ url, requestHeader: { authorization: 'secret' } })
    await stream.sentToSource()
    const hash = hashSecret(utf8Encode('the-operator-token'))
    await member.proposer.propose(setOperatorToken, { hash }, { timeoutMs: 5_000 })
    const seen = async (headers: Record<string, string>): Promise<unknown[]> => {
      const { reply: task } = await ask(v2, v2.statTask, { hostId: 'any', taskId: 't' }, headers)
      const { reply: peer } = await ask(v2, v2.statPeer, downloadOf('t', 1), headers)
      expect(peer.task).toEqual(task)
      return [task.url, task.requestHeader]
    }
    expect(await seen({ authorization: 'Bearer the-operator-token' })).toEqual([
      url,
      { authorization: 'secret' },
    ])
    const shown = ['http://origin.example/file', {}]
    expect(await seen({})).toEqual(shown)
    expect(await seen({ authorization: 'Bearer another-token' })).toEqual(shown)
    await announceHosts(v2, 2)
    const child = new TestDownload(v2, downloadOf('t', 2))
    child.register()
    const { normalTaskResponse } = await child.next()
    const task = normalTaskResponse?.candidateParents[0]?.task
    expect([task?.url, task?.requestHeader]).toEqual(shown)
    child.cancel()
    stream.cancel()
  })

  test('are the same for a peer of API v1', async () => {
    await ask(member.v1, member.v1.announceTask, announcement('t', 1))
    const { reply } = await ask(v2, v2.statPeer, downloadOf('t', 1))
    expect(reply).toMatchObject({ state: 'Succeeded', task: { type: 'PERSISTENT_CACHE' } })
    expect(reply.task).toMatchObject({ contentLength: 5_000_000, pieceCount: 2, peerCount: 1 })
  })

  test('do not know what is not there', async () => {
    await expect(ask(v2, v2.statPeer, downloadOf('t', 1))).rejects.toMatchObject({
      grpcStatus: status.NOT_FOUND,
      code: 'SCHED_PEER_NOT_FOUND',
    })
    await expect(ask(v2, v2.statTask, { hostId: 'any', taskId: 't' })).rejects.toMatchObject({
      grpcStatus: status.NOT_FOUND,
      code: 'SCHED_TASK_NOT_FOUND',
    })
  })

  test('ask the leader unless a stale answer will do', async () => {
    await announceHosts(v2, 1)
    await fetchFromSource(v2, downloadOf('t', 1))
    member.raft.readRefusal = 'not-leader'
    const calls = [
      () => ask(v2, v2.statPeer, downloadOf('t', 1)),
      () => ask(v2, v2.statTask, { hostId: 'any', taskId: 't' }),
    ]
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({ grpcStatus: status.UNAVAILABLE })
    }
    const stale = { 'x-damselfly-consistency': 'stale' }
    expect((await ask(v2, v2.statTask, { hostId: 'any', taskId: 't' }, stale)).reply.state).toBe(
      'Succeeded',
    )
    expect((await ask(v2, v2.statPeer, downloadOf('t', 1), stale)).reply.state).toBe('Succeeded')
  })
})

describe('DeletePeer and DeleteTask', () => {
  test('DeletePeer removes a peer, and is fine with one that is not there', async () => {
    await announceHosts(v2, 1)
    await fetchFromSource(v2, downloadOf('t', 1))
    for (let i = 0; i < 2; i += 1) await ask(v2, v2.deletePeer, downloadOf('t', 1))
    expect(getPeer(member.reader, downloadOf('t', 1))).toBeUndefined()
  })

  test('DeleteTask removes the peers of one host; with the last one the task is gone', async () => {
    await announceHosts(v2, 1, 2)
    await fetchFromSource(v2, downloadOf('t', 1))
    await fetchFromSource(v2, { ...downloadOf('t', 1), peerId: 'again' })
    await fetchFromSource(v2, downloadOf('t', 2))
    await ask(v2, v2.deleteTask, { hostId: hostId(1), taskId: 't' })
    expect((await ask(v2, v2.statTask, { hostId: 'any', taskId: 't' })).reply.peerCount).toBe(1)
    await ask(v2, v2.deleteTask, { hostId: hostId(2), taskId: 't' })
    expect(getTask(member.reader, 't')).toBeUndefined()
    await expect(ask(v2, v2.deleteTask, { hostId: 'unknown', taskId: 't' })).rejects.toMatchObject({
      grpcStatus: status.NOT_FOUND,
      code: 'SCHED_HOST_NOT_FOUND',
    })
  })

  test('what a host said before its DeleteTask and arrives after it brings nothing back', async () => {
    await announceHosts(v2, 1)
    await fetchFromSource(v2, downloadOf('t', 1))
    // Both requests are accepted now and proposed when there is a leader again.
    member.raft.change({ role: 'follower', leader: 0 })
    const announced = ask(member.v1, member.v1.announceTask, announcement('t', 1))
    const registered = ask(member.v1, member.v1.registerPeerTask, registration('t', 1))
    const refusals = Promise.allSettled([announced, registered])
    const barrier = { 'x-damselfly-consistency': 'stale' }
    await ask(member.v1, member.v1.statTask, { taskId: 't' }, barrier)
    const body = { hostId: hostId(1), taskId: 't' }
    await member.proposer.propose(deleteTask, body, { timeoutMs: 5_000 })
    member.raft.change({ role: 'leader', leader: 1 })
    for (const { status: how } of await refusals) expect(how).toBe('rejected')
    expect(getTask(member.reader, 't')).toBeUndefined()
    // Whoever comes afterwards counts.
    await fetchFromSource(v2, downloadOf('t', 1))
    expect(getTask(member.reader, 't')?.state).toBe('Succeeded')
  })
})

describe('what is not served', () => {
  const methods = Object.entries(loadServices().schedulerV2.service).filter(([name]) =>
    /Cache|Persistent|Preheat|StatImage|StatFile/.test(name),
  )

  test.each(methods)('%s is UNIMPLEMENTED, by name', async (_name, method) => {
    const client = new Client(member.address, credentials.createInsecure())
    const { path, requestSerialize, responseDeserialize } = method
    const error = await new Promise<ServiceError | null>((resolve) => {
      if (method.requestStream) {
        const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize)
        call.on('error', (failure: ServiceError) => resolve(failure))
      } else {
        const reply = (failure: ServiceError | null): void => resolve(failure)
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, {}, reply)
      }
    })
    client.close()
    expect(error).toMatchObject({
      code: status.UNIMPLEMENTED,
      details: expect.stringMatching(/^this scheduler does not serve /) as string,
    })
    expect(error?.metadata.get('x-raft-term')).toEqual(['1'])
    expect(error?.metadata.get('x-damselfly-code')).toEqual(['SCHED_UNIMPLEMENTED'])
  })

  test('are 25 methods', () => {
    expect(methods).toHaveLength(25)
  })
})
