// Follows every peer through leader changes: what its row says it has must never become less.
import { messageOf } from '../../../base/index.ts'
import { watchCluster } from '../../../client/index.ts'
import type { ClusterWatch, WatchedRow } from '../../../client/index.ts'
import { watchDeps } from './steps.ts'

export class PieceWatch {
  readonly #counts = new Map<string, number>()
  readonly #watch: ClusterWatch
  readonly #onLoss: (text: string) => void
  changes = 0

  constructor(addresses: readonly string[], onLoss: (text: string) => void) {
    this.#onLoss = onLoss
    const take = (rows: readonly WatchedRow[]): void => rows.forEach((row) => this.#take(row))
    this.#watch = watchCluster(
      watchDeps(),
      { addresses, tables: ['peers'] },
      {
        onList: ({ rows }) => take(rows),
        onChange: ({ rows }) => take(rows),
        onEnd: (error) => {
          if (error !== undefined) onLoss(`the watch of peers ended: ${messageOf(error)}`)
        },
      },
    )
  }

  stop(): void {
    this.#watch.stop()
  }

  #take({ key, value }: WatchedRow): void {
    this.changes += 1
    if (value === undefined) {
      this.#counts.delete(key)
      return
    }
    const count = Number(value['finishedPieceCount'])
    const before = this.#counts.get(key) ?? 0
    if (count < before) {
      this.#onLoss(`peer ${key.replace('\n', ' ')} had ${before} pieces and has ${count}`)
    }
    this.#counts.set(key, count)
  }
}
