import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { collect } from '../store/fixture.suite.ts'
import { ByteReader } from './byte-reader.ts'

async function* chunksOf(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0
  for (const cut of [...cuts, bytes.length]) {
    yield bytes.subarray(at, at + cut)
    at += cut
  }
}

describe('byte reader', () => {
  test('hands out any portions of any chunks, in order and whole', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        sizes,
        sizes,
        async (bytes, cuts, takes) => {
          const reader = new ByteReader(chunksOf(bytes, cuts))
          let at = 0
          for (const take of takes) {
            const found = await collect(reader.take(take))
            expect([...found]).toEqual([...bytes.subarray(at, at + take)])
            at += found.length
          }
          expect(await reader.hasMore()).toBe(at < bytes.length)
        },
      ),
    )
  })

  test('closing it closes the body', async () => {
    let isClosed = false
    async function* body(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(5)
      } finally {
        isClosed = true
      }
    }
    const reader = new ByteReader(body())
    expect(await collect(reader.take(7))).toHaveLength(7)
    await reader.close()
    await reader.close()
    expect([isClosed, await reader.hasMore()]).toEqual([true, true])
    expect(await collect(reader.take(99))).toHaveLength(3)
  })
})
