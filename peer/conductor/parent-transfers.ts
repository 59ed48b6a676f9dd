// The part of a download that fetches pieces from parents: it follows what each parent offers,
// starts transfers as the plan says, and puts the pieces into the local copy.
import { messageOf } from '../../base/index.ts'
import type { Clock, Http, Logger, Random } from '../../base/index.ts'
import { dfCodes } from '../../proto/index.ts'
import type { schedulerV1 } from '../../proto/index.ts'
import { DownloadPlan, inferPieceSize, pieceRangeOf, pieceSizeBytesOf } from '../core/index.ts'
import type { OfferedPiece, PieceRequest } from '../core/index.ts'
import { TaskError } from '../errors.ts'
import type { PieceRecord, PieceStore, TaskCopy } from '../store/index.ts'
import type { TaskRequest } from '../task-request.ts'
import { PieceDownloader } from '../transfer/index.ts'
import type { PieceOutcome, RateLimiter } from '../transfer/index.ts'
import { parentFailuresMax, pieceAttemptsMax, pieceRetryPauseMs, pieceWorkers } from './limits.ts'
import { ParentSync } from './parent-sync.ts'
import type { Offer } from './parent-sync.ts'
import type { Parent } from './scheduler-session.ts'

export interface ParentTransfersDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly store: PieceStore
  readonly http: Http
}

export interface ParentTransfersOptions {
  readonly request: TaskRequest
  readonly peerId: string
  readonly limiters: readonly RateLimiter[]
  /** The pinned copy of an earlier run. */
  readonly copy: TaskCopy | undefined
}

export interface ParentTransfersListener {
  /** The copy was created; it is pinned and the listener's to release. */
  onCopy(copy: TaskCopy): void
  onPiece(piece: PieceRecord, parentId: string): void
  /** A parent did not deliver; the schedulers should know. */
  onParentFailed(parentId: string, dfCode: number, pieceNum: number): void
  /** All pieces are there. */
  onComplete(): void
  /** This host cannot go on. */
  onFailed(error: unknown): void
}

interface Followed {
  readonly parent: Parent
  readonly sync: ParentSync | undefined
  /** Where its pieces are fetched; known with its first packet. */
  address: string
  peerId: string
  hasFailed: boolean
  /** Its first piece, offered before the piece size could be told. */
  early?: OfferedPiece | undefined
}

/** Fetches pieces from parents until `close`. */
export class ParentTransfers {
  readonly #deps: ParentTransfersDeps
  readonly #options: ParentTransfersOptions
  readonly #listener: ParentTransfersListener
  readonly #plan: DownloadPlan
  readonly #downloader: PieceDownloader
  readonly #followed = new Map<string, Followed>()
  readonly #closed = new AbortController()
  readonly #transfers = new Set<Promise<void>>()
  #copy: TaskCopy | undefined
  /** Offers are worked off one after another: the first of them creates the copy. */
  #offers: Promise<void> = Promise.resolve()
  #pieceMd5Sign = ''
  #isComplete = false
  #hasContradiction = false

