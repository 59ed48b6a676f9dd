import http2 from 'node:http2'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { Metadata, Server, ServerCredentials, credentials } from '@grpc/grpc-js'
import type { ClientDuplexStream } from '@grpc/grpc-js'
import { afterEach, describe, expect, test } from 'vitest'
import { nullLogger, Prng } from '../base/index.ts'
import type { LogFields, Logger } from '../base/index.ts'
import { loadServices } from '../proto/index.ts'
import type { raftV1 } from '../proto/index.ts'
import { encodeMessage, entryDataBytesMax, protocolVersion } from '../raft/index.ts'
import type { Message, MessageHeader } from '../raft/index.ts'
import { describeTransport } from '../raft/transport.suite.ts'
import { dial } from './grpc-raft-transport-dial.ts'
import { plainText } from './grpc-tls.ts'
import { frameChecksum } from './grpc-raft-transport-frame.ts'
import {
  raftFrameBytesMax,
  raftWindowBytes,
  remoteRefusalsMax,
} from './grpc-raft-transport-limits.ts'
import {
  askProgress,
  GrpcRaftTransport,
  probeMember,
  raftServerOptions,
  registerRaftService,
} from './grpc-raft-transport.ts'
import { SystemClock } from './system-clock.ts'

const clusterId = 'c'.repeat(32)
const incarnationOf = (id: number): string => String(id).repeat(32)
const clock = new SystemClock()

/** Far above what anything here takes; only a broken test waits this long. */
const patienceMs = 20_000

async function until(isReached: () => boolean): Promise<void> {
  const endMs = clock.nowMs() + patienceMs
  while (!isReached()) {
    expect(clock.nowMs(), 'waited far too long').toBeLessThan(endMs)
    await clock.sleep(5)
  }
}

interface Running {
  readonly transport: GrpcRaftTransport
  readonly server: Server
  readonly port: number
}

/** Warnings of all transports of a test. */
const warnings: LogFields[] = []
const logger: Logger = { ...nullLogger, warn: (fields) => void warnings.push(fields) }

/** Everything a test has opened, closed after it. */
const opened: Running[] = []

async function open(
  id: number,
  port = 0,
  self: { readonly clusterId?: string; readonly incarnation?: string } = {},
): Promise<Running> {
  const transport = new GrpcRaftTransport(
    { clock, random: new Prng(`transport-${id}`), logger },
    {
      self: {
        clusterId: self.clusterId ?? clusterId,
        replicaId: id,
        incarnation: self.incarnation ?? incarnationOf(id),
        bootId: 'b'.repeat(32),
      },
      security: plainText,
    },
  )
  const server = new Server(raftServerOptions)
  registerRaftService(server, {
    probe: () => ({ state: 'fresh', incarnation: incarnationOf(id) }),
    transport: () => transport,
  })
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, number) => {
      if (error === null) resolve(number)
      else reject(error)
    })
  })
  const running = { transport, server, port: bound }
  opened.push(running)
  return running
}

async function close({ transport, server }: Running): Promise<void> {
  await transport.close()
  server.forceShutdown()
}

afterEach(async () => {
  for (const running of opened.splice(0)) await close(running)
  warnings.length = 0
})

const membersOf = (ports: ReadonlyMap<number, number>) =>
  new Map(
    [...ports].map(([id, port]) => [
      id,
      { address: `127.0.0.1:${port}`, incarnation: incarnationOf(id) },
    ]),
  )

describeTransport('GrpcRaftTransport', async () => {
  const running = new Map<number, Running>()
  for (const id of [1, 2, 3]) running.set(id, await open(id))
  const ports = new Map([...running].map(([id, { port }]) => [id, port]))
  for (const { transport } of running.values()) transport.setMembers(membersOf(ports))
  return {
    transport: (id) => running.get(id)!.transport,
    until,
    kill: async (id) => close(running.get(id)!),
    // What a dying process leaves to its kernel: every socket is closed, none of them says why.
    die: async (id) => running.get(id)!.server.forceShutdown(),
    revive: async (id) => {
      running.set(id, await open(id, ports.get(id)!))
      running.get(id)!.transport.setMembers(membersOf(ports))
    },
    dispose: async () => {},
  }
})

const heartbeat = (from: number, to: number): Message => ({
  type: 'heartbeat',
  from,
  to,
  term: 1,
  commit: 0,
  readPosition: 0,
  matchedByAll: 0,
})

