// One seeded run of a small cluster under faults: messages are lost, doubled and reordered, storage
// and apply lag, replicas crash and lose what was not durable, members come and go, logs are
// compacted so that images are needed. Then the faults end and it must heal, at wish after all have
// died for good but a bare majority.
import { assert, Prng } from '../../base/index.ts'
import type { Random } from '../../base/index.ts'
import type { ConfigurationChange, MemberOperation } from '../core/configuration-change.ts'
import type { Configuration } from '../core/configuration.ts'
import { isJoint, isMember, isRemoved, membersOf, noMembers } from '../core/configuration.ts'
import type { CoreMessage } from '../core/message.ts'
import { hasQuorum } from '../core/quorum.ts'
import type { RaftStatus } from '../core/status.ts'
import { Invariants } from './invariants.ts'
import type { ScenarioReplica } from './replica.ts'
import { Scenario } from './scenario.ts'
import { bareMajority } from './survivors.ts'

export interface RunOptions {
  readonly seed: string
  readonly steps: number
  /** Members come and go. @default false */
  readonly churn?: boolean
  /** After it healed, most of the members die for good in the midst of a change. @default false */
  readonly survivors?: boolean
  /** A minority may lose its state at a crash, and go on with its log. @default false */
  readonly stateLoss?: boolean
}

/** What a run did: a test checks that runs are not idle. */
export interface RunFigures {
  readonly committed: number
  readonly leaders: number
  readonly crashes: number
  readonly reads: number
  readonly configurations: number
  readonly images: number
  readonly removed: number
  /** Replicas that died for good. */
  readonly dead: number
  /** States that were lost. */
  readonly lostStates: number
}

const healRoundsMax = 2000
const wireMessagesMax = 400
const replicasMax = 9
const changeAttemptsMax = 20
const hasteRoundsMax = 3
const hasteStepsMax = 100

/** Performs a run. Fails an assertion that names the seed as soon as a property is broken. */
export function randomRun(options: RunOptions): RunFigures {
  const run = new RandomRun(options)
  try {
    run.disturb(options.steps)
    run.heal()
    if (options.survivors ?? false) {
      run.changeInHaste()
      run.killMinority()
      run.heal()
    }
  } catch (error) {
    throw new Error(`seed ${options.seed} fails`, { cause: error })
  }
  return run.figures
}

/** An image whose transfer the driver of `from` has not reported on. */
interface Transfer {
  readonly from: number
  readonly to: number
  readonly end: 'sent' | 'failed'
}

class RandomRun {
  readonly #random: Random
  readonly #scenario: Scenario
  readonly #invariants: Invariants
  readonly #durable = new Map<number, number>()
  readonly #readFloors = new Map<number, number>()
  readonly #isChurning: boolean
  readonly #losesStates: boolean
  readonly #dead = new Set<number>()
  /** Nothing reaches them for a while. */
  readonly #deaf = new Set<number>()
  #transfers: Transfer[] = []
  #crashes = 0
  #lostStates = 0
  #reads = 0
  #payload = 0
  #nextRead = 1
  #nextMember: number

