import { expect, test } from 'vitest'
import { crc32c, MiB, nullLogger, Prng, VirtualClock } from '../../base/index.ts'
import { initialConfiguration } from '../core/configuration.ts'
import type { ImageChunk, ImageReply, InstallSnapshot, Message } from '../core/message.ts'
import { Raft } from '../core/raft.ts'
import type { ProgressStatus } from '../core/status.ts'
import type { ImageReader, Images } from '../images.ts'
import { emptyLogContents } from '../memory-log-storage.ts'
import { ImageSender } from './image-sender.ts'
import { ImageThrottle } from './image-throttle.ts'
import {
  imageInstallMsMax,
  imageReplyMs,
  imageResendsMax,
  imageRetryMs,
  imageRetryMsMax,
  imagesSentMax,
  imageUnsupportedRetryMs,
  imageWindowMax,
} from './limits.ts'
import { createMetrics } from './metrics.ts'

const settle = (): Promise<void> => new Promise((done) => setImmediate(done))
const configuration = initialConfiguration({ voters: [1, 2, 3, 4, 5] })
const snapshot = { index: 10, term: 2, configuration, clusterClockMs: 7 }

const anyStatus = new Raft(
  { random: new Prng('status') },
  { id: 1, configuration, contents: emptyLogContents, applied: 0 },
).status()
const anyProgress: ProgressStatus = {
  id: 2,
  isLearner: false,
  state: 'snapshot',
  pendingSnapshot: 10,
  match: 5,
  next: 6,
  isRecentlyActive: true,
  isPaused: true,
  isBehindLog: true,
  lacksState: false,
  inflightMessages: 0,
  inflightBytes: 0,
  digest: { index: 0, digest: new Uint8Array(0) },
}

interface World {
  readonly clock: VirtualClock
  readonly sender: ImageSender
  readonly sent: ImageChunk[]
  readonly reports: [number, string][]
  readonly readers: { closed: number; opened: number }
  readonly metrics: ReturnType<typeof createMetrics>['images']
  /** Members the core has not heard of since their image. */
  readonly awaited: Set<number>
  /** Lets `elapsedMs` pass with a tick every 50 ms. */
  pass(elapsedMs: number): Promise<void>
}

interface WorldOptions {
  readonly chunks?: number
  /** Default: images of `chunks` chunks. */
  readonly images?: Images | 'none'
  readonly throttle?: Pick<ImageThrottle, 'charge' | 'wait'>
  /** What the members are known to have of the log. @default nothing that an image covers */
  readonly match?: number
}

function world(options: WorldOptions = {}): World {
  const clock = new VirtualClock({ settle })
  const sent: ImageChunk[] = []
  const reports: [number, string][] = []
  const readers = { closed: 0, opened: 0 }
  const awaited = new Set([2, 3, 4, 5])
  const { match = anyProgress.match } = options
  const metrics = createMetrics().images
  const images: Images | 'none' = options.images ?? {
    open: async () => {
      readers.opened += 1
      let at = 0
      const reader: ImageReader = {
        snapshot,
        next: async () => {
          at += 1
          return at <= (options.chunks ?? 3) ? new Uint8Array([at]) : undefined
        },
        close: async () => {
          readers.closed += 1
        },
      }
      return reader
    },
    receive: () => Promise.reject(new Error('only sent here')),
  }
  const core = {
    term: 3,
    reportSnapshot: (to: number, outcome: 'sent' | 'failed') => void reports.push([to, outcome]),
    status: () => {
      const progress = [...awaited].map((id) => ({ ...anyProgress, id, match }))
      return { ...anyStatus, progress }
    },
  }
  const sender = new ImageSender(
    {
      clock,
      random: new Prng('images'),
      logger: nullLogger,
      images: images === 'none' ? undefined : images,
      metrics,
      throttle: options.throttle ?? new ImageThrottle(clock, { bytesPerSecond: 100 * MiB }),
      send: (message: Message) => {
        if (message.type === 'image-chunk') sent.push(message)
      },
      core,
      guarded: (run) => run(),
    },
    { id: 1 },
  )
  const pass = async (elapsedMs: number): Promise<void> => {
    for (let at = 0; at < elapsedMs; at += 50) {
      await clock.advance(50)
      sender.tick()
    }
  }
  return { clock, sender, sent, reports, readers, metrics, awaited, pass }
}

