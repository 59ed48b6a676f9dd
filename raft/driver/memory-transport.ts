// A network in memory for the replicas of one process. What can go wrong on a real one happens here
// as different events: a cut loses in silence and one way, a reset loses what is under way and is
// over, a refusal is how the others learn that nobody listens at a member's address any more.
// Every message goes through the wire codec, so that nobody shares an object by accident.
import { assert } from '../../base/index.ts'
import type { Clock, Random, Transport } from '../../base/index.ts'
import type { Message } from '../core/message.ts'
import { protocolVersion } from '../wire/header.ts'
import { decodeMessage, encodeMessage } from '../wire/message-codec.ts'
import { memoryLinkMessagesMax } from './limits.ts'

const anyId = '0'.repeat(32)

interface Link {
  readonly queue: { readonly dueMs: number; readonly bytes: Uint8Array }[]
  isTimerSet: boolean
  lastDueMs: number
}

/** Connects the transports it hands out. Each link keeps its order. */
export class MemoryNetwork {
  readonly #clock: Clock
  readonly #random: Random
  readonly #delayMsMin: number
  readonly #delayMsMax: number
  readonly #ends = new Map<number, MemoryTransport>()
  readonly #links = new Map<string, Link>()
  readonly #cuts = new Set<string>()
  #filter: ((message: Message) => boolean) | undefined
  #delivered = 0

  constructor(
    deps: { readonly clock: Clock; readonly random: Random },
    options: {
      /** Shortest delay of a message. @default 0 */
      readonly delayMsMin?: number
      /** Longest delay of a message. @default delayMsMin */
      readonly delayMsMax?: number
    } = {},
  ) {
    this.#clock = deps.clock
    this.#random = deps.random
    this.#delayMsMin = options.delayMsMin ?? 0
    this.#delayMsMax = options.delayMsMax ?? this.#delayMsMin
    assert(this.#delayMsMax >= this.#delayMsMin, 'the longest delay is not below the shortest')
  }

  /** Messages that arrived so far. */
  get delivered(): number {
    return this.#delivered
  }

  /** The end of replica `id`; asking again, after a restart, makes the former one mute and deaf. */
  transport(id: number): Transport<Message> {
    const end = new MemoryTransport(id, (message) => this.#send(message, end))
    this.#ends.set(id, end)
    return end
  }

  /** The end of `id` is gone; sending to it is refused until it is asked for again. */
  remove(id: number): void {
    this.#ends.delete(id)
  }

  /**
   * The process of `id` is gone and its host says so: whoever can still be reached by that host is
   * told that the connection ended and that dialling again was refused.
   */
  refuse(id: number): void {
    this.#ends.delete(id)
    for (const [other, end] of this.#ends) {
      this.reset(id, other)
      if (this.#cuts.has(`${id}>${other}`) || this.#cuts.has(`${other}>${id}`)) continue
      this.#clock.setTimer(this.#delayMsMin, () => {
        if (!this.#ends.has(id)) end.refused(id)
      })
    }
  }

  /** Loses what is under way between `a` and `b`, both ways; dialling again succeeds. */
  reset(a: number, b: number): void {
    for (const name of [`${a}>${b}`, `${b}>${a}`]) this.#links.get(name)?.queue.splice(0)
  }

  /** Drops what `from` sends to `to` from now on, and what is under way. */
  cut(from: number, to: number): void {
    this.#cuts.add(`${from}>${to}`)
  }

  /** Cuts `id` off from everybody, both ways. */
  isolate(id: number): void {
    for (const other of this.#ends.keys()) {
      if (other === id) continue
      this.cut(id, other)
      this.cut(other, id)
    }
  }

  /** Undoes every cut. */
  heal(): void {
    this.#cuts.clear()
  }

  /** Delivers only messages for which `filter` is true; undefined delivers all. */
  setFilter(filter: ((message: Message) => boolean) | undefined): void {
    this.#filter = filter
  }

  /** Delivers a message at once, past queues and cuts: for what a test lets arrive late. */
  deliver(message: Message): void {
    this.#ends.get(message.to)?.receive(message)
  }

  #send(message: Message, end: MemoryTransport): boolean {
    if (!this.#ends.has(message.to) || this.#ends.get(message.from) !== end) return false
    const name = `${message.from}>${message.to}`
    const link = this.#link(name)
    if (link.queue.length >= memoryLinkMessagesMax) return false
    const spread = this.#delayMsMax - this.#delayMsMin
    const delayMs = this.#delayMsMin + (spread === 0 ? 0 : this.#random.below(spread + 1))
    link.lastDueMs = Math.max(link.lastDueMs, this.#clock.nowMs() + delayMs)
    link.queue.push({ dueMs: link.lastDueMs, bytes: toBytes(message) })
    if (!link.isTimerSet) this.#setTimer(name, link)
    return true
  }

  #link(name: string): Link {
    let link = this.#links.get(name)
    if (link === undefined) {
      link = { queue: [], isTimerSet: false, lastDueMs: 0 }
      this.#links.set(name, link)
    }
    return link
  }

  #setTimer(name: string, link: Link): void {
    const next = link.queue[0]
    if (next === undefined) return
    link.isTimerSet = true
    this.#clock.setTimer(Math.max(next.dueMs - this.#clock.nowMs(), 0), () => {
      link.isTimerSet = false
      const nowMs = this.#clock.nowMs()
      const due = link.queue.findIndex(({ dueMs }) => dueMs > nowMs)
      const arrived = link.queue.splice(0, due < 0 ? link.queue.length : due)
      for (const { bytes } of arrived) this.#arrive(name, bytes)
      if (!link.isTimerSet) this.#setTimer(name, link)
    })
  }

  #arrive(name: string, bytes: Uint8Array): void {
    if (this.#cuts.has(name)) return
    const decoded = decodeMessage(bytes)
    assert(decoded.ok, 'a message that was encoded can be decoded')
    if (this.#filter?.(decoded.message) === false) return
    this.#delivered += 1
    this.#ends.get(decoded.message.to)?.receive(decoded.message)
  }
}

class MemoryTransport implements Transport<Message> {
  readonly #id: number
  readonly #send: (message: Message) => boolean
  #receive: ((message: Message) => void) | undefined
  #refused: ((id: number) => void) | undefined
  #isClosed = false

  constructor(id: number, send: (message: Message) => boolean) {
    this.#id = id
    this.#send = send
  }

  send(to: number, message: Message): boolean {
    assert(message.from === this.#id && message.to === to, 'a message names both ends')
    return !this.#isClosed && to !== this.#id && this.#send(message)
  }

  onMessage(receive: (message: Message) => void): void {
    this.#receive = receive
  }

  onRefused(notice: (id: number) => void): void {
    this.#refused = notice
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  receive(message: Message): void {
    if (!this.#isClosed) this.#receive?.(message)
  }

  refused(id: number): void {
    if (!this.#isClosed) this.#refused?.(id)
  }
}

function toBytes(message: Message): Uint8Array {
  return encodeMessage(
    {
      protocolVersion,
      clusterId: anyId,
      group: 0,
      from: { replicaId: message.from, incarnation: anyId, bootId: anyId },
      to: { replicaId: message.to, incarnation: anyId },
      term: message.term,
    },
    message,
  )
}
