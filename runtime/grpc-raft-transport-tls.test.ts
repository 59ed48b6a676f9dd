// Replicas that show certificates: member N is host sN at 127.0.0.N.
import { Server } from '@grpc/grpc-js'
import type { ServerCredentials } from '@grpc/grpc-js'
import { afterEach, expect, it } from 'vitest'
import { nullLogger, Prng } from '../base/index.ts'
import { loadServices } from '../proto/index.ts'
import type { raftV1 } from '../proto/index.ts'
import { encodeMessage, protocolVersion } from '../raft/index.ts'
import type { Message } from '../raft/index.ts'
import { frameChecksum } from './grpc-raft-transport-frame.ts'
import {
  GrpcRaftTransport,
  probeMember,
  raftServerOptions,
  registerRaftService,
} from './grpc-raft-transport.ts'
import type { RaftMember } from './grpc-raft-transport.ts'
import { plainText, tlsSecurity } from './grpc-tls.ts'
import type { TransportSecurity } from './grpc-tls.ts'
import { SystemClock } from './system-clock.ts'
import { TlsFiles } from './tls-files.ts'
import { certificateFiles } from './testdata/certificates.suite.ts'
import type { CertificateName } from './testdata/certificates.suite.ts'

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

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function securityOf(name: CertificateName, authority = 'ca'): Promise<TransportSecurity> {
  const paths = certificateFiles(name, authority)
  return tlsSecurity(await TlsFiles.open({ clock, logger: nullLogger }, paths))
}

interface Replica {
  readonly id: number
  readonly transport: GrpcRaftTransport
  readonly address: string
  readonly inbox: readonly Message[]
}

