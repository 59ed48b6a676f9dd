// Status: what this member knows of the group, answered at once and without consensus, so that
// people see something when nobody leads. A leader also tells how far the others are. Operators
// are shown hidden members; everybody else is told how many there are, so that the answer still
// says how the cluster is.
import { toHex } from '../../base/index.ts'
import type { clusterV1 } from '../../proto/index.ts'
import { faultTolerance } from '../../raft/index.ts'
import {
  featureTable,
  memberProgressTable,
  memberSupportTable,
  memberTable,
} from '../replication/index.ts'
import type { OperatorGate } from './operator-gate.ts'
import type { MemberInfo, MembersPort, OwnFacts, GroupPort, StatePort } from './ports.ts'
import { unary } from './unary.ts'
import type { Call, UnaryDeps } from './unary.ts'

export interface StatusDeps extends UnaryDeps {
  readonly raft: GroupPort
  readonly state: StatePort
  readonly members: MembersPort
  /** Hidden members are for operators. */
  readonly operators: Pick<OperatorGate, 'admits'>
  /** @default nothing is known of the disk, and nothing is wrong */
  readonly own?: OwnFacts
}

export interface StatusOptions {
  /** 32 lower-case hex characters. */
  readonly clusterId: string
  readonly selfId: number
  readonly pid: number
}

/** The handler of Status. */
export function statusHandlers(
  deps: StatusDeps,
  options: StatusOptions,
): Pick<clusterV1.ClusterHandlers, 'Status'> {
  return { Status: unary(deps, async (_, call) => statusReply(deps, options, call)) }
}

type RaftView = ReturnType<GroupPort['status']>

function statusReply(deps: StatusDeps, options: StatusOptions, call: Call): clusterV1.StatusReply {
  const { raft, state, members, own } = deps
  const status = raft.status()
  const { configuration } = status
  const all = members.list()
  const hidden = hiddenFrom(call, all, deps)
  const isShown = (id: number): boolean => !hidden.some((member) => member.id === id)
  const shown = all.filter(({ id }) => isShown(id))
  return {
    clusterId: options.clusterId,
    leaderId: isShown(status.leader) ? status.leader : 0,
    term: status.term,
    selfId: options.selfId,
    members: shown.map((member) => memberMessage(member, status, deps, options)),
    digestIndex: state.appliedIndex,
    digest: toHex(state.digest()),
    configurationId: configuration.id,
    isJoint: configuration.votersOutgoing.length > 0,
    voters: configuration.voters.filter(isShown),
    votersOutgoing: configuration.votersOutgoing.filter(isShown),
    // It counts from an election on: until the leader's first entry is applied nothing may change.
    pendingChangeIndex: status.pendingChangeIndex > status.applied ? status.pendingChangeIndex : 0,
    transferTarget: isShown(status.transferTarget) ? status.transferTarget : 0,
    faultTolerance: status.role === 'leader' ? toleranceOf(status, options.selfId) : null,
    features: featuresOn(state),
    alarms: [...(own?.alarms() ?? [])],
    selfRole: ownRole(all, status, options),
    selfCommit: status.commit,
    notShown: hidden.length === 0 ? null : countOf(hidden, status, options),
  }
}

/** Who is left out; credentials are looked at only when that matters. */
function hiddenFrom(
  call: Call,
  members: readonly MemberInfo[],
  { operators }: StatusDeps,
): readonly MemberInfo[] {
  const hidden = members.filter(({ state }) => state === 'hidden')
  return hidden.length === 0 || operators.admits(call) ? [] : hidden
}

function countOf(
  members: readonly MemberInfo[],
  status: RaftView,
  { selfId }: StatusOptions,
): clusterV1.NotShown {
  const active = activeOf(status)
  const isSilent = ({ id }: MemberInfo): boolean =>
    status.role === 'leader' && id !== selfId && !active.has(id)
  const voters = members.filter(({ role }) => role === 'voter')
  return {
    members: members.length,
    voters: voters.length,
    silentMembers: members.filter(isSilent).length,
    silentVoters: voters.filter(isSilent).length,
  }
}

/** As a member says it of itself: its own state need not name it yet. */
function ownRole(members: readonly MemberInfo[], status: RaftView, options: StatusOptions): string {
  const self = members.find(({ id }) => id === options.selfId)
  return self === undefined ? roleWords[status.role] : roleOf(self, status, options)
}

function featuresOn({ reader }: StatePort): string[] {
  const names: string[] = []
  reader.each(featureTable, 'byName', {}, ({ name }) => {
    names.push(name)
  })
  return names
}

function toleranceOf(status: RaftView, selfId: number): clusterV1.FaultTolerance {
  const active = activeOf(status)
  return faultTolerance(status.configuration, (id) => id === selfId || active.has(id))
}

/** Whom the leader is in contact with. */
function activeOf({ progress }: RaftView): ReadonlySet<number> {
  return new Set(progress.filter((each) => each.isRecentlyActive).map(({ id }) => id))
}

function memberMessage(
  member: MemberInfo,
  status: RaftView,
  { raft, state, own }: StatusDeps,
  options: StatusOptions,
): clusterV1.Member {
  const row = state.reader.get(memberTable, member.id)
  const known = {
    id: member.id,
    hostId: member.hostId,
    addr: member.clientAddress,
    raftAddr: member.raftAddress,
    state: member.state,
    role: roleOf(member, status, options),
    incarnation: row?.incarnation ?? '',
    version: row?.programVersion ?? '',
    features: [...(state.reader.get(memberSupportTable, member.id)?.features ?? [])],
    ...loadOf(state, member.id),
  }
  if (member.id === options.selfId) {
    const { term, commit, applied } = status
    const disk = own?.disk()
    const space =
      disk === undefined
        ? {}
        : {
            diskFreeBytes: disk.freeBytes,
            diskTotalBytes: disk.totalBytes,
            dataBytes: disk.dataBytes,
          }
    return { ...known, pid: options.pid, term, commit, applied, ...space }
  }
  const match = status.progress.find(({ id }) => id === member.id)?.match
  const lastContactMs = raft.contactAgeMs(member.id)
  return {
    ...known,
    ...(match === undefined ? {} : { match }),
    ...(lastContactMs === undefined ? {} : { lastContactMs: Math.round(lastContactMs) }),
  }
}

/** How far a joining or loading member has come. */
function loadOf(
  { reader }: StatePort,
  id: number,
): Pick<clusterV1.Member, 'loadedBytes' | 'loadTotalBytes' | 'loadedPercent'> {
  const row = reader.get(memberProgressTable, id)
  if (row === undefined) return {}
  const total = row.bytesTotal === 0 ? {} : { loadTotalBytes: row.bytesTotal }
  return { loadedBytes: row.bytesDone, ...total, loadedPercent: row.percent }
}

function roleOf(
  { id, role }: MemberInfo,
  status: RaftView,
  options: Pick<StatusOptions, 'selfId'>,
): string {
  if (role === 'learner') return 'learner'
  if (id === options.selfId) return roleWords[status.role]
  return id === status.leader ? 'leader' : 'unknown'
}

const roleWords = {
  follower: 'follower',
  'pre-candidate': 'candidate',
  candidate: 'candidate',
  leader: 'leader',
} as const
