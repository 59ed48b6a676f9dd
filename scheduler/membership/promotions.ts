// From a learner to a voter, or out again (raft.md 3.6, steps 9 to 11). The leader measures rounds,
// as the plan in raft/membership says, and swaps the learner for the host's old replica in one
// joint change. It notes first that the learner's disk has acknowledged something: from then on the
// incarnation is burned, should the disk be lost.
import type { Logger } from '../../base/index.ts'
import {
  advancePromotion,
  beginPromotion,
  ghostReason,
  isVoter,
  planReplacement,
} from '../../raft/index.ts'
import type { LearnerView, ProgressStatus, PromotionProgress } from '../../raft/index.ts'
import { memberTable, noteJoinCommand } from '../replication/index.ts'
import type { JoinRow, MemberRow, RemovalReason } from '../replication/index.ts'
import { joinChangeMs } from './join-limits.ts'
import type { JoinDeps, JoinOptions, ProgressSeen } from './join-ports.ts'
import type { MemberChanges } from './member-changes.ts'
import { lookAtOldReplicas } from './old-replicas.ts'
import type { Silence } from './silence.ts'

export interface PromotionsDeps extends JoinDeps {
  readonly changes: MemberChanges
  readonly silence: Silence
}

/** What this leader has seen of a learner. */
interface Watched {
  progress: PromotionProgress
  /** Cluster time at which an image was last on its way to it. */
  imageSeenMs: number
  /** The last reason for not promoting it that was logged. */
  saidWhy: string
}

/** Promotes learners and clears away ghosts while this member leads. */
export class Promotions {
  readonly #deps: PromotionsDeps
  readonly #options: JoinOptions
  readonly #logger: Logger
  readonly #watched = new Map<string, Watched>()
  /** Replicas that a majority contradicts about the state. */
  readonly #outvoted = new Set<number>()

  constructor(deps: PromotionsDeps, options: JoinOptions) {
    this.#deps = deps
    this.#options = options
    this.#logger = deps.logger
  }

  /** Forgets what was measured: another leader, or the same one in another term, begins anew. */
  clear(): void {
    this.#watched.clear()
  }

  /** A majority has another state than this replica. */
  outvoted(id: number): void {
    this.#outvoted.add(id)
  }

  /** Somebody else compares the states now. */
  forgetOutvoted(): void {
    this.#outvoted.clear()
  }

  /** Does what can be done for an admitted join now. */
  async advance(join: JoinRow, isCurrent: () => boolean): Promise<'soon' | 'later'> {
    const { raft, state, silence } = this.#deps
    const member = state.reader.get(memberTable, join.replicaId)
    const { clusterClockMs, progress } = raft.status()
    const seen = progress.find(({ id }) => id === join.replicaId)
    if (member === undefined || seen === undefined || member.role === 'voter') return 'later'
    const watched = this.#watchedOf(join)
    if (seen.state === 'snapshot') watched.imageSeenMs = clusterClockMs
    const waitingMs = clusterClockMs - Math.max(join.askedAtMs, watched.imageSeenMs)
    const silentMs = silence.ofMs(join.replicaId)
    const ghost = ghostReason({ isStanding: join.isLearner, waitingMs, silentMs })
    if (ghost !== undefined) return this.#remove(join, 'ghost', ghost)
    if (seen.match > 0 && !join.hasActed) return this.#noteActed(join)
    if (join.isLearner) return 'later'
    const answer = await this.#deps.dialer.progress(member)
    if (!isCurrent()) return 'later'
    return this.#measure(join, watched, { member, answer }, isCurrent)
  }

  /** Forgets learners that are none any more. */
  keepOnly(incarnations: ReadonlySet<string>): void {
    for (const known of this.#watched.keys()) {
      if (!incarnations.has(known)) this.#watched.delete(known)
    }
  }

