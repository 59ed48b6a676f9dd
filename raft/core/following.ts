// What a replica does with what a leader sends: entries, commit indexes and images (paper sections
// 5.3 and 7). Whether the sender leads, and in which term, is settled before.
import { assert } from '../../base/index.ts'
import { isMember } from './configuration.ts'
import type { Entry } from './entry.ts'
import type { LogMark } from '../log-storage.ts'
import type { RaftLog } from './log.ts'
import type {
  AppendReply,
  AppendRequest,
  DigestMark,
  HeartbeatRequest,
  Snapshot,
} from './message.ts'
import type { RestoreResult } from './outcome.ts'
import type { Ballot, Outgoing } from './outgoing.ts'

type RestoreRefusal = Extract<RestoreResult, { ok: false }>['reason']

export interface FollowingDeps {
  readonly id: number
  readonly log: RaftLog
  readonly ballot: Ballot
  readonly outgoing: Outgoing
}

export class Following {
  /** Every member's durable log reaches at least here, as far as leaders said; 0 = unknown. */
  matchedByAll = 0
  /** The digest mark that append replies carry. */
  digest: DigestMark = { index: 0, digest: new Uint8Array(0) }
  readonly #id: number
  readonly #log: RaftLog
  readonly #ballot: Ballot
  readonly #outgoing: Outgoing
  /** Without a state: an image must reach at least what was known committed at the start. */
  readonly #imageIndexMin: number
  #installing: Snapshot | undefined

  constructor(deps: FollowingDeps) {
    this.#id = deps.id
    this.#log = deps.log
    this.#ballot = deps.ballot
    this.#outgoing = deps.outgoing
    this.#imageIndexMin = deps.log.commit
  }

  /** The state is about to be replaced: nothing is applied, and the replica does not campaign. */
  get isInstalling(): boolean {
    return this.#installing !== undefined
  }

  append(request: AppendRequest): void {
    this.matchedByAll = Math.max(this.matchedByAll, request.matchedByAll)
    const { prevIndex, prevTerm, entries } = request
    if (prevIndex < this.#log.commit) {
      // An old duplicate. Everything up to the commit index matches any leader's log (B11).
      this.acknowledge(request.from, this.#log.commit)
    } else if (this.#log.matches(prevIndex, prevTerm)) {
      this.#takeEntries(entries)
      const lastNew = prevIndex + entries.length
      this.#log.commitTo(Math.min(request.commit, lastNew))
      this.acknowledge(request.from, lastNew)
    } else {
      const hintIndex = this.#log.lastIndexWithTermAtMost(prevIndex, prevTerm)
      const hintTerm = this.#log.termAt(hintIndex) ?? 0
      this.#reply(request.from, { index: prevIndex, rejected: true, hintIndex, hintTerm })
    }
  }

  heartbeat(request: HeartbeatRequest): void {
    this.matchedByAll = Math.max(this.matchedByAll, request.matchedByAll)
    this.#log.commitTo(request.commit)
    this.#outgoing.replyInTerm({
      type: 'heartbeat-reply',
      from: this.#id,
      to: request.from,
      term: this.#ballot.term,
      readPosition: request.readPosition,
      lacksState: this.#log.lacksState && !this.isInstalling,
    })
  }

  /** Tells `leader` that everything up to `index` is here, once it is durable. */
  acknowledge(leader: number, index: number): void {
    this.#reply(leader, { index, rejected: false, hintIndex: 0, hintTerm: 0 })
  }

  /** Tells a leader of an older term about this one, so that it yields. */
  correct(leader: number): void {
    this.#reply(leader, { index: 0, rejected: true, hintIndex: 0, hintTerm: 0 })
  }

  /** Would an image that ends at `mark` bring nothing? Only the mark is looked at. */
  covers({ index, term }: LogMark): boolean {
    if (this.#log.lacksState) return index < this.#imageIndexMin
    return index <= this.#log.commit || this.#log.matches(index, term)
  }

  /** Why the image is not wanted; undefined when it is to be installed. */
  refusalOf(snapshot: Snapshot): RestoreRefusal | undefined {
    if (this.#log.lacksState) return this.#refusalOfState(snapshot)
    const { index, term, configuration } = snapshot
    if (index <= this.#log.commit) return 'old'
    if (this.#installing !== undefined) return 'busy'
    if (this.#log.matches(index, term)) {
      // The log has it all, only the commit index was not known. An image is of committed state.
      this.#log.commitTo(index)
      return 'old'
    }
    return isMember(configuration, this.#id) ? undefined : 'not-member'
  }

  /**
   * As `refusalOf`, when the image is to be the state that was lost. The log may reach beyond it: it
   * stays then, because others rely on what was acknowledged.
   */
  #refusalOfState({ index, term, configuration }: Snapshot): RestoreRefusal | undefined {
    if (this.#installing !== undefined) return 'busy'
    if (index < this.#imageIndexMin) return 'old'
    if (!isMember(configuration, this.#id)) return 'not-member'
    if (!this.#log.matches(index, term)) return index <= this.#log.commit ? 'old' : undefined
    this.#log.commitTo(index)
    // A crash must not find a state that the log does not reach.
    return index <= this.#log.stable ? undefined : 'busy'
  }

  /** The next work carries the image; the log begins anew after it, unless it goes on there. */
  install(snapshot: Snapshot): void {
    assert(this.#installing === undefined, 'one image is installed at a time (R-13.2)')
    this.#installing = snapshot
    if (this.#log.lacksState && this.#log.matches(snapshot.index, snapshot.term)) {
      this.#outgoing.installState(snapshot)
      return
    }
    const keptTo = this.#log.commit
    this.#log.restart({ index: snapshot.index, term: snapshot.term }, snapshot.clusterClockMs)
    this.#outgoing.install(snapshot, keptTo)
  }

  /** The image is the state. */
  installed(snapshot: Snapshot): void {
    assert(this.#installing === snapshot, 'the image that was to be installed')
    this.#installing = undefined
    this.#log.installed(snapshot.index)
  }

  /** Section 5.3: only a conflict deletes entries; matching ones are left alone. */
  #takeEntries(entries: readonly Entry[]): void {
    const from = this.#log.firstDifference(entries)
    if (from === undefined) return
    if (from <= this.#log.lastIndex) this.#outgoing.truncated(from)
    this.#log.replaceFrom(entries.slice(from - entries[0]!.index))
  }

  #reply(
    to: number,
    answer: Pick<AppendReply, 'index' | 'rejected' | 'hintIndex' | 'hintTerm'>,
  ): void {
    const { term } = this.#ballot
    const { digest } = this
    this.#outgoing.reply({ type: 'append-reply', from: this.#id, to, term, ...answer, digest })
  }
}