async function bind(server: Server, ip: string, credentials: ServerCredentials): Promise<string> {
  closers.push(() => server.forceShutdown())
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${ip}:0`, credentials, (error, bound) => {
      if (error === null) resolve(bound)
      else reject(error)
    })
  })
  return `${ip}:${port}`
}

/** A replica that says it is member `id`, with what certificate ever, at 127.0.0.`at`. */
async function open(id: number, security: TransportSecurity, at = id): Promise<Replica> {
  const transport = new GrpcRaftTransport(
    { clock, random: new Prng(`transport-${id}`), logger: nullLogger },
    {
      self: {
        clusterId,
        replicaId: id,
        incarnation: incarnationOf(id),
        bootId: 'b'.repeat(32),
      },
      security,
    },
  )
  const server = new Server(raftServerOptions)
  registerRaftService(server, {
    probe: () => ({ state: 'fresh', incarnation: incarnationOf(id) }),
    transport: () => transport,
  })
  const address = await bind(server, `127.0.0.${at}`, security.server('required'))
  closers.push(() => transport.close())
  const inbox: Message[] = []
  transport.onMessage((message) => inbox.push(message))
  return { id, transport, address, inbox }
}

const rows = (replicas: readonly Replica[], hasHostIds = true): ReadonlyMap<number, RaftMember> =>
  new Map(
    replicas.map(({ id, address }) => {
      const row = { address, incarnation: incarnationOf(id) }
      return [id, hasHostIds ? { ...row, hostId: `s${id}` } : row]
    }),
  )

const heartbeat = (from: number, to: number): Message => ({
  type: 'heartbeat',
  from,
  to,
  term: 1,
  commit: 0,
  readPosition: 0,
  matchedByAll: 0,
})

/** Sends until it arrives, or until `isOver`: a link that is down takes nothing. */
async function deliver(from: Replica, to: Replica, isOver = () => false): Promise<void> {
  await until(() => {
    if (isOver() || to.inbox.some((message) => message.from === from.id)) return true
    from.transport.send(to.id, heartbeat(from.id, to.id))
    return false
  })
}

const refusals = ({ transport }: Replica): number =>
  transport.metrics.refusals.get('wrong-certificate') ?? 0

it.each([true, false])('members speak to each other, known by host id: %s', async (hasHostIds) => {
  const one = await open(1, await securityOf('s1'))
  const two = await open(2, await securityOf('s2'))
  for (const { transport } of [one, two]) transport.setMembers(rows([one, two], hasHostIds))
  await deliver(one, two)
  await deliver(two, one)
  expect(refusals(one) + refusals(two)).toBe(0)
})

it('a host id is enough where the certificate does not name the address', async () => {
  const one = await open(1, await securityOf('s1'), 3)
  const two = await open(2, await securityOf('s2'), 3)
  for (const { transport } of [one, two]) transport.setMembers(rows([one, two]))
  await deliver(one, two)
  await deliver(two, one)
})

// GHSA-255v-qv84-29p5: certificates that said who somebody is, and nobody who compared it.
it('the certificate of a member does not speak for another one', async () => {
  const one = await open(1, await securityOf('s1'))
  const forger = await open(2, await securityOf('s3'))
  one.transport.setMembers(rows([one, { ...forger, address: '127.0.0.2:1' }]))
  forger.transport.setMembers(rows([one]))
  await deliver(forger, one, () => refusals(one) > 0)
  expect(one.inbox).toEqual([])
  await until(() => forger.transport.metrics.refusedByRemotes.get('wrong-certificate') === 1)
})

it('a member is not sent anything at an address where somebody else answers', async () => {
  const one = await open(1, await securityOf('s1'))
  const other = await open(2, await securityOf('s3'))
  one.transport.setMembers(rows([one, other]))
  other.transport.setMembers(rows([one, other]))
  one.transport.send(2, heartbeat(1, 2))
  await until(() => one.transport.linkState(2) === 'down')
  expect(other.inbox).toEqual([])
})

it('a newer member is heard before there is a row of it, a client never', async () => {
  const one = await open(1, await securityOf('s1'))
  one.transport.setMembers(rows([one]))
  const client = await open(7, await securityOf('client'), 1)
  const operator = await open(8, await securityOf('operator'), 1)
  const newer = await open(9, await securityOf('s3'), 3)
  for (const { transport } of [client, operator, newer]) transport.setMembers(rows([one]))
  await deliver(client, one, () => refusals(one) > 0)
  const before = refusals(one)
  await deliver(operator, one, () => refusals(one) > before)
  await deliver(newer, one)
  expect(one.inbox.every(({ from }) => from === 9)).toBe(true)
})

it('a client does not speak for the member whose name it has', async () => {
  const one = await open(1, await securityOf('s1'))
  const client = await open(7, await securityOf('client'), 1)
  const row = { address: client.address, incarnation: incarnationOf(7), hostId: 'dfdaemon-1' }
  one.transport.setMembers(new Map([...rows([one]), [7, row]]))
  client.transport.setMembers(rows([one]))
  await deliver(client, one, () => refusals(one) > 0)
  expect(one.inbox).toEqual([])
})

it('an answer comes from whom the stream was opened to', async () => {
  const one = await open(1, await securityOf('s1'))
  const security = await securityOf('s2')
  const message = (from: number): Uint8Array =>
    encodeMessage(
      {
        protocolVersion,
        clusterId,
        group: 0,
        from: { replicaId: from, incarnation: incarnationOf(from), bootId: 'b'.repeat(32) },
        to: { replicaId: 1, incarnation: incarnationOf(1) },
        term: 1,
      },
      heartbeat(from, 1),
    )
  const handlers: Pick<raftV1.RaftHandlers, 'Messages'> = {
    Messages: (stream) => {
      for (const from of [3, 2]) {
        const messages = [message(from)]
        stream.write({ messages, crc32: frameChecksum(messages) })
      }
    },
  }
  const server = new Server(raftServerOptions)
  server.addService(loadServices().raft.service, handlers)
  const address = await bind(server, '127.0.0.2', security.server('required'))
  const two = { ...one, id: 2, address }
  one.transport.setMembers(rows([one, two, { ...one, id: 3, address: '127.0.0.3:1' }]))
  one.transport.send(2, heartbeat(1, 2))
  await until(() => one.inbox.length === 1)
  expect(one.inbox[0]?.from).toBe(2)
  expect(refusals(one)).toBe(1)
})

it('nobody without a certificate of the authority is answered, not even a probe', async () => {
  const one = await open(1, await securityOf('s1'))
  const probe = (security: TransportSecurity): ReturnType<typeof probeMember> => {
    const { credentials, options: channelOptions } = security.connect(one.address)
    const request = { addresses: [], fromAddress: '', fromIncarnation: incarnationOf(2) }
    return probeMember(one.address, request, { timeoutMs: patienceMs, credentials, channelOptions })
  }
  expect(await probe(await securityOf('s2'))).toMatchObject({ ok: true })
  expect(await probe(plainText)).toMatchObject({ ok: false, reason: 'unreachable' })
  expect(await probe(await securityOf('s1-other', 'other-ca'))).toMatchObject({ ok: false })
  const plain = await open(2, plainText)
  plain.transport.setMembers(rows([one, plain]))
  one.transport.setMembers(rows([one, plain]))
  for (const [from, to] of [
    [plain, one],
    [one, plain],
  ] as const) {
    from.transport.send(to.id, heartbeat(from.id, to.id))
    await until(() => from.transport.linkState(to.id) === 'down')
    expect(to.inbox).toEqual([])
  }
})
