// One picture of the group from what each member says of itself, and the leader of the others.
import type { clusterV1 } from '../proto/index.ts'
import { clientMembersMax } from './limits.ts'
import { isAddress } from './member-list.ts'

export interface MemberOverview {
  readonly id: number
  /** The name its operator gave it. */
  readonly hostId: string
  /** host:port of its client services. */
  readonly addr: string
  readonly raftAddr: string
  /** 32 lower-case hex characters. */
  readonly incarnation: string
  /** Absent when the member did not answer. */
  readonly pid: number | undefined
  /** In its own words leader, follower or candidate; learner as replicated; else unknown. */
  readonly role: string
  /** The replicated node state. */
  readonly state: string
  readonly term: number | undefined
  readonly commit: number | undefined
  readonly applied: number | undefined
  /** Entries behind the leader's commit index: applied by its word, else durable by the leader's. */
  readonly lagEntries: number | undefined
  /** Since the leader heard it; 0 for the leader itself. */
  readonly lastContactMs: number | undefined
  /** Program version of its newest session; '' = none yet. */
  readonly version: string
  /** By its own word. */
  readonly disk: DiskOverview | undefined
  /** Of a loading member: 0 … 100. */
  readonly loadedPercent: number | undefined
  readonly features: readonly string[]
  readonly isReachable: boolean
}

export interface DiskOverview {
  /** Of the file system with its data. */
  readonly freeBytes: number
  readonly totalBytes: number
  /** Its data. */
  readonly dataBytes: number
}

/** What a member says an operator should look at. */
export interface AlarmOverview {
  readonly memberId: number
  readonly code: string
  readonly text: string
}

/** How many voters there are, and how many may fail before writes stop. */
export interface QuorumOverview {
  readonly voters: number
  readonly quorum: number
  /** In contact with the leader. */
  readonly active: number
  readonly canLose: number
}

export interface ClusterOverview {
  /** Empty when nobody answered. */
  readonly clusterId: string
  /** A member that answered and leads in the newest term; 0 = none. */
  readonly leaderId: number
  readonly term: number
  /** By the leader's word, else the highest heard; 0 = none. */
  readonly commit: number
  readonly configurationId: number
  /** Two halves have to agree, because a change of the members is half done. */
  readonly isJoint: boolean
  /** Entry that may change the members and is not applied yet; 0 = none known. */
  readonly pendingChangeIndex: number
  /** Member the leadership is being handed to; 0 = none. */
  readonly transferTarget: number
  /** By the leader's word; undefined without one. */
  readonly quorum: QuorumOverview | undefined
  /** Replicated features that are on. */
  readonly features: readonly string[]
  readonly alarms: readonly AlarmOverview[]
  readonly members: readonly MemberOverview[]
  /** Hidden members that are left out of `members`, because no operator asks. */
  readonly notShown: NotShownOverview
  /** A leader answered, and with it a majority of the voters. */
  readonly isServing: boolean
}

/** How many are left out; silent are those whom the leader, if it answered, has no contact with. */
export interface NotShownOverview {
  readonly members: number
  readonly voters: number
  readonly silentMembers: number
  readonly silentVoters: number
}

/** Nobody is left out. */
export const nobodyLeftOut: NotShownOverview = {
  members: 0,
  voters: 0,
  silentMembers: 0,
  silentVoters: 0,
}

/** Asks one member; rejects when it does not answer in time. */
export type AskStatus = (address: string) => Promise<clusterV1.StatusReply__Output>

/** What is known when nobody answers. */
export const emptyOverview: ClusterOverview = {
  clusterId: '',
  leaderId: 0,
  term: 0,
  commit: 0,
  configurationId: 0,
  isJoint: false,
  pendingChangeIndex: 0,
  transferTarget: 0,
  quorum: undefined,
  features: [],
  alarms: [],
  members: [],
  notShown: nobodyLeftOut,
  isServing: false,
}

/** Asks `addresses` at once, then the members they name that were not among them. */
export async function readClusterOverview(
  ask: AskStatus,
  addresses: readonly string[],
): Promise<ClusterOverview> {
  const answers = await askAll(ask, addresses)
  const named = answers.flatMap(({ members }) => members.map(({ addr }) => addr))
  // A member that has not opened a session yet has not said where it serves.
  const unasked = [...new Set(named)].filter((addr) => isAddress(addr) && !addresses.includes(addr))
  answers.push(...(await askAll(ask, unasked.slice(0, clientMembersMax))))
  return mergeStatus(answers)
}

type Answer = clusterV1.StatusReply__Output

async function askAll(ask: AskStatus, addresses: readonly string[]): Promise<Answer[]> {
  const settled = await Promise.allSettled(addresses.map((address) => ask(address)))
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}

