// What Status tells of this very member that the state cannot know: room on its disk, and what an
// operator should look at. Measured when asked for, and not more often than it changes.
import { statfs } from 'node:fs/promises'
import { hourMs, messageOf, secondMs } from '../base/index.ts'
import type { Clock, Logger } from '../base/index.ts'
import { FileDisk } from '../runtime/index.ts'
import { treeBytes } from '../storage/index.ts'
import type { Alarm, OwnFacts } from './rpc/index.ts'

export interface DiskFigures {
  /** Of the file system. */
  readonly freeBytes: number
  readonly totalBytes: number
  /** Of the data directory. */
  readonly dataBytes: number
}

export interface MemberFactsDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly guarded: { readonly isDiverged: boolean }
  readonly log: { readonly isDiskFull: boolean }
  /** @default no TLS */
  readonly tls?: { readonly status: { readonly expiresInMs: number | undefined } } | undefined
  readonly measure: () => Promise<DiskFigures>
}

/** How long a measurement of the disk is good. */
export const diskMeasureMs = 10 * secondMs

/** A certificate that is valid for less is an alarm. */
export const certificateAlarmMs = 7 * 24 * hourMs

/** Facts about one running member. */
export class MemberFacts implements OwnFacts {
  readonly #deps: MemberFactsDeps
  #figures: DiskFigures | undefined
  #measuredAtMs = Number.NEGATIVE_INFINITY
  #isMeasuring = false

  constructor(deps: MemberFactsDeps) {
    this.#deps = deps
    this.#refresh()
  }

  disk(): DiskFigures | undefined {
    this.#refresh()
    return this.#figures
  }

  alarms(): readonly Alarm[] {
    const { guarded, log, tls } = this.#deps
    const alarms: Alarm[] = []
    if (guarded.isDiverged) {
      const text = 'replicas disagree without a majority; writes are stopped'
      alarms.push({ code: 'SCHED_STATE_DIVERGED', text })
    }
    if (log.isDiskFull) alarms.push({ code: 'STORE_DISK_FULL', text: 'the disk is full' })
    const expiresInMs = tls?.status.expiresInMs ?? Number.POSITIVE_INFINITY
    if (expiresInMs < certificateAlarmMs) {
      const hours = Math.max(Math.floor(expiresInMs / hourMs), 0)
      const text = `its certificate is valid for ${hours} more hours`
      alarms.push({ code: 'SCHED_CERTIFICATE_EXPIRES', text })
    }
    return alarms
  }

  /** Nobody waits for it: the answer before is good enough. */
  #refresh(): void {
    const { clock, logger, measure } = this.#deps
    if (this.#isMeasuring || clock.nowMs() - this.#measuredAtMs < diskMeasureMs) return
    this.#isMeasuring = true
    measure()
      .then((figures) => {
        this.#figures = figures
      })
      .catch((error: unknown) => {
        logger.warn({ reason: messageOf(error) }, 'the disk cannot be measured')
      })
      .finally(() => {
        this.#isMeasuring = false
        this.#measuredAtMs = clock.nowMs()
      })
  }
}

/** Measures the directory of an instance and the file system below it. */
export async function measureDirectory(directory: string): Promise<DiskFigures> {
  const { bavail, blocks, bsize } = await statfs(directory)
  const dataBytes = await treeBytes(new FileDisk(), directory)
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, dataBytes }
}
