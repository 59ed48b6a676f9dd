import { expect, test } from 'vitest'
import { CodedError, crc32c, nullLogger, VirtualClock } from '../../base/index.ts'
import { initialConfiguration } from '../core/configuration.ts'
import type { ImageChunk, ImageReply, Message } from '../core/message.ts'
import type { RestoreResult } from '../core/outcome.ts'
import type { LogMark } from '../log-storage.ts'
import type { Images } from '../images.ts'
import { ImageReceiver } from './image-receiver.ts'
import { imageSilenceMs, imageWindowMax } from './limits.ts'
import { createMetrics } from './metrics.ts'

const settle = (): Promise<void> => new Promise((done) => setImmediate(done))
const configuration = initialConfiguration({ voters: [1, 2, 3] })
const snapshot = { index: 10, term: 2, configuration, clusterClockMs: 7 }

type Answer = RestoreResult | 'nothing'

function world(options: { readonly finish?: () => Promise<void>; readonly none?: boolean } = {}) {
  const clock = new VirtualClock({ settle })
  const replies: ImageReply[] = []
  const calls: string[] = []
  const core = {
    commit: 5,
    term: 3,
    answer: { ok: true } as RestoreResult,
    log: new Map<number, number>(),
    coversImage: ({ index, term }: LogMark) => index <= core.commit || core.log.get(index) === term,
    restore: (): RestoreResult => {
      calls.push('restore')
      return core.answer
    },
  }
  const images: Images = {
    open: () => Promise.reject(new Error('only received here')),
    receive: async () => {
      calls.push('receive')
      return {
        write: async (chunk) => void calls.push(`write ${chunk.join()}`),
        finish: async () => {
          calls.push('finish')
          await options.finish?.()
        },
        install: async () => void calls.push('install'),
        abort: async () => void calls.push('abort'),
      }
    },
  }
  const metrics = createMetrics().images
  const receiver = new ImageReceiver(
    {
      clock,
      logger: nullLogger,
      core,
      images: options.none === true ? undefined : images,
      metrics,
      send: (message: Message) => {
        if (message.type === 'image-reply') replies.push(message)
      },
      guarded: (run) => run(),
      restored: () => calls.push('restored'),
    },
    { id: 2 },
  )
  const answers = (): [number, string | undefined][] =>
    replies.splice(0).map(({ nextSeq, refusal }) => [nextSeq, refusal])
  return { clock, core, calls, receiver, metrics, answers, replies }
}

const chunk = (seq: number, change: Partial<ImageChunk> = {}): ImageChunk => {
  const data = new Uint8Array([seq])
  const base = { type: 'image-chunk', from: 1, to: 2, term: 3, imageId: 77, snapshot } as const
  return { ...base, seq, data, checksum: crc32c(data), isLast: seq === 2, ...change }
}

test('chunks are written in order, acknowledged when written, and handed over whole', async () => {
  const { receiver, calls, answers, metrics } = world()
  for (const seq of [0, 1, 2]) {
    receiver.receive(chunk(seq))
    await settle()
  }
  expect(calls).toEqual([
    'receive',
    'write 0',
    'write 1',
    'write 2',
    'finish',
    'restore',
    'restored',
  ])
  expect(answers()).toEqual([
    [1, undefined],
    [2, undefined],
    [3, undefined],
  ])
  await receiver.taken(snapshot).install()
  expect(receiver.isBusy).toBe(true)
  receiver.installed()
  expect(receiver.isBusy).toBe(false)
  expect(metrics).toMatchObject({ received: 1, installed: 1, bytesReceived: 3, receiveFailed: 0 })
})

test('R-13.3 a gap, a doubled chunk, a damaged one and an unknown transfer', async () => {
  const { receiver, answers, calls, metrics } = world()
  receiver.receive(chunk(1))
  expect(answers()).toEqual([[0, 'out-of-order']])
  receiver.receive(chunk(0))
  await settle()
  receiver.receive(chunk(2))
  receiver.receive(chunk(0))
  receiver.receive(chunk(1, { checksum: 5 }))
  expect(answers()).toEqual([
    [1, undefined],
    [1, 'out-of-order'],
    [1, undefined],
    [1, 'damaged'],
  ])
  receiver.receive(chunk(1))
  await settle()
  expect(answers()).toEqual([[2, undefined]])
  expect(calls).toEqual(['receive', 'write 0', 'write 1'])
  expect(metrics.refused).toMatchObject({ 'out-of-order': 2, damaged: 1 })
})

test('no more than a window waits to be written', () => {
  const { receiver, answers } = world()
  for (let seq = 0; seq < imageWindowMax; seq += 1) receiver.receive(chunk(seq, { isLast: false }))
  expect(answers()).toEqual([])
  receiver.receive(chunk(imageWindowMax, { isLast: false }))
  expect(answers()).toEqual([[imageWindowMax, 'out-of-order']])
})

test('R-13.2 busy: somebody else sends one; the same sender may begin again', async () => {
  const { receiver, answers, calls, metrics } = world()
  receiver.receive(chunk(0))
  await settle()
  receiver.receive(chunk(0, { from: 3, imageId: 5 }))
  receiver.receive(chunk(1, { imageId: 78 }))
  expect(answers()).toEqual([
    [1, undefined],
    [0, 'busy'],
    [0, 'busy'],
  ])
  receiver.receive(chunk(0, { imageId: 78 }))
  await settle()
  expect(answers()).toEqual([[1, undefined]])
  expect(calls).toEqual(['receive', 'write 0', 'abort', 'receive', 'write 0'])
  expect(metrics.receiveFailed).toBe(1)
})

test('busy: this replica takes no images', () => {
  const { receiver, answers } = world({ none: true })
  receiver.receive(chunk(0))
  expect(answers()).toEqual([[0, 'busy']])
})