  constructor(
    deps: ParentTransfersDeps,
    options: ParentTransfersOptions,
    listener: ParentTransfersListener,
  ) {
    this.#deps = deps
    this.#options = options
    this.#listener = listener
    this.#plan = new DownloadPlan(
      { random: deps.random },
      { inFlightMax: pieceWorkers, failuresMax: parentFailuresMax },
    )
    this.#downloader = new PieceDownloader({
      http: deps.http,
      clock: deps.clock,
      limiters: options.limiters,
    })
    if (options.copy !== undefined) this.#adopt(options.copy)
  }

  /** What a finished parent says of all its pieces; empty when none did. */
  get pieceMd5Sign(): string {
    return this.#pieceMd5Sign
  }

  /** A parent's pieces did not fit to those here: the next download had better begin anew. */
  get hasContradiction(): boolean {
    return this.#hasContradiction
  }

  /** Follows exactly these parents from now on. */
  setParents(parents: readonly Parent[]): void {
    if (this.#closed.signal.aborted) return
    const named = new Set(parents.map((parent) => parent.peerId))
    for (const [peerId, followed] of this.#followed) {
      // A parent that failed and is named again gets a fresh start.
      if (!named.has(peerId) || followed.hasFailed) this.#unfollow(peerId)
    }
    for (const parent of parents) {
      if (!this.#followed.has(parent.peerId)) this.#follow(parent)
    }
    this.#pump()
  }

  /** The content has no bytes. */
  setEmpty(): void {
    this.#queue(async () => {
      await this.#ensureCopy(0, [])
      this.#pump()
    })
  }

  /** The scheduler sent the whole content, which fits into one piece. */
  setContent(content: Uint8Array): void {
    this.#queue(async () => {
      const copy = await this.#ensureCopy(content.length, [wholePiece(content.length)])
      if (copy !== undefined && content.length > 0 && !copy.hasPiece(0)) {
        const piece = await copy.writePiece(0, content, { origin: 'parent' })
        this.#plan.markFinished(0)
        this.#listener.onPiece(piece, '')
      }
      this.#pump()
    })
  }

  /** The scheduler named a parent together with the only piece. */
  offerSingle(single: schedulerV1.SinglePiece__Output): void {
    const info = single.pieceInfo
    if (info === null) return
    const { dstPid: peerId, dstAddr: address } = single
    const parent = { peerId, ip: '', rpcPort: 0 }
    this.#plan.addParent(peerId)
    this.#followed.set(peerId, { parent, sync: undefined, address, peerId, hasFailed: false })
    const piece = {
      num: info.pieceNum,
      offsetBytes: info.rangeStart,
      lengthBytes: info.rangeSize,
      md5: info.pieceMd5,
    }
    this.#queue(async () => {
      await this.#ensureCopy(piece.lengthBytes, [piece])
      this.#plan.offer(peerId, [piece])
      this.#pump()
    })
  }

  /** Gives up the parent that costs most, because nothing moves. */
  dropSlowest(): void {
    let slowest: string | undefined
    for (const peerId of this.#followed.keys()) {
      const cost = this.#plan.costOf(peerId) ?? 0
      if (slowest === undefined || cost > (this.#plan.costOf(slowest) ?? 0)) slowest = peerId
    }
    this.#parentFailed(slowest ?? '', dfCodes.ClientPieceRequestFail, this.#plan.firstNeeded)
    if (slowest !== undefined) this.#unfollow(slowest)
  }

  /** Ends all streams and transfers; resolves when none writes any more. */
  async close(): Promise<void> {
    this.#closed.abort(new TaskError('PEER_CANCELLED', dfCodes.ClientContextCanceled, 'closed'))
    for (const peerId of this.#followed.keys()) this.#unfollow(peerId)
    await this.#offers
    await Promise.all(this.#transfers)
  }

  #follow(parent: Parent): void {
    const { request, peerId } = this.#options
    if (parent.peerId === peerId || !this.#plan.addParent(parent.peerId)) return
    const sync = new ParentSync(
      { clock: this.#deps.clock },
      { parent, taskId: request.taskId, peerId, startNum: this.#plan.firstNeeded },
      {
        onOffer: (offer) => this.#queue(() => this.#take(parent.peerId, offer)),
        onGone: (dfCode, error) => {
          const reason = messageOf(error)
          this.#deps.logger.debug({ parentId: parent.peerId, dfCode, reason }, 'parent is gone')
          this.#unfollow(parent.peerId)
          this.#parentFailed(parent.peerId, dfCode, this.#plan.firstNeeded)
        },
      },
    )
    const followed = { parent, sync, address: '', peerId: parent.peerId, hasFailed: false }
    this.#followed.set(parent.peerId, followed)
  }

  #unfollow(peerId: string): void {
    this.#followed.get(peerId)?.sync?.close()
    this.#followed.delete(peerId)
    this.#plan.removeParent(peerId)
  }

  #queue(work: () => Promise<void>): void {
    this.#offers = this.#offers
      .then(() => (this.#closed.signal.aborted ? undefined : work()))
      .catch((error: unknown) => this.#listener.onFailed(error))
  }

  async #take(parentId: string, offer: Offer): Promise<void> {
    const followed = this.#followed.get(parentId)
    if (followed === undefined) return
    if (offer.uploadAddress !== '') followed.address = offer.uploadAddress
    followed.peerId = offer.peerId
    if (offer.pieceMd5Sign !== '') this.#pieceMd5Sign = offer.pieceMd5Sign
    const { early } = followed
    const pieces = early === undefined ? offer.pieces : [early, ...offer.pieces]
    const copy = await this.#ensureCopy(offer.contentLengthBytes, pieces)
    // Nothing is offered twice: what cannot be placed yet is kept for the parent's next word.
    followed.early = copy === undefined ? pieces.find((piece) => piece.num === 0) : undefined
    if (copy === undefined || this.#closed.signal.aborted) return
    const { contentLengthBytes, pieceSizeBytes } = copy.info()
    if (!pieces.every((piece) => isInPlace(piece, contentLengthBytes, pieceSizeBytes))) {
      // It holds another version of the content, or cuts it otherwise.
      this.#hasContradiction = true
      this.#unfollow(parentId)
      this.#parentFailed(parentId, dfCodes.ClientPieceRequestFail, this.#plan.firstNeeded)
      return
    }
    this.#plan.offer(parentId, pieces)
    this.#pump()
  }

  /** The copy with all that is known of its length; undefined while too little is known. */
  async #ensureCopy(
    contentLengthBytes: number,
    pieces: readonly OfferedPiece[],
  ): Promise<TaskCopy | undefined> {
    if (this.#copy === undefined) {
      const pieceSizeBytes = pieceSizeOf(contentLengthBytes, pieces)
      if (pieceSizeBytes === undefined) return undefined
      const { request, peerId } = this.#options
      const copy = await this.#deps.store.create({
        ...request,
        peerId,
        contentLengthBytes,
        pieceSizeBytes,
      })
      this.#listener.onCopy(copy)
      this.#adopt(copy)
      return copy
    }
    const known = this.#copy.info().contentLengthBytes
    if (contentLengthBytes >= 0 && known < 0) {
      await this.#copy.setContentLength(contentLengthBytes)
      this.#plan.setTotalPieces(this.#copy.info().totalPieces)
    }
    return this.#copy
  }

  #adopt(copy: TaskCopy): void {
    this.#copy = copy
    const { totalPieces, finishedPieces } = copy.info()
    if (totalPieces >= 0) this.#plan.setTotalPieces(totalPieces)
    for (const piece of copy.pieces(0, finishedPieces)) this.#plan.markFinished(piece.num)
  }

  #pump(): void {
    while (!this.#closed.signal.aborted && !this.#isComplete) {
      const next = this.#plan.next()
      if (next === 'complete') {
        this.#isComplete = true
        this.#listener.onComplete()
        return
      }
      if (typeof next === 'string') return
      const transfer = this.#transfer(next).finally(() => this.#transfers.delete(transfer))
      this.#transfers.add(transfer)
    }
  }

  async #transfer(request: PieceRequest): Promise<void> {
    const followed = this.#followed.get(request.parentId)
    const copy = this.#copy
    if (followed === undefined || copy === undefined) {
      this.#plan.cancelled(request)
      return
    }
    try {
      const outcome = await this.#fetch(request, followed, copy)
      if (outcome.ok) {
        this.#plan.succeeded(request, outcome.costMs)
        this.#listener.onPiece(outcome.piece, request.parentId)
      } else {
        this.#plan.failed(request)
        this.#notDelivered(request, outcome)
      }
    } catch (error) {
      // Not the parent's doing: the download was closed, or this host's store failed.
      this.#plan.cancelled(request)
      if (!this.#closed.signal.aborted) this.#listener.onFailed(error)
      return
    }
    this.#pump()
  }

  /** A piece gets a second try at the same parent: it may be the only one that has it. */
  async #fetch(request: PieceRequest, followed: Followed, copy: TaskCopy): Promise<PieceOutcome> {
    const { signal } = this.#closed
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#downloader.download({
        copy,
        piece: request.piece,
        parentId: followed.peerId,
        parentAddress: followed.address,
        signal,
      })
      const isFinal = outcome.ok || outcome.reason === 'piece-not-found'
      if (isFinal || attempt >= pieceAttemptsMax) return outcome
      await this.#deps.clock.sleep(pieceRetryPauseMs, signal)
    }
  }

  #notDelivered(request: PieceRequest, outcome: PieceOutcome & { readonly ok: false }): void {
    const { parentId, piece } = request
    const { code, message } = outcome
    this.#deps.logger.info(
      { parentId, pieceNum: piece.num, dfCode: code, reason: message },
      'piece not delivered',
    )
    this.#parentFailed(parentId, code, piece.num)
    if (!this.#plan.usableParents().includes(parentId)) this.#unfollow(parentId)
  }

  #parentFailed(parentId: string, dfCode: number, pieceNum: number): void {
    const followed = this.#followed.get(parentId)
    if (followed !== undefined) followed.hasFailed = true
    if (!this.#closed.signal.aborted) this.#listener.onParentFailed(parentId, dfCode, pieceNum)
  }
}

function pieceSizeOf(
  contentLengthBytes: number,
  pieces: readonly OfferedPiece[],
): number | undefined {
  for (const piece of pieces) {
    const size = inferPieceSize(piece, contentLengthBytes)
    if (size !== undefined) return size
  }
  // Without a piece only an empty content tells: a parent may have begun before it knew its length,
  // and then cuts by another size than the rule gives.
  return contentLengthBytes === 0 ? pieceSizeBytesOf(0) : undefined
}

function wholePiece(lengthBytes: number): OfferedPiece {
  return { num: 0, offsetBytes: 0, lengthBytes, md5: '' }
}

function isInPlace(
  piece: OfferedPiece,
  contentLengthBytes: number,
  pieceSizeBytes: number,
): boolean {
  if (piece.offsetBytes !== piece.num * pieceSizeBytes) return false
  if (contentLengthBytes < 0) return piece.lengthBytes <= pieceSizeBytes
  if (piece.offsetBytes >= contentLengthBytes) return false
  const range = pieceRangeOf(piece.num, contentLengthBytes, pieceSizeBytes)
  return range.lengthBytes === piece.lengthBytes
}
