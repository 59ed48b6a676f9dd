// Random lives of image transfers: two senders, one receiver, and everything between them that can
// go wrong. Whatever happens, nobody keeps an image open, and no two are received at a time.
import { expect, test } from 'vitest'
import { CodedError, MiB, nullLogger, Prng, VirtualClock } from '../../base/index.ts'
import type { Random } from '../../base/index.ts'
import { initialConfiguration } from '../core/configuration.ts'
import type { Message, Snapshot } from '../core/message.ts'
import type { RestoreResult } from '../core/outcome.ts'
import { Raft } from '../core/raft.ts'
import type { Images } from '../images.ts'
import { emptyLogContents } from '../memory-log-storage.ts'
import { ImageReceiver } from './image-receiver.ts'
import { ImageSender } from './image-sender.ts'
import { ImageThrottle } from './image-throttle.ts'
import { imageSilenceMs } from './limits.ts'
import { createMetrics } from './metrics.ts'

const settle = (): Promise<void> => new Promise((done) => setImmediate(done))
const configuration = initialConfiguration({ voters: [1, 2, 3] })
/** Of somebody who does not lead and awaits nobody. */
const anyStatus = new Raft(
  { random: new Prng('status') },
  { id: 1, configuration, contents: emptyLogContents, applied: 0 },
).status()
const receiverId = 2
const senderIds = [1, 3] as const

const snapshotAt = (index: number): Snapshot => ({
  index,
  term: 2,
  configuration,
  clusterClockMs: 1,
})

/** Two senders and a receiver, whose disks fail now and then. */
class TransferWorld {
  readonly clock = new VirtualClock({ settle: () => Promise.resolve() })
  readonly receiver: ImageReceiver
  readonly messages: Message[] = []
  openReaders = 0
  openWriters = 0
  installs = 0
  #commit = 5
  #taken: Snapshot | undefined
  readonly #random: Random
  readonly #all: ImageSender[] = []
  readonly #senders = new Map<number, ImageSender>()

