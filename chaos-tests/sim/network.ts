// The network between members: each directed link loses, doubles, delays, reorders, clogs and
// damages on its own. Three ways to lose a connection are different events, as they are in life: a
// cut swallows in silence; a reset loses what is under way and is over; a refusal says at once that
// nobody listens there.
import { crc32c } from '../../base/index.ts'
import type { Random, Transport } from '../../base/index.ts'
import { decodeMessage, encodeMessage, protocolVersion } from '../../raft/index.ts'
import type { Message } from '../../raft/index.ts'
import type { EventQueue } from './event-queue.ts'

/** How links behave; chances are per thousand messages. */
export interface LinkOptions {
  readonly delayMsMin: number
  /** Mean of what comes on top, exponentially distributed. */
  readonly delayMsMean: number
  readonly loss: number
  readonly duplicate: number
  /** Overtakes what was sent before it; the others keep their order. */
  readonly reorder: number
  readonly damage: number
  /** Messages under way; beyond it `send` refuses. */
  readonly capacity: number
}

/** What the network tells of a message. */
export interface NetworkHooks {
  sent(message: Message): void
  delivered(message: Message): void
  /** `what` in lower case with hyphens. */
  lost(message: Message, what: string): void
  /** Bytes damaged on the way were refused, as they must be. */
  damaged(message: Message): void
}

/** The end of one life of a member. */
export interface NetworkEnd extends Transport<Message> {
  /** The process is gone; nothing is sent or heard by it any more. */
  detach(): void
}

interface Link {
  underWay: number
  lastArrivalMs: number
  isCut: boolean
  clogUntilMs: number
  /** A higher one than a message carries: it was lost in a reset. */
  epoch: number
}

interface Receiver {
  readonly life: number
  readonly deliver: (run: () => void) => void
  message: (message: Message) => void
  refused: (id: number) => void
}

const header = {
  protocolVersion,
  clusterId: 'c1'.repeat(16),
  group: 0,
  incarnation: '01'.repeat(16),
  bootId: '02'.repeat(16),
}

/** Of a thousand messages so many go through the wire format, to see that it holds them. */
const encodedPerMille = 60

/** Everything between the members. */
export class Network {
  readonly #queue: EventQueue
  readonly #random: Random
  readonly #hooks: NetworkHooks
  #options: LinkOptions
  readonly #links = new Map<number, Link>()
  readonly #receivers = new Map<number, Receiver>()
  /** Addresses where a host is up that says no; the others are silent. */
  readonly #refusing = new Set<number>()

  constructor(
    deps: { readonly queue: EventQueue; readonly random: Random },
    options: LinkOptions,
    hooks: NetworkHooks,
  ) {
    this.#queue = deps.queue
    this.#random = deps.random
    this.#options = options
    this.#hooks = hooks
  }

  /** Changes how all links behave from now on. */
  setOptions(options: LinkOptions): void {
    this.#options = options
  }

  /** The end of a new life of `id`; `deliver` runs what arrives, or later, or never. */
  attach(id: number, life: number, deliver: (run: () => void) => void): NetworkEnd {
    const receiver: Receiver = { life, deliver, message: () => {}, refused: () => {} }
    this.#receivers.set(id, receiver)
    this.#refusing.delete(id)
    const isHere = (): boolean => this.#receivers.get(id) === receiver
    return {
      send: (to, message) => isHere() && this.#send(to, message),
      onMessage: (receive) => {
        receiver.message = receive
      },
      onRefused: (notice) => {
        receiver.refused = notice
      },
      close: async () => {},
      detach: () => {
        if (isHere()) this.#receivers.delete(id)
      },
    }
  }

  /** The process of `id` is gone while its host is up: whoever dials is refused at once. */
  refuse(id: number): void {
    this.#refusing.add(id)
    for (const [other, receiver] of this.#receivers) {
      this.reset(other, id)
      this.#notice(other, id, receiver)
    }
  }

  /** The host of `id` is gone too: whoever dials waits. */
  silence(id: number): void {
    this.#refusing.delete(id)
  }

