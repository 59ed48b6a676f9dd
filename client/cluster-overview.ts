// One picture of the group from what each member says of itself.
import type { clusterV1 } from '../proto/index.ts'

export interface MemberOverview {
  readonly id: number
  /** The name its operator gave it. */
  readonly hostId: string
  /** host:port of its client services. */
  readonly addr: string
  readonly raftAddr: string
  /** Absent when the member did not answer. */
  readonly pid: number | undefined
  /** In its own words leader, follower or candidate; learner as replicated; else unknown. */
  readonly role: string
  /** The replicated node state. */
  readonly state: string
  readonly term: number | undefined
  readonly commit: number | undefined
  readonly applied: number | undefined
  readonly isReachable: boolean
}

export interface ClusterOverview {
  /** Empty when nobody answered. */
  readonly clusterId: string
  /** A member that answered and leads in the newest term; 0 = none. */
  readonly leaderId: number
  readonly term: number
  readonly members: readonly MemberOverview[]
  /** A leader answered, and with it a majority of the voters. */
  readonly isServing: boolean
}

/** Asks one member; rejects when it does not answer in time. */
export type AskStatus = (address: string) => Promise<clusterV1.StatusReply__Output>

/** Asks `addresses` at once, then the members they name that were not among them. */
export async function readClusterOverview(
  ask: AskStatus,
  addresses: readonly string[],
): Promise<ClusterOverview> {
  const answers = await askAll(ask, addresses)
  const named = answers.flatMap(({ members }) => members.map(({ addr }) => addr))
  // A member that has not opened a session yet has not said where it serves.
  const unasked = [...new Set(named)].filter((addr) => addr !== '' && !addresses.includes(addr))
  answers.push(...(await askAll(ask, unasked)))
  return mergeStatus(answers)
}

async function askAll(
  ask: AskStatus,
  addresses: readonly string[],
): Promise<clusterV1.StatusReply__Output[]> {
  const settled = await Promise.allSettled(addresses.map((address) => ask(address)))
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}

/** Members of the newest term's view, each in its own words where it answered. */
function mergeStatus(answers: readonly clusterV1.StatusReply__Output[]): ClusterOverview {
  const newest = answers.toSorted((a, b) => b.term - a.term)[0]
  if (newest === undefined) {
    return { clusterId: '', leaderId: 0, term: 0, members: [], isServing: false }
  }
  const own = answers.filter(({ clusterId }) => clusterId === newest.clusterId)
  const members = newest.members.map((seen): MemberOverview => {
    const answer = own.find(({ selfId }) => selfId === seen.id)
    const self = answer?.members.find(({ id }) => id === seen.id)
    const { id, hostId, addr, raftAddr, state } = seen
    return {
      id,
      hostId,
      addr,
      raftAddr,
      state,
      pid: self?.pid,
      // Of the roles others name, only learner is replicated; the rest is hearsay.
      role: self?.role ?? (seen.role === 'learner' ? 'learner' : 'unknown'),
      term: self?.term,
      commit: self?.commit,
      applied: self?.applied,
      isReachable: self !== undefined,
    }
  })
  // A dead leader is remembered for an election timeout: only its own word counts.
  const leader = members.find(({ role, term }) => role === 'leader' && term === newest.term)
  const voters = members.filter(({ role }) => role !== 'learner')
  const reachable = voters.filter(({ isReachable }) => isReachable).length
  return {
    clusterId: newest.clusterId,
    leaderId: leader?.id ?? 0,
    term: newest.term,
    members,
    isServing: leader !== undefined && reachable * 2 > voters.length,
  }
}
