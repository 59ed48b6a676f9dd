import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TokenBucket } from './index.ts'

describe('token bucket', () => {
  test('lets a burst through, then tells how long to wait', () => {
    const bucket = new TokenBucket({ ratePerSecond: 1000, burst: 100, nowMs: 0 })
    expect(bucket.take(100, 0)).toBe(0)
    expect(bucket.take(50, 0)).toBe(50)
    expect(bucket.take(50, 49)).toBe(1)
    expect(bucket.take(50, 50)).toBe(0)
  })

  test('a request over the burst passes a full bucket and leaves a debt', () => {
    const bucket = new TokenBucket({ ratePerSecond: 1000, burst: 100, nowMs: 0 })
    expect(bucket.take(300, 0)).toBe(0)
    expect(bucket.take(1, 0)).toBe(201)
    expect(bucket.take(1, 201)).toBe(0)
  })

  test('no rate means no limit, and time going back gives nothing', () => {
    const free = new TokenBucket({ ratePerSecond: Infinity, burst: 1, nowMs: 0 })
    expect(free.take(1e12, 0)).toBe(0)
    const bucket = new TokenBucket({ ratePerSecond: 1000, burst: 10, nowMs: 100 })
    expect(bucket.take(10, 100)).toBe(0)
    expect(bucket.take(1, 50)).toBe(1)
    expect(bucket.take(1, 101)).toBe(0)
  })

  test('whoever waits as told passes, and the rate is kept over any run', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 50 }), (sizes) => {
        const bucket = new TokenBucket({ ratePerSecond: 1000, burst: 100, nowMs: 0 })
        let nowMs = 0
        let passed = 0
        for (const size of sizes) {
          const waitMs = bucket.take(size, nowMs)
          nowMs += waitMs
          if (waitMs > 0) expect(bucket.take(size, nowMs)).toBe(0)
          // All but the newest request had to fit into the burst and what flowed in since.
          expect(passed).toBeLessThanOrEqual(100 + nowMs + 400)
          passed += size
        }
      }),
    )
  })
})
