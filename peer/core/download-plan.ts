// Which piece to fetch from which parent next. A step machine: what parents offer and how transfers
// end comes in, the next transfer comes out. It knows nothing of sockets, files or time.
import { assert } from '../../base/index.ts'
import type { Random } from '../../base/index.ts'
import { ParentScore } from './parent-score.ts'
import { PieceMap } from './piece-map.ts'
import { piecesPerTaskMax } from './piece-size.ts'

/** A piece as a parent describes it. */
export interface OfferedPiece {
  readonly num: number
  readonly offsetBytes: number
  readonly lengthBytes: number
  /** Lower-case hex; empty when the parent gives none. */
  readonly md5: string
}

/** A transfer to start. */
export interface PieceRequest {
  readonly parentId: string
  readonly piece: OfferedPiece
}

/** Why there is nothing to start now. */
export type NoRequest =
  /** Every needed piece is finished. */
  | 'complete'
  /** As many transfers as allowed are under way. */
  | 'busy'
  /** No usable parent has a piece that is still needed and not under way. */
  | 'no-offer'

export interface DownloadPlanOptions {
  /** Transfers under way at once. @default 4 */
  readonly inFlightMax?: number
  /** Transfers under way at once from one parent. @default 4 */
  readonly inFlightPerParentMax?: number
  /**
   * Failures in a row after which a parent is left alone until it is added anew, and failures of
   * one piece after which it is not asked for that piece. @default 3
   */
  readonly failuresMax?: number
  /** Needed pieces looked at for the rarest one. @default 64 */
  readonly windowPieces?: number
}

/** Parents one plan keeps; further ones are ignored. */
export const parentsMax = 64

interface Parent {
  readonly id: string
  readonly score: ParentScore
  readonly pieces: Map<number, OfferedPiece>
  /** How often this parent failed to deliver a piece. */
  readonly refusals: Map<number, number>
  inFlight: number
}

export class DownloadPlan {
  readonly #random: Random
  readonly #inFlightMax: number
  readonly #inFlightPerParentMax: number
  readonly #failuresMax: number
  readonly #windowPieces: number
  readonly #parents = new Map<string, Parent>()
  readonly #finished = new PieceMap()
  readonly #inFlight = new Map<number, string>()
  #totalPieces = -1

  constructor(deps: { readonly random: Random }, options: DownloadPlanOptions = {}) {
    this.#random = deps.random
    this.#inFlightMax = options.inFlightMax ?? 4
    this.#inFlightPerParentMax = options.inFlightPerParentMax ?? 4
    this.#failuresMax = options.failuresMax ?? 3
    this.#windowPieces = options.windowPieces ?? 64
  }

  /** Number of pieces, -1 while unknown. */
  get totalPieces(): number {
    return this.#totalPieces
  }

  get finishedPieces(): number {
    return this.#finished.count
  }

  get inFlight(): number {
    return this.#inFlight.size
  }

  get isComplete(): boolean {
    return this.#totalPieces >= 0 && this.#finished.hasAllBelow(this.#totalPieces)
  }

  /** Smallest piece number still needed. */
  get firstNeeded(): number {
    return this.#finished.firstMissing(0)
  }

