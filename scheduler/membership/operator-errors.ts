// What an operator is told when a command about the members is not carried out: one stable code for
// every reason, whether the plan, Raft or the state said no.
import { CodedError } from '../../base/index.ts'
import type { ChangeOutcome, PlanRefusal, TransferOutcome } from '../../raft/index.ts'
import type { MembershipResult, NodeStateRefusal } from '../replication/index.ts'

const planCodes: Readonly<Record<PlanRefusal, string>> = {
  'member-not-found': 'SCHED_MEMBER_NOT_FOUND',
  'change-in-progress': 'SCHED_CHANGE_IN_PROGRESS',
  'not-learner': 'SCHED_NOT_LEARNER',
  'not-voter': 'SCHED_NOT_VOTER',
  'learner-not-ready': 'SCHED_LEARNER_NOT_READY',
  'would-lose-quorum': 'SCHED_WOULD_LOSE_QUORUM',
  'last-voter': 'SCHED_LAST_VOTER',
  'no-replacement': 'SCHED_NO_REPLACEMENT',
  'no-transfer-target': 'SCHED_NO_TRANSFER_TARGET',
  'member-silent': 'SCHED_MEMBER_SILENT',
  'wrong-state': 'SCHED_WRONG_NODE_STATE',
  'last-visible': 'SCHED_LAST_VISIBLE',
}

/** A plan that was refused. */
export function planError(reason: PlanRefusal, text: string): CodedError {
  return new CodedError(planCodes[reason], text)
}

/** Only the leader changes members; its address travels in the headers. */
export function notLeaderError(): CodedError {
  return new CodedError('SCHED_NOT_LEADER', 'only the leader changes the members; ask it')
}

type ChangeReason = Extract<ChangeOutcome, { ok: false }>['reason']

const conflict = ['SCHED_CHANGE_IN_PROGRESS', 'another change of the members came first'] as const
const bug = ['SCHED_INTERNAL', 'the change of the members could not be made'] as const

const changeTexts: Readonly<Record<ChangeReason, readonly [code: string, text: string]>> = {
  'not-leader': ['SCHED_NOT_LEADER', 'this member leads no longer; ask the leader'],
  'not-ready': ['SCHED_NO_LEADER', 'the leader has just been elected; ask again'],
  'change-in-progress': conflict,
  'stale-configuration': conflict,
  'not-joint': conflict,
  'would-lose-quorum': ['SCHED_WOULD_LOSE_QUORUM', 'too few voters would be active afterwards'],
  'learner-not-ready': ['SCHED_LEARNER_NOT_READY', 'the learner has not caught up'],
  'no-voter': ['SCHED_LAST_VOTER', 'no voter would be left'],
  'not-member': ['SCHED_MEMBER_NOT_FOUND', 'it is no member any more'],
  'not-learner': ['SCHED_NOT_LEARNER', 'it votes already'],
  'not-voter': ['SCHED_NOT_VOTER', 'it is no voter'],
  'unknown-outcome': [
    'SCHED_UNKNOWN_OUTCOME',
    'leadership was lost meanwhile; the change may have been made: look at the members',
  ],
  stopped: ['SCHED_STOPPING', 'this member is shutting down'],
  'already-member': bug,
  'removed-id': bug,
  'invalid-operation': bug,
  'too-many-members': bug,
  'too-large': bug,
}

/** A change Raft did not make. */
export function changeError(reason: ChangeReason): CodedError {
  return new CodedError(...changeTexts[reason])
}

/** A change that was in the log and did nothing, because the state had moved on. */
export function appliedError(result: Extract<MembershipResult, { ok: false }>): CodedError {
  const { reason } = result
  if (reason in changeTexts) return changeError(reason as ChangeReason)
  return new CodedError('SCHED_CONFLICT', `the members have changed meanwhile: ${reason}`)
}

type TransferReason = Extract<TransferOutcome, { ok: false }>['reason']

/** Leadership that was not handed over. */
export function transferError(reason: TransferReason): CodedError {
  if (reason === 'not-leader') return notLeaderError()
  if (reason === 'stopped') return changeError('stopped')
  const text = `leadership was not handed over: ${reason}`
  return new CodedError('SCHED_TRANSFER_FAILED', text)
}

/** A node state that could not be set: the member is another one by now. */
export function nodeStateError(reason: NodeStateRefusal): CodedError {
  if (reason === 'not-a-member') return changeError('not-member')
  return new CodedError('SCHED_CONFLICT', `the member has changed meanwhile: ${reason}`)
}
