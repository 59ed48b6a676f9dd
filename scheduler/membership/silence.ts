/**
 * How long each member has been silent, in cluster time. Begins anew with every leader, who cannot
 * know what others heard; so nobody is judged by a silence that only part of the group saw.
 */
export class Silence {
  readonly #sinceMs = new Map<number, number>()
  #nowMs = 0

  /** Takes what Raft knows at the running cluster clock `nowMs`. */
  update(
    nowMs: number,
    progress: readonly { readonly id: number; readonly isRecentlyActive: boolean }[],
  ): void {
    this.#nowMs = nowMs
    const silent = new Set<number>()
    for (const { id, isRecentlyActive } of progress) if (!isRecentlyActive) silent.add(id)
    for (const id of this.#sinceMs.keys()) if (!silent.has(id)) this.#sinceMs.delete(id)
    for (const id of silent) if (!this.#sinceMs.has(id)) this.#sinceMs.set(id, nowMs)
  }

  /**
   * Cluster time since a member was heard; 0 while it is, and at least 1 while it is not. Raft
   * calls somebody silent after an election timeout, which is not counted.
   */
  ofMs(id: number): number {
    const sinceMs = this.#sinceMs.get(id)
    return sinceMs === undefined ? 0 : Math.max(1, this.#nowMs - sinceMs)
  }

  clear(): void {
    this.#sinceMs.clear()
  }
}
