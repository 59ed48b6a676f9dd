// The one log that is being agreed on: every entry from the moment somebody first knew it to be
// committed, with the term of the leader that committed it. It only ever grows.
import type { Entry } from '../../../raft/index.ts'
import type { SimEventOf } from '../../sim/observation.ts'
import type { MemberLogs } from './member-logs.ts'

export interface CommittedEntry {
  readonly entry: Entry
  /** Term of the member that first knew it. */
  readonly byTerm: number
}

export class CommittedLog {
  readonly #logs: MemberLogs
  readonly #entries: CommittedEntry[] = []
  /** What the last event made known; empty when `to < from`. */
  fresh: { readonly from: number; readonly to: number } = { from: 1, to: 0 }
  /** The first index that nobody holds although somebody committed it; 0 = none. */
  missing = 0

  constructor(logs: MemberLogs) {
    this.#logs = logs
  }

  get lastIndex(): number {
    return this.#entries.length
  }

  at(index: number): CommittedEntry | undefined {
    return this.#entries[index - 1]
  }

  /** A group is born with its first entries committed: the first member to boot has them. */
  begin({ contents }: SimEventOf<'booted'>): void {
    if (this.lastIndex > 0) return
    for (const entry of contents.entries) {
      if (entry.index !== this.lastIndex + 1 || entry.index > contents.hardState.commit) break
      this.#entries.push({ entry, byTerm: entry.term })
    }
  }

  on({ member, index, term }: SimEventOf<'committed'>): void {
    const from = this.lastIndex + 1
    for (let next = from; next <= index; next += 1) {
      const entry = this.#find(member, next, term)
      if (entry === undefined) {
        this.missing = next
        break
      }
      this.#entries.push({ entry, byTerm: term })
    }
    this.fresh = { from, to: this.lastIndex }
  }

  /** A leader's newest entries may be on their way to its own disk yet, and elsewhere already. */
  #find(member: number, index: number, term: number): Entry | undefined {
    const own = this.#logs.of(member).started.entryAt(index)
    if (own !== undefined) return own
    for (const [, { durable }] of this.#logs.all()) {
      const entry = durable.entryAt(index)
      if (entry?.term === term) return entry
    }
    return undefined
  }
}
