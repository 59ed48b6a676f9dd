// What the manager knows of the cluster, always asked for, never copied: one query serves everyone
// who asked before it was sent, so that many readers cost the cluster one.
import type { clusterV1, commonV2 } from '../proto/index.ts'

/** Where the answers come from; client/ has the implementation that follows the leader. */
export interface ClusterSource {
  /** Linearizable: every host that is in the replicated state. */
  listHosts(): Promise<readonly commonV2.Host__Output[]>
  /** One member's view of the group; rejects when the address does not answer in time. */
  status(address: string): Promise<clusterV1.StatusReply__Output>
}

export interface MemberView {
  readonly id: number
  readonly hostId: string
  readonly addr: string
  readonly role: string
  /** The replicated node state. */
  readonly state: string
  readonly isReachable: boolean
  readonly isLeader: boolean
  readonly term: number
  readonly applied: number
}

export interface ClusterOverview {
  readonly clusterId: string
  /** 0 when no member knows a leader. */
  readonly leaderId: number
  readonly term: number
  readonly members: readonly MemberView[]
}

/** Live view of members and hosts. */
export class ClusterView {
  readonly #source: ClusterSource
  readonly #seeds: readonly string[]
  #known: readonly string[]
  #lastOverview: ClusterOverview | undefined
  #hosts: Promise<readonly commonV2.Host__Output[]> | undefined
  #overview: Promise<ClusterOverview> | undefined

  /** `seeds`: scheduler client addresses to begin with; members seen later are asked as well. */
  constructor(source: ClusterSource, seeds: readonly string[]) {
    this.#source = source
    this.#seeds = seeds
    this.#known = seeds
  }

  /**
   * The live hosts. Readers share a query that has not been sent yet; `isFresh` readers share none,
   * so that their answer is never older than their question.
   */
  hosts(isFresh: boolean): Promise<readonly commonV2.Host__Output[]> {
    if (isFresh) return this.#source.listHosts()
    this.#hosts ??= this.#source.listHosts().finally(() => {
      this.#hosts = undefined
    })
    return this.#hosts
  }

  /** The members as they see themselves; one that does not answer is shown as unreachable. */
  overview(): Promise<ClusterOverview> {
    this.#overview ??= this.#readOverview().finally(() => {
      this.#overview = undefined
    })
    return this.#overview
  }

  /** The newest overview that had members, for when nobody answers any more. */
  get lastOverview(): ClusterOverview | undefined {
    return this.#lastOverview
  }

  /** Client addresses of every scheduler ever heard of, seeds first. */
  get addresses(): readonly string[] {
    return this.#known
  }

  async #readOverview(): Promise<ClusterOverview> {
    const answers = await this.#ask(this.#known)
    const named = answers.flatMap((answer) => answer.members.map((member) => member.addr))
    const unasked = [...new Set(named)].filter((address) => !this.#known.includes(address))
    if (unasked.length > 0) answers.push(...(await this.#ask(unasked)))
    this.#known = [...new Set([...this.#seeds, ...named])]
    const overview = mergeStatus(answers, this.#lastOverview)
    if (overview.members.length > 0) this.#lastOverview = overview
    return overview
  }

  async #ask(addresses: readonly string[]): Promise<clusterV1.StatusReply__Output[]> {
    const settled = await Promise.allSettled(addresses.map((addr) => this.#source.status(addr)))
    return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  }
}

/** Each member's word about itself; the newest term's word about who leads. */
function mergeStatus(
  answers: readonly clusterV1.StatusReply__Output[],
  last: ClusterOverview | undefined,
): ClusterOverview {
  const newest = answers.toSorted((a, b) => b.term - a.term || b.leaderId - a.leaderId)[0]
  if (newest === undefined) {
    const members = (last?.members ?? []).map((member) => ({
      ...member,
      role: 'unknown',
      isReachable: false,
      isLeader: false,
    }))
    return { clusterId: last?.clusterId ?? '', leaderId: 0, term: last?.term ?? 0, members }
  }
  const members = newest.members.map((member): MemberView => {
    const own = answers.find((answer) => answer.selfId === member.id)
    const self = own?.members.find((candidate) => candidate.id === member.id)
    return {
      id: member.id,
      hostId: member.hostId,
      addr: member.addr,
      role: self?.role ?? 'unknown',
      state: member.state,
      isReachable: self !== undefined,
      isLeader: self?.role === 'leader' && newest.leaderId === member.id,
      term: self?.term ?? member.term ?? 0,
      applied: self?.applied ?? member.applied ?? 0,
    }
  })
  return { clusterId: newest.clusterId, leaderId: newest.leaderId, term: newest.term, members }
}
