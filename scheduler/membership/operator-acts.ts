// What an operator asks about a member, done by the leader: the plan of raft/membership, act by
// act. Nothing here is remembered that matters. An act that takes leadership away ends here, and
// whoever asked asks the next leader, which finds what is left to do; who asks twice finds it done.
import { CodedError } from '../../base/index.ts'
import type { Clock, Logger } from '../../base/index.ts'
import { refusalError } from '../../proto/index.ts'
import { isJoint, planMemberChange } from '../../raft/index.ts'
import type {
  ChangePlan,
  ConfigurationChange,
  MemberAction,
  MemberOperation,
  MemberRequest,
  MembersView,
  PlannedAct,
} from '../../raft/index.ts'
import {
  encodeChangeContext,
  memberTable,
  peersTable,
  removedMemberTable,
  sessionOfReplica,
  setNodeState,
} from '../replication/index.ts'
import type {
  MemberDetails,
  MembershipResult,
  MemberState,
  RemovalReason,
  StateReader,
} from '../replication/index.ts'
import type { CommandPort, CommandRefusal, GroupPort } from '../rpc/ports.ts'
import { drainLookMs, drainMsMax, freshLeaderMs, jointLookMs } from './operator-limits.ts'
import {
  appliedError,
  changeError,
  nodeStateError,
  notLeaderError,
  planError,
  transferError,
} from './operator-errors.ts'

export interface OperatorActsDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly raft: Pick<
    GroupPort,
    'changeConfiguration' | 'configuration' | 'onChange' | 'status' | 'transferLeadership'
  >
  readonly state: {
    readonly appliedIndex: number
    readonly reader: Pick<StateReader, 'first' | 'get' | 'groupSize'>
  }
  readonly commands: Pick<CommandPort, 'propose'>
}

/** Who asks, and how long there is. */
export interface OperatorCall {
  readonly actor: string
  /** Why, in the operator's words. */
  readonly reason: string
  remainingMs(): number
}

/** A plan that may be carried out. */
export type GoodPlan = Extract<ChangePlan, { ok: true }>

/** Plans and carries out operators' commands on the leader. */
export class OperatorActs {
  readonly #deps: OperatorActsDeps
  /** Since when this leader waits for a member's streams, by its own clock. */
  readonly #drains = new Map<number, { readonly term: number; readonly sinceMs: number }>()
  /** By its own clock; Infinity while it does not. */
  #leadsSinceMs: number

  constructor(deps: OperatorActsDeps) {
    this.#deps = deps
    this.#leadsSinceMs = deps.clock.nowMs()
    // For as long as the process: it has one of these and one Raft.
    deps.raft.onChange(({ role }) => {
      if (role !== 'leader') this.#leadsSinceMs = Number.POSITIVE_INFINITY
      else this.#leadsSinceMs = Math.min(this.#leadsSinceMs, deps.clock.nowMs())
    })
  }