  /** Everything between `a` and `b` is lost; the next message finds a new connection. */
  reset(a: number, b: number): void {
    for (const link of [this.#link(a, b), this.#link(b, a)]) {
      link.epoch += 1
      link.underWay = 0
      link.lastArrivalMs = 0
    }
  }

  /** Loses in silence what `from` sends to `to`, and what is under way. */
  cut(from: number, to: number): void {
    this.#link(from, to).isCut = true
  }

  /** Undoes a cut. Who was refused while it held hears of it now. */
  mend(from: number, to: number): void {
    this.#link(from, to).isCut = false
    const receiver = this.#receivers.get(from)
    if (receiver !== undefined && this.#refusing.has(to)) this.#notice(from, to, receiver)
  }

  isCut(from: number, to: number): boolean {
    return this.#link(from, to).isCut
  }

  /** What `from` sends to `to` arrives after `durationMs` at the earliest. */
  clog(from: number, to: number, durationMs: number): void {
    this.#link(from, to).clogUntilMs = this.#queue.nowMs + durationMs
  }

  #notice(id: number, refused: number, receiver: Receiver): void {
    this.#queue.after(this.#delayMs(), () => {
      if (this.#receivers.get(id) !== receiver || !this.#refusing.has(refused)) return
      if (this.isCut(id, refused) || this.isCut(refused, id)) return
      receiver.deliver(() => receiver.refused(refused))
    })
  }

  #send(to: number, message: Message): boolean {
    const link = this.#link(message.from, to)
    const { loss, duplicate, capacity } = this.#options
    if (link.underWay >= capacity) {
      this.#hooks.lost(message, 'full')
      return false
    }
    this.#hooks.sent(message)
    if (this.#random.below(1000) < loss) {
      this.#hooks.lost(message, 'lost')
      return true
    }
    this.#transfer(link, to, message)
    if (duplicate > 0 && this.#random.below(1000) < duplicate) this.#transfer(link, to, message)
    return true
  }

  #transfer(link: Link, to: number, message: Message): void {
    const { epoch } = link
    link.underWay += 1
    this.#queue.after(this.#arrival(link) - this.#queue.nowMs, () => {
      if (link.epoch !== epoch) return this.#hooks.lost(message, 'reset')
      link.underWay -= 1
      const receiver = this.#receivers.get(to)
      if (link.isCut) return this.#hooks.lost(message, 'cut')
      if (receiver === undefined) return this.#hooks.lost(message, 'nobody')
      const arrived = this.#throughWire(message)
      if (arrived === undefined) return this.#hooks.damaged(message)
      receiver.deliver(() => {
        this.#hooks.delivered(arrived)
        receiver.message(arrived)
      })
    })
  }

  /** When a message sent now arrives. */
  #arrival(link: Link): number {
    const nowMs = this.#queue.nowMs
    let atMs = nowMs + this.#delayMs()
    if (link.clogUntilMs > nowMs) atMs = Math.max(atMs, link.clogUntilMs)
    const { reorder } = this.#options
    const overtakes = reorder > 0 && this.#random.below(1000) < reorder
    if (!overtakes) {
      atMs = Math.max(atMs, link.lastArrivalMs)
      link.lastArrivalMs = atMs
    }
    return atMs
  }

  #delayMs(): number {
    const { delayMsMin, delayMsMean } = this.#options
    if (delayMsMean === 0) return delayMsMin
    const share = (1 + this.#random.below(0xffff)) / 0x1_0000
    return delayMsMin - delayMsMean * Math.log(share)
  }

  /** The message as the receiver reads it; undefined when its bytes were damaged. */
  #throughWire(message: Message): Message | undefined {
    const roll = this.#random.below(1000)
    const { damage } = this.#options
    if (roll >= encodedPerMille && roll >= damage) return message
    const { protocolVersion: version, clusterId, group, incarnation, bootId } = header
    const { from, to, term } = message
    const bytes = encodeMessage(
      {
        protocolVersion: version,
        clusterId,
        group,
        from: { replicaId: from, incarnation, bootId },
        to: { replicaId: to, incarnation },
        term,
      },
      message,
    )
    const checksum = crc32c(bytes)
    if (roll < damage) this.#flip(bytes)
    const decoded = decodeMessage(bytes)
    if (crc32c(bytes) !== checksum) return undefined
    if (!decoded.ok) throw new Error(`a message does not survive its encoding: ${decoded.reason}`)
    return decoded.message
  }

  #flip(bytes: Uint8Array): void {
    for (let n = 1 + this.#random.below(3); n > 0; n -= 1) {
      const at = this.#random.below(bytes.length)
      bytes[at] = bytes[at]! ^ (1 << this.#random.below(8))
    }
  }

  #link(from: number, to: number): Link {
    const key = from * 4096 + to
    let link = this.#links.get(key)
    if (link === undefined) {
      link = { underWay: 0, lastArrivalMs: 0, isCut: false, clogUntilMs: 0, epoch: 0 }
      this.#links.set(key, link)
    }
    return link
  }
}
