import { expect, test } from 'vitest'
import { VirtualClock } from '../../base/index.ts'
import { ticksPerTurnMax } from './limits.ts'
import { Ticker } from './ticker.ts'

function running() {
  const clock = new VirtualClock({ settle: () => new Promise((done) => setImmediate(done)) })
  const ticks: number[] = []
  const ticker = new Ticker(
    { clock },
    { tickMs: 50, stallMs: 1000, onTick: (elapsedMs) => ticks.push(elapsedMs) },
  )
  ticker.start()
  return { clock, ticks, ticker }
}

test('ticks stand for the time that has passed', async () => {
  const { clock, ticks } = running()
  await clock.advance(500)
  expect(ticks).toEqual(Array.from({ length: 10 }, () => 50))
})

test('tells how late it was woken', async () => {
  const clock = new VirtualClock({ settle: () => new Promise((done) => setImmediate(done)) })
  const delays: number[] = []
  const onDelay = (delayMs: number): void => void delays.push(delayMs)
  const ticker = new Ticker({ clock }, { tickMs: 50, stallMs: 1000, onTick: () => {}, onDelay })
  ticker.start()
  await clock.advance(100)
  await clock.jump(70)
  await clock.advance(30)
  expect(delays).toEqual([0, 0, 20, 0])
})

test('a late timer does not stretch later ticks', async () => {
  const { clock, ticks } = running()
  await clock.jump(70)
  expect(ticks).toEqual([50])
  await clock.advance(30)
  expect(ticks).toEqual([50, 50])
})

test('a short delay is made up for, by at most ticksPerTurnMax ticks at once', async () => {
  const { clock, ticks } = running()
  await clock.jump(160)
  expect(ticks).toEqual([50, 50, 50])
  await clock.jump(790)
  expect(ticks).toHaveLength(3 + ticksPerTurnMax)
  expect(ticks.reduce((sum, elapsedMs) => sum + elapsedMs, 0)).toBe(950)
})

test('R-3.3 a pause of an election timeout or more is one tick', async () => {
  const { clock, ticks, ticker } = running()
  await clock.jump(3_600_000)
  expect(ticks).toEqual([3_600_000])
  expect(ticker.stalls).toBe(1)
  await clock.advance(100)
  expect(ticks).toEqual([3_600_000, 50, 50])
})

test('nothing ticks after stop, not even when a tick stops it', async () => {
  const { clock, ticks, ticker } = running()
  ticker.stop()
  await clock.advance(500)
  expect(ticks).toEqual([])

  const count = { ticks: 0 }
  const self = new Ticker(
    { clock },
    {
      tickMs: 50,
      stallMs: 1000,
      onTick: () => {
        count.ticks += 1
        self.stop()
      },
    },
  )
  self.start()
  await clock.advance(500)
  expect(count.ticks).toBe(1)
})
