// One watch: first a list, unless its client has a token, then every change, each log index in one
// frame. It reads from the shared history at its client's pace; whoever falls behind what the
// history holds must list anew.
import { Metadata } from '@grpc/grpc-js'
import type { ServerWritableStream } from '@grpc/grpc-js'
import { CodedError } from '../../base/index.ts'
import { toWireStatus } from '../../proto/index.ts'
import type { clusterV1 } from '../../proto/index.ts'
import type { RowChange } from '../replication/index.ts'
import { watchFrameBytesMax, watchStallMsMax } from './limits.ts'
import type { WatchedChange, WatchedFrame, WatchHistory } from './watch-history.ts'
import type { ListedRow, WatchList } from './watch-list.ts'
import type { WatchTable } from './watch-tables.ts'

/** grpc-js's side of a watch. */
export type WatchCall = ServerWritableStream<clusterV1.WatchRequest__Output, clusterV1.WatchFrame>

export interface WatchStreamDeps {
  readonly call: WatchCall
  readonly history: WatchHistory
  /** Runs something after the IO of this turn of the event loop. */
  readonly defer: (run: () => void) => void
  readonly appliedIndex: () => number
  readonly leaderContactAgeMs: () => number
  readonly nowMs: () => number
  /** Called once, when the watch has ended in whatever way. */
  readonly onEnd: (stream: WatchStream) => void
}

export interface WatchStreamOptions {
  readonly clusterId: string
  readonly tables: ReadonlySet<WatchTable>
  readonly isOperator: boolean
  /** Rows in one frame of a list. */
  readonly listRowsMax: number
}

const audienceOf = { false: 0, true: 1 } as const

/** Tells a watcher that what it knows cannot be continued. */
export function compacted(message: string): CodedError {
  return new CodedError('SCHED_COMPACTED', message)
}

/** Serves one watch from `list` or `follow` to its end. */
export class WatchStream {
  readonly #deps: WatchStreamDeps
  readonly #options: WatchStreamOptions
  #list: WatchList | undefined
  /** Everything up to this index was written; undefined before `list` and `follow`. */
  #index: number | undefined
  /** Since when its client takes nothing; undefined while it does. */
  #blockedAtMs: number | undefined
  #isPumping = false
  #isEnded = false

  constructor(deps: WatchStreamDeps, options: WatchStreamOptions) {
    this.#deps = deps
    this.#options = options
    const { call } = deps
    call.on('drain', () => {
      this.#blockedAtMs = undefined
      this.pump()
    })
    for (const event of ['cancelled', 'error', 'close']) call.on(event, () => this.#close())
    call.sendMetadata(new Metadata())
  }

  get #isBlocked(): boolean {
    return this.#blockedAtMs !== undefined
  }

  get isListing(): boolean {
    return this.#list !== undefined
  }

