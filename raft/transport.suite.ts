// The contract of Transport<Message> as tests. Every implementation runs them from its own file.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Transport } from '../base/index.ts'
import { initialConfiguration } from './core/configuration.ts'
import { entryDataBytesMax } from './core/entry.ts'
import type { Entry } from './core/entry.ts'
import type { Message } from './core/message.ts'
import { imageChunkBytesMax } from './images.ts'

/** Members 1, 2 and 3, connected to each other. */
export interface TransportHarness {
  transport(id: number): Transport<Message>
  /** Lets time pass until `isReached`; rejects when it takes far too long. */
  until(isReached: () => boolean): Promise<void>
  /** The member stops as planned. */
  kill(id: number): Promise<void>
  /** The member's process ends without a word; its host refuses connections from then on. */
  die(id: number): Promise<void>
  /** Starts a killed member again at the same address. */
  revive(id: number): Promise<void>
  dispose(): Promise<void>
}

const entry = (index: number, data: Uint8Array): Entry => ({
  index,
  term: 3,
  type: 'command',
  stampMs: 1000 + index,
  data,
})

const digest = { index: 4096, digest: new Uint8Array(16).fill(7) }
const imageChunk = {
  imageId: 2 ** 50,
  snapshot: {
    index: 4096,
    term: 2,
    configuration: initialConfiguration({ voters: [1, 2, 3], learners: [4] }),
    clusterClockMs: 12_345,
  },
  checksum: 0xfedc_ba98,
}
const noDigest = { index: 0, digest: new Uint8Array(0) }

/** One message of every type, with fields at and away from their zero values. */
function everyMessage(from: number, to: number): Message[] {
  const base = { from, to, term: 3 }
  const data = new Uint8Array([1, 2, 3])
  return [
    { ...base, type: 'pre-vote', lastIndex: 5, lastTerm: 2, transfer: false },
    { ...base, type: 'pre-vote-reply', granted: true },
    { ...base, type: 'vote', lastIndex: 5, lastTerm: 2, transfer: true },
    { ...base, type: 'vote-reply', granted: false },
    {
      ...base,
      type: 'append',
      prevIndex: 5,
      prevTerm: 2,
      entries: [entry(6, data), { ...entry(7, new Uint8Array(0)), type: 'noop' }],
      commit: 4,
      matchedByAll: 2,
    },
    {
      ...base,
      type: 'append-reply',
      index: 7,
      rejected: false,
      hintIndex: 0,
      hintTerm: 0,
      digest,
    },
    {
      ...base,
      type: 'append-reply',
      index: 9,
      rejected: true,
      hintIndex: 5,
      hintTerm: 2,
      digest: noDigest,
    },
    { ...base, type: 'heartbeat', commit: 4, readPosition: 17, matchedByAll: 2 },
    { ...base, type: 'heartbeat-reply', readPosition: 17, lacksState: true },
    { ...base, type: 'timeout-now' },
    { ...base, type: 'removed', configurationId: 12 },
    { ...base, type: 'image-chunk', ...imageChunk, seq: 0, isLast: false, data },
    { ...base, type: 'image-chunk', ...imageChunk, seq: 9, isLast: true, data: data.subarray(3) },
    { ...base, type: 'image-reply', imageId: 2 ** 50, nextSeq: 9, refusal: undefined },
    { ...base, type: 'image-reply', imageId: 1, nextSeq: 0, refusal: 'out-of-order' },
    { ...base, type: 'proposal', requestId: 2 ** 52, data },
    {
      ...base,
      type: 'proposal-reply',
      requestId: 1,
      index: 8,
      entryTerm: 3,
      refusal: undefined,
      leader: 1,
    },
    {
      ...base,
      type: 'proposal-reply',
      requestId: 1,
      index: 0,
      entryTerm: 0,
      refusal: 'overloaded',
      leader: 0,
    },
    { ...base, type: 'read', requestId: 9 },
    { ...base, type: 'read-reply', requestId: 9, index: 8, refusal: undefined, leader: 2 },
    { ...base, type: 'read-reply', requestId: 9, index: 0, refusal: 'not-leader', leader: 2 },
  ]
}

