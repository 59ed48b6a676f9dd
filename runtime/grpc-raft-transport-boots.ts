// Which process speaks for each member. Two may run with one identity, from a copied directory:
// both would vote. The one that is heard already goes on, and the younger is refused as long as the
// first one's stream is open and was heard lately (J12). One that died has no open stream, and one
// whose host vanished is soon not heard any more: then the next one takes its place.
import type { Clock } from '../base/index.ts'
import type { IncomingStream } from './grpc-raft-transport-frame.ts'

interface Boot {
  readonly incarnation: string
  readonly bootId: string
  readonly stream: IncomingStream
  heardMs: number
}

/** Who a message is from. */
export interface Booted {
  readonly replicaId: number
  readonly incarnation: string
  readonly bootId: string
}

/** The processes behind the members; as many as there are members. */
export class Boots {
  readonly #clock: Clock
  /** How long a process that says nothing keeps its place: one election timeout. */
  readonly #heardWithinMs: number
  readonly #boots = new Map<number, Boot>()

  constructor({ clock }: { readonly clock: Clock }, options: { readonly heardWithinMs: number }) {
    this.#clock = clock
    this.#heardWithinMs = options.heardWithinMs
  }

  /** A member's message came on `stream`; false when another process speaks for that member. */
  take({ replicaId, incarnation, bootId }: Booted, stream: IncomingStream): boolean {
    const now = this.#clock.nowMs()
    const known = this.#boots.get(replicaId)
    if (known?.stream === stream && known.bootId === bootId) {
      known.heardMs = now
      return true
    }
    const isOther = known !== undefined && known.bootId !== bootId
    const isSame = known?.incarnation === incarnation
    if (isOther && isSame && now - known.heardMs < this.#heardWithinMs) return false
    this.#boots.set(replicaId, { incarnation, bootId, stream, heardMs: now })
    return true
  }

  /** The stream has ended: whoever spoke on it is heard no more. */
  forgetStream(stream: IncomingStream): void {
    for (const [id, boot] of this.#boots) if (boot.stream === stream) this.#boots.delete(id)
  }

  /** These are the members from now on. */
  keep(isMember: (replicaId: number) => boolean): void {
    for (const id of this.#boots.keys()) if (!isMember(id)) this.#boots.delete(id)
  }
}
