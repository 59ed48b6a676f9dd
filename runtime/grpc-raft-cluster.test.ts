// Replicas, transport and sockets together: members of one process over loopback.
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { afterEach, expect, test } from 'vitest'
import { nullLogger, Prng } from '../base/index.ts'
import {
  changeConfiguration,
  emptyLogContents,
  initialConfiguration,
  MemoryImages,
  MemoryLogStorage,
  membersOf,
  RaftNode,
} from '../raft/index.ts'
import type {
  CapturableState,
  CapturedState,
  Configuration,
  Entry,
  MemberOperation,
  StateMachine,
} from '../raft/index.ts'
import { afterThisCallback, afterThisTurn } from './defer.ts'
import { GrpcRaftTransport, raftServerOptions, registerRaftService } from './grpc-raft-transport.ts'
import { plainText } from './grpc-tls.ts'
import { SystemClock } from './system-clock.ts'

const clock = new SystemClock()
const ids = [1, 2, 3] as const
const incarnationOf = (id: number): string => String(id).repeat(32)

/** Far above what anything here takes; only a broken test waits this long. */
const patienceMs = 25_000

class ListMachine implements StateMachine, CapturableState {
  applied: string[] = []
  #snapshot = {
    index: 0,
    term: 0,
    configuration: initialConfiguration({ voters: ids }),
    clusterClockMs: 0,
  }

  apply(entries: readonly Entry[]): readonly unknown[] {
    return entries.map((entry) => {
      const { index, term, type, stampMs: clusterClockMs, data } = entry
      this.#snapshot = { ...this.#snapshot, index, term, clusterClockMs }
      if (type === 'command') return this.applied.push(new TextDecoder().decode(data))
      if (type === 'noop') return undefined
      const result = changeConfiguration(this.#snapshot.configuration, entry)
      this.#snapshot = { ...this.#snapshot, configuration: result.configuration }
      return result
    })
  }

  configuration(): Configuration {
    return this.#snapshot.configuration
  }

  durableIndex(): number {
    return this.#snapshot.index
  }

  digestMark() {
    return { index: 0, digest: new Uint8Array(0) }
  }

  isOverloaded(): boolean {
    return false
  }

  capture(): CapturedState {
    const bytes = new TextEncoder().encode(JSON.stringify(this.applied))
    return { snapshot: this.#snapshot, bytes }
  }

  replace({ snapshot, bytes }: CapturedState): void {
    this.#snapshot = snapshot
    this.applied = JSON.parse(new TextDecoder().decode(bytes)) as string[]
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
  readonly removals: number[]
}

const running = new Map<number, Member>()
/** Where everybody is, members or not. */
const ports = new Map<number, number>()
let lives = 0

interface Opening {
  readonly port?: number
  /** What a former life has left. */
  readonly contents?: typeof emptyLogContents
  readonly machine?: ListMachine
  /** Entries kept in the log. */
  readonly retainEntries?: number
}

async function open(id: number, opening: Opening = {}): Promise<Member> {
  lives += 1
  const random = new Prng(`member-${id}-life-${lives}`)
  const transport = new GrpcRaftTransport(
    { clock, random, logger: nullLogger },
    {
      self: {
        clusterId: 'c'.repeat(32),
        replicaId: id,
        incarnation: incarnationOf(id),
        bootId: 'b'.repeat(32),
      },
      security: plainText,
    },
  )
  const server = new Server(raftServerOptions)
  registerRaftService(server, { probe: () => ({}), transport: () => transport })
  const bound = await new Promise<number>((resolve, reject) => {
    const address = `127.0.0.1:${opening.port ?? 0}`
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, number) => {
      if (error === null) resolve(number)
      else reject(error)
    })
  })
  const contents = opening.contents ?? emptyLogContents
  const machine = opening.machine ?? new ListMachine()
  const log = new MemoryLogStorage({ clock }, { contents })
  const images = new MemoryImages({ state: machine }, { chunkBytes: 512 })
  const fatal: Error[] = []
  const removals: number[] = []
  const node = new RaftNode(
    {
      clock,
      random,
      logger: nullLogger,
      transport,
      log,
      stateMachine: machine,
      images,
      defer: afterThisCallback,
      deferLater: afterThisTurn,
    },
    {
      id,
      configuration: machine.configuration(),
      contents,
      applied: machine.durableIndex(),
      tickMs: 25,
      retainEntries: opening.retainEntries ?? 1000,
      onFatal: (error) => fatal.push(error),
      onRemoved: () => removals.push(id),
    },
  )
  const member = { id, node, log, machine, transport, server, port: bound, fatal, removals }
  running.set(id, member)
  ports.set(id, bound)
  node.onConfigurationChange(() => connect(member))
  return member
}

/** Tells a member's transport where the others of its configuration are. */
function connect({ node, transport }: Member): void {
  const members = membersOf(node.configuration()).flatMap((id) => {
    const port = ports.get(id)
    const incarnation = incarnationOf(id)
    return port === undefined ? [] : [[id, { address: `127.0.0.1:${port}`, incarnation }] as const]
  })
  transport.setMembers(new Map(members))
}

async function startThree(opening: Opening = {}): Promise<Member[]> {
  for (const id of ids) await open(id, opening)
  for (const member of running.values()) connect(member)
  for (const { node } of running.values()) await node.start()
  return [...running.values()]
}

