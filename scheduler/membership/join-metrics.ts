// What became of joins, as this member has seen it.

/** Upper bounds of the histogram of joins, milliseconds of cluster time. */
export const joinBucketsMs: readonly number[] = [500, 1000, 2000, 5000, 15_000, 60_000, 600_000]

/** Counts of one process; read by the metrics page. */
export class JoinMetrics {
  /** `admitted`, `promoted`, and refusals and withdrawals by their reason. */
  readonly results = new Map<string, number>()
  promotions = 0
  ghostCleanups = 0
  /** Joins from the first request to the promotion, by `joinBucketsMs` and beyond. */
  readonly durations: number[] = Array.from({ length: joinBucketsMs.length + 1 }, () => 0)
  durationSumMs = 0

  count(result: string): void {
    this.results.set(result, (this.results.get(result) ?? 0) + 1)
  }

  promoted(durationMs: number): void {
    this.promotions += 1
    this.count('promoted')
    const bucket = joinBucketsMs.findIndex((boundMs) => durationMs <= boundMs)
    const at = bucket < 0 ? joinBucketsMs.length : bucket
    this.durations[at] = (this.durations[at] ?? 0) + 1
    this.durationSumMs += durationMs
  }
}