  constructor(random: Random) {
    this.#random = random
    this.receiver = new ImageReceiver(
      {
        clock: this.clock,
        logger: nullLogger,
        images: { open: () => Promise.reject(new Error('only received')), receive: this.#receive },
        metrics: createMetrics().images,
        core: {
          term: 3,
          coversImage: ({ index }) => index <= this.#commit,
          restore: (snapshot) => this.#restore(snapshot),
        },
        send: (message) => this.messages.push(message),
        guarded: (run) => run(),
        restored: () => {},
      },
      { id: receiverId },
    )
    for (const id of senderIds) this.restart(id)
  }

  sender(id: number): ImageSender {
    return this.#senders.get(id)!
  }

  /** The process of a sender ends, and another one begins. */
  restart(id: number): void {
    this.#senders.get(id)?.stop()
    const sender = new ImageSender(
      {
        clock: this.clock,
        random: this.#random.fork(`sender-${this.#all.length}`),
        logger: nullLogger,
        images: { open: this.#open, receive: () => Promise.reject(new Error('only sent')) },
        metrics: createMetrics().images,
        throttle: new ImageThrottle(this.clock, { bytesPerSecond: 100 * MiB }),
        core: { term: 3, reportSnapshot: () => {}, status: () => anyStatus },
        send: (message) => this.messages.push(message),
        guarded: (run) => run(),
      },
      { id },
    )
    this.#senders.set(id, sender)
    this.#all.push(sender)
  }

  tick(): void {
    for (const sender of this.#senders.values()) sender.tick()
    this.receiver.tick()
  }

  /** Installs what the core has taken. */
  async install(): Promise<void> {
    const snapshot = this.#taken
    if (snapshot === undefined) return
    this.#taken = undefined
    await this.receiver.taken(snapshot).install()
    this.#commit = Math.max(this.#commit, snapshot.index)
    this.receiver.installed()
    this.installs += 1
  }

  async stop(): Promise<void> {
    for (let i = 0; i < 10; i += 1) {
      await this.clock.advance(1000)
      await this.install()
      await settle()
    }
    this.receiver.stop()
    for (const sender of this.#all) sender.stop()
    for (let i = 0; i < 10; i += 1) {
      await this.clock.advance(1000)
      await settle()
    }
  }

  #restore(snapshot: Snapshot): RestoreResult {
    if (snapshot.index <= this.#commit) return { ok: false, reason: 'old' }
    const chance = this.#random.below(6)
    if (chance === 0) return { ok: false, reason: 'busy' }
    if (chance === 1) return { ok: false, reason: 'not-follower' }
    this.#taken = snapshot
    return { ok: true }
  }

  /** Takes a while, and fails seldom. */
  async #work(): Promise<void> {
    for (let n = this.#random.below(5); n > 0; n -= 1) await Promise.resolve()
    if (this.#random.below(20) === 0) await this.clock.sleep(this.#random.below(500))
    if (this.#random.below(60) === 0) throw new CodedError('STORE_DISK_FULL', 'simulated')
  }

  readonly #open: Images['open'] = async (indexMin) => {
    await this.#work()
    this.openReaders += 1
    let chunksLeft = this.#random.below(12)
    let isOpen = true
    return {
      snapshot: snapshotAt(indexMin + this.#random.below(3)),
      next: async () => {
        await this.#work()
        chunksLeft -= 1
        return chunksLeft >= 0 ? new Uint8Array([chunksLeft]) : undefined
      },
      close: async () => {
        if (isOpen) this.openReaders -= 1
        isOpen = false
      },
    }
  }

  readonly #receive: Images['receive'] = async () => {
    await this.#work()
    this.openWriters += 1
    expect(this.openWriters, 'images received at a time').toBe(1)
    let [isOpen, isBusy] = [true, false]
    const use = async (): Promise<void> => {
      expect([isOpen, isBusy], 'calls follow each other, none after the end').toEqual([true, false])
      isBusy = true
      try {
        await this.#work()
      } finally {
        isBusy = false
      }
    }
    const end = async (): Promise<void> => {
      expect([isOpen, isBusy]).toEqual([true, false])
      isOpen = false
      this.openWriters -= 1
    }
    return { write: use, finish: use, install: end, abort: end }
  }
}

/** One thing that happens. */
async function act(world: TransferWorld, random: Random, index: number): Promise<void> {
  const { clock, messages } = world
  const chance = random.below(100)
  const id = senderIds[random.below(senderIds.length)]!
  if (chance < 8) {
    const to = receiverId
    const snapshot = snapshotAt(index)
    world.sender(id).request({ type: 'snapshot', from: id, to, term: 3, snapshot })
  } else if (chance < 9) {
    world.restart(id)
  } else if (chance < 10) {
    world.sender(id).abortBelow(index)
  } else if (chance < 25) {
    await clock.advance(random.below(10) === 0 ? imageSilenceMs : 50 + random.below(2500))
    world.tick()
  } else if (chance < 27) {
    await world.install()
  } else if (messages.length > 0) {
    const [message] = messages.splice(random.below(4) === 0 ? random.below(messages.length) : 0, 1)
    const fate = random.below(20)
    if (fate === 0) return
    if (fate === 1) messages.push(message!)
    if (message!.type === 'image-reply') world.sender(message!.to).receive(message!)
    if (message!.type !== 'image-chunk') return
    world.receiver.receive(fate === 2 ? { ...message!, checksum: 1 } : message!)
  }
}

test('R-13.2 R-13.3 whatever happens to images on their way, none stays open', async () => {
  let installs = 0
  for (let seed = 0; seed < 150; seed += 1) {
    const random = new Prng(`transfers ${seed}`)
    const world = new TransferWorld(random.fork('world'))
    let index = 10
    for (let step = 0; step < 300; step += 1) {
      index += random.below(2)
      await act(world, random, index)
      await settle()
    }
    await world.stop()
    const { openReaders, openWriters } = world
    expect({ seed, openReaders, openWriters }).toEqual({ seed, openReaders: 0, openWriters: 0 })
    installs += world.installs
  }
  expect(installs).toBeGreaterThan(150)
})