  /** What the command would do now. @throws SCHED_NOT_LEADER and the codes of a refused plan */
  plan(request: MemberRequest): GoodPlan {
    const status = this.#deps.raft.status()
    if (status.role !== 'leader') throw notLeaderError()
    const view = this.#view()
    const plan = planMemberChange(status.configuration, request, view)
    if (plan.ok) return plan
    if (this.#mayHearMore(request, view)) throw changeError('not-ready')
    throw planError(plan.reason, this.#textOf(request, plan.text))
  }

  /**
   * Carries out a command; resolves with the log index after it.
   * @throws SCHED_NOT_LEADER when leadership was handed over first: the next leader goes on;
   * SCHED_MEMBER_DRAINING when its streams take longer than the call: ask again; and what `plan`,
   * Raft and the state refuse.
   */
  async change(
    request: MemberRequest,
    call: OperatorCall,
  ): Promise<{ readonly index: number; readonly plan: GoodPlan }> {
    const { logger, state } = this.#deps
    const { action, id } = request
    const { actor, reason } = call
    const fields = { action, replicaId: id, by: request.by, actor, reason }
    try {
      const plan = this.plan(request)
      logger.info({ ...fields, steps: plan.steps }, 'operator command')
      for (const act of plan.acts) await this.#perform(act, action, call)
      logger.info({ ...fields, index: state.appliedIndex }, 'operator command done')
      return { index: state.appliedIndex, plan }
    } catch (error) {
      const code = error instanceof CodedError ? error.code : 'SCHED_INTERNAL'
      logger.warn({ ...fields, code }, 'operator command not done')
      throw error
    }
  }

  async #perform(act: PlannedAct, action: MemberAction, call: OperatorCall): Promise<void> {
    switch (act.act) {
      case 'transfer':
        await this.#transfer(act.to, call)
        // A state may be set from anywhere and its commands are done; members change at the leader.
        if (action !== 'transfer-leader' && action !== 'hide' && action !== 'drain') {
          throw notLeaderError()
        }
        return
      case 'set-state':
        return this.#setState(act, call)
      case 'wait-drained':
        return this.#waitDrained(act.id, call)
      case 'change':
        return this.#changeMembers(act.operations, action, call)
    }
  }

  async #transfer(to: number, call: OperatorCall): Promise<void> {
    const timeoutMs = leftOf(call)
    const outcome = await this.#deps.raft.transferLeadership(to, { timeoutMs })
    if (!outcome.ok) throw transferError(outcome.reason)
  }