/** Closes as planned. */
async function close({ node, transport, server, log }: Member) {
  await node.stop()
  await transport.close()
  server.forceShutdown()
  return log.crash()
}

/** What a dying process leaves: its kernel closes every socket, the log holds what was synced. */
function die({ node, transport, server, log }: Member) {
  const contents = log.crash()
  server.forceShutdown()
  // Nobody is left to hear a goodbye or a hand-over.
  void transport.close()
  void node.stop()
  return contents
}

async function until(isReached: () => boolean): Promise<void> {
  const endMs = clock.nowMs() + patienceMs
  while (!isReached()) {
    expect(clock.nowMs(), 'waited far too long').toBeLessThan(endMs)
    await clock.sleep(5)
  }
}

async function propose(member: Member, text: string): Promise<void> {
  const data = new TextEncoder().encode(text)
  const outcome = await member.node.propose(data, { timeoutMs: patienceMs })
  expect(outcome).toMatchObject({ ok: true })
}

/** Whoever leads, known to everybody in `members`. */
async function leaderOf(members: readonly Member[]): Promise<Member> {
  const leaders = (): ReadonlySet<number> =>
    new Set(members.map(({ node }) => node.leadership().leader))
  await until(() => {
    const [id, ...others] = leaders()
    return others.length === 0 && members.some((member) => member.id === id)
  })
  return members.find(({ node }) => node.leadership().role === 'leader')!
}

async function change(leader: Member, ...operations: readonly MemberOperation[]): Promise<void> {
  const expectedId = leader.node.configuration().id
  const context = new Uint8Array(0)
  const outcome = await leader.node.changeConfiguration(
    { expectedId, transition: 'auto', operations, context },
    { timeoutMs: patienceMs },
  )
  expect(outcome).toMatchObject({ ok: true, result: { ok: true } })
}

afterEach(async () => {
  await Promise.all([...running.values()].map(close))
  running.clear()
  ports.clear()
})

test('a cluster over sockets serves at every member and outlives its leader', async () => {
  const members = await startThree()
  for (const member of members) await propose(member, `first from ${member.id}`)
  const leader = await leaderOf(members)
  const others = members.filter((member) => member !== leader)

  const contents = die(leader)
  // What is forwarded to a dead leader has no known outcome; wait until they follow a live one.
  await leaderOf(others)
  for (const member of others) await propose(member, `second from ${member.id}`)
  for (const { node } of others) {
    expect(await node.readIndex({ timeoutMs: patienceMs })).toMatchObject({ ok: true })
  }

  const { id, port, machine } = leader
  const back = await open(id, { port, contents, machine })
  connect(back)
  await back.node.start()
  await propose(back, 'third')
  await until(() => others.every((other) => other.machine.applied.length === 6))
  for (const other of others) expect(other.machine.applied).toEqual(back.machine.applied)
  expect(back.machine.applied).toHaveLength(6)
  expect([...others, back].flatMap(({ fatal }) => fatal)).toEqual([])
})

test('design 4.12 a leader that dies is suspected by those it was connected to', async () => {
  const members = await startThree()
  const leader = await leaderOf(members)
  await propose(leader, 'a')
  await until(() => members.every(({ machine }) => machine.applied.length === 1))
  const others = members.filter((member) => member !== leader)
  die(leader)
  await leaderOf(others)
  const suspicions = others.map(({ node }) => node.metrics.leaderSuspicions)
  expect(Math.max(...suspicions)).toBe(1)
  await propose(others[0]!, 'b')
})

test('a leader that stops as planned hands over, and nobody is suspected', async () => {
  const members = await startThree()
  const leader = await leaderOf(members)
  await propose(leader, 'a')
  const others = members.filter((member) => member !== leader)
  await close(leader)
  await leaderOf(others)
  await propose(others[0]!, 'b')
  expect(others.map(({ node }) => node.metrics.connectionsRefused)).toEqual([0, 0])
})

test('R-11.9 R-11.10 a member is admitted by image, promoted, and another one removed', async () => {
  const members = await startThree({ retainEntries: 5 })
  const leader = await leaderOf(members)
  await Promise.all(Array.from({ length: 200 }, (_, i) => propose(leader, `value ${i}`)))
  await until(() => leader.node.status().compacted.index > 100)

  const joiner = await open(4, { retainEntries: 5 })
  connect(joiner)
  await joiner.node.start()
  await change(leader, { op: 'add-learner', id: 4 })
  await until(() => joiner.machine.applied.length === 200)
  expect(joiner.node.metrics.images.installed).toBe(1)
  const gone = members.find((member) => member !== leader)!
  await change(leader, { op: 'promote', id: 4 }, { op: 'remove', id: gone.id })
  await until(() => gone.removals.length > 0)
  expect(gone.removals).toEqual([gone.id])
  const left = [...members.filter((member) => member !== gone), joiner]
  await until(() => left.every(({ node }) => node.configuration().votersOutgoing.length === 0))
  await propose(joiner, 'after')
  await until(() => left.every(({ machine }) => machine.applied.length === 201))
  expect([...left, gone].flatMap(({ fatal }) => fatal)).toEqual([])
})
