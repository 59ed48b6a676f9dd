// How a replica finds out that it was removed. The entry that removes it may commit
// without it, so it is told by those whose requests it makes. Being removed is not remembered
// across a restart: whoever comes back asks again and is told again.
import { isMember, isRemoved, isVoter, membersOf } from './configuration.ts'
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

  /** Takes a notice; false when the sender is no member. */
  note(notice: RemovedNotice, configuration: Configuration, lastLeader: number): boolean {
    if (!isMember(configuration, notice.from)) return false
    this.#notices.add(notice.from)
    this.#isFinal ||= isRemoved(configuration, this.#id)
      ? this.#isSettled(notice, configuration)
      : this.#isCertain(notice, configuration, lastLeader)
    return true
  }

  /** The last leader says so, or two members, or everybody else who decides. */
  #isCertain(notice: RemovedNotice, configuration: Configuration, lastLeader: number): boolean {
    if (notice.from === lastLeader) return true
    if (this.#membersAmong(configuration) >= removedNoticesMin) return true
    return membersOf(configuration)
      .filter((id) => id !== this.#id && isVoter(configuration, id))
      .every((id) => this.#notices.has(id))
  }

  /**
   * A replica that applied its own removal is more patient: the others may need its vote to find
   * out that the change is committed. A quorum of them knows, or a later change was made: nobody
   * stores that one without knowing this one to be committed.
   */
  #isSettled(notice: RemovedNotice, configuration: Configuration): boolean {
    if (notice.configurationId > configuration.id) return true
    return hasQuorum(configuration, (id) => this.#notices.has(id))
  }

  #membersAmong(configuration: Configuration): number {
    let count = 0
    for (const id of this.#notices) if (isMember(configuration, id)) count += 1
    return count
  }
}