  constructor({ seed, churn = false, stateLoss = false }: RunOptions) {
    this.#random = new Prng(seed)
    this.#isChurning = churn
    this.#losesStates = stateLoss
    const size = 1 + this.#random.below(5)
    const voters = Array.from({ length: size }, (_, i) => i + 1)
    const learners = this.#random.ratio(1, 3) ? [size + 1] : []
    this.#nextMember = size + learners.length + 1
    this.#scenario = new Scenario({
      voters,
      learners,
      seed,
      electionTicks: 10,
      heartbeatTicks: 2,
      preVote: this.#random.ratio(3, 4),
      checkQuorum: this.#random.ratio(3, 4),
      strictReconfiguration: this.#random.ratio(1, 2),
      inflightMessagesMax: 1 + this.#random.below(4),
      inflightBytesMax: 100 + this.#random.below(400),
      appendBytesMax: 40 + this.#random.below(200),
      applyBytesMax: 40 + this.#random.below(200),
    })
    this.#invariants = new Invariants(this.#scenario)
  }

  get figures(): RunFigures {
    const { committedIndex: committed, leaders, configurations } = this.#invariants
    const { ids } = this.#scenario
    const installed = ids.map((id) => this.#scenario.replica(id).installed.length)
    return {
      committed,
      leaders,
      crashes: this.#crashes,
      reads: this.#reads,
      configurations,
      images: installed.reduce((sum, count) => sum + count, 0),
      removed: ids.filter((id) => this.#scenario.raft(id).status().isRemoved).length,
      dead: this.#dead.size,
      lostStates: this.#lostStates,
    }
  }

  disturb(steps: number): void {
    for (let step = 0; step < steps; step += 1) {
      this.#act()
      this.#check()
      if (step % 64 === 0) this.#invariants.checkLogs()
    }
  }

  /** Changes are proposed, and come to some and not to others. */
  changeInHaste(): void {
    const rounds = 1 + this.#random.below(hasteRoundsMax)
    for (let round = 0; round < rounds; round += 1) {
      for (let attempt = 0; attempt < changeAttemptsMax && !this.#isChangePending(); attempt += 1) {
        this.#change(this.#anyone())
      }
      for (const id of this.#scenario.ids) if (this.#random.ratio(1, 3)) this.#deaf.add(id)
      this.disturb(this.#random.below(hasteStepsMax))
      this.#deaf.clear()
    }
  }

  /** Some restart and forget what they had heard; then as many die as the others can do without. */
  killMinority(): void {
    for (const id of this.#scenario.ids) {
      if (this.#random.ratio(1, 4)) this.#crash(id)
      this.#scenario.processReady(id)
    }
    for (const message of this.#scenario.drop()) this.#lose(message)
    const survivors = bareMajority(this.#scenario, this.#random)
    if (survivors === undefined) return
    for (const id of this.#scenario.ids) if (!survivors.includes(id)) this.#dead.add(id)
  }

  /** After chaos peace: a leader that commits, and every member with the same log, applied. */
  heal(): void {
    const alive = this.#alive
    let hasProposed = false
    this.#scenario.onStep = () => this.#check()
    for (let round = 0; round < healRoundsMax; round += 1) {
      for (const id of alive) {
        this.#reportTransfers()
        this.#scenario.tick(id)
        this.#check()
        this.#scenario.settle(...alive)
        for (const message of this.#scenario.drop()) this.#lose(message)
        this.#reportRefused(id)
      }
      const leader = this.#healedLeader()
      if (leader === undefined) continue
      if (hasProposed) {
        this.#invariants.checkLogs()
        return
      }
      hasProposed = this.#scenario.propose(leader, 'the last one').ok
    }
    assert(false, 'the cluster heals once the faults end')
  }

  #isChangePending(): boolean {
    const states = this.#scenario.ids.map((id) => this.#scenario.raft(id).status())
    return states.some(({ pendingChangeIndex, commit }) => pendingChangeIndex > commit)
  }

  get #alive(): number[] {
    return this.#scenario.ids.filter((id) => !this.#dead.has(id))
  }

  #healedLeader(): number | undefined {
    const states = this.#alive.map((id) => this.#scenario.raft(id).status())
    const leader = states.find((state) => state.role === 'leader')
    if (leader === undefined || leader.commit !== leader.lastIndex) return undefined
    const { configuration, id, lastIndex } = leader
    if (isJoint(configuration)) {
      if (!configuration.autoLeave) this.#scenario.proposeChange(id, [])
      return undefined
    }
    const isHealed = states.every((state) =>
      isMember(configuration, state.id)
        ? state.applied === lastIndex && state.lastIndex === lastIndex
        : this.#isGone(state, configuration),
    )
    return isHealed ? id : undefined
  }

  /**
   * A replica that is no member has found that out, unless it never was one, or there are not two
   * members left whom it knows to tell it.
   */
  #isGone(state: RaftStatus, members: Configuration): boolean {
    if (!isRemoved(members, state.id) || state.isRemoved) return true
    const informants = membersOf(state.configuration).filter((id) => isMember(members, id))
    return informants.filter((id) => !this.#dead.has(id)).length < 2
  }

  #act(): void {
    const id = this.#anyone()
    const dice = this.#random.below(1000)
    if (dice < 220) this.#scenario.tick(id, 1 + this.#random.below(3), this.#random.below(200))
    else if (dice < 420) this.#scenario.processReady(id)
    else if (dice < 520) this.#finishAppend(id)
    else if (dice < 580) this.#apply(id)
    else if (dice < 850) this.#deliverSome()
    else if (dice < 900) this.#propose(id)
    else if (dice < 930) this.#read(id)
    else if (dice < 950) this.#compact(id)
    else if (dice < 960) this.#scenario.raft(id).transferLeadership(this.#anyone())
    else if (dice < 970) this.#crash(id)
    else if (dice < 975) this.#scenario.raft(id).forgetLeader()
    else if (dice < 980) this.#scenario.raft(id).suspectLeader(this.#anyone())
    else if (dice < 985) this.#scenario.raft(id).reportUnreachable(this.#anyone())
    else if (this.#isChurning) this.#change(id)
  }

  #anyone(): number {
    return this.#pick(this.#scenario.ids)
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#random.below(items.length)]!
  }

  #deliverSome(): void {
    const { wire } = this.#scenario
    for (let i = 0; i < 3 && wire.length > 0; i += 1) {
      const at = this.#random.ratio(3, 4) ? 0 : this.#random.below(wire.length)
      const message = wire[at]!
      const isDoubled = this.#random.ratio(1, 20)
      if (!isDoubled) wire.splice(at, 1)
      if (this.#deaf.has(message.to) || this.#random.ratio(1, 10)) this.#lose(message)
      else this.#deliver(message)
    }
    while (wire.length > wireMessagesMax) this.#lose(wire.shift()!)
  }

  #deliver(message: CoreMessage): void {
    const raft = this.#scenario.raft(message.to)
    const { from, term } = message
    const isRefused =
      isRemoved(raft.configuration, from) && !(raft.leader === from && raft.term === term)
    const before = JSON.stringify(raft.status())
    const result = raft.step(message)
    if (isRefused) {
      assert(!result.ok, 'a removed replica is refused (R-11.9)')
      assert(JSON.stringify(raft.status()) === before, 'a removed replica has no effect (R-11.9)')
    }
    if (message.type === 'snapshot') this.#note(message, result.ok ? 'sent' : 'failed')
  }

  #lose(message: CoreMessage): void {
    if (message.type === 'snapshot') this.#note(message, 'failed')
  }

  #note({ from, to }: CoreMessage, end: Transfer['end']): void {
    this.#transfers.push({ from, to, end })
    if (this.#random.ratio(1, 2)) this.#reportTransfers()
  }

  #reportTransfers(): void {
    for (const { from, to, end } of this.#transfers) {
      this.#scenario.raft(from).reportSnapshot(to, end)
    }
    this.#transfers = []
  }

  /** What `settle` delivers is seen by nobody: whoever still lacks a state was not sent one. */
  #reportRefused(id: number): void {
    if (!this.#scenario.raft(id).lacksState) return
    for (const from of this.#alive) this.#scenario.raft(from).reportSnapshot(id, 'failed')
  }

  #propose(id: number): void {
    this.#payload += 1
    this.#scenario.propose(
      id,
      ...Array.from({ length: 1 + this.#random.below(3) }, () => `${this.#payload}`),
    )
  }

  #read(id: number): void {
    const readId = this.#nextRead
    this.#nextRead += 1
    if (!this.#scenario.raft(id).readIndex(readId).ok) return
    this.#readFloors.set(readId, this.#invariants.committedIndex)
  }

  #finishAppend(id: number): void {
    this.#scenario.processAppend(id)
  }

  #apply(id: number): void {
    this.#scenario.processApply(id)
    const applied = this.#scenario.raft(id).status().applied
    if (this.#random.ratio(1, 3)) this.#durable.set(id, applied)
  }

  /** Compacts what is durable in the state, at times although somebody needs it. */
  #compact(id: number): void {
    const replica = this.#scenario.replica(id)
    const durable = this.#durable.get(id) ?? 0
    const isCareful = this.#random.ratio(1, 2)
    replica.compact(isCareful ? Math.min(durable, replica.raft.matchedByAll) : durable)
  }

  /** Some of the works under way may have reached the disk without anybody hearing of it. */
  #crash(id: number): void {
    const replica = this.#scenario.replica(id)
    const written = this.#random.below(replica.appendThread.length + 1)
    for (const work of replica.appendThread.slice(0, written)) replica.write(work)
    if (this.#losesStates && this.#mayLoseState(id)) {
      const remembers = this.#random.ratio(1, 2)
      replica.loseState(remembers ? { ...replica.configuration, id: 0 } : noMembers)
      this.#durable.set(id, 0)
      this.#lostStates += 1
    } else {
      replica.restart(this.#durable.get(id) ?? 0)
    }
    this.#invariants.restarted(id)
    this.#crashes += 1
  }

  /** Its log cannot make the state again, and a majority that has one can do without it. */
  #mayLoseState(id: number): boolean {
    if (this.#scenario.replica(id).disk.compacted.index === 0) return false
    const hasState = (member: number): boolean =>
      member !== id && !this.#scenario.raft(member).lacksState
    const [any] = this.#scenario.ids.filter(hasState)
    return any !== undefined && hasQuorum(this.#scenario.raft(any).configuration, hasState)
  }

  /** Proposes a change that may or may not make sense, mostly at a replica that leads. */
  #change(anyone: number): void {
    const leaders = this.#scenario.ids.filter((id) => this.#scenario.raft(id).role === 'leader')
    const at = leaders.length > 0 && this.#random.ratio(9, 10) ? this.#pick(leaders) : anyone
    const operations = this.#operations(at)
    const dice = this.#random.below(5)
    const transition: ConfigurationChange['transition'] =
      dice < 3 ? 'auto' : dice < 4 ? 'joint-implicit' : 'joint-explicit'
    if (!this.#scenario.proposeChange(at, operations, { transition }).ok) return
    for (const { op, id } of operations) {
      if (op !== 'add-learner' && op !== 'add-voter') continue
      // Another leader may have admitted it already.
      if (!this.#scenario.ids.includes(id)) this.#scenario.add(id)
      this.#nextMember = Math.max(this.#nextMember, id + 1)
    }
  }

  #operations(at: number): MemberOperation[] {
    const { configuration } = this.#scenario.raft(at)
    const members = membersOf(configuration)
    const dice = this.#random.below(9)
    if (dice === 0 || members.length === 0) return []
    const { learners } = configuration
    const mayGrow = this.#scenario.ids.length < replicasMax
    const newcomer: MemberOperation[] = mayGrow
      ? [{ op: this.#random.ratio(1, 2) ? 'add-voter' : 'add-learner', id: this.#nextMember }]
      : []
    if (dice <= 2) return newcomer
    if (dice <= 4 && learners.length > 0) return [{ op: 'promote', id: this.#pick(learners) }]
    const leaving = { op: 'remove', id: this.#pick(members) } as const
    if (dice === 5) return [leaving]
    if (dice === 6) return [{ op: 'demote', id: this.#pick(members) }]
    if (dice === 7 && mayGrow) return [{ op: 'add-voter', id: this.#nextMember }, leaving]
    return [...newcomer, leaving].slice(0, 1 + this.#random.below(2))
  }

  #check(): void {
    this.#invariants.checkStep()
    for (const id of this.#scenario.ids) this.#checkReads(this.#scenario.replica(id))
  }

  /** Linearizable: a read sees at least what was committed anywhere when it was asked. */
  #checkReads(replica: ScenarioReplica): void {
    for (const outcome of replica.reads) {
      const floor = this.#readFloors.get(outcome.id)
      assert(floor !== undefined, 'an outcome answers a read once')
      this.#readFloors.delete(outcome.id)
      if (!outcome.ok) continue
      this.#reads += 1
      assert(outcome.index >= floor, 'a read never returns the past')
    }
    replica.reads = []
  }
}
