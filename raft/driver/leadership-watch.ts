// Notices changes of role, term or leader, and tells whoever wants to know.
import type { Logger } from '../../base/index.ts'
import type { RaftMetrics } from './metrics.ts'
import type { LeadershipChange } from './outcomes.ts'

export class LeadershipWatch {
  readonly #logger: Logger
  readonly #metrics: RaftMetrics
  readonly #listeners = new Set<(change: LeadershipChange) => void>()
  #seen: LeadershipChange = { role: 'follower', term: 0, leader: 0 }

  constructor(deps: { readonly logger: Logger; readonly metrics: RaftMetrics }) {
    this.#logger = deps.logger
    this.#metrics = deps.metrics
  }

  /** Calls `listener` on every change; returns how to stop that. */
  listen(listener: (change: LeadershipChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Looks at `now`; false when it is what was seen before. */
  look({ role, term, leader }: LeadershipChange): boolean {
    const before = this.#seen
    if (before.role === role && before.term === term && before.leader === leader) return false
    this.#seen = { role, term, leader }
    this.#metrics.leadershipChanges += 1
    if (role === 'candidate' && before.role !== role) this.#metrics.electionsStarted += 1
    if (role === 'leader' && before.role !== role) this.#metrics.electionsWon += 1
    this.#logger.debug({ role, term, leader }, 'leadership changed')
    return true
  }

  /** Tells the listeners what was seen last. */
  tell(): void {
    for (const listener of this.#listeners) listener(this.#seen)
  }
}
