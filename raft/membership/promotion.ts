// When a learner may become a voter (thesis section 4.2.1, R-12.1). A voter that lags holds up the
// commits it is counted for, so a learner has to show that it keeps pace: in rounds, each of which
// ends when everything the leader had at its start has arrived. New entries come meanwhile, the
// next round brings those; once a round is as short as an election timeout, the rest is short too.
//
// A plan without clock or effects: the leader asks at every tick. Rounds of an earlier leader prove
// nothing, for the learner may have lost its disk since, and the leader its own view of it.
import { promotionLagEntriesMax } from '../core/change-admission.ts'

/** Rounds a learner gets; the last has to be fast, or its promotion is given up. */
export const promotionRoundsMax = 10

/** What the current leader knows about a learner now. */
export interface LearnerView {
  /** Ticks of this leader's own count. */
  readonly tick: number
  readonly term: number
  /** Last index in the leader's log. */
  readonly lastIndex: number
  readonly commit: number
  /** The incarnation the learner speaks as at present. */
  readonly incarnation: string
  /** Last index known durable there in this term; 0 = not heard yet. */
  readonly match: number
  /** Last index it says it has applied. */
  readonly applied: number
  readonly isRecentlyActive: boolean
  /** A state image is on its way to it. */
  readonly isReceivingImage: boolean
  /** Its digest differs from that of the majority (design 4.8). */
  readonly isDigestWrong: boolean
}

interface Round {
  readonly number: number
  readonly startTick: number
  /** What has to be durable there, and applied there, when the round ends. */
  readonly lastIndex: number
  readonly commit: number
}

/** How far a promotion has come. Begin with `beginPromotion`. */
export interface PromotionProgress {
  /** The incarnation that was admitted; no other is promoted. */
  readonly incarnation: string
  /** Term of the leader that measures; 0 before the first look. */
  readonly term: number
  /** undefined while nothing is measured: the learner is silent, or receives an image. */
  readonly round: Round | undefined
  readonly roundsDone: number
}

/** What to do about a learner now. */
export type PromotionDecision =
  | { readonly decision: 'wait'; readonly for: 'round' | 'silent' | 'image' }
  | { readonly decision: 'promote' }
  | {
      readonly decision: 'abort'
      /** `too-slow`: no round of `promotionRoundsMax` was short enough. */
      readonly reason: 'too-slow' | 'other-incarnation' | 'digest-mismatch'
    }

/** A promotion of the learner that was admitted as `incarnation`, nothing measured yet. */
export function beginPromotion(incarnation: string): PromotionProgress {
  return { incarnation, term: 0, round: undefined, roundsDone: 0 }
}

/**
 * One look at the learner: the progress to keep, and what to do. `promote` means "propose it now";
 * the core checks again (`learner-not-ready`), and so does apply. `abort` ends it: drop
 * the progress, and begin a new promotion if the learner is to have another chance.
 */
export function advancePromotion(
  progress: PromotionProgress,
  view: LearnerView,
  electionTicks: number,
): { readonly progress: PromotionProgress; readonly decision: PromotionDecision } {
  const { incarnation } = progress
  if (view.incarnation !== incarnation) return abort(progress, 'other-incarnation')
  if (view.isDigestWrong) return abort(progress, 'digest-mismatch')
  const current =
    progress.term === view.term ? progress : { ...beginPromotion(incarnation), term: view.term }
  if (view.isReceivingImage) return pause(current, 'image')
  if (!view.isRecentlyActive || view.match === 0) return pause(current, 'silent')
  const { round } = current
  if (round === undefined) return startRound(current, view)
  if (
    view.match < round.lastIndex ||
    view.applied < round.commit ||
    view.tick === round.startTick
  ) {
    return wait(current, 'round')
  }
  const isFast = view.tick - round.startTick <= electionTicks
  if (isFast && view.match >= view.commit - promotionLagEntriesMax) {
    return { progress: current, decision: { decision: 'promote' } }
  }
  const done = { ...current, roundsDone: round.number }
  return round.number === promotionRoundsMax ? abort(done, 'too-slow') : startRound(done, view)
}

type Step = ReturnType<typeof advancePromotion>

function startRound(progress: PromotionProgress, view: LearnerView): Step {
  const { tick: startTick, lastIndex, commit } = view
  const round = { number: progress.roundsDone + 1, startTick, lastIndex, commit }
  return wait({ ...progress, round }, 'round')
}

/** Time in which nothing can arrive is not measured: the round begins again afterwards. */
function pause(progress: PromotionProgress, what: 'silent' | 'image'): Step {
  return wait({ ...progress, round: undefined }, what)
}

function wait(progress: PromotionProgress, what: 'round' | 'silent' | 'image'): Step {
  return { progress, decision: { decision: 'wait', for: what } }
}

function abort(
  progress: PromotionProgress,
  reason: 'too-slow' | 'other-incarnation' | 'digest-mismatch',
): Step {
  return { progress: { ...progress, round: undefined }, decision: { decision: 'abort', reason } }
}
