// One line on a terminal that says how far a download is.
import { GiB, KiB, MiB } from '../../base/index.ts'
import type { Clock } from '../../base/index.ts'

/** Shortest pause between two drawings, so that a fast download does not flood the terminal. */
export const redrawPauseMs = 100

const barWidth = 24

/** Draws over its own line; `finish` leaves the last state standing. */
export class ProgressBar {
  readonly #clock: Clock
  readonly #write: (text: string) => void
  readonly #startMs: number
  #totalBytes = -1
  #doneBytes = 0
  #drawnMs = Number.NEGATIVE_INFINITY
  #drawnLength = 0

  constructor(deps: { readonly clock: Clock; readonly write: (text: string) => void }) {
    this.#clock = deps.clock
    this.#write = deps.write
    this.#startMs = deps.clock.nowMs()
  }

  /** The whole length in bytes, once it is known. */
  setTotal(totalBytes: number): void {
    this.#totalBytes = totalBytes
  }

  /** Bytes that have arrived so far. */
  update(doneBytes: number): void {
    this.#doneBytes = Math.max(this.#doneBytes, doneBytes)
    const nowMs = this.#clock.nowMs()
    if (nowMs - this.#drawnMs < redrawPauseMs) return
    this.#drawnMs = nowMs
    this.#draw()
  }

  /** Draws the last state and ends the line; nothing when nothing was drawn before. */
  finish(): void {
    if (this.#drawnLength === 0) return
    this.#draw()
    this.#write('\n')
  }

  #draw(): void {
    const seconds = Math.max(this.#clock.nowMs() - this.#startMs, 1) / 1000
    const line = progressLine(this.#doneBytes, this.#totalBytes, this.#doneBytes / seconds)
    this.#write(`\r${line.padEnd(this.#drawnLength)}`)
    this.#drawnLength = line.length
  }
}

/** The text of the bar; `totalBytes` -1 means unknown. */
export function progressLine(
  doneBytes: number,
  totalBytes: number,
  bytesPerSecond: number,
): string {
  const rate = `${formatBytes(bytesPerSecond)}/s`
  if (totalBytes < 0) return `${formatBytes(doneBytes)} of unknown length  ${rate}`
  const ratio = totalBytes === 0 ? 1 : Math.min(doneBytes / totalBytes, 1)
  const filled = Math.floor(ratio * barWidth)
  const bar = '#'.repeat(filled) + '.'.repeat(barWidth - filled)
  const percent = `${Math.floor(ratio * 100)}%`.padStart(4)
  return `[${bar}] ${percent}  ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}  ${rate}`
}

/** A size for people. */
export function formatBytes(bytes: number): string {
  if (bytes >= GiB) return `${(bytes / GiB).toFixed(2)} GiB`
  if (bytes >= MiB) return `${(bytes / MiB).toFixed(1)} MiB`
  if (bytes >= KiB) return `${(bytes / KiB).toFixed(1)} KiB`
  return `${Math.floor(bytes)} B`
}
