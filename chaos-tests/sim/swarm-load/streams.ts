// The streams that one life of a member serves, as its adapters do: commands carry the number of
// their stream, events of the state find it again, and all of them end when the member's session
// is closed, its state replaced or, in API v1, its leader out of sight.
import { getPeer } from '../../../scheduler/replication/index.ts'
import type {
  AssignedParent,
  EventOwner,
  StateFrame,
} from '../../../scheduler/replication/index.ts'
import type { ServingParts } from '../process.ts'

/** Without a leader for this long a member ends the streams of API v1, ms (design 4.11). */
const contactMsMax = 2000
const contactLookMs = 500

/** What a stream tells its client. */
export type StreamEvent =
  | { readonly type: 'parents-assigned'; readonly parents: readonly AssignedParent[] }
  | { readonly type: 'need-back-to-source' }
  | { readonly type: 'schedule-failed' }
  | { readonly type: 'source-failed' }
  /** The last one. */
  | { readonly type: 'ended' }

/** One stream at its member. */
export interface ServedStream {
  readonly api: 1 | 2
  readonly taskId: string
  readonly peerId: string
  streamId: number
  /** The session closed under it. API v2 may attach again. */
  onSessionClosed: () => void
  tell(event: StreamEvent): void
}

type OwnedEvent = { readonly type: string; readonly owner?: EventOwner }

/** All streams of one life. */
export class ServedStreams {
  readonly #parts: ServingParts
  readonly #streams = new Map<number, ServedStream>()
  readonly #sessions = new Set<number>()
  #lastStreamId = 0

  constructor(parts: ServingParts) {
    this.#parts = parts
    parts.state.subscribe((frame) => this.#route(frame))
    parts.state.onReplaced(() => this.#stateReplaced())
    this.#watchContact()
  }

  /** A number for a stream, which hears its events from now on. */
  add(stream: ServedStream): number {
    this.#lastStreamId += 1
    stream.streamId = this.#lastStreamId
    this.#streams.set(stream.streamId, stream)
    return stream.streamId
  }

  /** The stream hears nothing more. */
  remove(stream: ServedStream): void {
    if (this.#streams.get(stream.streamId) === stream) this.#streams.delete(stream.streamId)
  }

  /** Ends a stream; its client is told. */
  end(stream: ServedStream): void {
    if (this.#streams.get(stream.streamId) !== stream) return
    this.#streams.delete(stream.streamId)
    stream.tell({ type: 'ended' })
  }

  #route({ events }: StateFrame): void {
    const { sessionId } = this.#parts.proposer
    if (sessionId !== 0) this.#sessions.add(sessionId)
    for (const event of events as readonly OwnedEvent[]) {
      if (event.type === 'session-closed') {
        const closed = (event as unknown as { readonly sessionId: number }).sessionId
        if (this.#sessions.delete(closed)) this.#sessionClosed()
      }
      const { owner } = event
      if (owner === undefined || !this.#sessions.has(owner.sessionId)) continue
      const stream = this.#streams.get(owner.streamId)
      if (stream === undefined) continue
      if (event.type === 'attachment-lost') this.end(stream)
      else stream.tell(event as unknown as StreamEvent)
    }
  }

  /** What happened on the way is not told any more: API v2 looks whether its peer is still its. */
  #stateReplaced(): void {
    this.#endAll(1)
    const { proposer, state } = this.#parts
    for (const stream of this.#streams.values()) {
      const row = getPeer(state.reader, stream)
      const isOwned = row?.ownerSessionId === proposer.sessionId && row.streamId === stream.streamId
      if (row !== undefined && row.ownerSessionId === 0) stream.onSessionClosed()
      else if (!isOwned) this.end(stream)
    }
  }

  #sessionClosed(): void {
    for (const stream of this.#streams.values()) {
      if (stream.api === 1) this.end(stream)
      else stream.onSessionClosed()
    }
  }

  #endAll(api: 1 | 2): void {
    for (const stream of this.#streams.values()) if (stream.api === api) this.end(stream)
  }

  #watchContact(): void {
    const { clock, life, node } = this.#parts
    clock.setTimer(contactLookMs, () => {
      if (!life.isAlive) return
      const ageMs = node.status().leaderContactAgeMs
      if (ageMs === undefined || ageMs > contactMsMax) this.#endAll(1)
      this.#watchContact()
    })
  }
}