const headerOf = (from: number, to: number): MessageHeader => ({
  protocolVersion,
  clusterId,
  group: 0,
  from: { replicaId: from, incarnation: incarnationOf(from), bootId: 'b'.repeat(32) },
  to: { replicaId: to, incarnation: incarnationOf(to) },
  term: 1,
})

test('a sender may run a whole frame ahead of the receiver', async () => {
  const { port } = await open(1)
  const session = http2.connect(`http://127.0.0.1:${port}`)
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/damselfly.raft.v1.Raft/Messages',
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    stream.on('error', () => {})
    await until(() => session.remoteSettings.initialWindowSize === raftWindowBytes)
    // The same for the connection as a whole.
    await until(() => session.state.remoteWindowSize === raftWindowBytes)
    expect(raftWindowBytes).toBeGreaterThanOrEqual(raftFrameBytesMax)
  } finally {
    session.destroy()
  }
})

/** Member 1 with a receiver, and a stream to it that the test writes by hand as member 2. */
async function withRawStream() {
  const target = await open(1)
  target.transport.setMembers(
    membersOf(
      new Map([
        [1, target.port],
        [2, 1],
      ]),
    ),
  )
  const inbox: Message[] = []
  target.transport.onMessage((message) => inbox.push(message))
  const { stream, refusals, end } = rawStream(target.port)
  return { target, inbox, stream, refusals, end }
}

function rawStream(port: number) {
  const client = new (loadServices().raft)(`127.0.0.1:${port}`, credentials.createInsecure(), {
    // A connection of its own for each stream.
    'grpc.use_local_subchannel_pool': 1,
  })
  const stream: ClientDuplexStream<raftV1.Frame, raftV1.Frame__Output> = client.messages(
    new Metadata(),
  )
  const refusals: string[] = []
  const end = { code: -1 }
  stream.on('data', (frame: raftV1.Frame__Output) => refusals.push(frame.refusal))
  stream.on('error', (error: Error & { code?: number }) => {
    end.code = error.code ?? 0
    client.close()
  })
  return { stream, refusals, end }
}

const frameOf = (...messages: Uint8Array[]): raftV1.Frame => ({
  messages,
  crc32: frameChecksum(messages),
})

