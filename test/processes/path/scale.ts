/** How much of each item a run does. */
export interface Scale {
  /** Bounds are judged, not only printed. */
  readonly isFull: boolean
  /** Leaders killed in each of the two ways. */
  readonly rounds: number
  /** Rounds in which schedulers are killed at any moment. */
  readonly anytimeRounds: number
  /** Bytes of the large imported file. */
  readonly fileBytes: number
  /** Bytes of a file whose export must still run when a busy machine comes to the kill. */
  readonly exportBytes: number
  /** Bytes of the file fetched from an origin. */
  readonly originBytes: number
  /** Writes a follower misses. */
  readonly writesMissed: number
}

const MiB = 1024 * 1024

/** What `npm test` does. */
export const shortScale: Scale = {
  isFull: false,
  rounds: 1,
  anytimeRounds: 4,
  fileBytes: 16 * MiB,
  exportBytes: 48 * MiB,
  originBytes: 16 * MiB,
  writesMissed: 200,
}

/** The sizes and rounds of record; `npm run e2e -- path --full`. */
export const fullScale: Scale = {
  isFull: true,
  rounds: 20,
  anytimeRounds: 60,
  fileBytes: 256 * MiB,
  exportBytes: 256 * MiB,
  originBytes: 64 * MiB,
  writesMissed: 1000,
}
