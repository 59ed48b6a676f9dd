// Pieces and their bytes by where they came from: counted for every piece, so that a count must not
// cost more than one look-up.
import type { HostType, TaskType } from '../core/index.ts'
import type { Sample } from '../metrics.ts'

/** Where a piece came from. */
export type Traffic = 'back-to-source' | 'remote-peer' | 'local-peer'

/** Whose piece it is. */
export interface PieceLabels {
  readonly traffic: Traffic
  readonly taskType: TaskType
  readonly hostType: HostType
}

/** Upstream's spelling of our words. */
export const taskTypeLabels = {
  standard: 'STANDARD',
  persistent: 'PERSISTENT',
  'persistent-cache': 'PERSISTENT_CACHE',
  cache: 'CACHE',
} as const satisfies Record<TaskType, string>

const trafficTypeLabels = {
  'back-to-source': 'BACK_TO_SOURCE',
  'remote-peer': 'REMOTE_PEER',
  'local-peer': 'LOCAL_PEER',
} as const satisfies Record<Traffic, string>

interface Cell {
  readonly labels: PieceLabels
  /** Well or not. */
  ended: number
  failed: number
  sizeBytes: number
}

/** Counts by label set; there are no more than the words allow. */
export class PieceCounts {
  readonly #cells = new Map<string, Cell>()

  finished(labels: PieceLabels, sizeBytes: number): void {
    const cell = this.#cell(labels)
    cell.ended += 1
    cell.sizeBytes += sizeBytes
  }

  failed(labels: PieceLabels): void {
    const cell = this.#cell(labels)
    cell.ended += 1
    cell.failed += 1
  }

  /** `trafficName`: what the label of the traffic is called, which differs between families. */
  samples(
    count: 'ended' | 'failed' | 'sizeBytes',
    options: {
      readonly trafficName: 'type' | 'traffic_type'
      readonly isWanted?: (traffic: Traffic) => boolean
    },
  ): readonly Sample[] {
    const { trafficName, isWanted = () => true } = options
    return Array.from(this.#cells.values())
      .filter((cell) => cell[count] > 0 && isWanted(cell.labels.traffic))
      .map((cell) => ({
        labels: {
          [trafficName]: trafficTypeLabels[cell.labels.traffic],
          task_type: taskTypeLabels[cell.labels.taskType],
          host_type: cell.labels.hostType,
        },
        value: cell[count],
      }))
  }

  #cell(labels: PieceLabels): Cell {
    const key = `${labels.traffic}/${labels.taskType}/${labels.hostType}`
    const known = this.#cells.get(key)
    if (known !== undefined) return known
    const cell = { labels: { ...labels }, ended: 0, failed: 0, sizeBytes: 0 }
    this.#cells.set(key, cell)
    return cell
  }
}