  async #setState(
    { id, from, to }: Extract<PlannedAct, { act: 'set-state' }>,
    call: OperatorCall,
  ): Promise<void> {
    const { commands, state } = this.#deps
    const member = state.reader.get(memberTable, id)
    if (member === undefined) throw nodeStateError('not-a-member')
    const { incarnation } = member
    const body = { replicaId: id, incarnation, bootId: '', from: from as MemberState[], to }
    const options = { timeoutMs: leftOf(call), actor: call.actor }
    const answer = await commands.propose(setNodeState, body, options)
    if (!answer.ok) throw refusalError(wireRefusal(answer.reason))
    if (!answer.result.ok) throw nodeStateError(answer.result.reason)
  }

  /** Its streams end by themselves; who holds on for too long is let go of. */
  async #waitDrained(id: number, call: OperatorCall): Promise<void> {
    const { clock, logger } = this.#deps
    const sinceMs = this.#drainingSinceMs(id)
    for (;;) {
      const streams = this.#streamsOf(id)
      if (streams === 0) break
      if (clock.nowMs() - sinceMs >= drainMsMax) {
        logger.warn({ replicaId: id, streams }, 'a member is removed with streams open')
        break
      }
      if (call.remainingMs() <= drainLookMs) {
        const text = `${this.#nameOf(id)} still serves ${streams} streams; ask again`
        throw new CodedError('SCHED_MEMBER_DRAINING', text)
      }
      await clock.sleep(drainLookMs)
    }
    this.#drains.delete(id)
  }

  /** The first call of this term began it: whoever asks again does not wait anew. */
  #drainingSinceMs(id: number): number {
    const { clock, raft } = this.#deps
    const { term } = raft.status()
    const known = this.#drains.get(id)
    if (known?.term === term) return known.sinceMs
    for (const [other, drain] of this.#drains) {
      if (drain.term !== term) this.#drains.delete(other)
    }
    const sinceMs = clock.nowMs()
    this.#drains.set(id, { term, sinceMs })
    return sinceMs
  }

  async #changeMembers(
    operations: readonly MemberOperation[],
    action: MemberAction,
    call: OperatorCall,
  ): Promise<void> {
    const { raft } = this.#deps
    const reason = this.#reasonOf(operations, action)
    const change: ConfigurationChange = {
      expectedId: raft.status().configuration.id,
      transition: 'auto',
      operations,
      context: encodeChangeContext(operations.map((operation) => this.#details(operation, reason))),
    }
    const outcome = await raft.changeConfiguration(change, { timeoutMs: leftOf(call) })
    if (!outcome.ok) throw changeError(outcome.reason)
    const result = outcome.result as MembershipResult
    if (!result.ok) throw appliedError(result)
    await this.#waitLeft(call)
  }

  /** Raft leaves a joint configuration by itself; the next command should not meet it. */
  async #waitLeft(call: OperatorCall): Promise<void> {
    const { clock, raft } = this.#deps
    while (isJoint(raft.configuration()) && call.remainingMs() > jointLookMs) {
      await clock.sleep(jointLookMs)
    }
  }

  #details({ op, id }: MemberOperation, reason: RemovalReason): MemberDetails {
    const member = this.#deps.state.reader.get(memberTable, id)
    if (member === undefined) throw changeError('not-member')
    const { replicaId, incarnation } = member
    const details = { replicaId, incarnation, hostId: '', raftAddress: '' }
    return op === 'remove' ? { ...details, reason } : details
  }

  /** A replaced host lives on in its successor; one whose place another takes is sent away. */
  #reasonOf(operations: readonly MemberOperation[], action: MemberAction): RemovalReason {
    const hosts = new Set(operations.map(({ id }) => this.#nameOf(id)))
    if (action === 'replace') return hosts.size === 1 ? 'replaced' : 'removed'
    return action === 'decommission' ? 'decommissioned' : 'removed'
  }

  #streamsOf(id: number): number {
    const { reader } = this.#deps.state
    const session = sessionOfReplica(reader, id)
    return session === undefined ? 0 : reader.groupSize(peersTable, 'byOwner', session.sessionId)
  }

  #view(): MembersView {
    const { raft, state } = this.#deps
    const status = raft.status()
    const progress = new Map(status.progress.map((each) => [each.id, each]))
    return {
      leaderId: status.id,
      isChanging: status.pendingChangeIndex > status.applied,
      isActive: (id) => id === status.id || progress.get(id)?.isRecentlyActive === true,
      lagOf: (id) => {
        if (id === status.id) return 0
        const { match = 0, lacksState = false } = progress.get(id) ?? {}
        // Who has lost its state holds the log and nothing to serve from.
        return match === 0 || lacksState ? undefined : Math.max(status.commit - match, 0)
      },
      stateOf: (id) => state.reader.get(memberTable, id)?.state ?? 'left',
      nameOf: (id) => this.#nameOf(id),
      versionOf: (id) => state.reader.get(memberTable, id)?.programVersion ?? '',
    }
  }

  /**
   * A leader that was just elected has heard nobody but who voted for it. Would it do what it is
   * asked, if all others answered?
   */
  #mayHearMore(request: MemberRequest, view: MembersView): boolean {
    const { clock, raft } = this.#deps
    if (clock.nowMs() - this.#leadsSinceMs >= freshLeaderMs) return false
    const lagOf = (id: number): number => view.lagOf(id) ?? 0
    const all = { ...view, isActive: () => true, lagOf }
    return planMemberChange(raft.status().configuration, request, all).ok
  }

  #nameOf(id: number): string {
    return this.#deps.state.reader.get(memberTable, id)?.hostId ?? String(id)
  }

  /** Of a member that is gone it says when and why. */
  #textOf({ id }: MemberRequest, text: string): string {
    const gone = this.#deps.state.reader.get(removedMemberTable, id)
    if (gone === undefined) return text
    return `${text}: ${gone.hostId} was ${goneWords[gone.reason]} at index ${gone.removedAtIndex}`
  }
}

const goneWords: Readonly<Record<RemovalReason, string>> = {
  removed: 'removed',
  decommissioned: 'decommissioned',
  replaced: 'replaced',
  ghost: 'removed, for it never became a voter,',
  corrupt: 'removed, for its state was damaged,',
}

function leftOf(call: OperatorCall): number {
  const leftMs = call.remainingMs()
  if (leftMs <= 0) throw refusalError('expired')
  return leftMs
}

/** What the proposer refuses for reasons of form is our own mistake. */
function wireRefusal(reason: CommandRefusal): Parameters<typeof refusalError>[0] {
  return reason === 'limit' || reason === 'malformed' || reason === 'feature-off'
    ? 'internal'
    : reason
}
