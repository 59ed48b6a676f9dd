// Follows every peer through leader changes: what its row says it has must never become less.
import { nullLogger } from '../../../base/index.ts'
import { watchCluster } from '../../../client/index.ts'
import type { ClusterWatch, WatchedRow } from '../../../client/index.ts'
import { SystemClock, systemRandom } from '../../../runtime/index.ts'

export class PieceWatch {
  readonly #counts = new Map<string, number>()
  readonly #watch: ClusterWatch
  readonly #onLoss: (text: string) => void
  changes = 0

  constructor(addresses: readonly string[], onLoss: (text: string) => void) {
    this.#onLoss = onLoss
    const deps = { clock: new SystemClock(), random: systemRandom().random, logger: nullLogger }
    const take = (rows: readonly WatchedRow[]): void => rows.forEach((row) => this.#take(row))
    this.#watch = watchCluster(
      deps,
      { addresses, tables: ['peers'] },
      {
        onList: ({ rows }) => take(rows),
        onChange: ({ rows }) => take(rows),
        onEnd: (error) => {
          if (error !== undefined) onLoss(`the watch of peers ended: ${String(error)}`)
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
