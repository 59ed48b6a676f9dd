// Messages between replicas as HTTP requests: one at a time for each member, so that they arrive in
// the order they were sent.
import { checkHeader, decodeMessage, encodeMessage, protocolVersion } from 'damselfly/raft'
import type { Message, Transport } from 'damselfly/raft'
import type { MapMember, MapSelf } from 'damselfly/storage'

const queueMax = 1_000
const framesPerRequest = 64

type Place = Pick<MapMember, 'incarnation' | 'raftAddress'>

export class HttpTransport implements Transport<Message> {
  readonly #self: MapSelf
  readonly #ownAddress: string
  #members: () => ReadonlyMap<number, Place>
  /** Who spoke to us last under an id that is no member's: new ones, and removed ones. */
  readonly #strangers = new Map<number, Place>()
  readonly #queues = new Map<number, Uint8Array[]>()
  #receive: (message: Message) => void = () => undefined
  #refused: (id: number) => void = () => undefined

  constructor(self: MapSelf, address: string, members: () => ReadonlyMap<number, Place>) {
    this.#self = self
    this.#ownAddress = address
    this.#members = members
  }

  onMessage(receive: (message: Message) => void): void {
    this.#receive = receive
  }

  onRefused(notice: (id: number) => void): void {
    this.#refused = notice
  }

  send(to: number, message: Message): boolean {
    const place = this.#members().get(to) ?? this.#strangers.get(to)
    const queue = this.#queues.get(to) ?? []
    if (place === undefined || queue.length >= queueMax) return false
    const { clusterId, group, ...from } = this.#self
    const target = { replicaId: to, incarnation: place.incarnation }
    const header = { protocolVersion, clusterId, group, from, to: target, term: message.term }
    queue.push(encodeMessage(header, message))
    if (!this.#queues.has(to)) void this.#drain(to, queue, place.raftAddress)
    return true
  }

  /** Takes the body of a request from `address`. */
  take(body: Uint8Array, address: string): void {
    for (let at = 0; at + 4 <= body.length;) {
      const end = at + 4 + new DataView(body.buffer, body.byteOffset + at).getUint32(0)
      const decoded = decodeMessage(body.subarray(at + 4, end))
      at = end
      if (!decoded.ok) continue
      const { header, message } = decoded
      if (!checkHeader(header, this.#self, this.#members(), message.type).ok) continue
      const { replicaId, incarnation } = header.from
      if (this.#strangers.size >= queueMax) this.#strangers.clear()
      this.#strangers.set(replicaId, { incarnation, raftAddress: address })
      this.#receive(message)
    }
  }

  async close(): Promise<void> {
    this.#members = () => new Map()
    this.#strangers.clear()
  }

  async #drain(to: number, queue: Uint8Array[], address: string): Promise<void> {
    this.#queues.set(to, queue)
    while (queue.length > 0) {
      const frames = queue.splice(0, framesPerRequest)
      const body = Buffer.concat(frames.flatMap((frame) => [lengthOf(frame), frame]))
      const headers = { 'x-address': this.#ownAddress }
      const signal = AbortSignal.timeout(2_000)
      await fetch(`http://${address}/raft`, { method: 'POST', body, headers, signal }).catch(
        (error: { readonly cause?: { readonly code?: string } }) => {
          queue.length = 0 // lost; Raft repeats what matters
          if (error.cause?.code === 'ECONNREFUSED') this.#refused(to)
        },
      )
    }
    this.#queues.delete(to)
  }
}

/** Four bytes that say how long the frame behind them is. */
function lengthOf(frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, frame.length)
  return bytes
}
