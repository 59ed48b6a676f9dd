// What the leader does so that hosts become members by themselves: it admits who asked, promotes
// who has caught up, and takes out who will not. All it knows is in the state, so the next leader
// goes on where this one stopped (J03); all it proposes is checked again when it is applied.
import { ghostReason, isVoter, mayStopCorrupt } from '../../raft/index.ts'
import type { Configuration } from '../../raft/index.ts'
import { listJoins, memberTable, noteDivergedCommand } from '../replication/index.ts'
import type { JoinRow, LeaderWork } from '../replication/index.ts'
import type { Timer } from '../../base/index.ts'
import { Admissions } from './admissions.ts'
import { joinAskPauseMs, joinChangeMs, joinLookMs } from './join-limits.ts'
import type { JoinDeps, JoinOptions } from './join-ports.ts'
import { MemberChanges } from './member-changes.ts'
import type { MemberChange } from './member-changes.ts'
import { createMemberDialer } from './member-dialer.ts'
import type { DialerOptions } from './member-dialer.ts'
import { Promotions } from './promotions.ts'
import { Silence } from './silence.ts'

/** The leader's work on joins. */
export class Joins implements LeaderWork {
  readonly #deps: JoinDeps
  readonly #silence = new Silence()
  readonly #changes: MemberChanges
  readonly #admissions: Admissions
  readonly #promotions: Promotions
  /** Joins somebody works on, and when those that can wait are looked at again. */
  readonly #busy = new Set<string>()
  readonly #notBeforeMs = new Map<string, number>()
  /** Replicas that differ, and those among them that were said to be needed. */
  readonly #corrupt = new Set<number>()
  readonly #needed = new Set<number>()
  /** Voters that were told to stop: whoever is judged after them cannot count on them. */
  readonly #stopping = new Set<number>()
  #timer: Timer | undefined
  /** 0 = this member does not lead. */
  #term = 0

  constructor(deps: JoinDeps, options: JoinOptions) {
    this.#deps = deps
    this.#changes = new MemberChanges(deps)
    const shared = { ...deps, changes: this.#changes, silence: this.#silence }
    this.#admissions = new Admissions(shared)
    this.#promotions = new Promotions(shared, options)
  }

  lead(term: number): void {
    this.#rest()
    this.#term = term
    this.#look()
  }

  stepDown(): void {
    this.#rest()
    this.#corrupt.clear()
    this.#promotions.forgetOutvoted()
    this.#needed.clear()
    this.#stopping.clear()
  }

  /** What was seen in one term says nothing in another; a wrong state stays wrong. */
  #rest(): void {
    this.#term = 0
    this.#timer?.cancel()
    this.#timer = undefined
    this.#silence.clear()
    this.#promotions.clear()
    this.#notBeforeMs.clear()
  }

  /**
   * A majority has another state than these replicas (design 4.8). A learner is taken out; a voter
   * is told to stop, where the others are a quorum without it, and its host joins again in its
   * place. Otherwise people have to act.
   */
  outvoted(ids: readonly number[]): void {
    for (const id of ids) {
      this.#promotions.outvoted(id)
      this.#corrupt.add(id)
    }
  }

  #look(): void {
    const term = this.#term
    if (term === 0) return
    const { clock, raft, state } = this.#deps
    this.#timer = clock.setTimer(joinLookMs, () => this.#look())
    const status = raft.status()
    if (status.role !== 'leader' || status.term !== term) return
    this.#silence.update(status.clusterClockMs, status.progress)
    const joins = listJoins(state.reader)
    this.#promotions.keepOnly(new Set(joins.map(({ incarnation }) => incarnation)))
    const nowMs = clock.nowMs()
    for (const join of joins) {
      const { incarnation } = join
      if (this.#busy.has(incarnation) || nowMs < (this.#notBeforeMs.get(incarnation) ?? 0)) continue
      this.#advance(join, term)
    }
    this.#clearOrphans(joins, status.configuration)
    const corrupt = [...this.#corrupt]
    this.#corrupt.clear()
    for (const id of corrupt) this.#endCorrupt(id, term)
  }

  /**
   * A join may be given up while its change is on the way: nobody runs as that learner then, and no
   * join speaks for it (T9).
   */
  #clearOrphans(joins: readonly JoinRow[], { id: expectedId, learners }: Configuration): void {
    const orphan = learners.find((id) => {
      if (joins.some(({ replicaId }) => replicaId === id)) return false
      const silentMs = this.#silence.ofMs(id)
      return ghostReason({ isStanding: true, waitingMs: 0, silentMs }) !== undefined
    })
    if (orphan === undefined) return
    const operations = [{ op: 'remove', id: orphan }] as const
    void this.#changes.make({ operations, reasonOf: () => 'ghost', expectedId }).then(({ ok }) => {
      if (!ok) return
      this.#deps.metrics.ghostCleanups += 1
      this.#deps.logger.warn({ replicaId: orphan }, 'took out a learner without a join')
    })
  }

  #advance(join: JoinRow, term: number): void {
    const { incarnation } = join
    const isCurrent = (): boolean => this.#term === term
    this.#busy.add(incarnation)
    this.#notBeforeMs.delete(incarnation)
    const work = join.replicaId === 0 ? this.#admissions : this.#promotions
    work.advance(join, isCurrent).then(
      (when) => {
        this.#busy.delete(incarnation)
        if (when === 'soon' || !isCurrent()) return
        this.#notBeforeMs.set(incarnation, this.#deps.clock.nowMs() + joinAskPauseMs)
      },
      (error: unknown) => {
        this.#busy.delete(incarnation)
        this.#deps.logger.error({ err: error, incarnation }, 'a join could not be looked at')
      },
    )
  }

  #endCorrupt(id: number, term: number): void {
    const { raft, logger, state, proposer } = this.#deps
    const { id: self, configuration, progress } = raft.status()
    const incarnation = state.reader.get(memberTable, id)?.incarnation
    // An outvoted leader stops by itself.
    if (incarnation === undefined || id === self) return
    const again = (): void => {
      if (this.#term === term) this.#corrupt.add(id)
    }
    if (!isVoter(configuration, id)) {
      const change: MemberChange = {
        operations: [{ op: 'remove', id }],
        reasonOf: () => 'corrupt',
        expectedId: configuration.id,
      }
      void this.#changes.make(change).then((outcome) => {
        if (!outcome.ok && outcome.reason === 'later') again()
      })
      return
    }
    const isActive = (voter: number): boolean => {
      if (this.#stopping.has(voter)) return false
      return (
        voter === self ||
        progress.some(({ id: of, isRecentlyActive }) => of === voter && isRecentlyActive)
      )
    }
    if (!mayStopCorrupt(id, configuration, isActive)) {
      again()
      if (this.#needed.has(id)) return
      this.#needed.add(id)
      logger.error({ replicaId: id }, 'a member differs from the majority and is needed for quorum')
      return
    }
    this.#stopping.add(id)
    logger.error({ replicaId: id }, 'a member differs from the majority and is told to stop')
    const body = { replicaId: id, incarnation }
    const sent = proposer.propose(noteDivergedCommand, body, { timeoutMs: joinChangeMs })
    void sent.then((outcome) => outcome.ok || again())
  }
}

/** The leader's work on joins, which asks other hosts over the replication port. */
export function joinWork(
  deps: Omit<JoinDeps, 'dialer'>,
  options: JoinOptions & DialerOptions,
): Joins {
  return new Joins({ ...deps, dialer: createMemberDialer(options) }, options)
}
