// One seeded run of a small cluster under faults: messages are lost, doubled and reordered, storage
// and apply lag, replicas crash and lose what was not durable. Then the faults end and it must
// heal.
import { assert, Prng } from '../../base/index.ts'
import type { Random } from '../../base/index.ts'
import { Invariants } from './invariants.ts'
import type { ScenarioReplica } from './replica.ts'
import { Scenario } from './scenario.ts'

export interface RunOptions {
  readonly seed: string
  readonly steps: number
}

/** What a run did: a test checks that runs are not idle. */
export interface RunFigures {
  readonly committed: number
  readonly leaders: number
  readonly crashes: number
  readonly reads: number
}

const healRoundsMax = 2000
const wireMessagesMax = 400

/** Performs a run. Fails an assertion that names the seed as soon as a property is broken. */
export function randomRun(options: RunOptions): RunFigures {
  const run = new RandomRun(options.seed)
  try {
    run.disturb(options.steps)
    run.heal()
  } catch (error) {
    throw new Error(`seed ${options.seed} fails`, { cause: error })
  }
  return run.figures
}

class RandomRun {
  readonly #random: Random
  readonly #scenario: Scenario
  readonly #invariants: Invariants
  readonly #durable = new Map<number, number>()
  readonly #readFloors = new Map<number, number>()
  #crashes = 0
  #reads = 0
  #payload = 0
  #nextRead = 1

  constructor(seed: string) {
    this.#random = new Prng(seed)
    const size = 1 + this.#random.below(5)
    const voters = Array.from({ length: size }, (_, i) => i + 1)
    this.#scenario = new Scenario({
      voters,
      learners: this.#random.ratio(1, 3) ? [9] : [],
      seed,
      electionTicks: 10,
      heartbeatTicks: 2,
      preVote: this.#random.ratio(3, 4),
      checkQuorum: this.#random.ratio(3, 4),
      inflightMessagesMax: 1 + this.#random.below(4),
      inflightBytesMax: 100 + this.#random.below(400),
      appendBytesMax: 40 + this.#random.below(200),
      applyBytesMax: 40 + this.#random.below(200),
    })
    this.#invariants = new Invariants(this.#scenario)
  }

  get figures(): RunFigures {
    const { committedIndex: committed, leaders } = this.#invariants
    return { committed, leaders, crashes: this.#crashes, reads: this.#reads }
  }

  disturb(steps: number): void {
    for (let step = 0; step < steps; step += 1) {
      this.#act()
      this.#check()
      if (step % 64 === 0) this.#invariants.checkLogs()
    }
  }

  /** After chaos peace: a leader, and every replica with the same log, applied. */
  heal(): void {
    const { ids } = this.#scenario
    for (let round = 0; round < healRoundsMax; round += 1) {
      for (const id of ids) {
        this.#scenario.tick(id)
        this.#scenario.settle()
        this.#check()
      }
      if (this.#isHealed()) {
        this.#invariants.checkLogs()
        return
      }
    }
    assert(false, 'the cluster heals once the faults end')
  }

  #isHealed(): boolean {
    const states = this.#scenario.ids.map((id) => this.#scenario.raft(id).status())
    const leader = states.find((state) => state.role === 'leader')
    if (leader === undefined || leader.commit !== leader.lastIndex) return false
    return states.every(
      (state) => state.applied === leader.lastIndex && state.lastIndex === leader.lastIndex,
    )
  }

  #act(): void {
    const id = this.#scenario.ids[this.#random.below(this.#scenario.ids.length)]!
    const dice = this.#random.below(100)
    if (dice < 22) this.#scenario.tick(id, 1 + this.#random.below(3), this.#random.below(200))
    else if (dice < 42) this.#scenario.processReady(id)
    else if (dice < 52) this.#scenario.processAppend(id)
    else if (dice < 58) this.#apply(id)
    else if (dice < 88) this.#deliverSome()
    else if (dice < 94) this.#propose(id)
    else if (dice < 97) this.#read(id)
    else if (dice < 98) this.#compact(id)
    else if (dice < 99) this.#scenario.raft(id).transferLeadership(this.#anyone())
    else this.#crash(id)
  }

  #anyone(): number {
    return this.#scenario.ids[this.#random.below(this.#scenario.ids.length)]!
  }

  #deliverSome(): void {
    const { wire } = this.#scenario
    for (let i = 0; i < 3 && wire.length > 0; i += 1) {
      const at = this.#random.ratio(3, 4) ? 0 : this.#random.below(wire.length)
      const message = wire[at]!
      const isDoubled = this.#random.ratio(1, 20)
      if (!isDoubled) wire.splice(at, 1)
      if (this.#random.ratio(1, 10)) continue
      this.#scenario.raft(message.to).step(message)
    }
    if (wire.length > wireMessagesMax) wire.splice(0, wire.length - wireMessagesMax)
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

  #apply(id: number): void {
    this.#scenario.processApply(id)
    const applied = this.#scenario.raft(id).status().applied
    if (this.#random.ratio(1, 3)) this.#durable.set(id, applied)
  }

  /** Compacts what is durable in the state everywhere it could be needed. */
  #compact(id: number): void {
    const raft = this.#scenario.raft(id)
    raft.compact(Math.min(this.#durable.get(id) ?? 0, raft.matchedByAll))
  }

  /** Some of the works under way may have reached the disk without anybody hearing of it. */
  #crash(id: number): void {
    const replica = this.#scenario.replica(id)
    const written = this.#random.below(replica.appendThread.length + 1)
    for (const work of replica.appendThread.slice(0, written)) replica.write(work)
    replica.restart(this.#durable.get(id) ?? 0)
    this.#invariants.restarted(id)
    this.#crashes += 1
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
