// One member: a machine with a disk, and on it, life after life, the process that the scheduler
// runs there: real log, real state, real Raft, real sessions and leader's duties. It can die at
// every effect it has, be paused, stopped and started again; only its disk remembers.
import { assert, CodedError, isCoded, messageOf, toHex } from '../../base/index.ts'
import type { Logger, Random } from '../../base/index.ts'
import { noMembers, RaftNode } from '../../raft/index.ts'
import type { Configuration, LeadershipChange, RaftNodeStatus } from '../../raft/index.ts'
import { LeaderDuties, Proposer } from '../../scheduler/replication/index.ts'
import type {
  DurableState,
  LeaderWork,
  ReplicatedState,
} from '../../scheduler/replication/index.ts'
import type {
  DirectoryLock,
  MemoryStateStore,
  StateRows,
  WriteAheadLog,
} from '../../storage/index.ts'
import { DiskSimulator } from './disk-simulator.ts'
import type { DiskOperation, PowerCut } from './disk-simulator.ts'
import type { EventQueue } from './event-queue.ts'
import { Life } from './life.ts'
import { MemberClock } from './member-clock.ts'
import type { Network, NetworkEnd } from './network.ts'
import type { InjectedCause, MemberView, SimEvent } from './observation.ts'
import { ObservedLog } from './observed-log.ts'
import type { LogObserver } from './observed-log.ts'
import { ObservedState, ProcessEnded } from './observed-state.ts'
import type { StateObserver } from './observed-state.ts'
import { openMember } from './open-member.ts'
import type { MemberOrigin, OpenedMember } from './open-member.ts'
import type { SwarmOptions } from './swarm.ts'
import { swarmRowsOf } from './swarm-rows.ts'
import type { SwarmRows } from './swarm-rows.ts'

export interface MemberProcessDeps {
  readonly queue: EventQueue
  readonly random: Random
  readonly network: Network
  readonly swarm: SwarmOptions
  readonly logger: Logger
  readonly emit: (event: SimEvent) => void
}

/** What the adapters of a member are built on: gone when the process is. */
export interface ServingParts {
  readonly life: Life
  readonly clock: MemberClock
  readonly random: Random
  readonly state: ReplicatedState
  readonly node: RaftNode
  readonly proposer: Proposer
}

/** Everything that is gone when the process is. */
interface Running {
  readonly life: Life
  readonly clock: MemberClock
  readonly end: NetworkEnd
  readonly log: WriteAheadLog
  readonly store: MemoryStateStore
  readonly state: ObservedState
  readonly node: RaftNode
  readonly proposer: Proposer
  readonly duties: LeaderDuties
}

const wallStartMs = 1_800_000_000_000
/** Pause between two looks at a full disk. */
const spacePauseMs = 1000

/** A member of the cluster over all its lives. */
export class MemberProcess implements MemberView {
  readonly id: number
  readonly origin: MemberOrigin
  readonly disk: DiskSimulator
  /** Told when a life ends, before anything else hears of it. */
  onEnd: (life: Life) => void = () => {}
  /** Builds what serves clients in a new life, before it takes part; gives what only leaders do. */
  onServe: (parts: ServingParts) => readonly LeaderWork[] = () => []
  readonly #deps: MemberProcessDeps
  readonly #random: Random
  #rows: StateRows = new Map()
  #logEntries = 0
  #lives = 0
  #running: Running | undefined
  /** A process that is starting or stopping has a life and serves nobody. */
  #life: Life | undefined
  #cause: InjectedCause | undefined
  /** Its disk holds what it must refuse, or its id was removed: it never comes back. */
  #isLost = false
  /** As its state said last. */
  #lastConfiguration: Configuration | undefined
  #isLocked = false
  /** Effects left until the process dies in one; undefined = it does not. */
  #effectsLeft: { count: number; readonly how: 'power' | 'kill' } | undefined
  #syncFactor = 1
  #isPowerOff = false
  #committed = 0
  #seen: Pick<RaftNodeStatus, 'role' | 'term' | 'leader'> | undefined

