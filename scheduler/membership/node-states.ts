// The leader keeps the node states true (design 6): it asks loading members how far they have come,
// calls them online once they show what was committed, and failed when they are silent. What it
// decides is planned by node-state-plan.ts and checked again when it is applied.
import type { Clock, Logger, Timer } from '../../base/index.ts'
import {
  dutyTimeoutMs,
  failSilenceMs,
  featuresOn,
  isAskedForProgress,
  memberProgressFeature,
  memberProgressTable,
  memberTable,
  nodeStateLookMs,
  planNodeState,
  progressOf,
  progressReportMs,
  progressReportPercent,
  sessionOfReplica,
  setMemberProgress,
  setNodeState,
} from '../replication/index.ts'
import type {
  CommandRequest,
  DutyProposer,
  LeaderWork,
  MemberRow,
  MemberSight,
  ProgressAnswer,
  StateReader,
} from '../replication/index.ts'
import { ContactWatch } from './contact-watch.ts'
import type { Contact } from './contact-watch.ts'

/** The part of Raft that is used; `RaftNode` satisfies it. */
export interface NodeStatesRaft {
  status(): {
    readonly id: number
    readonly role: string
    readonly term: number
    readonly commit: number
    /** The running cluster clock. */
    readonly clusterClockMs: number
  }
  /** Since the last message of a member; undefined when it was never heard. */
  contactAgeMs(id: number): number | undefined
}

/** Asks that very replica, of that very incarnation; undefined when it does not answer in time. */
export type AskProgress = (
  member: Pick<MemberRow, 'replicaId' | 'incarnation' | 'raftAddress' | 'hostId'>,
) => Promise<ProgressAnswer | undefined>

export interface NodeStatesDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly raft: NodeStatesRaft
  readonly state: { readonly reader: StateReader; estimateBytes(): number }
  readonly proposer: DutyProposer
  readonly askProgress: AskProgress
}

export interface NodeStatesOptions {
  /** Longest pause between two messages of a healthy member. */
  readonly electionTimeoutMs: number
}

type Answered = NonNullable<MemberSight['answer']>

/** Keeps the node states while this member leads. */
export class NodeStates implements LeaderWork {
  readonly #deps: NodeStatesDeps
  readonly #contacts: ContactWatch
  readonly #silenceMs: number
  /** 0 = this member does not lead. */
  #term = 0
  #timer: Timer | undefined
  /** Since the look before, by this member's own clock. */
  #lookedAtMs = 0
  /** Members that are being asked, and those something is proposed about. */
  readonly #asking = new Set<number>()
  readonly #proposing = new Set<number>()
  readonly #answers = new Map<number, Answered>()
  /** When the progress of a member was proposed last. */
  readonly #reportedAtMs = new Map<number, number>()

  constructor(deps: NodeStatesDeps, options: NodeStatesOptions) {
    this.#deps = deps
    const { electionTimeoutMs } = options
    this.#contacts = new ContactWatch({ breakMs: electionTimeoutMs })
    this.#silenceMs = Math.max(failSilenceMs, electionTimeoutMs)
  }

  lead(term: number): void {
    this.stepDown()
    this.#term = term
    this.#lookedAtMs = this.#deps.clock.nowMs()
    this.#look()
  }

  stepDown(): void {
    this.#term = 0
    this.#timer?.cancel()
    this.#timer = undefined
    this.#contacts.clear()
    this.#answers.clear()
    this.#reportedAtMs.clear()
  }