describe('R-20.1 what is not for us is dropped with a reason', () => {
  const cases: readonly [string, Partial<MessageHeader>][] = [
    ['wrong-cluster', { clusterId: 'd'.repeat(32) }],
    ['wrong-target', { to: { replicaId: 3, incarnation: incarnationOf(3) } }],
    ['wrong-incarnation', { to: { replicaId: 1, incarnation: 'e'.repeat(32) } }],
    ['wrong-incarnation', { from: { ...headerOf(2, 1).from, incarnation: 'e'.repeat(32) } }],
    ['protocol-version', { protocolVersion: 0 }],
    ['protocol-version', { protocolVersion: 2 }],
  ]
  test.each(cases)('%s', async (reason, change) => {
    const { target, inbox, stream, refusals } = await withRawStream()
    const header = { ...headerOf(2, 1), ...change }
    const message = heartbeat(header.from.replicaId, header.to.replicaId)
    stream.write(frameOf(encodeMessage(header, message), encodeMessage(header, message)))
    stream.write(frameOf(encodeMessage(headerOf(2, 1), heartbeat(2, 1))))
    await until(() => inbox.length > 0)
    expect(inbox).toHaveLength(1)
    expect(target.transport.metrics.refusals).toEqual(new Map([[reason, 2]]))
    // Counted each time, logged the first time.
    expect(warnings.map((fields) => fields['reason'])).toEqual([reason])
    // The sender is told once per stream.
    await until(() => refusals.length > 0)
    expect(refusals).toEqual([reason])
    stream.cancel()
  })

  test('frames damaged on several connections of one host are logged once', async () => {
    const { target, stream } = await withRawStream()
    const again = rawStream(target.port).stream
    const damaged = { ...frameOf(encodeMessage(headerOf(2, 1), heartbeat(2, 1))), crc32: 0 }
    for (const each of [stream, again]) each.write(damaged)
    await until(() => target.transport.metrics.refusals.get('checksum') === 2)
    expect(warnings).toEqual([{ peer: '127.0.0.1', reason: 'checksum' }])
    for (const each of [stream, again]) each.cancel()
  })

  test('R-15.2 an answer from somebody unknown', async () => {
    const { target, inbox, stream, refusals } = await withRawStream()
    const header = { ...headerOf(7, 1), from: { ...headerOf(7, 1).from, replicaId: 7 } }
    const base = { from: 7, to: 1, term: 1 }
    const answer: Message = { type: 'heartbeat-reply', ...base, readPosition: 0, lacksState: false }
    stream.write(frameOf(encodeMessage(header, answer)))
    await until(() => refusals.length > 0)
    expect(refusals).toEqual(['unknown-sender'])
    expect(inbox).toEqual([])
    expect(target.transport.metrics.refusals).toEqual(new Map([['unknown-sender', 1]]))
    stream.cancel()
  })

  test('an entry over the cap', async () => {
    const { target, inbox, stream, refusals } = await withRawStream()
    const data = new Uint8Array(entryDataBytesMax)
    const largest: Message = {
      type: 'append',
      from: 2,
      to: 1,
      term: 1,
      prevIndex: 0,
      prevTerm: 0,
      entries: [{ index: 1, term: 1, type: 'command', stampMs: 0, data }],
      commit: 0,
      matchedByAll: 0,
    }
    const larger = encodeMessage(headerOf(2, 1), largest)
    // The length stands right before the data, which end the message.
    new DataView(larger.buffer).setUint32(larger.length - data.length - 4, data.length + 1)
    stream.write(frameOf(larger, encodeMessage(headerOf(2, 1), heartbeat(2, 1))))
    await until(() => inbox.length > 0 && refusals.length > 0)
    expect(refusals).toEqual(['too-large'])
    expect(inbox).toEqual([heartbeat(2, 1)])
    expect(target.transport.metrics.refusals).toEqual(new Map([['too-large', 1]]))
    stream.cancel()
  })

  test('a damaged frame is dropped as a whole', async () => {
    const { target, inbox, stream, refusals } = await withRawStream()
    const good = encodeMessage(headerOf(2, 1), heartbeat(2, 1))
    stream.write({ ...frameOf(good), crc32: frameChecksum([good]) ^ 1 })
    await until(() => refusals.length > 0)
    expect(refusals).toEqual(['checksum'])
    expect(inbox).toEqual([])
    expect(target.transport.metrics.refusals).toEqual(new Map([['checksum', 1]]))
    stream.cancel()
  })

  test('garbage inside an intact frame is malformed and takes nothing along', async () => {
    const { inbox, stream, refusals } = await withRawStream()
    const good = encodeMessage(headerOf(2, 1), heartbeat(2, 1))
    stream.write(frameOf(new Uint8Array([1, 2, 3]), good, new Uint8Array(0)))
    await until(() => inbox.length === 1)
    await until(() => refusals.length > 0)
    expect(refusals).toEqual(['malformed'])
    stream.cancel()
  })

  test('a sender learns which of its messages a remote refuses', async () => {
    const [one, two] = [await open(1), await open(2, 0, { clusterId: 'd'.repeat(32) })]
    const ports = new Map([
      [1, one.port],
      [2, two.port],
    ])
    one.transport.setMembers(membersOf(ports))
    two.transport.setMembers(membersOf(ports))
    one.transport.send(2, heartbeat(1, 2))
    await until(() => one.transport.metrics.refusedByRemotes.size > 0)
    expect(one.transport.metrics.refusedByRemotes).toEqual(new Map([['wrong-cluster', 1]]))
    expect(two.transport.metrics.messagesReceived).toBe(0)
  })

  test('reasons a remote makes up are counted under one name', async () => {
    const one = await open(1)
    const server = new Server(raftServerOptions)
    let isAnswered = false
    registerRaftService(server, {
      probe: () => ({ state: 'fresh', incarnation: incarnationOf(2) }),
      transport: () => ({
        accept: (stream) => {
          for (let i = 0; i < 200; i += 1) stream.write({ refusal: `reason-${'x'.repeat(i + 1)}` })
          stream.write({ refusal: 'x'.repeat(100_000) })
          stream.write({ refusal: 'Not a reason' })
          stream.on('end', () => stream.end())
          isAnswered = true
        },
      }),
    })
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, number) =>
        error === null ? resolve(number) : reject(error),
      )
    })
    try {
      one.transport.setMembers(membersOf(new Map([[2, port]])))
      one.transport.send(2, heartbeat(1, 2))
      const { refusedByRemotes: counted } = one.transport.metrics
      const total = () => [...counted.values()].reduce((sum, count) => sum + count, 0)
      await until(() => isAnswered && total() === 202)
      expect(counted.size).toBe(remoteRefusalsMax)
      expect(counted.get('other')).toBe(202 - (remoteRefusalsMax - 1))
    } finally {
      server.forceShutdown()
    }
  })
})

