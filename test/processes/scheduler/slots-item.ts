// A member dies with many downloads of API v2 on it, none of which comes back: what they held is
// free again, and who comes next is served by peers.
import { watchCluster } from '../../../client/index.ts'
import type { ClusterWatch, WatchedRow } from '../../../client/index.ts'
import type { schedulerV2 } from '../../../proto/index.ts'
import type { MemberCluster } from '../members/member-cluster.ts'
import { Conversation } from './conversation.ts'
import { keyOf } from './ledger.ts'
import { MemberStub } from './member-stub.ts'
import { announceHostV2, announceTaskV1, registerV2, taskIdOf } from './requests.ts'
import { check, trio, watchDeps, within } from './steps.ts'
import type { SchedulerItem, SchedulerScale } from './steps.ts'

/** Silence of a member until it counts as dead, and grace of its peers, with some room. */
const freeMsMax = 40_000

/** Streams of one connection. */
const streamsEach = 100

/** Downloads of one host, so that no host runs out of slots. */
const peersEach = 10

const announceIntervalMs = 3_600_000
const wordMsMax = 30_000

const task = {
  taskId: taskIdOf('many downloads'),
  hostId: 'slots-holder',
  peerId: 'slots-holder-0',
}

type PeerConversation = Conversation<
  schedulerV2.AnnouncePeerRequest,
  schedulerV2.AnnouncePeerResponse__Output
>

/** Registers a download; resolves with its stream and what it is told. */
async function register(
  stub: MemberStub,
  number: number,
): Promise<{ readonly stream: PeerConversation; readonly told: string; readonly key: string }> {
  const hostId = `slots-host-${Math.floor(number / peersEach)}`
  const name = { taskId: task.taskId, hostId, peerId: `slots-peer-${number}` }
  const stream: PeerConversation = new Conversation(stub.openPeer())
  stream.say(registerV2(name))
  const { response } = await stream.hear(wordMsMax)
  stream.say({ ...name, downloadPeerStartedRequest: {} })
  return { stream, told: String(response), key: keyOf(name) }
}

/** Follows the peers until none of them is attached or has a parent. */
class Freed {
  readonly whenFree: Promise<number>
  readonly #watch: ClusterWatch
  #mostHeld = 0

  constructor(addresses: readonly string[], keys: ReadonlySet<string>, beganMs: number) {
    const holding = new Set<string>()
    let report: (tookMs: number) => void = () => undefined
    this.whenFree = new Promise((resolve) => (report = resolve))
    const take = (rows: readonly WatchedRow[]): void => {
      for (const { key, value } of rows) {
        if (!keys.has(key)) continue
        const holds =
          value !== undefined && (value['isAttached'] === true || value['parentCount'] !== 0)
        if (holds) holding.add(key)
        else holding.delete(key)
      }
      this.#mostHeld = Math.max(this.#mostHeld, holding.size)
    }
    const look = (): void => {
      if (this.#mostHeld > 0 && holding.size === 0) report(Math.round(performance.now() - beganMs))
    }
    this.#watch = watchCluster(
      watchDeps(),
      { addresses, tables: ['peers'] },
      {
        onList: ({ rows, isFirst, isLast }) => {
          if (isFirst) holding.clear()
          take(rows)
          if (isLast) look()
        },
        onChange: ({ rows }) => {
          take(rows)
          look()
        },
      },
    )
  }

  get mostHeld(): number {
    return this.#mostHeld
  }

  stop(): void {
    this.#watch.stop()
  }
}

/** The item in two halves: other items may run in the time between. */
export class SlotsOfTheDead {
  readonly #cluster: MemberCluster
  readonly #scale: SchedulerScale
  readonly #freed: Freed

  private constructor(cluster: MemberCluster, scale: SchedulerScale, freed: Freed) {
    this.#cluster = cluster
    this.#scale = scale
    this.#freed = freed
  }

  /** Attaches the downloads to a follower and kills it; with `isBack` it comes back at once. */
  static async begin(
    cluster: MemberCluster,
    scale: SchedulerScale,
    isBack: boolean,
  ): Promise<SlotsOfTheDead> {
    const members = trio(cluster)
    const [victim, other] = await cluster.followers(members)
    const setup = new MemberStub(other!.addr)
    const stubs: MemberStub[] = []
    try {
      await setup.announceTask(announceTaskV1(task))
      const hosts = Array.from({ length: Math.ceil(scale.attached / peersEach) + 1 }, (_, i) =>
        setup.announceHost(announceHostV2(`slots-host-${i}`, announceIntervalMs)),
      )
      await Promise.all(hosts)
      const keys = new Set<string>()
      for (let at = 0; at < scale.attached; at += streamsEach) {
        const stub = new MemberStub(victim!.addr)
        stubs.push(stub)
        const some = Array.from(
          { length: Math.min(streamsEach, scale.attached - at) },
          (_, i) => at + i,
        )
        for (const { told, key } of await Promise.all(some.map((i) => register(stub, i)))) {
          check(told === 'normalTaskResponse', `a download was told ${told}`)
          keys.add(key)
        }
      }
      await cluster.kill(victim!)
      const freed = new Freed(
        members.map(({ addr }) => addr),
        keys,
        performance.now(),
      )
      if (isBack) {
        cluster.start(victim!)
        await cluster.untilOnline(members)
      }
      return new SlotsOfTheDead(cluster, scale, freed)
    } finally {
      for (const stub of stubs) stub.close()
      setup.close()
    }
  }

  /** Waits until nothing is held, and downloads once more through every member. */
  async end(): Promise<string> {
    const { isFull, attached } = this.#scale
    try {
      const tookMs = await within('free slots', 10 * freeMsMax, this.#freed.whenFree)
      check(this.#freed.mostHeld === attached, `only ${this.#freed.mostHeld} held something`)
      check(!isFull || tookMs <= freeMsMax, `free only after ${tookMs} ms`)
      const members = trio(this.#cluster)
      for (const member of members) {
        if (!this.#cluster.isRunning(member)) this.#cluster.start(member)
      }
      await this.#cluster.untilOnline(members)
      for (const [i, { addr }] of members.entries()) await this.#servedByPeers(addr, i)
      return `${attached} streams, all free after ${tookMs} ms (bound ${freeMsMax}), peers serve`
    } finally {
      this.#freed.stop()
    }
  }

  async #servedByPeers(address: string, i: number): Promise<void> {
    const stub = new MemberStub(address)
    try {
      if (i === 0) await checkSlots(stub)
      const { stream, told } = await register(stub, this.#scale.attached + i)
      check(told === 'normalTaskResponse', `a new download at ${address} was told ${told}`)
      stream.cancel()
    } finally {
      stub.close()
    }
  }
}

async function checkSlots(stub: MemberStub): Promise<void> {
  const hosts = [...(await stub.rows('hosts'))].filter(([id]) => id.startsWith('slots-'))
  const used = hosts.filter(([, row]) => row['concurrentUploadCount'] !== 0)
  check(hosts.length > 0 && used.length === 0, `slots are held of ${used.map(([id]) => id).join()}`)
}

export const slotsOfTheDead: SchedulerItem = {
  title: 'a member dies with streams of API v2: their slots are free, a new download has parents',
  run: async (cluster, scale) => (await SlotsOfTheDead.begin(cluster, scale, false)).end(),
}