  /** Ids of the parents that may be asked. */
  usableParents(): string[] {
    return [...this.#parents.values()].filter((parent) => this.#isUsable(parent)).map(idOf)
  }

  /** The parent's average cost in milliseconds per MiB; undefined when it is unknown. */
  costOf(parentId: string): number | undefined {
    return this.#parents.get(parentId)?.score.averageMs
  }

  setTotalPieces(totalPieces: number): void {
    assert(Number.isSafeInteger(totalPieces) && totalPieces >= 0, 'a number of pieces')
    this.#totalPieces = totalPieces
  }

  /** Says that a piece is there (from an earlier run, another parent or the source). */
  markFinished(num: number): void {
    this.#finished.add(num)
  }

  /** Says that a finished piece is lost again. */
  markLost(num: number): void {
    this.#finished.delete(num)
  }

  /** Adds a parent, or gives one that failed a fresh start; false when there are too many. */
  addParent(parentId: string): boolean {
    const known = this.#parents.get(parentId)
    if (known !== undefined && this.#isUsable(known)) return true
    if (known === undefined && this.#parents.size >= parentsMax) return false
    this.#parents.set(parentId, {
      id: parentId,
      score: new ParentScore(),
      pieces: known?.pieces ?? new Map<number, OfferedPiece>(),
      refusals: new Map<number, number>(),
      inFlight: known?.inFlight ?? 0,
    })
    return true
  }

  /** Forgets a parent. Transfers from it that are under way are reported as ever. */
  removeParent(parentId: string): void {
    this.#parents.delete(parentId)
  }

  /** Adds pieces a parent has. Pieces outside of the content are ignored. */
  offer(parentId: string, pieces: readonly OfferedPiece[]): void {
    const parent = this.#parents.get(parentId)
    if (parent === undefined) return
    for (const piece of pieces) {
      const end = this.#totalPieces < 0 ? piecesPerTaskMax : this.#totalPieces
      if (piece.num >= 0 && piece.num < end) parent.pieces.set(piece.num, piece)
    }
  }

  /** The next transfer, which counts as under way until `succeeded` or `failed` names it. */
  next(): PieceRequest | NoRequest {
    if (this.isComplete) return 'complete'
    if (this.#inFlight.size >= this.#inFlightMax) return 'busy'
    const choice = this.#rarest()
    if (choice === undefined) return 'no-offer'
    const parent = this.#bestOf(withFewestRefusals(choice.parents, choice.num))
    const piece = parent.pieces.get(choice.num)!
    parent.inFlight += 1
    this.#inFlight.set(choice.num, parent.id)
    return { parentId: parent.id, piece }
  }

  succeeded(request: PieceRequest, costMs: number): void {
    this.#landed(request)
    const { num, lengthBytes } = request.piece
    this.#finished.add(num)
    this.#parents.get(request.parentId)?.score.succeeded(costMs, lengthBytes)
  }

  /** The piece is rather asked for elsewhere; after failures in a row the parent is left alone. */
  failed(request: PieceRequest): void {
    this.#landed(request)
    const parent = this.#parents.get(request.parentId)
    if (parent === undefined) return
    const { num } = request.piece
    parent.refusals.set(num, (parent.refusals.get(num) ?? 0) + 1)
    parent.score.failed()
  }

  /** The transfer was given up for no fault of the parent. */
  cancelled(request: PieceRequest): void {
    this.#landed(request)
  }

  #landed(request: PieceRequest): void {
    const { num } = request.piece
    assert(this.#inFlight.get(num) === request.parentId, 'only a transfer under way can end')
    this.#inFlight.delete(num)
    const parent = this.#parents.get(request.parentId)
    if (parent !== undefined) parent.inFlight = Math.max(0, parent.inFlight - 1)
  }

  #isUsable(parent: Parent): boolean {
    return parent.score.failuresInARow < this.#failuresMax
  }

  #canServe(parent: Parent, num: number): boolean {
    return (
      parent.inFlight < this.#inFlightPerParentMax &&
      this.#isUsable(parent) &&
      parent.pieces.has(num) &&
      (parent.refusals.get(num) ?? 0) < this.#failuresMax
    )
  }

  /**
   * Among the first needed pieces that can be asked for, one that the fewest parents have: children
   * of one parent then fetch different pieces and serve each other. Ties are broken at random.
   */
  #rarest(): { readonly num: number; readonly parents: readonly Parent[] } | undefined {
    let best: { num: number; parents: Parent[] } | undefined
    let ties = 0
    let seen = 0
    for (const num of this.#needed()) {
      const parents = [...this.#parents.values()].filter((parent) => this.#canServe(parent, num))
      if (parents.length === 0) continue
      seen += 1
      if (best === undefined || parents.length < best.parents.length) {
        best = { num, parents }
        ties = 1
      } else if (parents.length === best.parents.length) {
        ties += 1
        if (this.#random.below(ties) === 0) best = { num, parents }
      }
      if (seen >= this.#windowPieces) break
    }
    return best
  }

  *#needed(): Generator<number> {
    const end = this.#totalPieces >= 0 ? this.#totalPieces : this.#highestOffered() + 1
    for (let num = this.#finished.firstMissing(0); num < end;) {
      if (!this.#inFlight.has(num)) yield num
      if (num + 1 >= piecesPerTaskMax) return
      num = this.#finished.firstMissing(num + 1)
    }
  }

  #highestOffered(): number {
    let highest = -1
    for (const parent of this.#parents.values()) {
      for (const num of parent.pieces.keys()) if (num > highest) highest = num
    }
    return highest
  }

  /** The cheapest parent; in one case of ten any, so that a parent that got better is noticed. */
  #bestOf(parents: readonly Parent[]): Parent {
    if (this.#random.ratio(1, 10)) return parents[this.#random.below(parents.length)]!
    let best = parents[0]!
    for (const parent of parents) {
      const isCheaper = parent.score.averageMs < best.score.averageMs
      const isIdler =
        parent.score.averageMs === best.score.averageMs && parent.inFlight < best.inFlight
      if (isCheaper || isIdler) best = parent
    }
    return best
  }
}

function withFewestRefusals(parents: readonly Parent[], num: number): readonly Parent[] {
  const counts = parents.map((parent) => parent.refusals.get(num) ?? 0)
  const fewest = Math.min(...counts)
  return parents.filter((_, index) => counts[index] === fewest)
}

function idOf(parent: Parent): string {
  return parent.id
}
