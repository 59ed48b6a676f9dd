// Changes of the members as the leader makes them by itself: one at a time, for the configuration
// it sees, with what the state has to know about whom they name. Whatever comes in between is no
// failure (J20): the look after the next one sees the members as they are then.
import type { Logger } from '../../base/index.ts'
import type { MemberOperation } from '../../raft/index.ts'
import { encodeChangeContext, memberTable } from '../replication/index.ts'
import type {
  MemberDetails,
  MembershipResult,
  RemovalReason,
  StateReader,
} from '../replication/index.ts'
import { joinChangeMs } from './join-limits.ts'
import type { JoinRaft } from './join-ports.ts'

/** What is to be done, and what the state should know. */
export interface MemberChange {
  readonly operations: readonly MemberOperation[]
  /** Who is added. */
  readonly added?: Omit<MemberDetails, 'replicaId' | 'reason'>
  /** Why whoever is removed is removed. */
  readonly reasonOf: (id: number) => RemovalReason
  /** The configuration the operations were planned for. */
  readonly expectedId: number
}

/** What came of it. `later`: nothing was done, try again. */
export type MemberChangeOutcome =
  | { readonly ok: true; readonly index: number }
  | { readonly ok: false; readonly reason: 'later' }
  | { readonly ok: false; readonly reason: 'refused'; readonly why: string }

const later = { ok: false, reason: 'later' } as const

/** Refusals that the next look does not make good by itself. */
const lasting: readonly string[] = [
  'address-in-use',
  'host-id-in-use',
  'too-many-members',
  'would-lose-quorum',
]

export interface MemberChangesDeps {
  readonly logger: Logger
  readonly raft: Pick<JoinRaft, 'changeConfiguration'>
  readonly state: { readonly reader: StateReader }
}

/** Makes changes one after another. */
export class MemberChanges {
  readonly #deps: MemberChangesDeps
  #isChanging = false

  constructor(deps: MemberChangesDeps) {
    this.#deps = deps
  }

  /** Makes `change`, unless another one is under way. */
  async make(change: MemberChange): Promise<MemberChangeOutcome> {
    if (this.#isChanging) return later
    const context = encodeChangeContext(this.#detailsOf(change))
    const { operations, expectedId } = change
    this.#isChanging = true
    try {
      const outcome = await this.#deps.raft.changeConfiguration(
        { expectedId, transition: 'auto', operations, context },
        { timeoutMs: joinChangeMs },
      )
      const result = outcome.ok ? (outcome.result as MembershipResult) : undefined
      if (outcome.ok && result?.ok === true) return { ok: true, index: outcome.index }
      const why = result?.ok === false ? result.reason : outcome.ok ? '' : outcome.reason
      this.#deps.logger.debug({ operations, why }, 'a change of the members was not made')
      return lasting.includes(why) ? { ok: false, reason: 'refused', why } : later
    } finally {
      this.#isChanging = false
    }
  }

  #detailsOf({ operations, added, reasonOf }: MemberChange): readonly MemberDetails[] {
    const { reader } = this.#deps.state
    return operations.flatMap(({ op, id }): MemberDetails[] => {
      if (op === 'add-learner' || op === 'add-voter') {
        return added === undefined ? [] : [{ ...added, replicaId: id }]
      }
      const incarnation = reader.get(memberTable, id)?.incarnation
      if (incarnation === undefined) return []
      const who = { replicaId: id, incarnation, hostId: '', raftAddress: '' }
      return [op === 'remove' ? { ...who, reason: reasonOf(id) } : who]
    })
  }
}