describe('bad input on the replication port', () => {
  /** Writes bytes that are no Frame through the service's path. */
  function malformedStream(port: number, body: Buffer) {
    const client = new (loadServices().raft)(`127.0.0.1:${port}`, credentials.createInsecure())
    const end = { code: -1 }
    const stream = client.makeBidiStreamRequest(
      '/damselfly.raft.v1.Raft/Messages',
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      new Metadata(),
      {},
    )
    stream.on('data', () => {})
    stream.on('error', (error: Error & { code?: number }) => {
      end.code = error.code ?? 0
      client.close()
    })
    stream.write(body)
    return end
  }

  test('malformed protobuf ends its own stream and no other', async () => {
    const { target, inbox, stream } = await withRawStream()
    const end = malformedStream(target.port, Buffer.from('0affffffff0f', 'hex'))
    await until(() => end.code >= 0)
    expect(end.code).toBeGreaterThan(0)
    stream.write(frameOf(encodeMessage(headerOf(2, 1), heartbeat(2, 1))))
    await until(() => inbox.length === 1)
    stream.cancel()
  })

  test('a frame over raftFrameBytesMax ends its own stream and no other', async () => {
    const { target, inbox, stream } = await withRawStream()
    const big = rawStream(target.port)
    big.stream.write(frameOf(new Uint8Array(raftFrameBytesMax)))
    await until(() => big.end.code >= 0)
    // RESOURCE_EXHAUSTED
    expect(big.end.code).toBe(8)
    stream.write(frameOf(encodeMessage(headerOf(2, 1), heartbeat(2, 1))))
    await until(() => inbox.length === 1)
    stream.cancel()
  })

  test('bytes that are not HTTP/2 end their own connection and no other', async () => {
    const { target, inbox, stream } = await withRawStream()
    const socket = connect(target.port, '127.0.0.1')
    let isClosed = false
    socket.on('error', () => {})
    socket.on('close', () => {
      isClosed = true
    })
    socket.resume()
    socket.write(Buffer.alloc(4096, 0x5a))
    await until(() => isClosed)
    stream.write(frameOf(encodeMessage(headerOf(2, 1), heartbeat(2, 1))))
    await until(() => inbox.length === 1)
    stream.cancel()
  })
})

describe('probes', () => {
  const request = { addresses: ['127.0.0.1:1'], fromAddress: '127.0.0.1:1' }
  const fromIncarnation = incarnationOf(9)

  test('a member says who it is', async () => {
    const { port } = await open(4)
    const outcome = await probeMember(
      `127.0.0.1:${port}`,
      { ...request, fromIncarnation },
      { timeoutMs: patienceMs },
    )
    expect(outcome).toMatchObject({
      ok: true,
      reply: { state: 'fresh', incarnation: incarnationOf(4), clusterId: '', replicaId: 0 },
    })
  })

  test('nobody there is an answer as well', async () => {
    const running = await open(4)
    await close(running)
    const outcome = await probeMember(
      `127.0.0.1:${running.port}`,
      { ...request, fromIncarnation },
      { timeoutMs: patienceMs },
    )
    expect(outcome).toMatchObject({ ok: false, reason: 'unreachable' })
  })

  test.each([
    ['an incarnation that is none', { ...request, fromIncarnation: 'x' }],
    [
      'too many addresses',
      { ...request, fromIncarnation, addresses: Array.from({ length: 65 }, () => 'a:1') },
    ],
    ['a long address', { ...request, fromIncarnation, fromAddress: 'a'.repeat(257) }],
  ])('%s is refused before anybody is asked', async (_, bad) => {
    const { port } = await open(4)
    const outcome = await probeMember(`127.0.0.1:${port}`, bad, { timeoutMs: patienceMs })
    expect(outcome).toMatchObject({ ok: false })
    expect(!outcome.ok && outcome.detail).toContain('INVALID_ARGUMENT')
  })

  test('a member says how far it has come, unless another one is meant', async () => {
    const server = new Server(raftServerOptions)
    registerRaftService(server, {
      probe: () => ({ state: 'fresh' }),
      progress: ({ replicaId }) =>
        replicaId === 4
          ? { ok: true, reply: { phase: 'loading', bytesDone: 5, bytesTotal: 2 ** 40 } }
          : { ok: false, reason: 'other-member' },
      transport: () => undefined,
    })
    const port = await new Promise<number>((resolve) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_, bound) =>
        resolve(bound),
      )
    })
    const ask = (replicaId: number) =>
      askProgress(`127.0.0.1:${port}`, { replicaId }, { timeoutMs: patienceMs })
    expect(await ask(4)).toMatchObject({
      ok: true,
      reply: { phase: 'loading', bytesDone: 5, bytesTotal: 2 ** 40, applied: 0, bootId: '' },
    })
    expect(await ask(5)).toMatchObject({ ok: false, reason: 'unreachable' })
    server.forceShutdown()
    expect(await ask(4)).toMatchObject({ ok: false, reason: 'unreachable' })
  })

  test('streams before there is a transport are refused', async () => {
    const server = new Server(raftServerOptions)
    registerRaftService(server, { probe: () => ({ state: 'fresh' }), transport: () => undefined })
    const port = await new Promise<number>((resolve) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_, bound) =>
        resolve(bound),
      )
    })
    const { end } = rawStream(port)
    await until(() => end.code >= 0)
    // UNAVAILABLE
    expect(end.code).toBe(14)
    server.forceShutdown()
  })
})