  #watchedOf({ incarnation }: JoinRow): Watched {
    let watched = this.#watched.get(incarnation)
    if (watched === undefined) {
      watched = { progress: beginPromotion(incarnation), imageSeenMs: 0, saidWhy: '' }
      this.#watched.set(incarnation, watched)
    }
    return watched
  }

  async #noteActed({ incarnation }: JoinRow): Promise<'soon'> {
    const body = { what: 'acted', incarnation } as const
    await this.#deps.proposer.propose(noteJoinCommand, body, { timeoutMs: joinChangeMs })
    return 'soon'
  }

  async #measure(
    join: JoinRow,
    watched: Watched,
    { member, answer }: { readonly member: MemberRow; readonly answer: ProgressSeen | undefined },
    isCurrent: () => boolean,
  ): Promise<'soon' | 'later'> {
    const view = this.#viewOf(member, answer)
    if (view === undefined) return 'later'
    const { electionTicks } = this.#options
    const { progress, decision } = advancePromotion(watched.progress, view, electionTicks)
    watched.progress = progress
    switch (decision.decision) {
      case 'wait':
        return decision.for === 'round' ? 'soon' : 'later'
      case 'abort':
        watched.progress = beginPromotion(join.incarnation)
        this.#say(join, watched, decision.reason)
        return decision.reason === 'digest-mismatch'
          ? this.#remove(join, 'corrupt', decision.reason)
          : 'later'
      case 'promote':
        // The state has to know first that the incarnation cannot come back with an empty disk.
        return join.hasActed ? this.#promote(join, watched, isCurrent) : 'soon'
    }
  }

  #viewOf(member: MemberRow, answer: ProgressSeen | undefined): LearnerView | undefined {
    const { clock, raft } = this.#deps
    const { term, lastIndex, commit, progress } = raft.status()
    const seen = progress.find(({ id }) => id === member.replicaId)
    if (seen === undefined) return undefined
    return {
      tick: Math.floor(clock.nowMs() / this.#options.tickMs),
      term,
      lastIndex,
      commit,
      incarnation: member.incarnation,
      match: seen.match,
      applied: answer?.applied ?? 0,
      isRecentlyActive: seen.isRecentlyActive && answer !== undefined,
      isReceivingImage: isLoading(seen, answer),
      isDigestWrong: this.#outvoted.has(member.replicaId),
    }
  }

  async #promote(
    join: JoinRow,
    watched: Watched,
    isCurrent: () => boolean,
  ): Promise<'soon' | 'later'> {
    const { raft, changes, metrics } = this.#deps
    const { replicaId, hostId } = join
    const old = await lookAtOldReplicas(this.#deps, join)
    if (!isCurrent()) return 'later'
    const { configuration, clusterClockMs } = raft.status()
    const plan = planReplacement(configuration, replicaId, old)
    if (plan.action === 'wait') {
      this.#say(join, watched, 'host-id-in-use')
      return 'later'
    }
    const { operations } = plan
    const expectedId = configuration.id
    const outcome = await changes.make({ operations, reasonOf: () => 'replaced', expectedId })
    if (!outcome.ok) {
      if (outcome.reason === 'later') return 'soon'
      this.#say(join, watched, outcome.why)
      return 'later'
    }
    metrics.promoted(Math.max(0, clusterClockMs - join.askedAtMs))
    const replaced = old.map(({ id }) => id)
    this.#logger.info({ replicaId, hostId, replaced }, 'promoted a learner')
    if (plan.voters % 2 === 0) {
      const text = 'an even number of voters survives no more failures than one fewer would'
      this.#logger.warn({ voters: plan.voters }, text)
    }
    return 'later'
  }

  async #remove(join: JoinRow, reason: RemovalReason, why: string): Promise<'soon' | 'later'> {
    const { raft, changes, metrics } = this.#deps
    const { replicaId, hostId } = join
    const { configuration } = raft.status()
    if (isVoter(configuration, replicaId)) return 'later'
    const operations = [{ op: 'remove', id: replicaId }] as const
    const outcome = await changes.make({
      operations,
      reasonOf: () => reason,
      expectedId: configuration.id,
    })
    if (!outcome.ok) return outcome.reason === 'later' ? 'soon' : 'later'
    metrics.ghostCleanups += 1
    this.#logger.warn({ replicaId, hostId, reason, why }, 'took a learner out')
    return 'later'
  }

  /** Logs why a learner is no voter yet, once for each reason. */
  #say({ replicaId, hostId }: JoinRow, watched: Watched, why: string): void {
    if (watched.saidWhy === why) return
    watched.saidWhy = why
    this.#logger.warn({ replicaId, hostId, why }, 'a learner is not promoted yet')
  }
}

function isLoading(seen: ProgressStatus, answer: ProgressSeen | undefined): boolean {
  return seen.state === 'snapshot' || (answer !== undefined && answer.phase !== 'running')
}