const request = (to: number): InstallSnapshot => ({
  type: 'snapshot',
  from: 1,
  to,
  term: 3,
  snapshot,
})

const reply = (
  chunk: ImageChunk,
  nextSeq: number,
  refusal?: ImageReply['refusal'],
): ImageReply => ({
  type: 'image-reply',
  from: chunk.to,
  to: 1,
  term: 3,
  imageId: chunk.imageId,
  nextSeq,
  refusal,
})

const seqs = (chunks: readonly ImageChunk[]): number[] => chunks.map(({ seq }) => seq)

test('a window of chunks runs ahead; the last one is marked, and its answer ends it', async () => {
  const { sender, sent, reports, readers, pass } = world({ chunks: 6 })
  sender.request(request(2))
  await pass(50)
  expect(seqs(sent)).toEqual([0, 1, 2, 3])
  expect(sent).toHaveLength(imageWindowMax)
  expect(sent.every(({ data, checksum }) => crc32c(data) === checksum)).toBe(true)
  expect(sent[0]).toMatchObject({ from: 1, to: 2, term: 3, snapshot, isLast: false })
  sender.receive(reply(sent[0]!, 1))
  await pass(50)
  expect(seqs(sent)).toEqual([0, 1, 2, 3, 4])
  sender.receive(reply(sent[0]!, 5))
  await pass(50)
  expect(sent.at(-1)).toMatchObject({ seq: 5, isLast: true })
  expect(reports).toEqual([])
  sender.receive(reply(sent[0]!, 6))
  expect(reports).toEqual([[2, 'sent']])
  expect(readers).toEqual({ opened: 1, closed: 1 })
  expect(sender.active).toBe(0)
})

test('decision 015 who has the log needs none after its image, and gets it whatever the log does', async () => {
  for (const match of [9, 10]) {
    const { sender, sent, pass } = world({ match, chunks: 9 })
    for (const to of [2, 3, 4]) sender.request(request(to))
    expect(sender.heldIndex).toBe(match < 10 ? 10 : undefined)
    await pass(50)
    expect(sender.heldIndex).toBe(match < 10 ? 10 : undefined)
    sender.abortBelow(11)
    sender.receive(reply(sent[0]!, 1))
    expect(sender.active).toBe(match < 10 ? 0 : 2)
  }
})

test('an image without a byte still has one chunk', async () => {
  const { sender, sent, pass } = world({ chunks: 0 })
  sender.request(request(2))
  await pass(50)
  expect(sent).toMatchObject([{ seq: 0, isLast: true, data: new Uint8Array(0) }])
})

test('R-13.3 out-of-order and damaged: it goes again from there, once for each loss', async () => {
  const { sender, sent, metrics, pass } = world({ chunks: 9 })
  sender.request(request(2))
  await pass(50)
  const [first] = sent.splice(0)
  for (const refusal of ['out-of-order', 'out-of-order', 'damaged'] as const) {
    sender.receive(reply(first!, 1, refusal))
  }
  expect(seqs(sent)).toEqual([1, 2, 3])
  expect(metrics.chunksResent).toBe(3)
  // Progress, and the same again further on.
  sender.receive(reply(first!, 3))
  await pass(50)
  sender.receive(reply(first!, 3, 'damaged'))
  expect(seqs(sent)).toEqual([1, 2, 3, 4, 5, 6, 3, 4, 5, 6])
})

test.each([
  ['a receiver that forgot what it had acknowledged', 'out-of-order', 0],
  ['a receiver that is busy', 'busy', 1],
  ['a receiver that is not in the image', 'not-member', 1],
] as const)('%s ends it; the core hears it after a pause', async (_, refusal, nextSeq) => {
  const { sender, sent, reports, metrics, pass } = world({ chunks: 9 })
  sender.request(request(2))
  await pass(50)
  sender.receive(reply(sent[0]!, 1))
  await pass(50)
  sender.receive(reply(sent[0]!, nextSeq, refusal))
  expect(sender.active).toBe(0)
  expect(reports).toEqual([])
  await pass(imageRetryMs)
  expect(reports).toEqual([[2, 'failed']])
  expect(metrics.sendFailed).toBe(1)
})

