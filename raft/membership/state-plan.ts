// The commands that leave the voters as they are: node states an operator sets, and who leads.
import { isVoter } from '../core/configuration.ts'
import { refuse } from './member-plan.ts'
import type { Configuration } from '../core/configuration.ts'
import type {
  MemberAction,
  MembersView,
  OperatorState,
  PlannedAct,
  PlannedPart,
  PlanPart,
} from './member-plan.ts'

/** Commands that set a node state. */
export type StateAction = Extract<MemberAction, 'hide' | 'show' | 'drain' | 'undrain'>

interface StateRule {
  /** States it leads from. */
  readonly from: readonly string[]
  readonly to: OperatorState
  /** In words, after the name of the member. */
  readonly step: string
  /** States in which there is nothing to do. */
  readonly done: readonly string[]
}

const serving = ['joining', 'loading', 'online', 'fail'] as const

const rules: Readonly<Record<StateAction, StateRule>> = {
  hide: {
    from: [...serving, 'draining'],
    to: 'hidden',
    step: 'Hide NAME: clients are not told of it, it serves nobody and still replicates.',
    done: ['hidden'],
  },
  show: {
    from: ['hidden'],
    to: 'loading',
    step: 'Show NAME again: it serves as soon as it has caught up.',
    done: serving,
  },
  drain: {
    from: serving,
    to: 'draining',
    step: 'Drain NAME: it takes nothing new and finishes what runs.',
    done: ['draining'],
  },
  undrain: {
    from: ['draining'],
    to: 'loading',
    step: 'Let NAME serve again as soon as it has caught up.',
    done: serving,
  },
}

/** Sets a node state. Asking for the present one is no mistake; nothing is done then. */
export function planState(
  configuration: Configuration,
  { action, id }: { readonly action: StateAction; readonly id: number },
  view: MembersView,
): PlanPart {
  const rule = rules[action]
  const state = view.stateOf(id)
  const name = view.nameOf(id)
  if (rule.done.includes(state)) return { acts: [], steps: [] }
  if (!rule.from.includes(state)) {
    const other = state === 'hidden' ? 'show' : 'undrain'
    return refuse('wrong-state', `${name} is ${state}: use ${other}`)
  }
  const isLeavingSight = rule.to !== 'loading'
  if (
    isLeavingSight &&
    !configuration.voters.some((voter) => voter !== id && isSeen(voter, view))
  ) {
    return refuse('last-visible', `${name} is the last member clients are told of`)
  }
  const acts: PlannedAct[] = [{ act: 'set-state', id, from: rule.from, to: rule.to }]
  const steps = [rule.step.replace('NAME', name)]
  const handOver =
    isLeavingSight && id === view.leaderId ? transferStep(configuration, view) : undefined
  // It would hand over by itself a moment later; done here, whoever asked sees it end.
  if (handOver === undefined) return { acts, steps }
  return { acts: [...acts, ...handOver.acts], steps: [...steps, ...handOver.steps] }
}

/** Hands leadership to the voter `to`, or to the best one for 0. */
export function planTransfer(
  configuration: Configuration,
  to: number,
  view: MembersView,
): PlanPart {
  if (to === view.leaderId) return { acts: [], steps: [] }
  if (to === 0) {
    const step = transferStep(configuration, view)
    return step ?? refuse('no-transfer-target', 'no other voter answers that clients are told of')
  }
  const name = view.nameOf(to)
  if (!isVoter(configuration, to)) return refuse('not-voter', `${name} (${to}) is no voter`)
  if (!view.isActive(to)) return refuse('member-silent', `${name} does not answer its leader`)
  if (!isSeen(to, view)) {
    return refuse(
      'wrong-state',
      `${name} is ${view.stateOf(to)}: it would hand leadership over again`,
    )
  }
  return transferTo(to, view)
}

/**
 * Hands leadership to the most up-to-date voter that answers, one that clients are told of if there
 * is any; undefined when no other voter answers.
 */
export function transferStep(
  configuration: Configuration,
  view: MembersView,
): PlannedPart | undefined {
  const candidates = configuration.voters
    .filter((id) => id !== view.leaderId && view.isActive(id) && view.lagOf(id) !== undefined)
    .sort((a, b) => (view.lagOf(a) ?? 0) - (view.lagOf(b) ?? 0) || a - b)
  const best = candidates.find((id) => isSeen(id, view)) ?? candidates[0]
  return best === undefined ? undefined : transferTo(best, view)
}

function transferTo(to: number, view: MembersView): PlannedPart {
  const from = view.nameOf(view.leaderId)
  return {
    acts: [{ act: 'transfer', to }],
    steps: [`Hand leadership from ${from} to ${view.nameOf(to)}.`],
  }
}

/** Are clients told of it, once it is online? */
function isSeen(id: number, view: MembersView): boolean {
  const state = view.stateOf(id)
  return state !== 'hidden' && state !== 'draining'
}
