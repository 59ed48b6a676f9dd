// A leader over a log that commits at once, with members whose contact, progress and sessions are
// set by hand: what the leader's works on members are tested with.
import { nullLogger, VirtualClock } from '../../base/index.ts'
import {
  bootstrapEntryData,
  encodeEnvelope,
  joinBatch,
  LocalLog,
  memberTable,
  Proposer,
  ReplicatedState,
  schedulerDomain,
  setNodeState,
} from '../replication/index.ts'
import type {
  Domain,
  LeaderWork,
  MemberState,
  ProgressAnswer,
  SettableState,
} from '../replication/index.ts'
import type { Entry } from '../../raft/index.ts'

export const incarnationOf = (id: number): string => id.toString(16).padStart(2, '0').repeat(16)
export const bootOf = (id: number, boot = 0): string => `${boot}${id}`.repeat(16)

const clusterId = 'c1'.repeat(16)
const ids = [1, 2, 3]

/** Member 1 leads; its cluster clock is the virtual one. */
export class LeaderFixture {
  readonly clock = new VirtualClock({ settle: () => new Promise((done) => setImmediate(done)) })
  readonly state: ReplicatedState
  readonly log: LocalLog
  readonly proposer: Proposer
  /** Members that cannot be heard. */
  readonly silent = new Set<number>()
  /** What members answer about their progress; nobody answers by itself. */
  readonly answers = new Map<number, ProgressAnswer>()
  /** Members that were asked, in order. */
  readonly asked: number[] = []
  /** Whom leadership was handed to. */
  readonly transfers: number[] = []
  readonly matches = new Map<number, number>()
  term = 1
  readonly #heardAtMs = new Map<number, number>()
  readonly #works: LeaderWork[] = []

  constructor(domain: Domain = schedulerDomain) {
    this.state = new ReplicatedState(domain, {
      onCommandFailed: ({ error }) => {
        throw error
      },
    })
    const stateMachine = {
      apply: (entries: readonly Entry[]) =>
        this.state.apply(entries.map((entry) => ({ ...entry, stampMs: this.clock.nowMs() }))),
    }
    this.log = new LocalLog({ stateMachine }, { appliedIndex: 0 })
    const members = ids.map((replicaId) => ({
      replicaId,
      hostId: `s${replicaId}`,
      incarnation: incarnationOf(replicaId),
      raftAddress: `10.0.0.${replicaId}:8003`,
    }))
    this.log.append(bootstrapEntryData({ clusterId, members, features: domain.features }))
    this.proposer = new Proposer(
      { clock: this.clock, logger: nullLogger, log: this.log, state: this.state },
      { replicaId: 1, bootId: bootOf(1), clientAddress: 'c:1', programVersion: '0.1.0' },
    )
  }

  /** What Raft says. */
  readonly raft = {
    status: () => ({
      id: 1,
      role: 'leader',
      term: this.term,
      commit: this.log.entries.length,
      clusterClockMs: this.clock.nowMs(),
      progress: ids
        .filter((id) => id !== 1)
        .map((id) => ({
          id,
          match: this.matches.get(id) ?? 0,
          isRecentlyActive: !this.silent.has(id),
        })),
    }),
    contactAgeMs: (id: number): number | undefined => {
      if (!this.silent.has(id)) this.#heardAtMs.set(id, this.clock.nowMs())
      const heardAtMs = this.#heardAtMs.get(id)
      return heardAtMs === undefined ? undefined : this.clock.nowMs() - heardAtMs
    },
    transferLeadership: async (to: number): Promise<{ readonly ok: boolean }> => {
      this.transfers.push(to)
      return { ok: false }
    },
  }

  readonly askProgress = async ({
    replicaId,
  }: {
    readonly replicaId: number
  }): Promise<ProgressAnswer | undefined> => {
    this.asked.push(replicaId)
    return this.answers.get(replicaId)
  }

  /** What the works under test are made of. */
  get deps() {
    const { clock, raft, state, proposer, askProgress } = this
    return { clock, logger: nullLogger, raft, state, proposer, askProgress }
  }

  /** Opens the leader's own session and begins to lead. */
  async lead(...works: LeaderWork[]): Promise<void> {
    await this.proposer.start()
    await this.clock.advance(1)
    this.#works.push(...works)
    for (const work of works) work.lead(this.term)
    await this.clock.advance(1)
  }

  /** Another term of the same leader. */
  async leadAgain(): Promise<void> {
    for (const work of this.#works) work.stepDown()
    this.term += 1
    for (const work of this.#works) work.lead(this.term)
    await this.clock.advance(1)
  }

  /** Member `id` starts: it opens a session and says no more. */
  async boot(replicaId: number, boot = 0, features?: readonly string[]): Promise<void> {
    const { openSession, domain } = this.state.registry
    const { kind, kindVersion } = openSession
    const body = openSession.encode({
      replicaId,
      bootId: bootOf(replicaId, boot),
      generation: 1,
      clientAddress: `c:${replicaId}`,
      programVersion: '0.1.0',
      protocolVersion: 1,
      features: features ?? domain.supportedFeatures,
    })
    const envelope = { kind, kindVersion, seq: 0, notAfterMs: 0, actor: '', opId: '', body }
    this.log.append(joinBatch(0, [encodeEnvelope(envelope)]))
    await this.clock.advance(1)
  }

  /** Member `id` shows everything that is committed, now and later. */
  catchUp(id: number, boot = 0): void {
    this.answers.set(id, {
      bootId: bootOf(id, boot),
      phase: 'running',
      bytesDone: 0,
      bytesTotal: 0,
      applied: Number.MAX_SAFE_INTEGER,
    })
  }

  /** An operator sets the state of a member. */
  async set(replicaId: number, to: SettableState): Promise<void> {
    const from: readonly MemberState[] = [this.stateOf(replicaId)]
    const incarnation = incarnationOf(replicaId)
    const body = { replicaId, incarnation, bootId: '', from, to }
    const sent = this.proposer.propose(setNodeState, body, { timeoutMs: 1000 })
    await this.clock.advance(1)
    const outcome = await sent
    if (!outcome.ok || !outcome.result.ok) throw new Error(`member ${replicaId} is not ${to}`)
  }

  stateOf(id: number): MemberState {
    return this.state.reader.get(memberTable, id)?.state ?? 'left'
  }
}