test('a member with another incarnation is another member: its old link is dropped', async () => {
  const [one, two] = [await open(1), await open(2)]
  const ports = new Map([
    [1, one.port],
    [2, two.port],
  ])
  one.transport.setMembers(membersOf(ports))
  two.transport.setMembers(membersOf(ports))
  const inbox: Message[] = []
  two.transport.onMessage((message) => inbox.push(message))
  one.transport.send(2, heartbeat(1, 2))
  await until(() => inbox.length === 1)
  await until(() => one.transport.linkState(2) === 'open')
  one.transport.setMembers(
    new Map([
      ...membersOf(ports),
      [2, { address: `127.0.0.1:${two.port}`, incarnation: 'f'.repeat(32) }],
    ]),
  )
  expect(one.transport.linkState(2)).toBe('idle')
  one.transport.send(2, heartbeat(1, 2))
  await until(() => two.transport.metrics.refusals.size > 0)
  expect(two.transport.metrics.refusals).toEqual(new Map([['wrong-incarnation', 1]]))
  expect(inbox).toHaveLength(1)
})

describe('R-11.9 R-11.10 who we have no row for', () => {
  /** Member 1, who knows 2 alone, and replica 7, who knows 1. */
  async function withStranger() {
    const [one, seven] = [await open(1), await open(7)]
    const two = { address: '127.0.0.1:1', incarnation: incarnationOf(2) }
    one.transport.setMembers(new Map([[2, two]]))
    seven.transport.setMembers(membersOf(new Map([[1, one.port]])))
    const inboxes = { one: [] as Message[], seven: [] as Message[] }
    one.transport.onMessage((message) => inboxes.one.push(message))
    seven.transport.onMessage((message) => inboxes.seven.push(message))
    return { one, seven, inboxes }
  }

  const vote: Message = {
    type: 'vote',
    from: 7,
    to: 1,
    term: 4,
    lastIndex: 0,
    lastTerm: 0,
    transfer: false,
  }
  const reply: Message = { type: 'vote-reply', from: 1, to: 7, term: 4, granted: true }

  test('is heard, and answered on the stream it came on', async () => {
    const { one, seven, inboxes } = await withStranger()
    expect(one.transport.send(7, reply)).toBe(false)
    seven.transport.send(1, vote)
    await until(() => inboxes.one.length === 1)
    expect(one.transport.send(7, reply)).toBe(true)
    await until(() => inboxes.seven.length === 1)
    expect(inboxes.one).toEqual([vote])
    expect(inboxes.seven).toEqual([reply])
    expect(seven.transport.metrics.refusals.size).toBe(0)
  })

  test('is not answered any more when its stream is gone', async () => {
    const { one, seven, inboxes } = await withStranger()
    seven.transport.send(1, vote)
    await until(() => inboxes.one.length === 1)
    await close(seven)
    await until(() => one.transport.metrics.streamsOpen === 0)
    expect(one.transport.send(7, reply)).toBe(false)
  })

  test('is sent to at its address once it has a row', async () => {
    const { one, seven, inboxes } = await withStranger()
    seven.transport.send(1, vote)
    await until(() => inboxes.one.length === 1)
    one.transport.setMembers(membersOf(new Map([[7, seven.port]])))
    expect(one.transport.linkState(7)).toBe('idle')
    expect(one.transport.send(7, reply)).toBe(true)
    await until(() => inboxes.seven.length === 1)
    expect(seven.transport.metrics.streamsOpen).toBe(1)
  })
})