test('old: the receiver has it all', async () => {
  const { sender, sent, reports, pass } = world()
  sender.request(request(2))
  await pass(50)
  sender.receive(reply(sent[0]!, 0, 'old'))
  expect(reports).toEqual([[2, 'sent']])
})

test('without answers the window goes again, and in the end it is given up', async () => {
  const { sender, sent, reports, readers, pass } = world()
  sender.request(request(2))
  await pass(50)
  expect(sent).toHaveLength(3)
  await pass(imageReplyMs)
  expect(seqs(sent)).toEqual([0, 1, 2, 0, 1, 2])
  await pass(imageReplyMs * imageResendsMax + imageRetryMs)
  expect(sent).toHaveLength(3 * (1 + imageResendsMax))
  expect(reports).toEqual([[2, 'failed']])
  expect(readers.closed).toBe(1)
})

test('a receiver that answers and takes long to verify the whole is not given up', async () => {
  const { clock, sender, sent, reports, pass } = world()
  sender.request(request(2))
  await pass(50)
  sender.receive(reply(sent[0]!, 2))
  const untilMs = clock.nowMs() + 2 * imageReplyMs * imageResendsMax
  while (clock.nowMs() < untilMs) {
    const before = sent.length
    await pass(imageReplyMs)
    expect(seqs(sent.slice(before))).toEqual([2])
    // It has the last chunk, and says so far only that it has those before.
    sender.receive(reply(sent[0]!, 2))
  }
  expect(reports).toEqual([])
  sender.receive(reply(sent[0]!, 3))
  expect(reports).toEqual([[2, 'sent']])
})

test('answers to another transfer are none', async () => {
  const { sender, sent, pass } = world()
  sender.request(request(2))
  await pass(50)
  sender.receive({ ...reply(sent[0]!, 3), imageId: sent[0]!.imageId + 1 })
  sender.receive({ ...reply(sent[0]!, 3), from: 3 })
  expect(sender.active).toBe(1)
})

test('R-13.2 imagesSentMax at a time; the next one starts when one ends', async () => {
  const { sender, sent, readers, pass } = world()
  for (const to of [2, 3, 4, 5]) sender.request(request(to))
  sender.request(request(2))
  await pass(50)
  expect(readers.opened).toBe(imagesSentMax)
  expect(sender.heldIndex).toBe(10)
  sender.receive(reply(sent[0]!, 3))
  await pass(50)
  expect(readers.opened).toBe(3)
  expect(new Set(sent.map(({ imageId }) => imageId)).size).toBe(3)
})

test('a member that is removed is sent nothing more, and those that wait are forgotten', async () => {
  const { sender, readers, pass } = world()
  for (const to of [2, 3, 4]) sender.request(request(to))
  await pass(50)
  sender.configurationChanged(initialConfiguration({ voters: [1, 3] }))
  await pass(50)
  expect(sender.active).toBe(1)
  expect(readers).toEqual({ opened: 2, closed: 1 })
})

test('an image that cannot be opened or read fails', async () => {
  let fails = 0
  const images: Images = {
    open: async () => {
      fails += 1
      if (fails === 1) throw new Error('not now')
      return { snapshot, next: () => Promise.reject(new Error('torn')), close: async () => {} }
    },
    receive: () => Promise.reject(new Error('only sent here')),
  }
  const { sender, reports, pass } = world({ images })
  sender.request(request(2))
  await pass(imageRetryMs + 100)
  sender.request(request(2))
  await pass(imageRetryMs + 100)
  expect(reports).toEqual([
    [2, 'failed'],
    [2, 'failed'],
  ])
  expect(sender.active).toBe(0)
  expect(sender.heldIndex).toBeUndefined()
})

test('without images the core hears after a pause that none was sent, and asks again', async () => {
  const { sender, sent, reports, metrics, pass } = world({ images: 'none' })
  for (let times = 1; times <= 2; times += 1) {
    sender.request(request(2))
    await pass(imageRetryMs - 50)
    expect(reports).toHaveLength(times - 1)
    await pass(50)
    expect(reports).toHaveLength(times)
  }
  expect(reports[0]).toEqual([2, 'failed'])
  expect(sent).toEqual([])
  expect(metrics).toMatchObject({ notSent: 2, sendFailed: 0 })
})

