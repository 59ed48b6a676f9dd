// A closed loop: a fixed number of clients in this process, each with one operation under way.
import { performance } from 'node:perf_hooks'
import { quantile } from './statistics.ts'

export interface Load {
  /** Clients, and so operations under way at a time. */
  readonly outstanding: number
  /** Operations that end in this time are not counted. */
  readonly warmupMs: number
  /** Operations that end in this time are. */
  readonly measureMs: number
}

export interface LoadResult {
  /** Operations that ended well, per second. */
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly count: number
  /** Operations that ended otherwise; a run with any says little. */
  readonly failed: number
}

/** Most latencies kept for the percentiles; what comes later only counts. */
export const latenciesMax = 8_000_000

/** Keeps `outstanding` calls of `operate` under way; it resolves to whether it ended well. */
export async function runLoad(load: Load, operate: () => Promise<boolean>): Promise<LoadResult> {
  const startMs = performance.now() + load.warmupMs
  const endMs = startMs + load.measureMs
  const latencies = new LatencyList()
  let count = 0
  let failed = 0
  const client = async (): Promise<void> => {
    for (let calledMs = performance.now(); calledMs < endMs;) {
      const isDone = await operate()
      const endedMs = performance.now()
      if (endedMs >= startMs && endedMs < endMs) {
        if (isDone) count += 1
        else failed += 1
        latencies.add(endedMs - calledMs)
      }
      calledMs = endedMs
    }
  }
  await Promise.all(Array.from({ length: load.outstanding }, client))
  const sorted = latencies.sorted()
  return {
    perSecond: count / (load.measureMs / 1000),
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    count,
    failed,
  }
}

/** Numbers in a growing buffer, so that a run of millions leaves the garbage collector alone. */
class LatencyList {
  #values = new Float64Array(65_536)
  #length = 0

  add(value: number): void {
    if (this.#length === latenciesMax) return
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(Math.min(this.#length * 2, latenciesMax))
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#length] = value
    this.#length += 1
  }

  sorted(): Float64Array {
    return this.#values.slice(0, this.#length).sort()
  }
}
