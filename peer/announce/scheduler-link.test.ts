import { Server, ServerCredentials, status } from '@grpc/grpc-js'
import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nullLogger, Prng } from '../../base/index.ts'
import { until } from '../daemon-harness.suite.ts'
import { FakeCluster } from '../fake-scheduler.suite.ts'
import { loadServices } from '../../proto/index.ts'
import type { managerV2 } from '../../proto/index.ts'
import { SystemClock } from '../../runtime/index.ts'
import { SchedulerLink } from './scheduler-link.ts'

let cluster: FakeCluster
let manager: Server
let managerAddress: string
let named: readonly string[]
const asked: managerV2.ListSchedulersRequest__Output[] = []

beforeEach(async () => {
  cluster = new FakeCluster()
  named = []
  asked.length = 0
  manager = new Server()
  manager.addService(loadServices().managerV2.service, {
    listSchedulers: (
      call: ServerUnaryCall<
        managerV2.ListSchedulersRequest__Output,
        managerV2.ListSchedulersResponse
      >,
      callback: sendUnaryData<managerV2.ListSchedulersResponse>,
    ) => {
      asked.push(call.request)
      if (asked.length === 1) {
        callback({ code: status.UNAVAILABLE, details: 'not yet' })
        return
      }
      const schedulers = named.map((address) => {
        const [ip, port] = address.split(':')
        return { ip: ip!, port: Number(port) }
      })
      callback(null, { schedulers })
    },
  })
  const port = await new Promise<number>((resolve, reject) => {
    manager.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(error)
    })
  })
  managerAddress = `127.0.0.1:${port}`
})

afterEach(() => {
  cluster.stop()
  manager.forceShutdown()
})

function link(options: { scheduler?: readonly string[]; manager?: string }): SchedulerLink {
  return new SchedulerLink(
    { clock: new SystemClock(), random: new Prng('link'), logger: nullLogger },
    {
      scheduler: options.scheduler ?? [],
      manager: options.manager,
      hostname: 'h',
      ip: '127.0.0.1',
      idc: 'i',
      location: '',
    },
  )
}

describe('the way to the schedulers', () => {
  it('is found through a manager, however late it names one', async () => {
    const found = link({ manager: managerAddress })
    await found.start()
    expect(found.addresses).toEqual([])
    await expect(found.statTask({ taskId: 'x' }, { deadlineMs: 1 })).rejects.toMatchObject({
      code: 'SCHED_UNAVAILABLE',
    })
    expect(() => found.reportPieceResult('x', { onMessage: () => {}, onEnd: () => {} })).toThrow(
      expect.objectContaining({ code: 'SCHED_UNAVAILABLE' }) as Error,
    )
    await until(() => asked.length >= 2)
    named = [(await cluster.listen()).address]
    await until(() => found.addresses.length === 1)
    expect(asked[0]).toMatchObject({ sourceType: 'PEER_SOURCE', hostname: 'h', idc: 'i' })
    await expect(found.statTask({ taskId: 'x' })).rejects.toMatchObject({ dfCode: 1404 })
    await found.stop()
  })

  it('moves to the schedulers the manager names when the known ones are gone', async () => {
    asked.push({} as managerV2.ListSchedulersRequest__Output)
    const old = await cluster.listen()
    const found = link({ scheduler: [old.address], manager: managerAddress })
    await found.start()
    old.kill()
    named = [(await cluster.listen()).address]
    await found.leaveHost({ id: 'x' }, { deadlineMs: 20_000 })
    expect(found.addresses).toEqual([old.address, ...named])
    await found.stop()
  })

  it('is refused when an address is none, and ends when the daemon stops', async () => {
    expect(() => link({ scheduler: ['nonsense'] })).toThrow(
      expect.objectContaining({ code: 'CONF_ADDRESS' }) as Error,
    )
    const found = link({ manager: 'manager://127.0.0.1:1' })
    await found.start()
    const call = found.leaveHost({ id: 'x' })
    await found.stop()
    await expect(call).rejects.toMatchObject({ code: 'SCHED_UNAVAILABLE' })
    await expect(found.leaveHost({ id: 'x' })).rejects.toMatchObject({ code: 'SCHED_UNAVAILABLE' })
  })
})
