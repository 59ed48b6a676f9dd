// What an operator's command does to the members, thought through before anything is done: the
// steps, what to know about them, and how many voters may fail before and after. The same plan is
// printed by a dry run and carried out by the leader; every step is checked again where it is made
// so a plan that is out of date does no harm.
//
// The rails: one change at a time; a new voter was a learner that has
// caught up; nothing that leaves fewer active voters than a quorum, though whoever is silent may
// always be taken out; never the last voter; a leader hands over before it goes.
import { assert } from '../../base/index.ts'
import { promotionLagEntriesMax } from '../core/change-admission.ts'
import { isJoint, isMember, isVoter } from '../core/configuration.ts'
import { nextConfiguration, wouldLoseQuorum } from '../core/configuration-change.ts'
import { faultTolerance } from './fault-tolerance.ts'
import { refuse } from './member-plan.ts'
import { warningsOf } from './plan-warnings.ts'
import { planState, planTransfer, transferStep } from './state-plan.ts'
import type { Configuration } from '../core/configuration.ts'
import type {
  ChangePlan,
  MemberAction,
  MemberRequest,
  MembersView,
  PlannedAct,
  PlannedPart,
  PlanPart,
  PlanRefused,
} from './member-plan.ts'

/** Plans `request` in `configuration`. Depends on its arguments alone. */
export function planMemberChange(
  configuration: Configuration,
  request: MemberRequest,
  view: MembersView,
): ChangePlan {
  const part = planPart(configuration, request, view)
  if ('ok' in part) return part
  const isActive = (id: number): boolean => view.isActive(id)
  const before = faultTolerance(configuration, isActive)
  const { next, refusal } = afterActs(configuration, part.acts, view)
  if (refusal !== undefined) return refusal
  const after = faultTolerance(next, isActive)
  return {
    ok: true,
    ...part,
    warnings: warningsOf({ from: configuration, to: next, before, after }, request, view),
    before,
    after,
  }
}

function planPart(
  configuration: Configuration,
  request: MemberRequest,
  view: MembersView,
): PlanPart {
  const { action, id } = request
  const isAnyone = action === 'transfer-leader' && id === 0
  if (!isAnyone && !isMember(configuration, id)) {
    return refuse('member-not-found', `there is no member ${id}`)
  }
  switch (action) {
    case 'hide':
    case 'show':
    case 'drain':
    case 'undrain':
      return planState(configuration, { action, id }, view)
    case 'transfer-leader':
      return planTransfer(configuration, id, view)
    case 'promote':
    case 'remove':
    case 'replace':
    case 'decommission':
      if (view.isChanging || isJoint(configuration)) {
        return refuse('change-in-progress', 'another change of the members is under way')
      }
      return planOperations(configuration, { ...request, action }, view)
  }
}

type VotersAction = Extract<MemberAction, 'promote' | 'remove' | 'replace' | 'decommission'>

function planOperations(
  configuration: Configuration,
  request: MemberRequest & { readonly action: VotersAction },
  view: MembersView,
): PlanPart {
  const { action, id } = request
  if (action === 'promote') {
    const refusal = refusalOfLearner(configuration, id, view)
    if (refusal !== undefined) return refusal
    const steps = [`Make ${view.nameOf(id)} a voter.`]
    return { acts: [{ act: 'change', operations: [{ op: 'promote', id }] }], steps }
  }
  if (action === 'replace') return planReplacement(configuration, request, view)
  const others = configuration.voters.filter((voter) => voter !== id)
  if (others.length === 0) {
    return refuse('last-voter', `${view.nameOf(id)} is the last voter: nothing would be left`)
  }
  const draining = action === 'decommission' ? planDraining(configuration, id, view) : nothing
  if ('ok' in draining) return draining
  // A leader that drains hands over as it begins to.
  const isHandingOver = draining.acts.some(({ act }) => act === 'transfer')
  const leaving = isHandingOver ? nothing : planLeaving(configuration, id, view)
  const name = view.nameOf(id)
  const step =
    action === 'decommission'
      ? `Take ${name} out for good: its host stays out until a new join token names it.`
      : `Take ${name} out; its host stays out until a new join token names it.`
  return {
    acts: [
      ...draining.acts,
      ...leaving.acts,
      { act: 'change', operations: [{ op: 'remove', id }] },
    ],
    steps: [...draining.steps, ...leaving.steps, step],
  }
}

