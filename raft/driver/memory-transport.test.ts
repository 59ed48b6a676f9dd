import { expect, test } from 'vitest'
import { Prng, VirtualClock } from '../../base/index.ts'
import type { Transport } from '../../base/index.ts'
import type { Message } from '../core/message.ts'
import { describeTransport } from '../transport.suite.ts'
import { memoryLinkMessagesMax } from './limits.ts'
import { MemoryNetwork } from './memory-transport.ts'

const settle = (): Promise<void> => new Promise((done) => setImmediate(done))

describeTransport('MemoryNetwork', async () => {
  const clock = new VirtualClock({ settle })
  const network = new MemoryNetwork({ clock, random: new Prng('suite') }, { delayMsMax: 5 })
  const transports = new Map<number, Transport<Message>>()
  for (const id of [1, 2, 3]) transports.set(id, network.transport(id))
  return {
    transport: (id) => transports.get(id)!,
    until: async (isReached) => {
      for (let i = 0; i < 100_000 && !isReached(); i += 1) await clock.advance(1)
      expect(isReached()).toBe(true)
    },
    kill: async (id) => network.remove(id),
    die: async (id) => network.refuse(id),
    revive: async (id) => {
      transports.set(id, network.transport(id))
    },
    dispose: async () => {},
  }
})

const heartbeat = (from: number, to: number, commit = 0): Message => ({
  type: 'heartbeat',
  from,
  to,
  term: 1,
  commit,
  readPosition: 0,
  matchedByAll: 0,
})

function pair() {
  const clock = new VirtualClock({ settle })
  const network = new MemoryNetwork({ clock, random: new Prng('pair') }, { delayMsMin: 1 })
  const inboxes = new Map<number, Message[]>()
  const ends = [1, 2].map((id) => {
    const end = network.transport(id)
    inboxes.set(id, [])
    end.onMessage((message) => inboxes.get(id)!.push(message))
    return end
  })
  return { clock, network, one: ends[0]!, two: ends[1]!, inboxes }
}

test('a cut is one-way and takes what is under way; healing undoes it', async () => {
  const { clock, network, one, two, inboxes } = pair()
  one.send(2, heartbeat(1, 2))
  network.cut(1, 2)
  two.send(1, heartbeat(2, 1))
  await clock.advance(5)
  expect(inboxes.get(2)).toEqual([])
  expect(inboxes.get(1)).toHaveLength(1)
  network.heal()
  one.send(2, heartbeat(1, 2))
  await clock.advance(5)
  expect(inboxes.get(2)).toHaveLength(1)
})

test('a refusal is told to those who can reach the host, and takes what is under way', async () => {
  const { clock, network, one, two, inboxes } = pair()
  const refused: number[] = []
  one.onRefused((id) => refused.push(id))
  two.send(1, heartbeat(2, 1))
  network.refuse(2)
  expect(one.send(2, heartbeat(1, 2))).toBe(false)
  await clock.advance(5)
  expect(refused).toEqual([2])
  expect(inboxes.get(1)).toEqual([])
})

test.each([
  [1, 2],
  [2, 1],
])('who is cut off hears of no refusal: %i>%i', async (from, to) => {
  const { clock, network, one } = pair()
  const refused: number[] = []
  one.onRefused((id) => refused.push(id))
  network.cut(from, to)
  network.refuse(2)
  await clock.advance(5)
  expect(refused).toEqual([])
})

test('who is back before the news arrives is not refused', async () => {
  const { clock, network, one } = pair()
  const refused: number[] = []
  one.onRefused((id) => refused.push(id))
  network.refuse(2)
  network.transport(2)
  await clock.advance(5)
  expect(refused).toEqual([])
})

test('a reset loses what is under way, both ways, and nothing after', async () => {
  const { clock, network, one, two, inboxes } = pair()
  const refused: number[] = []
  one.onRefused((id) => refused.push(id))
  one.send(2, heartbeat(1, 2, 1))
  two.send(1, heartbeat(2, 1, 1))
  network.reset(1, 2)
  one.send(2, heartbeat(1, 2, 2))
  await clock.advance(5)
  expect(inboxes.get(2)).toMatchObject([{ commit: 2 }])
  expect(inboxes.get(1)).toEqual([])
  expect(refused).toEqual([])
})

test('a filter drops what it is false for', async () => {
  const { clock, network, one, inboxes } = pair()
  network.setFilter((message) => message.type !== 'heartbeat' || message.commit !== 1)
  for (const commit of [0, 1, 2]) one.send(2, heartbeat(1, 2, commit))
  await clock.advance(5)
  expect(inboxes.get(2)).toMatchObject([{ commit: 0 }, { commit: 2 }])
})

test('a link takes memoryLinkMessagesMax messages at a time', () => {
  const { one } = pair()
  for (let i = 0; i < memoryLinkMessagesMax; i += 1) one.send(2, heartbeat(1, 2))
  expect(one.send(2, heartbeat(1, 2))).toBe(false)
})
