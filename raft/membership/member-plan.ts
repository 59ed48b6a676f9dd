// The words of an operator's command about a member: what is asked, what the leader knows, and what
// comes of it. The plans themselves are in change-plan.ts and state-plan.ts.
import type { MemberOperation } from '../core/member-operation.ts'
import type { FaultTolerance } from './fault-tolerance.ts'

/** What an operator asks for. */
export type MemberAction =
  | 'promote'
  | 'remove'
  | 'replace'
  | 'decommission'
  | 'hide'
  | 'show'
  | 'drain'
  | 'undrain'
  | 'transfer-leader'

/** A command about one member. */
export interface MemberRequest {
  readonly action: MemberAction
  /** replicaId; `transfer-leader`: the new leader, 0 = whoever is the most up to date. */
  readonly id: number
  /** `replace`: the learner that takes the place; 0 = the one of the same host. */
  readonly by: number
}

/** What the leader knows about the members now. */
export interface MembersView {
  readonly leaderId: number
  /** A change of the members is in the log and not applied yet. */
  readonly isChanging: boolean
  /** Heard within the last election timeout; the leader itself always. */
  isActive(id: number): boolean
  /** Entries its durable log is behind the commit index; undefined = not heard in this term. */
  lagOf(id: number): number | undefined
  /** The replicated node state: online, hidden, draining … */
  stateOf(id: number): string
  /** Host id: how people call it. */
  nameOf(id: number): string
  /** Program version it runs; '' = not known. */
  versionOf(id: number): string
}

/** Node states an operator sets. */
export type OperatorState = 'hidden' | 'draining' | 'loading'

/** One thing the leader does. They are done in order, each when the one before is. */
export type PlannedAct =
  | { readonly act: 'transfer'; readonly to: number }
  | {
      readonly act: 'set-state'
      readonly id: number
      readonly from: readonly string[]
      readonly to: OperatorState
    }
  /** Wait until it serves no stream any more, within a bound. */
  | { readonly act: 'wait-drained'; readonly id: number }
  | { readonly act: 'change'; readonly operations: readonly MemberOperation[] }

/** Why a command is refused; nothing has been done. */
export type PlanRefusal =
  | 'member-not-found'
  | 'change-in-progress'
  | 'not-learner'
  | 'not-voter'
  | 'learner-not-ready'
  | 'would-lose-quorum'
  | 'last-voter'
  /** Nobody is there to take the place. */
  | 'no-replacement'
  /** Nobody is there to take the leadership. */
  | 'no-transfer-target'
  | 'member-silent'
  /** Its node state does not allow it. */
  | 'wrong-state'
  /** Clients would find nobody. */
  | 'last-visible'

/** A command thought through. */
export type ChangePlan =
  | {
      readonly ok: true
      /** Empty when everything is as asked already. */
      readonly acts: readonly PlannedAct[]
      /** The acts in words, one sentence each. */
      readonly steps: readonly string[]
      readonly warnings: readonly string[]
      readonly before: FaultTolerance
      readonly after: FaultTolerance
    }
  | PlanRefused

/** Why there is no plan; `text` is for people. */
export interface PlanRefused {
  readonly ok: false
  readonly reason: PlanRefusal
  readonly text: string
}

/** A part of a plan: acts, and the same in words. */
export interface PlannedPart {
  readonly acts: readonly PlannedAct[]
  readonly steps: readonly string[]
}

/** A part of a plan, or why there is none. */
export type PlanPart = PlannedPart | PlanRefused

/** A refusal, with what people are told. */
export function refuse(reason: PlanRefusal, text: string): PlanRefused {
  return { ok: false, reason, text }
}
