// What the manager knows of the cluster, always asked for, never copied: one query serves everyone
// who asked before it was sent, so that many readers cost the cluster one.
import { readClusterOverview } from '../client/index.ts'
import type { AskStatus, ClusterOverview } from '../client/index.ts'
import type { commonV2 } from '../proto/index.ts'

/** Where the answers come from: the leader-aware client in production. */
export interface ClusterSource {
  /** Linearizable: every host that is in the replicated state. */
  listHosts(): Promise<readonly commonV2.Host__Output[]>
  /** One member's view of the group; rejects when the address does not answer in time. */
  readonly status: AskStatus
}

/** Live view of members and hosts. */
export class ClusterView {
  readonly #source: ClusterSource
  readonly #seeds: readonly string[]
  #last: ClusterOverview | undefined
  #hosts: Promise<readonly commonV2.Host__Output[]> | undefined
  #overview: Promise<ClusterOverview> | undefined

  /** `seeds`: scheduler client addresses to begin with; members seen later are asked as well. */
  constructor(source: ClusterSource, seeds: readonly string[]) {
    this.#source = source
    this.#seeds = seeds
  }

  /**
   * The live hosts. Readers share a query that is under way; `isFresh` readers share none, so that
   * their answer is never older than their question.
   */
  hosts(isFresh: boolean): Promise<readonly commonV2.Host__Output[]> {
    if (isFresh) return this.#source.listHosts()
    this.#hosts ??= this.#source.listHosts().finally(() => {
      this.#hosts = undefined
    })
    return this.#hosts
  }

  /**
   * The members as they see themselves; one that does not answer is shown as unreachable, and when
   * nobody answers the members known last are.
   */
  overview(): Promise<ClusterOverview> {
    this.#overview ??= this.#readOverview().finally(() => {
      this.#overview = undefined
    })
    return this.#overview
  }

  /** Client addresses of the schedulers, seeds first. */
  get addresses(): readonly string[] {
    const known = this.#last?.members.map(({ addr }) => addr) ?? []
    return [...new Set([...this.#seeds, ...known])]
  }

  async #readOverview(): Promise<ClusterOverview> {
    const overview = await readClusterOverview(
      (address) => this.#source.status(address),
      this.addresses,
    )
    if (overview.members.length > 0) this.#last = overview
    else if (this.#last !== undefined) return allSilent(this.#last)
    return overview
  }
}

function allSilent(last: ClusterOverview): ClusterOverview {
  const members = last.members.map((member) => ({ ...member, role: 'unknown', isReachable: false }))
  return { ...last, leaderId: 0, members, isServing: false }
}
