// Replicas, transport and sockets together: three members of one process over loopback.
import { Server, ServerCredentials, credentials } from '@grpc/grpc-js'
import { afterEach, expect, test } from 'vitest'
import { nullLogger, Prng } from '../base/index.ts'
import {
  emptyLogContents,
  initialConfiguration,
  MemoryLogStorage,
  RaftNode,
} from '../raft/index.ts'
import type { Configuration, Entry, StateMachine } from '../raft/index.ts'
import { GrpcRaftTransport, raftServerOptions, registerRaftService } from './grpc-raft-transport.ts'
import { SystemClock } from './system-clock.ts'

const clock = new SystemClock()
const ids = [1, 2, 3] as const
const incarnationOf = (id: number): string => String(id).repeat(32)

/** Far above what anything here takes; only a broken test waits this long. */
const patienceMs = 25_000

class ListMachine implements StateMachine {
  readonly applied: string[] = []

  apply(entries: readonly Entry[]): readonly unknown[] {
    return entries.map(({ type, data }) =>
      type === 'command' ? this.applied.push(new TextDecoder().decode(data)) : undefined,
    )
  }

  configuration(): Configuration {
    return initialConfiguration({ voters: ids })
  }

  durableIndex(): number {
    return 0
  }

  digestMark() {
    return { index: 0, digest: new Uint8Array(0) }
  }

  isOverloaded(): boolean {
    return false
  }
}

interface Member {
  readonly id: number
  readonly node: RaftNode
  readonly log: MemoryLogStorage
  readonly machine: ListMachine
  readonly transport: GrpcRaftTransport
  readonly server: Server
  readonly port: number
  readonly fatal: Error[]
}

const running = new Map<number, Member>()

async function open(id: number, port = 0, contents = emptyLogContents): Promise<Member> {
  // Another one for every life: the first has port 0.
  const random = new Prng(`member-${id}-${port}`)
  const transport = new GrpcRaftTransport(
    { clock, random, logger: nullLogger },
    {
      self: {
        clusterId: 'c'.repeat(32),
        replicaId: id,
        incarnation: incarnationOf(id),
        bootId: 'b'.repeat(32),
      },
      credentials: credentials.createInsecure(),
    },
  )
  const server = new Server(raftServerOptions)
  registerRaftService(server, { probe: () => ({}), transport: () => transport })
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, number) => {
      if (error === null) resolve(number)
      else reject(error)
    })
  })
  const log = new MemoryLogStorage({ clock }, { contents })
  const machine = new ListMachine()
  const fatal: Error[] = []
  const node = new RaftNode(
    {
      clock,
      random,
      logger: nullLogger,
      transport,
      log,
      stateMachine: machine,
      defer: setImmediate,
    },
    {
      id,
      configuration: machine.configuration(),
      contents,
      applied: 0,
      tickMs: 25,
      onFatal: (error) => fatal.push(error),
    },
  )
  const member = { id, node, log, machine, transport, server, port: bound, fatal }
  running.set(id, member)
  return member
}

function connectAll(): void {
  const members = new Map(
    [...running.values()].map(({ id, port }) => [
      id,
      { address: `127.0.0.1:${port}`, incarnation: incarnationOf(id) },
    ]),
  )
  for (const { transport } of running.values()) transport.setMembers(members)
}

/** The process is gone: sockets closed, log cut to what was synced. */
async function kill({ node, log, transport, server }: Member) {
  server.forceShutdown()
  await transport.close()
  const contents = log.crash()
  await node.stop()
  return contents
}

async function until(isReached: () => boolean): Promise<void> {
  const endMs = clock.nowMs() + patienceMs
  while (!isReached()) {
    expect(clock.nowMs(), 'waited far too long').toBeLessThan(endMs)
    await clock.sleep(10)
  }
}

async function propose(member: Member, text: string): Promise<void> {
  const data = new TextEncoder().encode(text)
  const outcome = await member.node.propose(data, { timeoutMs: patienceMs })
  expect(outcome).toMatchObject({ ok: true })
}

afterEach(async () => {
  for (const member of running.values()) await kill(member)
  running.clear()
})

test('a cluster over sockets serves at every member and outlives its leader', async () => {
  for (const id of ids) await open(id)
  connectAll()
  for (const { node } of running.values()) await node.start()
  const members = [...running.values()]
  for (const member of members) await propose(member, `first from ${member.id}`)
  const leader = members.find(({ node }) => node.leadership().role === 'leader')!
  const others = members.filter((member) => member !== leader)

  const contents = await kill(leader)
  // What is forwarded to a dead leader has no known outcome; wait until they follow a live one.
  await until(() => others.every(({ node }) => ![0, leader.id].includes(node.leadership().leader)))
  for (const member of others) await propose(member, `second from ${member.id}`)
  for (const { node } of others) {
    expect(await node.readIndex({ timeoutMs: patienceMs })).toMatchObject({ ok: true })
  }

  const back = await open(leader.id, leader.port, contents)
  connectAll()
  await back.node.start()
  await propose(back, 'third')
  await until(() => others.every(({ machine }) => machine.applied.length === 6))
  for (const { machine } of others) expect(machine.applied).toEqual(back.machine.applied)
  expect(back.machine.applied).toHaveLength(6)
  expect([...others, back].flatMap(({ fatal }) => fatal)).toEqual([])
})
