// How fast leaders get things done, in cluster time: what a leader owes within so many milliseconds
// it owes that much after it could.
import type { CommittedLog } from './committed-log.ts'
import type { SimEventOf, WorldView } from '../../sim/observation.ts'

/** Commits this long ago say nothing about now, ms of cluster time. */
const memoryMs = 10_000

interface Commit {
  readonly clockMs: number
  readonly tookMs: number
}

export class LeaderPace {
  readonly #committed: CommittedLog
  /** Cluster time at which the leader of a term had applied what the terms before committed. */
  readonly #readyMs = new Map<number, number>()
  readonly #commits = new Map<number, Commit[]>()
  /** World time at which an entry was applied without faults for the first time. */
  #healingSinceMs: number | undefined

  constructor(committed: CommittedLog) {
    this.#committed = committed
  }

  /** When the leader of `term` began to work; undefined while it has not. */
  readyMs(term: number): number | undefined {
    return this.#readyMs.get(term)
  }

  /** No fault strikes any more, and what the last ones left is over. */
  isSettled(world: WorldView): boolean {
    const sinceMs = this.#healingSinceMs
    return sinceMs !== undefined && world.nowMs() > sinceMs + 2 * world.electionMs
  }

  /** Longest that a recent entry of `term` took from its leader's log to a majority. */
  slowestCommitMs(term: number, nowMs: number): number {
    let slowest = 0
    for (const { clockMs, tookMs } of this.#commits.get(term) ?? []) {
      if (clockMs >= nowMs - memoryMs) slowest = Math.max(slowest, tookMs)
    }
    return slowest
  }

  committed(
    { member, term }: SimEventOf<'committed'>,
    leaders: ReadonlyMap<number, number>,
    world: WorldView,
  ): void {
    if (leaders.get(term) !== member) return
    const { from, to } = this.#committed.fresh
    if (from > to) return
    const clockMs = world.member(member).status()?.clusterClockMs ?? 0
    let commits = this.#commits.get(term)
    if (commits === undefined) {
      commits = []
      this.#commits.set(term, commits)
    }
    while (commits.length > 0 && commits[0]!.clockMs < clockMs - memoryMs) commits.shift()
    for (let index = from; index <= to; index += 1) {
      const { entry } = this.#committed.at(index)!
      if (entry.term === term) commits.push({ clockMs, tookMs: clockMs - entry.stampMs })
    }
  }

  applied(
    { member, entry }: SimEventOf<'applied'>,
    leaders: ReadonlyMap<number, number>,
    world: WorldView,
  ): void {
    const { term } = entry
    if (world.phase === 'healing') this.#healingSinceMs ??= world.nowMs()
    if (leaders.get(term) !== member || this.#readyMs.has(term)) return
    const clockMs = world.member(member).status()?.clusterClockMs
    if (clockMs !== undefined) this.#readyMs.set(term, clockMs)
  }
}
