import { Server, ServerCredentials } from '@grpc/grpc-js'
import type { ServerWritableStream } from '@grpc/grpc-js'
import { afterEach, expect, test } from 'vitest'
import { CodedError, nullLogger } from '../base/index.ts'
import { loadServices, toWireStatus } from '../proto/index.ts'
import type { clusterV1 } from '../proto/index.ts'
import { SystemClock, systemRandom } from '../runtime/index.ts'
import { watchCluster } from './cluster-watch.ts'
import type { ClusterWatch, ClusterWatchListener, ClusterWatchOptions } from './cluster-watch.ts'

type Call = ServerWritableStream<clusterV1.WatchRequest__Output, clusterV1.WatchFrame>

const clock = new SystemClock()
const deps = { clock, random: systemRandom().random, logger: nullLogger }
const clusterId = 'c'.repeat(32)
const token = (index: number): clusterV1.WatchToken => ({ clusterId, index })

let closers: (() => void)[] = []

afterEach(() => {
  for (const close of closers.toReversed()) close()
  closers = []
})

/** A member whose watches a test serves by hand. */
class Member {
  readonly server = new Server()
  readonly calls: Call[] = []
  address = ''

  async start(port = 0): Promise<this> {
    this.server.addService(loadServices().cluster.service, {
      watch: (call: Call) => this.calls.push(call),
    })
    closers.push(() => this.server.forceShutdown())
    const bound = await new Promise<number>((resolve, reject) => {
      const credentials = ServerCredentials.createInsecure()
      this.server.bindAsync(`127.0.0.1:${port}`, credentials, (error, value) =>
        error === null ? resolve(value) : reject(error),
      )
    })
    this.address = `127.0.0.1:${bound}`
    return this
  }

  fail(code: string): void {
    this.calls.at(-1)!.emit('error', toWireStatus(new CodedError(code, 'by the test')))
  }
}

const row = (key: string, modIndex: number, isDeleted = false): clusterV1.WatchRow => ({
  table: 'hosts',
  key,
  modIndex,
  json: isDeleted ? '' : JSON.stringify({ id: key }),
  isDeleted,
})

interface Watched {
  readonly events: unknown[][]
  readonly watch: ClusterWatch
  readonly ended: Promise<unknown>
}

function start(
  members: readonly Member[],
  options: Partial<ClusterWatchOptions> = {},
  listener: Partial<ClusterWatchListener> = {},
): Watched {
  const events: unknown[][] = []
  let watch: ClusterWatch | undefined
  const ended = new Promise<unknown>((resolve) => {
    const addresses = members.map(({ address }) => address)
    watch = watchCluster(
      deps,
      { addresses, ...options },
      {
        onList: ({ token: { index }, rows, isFirst, isLast }) => {
          events.push(['list', index, rows.map(({ key }) => key), isFirst, isLast])
        },
        onChange: ({ token: { index }, rows }) => {
          events.push(['change', index, ...rows.map(({ key, value }) => [key, value])])
        },
        onProgress: ({ token: { index }, leaderContactAgeMs }) => {
          events.push(['progress', index, leaderContactAgeMs])
        },
        onInterrupted: (error) => events.push(['interrupted', error.code]),
        onEnd: resolve,
        ...listener,
      },
    )
  })
  closers.push(() => watch?.stop())
  return { events, watch: watch!, ended }
}