/** The message with its bytes as hex, so that buffers of any kind compare by value. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]))
}

const heartbeat = (from: number, to: number, commit: number): Message => ({
  type: 'heartbeat',
  from,
  to,
  term: 1,
  commit,
  readPosition: 0,
  matchedByAll: 0,
})

const commitsOf = (messages: readonly Message[]): number[] =>
  messages.map((message) => (message.type === 'heartbeat' ? message.commit : -1))

/** Runs the contract against `create`. */
export function describeTransport(name: string, create: () => Promise<TransportHarness>): void {
  describe(`transport contract: ${name}`, () => {
    let harness: TransportHarness

    const inboxOf = (id: number): Message[] => {
      const inbox: Message[] = []
      harness.transport(id).onMessage((message) => inbox.push(message))
      return inbox
    }

    beforeEach(async () => {
      harness = await create()
    })

    afterEach(async () => {
      await harness.dispose()
    })

    test('every type of message arrives as it was sent', async () => {
      const inbox = inboxOf(2)
      const messages = everyMessage(1, 2)
      for (const message of messages) expect(harness.transport(1).send(2, message)).toBe(true)
      await harness.until(() => inbox.length === messages.length)
      expect(plain(inbox)).toEqual(plain(messages))
    })

    test('what arrives from one member arrives in order', async () => {
      const inbox = inboxOf(2)
      for (let i = 0; i < 2000; i += 1) harness.transport(1).send(2, heartbeat(1, 2, i))
      await harness.until(() => inbox.length === 2000)
      expect(commitsOf(inbox)).toEqual(Array.from({ length: 2000 }, (_, i) => i))
    })

    test('members reach each other both ways at the same time', async () => {
      const inboxes = new Map([1, 2, 3].map((id) => [id, inboxOf(id)]))
      for (const from of [1, 2, 3]) {
        for (const to of [1, 2, 3]) {
          if (from !== to) harness.transport(from).send(to, heartbeat(from, to, from))
        }
      }
      await harness.until(() => [...inboxes.values()].every(({ length }) => length === 2))
      expect(commitsOf(inboxes.get(1)!).sort()).toEqual([2, 3])
      expect(commitsOf(inboxes.get(3)!).sort()).toEqual([1, 2])
    })

    test('an entry of the largest size passes', async () => {
      const inbox = inboxOf(3)
      const data = new Uint8Array(entryDataBytesMax).map((_, i) => i % 253)
      const message: Message = {
        type: 'append',
        from: 1,
        to: 3,
        term: 3,
        prevIndex: 0,
        prevTerm: 0,
        entries: [entry(1, data)],
        commit: 0,
        matchedByAll: 0,
      }
      harness.transport(1).send(3, message)
      await harness.until(() => inbox.length === 1)
      const [received] = inbox
      expect(received?.type === 'append' && Buffer.compare(received.entries[0]!.data, data)).toBe(0)
    })

    test('the largest chunk of an image passes', async () => {
      const inbox = inboxOf(2)
      const data = new Uint8Array(imageChunkBytesMax).map((_, i) => i % 241)
      const chunk: Message = {
        type: 'image-chunk',
        from: 1,
        to: 2,
        term: 3,
        ...imageChunk,
        seq: 1,
        isLast: false,
        data,
      }
      harness.transport(1).send(2, chunk)
      await harness.until(() => inbox.length === 1)
      expect(plain(inbox)).toEqual(plain([chunk]))
    })

    test('design 4.12 who dies is refused, once; who closes as planned or is silent is not', async () => {
      const refused: string[] = []
      for (const id of [1, 2, 3]) {
        harness.transport(id).onRefused((other) => refused.push(`${other} at ${id}`))
      }
      const inboxes = new Map([1, 2, 3].map((id) => [id, inboxOf(id)]))
      /** Both ways everywhere, so that every connection is open. */
      const talk = async (ids: readonly number[]): Promise<void> => {
        for (const id of ids) inboxes.get(id)!.splice(0)
        await harness.until(() => {
          for (const from of ids) {
            for (const to of ids) {
              if (from !== to) harness.transport(from).send(to, heartbeat(from, to, from))
            }
          }
          return ids.every((id) => {
            // Of somebody else something may still be on its way from before.
            const heard = inboxes.get(id)!.filter(({ from }) => ids.includes(from))
            return new Set(heard.map(({ from }) => from)).size === ids.length - 1
          })
        })
      }
      await talk([1, 2, 3])
      await talk([1, 2, 3])
      await harness.die(2)
      await harness.until(() => refused.length === 2)
      expect(refused.toSorted()).toEqual(['2 at 1', '2 at 3'])
      await talk([1, 3])
      await harness.kill(3)
      await harness.until(() => !harness.transport(1).send(3, heartbeat(1, 3, 0)))
      expect(refused).toHaveLength(2)
    })

    test('to somebody unknown nothing is sent, and the sender is told', () => {
      expect(harness.transport(1).send(9, heartbeat(1, 9, 0))).toBe(false)
    })

    test('messages without a receiver are dropped, later ones arrive', async () => {
      harness.transport(1).send(2, heartbeat(1, 2, 1))
      const inbox3 = inboxOf(3)
      harness.transport(1).send(3, heartbeat(1, 3, 1))
      await harness.until(() => inbox3.length === 1)
      const inbox2 = inboxOf(2)
      harness.transport(1).send(2, heartbeat(1, 2, 2))
      await harness.until(() => commitsOf(inbox2).includes(2))
    })

    test('R-7.2 a dead remote costs bounded memory: in the end send refuses', async () => {
      await harness.kill(2)
      await harness.until(() => !harness.transport(1).send(2, heartbeat(1, 2, 0)))
    })

    test('a member that comes back is reached again without help', async () => {
      const before = inboxOf(2)
      harness.transport(1).send(2, heartbeat(1, 2, 1))
      await harness.until(() => before.length === 1)
      await harness.kill(2)
      await harness.until(() => !harness.transport(1).send(2, heartbeat(1, 2, 2)))
      await harness.revive(2)
      const after = inboxOf(2)
      await harness.until(() => {
        harness.transport(1).send(2, heartbeat(1, 2, 3))
        return after.length > 0
      })
      expect(commitsOf(after)).toContain(3)
      expect(commitsOf(before)).toEqual([1])
    })

    test('a closed transport neither sends nor delivers', async () => {
      const inbox = inboxOf(1)
      await harness.transport(1).close()
      await harness.transport(1).close()
      expect(harness.transport(1).send(2, heartbeat(1, 2, 0))).toBe(false)
      harness.transport(2).send(1, heartbeat(2, 1, 0))
      const inbox3 = inboxOf(3)
      harness.transport(2).send(3, heartbeat(2, 3, 0))
      await harness.until(() => inbox3.length === 1)
      expect(inbox).toEqual([])
    })
  })
}
