// Piece reports of all streams of this member, collected into few commands. Neither protocol
// acknowledges a piece report: what is here may die with the member, because terminal messages say
// everything once more. A peer's reports leave before any other command of that peer.
import { assert } from '../../base/index.ts'
import type { Clock, Logger, Timer } from '../../base/index.ts'
import { pieceCostsMax, reportItemsMax, reportParentsMax } from '../core/index.ts'
import type {
  PieceBits,
  PieceReport,
  PieceZero,
  ReportPieces,
} from '../replication/commands/index.ts'
import {
  reportBytesMax,
  reportCommandsMax,
  reportPauseMs,
  reportPiecesPendingMax,
  reportSpanBytesMax,
} from './limits.ts'

/** One finished piece of a stream's peer. */
export interface FinishedPiece {
  readonly pieceNum: number
  readonly costMs: number
  /** '' = from the source. */
  readonly parentId: string
  readonly pieceZero: PieceZero | null
}

/** Whose pieces: the peer and the stream that owns it here. */
export interface ReportOwner {
  readonly taskId: string
  readonly peerId: string
  readonly streamId: number
}

export interface PieceReportsDeps {
  readonly clock: Clock
  readonly logger: Logger
  /** Proposes one command; never rejects. Order of calls is order in the log. */
  readonly propose: (body: ReportPieces) => Promise<void>
}

interface Pending {
  readonly owner: ReportOwner
  readonly pieces: Set<number>
  readonly costsMs: number[]
  readonly parentIds: Set<string>
  pieceZero: PieceZero | null
}

/** Collects piece reports. */
export class PieceReports {
  readonly #deps: PieceReportsDeps
  /** By peer; a new stream of a peer replaces what an old one left. */
  readonly #pending = new Map<string, Pending>()
  #piecesPending = 0
  #commandsOnTheWay = 0
  #dropped = 0
  #timer: Timer | undefined
  #isStopped = false

  constructor(deps: PieceReportsDeps) {
    this.#deps = deps
  }

  /** Pieces not reported because too many were waiting, since start. */
  get dropped(): number {
    return this.#dropped
  }

  get piecesPending(): number {
    return this.#piecesPending
  }

  /** Notes a finished piece. */
  add(owner: ReportOwner, piece: FinishedPiece): void {
    if (this.#isStopped) return
    const key = peerKey(owner)
    let pending = this.#pending.get(key)
    if (pending !== undefined && pending.owner.streamId !== owner.streamId) {
      this.flushPeer(owner)
      pending = undefined
    }
    if (this.#piecesPending >= reportPiecesPendingMax) {
      this.#dropped += 1
      return
    }
    if (pending === undefined) {
      pending = { owner, pieces: new Set(), costsMs: [], parentIds: new Set(), pieceZero: null }
      this.#pending.set(key, pending)
    }
    if (!pending.pieces.has(piece.pieceNum)) {
      pending.pieces.add(piece.pieceNum)
      this.#piecesPending += 1
    }
    pending.costsMs.push(piece.costMs)
    // The ring keeps the newest; cutting now and then keeps this cheap.
    if (pending.costsMs.length >= 2 * pieceCostsMax) pending.costsMs.splice(0, pieceCostsMax)
    if (piece.parentId !== '' && pending.parentIds.size < reportParentsMax) {
      pending.parentIds.add(piece.parentId)
    }
    pending.pieceZero ??= piece.pieceZero
    this.#timer ??= this.#deps.clock.setTimer(reportPauseMs, () => this.#flushAll())
  }

  /** Proposes a peer's reports now: to be called right before any other command of that peer. */
  flushPeer(peer: { readonly taskId: string; readonly peerId: string }): void {
    const key = peerKey(peer)
    const pending = this.#pending.get(key)
    if (pending === undefined) return
    this.#remove(key, pending)
    this.#propose(itemsOf(pending))
  }

  /** Drops what is waiting and takes nothing more. */
  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
    this.#pending.clear()
    this.#piecesPending = 0
  }

  #flushAll(): void {
    this.#timer = undefined
    let items: PieceReport[] = []
    let bytes = 0
    for (const [key, pending] of this.#pending) {
      if (this.#commandsOnTheWay >= reportCommandsMax) break
      this.#remove(key, pending)
      for (const item of itemsOf(pending)) {
        if (items.length >= reportItemsMax || bytes >= reportBytesMax) {
          this.#propose(items)
          items = []
          bytes = 0
        }
        items.push(item)
        bytes += item.finished.bytes.length
      }
    }
    if (items.length > 0) this.#propose(items)
    if (this.#pending.size > 0) {
      this.#timer = this.#deps.clock.setTimer(reportPauseMs, () => this.#flushAll())
    }
  }

  #remove(key: string, pending: Pending): void {
    this.#pending.delete(key)
    this.#piecesPending -= pending.pieces.size
  }

  #propose(items: readonly PieceReport[]): void {
    for (let from = 0; from < items.length; from += reportItemsMax) {
      this.#commandsOnTheWay += 1
      this.#deps
        .propose({ items: items.slice(from, from + reportItemsMax) })
        .catch((error: unknown) => {
          this.#deps.logger.error({ error: String(error) }, 'piece reports failed unexpectedly')
        })
        .finally(() => {
          this.#commandsOnTheWay -= 1
        })
    }
  }
}

function peerKey(peer: { readonly taskId: string; readonly peerId: string }): string {
  return `${peer.taskId}\n${peer.peerId}`
}

/** One item, or several when the pieces lie far apart; costs and parents go with the first. */
function itemsOf(pending: Pending): PieceReport[] {
  const spans = bitSpans(pending.pieces)
  return spans.map((finished, i) => ({
    taskId: pending.owner.taskId,
    peerId: pending.owner.peerId,
    streamId: pending.owner.streamId,
    finished,
    costsMs: i === 0 ? pending.costsMs.slice(-pieceCostsMax) : [],
    parentIds: i === 0 ? [...pending.parentIds] : [],
    pieceZero: i === 0 ? pending.pieceZero : null,
  }))
}

/** The bitsets, in rising order, that together hold exactly `pieces`. */
export function bitSpans(pieces: ReadonlySet<number>): PieceBits[] {
  const sorted = [...pieces].sort((a, b) => a - b)
  const spans: PieceBits[] = []
  let from = 0
  while (from < sorted.length) {
    const firstPiece = sorted[from]! - (sorted[from]! % 8)
    let until = from
    while (
      until < sorted.length &&
      Math.floor((sorted[until]! - firstPiece) / 8) < reportSpanBytesMax
    ) {
      until += 1
    }
    const bytes = new Uint8Array(Math.floor((sorted[until - 1]! - firstPiece) / 8) + 1)
    for (let i = from; i < until; i += 1) {
      const offset = sorted[i]! - firstPiece
      bytes[offset >> 3] = bytes[offset >> 3]! | (1 << (offset & 7))
    }
    assert(until > from, 'each bitset holds at least its first piece')
    spans.push({ firstPiece, bytes })
    from = until
  }
  return spans
}
