// From a join in the state to a learner (raft.md 3.6, steps 5 to 7). The leader asks the address
// back, so that a typo, a network translation or a host that has gone again admits nobody; it looks
// whether those whose place is taken are gone; then it proposes the learner.
import type { Logger } from '../../base/index.ts'
import { planAdmission } from '../../raft/index.ts'
import { memberTable, noteJoinCommand } from '../replication/index.ts'
import type { JoinRow, JoinWithdrawal, RemovalReason } from '../replication/index.ts'
import { joinAdmissionMs, joinChangeMs } from './join-limits.ts'
import type { JoinDeps } from './join-ports.ts'
import type { MemberChanges } from './member-changes.ts'
import { lookAtOldReplicas } from './old-replicas.ts'
import type { Silence } from './silence.ts'

export interface AdmissionsDeps extends JoinDeps {
  readonly changes: MemberChanges
  readonly silence: Silence
}

/** Who is taken out in the place of the reason `unreachable`, and so on. */
const withdrawalByRefusal: Readonly<Record<string, JoinWithdrawal>> = {
  'address-in-use': 'address-in-use',
  'host-id-in-use': 'host-id-in-use',
  'too-many-members': 'too-many-members',
}

/** Admits joins while this member leads. */
export class Admissions {
  readonly #deps: AdmissionsDeps
  readonly #logger: Logger

  constructor(deps: AdmissionsDeps) {
    this.#deps = deps
    this.#logger = deps.logger
  }

  /**
   * Does what can be done for a join now. `isCurrent` is false once this member has ceased to lead.
   * Resolves with whether it is worth looking again soon.
   */
  async advance(join: JoinRow, isCurrent: () => boolean): Promise<'soon' | 'later'> {
    const { dialer, raft } = this.#deps
    const answer = await dialer.probe(join)
    if (!isCurrent()) return 'later'
    if (answer === undefined || !isJoiner(answer, join)) {
      const waitingMs = raft.status().clusterClockMs - join.askedAtMs
      const isOther = answer !== undefined && answer.incarnation !== join.incarnation
      if (isOther) await this.#withdraw(join, 'superseded')
      else if (waitingMs >= joinAdmissionMs) await this.#withdraw(join, 'unreachable')
      return 'later'
    }
    const old = await lookAtOldReplicas(this.#deps, join)
    if (!isCurrent()) return 'later'
    const { configuration } = raft.status()
    const plan = planAdmission(configuration, old)
    if (plan.action === 'wait') return 'later'
    if (plan.action === 'refuse') {
      await this.#withdraw(join, 'host-id-in-use')
      return 'later'
    }
    const { incarnation, hostId, raftAddress } = join
    const outcome = await this.#deps.changes.make({
      operations: plan.operations,
      added: { incarnation, hostId, raftAddress },
      reasonOf: (id) => this.#reasonOf(id),
      expectedId: configuration.id,
    })
    if (outcome.ok) {
      this.#deps.metrics.count('admitted')
      this.#logger.info({ replicaId: plan.id, hostId, raftAddress }, 'admitted a learner')
      return 'soon'
    }
    const reason = outcome.reason === 'refused' ? withdrawalByRefusal[outcome.why] : undefined
    if (reason === undefined) return 'soon'
    await this.#withdraw(join, reason)
    return 'later'
  }

  /**
   * A learner that was to become a voter has lost its disk before; one that was not is replaced.
   */
  #reasonOf(id: number): RemovalReason {
    const role = this.#deps.state.reader.get(memberTable, id)?.role
    if (role === 'learner') this.#deps.metrics.ghostCleanups += 1
    return role === 'learner' ? 'ghost' : 'replaced'
  }

  async #withdraw({ incarnation, hostId }: JoinRow, reason: JoinWithdrawal): Promise<void> {
    this.#logger.warn({ hostId, incarnation, reason }, 'a join is given up')
    this.#deps.metrics.count(reason)
    const body = { what: 'withdrawn', incarnation, reason } as const
    await this.#deps.proposer.propose(noteJoinCommand, body, { timeoutMs: joinChangeMs })
  }
}

function isJoiner(
  { state, incarnation }: { readonly state: string; readonly incarnation: string },
  join: JoinRow,
): boolean {
  return incarnation === join.incarnation && (state === 'joining' || state === 'member')
}