  constructor(deps: MemberProcessDeps, origin: MemberOrigin) {
    this.id = origin.identity.replicaId
    this.origin = origin
    this.#deps = deps
    this.#random = deps.random.fork(`member-${this.id}`)
    this.disk = new DiskSimulator(
      { random: this.#random.fork('disk') },
      {
        takes: (operation) => this.#takes(operation),
        onOperation: () => this.#effect(),
      },
    )
  }

  // ------------------------------------------------------------------------------------- views

  get life(): number {
    return this.#lives
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  /** A process is there, whether it serves or not. */
  get isUp(): boolean {
    return this.#life !== undefined
  }

  get isPaused(): boolean {
    return this.#life?.isPaused === true
  }

  get isLost(): boolean {
    return this.#isLost
  }

  get injectedCause(): InjectedCause | undefined {
    return this.#cause
  }

  get node(): RaftNode | undefined {
    return this.#running?.node
  }

  get proposer(): Proposer | undefined {
    return this.#running?.proposer
  }

  get state(): ReplicatedState | undefined {
    return this.#running?.state.durable.state
  }

  get clock(): MemberClock | undefined {
    return this.#running?.clock
  }

  status(): RaftNodeStatus | undefined {
    return this.#running?.node.status()
  }

  appliedIndex(): number {
    return this.#running?.node.appliedIndex ?? 0
  }

  digest(): Uint8Array | undefined {
    return this.state?.digest()
  }

  configuration(): Configuration | undefined {
    return this.#running?.state.configuration()
  }

  gauges() {
    return this.#running?.node.gauges()
  }

  swarmRows(): SwarmRows | undefined {
    const { state } = this
    return state === undefined ? undefined : swarmRowsOf(state.reader)
  }

  logEntries(): number {
    return this.#logEntries
  }

  // ------------------------------------------------------------------------------------ faults

  /** Notes that its disk may not be trusted from now on. */
  blame(cause: InjectedCause): void {
    this.#cause ??= cause
  }

  /** The process dies in the `count`-th effect from now. */
  dieAtEffect(count: number, how: 'power' | 'kill'): void {
    this.#effectsLeft = { count, how }
  }

  /** Syncs take so many times as long. */
  slowDown(factor: number): void {
    this.#syncFactor = factor
  }

  /** Tells the leader a digest that is not the state's, once: it must be found out. */
  lieAboutDigest(): void {
    this.blame('planted')
    this.#running?.state.lieAboutDigest()
  }

  /** Flips a bit in a stored row of the state. */
  damageState(random: Random): void {
    const keys = [...this.#rows.keys()]
    const key = keys.length === 0 ? undefined : keys[random.below(keys.length)]
    if (key === undefined) return
    const value = this.#rows.get(key)!.slice()
    if (value.length === 0) return
    const at = random.below(value.length)
    value[at] = value[at]! ^ (1 << random.below(8))
    this.#rows = new Map([...this.#rows, [key, value]])
    this.blame('state-damage')
  }

  /** Something reaches the process from outside: at once, after a pause, or never. */
  deliver(run: () => void): void {
    this.#life?.deliver(run)
  }

  pause(): void {
    this.#life?.pause()
  }

  resume(): void {
    const life = this.#life
    if (life === undefined) return
    for (const run of life.takeBacklog()) this.#deps.queue.after(0, () => life.deliver(run))
  }

  /** Ends the process at once. `power`: the machine as well, with what was not synced. */
  die(how: 'power' | 'kill'): void {
    if (this.#life === undefined) return
    const store = this.#running?.store
    if (store !== undefined) this.#rows = store.crash(this.#random.below(3))
    this.#finish(how)
    if (how === 'power') {
      this.#isPowerOff = true
      this.disk.powerOff()
      this.#deps.network.silence(this.id)
    } else {
      this.disk.kill()
      this.#deps.network.refuse(this.id)
    }
  }

  /** Ends the process as an operator does; it may take a while. */
  stop(): void {
    const running = this.#running
    const life = this.#life
    if (running === undefined || life === undefined || life.isPaused) return
    this.#reached('graceful-stop')
    const onStopped = (): void => {
      if (!life.isAlive) return
      this.#rows = running.store.rows
      this.#finish('stop')
      this.disk.kill()
      this.#deps.network.refuse(this.id)
    }
    this.#stop(running).then(onStopped, (error: Error) => this.#fatal(life, error))
  }

  /** Forgets everything done to it that is not on the disk. */
  heal(): void {
    this.#effectsLeft = undefined
    this.#syncFactor = 1
    this.disk.mend()
  }

  // -------------------------------------------------------------------------------------- lives

  /** Starts a process, unless there is one or there never will be. `cut`: what a power cut left. */
  start(cut: PowerCut = 'lose'): void {
    if (this.#life !== undefined || this.#isLost) return
    this.#lives += 1
    const life = new Life(this.#lives)
    this.#life = life
    if (this.#isPowerOff) this.disk.powerOn(cut)
    this.#isPowerOff = false
    this.#isLocked = false
    this.#boot(life).catch((error: unknown) => this.#refused(life, error))
  }

  async #boot(life: Life): Promise<void> {
    const { queue, swarm, logger } = this.#deps
    const { faultsStruck } = this.disk
    const random = this.#random.fork(`life-${life.number}`)
    const clock = new MemberClock(
      { queue, deliver: life.deliver },
      {
        rate: drift(random, swarm.driftPerMille),
        startMs: random.below(1_000_000),
        wallStartMs: wallStartMs + Math.floor(queue.nowMs) + random.below(2000),
      },
    )
    const opened = await openMember(
      { clock, random, logger, disk: this.disk, swarm, rows: () => this.#rows },
      {
        origin: this.origin,
        lockDirectory: () => this.#lock(),
        onStateCreated: () => {
          this.#rows = new Map()
        },
        onCommandFailed: (failure) => {
          if (life.isAlive) throw new Error(`a command threw: ${JSON.stringify(failure)}`)
        },
        onFatal: (error) => this.#fatal(life, error),
        canRefetch: this.#believed().voters.some((id) => id !== this.id),
      },
    )
    if (!life.isAlive) return
    const isStateLost = opened.plan === 'rebuild' || opened.plan === 'refetch'
    // It would be whole again, and nobody would hear that the product loses states.
    if (isStateLost && this.#cause === undefined) throw new Error('its state is lost')
    if (opened.plan === 'finish') this.#reached('install-finished-at-boot')
    if (opened.cutCopy !== undefined) this.#reached('torn-tail-cut')
    if (opened.contents.announced !== undefined) this.#reached('announced-image-lost')
    // A fault that struck while the log was being opened may end this life much later.
    if (this.disk.faultsStruck === faultsStruck) this.#forgetCause()
    this.#takePart(life, { ...opened, clock, random })
    if (opened.plan === 'rebuild' && this.#cause === 'state-damage') {
      this.#reached('state-rebuilt')
      this.#cause = undefined
    }
  }

  /** Whom it knew last: what a real member keeps beside its identity. */
  #believed(): Configuration {
    return this.#lastConfiguration ?? this.origin.seed
  }

  /** What made an earlier life fail is over. */
  #forgetCause(): void {
    const isOver = this.#cause === 'disk-error' || this.#cause === 'planted'
    if (isOver && !this.disk.isFaulty) this.#cause = undefined
  }

  /** Two processes on one directory are a bug of the simulator. */
  async #lock(): Promise<DirectoryLock> {
    assert(!this.#isLocked, 'one process at a time has the directory')
    this.#isLocked = true
    return {
      release: async () => {
        this.#isLocked = false
      },
    }
  }

  /** The process is ready to take part. */
  #takePart(life: Life, parts: OpenedMember & { clock: MemberClock; random: Random }): void {
    const { clock, random, log, store, durable } = parts
    const { logger } = this.#deps
    this.#showBoot(life, parts)
    const observer = this.#stateObserver(life, durable)
    const state = new ObservedState(durable, observer, () => log.isDiskFull)
    const [first] = parts.contents.entries
    if (durable.state.appliedIndex === 0 && first?.index === 1) state.apply([first])
    const end = this.#connect(life)
    const node = this.#createNode(life, { ...parts, state, end })
    const proposer = new Proposer(
      { clock, logger, log: node, state: durable.state },
      {
        replicaId: this.id,
        bootId: toHex(random.fork('boot').bytes(16)),
        clientAddress: `${this.origin.raftAddress}0`,
        programVersion: '0.1.0',
      },
    )
    const serving = { life, clock, random: random.fork('serving'), state: durable.state }
    const work = this.onServe({ ...serving, node, proposer })
    const deps = { clock, logger, raft: node, state: durable.state, proposer, work }
    const duties = new LeaderDuties(deps)
    this.#running = { life, clock, end, log, store, state, node, proposer, duties }
    node.onChange((change) => this.#noticeRole(life, change))
    void node.start()
    void durable.start()
    void proposer.start()
    void duties.start()
    this.#watchSpace(this.#running)
  }

  #showBoot(life: Life, { contents, durable }: OpenedMember): void {
    const { clusterId, incarnation } = this.origin.identity
    this.#logEntries = contents.entries.length
    this.#committed = 0
    this.#deps.emit({
      type: 'booted',
      member: this.id,
      life: life.number,
      incarnation,
      clusterId,
      contents,
      appliedIndex: durable.state.appliedIndex,
    })
  }

  #createNode(
    life: Life,
    parts: OpenedMember & {
      readonly clock: MemberClock
      readonly random: Random
      readonly state: ObservedState
      readonly end: NetworkEnd
    },
  ): RaftNode {
    const { clock, random, log, state, images, end, contents, plan } = parts
    const { logger, swarm } = this.#deps
    const { appliedIndex, clusterClockMs } = state.durable.state
    return new RaftNode(
      {
        clock,
        random: random.fork('raft'),
        logger,
        transport: end,
        log: new ObservedLog(log, this.#logObserver(), () => life.isAlive),
        stateMachine: state,
        images,
      },
      {
        ...swarm.raft,
        id: this.id,
        configuration: this.#firstConfiguration(parts),
        contents,
        applied: appliedIndex,
        lacksState: plan === 'refetch',
        clusterClockMs,
        onFatal: (error) => this.#fatal(life, error),
        onRemoved: () => this.#removed(life),
        onDigestMismatch: (mismatch) => state.onDigestMismatch(mismatch),
      },
    )
  }

  /** With a lost state the members it remembers, or, as often, nobody at all. */
  #firstConfiguration({ plan, durable, random }: OpenedMember & { random: Random }): Configuration {
    if (plan === 'refetch') {
      const remembers = random.fork('hearsay').ratio(1, 2)
      return remembers ? { ...this.#believed(), id: 0 } : noMembers
    }
    return durable.state.appliedIndex === 0 ? this.origin.seed : durable.configuration()
  }

  async #stop({ duties, proposer, node, state, log, store }: Running): Promise<void> {
    await duties.stop()
    await proposer.stop()
    await node.stop()
    await state.durable.stop()
    await log.close()
    await store.close()
  }

  /** Looks now and then whether a full disk has room again, as the scheduler does. */
  #watchSpace(running: Running): void {
    const { clock, log } = running
    clock.setTimer(spacePauseMs, () => {
      if (this.#running !== running) return
      // A failed look is the log's end, which its next writer reports.
      if (log.isDiskFull) void log.checkSpace().catch(() => undefined)
      this.#watchSpace(running)
    })
  }

  // ------------------------------------------------------------------------------------ effects

  #connect(life: Life): NetworkEnd {
    const end = this.#deps.network.attach(this.id, life.number, life.deliver)
    return {
      ...end,
      send: (to, message) => {
        this.#effect()
        return life.isAlive && end.send(to, message)
      },
      onMessage: (receive) =>
        end.onMessage((message) => {
          this.#effect()
          if (life.isAlive) receive(message)
        }),
    }
  }

  #takes(operation: 'read' | DiskOperation): Promise<void> | undefined {
    const life = this.#life
    if (operation !== 'sync' || life === undefined) return undefined
    const { queue, swarm } = this.#deps
    const share = (1 + this.#random.below(0xffff)) / 0x1_0000
    const tookMs = swarm.syncMsMin - swarm.syncMsMean * Math.log(share)
    return new Promise((resolve) => {
      queue.after(tookMs * this.#syncFactor, () => life.deliver(resolve))
    })
  }

  /** Something is about to leave the process, or to reach it. */
  #effect(): void {
    const left = this.#effectsLeft
    if (left === undefined || this.#life === undefined) return
    left.count -= 1
    if (left.count > 0) return
    this.#effectsLeft = undefined
    this.die(left.how)
  }

  #logObserver(): LogObserver {
    const { emit } = this.#deps
    const member = this.id
    let compactedIndex: number | undefined
    const note = (lastIndex: number): void => {
      this.#logEntries = lastIndex - (compactedIndex ?? 0)
    }
    return {
      started: (group) => emit({ type: 'append-started', member, group }),
      durable: (group) => {
        const last = group.entries.at(-1)
        if (last !== undefined) note(last.index)
        emit({ type: 'appended-durable', member, group })
      },
      compacted: (mark) => {
        compactedIndex = mark.index
        emit({ type: 'log-compacted', member, mark })
      },
      resetting: (mark, hardState) => emit({ type: 'reset-started', member, mark, hardState }),
      reset: (mark, hardState) => {
        compactedIndex = mark.index
        this.#logEntries = 0
        emit({ type: 'log-reset', member, mark, hardState })
      },
    }
  }

  #stateObserver(life: Life, { state }: DurableState): StateObserver {
    const { emit } = this.#deps
    const member = this.id
    return {
      committed: () => this.noticeCommit(),
      beforeEntry: () => {
        this.#effect()
        if (!life.isAlive) throw new ProcessEnded('the process has died here')
      },
      applied: (entry, frame, reports, digest) =>
        emit({ type: 'applied', member, entry, ...frame, reports, digest }),
      configured: (configuration) => {
        this.#lastConfiguration = configuration
        if (life.isAlive) emit({ type: 'configuration', member, configuration })
      },
      replaced: () => {
        if (!life.isAlive) return
        const mark = { index: state.appliedIndex, term: state.appliedTerm }
        const configuration = state.configuration()
        const digest = state.digest()
        emit({ type: 'image-installed', member, mark, configuration, digest })
        if (this.#cause !== 'state-damage') return
        this.#reached('state-refetched')
        this.#cause = undefined
      },
      outvoted: (ids) => {
        for (const id of ids) emit({ type: 'reached', name: 'outvoted-digest', member: id })
        if (!ids.includes(member)) return
        const message = 'a majority has another state than this leader'
        this.#fatal(life, new CodedError('SCHED_STATE_DIVERGED', message))
      },
    }
  }

  #reached(name: string): void {
    this.#deps.emit({ type: 'reached', name, member: this.id })
  }