const nothing: PlannedPart = { acts: [], steps: [] }

/** A leader that goes hands over first, so that clients wait for no election. */
function planLeaving(configuration: Configuration, id: number, view: MembersView): PlannedPart {
  if (id !== view.leaderId) return nothing
  return transferStep(configuration, view) ?? nothing
}

/** Whoever is silent, or a learner that never served, has no streams to wait for. */
function planDraining(configuration: Configuration, id: number, view: MembersView): PlanPart {
  if (!view.isActive(id)) return nothing
  const drain = planState(configuration, { action: 'drain', id }, view)
  // What is hidden serves nobody already.
  if ('ok' in drain) return drain.reason === 'wrong-state' ? nothing : drain
  return {
    acts: [...drain.acts, { act: 'wait-drained', id }],
    steps: [...drain.steps, `Wait until ${view.nameOf(id)} serves no stream any more.`],
  }
}

function planReplacement(
  configuration: Configuration,
  { id, by }: MemberRequest,
  view: MembersView,
): PlanPart {
  const name = view.nameOf(id)
  if (!isVoter(configuration, id)) return refuse('not-voter', `${name} (${id}) is no voter`)
  const ofHost = (learner: number): boolean => view.nameOf(learner) === name
  const successor = by === 0 ? configuration.learners.findLast(ofHost) : by
  if (successor === undefined) {
    const text = `no learner runs on ${name}: start its replacement, or name another learner`
    return refuse('no-replacement', text)
  }
  if (!isMember(configuration, successor)) {
    return refuse('member-not-found', `there is no member ${successor}`)
  }
  const refusal = refusalOfLearner(configuration, successor, view)
  if (refusal !== undefined) return refusal
  const leaving = planLeaving(configuration, id, view)
  const operations = [
    { op: 'remove', id },
    { op: 'promote', id: successor },
  ] as const
  const newcomer = `${view.nameOf(successor)} (${successor})`
  const what = `Take ${name} (${id}) out and make ${newcomer} a voter, in one step`
  const step = ofHost(successor) ? `${what}.` : `${what}; ${name} stays out.`
  return {
    acts: [...leaving.acts, { act: 'change', operations }],
    steps: [...leaving.steps, step],
  }
}

/** A voter that lags or is silent would hold up what it is counted for. */
function refusalOfLearner(
  configuration: Configuration,
  id: number,
  view: MembersView,
): PlanRefused | undefined {
  const name = view.nameOf(id)
  if (!configuration.learners.includes(id)) return refuse('not-learner', `${name} votes already`)
  if (!view.isActive(id)) return refuse('learner-not-ready', `${name} does not answer its leader`)
  const lag = view.lagOf(id)
  if (lag !== undefined && lag <= promotionLagEntriesMax) return undefined
  const behind = lag === undefined ? 'an unknown number of' : String(lag)
  return refuse('learner-not-ready', `${name} is ${behind} entries behind`)
}

/** The configuration the acts lead to, joint ones left; or why it must not be made. */
function afterActs(
  configuration: Configuration,
  acts: readonly PlannedAct[],
  view: MembersView,
): { readonly next: Configuration; readonly refusal?: PlanRefused } {
  const change = acts.find((act) => act.act === 'change')
  if (change === undefined) return { next: configuration }
  const frame = { context: new Uint8Array(0), transition: 'auto' } as const
  const proposed = { ...frame, expectedId: configuration.id, operations: change.operations }
  const isActive = (id: number): boolean => view.isActive(id)
  const entered = nextConfiguration(configuration, proposed, configuration.id)
  const next = isJoint(entered)
    ? nextConfiguration(entered, { ...frame, expectedId: entered.id, operations: [] }, entered.id)
    : entered
  assert(!isJoint(next), 'a joint configuration is left')
  if (!wouldLoseQuorum(configuration, proposed, isActive)) return { next }
  const { voters, quorum, active } = faultTolerance(next, isActive)
  const text = `of ${voters} voters afterwards ${active} would be active, and ${quorum} are needed`
  return { next, refusal: refuse('would-lose-quorum', text) }
}