/** Members of the newest term's view, each in its own words where it answered. */
function mergeStatus(answers: readonly Answer[]): ClusterOverview {
  const newest = answers.toSorted((a, b) => b.term - a.term)[0]
  if (newest === undefined) return emptyOverview
  const own = answers.filter(({ clusterId }) => clusterId === newest.clusterId)
  // A dead leader is remembered for an election timeout: only its own word counts.
  const leader = own.find((answer) => answer.term === newest.term && isLeading(answer))
  const view = leader ?? newest
  const members = view.members.map((seen) => memberOverview(seen, own, leader))
  const voters = members.filter(({ role }) => role !== 'learner')
  const reachable = voters.filter(({ isReachable }) => isReachable).length
  const notShown = view.notShown ?? nobodyLeftOut
  // Who is not shown cannot be asked: there the word of the leader counts.
  const heard = reachable + notShown.voters - notShown.silentVoters
  const commit = leader?.selfCommit ?? Math.max(...own.map(({ selfCommit }) => selfCommit))
  return {
    clusterId: view.clusterId,
    leaderId: leader?.selfId ?? 0,
    term: view.term,
    commit,
    configurationId: view.configurationId,
    isJoint: view.isJoint,
    pendingChangeIndex: view.pendingChangeIndex,
    transferTarget: view.transferTarget,
    quorum: leader?.faultTolerance ?? undefined,
    features: view.features,
    alarms: own.flatMap(({ selfId: memberId, alarms }) =>
      alarms.map(({ code, text }) => ({ memberId, code, text })),
    ),
    members,
    notShown,
    isServing: leader !== undefined && heard * 2 > voters.length + notShown.voters,
  }
}

function isLeading(answer: Answer): boolean {
  return answer.selfRole === 'leader'
}

function selfOf(answer: Answer | undefined): clusterV1.Member__Output | undefined {
  return answer?.members.find(({ id }) => id === answer.selfId)
}

function memberOverview(
  seen: clusterV1.Member__Output,
  answers: readonly Answer[],
  leader: Answer | undefined,
): MemberOverview {
  const answer = answers.find(({ selfId }) => selfId === seen.id)
  const self = selfOf(answer)
  const { id, hostId, addr, raftAddr, incarnation, state, version, features } = seen
  const commit = leader?.selfCommit
  const reached = self?.applied ?? (leader === undefined ? undefined : seen.match)
  const isLeader = leader?.selfId === id
  return {
    id,
    hostId,
    addr,
    raftAddr,
    incarnation,
    state,
    version,
    features,
    pid: self?.pid,
    // Of the roles others name, only learner is replicated; the rest is hearsay.
    role: answer?.selfRole ?? (seen.role === 'learner' ? 'learner' : 'unknown'),
    term: self?.term,
    commit: self?.commit,
    applied: self?.applied,
    // Answers come one after another, so a member may be ahead of what the leader said.
    lagEntries:
      commit === undefined || reached === undefined ? undefined : Math.max(commit - reached, 0),
    lastContactMs: isLeader ? 0 : leader === undefined ? undefined : seen.lastContactMs,
    disk: diskOf(self),
    loadedPercent: seen.loadedPercent,
    isReachable: answer !== undefined,
  }
}

function diskOf(self: clusterV1.Member__Output | undefined): DiskOverview | undefined {
  if (self?.diskFreeBytes === undefined || self.diskTotalBytes === undefined) return undefined
  const { diskFreeBytes: freeBytes, diskTotalBytes: totalBytes, dataBytes = 0 } = self
  return { freeBytes, totalBytes, dataBytes }
}

/** The picture for everybody: what an operator was told of hidden members is counted only. */
export function withoutHidden(overview: ClusterOverview): ClusterOverview {
  const { transferTarget, notShown } = overview
  const hidden = overview.members.filter(({ state }) => state === 'hidden')
  if (hidden.length === 0) return overview
  const isHidden = (id: number): boolean => hidden.some((member) => member.id === id)
  const voters = hidden.filter(({ role }) => role !== 'learner')
  const silent = ({ isReachable }: MemberOverview): boolean => !isReachable
  return {
    ...overview,
    transferTarget: isHidden(transferTarget) ? 0 : transferTarget,
    members: overview.members.filter(({ id }) => !isHidden(id)),
    notShown: {
      members: notShown.members + hidden.length,
      voters: notShown.voters + voters.length,
      silentMembers: notShown.silentMembers + hidden.filter(silent).length,
      silentVoters: notShown.silentVoters + voters.filter(silent).length,
    },
  }
}
