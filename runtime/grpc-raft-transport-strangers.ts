// Senders we have no member row for: perhaps newer members than we have heard of, perhaps removed
// ones. We know no address of theirs, so they are answered on the stream they
// have opened.
import { frameChecksum } from './grpc-raft-transport-frame.ts'
import type { IncomingStream } from './grpc-raft-transport-frame.ts'
import { raftStrangersMax } from './grpc-raft-transport-limits.ts'

interface Stranger {
  readonly incarnation: string
  readonly stream: IncomingStream
}

/** The newest `raftStrangersMax` of them, by replicaId. */
export class Strangers {
  readonly #strangers = new Map<number, Stranger>()

  /** A message of `sender` came on `stream`. */
  note(
    { replicaId, incarnation }: { readonly replicaId: number; readonly incarnation: string },
    stream: IncomingStream,
  ): void {
    const known = this.#strangers.get(replicaId)
    if (known?.stream === stream && known.incarnation === incarnation) return
    this.#strangers.delete(replicaId)
    const [oldest] = this.#strangers.keys()
    if (this.#strangers.size >= raftStrangersMax && oldest !== undefined) {
      this.#strangers.delete(oldest)
    }
    this.#strangers.set(replicaId, { incarnation, stream })
  }

  /** Answers `to`; false when it has no stream here or does not read what it is sent. */
  send(to: number, encode: (incarnation: string) => Uint8Array): boolean {
    const stranger = this.#strangers.get(to)
    if (stranger === undefined || stranger.stream.writableNeedDrain) return false
    const messages = [encode(stranger.incarnation)]
    stranger.stream.write({ messages, crc32: frameChecksum(messages) })
    return true
  }

  forget(replicaId: number): void {
    this.#strangers.delete(replicaId)
  }

  forgetStream(stream: IncomingStream): void {
    for (const [id, stranger] of this.#strangers) {
      if (stranger.stream === stream) this.#strangers.delete(id)
    }
  }
}
