// How a replica finds out that it was removed. The entry that removes it may commit
// without it, so it is told by those whose requests it makes. Being removed is not remembered
// across a restart: whoever comes back asks again and is told again.
import { isMember, isRemoved } from './configuration.ts'
import type { Configuration } from './configuration.ts'
import type { RemovedNotice } from './message.ts'
import { hasQuorum } from './quorum.ts'

/** Distinct members whose word is enough when no leader says so. */
export const removedNoticesMin = 2

export class Removal {
  readonly #id: number
  readonly #notices = new Set<number>()
  #isFinal = false

  constructor(id: number) {
    this.#id = id
  }

  /** It takes no part any more. */
  get isFinal(): boolean {
    return this.#isFinal
  }

  /**
   * Takes a notice; false when the sender is no member. The last leader's is enough, or those of two
   * members, or of all who decide where one voter decides alone. A replica that applied its own
   * removal is more patient, because the others may still need its vote to find out that the change
   * is committed: it waits until a quorum of the members knows.
   */
  note(notice: RemovedNotice, configuration: Configuration, lastLeader: number): boolean {
    if (!isMember(configuration, notice.from)) return false
    this.#notices.add(notice.from)
    this.#isFinal ||=
      hasQuorum(configuration, (id) => this.#notices.has(id)) ||
      (!isRemoved(configuration, this.#id) &&
        (notice.from === lastLeader || this.#membersAmong(configuration) >= removedNoticesMin))
    return true
  }

  #membersAmong(configuration: Configuration): number {
    let count = 0
    for (const id of this.#notices) if (isMember(configuration, id)) count += 1
    return count
  }
}
