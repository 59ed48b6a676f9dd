// Counts the rare events of a run (rare-events.ts). Runs that never meet one of them prove nothing
// about it, so a large batch in which one stays at zero fails.
import { rareEvents } from './rare-events.ts'
import { swarmEvents } from './swarm-reachability.ts'
import {
  announceTask,
  attachStream,
  detachStream,
  FieldReader,
  leaveTask,
} from '../scheduler/replication/index.ts'
import { isQuorum } from './invariants/ghost/quorum.ts'
import type { Ghost } from './invariants/ghost/ghost.ts'
import type { AppliedCommand } from './invariants/ghost/applied-log.ts'
import type { RareEvent } from './rare-events.ts'
import type { Configuration, Message } from '../raft/index.ts'
import type { Observer, SimEvent, SimEventOf, WorldView } from './sim/observation.ts'

/** How often each event was seen; absent = never. */
export type ReachedCounts = Partial<Record<RareEvent, number>>

/** Kind of the command that opens a session. Frozen by the framework. */
const openSessionKind = 2

interface Election {
  readonly candidates: Set<number>
  /** Votes by voter. */
  readonly votes: Map<number, number>
}

/** Watches one run. The ghost, and so the invariants, must hear of every event first. */
export class Reachability implements Observer {
  readonly name = 'reachability'
  readonly section = 'reference 4.11'
  readonly counts: ReachedCounts = {}
  readonly #ghost: Ghost
  readonly #elections = new Map<number, Election>()
  readonly #roles = new Map<number, SimEventOf<'role-changed'>>()
  readonly #configurations = new Map<number, Configuration>()
  readonly #toldToLead = new Map<number, number>()
  readonly #suspicious = new Set<number>()
  readonly #running = new Set<number>()
  readonly #crashed = new Set<number>()
  /** What each log was like when its member died. */
  readonly #atDeath = new Map<number, { readonly lastIndex: number; readonly commit: number }>()
  readonly #images = new Map<string, { readonly imageId: number; seq: number }>()
  readonly #readLeaders = new Map<number, number>()
  readonly #unknown = new Set<string>()
  /** Owner sessions of attached peers. */
  readonly #attached = new Map<string, number>()
  /** Open sessions by member. */
  readonly #sessions = new Map<number, number>()

  constructor(ghost: Ghost) {
    this.#ghost = ghost
  }

  on(event: SimEvent, world: WorldView): void {
    switch (event.type) {
      case 'message-sent':
        this.#onMessage(event.message, world)
        break
      case 'leader-elected':
        this.#onElected(event, world)
        break
      case 'role-changed':
        this.#onRole(event, world)
        break
      case 'append-started':
        this.#onAppend(event)
        break
      case 'committed':
        this.#onCommitted()
        break
      case 'configuration':
        this.#onConfiguration(event)
        break
      case 'applied':
        this.#onApplied(event)
        break
      case 'image-installed':
        this.#reach('image-installed')
        for (const from of world.ids) this.#images.delete(`${from}>${event.member}`)
        if (event.configuration.votersOutgoing.length > 0) this.#reach('image-during-joint')
        break
      case 'log-compacted':
        this.#onCompacted(event, world)
        break
      case 'booted':
        this.#onBooted(event)
        break
      case 'crashed':
        this.#onCrashed(event)
        break
      case 'fatal':
        if (event.injectedCause === 'disk-error') this.#reach('disk-error-stopped')
        break
      case 'boot-refused':
        this.#reach('boot-refused')
        break
      case 'client-op':
        this.#onClient(event, world)
        break
      case 'reached':
        if (event.name in rareEvents) this.#reach(event.name as RareEvent)
        break
      default:
        break
    }
  }

  atEnd(world: WorldView): void {
    const causes = new Set(world.ids.map((id) => world.member(id).injectedCause))
    if (causes.has('disk-lie')) this.#reach('disk-lie-survived')
    if (causes.has('disk-damage')) this.#reach('disk-damage-survived')
    for (const _ of this.#unknown) this.#reach('unknown-outcome-lost')
  }

  #reach(name: RareEvent): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1
  }

