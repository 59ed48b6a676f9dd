// Clients that come in masses: what they cost, that it is given back, and that nobody else notices.
import { status } from '@grpc/grpc-js'
import { fromWireStatus, isRetryable, StatusError } from '../../../proto/index.ts'
import type { schedulerV1, schedulerV2 } from '../../../proto/index.ts'
import { until } from '../local-cluster.ts'
import type { MemberCluster } from '../members/member-cluster.ts'
import { statusBytes } from '../resident.ts'
import { Conversation } from './conversation.ts'
import { keyOf } from './ledger.ts'
import { MemberStub } from './member-stub.ts'
import { Relay } from './relay.ts'
import {
  announceHostV2,
  announceTaskV1,
  beginV1,
  registerV1,
  registerV2,
  taskIdOf,
} from './requests.ts'
import { SteadyClients } from './steady-client.ts'
import { check, pause, timed, trio } from './steps.ts'
import type { SchedulerItem, SchedulerScale } from './steps.ts'

const MiB = 1024 * 1024

/** The bounds of the issue. */
const aboveStartBytesMax = 64 * MiB
const restMsMax = 30_000

const wordMsMax = 60_000
const announceIntervalMs = 3_600_000

/** Resident memory of every member, now and once it has calmed down. */
class Residents {
  readonly #pids: readonly number[]
  readonly #startBytes: readonly number[]

  private constructor(pids: readonly number[]) {
    this.#pids = pids
    this.#startBytes = this.#now()
  }

  static async of(cluster: MemberCluster): Promise<Residents> {
    const { members } = await cluster.status()
    return new Residents(members.map(({ pid }) => pid!))
  }

  /** Waits until everybody is near its start again; the figures. */
  async calm({ isFull }: SchedulerScale): Promise<string> {
    const peaks = this.#now()
    const look = async (): Promise<true | undefined> => {
      const isCalm = this.#now().every(
        (bytes, i) => bytes - this.#startBytes[i]! <= aboveStartBytesMax,
      )
      return isCalm ? true : undefined
    }
    const calmMs = await timed(() => until('calm memory', 10 * restMsMax, look)).catch(
      () => undefined,
    )
    const each = this.#now().map((bytes, i) => {
      const start = this.#startBytes[i]!
      return `${mebibytes(start)} +${mebibytes(peaks[i]! - start)} +${mebibytes(bytes - start)}`
    })
    const figures = `MiB at start, behind it and at rest: ${each.join(', ')}`
    check(calmMs !== undefined, `more than 64 MiB above the start at rest; ${figures}`)
    check(!isFull || calmMs <= restMsMax, `at rest only after ${calmMs} ms; ${figures}`)
    return `${figures} after ${calmMs} ms`
  }

  #now(): readonly number[] {
    return this.#pids.map((pid) => statusBytes(pid, 'VmRSS'))
  }
}

const mebibytes = (bytes: number): number => Math.round(bytes / MiB)

/** Runs `work` so many times, a few at once; retries what may be retried. */
async function eachOf(count: number, work: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      for (;;) {
        const error = await work(i).then(() => undefined, fromWireStatus)
        if (error === undefined) break
        if (!isRetryable(error)) throw error
        await pause(100)
      }
    }
  }
  await Promise.all(Array.from({ length: 64 }, worker))
}

/** What the measured work is made of, done once before it is measured. */
const warmUpCount = 500

/** Peers of one host of the crowd. */
const peersEach = 1_000

async function crowdOnce(addresses: readonly string[], taskName: string, count: number) {
  const taskId = taskIdOf(taskName)
  const stubs = addresses.map((address) => new MemberStub(address))
  const hosts = Array.from(
    { length: Math.ceil(count / peersEach) },
    (_, i) => `${taskName}-host-${i}`,
  )
  try {
    const registerMs = await timed(() =>
      eachOf(count, (i) => {
        const hostId = hosts[Math.floor(i / peersEach)]!
        const name = { taskId, peerId: `${taskName}-${i}`, hostId }
        return stubs[i % stubs.length]!.registerPeerTask(registerV1(name))
      }),
    )
    // One more, who wants parents now.
    const late = { taskId, peerId: `${taskName}-late`, hostId: hosts[0]! }
    const lateMs = await timed(async () => {
      await stubs[0]!.registerPeerTask(registerV1(late))
      const stream = new Conversation<schedulerV1.PieceResult, schedulerV1.PeerPacket__Output>(
        stubs[0]!.openPieces(),
      )
      stream.say(beginV1(late))
      await stream.hear(wordMsMax)
      stream.cancel()
    })
    const { peerCount } = await stubs[1]!.statTaskV1(taskId)
    check(peerCount === count + 1, `the task has ${peerCount} peers`)
    const leaveMs = await timed(() => eachOf(hosts.length, (i) => stubs[0]!.leaveHost(hosts[i]!)))
    await until('an empty task', wordMsMax, async () =>
      (await stubs[1]!.statTaskV1(taskId)).peerCount === 0 ? true : undefined,
    )
    return { registerMs, lateMs, leaveMs }
  } finally {
    for (const stub of stubs) stub.close()
  }
}

