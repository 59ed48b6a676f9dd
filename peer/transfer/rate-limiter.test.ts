import { describe, expect, test } from 'vitest'
import { MiB } from '../../base/index.ts'
import { PatientClock } from './origin.suite.ts'
import { RateLimiter } from './rate-limiter.ts'

describe('rate limiter', () => {
  test('bytes over the burst wait as long as the rate asks for', async () => {
    const clock = new PatientClock()
    const limiter = new RateLimiter({ clock }, { bytesPerSecond: 10 * MiB })
    for (let i = 0; i < 10; i += 1) await limiter.acquire(MiB)
    const waitedMs = clock.sleeps.reduce((sum, ms) => sum + ms, 0)
    // 10 MiB less the burst of 1 MiB, at 10 MiB a second; real time passes as well.
    expect(waitedMs).toBeGreaterThan(500)
    expect(waitedMs).toBeLessThanOrEqual(1000)
  })

  test('whoever asked first passes first', async () => {
    const limiter = new RateLimiter({ clock: new PatientClock() }, { bytesPerSecond: MiB })
    const order: number[] = []
    const asks = [5 * MiB, 1, 2 * MiB, 1].map((bytes, index) =>
      limiter.acquire(bytes).then(() => order.push(index)),
    )
    await Promise.all(asks)
    expect(order).toEqual([0, 1, 2, 3])
  })

  test('one that gives up does not hold up the next', async () => {
    const clock = new PatientClock()
    const limiter = new RateLimiter({ clock }, { bytesPerSecond: MiB })
    await limiter.acquire(5 * MiB)
    const abort = new AbortController()
    const given = expect(limiter.acquire(1, abort.signal)).rejects.toThrow('gone')
    const next = limiter.acquire(1)
    abort.abort(new Error('gone'))
    await given
    await next
    expect(clock.sleeps.length).toBeGreaterThan(0)
  })

  test('no limit never waits', async () => {
    const clock = new PatientClock()
    const limiter = new RateLimiter({ clock }, { bytesPerSecond: 0 })
    await limiter.acquire(1e12)
    expect(clock.sleeps).toEqual([])
  })
})
