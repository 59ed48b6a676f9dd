import { status } from '@grpc/grpc-js'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { commonV2, schedulerV2 } from '../../proto/index.ts'
import { getHost } from '../replication/commands/index.ts'
import { ask, startSingleMember } from './single-member.suite.ts'
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