test('old: everything is committed here, or in the log and only now known to be', async () => {
  const { receiver, answers, calls, core } = world()
  receiver.receive(chunk(0, { snapshot: { ...snapshot, index: 5 } }))
  core.log.set(10, 2)
  receiver.receive(chunk(0))
  expect(answers()).toEqual([
    [0, 'old'],
    [0, 'old'],
  ])
  expect(calls).toEqual(['restore', 'restore'])
  expect(receiver.isBusy).toBe(false)
})

test('old: the log has caught up meanwhile', async () => {
  const { receiver, answers, calls, core } = world()
  receiver.receive(chunk(0))
  await settle()
  core.commit = 10
  receiver.tick()
  await settle()
  expect(answers()).toEqual([
    [1, undefined],
    [1, 'old'],
  ])
  expect(calls).toEqual(['receive', 'write 0', 'restore', 'abort'])
})

test('not-member: the image does not know this replica', () => {
  const { receiver, answers } = world()
  const others = initialConfiguration({ voters: [1, 3] })
  receiver.receive(chunk(0, { snapshot: { ...snapshot, configuration: others } }))
  expect(answers()).toEqual([[0, 'not-member']])
})

async function whole(answer: Answer, options: Parameters<typeof world>[0] = {}) {
  const made = world(options)
  if (answer !== 'nothing') made.core.answer = answer
  for (const seq of [0, 1, 2]) made.receiver.receive(chunk(seq))
  await settle()
  return made
}

test.each(['old', 'not-member'] as const)('the core says %s: it is thrown away', async (reason) => {
  const { answers, calls, receiver } = await whole({ ok: false, reason })
  await settle()
  expect(answers().at(-1)).toEqual([3, reason])
  expect(calls.at(-1)).toBe('abort')
  expect(receiver.isBusy).toBe(false)
})

test.each(['busy', 'not-follower'] as const)(
  'the core says %s: it waits whole, and its last chunk is not acknowledged',
  async (reason) => {
    const { answers, receiver, core } = await whole({ ok: false, reason })
    expect(answers().at(-1)).toEqual([2, undefined])
    receiver.receive(chunk(2))
    expect(answers()).toEqual([[2, undefined]])
    core.answer = { ok: true }
    receiver.tick()
    expect(answers()).toEqual([[3, undefined]])
  },
)

test('R-1.3 an image of a later term waits until that term is known', async () => {
  const made = world()
  made.core.term = 1
  for (const seq of [0, 1, 2]) made.receiver.receive(chunk(seq))
  await settle()
  expect(made.calls).not.toContain('restore')
  made.core.term = 2
  made.receiver.tick()
  expect(made.calls).toContain('restore')
})

test('damaged: the whole is not what was written', async () => {
  const finish = (): Promise<void> => {
    return Promise.reject(new CodedError('RAFT_IMAGE_DAMAGED', 'torn'))
  }
  const { answers, calls, receiver } = await whole('nothing', { finish })
  await settle()
  expect(answers().at(-1)).toEqual([0, 'damaged'])
  expect(calls.at(-1)).toBe('abort')
  expect(receiver.isBusy).toBe(false)
})

test('of another format: the sender is told that no other one will do either', async () => {
  const finish = (): Promise<void> => {
    return Promise.reject(new CodedError('RAFT_IMAGE_UNSUPPORTED', 'format 2'))
  }
  const { answers, calls, receiver } = await whole('nothing', { finish })
  await settle()
  expect(answers().at(-1)).toEqual([0, 'unsupported'])
  expect(calls.at(-1)).toBe('abort')
  expect(receiver.isBusy).toBe(false)
})

test('J22 a disk that is full: the sender is asked to come again later', async () => {
  const finish = (): Promise<void> => {
    return Promise.reject(new CodedError('STORE_DISK_FULL', 'full'))
  }
  const { answers } = await whole('nothing', { finish })
  expect(answers().at(-1)).toEqual([0, 'busy'])
})

test('a silent sender is given up, and its image makes room for another', async () => {
  const { receiver, clock, calls, answers } = world()
  receiver.receive(chunk(0))
  await clock.advance(imageSilenceMs - 1)
  receiver.tick()
  expect(receiver.isBusy).toBe(true)
  await clock.advance(1)
  receiver.tick()
  expect(receiver.isBusy).toBe(false)
  receiver.receive(chunk(0, { from: 3 }))
  await settle()
  expect(calls).toEqual(['receive', 'write 0', 'abort', 'receive', 'write 0'])
  expect(answers().at(-1)).toEqual([1, undefined])
})

test('what is being verified needs no sender: neither silence nor a new beginning ends it', async () => {
  let verified = (): void => undefined
  const finish = (): Promise<void> => new Promise((done) => (verified = done))
  const { receiver, clock, calls, answers } = world({ finish })
  for (const seq of [0, 1, 2]) receiver.receive(chunk(seq))
  await clock.advance(3 * imageSilenceMs)
  receiver.tick()
  expect(receiver.isBusy).toBe(true)
  answers()
  receiver.receive(chunk(0, { imageId: 78 }))
  expect(answers()).toEqual([[0, 'busy']])
  verified()
  await clock.advance(0)
  receiver.tick()
  expect(calls.slice(-2)).toEqual(['restore', 'restored'])
  expect(answers()).toEqual([[3, undefined]])
})

test('a stopped receiver drops what it has and answers nothing', async () => {
  const { receiver, calls, replies } = world()
  receiver.receive(chunk(0))
  await settle()
  replies.splice(0)
  receiver.stop()
  receiver.receive(chunk(1))
  await settle()
  expect(calls).toEqual(['receive', 'write 0', 'abort'])
  expect(replies).toEqual([])
})
