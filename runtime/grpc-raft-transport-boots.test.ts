import { afterEach, expect, test } from 'vitest'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { nullLogger, Prng, VirtualClock } from '../base/index.ts'
import type { Message } from '../raft/index.ts'
import { Boots } from './grpc-raft-transport-boots.ts'
import type { IncomingStream } from './grpc-raft-transport-frame.ts'
import { GrpcRaftTransport, raftServerOptions, registerRaftService } from './grpc-raft-transport.ts'
import { plainText } from './grpc-tls.ts'
import { SystemClock } from './system-clock.ts'

const incarnation = 'a'.repeat(32)
const first = { replicaId: 2, incarnation, bootId: '1'.repeat(32) }
const second = { ...first, bootId: '2'.repeat(32) }
const stream = (): IncomingStream => ({}) as IncomingStream

function start(): { readonly clock: VirtualClock; readonly boots: Boots } {
  const clock = new VirtualClock({ settle: () => Promise.resolve() })
  return { clock, boots: new Boots({ clock }, { heardWithinMs: 1000 }) }
}

test('J12 of two processes with one identity the one that is heard already goes on', async () => {
  const { clock, boots } = start()
  const [one, two] = [stream(), stream()]
  expect(boots.take(first, one)).toBe(true)
  for (let i = 0; i < 5; i += 1) {
    await clock.advance(900)
    expect(boots.take(second, two)).toBe(false)
    expect(boots.take(first, one)).toBe(true)
  }
})

test('J12 a process whose stream has ended gives way at once', () => {
  const { boots } = start()
  const [one, two] = [stream(), stream()]
  boots.take(first, one)
  boots.forgetStream(one)
  expect(boots.take(second, two)).toBe(true)
  expect(boots.take(first, one)).toBe(false)
})

test('J12 a process that says nothing for an election timeout gives way', async () => {
  const { clock, boots } = start()
  const [one, two] = [stream(), stream()]
  boots.take(first, one)
  await clock.advance(1000)
  expect(boots.take(second, two)).toBe(true)
  expect(boots.take(first, one)).toBe(false)
})

test('a process may come on another stream; the end of its old one changes nothing', () => {
  const { boots } = start()
  const [one, two, three] = [stream(), stream(), stream()]
  boots.take(first, one)
  expect(boots.take(first, two)).toBe(true)
  boots.forgetStream(one)
  expect(boots.take(second, three)).toBe(false)
})

test('another incarnation is no duplicate, and who is no member is forgotten', () => {
  const { boots } = start()
  boots.take(first, stream())
  expect(boots.take({ ...second, incarnation: 'b'.repeat(32) }, stream())).toBe(true)
  boots.take(first, stream())
  boots.keep((id) => id !== 2)
  expect(boots.take(second, stream())).toBe(true)
})

const clock = new SystemClock()
const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

function transportOf(replicaId: number, bootId: string): GrpcRaftTransport {
  const transport = new GrpcRaftTransport(
    { clock, random: new Prng(bootId), logger: nullLogger },
    {
      self: { clusterId: 'c'.repeat(32), replicaId, incarnation: idOf(replicaId), bootId },
      security: plainText,
      heardWithinMs: 60_000,
    },
  )
  cleanups.push(() => transport.close())
  return transport
}

const idOf = (replicaId: number): string => String(replicaId).repeat(32)

const heartbeat = (from: number, to: number, commit: number): Message => ({
  type: 'heartbeat',
  from,
  to,
  term: 1,
  commit,
  readPosition: 0,
  matchedByAll: 0,
})

test('J12 a second process is told each time, and nothing it says arrives', async () => {
  const receiver = transportOf(1, 'f'.repeat(32))
  const server = new Server(raftServerOptions)
  registerRaftService(server, {
    probe: () => ({}),
    progress: () => ({ ok: false, reason: 'not-ready' }),
    transport: () => receiver,
  })
  cleanups.push(async () => server.forceShutdown())
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(error)
    })
  })
  const members = new Map([
    [1, { address: `127.0.0.1:${port}`, incarnation: idOf(1) }],
    [2, { address: '127.0.0.1:1', incarnation: idOf(2) }],
  ])
  receiver.setMembers(members)
  const heard: number[] = []
  receiver.onMessage((message) => {
    if (message.type === 'heartbeat') heard.push(message.commit)
  })
  const original = transportOf(2, '1'.repeat(32))
  const copy = transportOf(2, '2'.repeat(32))
  let told = 0
  copy.onDuplicate((id) => {
    expect(id).toBe(1)
    told += 1
  })
  for (const transport of [original, copy]) transport.setMembers(members)
  original.send(1, heartbeat(2, 1, 7))
  await until(() => heard.length === 1)
  for (let i = 1; i <= 3; i += 1) {
    copy.send(1, heartbeat(2, 1, 8))
    await until(() => told === i)
  }
  original.send(1, heartbeat(2, 1, 9))
  await until(() => heard.length === 2)
  expect(heard).toEqual([7, 9])
  expect(receiver.metrics.refusals.get('duplicate-identity')).toBe(3)
})

async function until(isReached: () => boolean): Promise<void> {
  const endMs = clock.nowMs() + 20_000
  while (!isReached()) {
    expect(clock.nowMs(), 'waited far too long').toBeLessThan(endMs)
    await clock.sleep(5)
  }
}
