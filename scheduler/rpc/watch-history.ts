// The changes of the last while, so that a watcher that was cut off goes on where it was, and a
// slow one has something to catch up from. Every member keeps the same frames under the same
// indexes; only how far back they go differs.
import { assert } from '../../base/index.ts'
import { audiences } from './watch-tables.ts'
import type { Audience, WatchTable } from './watch-tables.ts'
import type { RowChange } from '../replication/index.ts'
import { watchTableOf } from './watch-tables.ts'

/** A changed row. */
export interface WatchedChange {
  readonly table: WatchTable
  readonly key: string
  /** Undefined = deleted. */
  readonly row: object | undefined
  /** Who may see it now; nobody when it is deleted. */
  readonly audience: Audience
  /** Who could see it before the entry; nobody when there was none. */
  readonly audienceBefore: Audience
  /** Its JSON for everybody and for operators, made when first needed. */
  readonly json: [string | undefined, string | undefined]
}

/** What one log entry changed. */
export interface WatchedFrame {
  readonly index: number
  readonly changes: readonly WatchedChange[]
  /** What it holds in memory, about. */
  readonly sizeBytes: number
}

export interface WatchHistoryLimits {
  readonly framesMax: number
  readonly bytesMax: number
}

/** Frames in log order; the oldest go first. */
export class WatchHistory {
  readonly #limits: WatchHistoryLimits
  /** The first `#gone` are forgotten already. */
  #frames: (WatchedFrame | undefined)[] = []
  #gone = 0
  #sizeBytes = 0
  #compactedIndex: number

  /** A history that begins behind `index`. */
  constructor(index: number, limits: WatchHistoryLimits) {
    this.#limits = limits
    this.#compactedIndex = index
  }

  /** Changes up to this index are not known any more. */
  get compactedIndex(): number {
    return this.#compactedIndex
  }

  get size(): number {
    return this.#frames.length - this.#gone
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  add(frame: WatchedFrame): void {
    const last = this.#frames.at(-1)
    assert(frame.index > (last?.index ?? this.#compactedIndex), 'frames come in log order')
    this.#frames.push(frame)
    this.#sizeBytes += frame.sizeBytes
    const { framesMax, bytesMax } = this.#limits
    while (this.size > framesMax || this.#sizeBytes > bytesMax) this.#forgetOldest()
  }

  /** Forgets everything up to `index`. */
  restart(index: number): void {
    this.#frames = []
    this.#gone = 0
    this.#sizeBytes = 0
    this.#compactedIndex = index
  }

  /** The first frame behind `index`, which must not be compacted; undefined = there is none yet. */
  next(index: number): WatchedFrame | undefined {
    assert(index >= this.#compactedIndex, 'what follows a compacted index is not known')
    let low = this.#gone
    let high = this.#frames.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#frames[middle]!.index > index) high = middle
      else low = middle + 1
    }
    return this.#frames[low]
  }

  #forgetOldest(): void {
    const oldest = this.#frames[this.#gone]
    assert(oldest !== undefined, 'an empty history is within its limits')
    this.#compactedIndex = oldest.index
    this.#sizeBytes -= oldest.sizeBytes
    this.#frames[this.#gone] = undefined
    this.#gone += 1
    if (this.#gone < this.#frames.length / 2) return
    this.#frames.splice(0, this.#gone)
    this.#gone = 0
  }
}

/** What watchers may see of an applied entry; undefined = nothing. */
export function watchedFrame(
  index: number,
  rowChanges: readonly RowChange[],
): WatchedFrame | undefined {
  const changes: WatchedChange[] = []
  let sizeBytes = frameBytes
  for (const { table: definition, row, before } of rowChanges) {
    const table = watchTableOf[definition.tableByte]
    if (table === undefined) continue
    const audience = row === undefined ? audiences.nobody : table.audience(row)
    const audienceBefore = before === undefined ? audiences.nobody : table.audience(before)
    if (audience === audiences.nobody && audienceBefore === audiences.nobody) continue
    const key = table.key(row ?? before!)
    changes.push({ table, key, row, audience, audienceBefore, json: [undefined, undefined] })
    sizeBytes += changeBytes + 2 * key.length + (row === undefined ? 0 : jsonsKept * textBytes(row))
  }
  return changes.length === 0 ? undefined : { index, changes, sizeBytes }
}

const frameBytes = 64
const changeBytes = 128
/** A row is held as it is, and as JSON for either audience. */
const jsonsKept = 3
const fieldBytes = 24

/** About what the fields of a row take as text. */
function textBytes(row: object): number {
  let sizeBytes = 0
  for (const name in row) {
    const value: unknown = (row as Readonly<Record<string, unknown>>)[name]
    sizeBytes += fieldBytes
    if (typeof value === 'string') sizeBytes += value.length
    else if (value instanceof Uint8Array) sizeBytes += value.length
    else if (Array.isArray(value)) sizeBytes += textBytes(value)
  }
  return sizeBytes
}