async function until<Value>(look: () => Value | undefined | false): Promise<Value> {
  const endMs = performance.now() + 10_000
  for (;;) {
    const value = look()
    if (value !== undefined && value !== false) return value
    expect(performance.now()).toBeLessThan(endMs)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** The newest call, of whichever member, once there were `count`. */
async function callOf(members: readonly Member[], count: number): Promise<Call> {
  const calls = (): Call[] => members.flatMap((member) => member.calls)
  await until(() => calls().length === count)
  return members.flatMap((member) => member.calls.filter((call) => !call.cancelled)).at(-1)!
}

test('hands out a list, changes and progress, in the order they come', async () => {
  const member = await new Member().start()
  const { events, watch } = start([member], { tables: ['hosts'] })
  const call = await callOf([member], 1)
  expect(call.request).toMatchObject({ tables: ['hosts'], after: null })
  call.write({ kind: 'LIST', token: token(5), rows: [row('a', 1), row('b', 2)] })
  await until(() => events.length === 1)
  expect(watch.token).toBeUndefined()
  call.write({ kind: 'LIST', token: token(5), rows: [row('c', 3)], isListEnd: true })
  call.write({ kind: 'CHANGE', token: token(7), rows: [row('a', 7), row('b', 7, true)] })
  call.write({ kind: 'PROGRESS', token: token(9), leaderContactAgeMs: 12 })
  await until(() => events.length === 4)
  expect(events).toEqual([
    ['list', 5, ['a', 'b'], true, false],
    ['list', 5, ['c'], false, true],
    ['change', 7, ['a', { id: 'a' }], ['b', undefined]],
    ['progress', 9, 12],
  ])
  expect(watch.token).toEqual({ clusterId, index: 9 })
})

test('goes on at another member right behind what it took', async () => {
  const members = await Promise.all([new Member().start(), new Member().start()])
  const { events } = start(members)
  const first = await callOf(members, 1)
  first.write({ kind: 'LIST', token: token(5), isListEnd: true })
  first.write({ kind: 'CHANGE', token: token(6), rows: [row('a', 6)] })
  await until(() => events.length === 2)
  members.find(({ calls }) => calls.length === 1)!.fail('SCHED_NO_LEADER')
  await until(() => members.every(({ calls }) => calls.length === 1))
  const second = members.map(({ calls }) => calls[0]!).find((call) => call !== first)!
  expect(second.request.after).toEqual(token(6))
  second.write({ kind: 'CHANGE', token: token(7), rows: [row('b', 7)] })
  await until(() => events.length === 4)
  expect(events.slice(2)).toEqual([
    ['interrupted', 'SCHED_NO_LEADER'],
    ['change', 7, ['b', { id: 'b' }]],
  ])
})

test('a member that dies is an interruption like any other', async () => {
  const members = await Promise.all([new Member().start(), new Member().start()])
  const { events } = start(members, { after: { clusterId, index: 3 } })
  const first = await callOf(members, 1)
  first.write({ kind: 'PROGRESS', token: token(4) })
  await until(() => events.length === 1)
  members.find(({ calls }) => calls.length === 1)!.server.forceShutdown()
  await until(() => members.every(({ calls }) => calls.length === 1))
  const second = members.map(({ calls }) => calls[0]!).find((call) => call !== first)!
  expect(second.request.after).toEqual(token(4))
  expect(events.at(-1)).toEqual([
    'interrupted',
    expect.stringMatching(/^PROTO_(UNAVAILABLE|CANCELLED)$/),
  ])
})

test('lists anew when its token is compacted, and when a list was cut short', async () => {
  const member = await new Member().start()
  const { events } = start([member], { after: { clusterId, index: 3 } })
  const first = await callOf([member], 1)
  expect(first.request.after).toEqual(token(3))
  member.fail('SCHED_COMPACTED')
  const second = await callOf([member], 2)
  expect(second.request.after).toBeNull()
  second.write({ kind: 'LIST', token: token(8), rows: [row('a', 1)] })
  await until(() => events.length === 2)
  member.fail('SCHED_STOPPING')
  const third = await callOf([member], 3)
  expect(third.request.after).toBeNull()
  third.write({ kind: 'LIST', token: token(9), rows: [row('a', 9)], isListEnd: true })
  await until(() => events.length === 4)
  expect(events).toEqual([
    ['interrupted', 'SCHED_COMPACTED'],
    ['list', 8, ['a'], true, false],
    ['interrupted', 'SCHED_STOPPING'],
    ['list', 9, ['a'], true, true],
  ])
})

test.each(['SCHED_WRONG_CLUSTER', 'PROTO_FIELD_INVALID', 'SCHED_UNAUTHENTICATED'])(
  'ends with %s: no other try would help',
  async (code) => {
    const member = await new Member().start()
    const { ended } = start([member])
    await callOf([member], 1)
    member.fail(code)
    expect(await ended).toMatchObject({ code })
    expect(member.calls.length).toBe(1)
  },
)

test('ends when another cluster answers at the address', async () => {
  const member = await new Member().start()
  const { ended, events } = start([member], { after: { clusterId: 'd'.repeat(32), index: 1 } })
  const call = await callOf([member], 1)
  call.write({ kind: 'PROGRESS', token: token(4) })
  expect(await ended).toMatchObject({ code: 'SCHED_WRONG_CLUSTER' })
  expect(events).toEqual([])
})

test('reads on only when what it gave was taken', async () => {
  const member = await new Member().start()
  const taken: number[] = []
  let go: () => void = () => undefined
  const { watch } = start(
    [member],
    { after: { clusterId, index: 0 } },
    {
      onChange: async ({ token: { index } }) => {
        taken.push(index)
        await new Promise<void>((resolve) => {
          go = resolve
        })
      },
    },
  )
  const call = await callOf([member], 1)
  for (const index of [1, 2]) call.write({ kind: 'CHANGE', token: token(index), rows: [] })
  await until(() => taken.length === 1)
  expect(watch.token?.index).toBe(0)
  go()
  await until(() => taken.length === 2)
  expect(watch.token?.index).toBe(1)
  go()
})

test('a listener that throws ends the watch with what it threw', async () => {
  const member = await new Member().start()
  const thrown = new Error('no room')
  const { ended } = start(
    [member],
    {},
    {
      onList: () => {
        throw thrown
      },
    },
  )
  const call = await callOf([member], 1)
  call.write({ kind: 'LIST', token: token(5), isListEnd: true })
  expect(await ended).toBe(thrown)
  await until(() => call.cancelled)
})

test('stop ends it without an error, also while no member answers', async () => {
  const member = await new Member().start()
  const { ended, watch } = start([member])
  const call = await callOf([member], 1)
  watch.stop()
  expect(await ended).toBeUndefined()
  await until(() => call.cancelled)

  const nobody = start([{ address: '127.0.0.1:1' } as Member])
  await until(() => nobody.events.length > 1)
  nobody.watch.stop()
  nobody.watch.stop()
  expect(await nobody.ended).toBeUndefined()
  expect(nobody.events[0]).toEqual(['interrupted', 'PROTO_UNAVAILABLE'])
})

test.each([[[]], [['no port']]])('refuses the addresses %j', (addresses) => {
  const listener = { onList: (): void => undefined, onChange: (): void => undefined }
  expect(() => watchCluster(deps, { addresses }, listener)).toThrow(
    expect.objectContaining({ code: 'CONF_ADDRESS' }),
  )
})