describe('design 4.12: who is gone is told from who is silent', () => {
  /** A way to a port that can be broken in every manner. */
  async function openProxy(target: number) {
    const sockets = new Set<Socket>()
    let isSilent = false
    let isDying = false
    const server = createServer((near) => {
      if (isDying) {
        server.close()
        near.destroy()
        return
      }
      const far = connect(target, '127.0.0.1')
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from)
        from.on('data', (bytes) => isSilent || to.write(bytes))
        from.on('error', () => {})
        from.on('close', () => to.destroy())
      }
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const reset = (): void => sockets.forEach((socket) => socket.resetAndDestroy())
    return {
      port: (server.address() as AddressInfo).port,
      silence: () => (isSilent = true),
      reset,
      close: () => {
        server.close()
        reset()
      },
      /** Loses its connections, takes one more, and only then closes the port. */
      die: () => {
        isDying = true
        reset()
      },
    }
  }

  /** Member 1 with an open stream to member 2, through a proxy. */
  async function connected() {
    const [one, two] = [await open(1), await open(2)]
    const proxy = await openProxy(two.port)
    two.transport.setMembers(membersOf(new Map([[1, one.port]])))
    one.transport.setMembers(membersOf(new Map([[2, proxy.port]])))
    const inbox: Message[] = []
    two.transport.onMessage((message) => inbox.push(message))
    const refused: number[] = []
    one.transport.onRefused((id) => refused.push(id))
    const talk = async (): Promise<void> => {
      const count = inbox.length
      await until(() => {
        one.transport.send(2, heartbeat(1, 2))
        return inbox.length > count && one.transport.linkState(2) === 'open'
      })
    }
    /** Until the way was tried again, in vain, so often that everything has been said. */
    const tryInVain = async (): Promise<void> => {
      for (let i = 0; i < 4; i += 1) {
        await until(() => one.transport.linkState(2) === 'down')
        await until(() => {
          one.transport.send(2, heartbeat(1, 2))
          return one.transport.linkState(2) === 'connecting'
        })
      }
    }
    await talk()
    return { one, two, proxy, refused, talk, tryInVain }
  }

  test('a process that ended is refused, told once for each loss', async () => {
    const { one, two, proxy, refused, tryInVain } = await connected()
    proxy.close()
    await until(() => refused.length > 0)
    await tryInVain()
    expect(refused).toEqual([2])
    expect(one.transport.metrics.connectionsRefused).toBe(1)
    expect(two.transport.metrics.connectionsRefused).toBe(0)
  })

  test('a process that ends may close its port after its connections', async () => {
    const { proxy, refused, tryInVain } = await connected()
    proxy.die()
    await until(() => refused.length > 0)
    await tryInVain()
    expect(refused).toEqual([2])
  })

  test('a planned close says goodbye first and is never taken for a loss', async () => {
    const [one, two] = [await open(1), await open(2)]
    two.transport.setMembers(membersOf(new Map([[1, one.port]])))
    one.transport.setMembers(membersOf(new Map([[2, two.port]])))
    const refused: number[] = []
    one.transport.onRefused((id) => refused.push(id))
    one.transport.send(2, heartbeat(1, 2))
    await until(() => one.transport.linkState(2) === 'open')
    await close(two)
    for (let i = 0; i < 4; i += 1) {
      await until(() => one.transport.linkState(2) === 'down')
      await until(() => {
        one.transport.send(2, heartbeat(1, 2))
        return one.transport.linkState(2) === 'connecting'
      })
    }
    expect(refused).toEqual([])
  })

  test('a reset connection to a process that lives is made again', async () => {
    const { proxy, refused, talk } = await connected()
    proxy.reset()
    await talk()
    expect(refused).toEqual([])
  })

  test('silence says nothing', async () => {
    const { one, proxy, refused } = await connected()
    proxy.silence()
    for (let i = 0; i < 20; i += 1) one.transport.send(2, heartbeat(1, 2))
    await clock.sleep(300)
    expect(one.transport.linkState(2)).toBe('open')
    expect(refused).toEqual([])
    proxy.close()
  })

  test.each(['127.0.0.1', '127.0.0.1:0', ':80', 'localhost:x'])(
    'an address that is none is no refusal: %s',
    async (address) => {
      expect(await dial(address)).toBe('unknown')
    },
  )
})
