// One download of a simulated dfdaemon, whatever API it speaks: it asks for parents or the source,
// fetches pieces one after another, says so, and begins again elsewhere when its stream ends.
import type { Random } from '../../../base/index.ts'
import type { MemberPort } from './member-port.ts'
import type { StreamEvent } from './streams.ts'
import type { DfdaemonOptions } from './inputs.ts'
import { pieceCount } from './inputs.ts'
import type { EventQueue } from '../event-queue.ts'

/** How long one piece takes, ms. */
const pieceMsMin = 50
const pieceMsSpread = 600

/** One download in so many is so many times slower: it is there while members are stopped. */
const slowOneIn = 5
const slowFactor = 16

/** Pause before a lost stream is opened again, ms. */
const againMsSpread = 400

/** A download that nothing comes of is given up, ms. */
const patienceMs = 70_000

/** What a download speaks to: one of the two APIs. */
export interface DownloadApi {
  /** Registers and opens a stream at some member; what it says comes through `hear`. */
  begin(hear: (event: StreamEvent) => void): void
  reportPiece(piece: number, parentId: string): void
  /** A parent could not serve: the scheduler is asked for others. */
  reportFailure(parentId: string): void
  /** The end of the download; `done` hears whether it was taken. */
  finish(how: { readonly success: boolean; readonly isFromSource: boolean }, done: () => void): void
  /** The stream is let go, with a word or without. */
  close(isSilent: boolean): void
}

export interface DownloadDeps {
  readonly queue: EventQueue
  readonly random: Random
  readonly port: MemberPort
  readonly api: DownloadApi
  readonly host: DfdaemonOptions
  readonly onEnd: (success: boolean) => void
}

/** Drives one download to its end. */
export class Download {
  readonly #deps: DownloadDeps
  #parents: readonly string[] = []
  #isFromSource = false
  #pieces = 0
  #isOver = false
  #isFetching = false
  readonly #factor: number

  constructor(deps: DownloadDeps) {
    this.#deps = deps
    this.#factor = deps.random.ratio(1, slowOneIn) ? slowFactor : 1
  }

  start(): void {
    this.#begin()
    this.#deps.queue.after(patienceMs, () => this.#finish(false))
  }

  /** The dfdaemon dies or stops. */
  abandon(isSilent: boolean): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#deps.api.close(isSilent)
    this.#deps.onEnd(false)
  }

  #begin(): void {
    if (this.#isOver) return
    this.#deps.api.begin((event) => this.#hear(event))
  }

  #hear(event: StreamEvent): void {
    if (this.#isOver) return
    switch (event.type) {
      case 'parents-assigned':
        this.#parents = event.parents.map(({ peerId }) => peerId)
        this.#isFromSource = false
        return this.#fetch()
      case 'need-back-to-source':
        this.#isFromSource = true
        return this.#fetch()
      case 'schedule-failed':
      case 'source-failed':
        return this.#finish(false)
      case 'ended': {
        const { queue, random } = this.#deps
        queue.after(1 + random.below(againMsSpread), () => this.#begin())
      }
    }
  }

  #fetch(): void {
    if (this.#isFetching || this.#isOver) return
    this.#isFetching = true
    const { queue, random } = this.#deps
    queue.after(this.#factor * (pieceMsMin + random.below(pieceMsSpread)), () => {
      this.#isFetching = false
      this.#pieceEnded()
    })
  }

  #pieceEnded(): void {
    const { random, api } = this.#deps
    if (this.#isOver) return
    const parentId = this.#isFromSource ? '' : this.#parents[random.below(this.#parents.length)]
    if (!this.#isFromSource && random.ratio(1, 8)) {
      api.reportFailure(parentId ?? '')
      this.#parents = this.#parents.filter((id) => id !== parentId)
      return
    }
    if (this.#isFromSource && random.ratio(1, 30)) return this.#finish(false)
    if (parentId === undefined) return
    api.reportPiece(this.#pieces, parentId)
    this.#pieces += 1
    if (this.#pieces >= pieceCount) this.#finish(true)
    else this.#fetch()
  }

  #finish(success: boolean): void {
    if (this.#isOver) return
    this.#isOver = true
    const { api, onEnd } = this.#deps
    api.finish({ success, isFromSource: this.#isFromSource }, () => onEnd(success))
  }
}
