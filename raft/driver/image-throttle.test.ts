import { expect, test } from 'vitest'
import { VirtualClock } from '../../base/index.ts'
import { imageChunkBytesMax } from '../images.ts'
import { ImageThrottle } from './image-throttle.ts'
import { imageBytesPerSecondMin, imagesSentMax, imageSilenceMs } from './limits.ts'

const settle = (): Promise<void> => new Promise((done) => setImmediate(done))
const second = 1000
const rate = 256 * 1024

function world() {
  const clock = new VirtualClock({ settle })
  const throttle = new ImageThrottle(clock, { bytesPerSecond: rate })
  const left: [string, number][] = []
  const take = (name: string, bytes: number): void => {
    void throttle.wait(bytes).then(() => left.push([name, clock.nowMs()]))
  }
  return { clock, throttle, left, take }
}

test('R-13.2 all who wait share the rate, in the order of their calls', async () => {
  const { clock, left, take } = world()
  for (const name of ['a1', 'b1', 'a2', 'b2']) take(name, rate)
  await clock.advance(0)
  expect(left).toEqual([['a1', 0]])
  await clock.advance(10 * second)
  expect(left).toEqual([
    ['a1', 0],
    ['b1', 1 * second],
    ['a2', 2 * second],
    ['b2', 3 * second],
  ])
})

test('a pause is not saved up: afterwards one call is free and the next one waits', async () => {
  const { clock, left, take } = world()
  await clock.advance(60 * second)
  take('first', rate)
  take('second', rate)
  await clock.advance(60 * second)
  expect(left).toEqual([
    ['first', 60 * second],
    ['second', 61 * second],
  ])
})

test('what leaves without asking is paid for by those who ask', async () => {
  const { clock, throttle, left, take } = world()
  throttle.charge(2 * rate)
  take('later', 1)
  await clock.advance(2 * second - 1)
  expect(left).toEqual([])
  await clock.advance(1)
  expect(left).toEqual([['later', 2 * second]])
})

test('over a minute no more than the rate leaves', async () => {
  const { clock, throttle } = world()
  let sentBytes = 0
  const send = async (): Promise<void> => {
    while (clock.nowMs() < 60 * second) {
      await throttle.wait(imageChunkBytesMax)
      sentBytes += imageChunkBytesMax
    }
  }
  const both = [send(), send()]
  await clock.advance(65 * second)
  await Promise.all(both)
  expect(sentBytes).toBeLessThanOrEqual(63 * rate)
  expect(sentBytes).toBeGreaterThanOrEqual(60 * rate)
})

test('after its end nobody waits', async () => {
  const { clock, throttle, left, take } = world()
  take('a', rate)
  take('b', rate)
  throttle.stop()
  take('c', rate)
  await clock.advance(0)
  expect(left.map(([name]) => name)).toEqual(['a', 'b', 'c'])
})

test('the least rate keeps receivers from giving up', () => {
  const chunkMs = (imageChunkBytesMax * imagesSentMax * second) / imageBytesPerSecondMin
  expect(chunkMs).toBeLessThanOrEqual(imageSilenceMs / 2)
  const clock = new VirtualClock({ settle })
  const bytesPerSecond = imageBytesPerSecondMin - 1
  expect(() => new ImageThrottle(clock, { bytesPerSecond })).toThrow('least rate')
})