  /** Begins with a list of the state as it is now. */
  list(list: WatchList): void {
    if (this.#isEnded) return
    this.#index = this.#deps.appliedIndex()
    this.#list = list
    this.pump()
  }

  /** Begins behind an index. */
  follow(index: number): void {
    if (this.#isEnded) return
    this.#index = index
    this.pump()
  }

  /** An entry was applied and changed these rows; told before `pump`. */
  changed(changes: readonly RowChange[]): void {
    if (this.#list?.changed(changes) !== false) return
    this.fail(compacted('too much changed while the list was made'))
  }

  /** Writes what there is to write, while the client takes it. */
  pump(): void {
    this.#refuseCompacted()
    if (this.#isPumping) return
    this.#isPumping = true
    while (!this.#isEnded && !this.#isBlocked && this.#list === undefined && this.#writeNext());
    this.#isPumping = false
    if (!this.#isEnded && !this.#isBlocked && this.#list !== undefined) this.#deferList()
  }

  /** Says how far this member is, unless there is something else to write. */
  progress(): void {
    if (this.#isEnded || this.#isBlocked || this.#list !== undefined) return
    const { history, appliedIndex } = this.#deps
    const index = this.#index
    if (index === undefined || index < history.compactedIndex || history.next(index)) return
    this.#index = Math.max(index, appliedIndex())
    this.#write({ kind: 'PROGRESS' })
  }

  /** Gives up a client that has taken nothing for very long: others wait for its place. */
  refuseStalled(): void {
    if (this.#blockedAtMs === undefined) return
    if (this.#deps.nowMs() - this.#blockedAtMs < watchStallMsMax) return
    this.fail(new CodedError('SCHED_EXPIRED', 'the client takes nothing of its watch'))
  }

  /** Ends the watch with an error. */
  fail(error: unknown): void {
    if (this.#isEnded) return
    this.#close()
    this.#deps.call.emit('error', toWireStatus(error))
  }

  /** Whoever has fallen behind is not waited for any more, whether it reads on or not. */
  #refuseCompacted(): void {
    const { compactedIndex } = this.#deps.history
    if (this.#index === undefined || this.#index >= compactedIndex) return
    this.fail(compacted(`changes up to index ${compactedIndex} are not kept any more`))
  }

  /** One turn's share of the list. */
  #deferList(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    this.#deps.defer(() => {
      this.#isPumping = false
      const list = this.#list
      if (list === undefined || this.#isEnded) return
      const rows = list.next(this.#options.listRowsMax).flatMap((row) => this.#listedRow(row) ?? [])
      if (list.isDone) this.#list = undefined
      if (rows.length > 0 || list.isDone) {
        this.#write({ kind: 'LIST', isListEnd: list.isDone, rows })
      }
      this.pump()
    })
  }

  /** Writes the next frame of the history that this watcher may see; false = there is none. */
  #writeNext(): boolean {
    const { history } = this.#deps
    const index = this.#index
    const frame = index === undefined ? undefined : history.next(index)
    if (frame === undefined) return false
    const rows = this.#changedRows(frame)
    if (rows === undefined) {
      this.fail(compacted(`the changes of index ${frame.index} are too large for one frame`))
      return false
    }
    this.#index = frame.index
    if (rows.length > 0) this.#write({ kind: 'CHANGE', rows })
    return true
  }

  /** Undefined when they do not fit one message. */
  #changedRows({ index, changes }: WatchedFrame): clusterV1.WatchRow[] | undefined {
    const rows: clusterV1.WatchRow[] = []
    let sizeBytes = 0
    for (const change of changes) {
      const row = this.#changedRow(change, index)
      if (row === undefined) continue
      sizeBytes += row.key.length + row.json.length
      if (sizeBytes > watchFrameBytesMax) return undefined
      rows.push(row)
    }
    return rows
  }

  #changedRow(change: WatchedChange, modIndex: number): WireRow | undefined {
    const { table, key, row, json } = change
    const { isOperator, tables } = this.#options
    const audience = audienceOf[`${isOperator}`]
    if (!tables.has(table)) return undefined
    const place = { table: table.name, key, modIndex }
    if (row !== undefined && change.audience <= audience) {
      json[audience] ??= JSON.stringify(table.fields(row, isOperator))
      return { ...place, json: json[audience], isDeleted: false }
    }
    // What may not be seen any more is deleted for whoever could see it.
    return change.audienceBefore <= audience ? { ...place, json: '', isDeleted: true } : undefined
  }

  #listedRow({ table, row, modIndex }: ListedRow): WireRow | undefined {
    const { isOperator } = this.#options
    if (table.audience(row) > audienceOf[`${isOperator}`]) return undefined
    const json = JSON.stringify(table.fields(row, isOperator))
    return { table: table.name, key: table.key(row), modIndex, json, isDeleted: false }
  }

  #write(frame: Pick<clusterV1.WatchFrame, 'kind' | 'isListEnd' | 'rows'>): void {
    const { call, leaderContactAgeMs } = this.#deps
    const token = { clusterId: this.#options.clusterId, index: this.#index ?? 0 }
    const isTaken = call.write({ ...frame, token, leaderContactAgeMs: leaderContactAgeMs() })
    if (!isTaken) this.#blockedAtMs ??= this.#deps.nowMs()
  }

  /** Whatever ended the watch: nothing of it may stay behind. */
  #close(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#list = undefined
    this.#deps.onEnd(this)
  }
}

interface WireRow {
  readonly table: string
  readonly key: string
  readonly modIndex: number
  readonly json: string
  readonly isDeleted: boolean
}