  /** Reports what is committed by now; called after every event and before anything is applied. */
  noticeCommit(): void {
    const node = this.#running?.node
    if (node === undefined || node.commitIndex <= this.#committed) return
    this.#committed = node.commitIndex
    const { term } = node.leadership()
    this.#deps.emit({ type: 'committed', member: this.id, index: this.#committed, term })
  }

  #noticeRole(life: Life, { role, term, leader }: LeadershipChange): void {
    if (!life.isAlive) return
    const { emit } = this.#deps
    const before = this.#seen
    this.#seen = { role, term, leader }
    if (role === 'leader' && (before?.role !== role || before.term !== term)) {
      emit({ type: 'leader-elected', member: this.id, term })
    }
    emit({ type: 'role-changed', member: this.id, role, term, leader })
  }

  // --------------------------------------------------------------------------------------- ends

  #fatal(life: Life, error: Error): void {
    if (!life.isAlive) return
    const code = isCoded(error) ? error.code : error.name
    this.#deps.logger.fatal({ code, message: messageOf(error) }, 'the member has stopped for good')
    this.#deps.emit({ type: 'fatal', member: this.id, code, injectedCause: this.#cause })
    // What a failed sync left in the cache is not on the disk: the machine starts anew.
    this.die(this.#cause === 'disk-error' ? 'power' : 'kill')
  }

  #removed(life: Life): void {
    if (!life.isAlive) return
    this.#reached('removed-member-stopped')
    this.#isLost = true
    this.die('kill')
  }

  #refused(life: Life, error: unknown): void {
    if (!life.isAlive) return
    const code = isCoded(error) ? error.code : messageOf(error)
    const injectedCause = this.#cause
    this.#deps.emit({ type: 'boot-refused', member: this.id, code, injectedCause })
    this.#isLost = injectedCause !== 'disk-error'
    this.die('power')
  }

  #finish(how: 'power' | 'kill' | 'stop'): void {
    const life = this.#life
    if (life === undefined) return
    const running = this.#running
    running?.end.detach()
    life.end()
    this.#life = undefined
    this.#running = undefined
    this.#effectsLeft = undefined
    this.#seen = undefined
    this.#deps.emit({ type: 'crashed', member: this.id, life: life.number, how })
    this.onEnd(life)
  }
}

/** A clock's rate: as often slow as fast. */
function drift(random: Random, perMille: number): number {
  if (perMille === 0) return 1
  const share = 1 + random.below(perMille + 1) / 1000
  return random.ratio(1, 2) ? share : 1 / share
}
