import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BoundedQueue,
  compareUtf8,
  concatBytes,
  equalBytes,
  fromHex,
  nearest,
  Prng,
  startAll,
  stopAll,
  toHex,
  utf8Decode,
  utf8Encode,
} from './index.ts'
import type { Service } from './index.ts'

describe('bytes', () => {
  it('encodes UTF-8 as the platform does, lone surrogates included', () => {
    const platform = new TextDecoder('utf-8', { ignoreBOM: true })
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (a, b) => {
        const text = a + '\ud800' + b
        expect(toHex(utf8Encode(text))).toBe(toHex(new TextEncoder().encode(text)))
        expect(utf8Decode(utf8Encode(a))).toBe(platform.decode(utf8Encode(a)))
      }),
      // A byte order mark is a character like any other: ids keep it.
      { examples: [['\ufeff', '']] },
    )
  })

  it('orders texts as their UTF-8 bytes', () => {
    const text = fc.string({ unit: 'grapheme' })
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
    )
    expect(compareUtf8('\uff5e', '\u{1f600}')).toBeLessThan(0)
  })

  it('round-trips hex and refuses what is none', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(equalBytes(fromHex(toHex(bytes))!, bytes)).toBe(true)
      }),
    )
    expect([fromHex('0'), fromHex('0g'), fromHex('AB')]).toEqual([undefined, undefined, undefined])
    expect(toHex(concatBytes([new Uint8Array([1]), new Uint8Array([2, 3])]))).toBe('010203')
  })
})

describe('BoundedQueue', () => {
  it('refuses past its item and byte limits, keeps the order and loses nothing', () => {
    const queue = new BoundedQueue<number>({ itemsMax: 3, bytesMax: 10 })
    expect([queue.push(1, 20), queue.push(2, 1)]).toEqual([true, false])
    expect(queue.shift()).toBe(1)
    expect([2, 3, 4, 5].map((n) => queue.push(n, 2))).toEqual([true, true, true, false])
    expect([queue.length, queue.bytes, queue.peek()]).toEqual([3, 6, 2])
    expect(queue.drain()).toEqual([2, 3, 4])
    expect(queue.shift()).toBeUndefined()
  })

  it('stays in order over many shifts', () => {
    const queue = new BoundedQueue<number>({ itemsMax: 10_000 })
    let next = 0
    for (let round = 0; round < 50; round += 1) {
      for (let i = 0; i < 100; i += 1) queue.push(round * 100 + i)
      for (let i = 0; i < 100; i += 1) expect(queue.shift()).toBe(next++)
    }
  })

  it('keeps nothing that was taken: a message may be large', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    const queue = new BoundedQueue<object>({ itemsMax: 3 })
    const take = (): WeakRef<object> => {
      queue.push({ bytes: new Uint8Array(262_144) })
      queue.push({ bytes: new Uint8Array(1) })
      return new WeakRef(queue.shift()!)
    }
    const taken = take()
    await new Promise((done) => setImmediate(done))
    collectGarbage()
    expect(taken.deref()).toBeUndefined()
    expect(queue.length).toBe(1)
  })
})

describe('Prng', () => {
  it('R-3.1 replays a seed, and a fork does not shift its parent', () => {
    const draw = (random: Prng): number[] => Array.from({ length: 8 }, () => random.below(1000))
    const one = new Prng('seed')
    one.fork('other').bytes(100)
    expect(draw(one)).toEqual(draw(new Prng('seed')))
    expect(draw(new Prng('seed'))).not.toEqual(draw(new Prng('seee')))
  })

  it('draws evenly enough over the whole range', () => {
    const random = new Prng('even')
    const counts = new Array<number>(10).fill(0)
    for (let i = 0; i < 100_000; i += 1) counts[random.below(10)]! += 1
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
    expect(random.ratio(0, 5)).toBe(false)
    expect(random.ratio(5, 5)).toBe(true)
  })
})

describe('lifecycle', () => {
  it('stops what had started, in reverse, when one start fails', async () => {
    const log: string[] = []
    const service = (name: string, isBroken = false): Service => ({
      name,
      start: async () => {
        if (isBroken) throw new Error(`${name} is broken`)
        log.push(`+${name}`)
      },
      stop: async () => {
        log.push(`-${name}`)
      },
    })
    await expect(startAll([service('a'), service('b'), service('c', true)])).rejects.toThrow('c is')
    expect(log).toEqual(['+a', '+b', '-b', '-a'])
    const failing = { ...service('x'), stop: async () => Promise.reject(new Error('x')) }
    await expect(stopAll([service('y'), failing])).rejects.toThrow('x')
    expect(log.at(-1)).toBe('-y')
  })
})

it('names the nearest word, or none', () => {
  const known = ['--data-dir', '--port', '--scheduler']
  expect(nearest('--prot', known)).toBe('--port')
  expect(nearest('--sched', known)).toBe('--scheduler')
  expect(nearest('--quite-different', known)).toBeUndefined()
})