export const crowd: SchedulerItem = {
  title: 'very many peers of one task: they come, are scheduled and go, and memory is given back',
  run: async (cluster, scale) => {
    const addresses = trio(cluster).map(({ addr }) => addr)
    await crowdOnce(addresses, 'small-crowd', warmUpCount)
    const residents = await Residents.of(cluster)
    const others = new SteadyClients(addresses)
    let told = ''
    try {
      const { registerMs, lateMs, leaveMs } = await crowdOnce(addresses, 'crowd', scale.crowd)
      const perSecond = Math.round((1000 * scale.crowd) / registerMs)
      told = `${scale.crowd} peers at ${perSecond}/s, one more heard in ${lateMs} ms, gone in ${leaveMs} ms`
    } finally {
      told += `; ${await others.stop()}`
    }
    return `${told}; ${await residents.calm(scale)}`
  },
}

type Opened =
  | Conversation<schedulerV1.PieceResult, unknown>
  | Conversation<schedulerV2.AnnouncePeerRequest, unknown>

const streamTask = {
  taskId: taskIdOf('many streams'),
  hostId: 'streams-host',
  peerId: 'streams-held',
}

/** Opens so many streams of both APIs on one connection: silent, half-closed, with a word. */
function openMany(stub: MemberStub, count: number): Opened[] {
  return Array.from({ length: count }, (_, i): Opened => {
    const name = { ...streamTask, peerId: `streams-${stub.address}-${i}` }
    if (i % 2 === 0) {
      const stream = new Conversation<schedulerV1.PieceResult, unknown>(stub.openPieces())
      if (i % 3 === 1) stream.halfClose()
      if (i % 3 === 2) stream.say(beginV1(name))
      return stream
    }
    const stream = new Conversation<schedulerV2.AnnouncePeerRequest, unknown>(stub.openPeer())
    if (i % 3 === 1) stream.halfClose()
    if (i % 3 === 2) stream.say(registerV2(name))
    return stream
  })
}

async function streamsOnce(address: string, count: number): Promise<string> {
  const stub = new MemberStub(address)
  try {
    const streams = openMany(stub, count)
    // A third ends by itself, the half-closed in order; silent ones may stay as long as they like.
    const due = Math.floor(count / 3)
    await until('the end of what was half-closed', wordMsMax, async () =>
      streams.filter(({ end }) => end !== undefined).length >= due ? true : undefined,
    )
    const open = streams.filter(({ end }) => end === undefined).length
    for (const stream of streams) stream.cancel()
    return `${count} streams, ${open} stayed open`
  } finally {
    stub.close()
  }
}

/** More answers than a connection takes unread, and a stream keeps. */
const unreadReports = 2_000

/** Reports failures on a stream and never reads what comes back; the member must end it. */
async function neverReads(address: string): Promise<string> {
  // A task of its own: the holder of the other one has no slot left.
  const held = { taskId: taskIdOf('not read'), peerId: 'unread-held', hostId: 'unread-holder' }
  const name = { ...held, peerId: 'never-reads', hostId: 'never-reads-host' }
  const relay = await Relay.to(address)
  const [stub, witness] = [new MemberStub(address, relay.address), new MemberStub(address)]
  try {
    await witness.announceTask(announceTaskV1(held))
    await stub.registerPeerTask({ ...registerV1(name), url: `d7y:/${name.taskId}` })
    const stream = new Conversation<schedulerV1.PieceResult, unknown>(stub.openPieces())
    stream.say(beginV1(name))
    await stream.hear(wordMsMax)
    relay.hold()
    const report = { taskId: name.taskId, srcPid: name.peerId, dstPid: 'nobody' }
    const failed = {
      ...report,
      pieceInfo: { pieceNum: 0 },
      code: 'ClientPieceDownloadFail' as const,
    }
    for (let i = 0; i < unreadReports; i += 1) stream.say(failed)
    const endMs = await timed(() =>
      until('the end of a stream that is not read', wordMsMax, async () =>
        (await witness.rows('peers')).get(keyOf(name))?.['isAttached'] === false ? true : undefined,
      ),
    )
    relay.release()
    const end = await stream.untilEnd(wordMsMax).then(() => undefined, fromWireStatus)
    const isTyped = end instanceof StatusError && end.grpcStatus === status.RESOURCE_EXHAUSTED
    check(isTyped, `a stream that was not read ended with ${end?.message ?? 'OK'}`)
    return `a stream that was not read ended RESOURCE_EXHAUSTED after ${endMs} ms`
  } finally {
    stub.close()
    witness.close()
    relay.cut()
  }
}

export const manyStreams: SchedulerItem = {
  title: 'a client that opens very many streams, never reads or half-closes harms nobody',
  run: async (cluster, scale) => {
    const addresses = trio(cluster).map(({ addr }) => addr)
    const [address] = addresses as [string]
    const setup = new MemberStub(address)
    await setup.announceHost(announceHostV2(streamTask.hostId, announceIntervalMs))
    await setup.announceTask(announceTaskV1({ ...streamTask, hostId: 'streams-holder' }))
    setup.close()
    await streamsOnce(address, warmUpCount)
    const residents = await Residents.of(cluster)
    const others = new SteadyClients(addresses)
    let told = ''
    try {
      told = `${await streamsOnce(address, scale.badStreams)}; ${await neverReads(address)}`
    } finally {
      told += `; ${await others.stop()}`
    }
    return `${told}; ${await residents.calm(scale)}`
  },
}
