// All invariants of a run behind one call per event.
import { acknowledgedAnnouncements } from './acknowledged-announcements.ts'
import { acknowledgedIsDurable } from './acknowledged-is-durable.ts'
import { acknowledgedWrites } from './acknowledged-writes.ts'
import { acyclicParents } from './acyclic-parents.ts'
import { atMostOnce } from './at-most-once.ts'
import { backToSourceLimited } from './back-to-source-limit.ts'
import { boundedMemory } from './bounded-memory.ts'
import { campaignGuards } from './campaign-guards.ts'
import { clusterClock } from './cluster-clock.ts'
import { configurationIsState } from './configuration-is-state.ts'
import { consecutiveConfigurations } from './consecutive-configurations.ts'
import { crashConsistency } from './crash-consistency.ts'
import { deadHostsGo } from './dead-hosts-go.ts'
import { detachedSlots } from './detached-slots.ts'
import { digestsEqual } from './digests-equal.ts'
import { durableQuorum } from './durable-quorum.ts'
import { electionSafety } from './election-safety.ts'
import { freshReads } from './fresh-reads.ts'
import { Ghost } from './ghost/ghost.ts'
import { heals } from './heals.ts'
import { indexOrder } from './index-order.ts'
import { leaderAppendOnly } from './leader-append-only.ts'
import { leaderCompleteness } from './leader-completeness.ts'
import { linearizable } from './linearizable.ts'
import { liveHostsStay } from './live-hosts-stay.ts'
import { logMatching } from './log-matching.ts'
import { monotoneApplied } from './monotone-applied.ts'
import { monotoneCommit } from './monotone-commit.ts'
import { monotoneTerm } from './monotone-term.ts'
import { noDeadParents } from './no-dead-parents.ts'
import { noFatalWithoutCause } from './no-fatal-without-cause.ts'
import { noPhantoms } from './no-phantoms.ts'
import { noResurrection } from './no-resurrection.ts'
import { onePendingChange } from './one-pending-change.ts'
import { Operations } from './operations.ts'
import { removedMembers } from './removed-members.ts'
import { sessionGuarantees } from './session-guarantees.ts'
import { silence } from './silence.ts'
import { staleStreams } from './stale-streams.ts'
import { stateMachineSafety } from './state-machine-safety.ts'
import { uploadSlots } from './upload-slots.ts'
import { voteOnce } from './vote-once.ts'
import { voteQuorum } from './vote-quorum.ts'
import type { MemoryBounds } from './bounded-memory.ts'
import type { Observer, SimEvent, WorldView } from '../sim/observation.ts'

export interface InvariantsOptions {
  /** @default memoryBoundsDefault */
  readonly memoryBounds?: MemoryBounds
  /** Other observers that hear of every event after the invariants. @default none */
  readonly more?: readonly Observer[]
}

/** Checks one run. Every method throws a `Violation` at the first thing that does not hold. */
export class Invariants implements Observer {
  readonly name = 'invariants'
  readonly section = 'all'
  readonly ghost = new Ghost()
  readonly operations = new Operations()
  /** Keys whose histories were too large to decide; known after `atEnd`. */
  readonly undecidedKeys: string[] = []
  readonly observers: readonly Observer[]
  readonly #byType = new Map<SimEvent['type'], Observer[]>()
  readonly #forAll: readonly Observer[]

  constructor(options: InvariantsOptions = {}) {
    const { ghost, operations } = this
    this.observers = [
      electionSafety(ghost),
      voteOnce(ghost),
      voteQuorum(),
      leaderCompleteness(ghost),
      leaderAppendOnly(ghost),
      logMatching(ghost),
      stateMachineSafety(ghost),
      durableQuorum(ghost),
      acknowledgedIsDurable(ghost),
      monotoneTerm(ghost),
      monotoneCommit(ghost),
      monotoneApplied(),
      indexOrder(ghost),
      silence(),
      crashConsistency(ghost),
      consecutiveConfigurations(ghost),
      onePendingChange(ghost),
      campaignGuards(ghost),
      configurationIsState(ghost),
      removedMembers(),
      atMostOnce(ghost),
      acknowledgedWrites(ghost, operations),
      noPhantoms(ghost, operations),
      freshReads(),
      sessionGuarantees(),
      noResurrection(ghost),
      digestsEqual(),
      uploadSlots(ghost),
      acyclicParents(ghost),
      backToSourceLimited(ghost),
      noDeadParents(ghost),
      liveHostsStay(ghost),
      clusterClock(ghost),
      staleStreams(ghost),
      deadHostsGo(ghost),
      detachedSlots(ghost),
      acknowledgedAnnouncements(ghost),
      boundedMemory(options.memoryBounds),
      noFatalWithoutCause(),
      heals(ghost),
      linearizable(ghost, operations, (key) => this.undecidedKeys.push(key)),
      ...(options.more ?? []),
    ]
    this.#forAll = this.observers.filter(({ types }) => types === undefined)
    for (const observer of this.observers) {
      for (const type of observer.types ?? []) {
        const list = this.#byType.get(type)
        if (list === undefined) this.#byType.set(type, [observer])
        else list.push(observer)
      }
    }
  }

  on(event: SimEvent, world: WorldView): void {
    this.ghost.on(event, world)
    if (event.type === 'client-op') this.operations.on(event, world.nowMs())
    const observers = this.#byType.get(event.type)
    if (observers !== undefined) for (const each of observers) each.on(event, world)
    for (const each of this.#forAll) each.on(event, world)
    this.ghost.after(event)
  }

  /** Call when everything has healed and the last answer is in. */
  atEnd(world: WorldView): void {
    for (const observer of this.observers) observer.atEnd?.(world)
  }
}