test('a stopped sender closes what it reads and starts nothing', async () => {
  const { sender, readers, reports, pass } = world()
  for (const to of [2, 3, 4]) sender.request(request(to))
  await pass(50)
  sender.stop()
  sender.request(request(5))
  await pass(imageReplyMs * 3)
  expect(readers).toEqual({ opened: 2, closed: 2 })
  expect(reports).toEqual([])
})

test('design 4.7 the log after an image is held until it has been installed, or too long', async () => {
  const { sender, sent, awaited, pass } = world({ chunks: 1 })
  for (const to of [2, 3]) sender.request(request(to))
  await pass(50)
  for (const chunk of sent) sender.receive(reply(chunk, 1))
  expect(sender.active).toBe(0)
  expect(sender.heldIndex).toBe(10)
  awaited.delete(2)
  await pass(imageInstallMsMax - 100)
  expect(sender.heldIndex).toBe(10)
  await pass(100)
  expect(sender.heldIndex).toBeUndefined()
})

test('design 4.7 a log that outgrows its bound holds for nobody', async () => {
  const { sender, sent, reports, pass } = world({ chunks: 1 })
  for (const to of [2, 3, 4]) sender.request(request(to))
  await pass(50)
  sender.receive(reply(sent[0]!, 1))
  await pass(50)
  sender.abortBelow(10)
  expect(sender.heldIndex).toBe(10)
  sender.abortBelow(11)
  expect(sender.heldIndex).toBeUndefined()
  await pass(imageRetryMs)
  expect(reports).toEqual([
    [2, 'sent'],
    [3, 'failed'],
    [4, 'failed'],
  ])
})

test('R-13.2 chunks wait for the throttle, which resent ones have a share of', async () => {
  const waits: [number, () => void][] = []
  const charges: number[] = []
  const throttle = {
    wait: (bytes: number) => new Promise<void>((done) => waits.push([bytes, done])),
    charge: (bytes: number) => charges.push(bytes),
  }
  const { sender, sent, readers, pass } = world({ chunks: 3, throttle })
  sender.request(request(2))
  await pass(50)
  expect(sent).toEqual([])
  for (let seq = 0; seq < 2; seq += 1) {
    expect(waits).toHaveLength(1)
    waits.shift()![1]()
    await pass(50)
    expect(seqs(sent)).toEqual(seq === 0 ? [0] : [0, 1])
  }
  expect(charges).toEqual([])
  sender.receive(reply(sent[0]!, 0, 'damaged'))
  expect(charges).toEqual([1, 1])
  // An image that ends while it waits is closed once its turn comes.
  sender.stop()
  expect(readers).toEqual({ opened: 1, closed: 0 })
  waits.shift()![1]()
  await pass(50)
  expect(readers).toEqual({ opened: 1, closed: 1 })
  expect(seqs(sent)).toEqual([0, 1, 0, 1])
})

test('a member that cannot take an image is asked less and less often', async () => {
  const { sender, sent, reports, awaited, pass } = world()
  awaited.clear()
  const pausesMs: number[] = []
  for (let round = 0; round < 7; round += 1) {
    sender.request(request(2))
    await pass(50)
    sender.receive(reply(sent.at(-1)!, 0, 'busy'))
    let pausedMs = 0
    while (reports.length === round) {
      await pass(50)
      pausedMs += 50
    }
    pausesMs.push(pausedMs)
  }
  expect(pausesMs).toEqual([1000, 2000, 4000, 8000, 16_000, 16_000, 16_000])
  expect(pausesMs.at(-1)).toBe(imageRetryMsMax)
  // An image that arrives ends that.
  sender.request(request(2))
  await pass(50)
  sender.receive(reply(sent.at(-1)!, 3))
  sender.request(request(2))
  await pass(50)
  sender.receive(reply(sent.at(-1)!, 0, 'damaged'))
  sender.receive(reply(sent.at(-1)!, 0, 'busy'))
  await pass(imageRetryMs)
  expect(reports.slice(7)).toEqual([
    [2, 'sent'],
    [2, 'failed'],
  ])
})

test('a member that is too old for the format is left alone for imageUnsupportedRetryMs', async () => {
  const { sender, sent, reports, pass } = world()
  sender.request(request(2))
  await pass(50)
  sender.receive(reply(sent[0]!, 0, 'unsupported'))
  await pass(imageUnsupportedRetryMs - 100)
  expect(reports).toEqual([])
  await pass(100)
  expect(reports).toEqual([[2, 'failed']])
})