  #look(): void {
    const { clock, raft, state } = this.#deps
    const term = this.#term
    if (term === 0) return
    this.#timer = clock.setTimer(nodeStateLookMs, () => this.#look())
    const status = raft.status()
    if (status.role !== 'leader' || status.term !== term) return
    const rows: MemberRow[] = []
    state.reader.each(memberTable, 'byReplica', {}, (row) => {
      rows.push(row)
    })
    const contacts = this.#contactsOf(rows, status)
    for (const row of rows) {
      const { replicaId } = row
      const isSelf = replicaId === status.id
      this.#judge(row, isSelf, contacts.get(replicaId))
      if (isSelf || !isAskedForProgress(row.state)) this.#answers.delete(replicaId)
      else this.#ask(row, term)
    }
  }

  #contactsOf(
    rows: readonly MemberRow[],
    status: ReturnType<NodeStatesRaft['status']>,
  ): ReadonlyMap<number, Contact> {
    const { clock, raft } = this.#deps
    const nowMs = clock.nowMs()
    const lookMs = nowMs - this.#lookedAtMs
    this.#lookedAtMs = nowMs
    const heard = new Map<number, boolean>()
    for (const { replicaId } of rows) {
      if (replicaId === status.id) continue
      const ageMs = raft.contactAgeMs(replicaId)
      heard.set(replicaId, ageMs !== undefined && ageMs <= lookMs)
    }
    return this.#contacts.look(status.clusterClockMs, heard)
  }

  #judge(row: MemberRow, isSelf: boolean, contact: Contact | undefined): void {
    const { replicaId, state: from } = row
    const answer = this.#answers.get(replicaId)
    const session = sessionOfReplica(this.#deps.state.reader, replicaId)
    const sight: MemberSight = {
      isSelf,
      sessionBootId: session?.bootId ?? '',
      silentMs: contact?.silentMs ?? 0,
      contactMs: contact?.contactMs ?? 0,
      ...(answer === undefined ? {} : { answer }),
    }
    const change = planNodeState(row, sight, this.#silenceMs)
    if (change === undefined) return
    const { to } = change
    this.#propose(replicaId, { command: setNodeState, body: change }, () => {
      const fields = { replicaId, hostId: row.hostId, from, to }
      if (to === 'fail') this.#deps.logger.warn(fields, 'a member failed')
      else this.#deps.logger.info(fields, 'a member changed its state')
    })
  }

  #ask(row: MemberRow, term: number): void {
    const { replicaId } = row
    if (this.#asking.has(replicaId)) return
    this.#asking.add(replicaId)
    // What is committed later may come while it answers; it need not show that yet.
    const { commit } = this.#deps.raft.status()
    const done = (answer: ProgressAnswer | undefined): void => {
      this.#asking.delete(replicaId)
      if (this.#term !== term) return
      const now = this.#deps.state.reader.get(memberTable, replicaId)
      if (answer === undefined || !isWellFormed(answer)) return
      if (now === undefined || !isAskedForProgress(now.state)) return
      const answered = { ...answer, commit }
      this.#answers.set(replicaId, answered)
      this.#judge(now, false, undefined)
      this.#report(now, answered)
    }
    this.#deps.askProgress(row).then(done, (error: unknown) => {
      this.#deps.logger.error({ err: error, replicaId }, 'a member could not be asked')
      done(undefined)
    })
  }

  /** Keeps the progress in the state, unless it has hardly changed. */
  #report(row: MemberRow, answer: Answered): void {
    const { clock, state } = this.#deps
    const { replicaId, incarnation, bootId } = row
    if (bootId !== '' && answer.bootId !== bootId) return
    if (!featuresOn(state.reader).includes(memberProgressFeature)) return
    const { bytesDone, bytesTotal, percent } = progressOf(answer, state.estimateBytes())
    const kept = state.reader.get(memberProgressTable, replicaId)
    const nowMs = clock.nowMs()
    if (kept?.bootId === answer.bootId) {
      if (kept.bytesDone === bytesDone && kept.percent === percent) return
      const isSoon = nowMs - (this.#reportedAtMs.get(replicaId) ?? 0) < progressReportMs
      if (isSoon && Math.abs(percent - kept.percent) < progressReportPercent) return
    }
    const progress = { bootId: answer.bootId, bytesDone, bytesTotal, percent }
    const body = { replicaId, incarnation, ...progress }
    this.#propose(replicaId, { command: setMemberProgress, body }, () => {
      this.#reportedAtMs.set(replicaId, nowMs)
    })
  }

  /** One proposal for each member at a time, so that none overtakes another. */
  #propose(replicaId: number, { command, body }: CommandRequest, done: () => void): void {
    if (this.#proposing.has(replicaId)) return
    this.#proposing.add(replicaId)
    const sent = this.#deps.proposer.propose(command, body, { timeoutMs: dutyTimeoutMs })
    void sent.then((outcome) => {
      this.#proposing.delete(replicaId)
      const isDone = outcome.ok && (outcome.result as { readonly ok: boolean }).ok
      if (isDone) done()
      else this.#deps.logger.debug({ replicaId, command: command.name, outcome }, 'not done')
    })
  }
}

/** Whoever answers at a member's address may say anything; commands take what can be encoded. */
function isWellFormed({ bootId, bytesDone, bytesTotal, applied }: ProgressAnswer): boolean {
  const figures = [bytesDone, bytesTotal, applied]
  return (
    /^[0-9a-f]{32}$/.test(bootId) &&
    figures.every((each) => Number.isSafeInteger(each) && each >= 0)
  )
}
