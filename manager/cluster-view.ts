// What the manager knows of the cluster, always asked for, never copied: one query serves everyone
// who asked before it was sent, so that many readers cost the cluster one.
import { readClusterOverview, withoutHidden } from '../client/index.ts'
import type { AskStatus, ClusterOverview } from '../client/index.ts'
import type { clusterV1, commonV2 } from '../proto/index.ts'
import { listedFreshMsMax, listedStaleMsMax } from './limits.ts'

/** Where the answers come from: the leader-aware client in production. */
export interface ClusterSource {
  /** Linearizable: every host that is in the replicated state. */
  listHosts(): Promise<readonly commonV2.Host__Output[]>
  /** One member's view of the group; rejects when the address does not answer in time. */
  readonly status: AskStatus
  /** The views of the node states, by any member that answers. */
  readonly views: {
    shards(options: ViewOptions): Promise<clusterV1.ShardsReply__Output>
    slots(options: ViewOptions): Promise<clusterV1.SlotsReply__Output>
    nodes(options: ViewOptions): Promise<clusterV1.NodesReply__Output>
  }
}

/** How a view is read. */
export interface ViewOptions {
  /** `stale`: what the member that answers has, without asking the leader. */
  readonly consistency: 'linearizable' | 'stale'
  /** @default the client's */
  readonly deadlineMs?: number
}

/** A scheduler that clients are told of. */
export interface ListedScheduler {
  readonly id: number
  readonly hostId: string
  /** host:port of its client services. */
  readonly addr: string
}

/** Live view of members and hosts. */
export class ClusterView {
  readonly #source: ClusterSource
  readonly #seeds: () => readonly string[]
  #last: ClusterOverview | undefined
  #hosts: Promise<readonly commonV2.Host__Output[]> | undefined
  #overview: Promise<ClusterOverview> | undefined
  #listed: Promise<readonly ListedScheduler[]> | undefined
  /** As it was told last. */
  #lastListed: readonly ListedScheduler[] = []

  /** `seeds`: scheduler client addresses known now; members seen later are asked as well. */
  constructor(source: ClusterSource, seeds: () => readonly string[]) {
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

  /** The views of the node states; nothing is kept of them. */
  get views(): ClusterSource['views'] {
    return this.#source.views
  }

  /**
   * Whom clients are told of, by node states alone (design 6): who is online; with nobody online
   * every voter that does not hide or drain. Without a leader it is what some member has, without a
   * member what was told last or where to begin: a client without an address cannot even retry.
   */
  listed(): Promise<readonly ListedScheduler[]> {
    this.#listed ??= this.#readListed().finally(() => {
      this.#listed = undefined
    })
    return this.#listed
  }

  async #readListed(): Promise<readonly ListedScheduler[]> {
    const found = listedOf(await this.#readNodes())
    if (found.length > 0) this.#lastListed = found
    if (this.#lastListed.length > 0) return this.#lastListed
    return this.addresses.map((addr, i) => ({ id: i + 1, hostId: addr, addr }))
  }

  async #readNodes(): Promise<readonly clusterV1.Node__Output[]> {
    const { views } = this.#source
    try {
      const fresh = { consistency: 'linearizable', deadlineMs: listedFreshMsMax } as const
      return (await views.nodes(fresh)).nodes
    } catch {
      const stale = { consistency: 'stale', deadlineMs: listedStaleMsMax } as const
      return views.nodes(stale).then(
        ({ nodes }) => nodes,
        () => [],
      )
    }
  }

  /** Client addresses of the schedulers, seeds first. */
  get addresses(): readonly string[] {
    const known = this.#last?.members.map(({ addr }) => addr) ?? []
    return [...new Set([...this.#seeds(), ...known])]
  }

  async #readOverview(): Promise<ClusterOverview> {
    const read = await readClusterOverview(
      (address) => this.#source.status(address),
      this.addresses,
    )
    // Whoever reads this shows no credentials, although the manager may have those of an operator.
    const overview = withoutHidden(read)
    if (overview.members.length > 0) this.#last = overview
    else if (this.#last !== undefined) return allSilent(this.#last)
    return overview
  }
}

/** Nodes has no hidden members for those who are no operators. */
function listedOf(nodes: readonly clusterV1.Node__Output[]): readonly ListedScheduler[] {
  const shown = nodes.filter(({ addr, state }) => addr !== '' && !unlisted.has(state))
  const online = shown.filter(({ state }) => state === 'online')
  const listed = online.length > 0 ? online : shown.filter(({ role }) => role === 'voter')
  return listed.map(({ id, hostId, addr }) => ({ id, hostId, addr }))
}

const unlisted: ReadonlySet<string> = new Set(['hidden', 'draining', 'left'])

function allSilent(last: ClusterOverview): ClusterOverview {
  const members = last.members.map((member) => ({ ...member, role: 'unknown', isReachable: false }))
  return { ...last, leaderId: 0, quorum: undefined, members, isServing: false }
}