  #onMessage(message: Message, world: WorldView): void {
    const { from, to, term } = message
    switch (message.type) {
      case 'vote':
        this.#election(term).candidates.add(from)
        break
      case 'pre-vote':
        if (world.member(from).status()?.suspectsLeader === true) this.#suspicious.add(from)
        break
      case 'vote-reply':
      case 'pre-vote-reply':
        this.#onVote(message, world)
        break
      case 'timeout-now': {
        this.#toldToLead.set(to, term)
        const configuration = world.member(from).configuration()
        const status = world.member(from).status()
        const isPending = status !== undefined && status.pendingChangeIndex > status.applied
        const isJoint = (configuration?.votersOutgoing.length ?? 0) > 0
        if (isPending || isJoint) this.#reach('transfer-during-change')
        break
      }
      case 'append-reply':
        if (message.rejected) this.#reach('append-refused')
        else this.#onAcknowledged(from, world)
        break
      case 'removed':
        this.#reach('removed-member-told')
        break
      case 'image-chunk':
        this.#onChunk(message)
        break
      case 'image-reply':
        if (message.refusal !== undefined) this.#reach('image-refused')
        break
      default:
        break
    }
  }

  #onAcknowledged(from: number, world: WorldView): void {
    const member = world.member(from)
    if (member.injectedCause !== 'state-damage' || member.status()?.lacksState !== true) return
    this.#reach('acknowledged-without-state')
  }

  #onVote(
    message: Extract<Message, { type: 'vote-reply' | 'pre-vote-reply' }>,
    world: WorldView,
  ): void {
    const { from, to, term, type, granted } = message
    const configuration = world.member(from).configuration()
    // Without a state it knows nobody.
    if (
      configuration !== undefined &&
      to > configuration.highestId &&
      configuration.highestId > 0
    ) {
      this.#reach('unknown-candidate-answered')
    }
    if (type === 'pre-vote-reply') {
      if (!granted) this.#reach('pre-vote-refused')
      return
    }
    if (!granted) return
    this.#election(term).votes.set(from, to)
    if (configuration?.learners.includes(from) === true) this.#reach('learner-voted')
  }

  #onChunk({ from, to, imageId, seq }: Extract<Message, { type: 'image-chunk' }>): void {
    const key = `${from}>${to}`
    const known = this.#images.get(key)
    if (known === undefined || known.imageId !== imageId) {
      if (known !== undefined) this.#reach('image-transfer-begun-again')
      this.#images.set(key, { imageId, seq })
      return
    }
    if (seq <= known.seq) this.#reach('image-chunk-sent-again')
    known.seq = Math.max(known.seq, seq)
  }

  #election(term: number): Election {
    let election = this.#elections.get(term)
    if (election === undefined) {
      election = { candidates: new Set(), votes: new Map() }
      this.#elections.set(term, election)
    }
    return election
  }

  #onElected({ member, term }: SimEventOf<'leader-elected'>, world: WorldView): void {
    const configuration = world.member(member).status()?.configuration
    for (const [past, { candidates, votes }] of this.#elections) {
      if (past >= term) continue
      this.#elections.delete(past)
      if (candidates.size < 2 || this.#ghost.leaders.has(past)) continue
      const isDecided = [...candidates].some(
        (id) =>
          configuration === undefined ||
          isQuorum(configuration, (voter) => voter === id || votes.get(voter) === id),
      )
      if (!isDecided) this.#reach('split-vote')
    }
    for (const [other, { role, term: since }] of this.#roles) {
      if (other !== member && role === 'leader' && since < term) this.#reach('two-leaders-at-once')
    }
    if (this.#toldToLead.get(member) === term - 1) this.#reach('leader-handed-over')
    this.#toldToLead.clear()
    if (this.#suspicious.has(member)) this.#reach('suspicion-election')
    this.#suspicious.clear()
  }

  #onRole(event: SimEventOf<'role-changed'>, world: WorldView): void {
    const { member, role, term } = event
    const configuration = world.member(member).configuration()
    if (configuration !== undefined && !this.#configurations.has(member)) {
      this.#configurations.set(member, configuration)
    }
    const before = this.#roles.get(member)
    if (before?.role === 'leader' && role !== 'leader' && before.term === term) {
      this.#reach('check-quorum-step-down')
    }
    this.#roles.set(member, event)
  }

  #onAppend({ member, group }: SimEventOf<'append-started'>): void {
    const { discardedFrom, durable } = this.#ghost.logs.of(member)
    if (discardedFrom === 0) return
    this.#reach('log-conflict')
    if (this.#crashed.has(member)) this.#reach('log-conflict-after-crash')
    // The finished part of the log still shows what was there.
    for (let index = discardedFrom; index <= durable.lastIndex; index += 1) {
      const lost = durable.entryAt(index)
      const isSame = group.entries.some(
        (entry) => entry.index === index && entry.term === lost?.term,
      )
      if (lost?.type === 'config' && !isSame) this.#reach('change-overwritten')
    }
  }

  #onCommitted(): void {
    const { committed } = this.#ghost
    const { from, to } = committed.fresh
    for (let index = from; index <= to; index += 1) {
      const { entry, byTerm } = committed.at(index)!
      if (entry.term < byTerm) this.#reach('old-term-committed')
    }
  }

  #onConfiguration({ member, configuration }: SimEventOf<'configuration'>): void {
    const before = this.#configurations.get(member)
    this.#configurations.set(member, configuration)
    if (before === undefined || configuration.id <= before.id) return
    const { voters, votersOutgoing, learners } = configuration
    const wasJoint = before.votersOutgoing.length > 0
    if (!wasJoint && votersOutgoing.length > 0) this.#reach('joint-entered')
    if (wasJoint && votersOutgoing.length === 0) this.#reach('joint-left')
    if (before.learners.some((id) => voters.includes(id))) this.#reach('learner-promoted')
    if (before.voters.some((id) => learners.includes(id))) this.#reach('voter-demoted')
    if (before.votersOutgoing.some((id) => learners.includes(id))) this.#reach('voter-demoted')
    const isMember = [...voters, ...votersOutgoing, ...learners].includes(member)
    if (!isMember && this.#roles.get(member)?.role === 'leader') {
      this.#reach('leader-removed-itself')
    }
  }

  #onApplied(event: SimEventOf<'applied'>): void {
    const { entry } = event
    const { applied } = this.#ghost
    if (this.#ghost.swarm.isFresh)
      for (const name of swarmEvents(event, this.#ghost)) this.#reach(name)
    if (entry.type === 'config' && applied.lastIndex === entry.index) {
      const made = applied.configurationAt(entry.index)
      if (made !== undefined && made.id !== entry.index) this.#reach('change-refused-at-apply')
    }
    for (const command of applied.fresh) this.#onCommand(command)
  }

  #onCommand(command: AppliedCommand): void {
    const { opId, report, isExecuted } = command
    const { outcome, isRepeated } = report
    if (isRepeated) this.#reach('resent-command')
    if (!outcome.ok) {
      if (outcome.reason === 'gap') this.#reach('gap-refused')
      if (outcome.reason === 'expired') this.#reach('expired-command')
      return
    }
    if (!isExecuted) return
    if (this.#unknown.delete(opId)) this.#reach('unknown-outcome-applied')
    const result = outcome.result as { readonly ok?: boolean; readonly sessionId?: number }
    if (result.ok === true) this.#followPeers(command, result.sessionId ?? 0)
  }

  /** Which sessions own attached peers: roughly, for counting. */
  #followPeers({ kind, body, sessionId }: AppliedCommand, opened: number): void {
    if (kind === openSessionKind) {
      const member = new FieldReader(body).integer(1)
      const before = this.#sessions.get(member)
      this.#sessions.set(member, opened)
      if (before === undefined || before === opened) return
      this.#reach('session-replaced')
      let isOwner = false
      for (const [peer, owner] of this.#attached) {
        if (owner !== before) continue
        isOwner = true
        this.#attached.delete(peer)
      }
      if (isOwner) this.#reach('detached-peers')
    } else if (kind === attachStream.kind) {
      const { taskId, peerId } = attachStream.decode(new FieldReader(body))
      this.#attached.set(`${taskId}/${peerId}`, sessionId)
    } else if (kind === detachStream.kind || kind === leaveTask.kind) {
      const definition = kind === detachStream.kind ? detachStream : leaveTask
      const { taskId, peerId } = definition.decode(new FieldReader(body))
      this.#attached.delete(`${taskId}/${peerId}`)
    } else if (kind === announceTask.kind) {
      const { task, peerId } = announceTask.decode(new FieldReader(body))
      this.#attached.delete(`${task.id}/${peerId}`)
    }
  }

  #onCompacted({ member, mark }: SimEventOf<'log-compacted'>, world: WorldView): void {
    const { voters = [], learners = [] } = world.member(member).configuration() ?? {}
    for (const id of [...voters, ...learners]) {
      const { durable } = this.#ghost.logs.of(id)
      if (id !== member && durable.lastIndex < mark.index) this.#reach('compacted-past-follower')
    }
  }

  #onBooted({ member, contents, appliedIndex }: SimEventOf<'booted'>): void {
    this.#running.add(member)
    const { announced, hardState, entries, compacted } = contents
    if (announced !== undefined) {
      const isThere = appliedIndex >= announced.index
      this.#reach(isThere ? 'install-finished-at-boot' : 'announced-image-lost')
    }
    if (hardState.commit > appliedIndex && appliedIndex > 0) this.#reach('replayed-after-boot')
    const before = this.#atDeath.get(member)
    if (before === undefined) return
    if (before.commit < appliedIndex) this.#reach('stored-commit-behind-state')
    const lastIndex = entries.at(-1)?.index ?? compacted.index
    if (before.lastIndex > lastIndex) this.#reach('power-lost-unsynced-entries')
  }

  #onCrashed({ member }: SimEventOf<'crashed'>): void {
    this.#running.delete(member)
    this.#crashed.add(member)
    if (this.#running.size === 0) this.#reach('group-was-down')
    const { started, durable, pending } = this.#ghost.logs.of(member)
    const { commit } = durable.hardState
    this.#atDeath.set(member, { lastIndex: started.lastIndex, commit })
    if (pending.some(({ kind }) => kind === 'reset')) this.#reach('crash-while-installing')
    const role = this.#roles.get(member)
    this.#roles.delete(member)
    if (role?.role !== 'leader') return
    if (started.lastIndex > durable.lastIndex) this.#reach('leader-died-with-own-entries')
    const configuration = this.#configurations.get(member)
    if ((configuration?.votersOutgoing.length ?? 0) > 0) this.#reach('leader-died-in-joint')
  }

  #onClient({ op, phase }: SimEventOf<'client-op'>, world: WorldView): void {
    if (phase.phase === 'unknown' && op.input.kind !== 'read') this.#unknown.add(`op-${op.id}`)
    if (op.input.kind !== 'read' || op.consistency === 'stale') return
    const leader = world.member(op.member).status()?.leader ?? 0
    if (phase.phase === 'invoked') {
      this.#readLeaders.set(op.id, leader)
      return
    }
    const before = this.#readLeaders.get(op.id)
    this.#readLeaders.delete(op.id)
    if (phase.phase !== 'ok' || before === undefined || before === 0) return
    if (leader !== 0 && leader !== before) this.#reach('read-across-leader-change')
  }
}

/** Adds the counts of another run. */
export function addCounts(total: ReachedCounts, counts: ReachedCounts): void {
  for (const [name, count] of Object.entries(counts)) {
    const key = name as RareEvent
    total[key] = (total[key] ?? 0) + count
  }
}

/** Events that were never seen. */
export function neverReached(counts: ReachedCounts): readonly RareEvent[] {
  return (Object.keys(rareEvents) as RareEvent[]).filter((name) => (counts[name] ?? 0) === 0)
}

/** The counts as lines for people. */
export function reachabilityTable(counts: ReachedCounts): readonly string[] {
  return Object.entries(rareEvents).map(([name, what]) => {
    const count = counts[name as RareEvent] ?? 0
    return `${String(count).padStart(10)}  ${name.padEnd(30)} ${what}`
  })
}
