// The five properties of figure 3 of the Raft paper, and what this implementation adds, checked
// over everything the replicas of a scenario hold and have ever shown.
import { assert, equalBytes } from '../../base/index.ts'
import type { Entry } from '../core/entry.ts'
import type { ScenarioReplica } from './replica.ts'
import type { Scenario } from './scenario.ts'

interface CommittedEntry {
  readonly entry: Entry
  /** Term of the leader that committed it. */
  readonly byTerm: number
}

export class Invariants {
  readonly #scenario: Scenario
  readonly #leaders = new Map<number, number>()
  readonly #votes = new Map<string, number>()
  readonly #committed: CommittedEntry[] = []
  readonly #seenEntries = new Map<string, { readonly entry: Entry; readonly prevTerm: number }>()
  readonly #terms = new Map<number, number>()
  readonly #appliedSeen = new Map<number, number>()
  #sentSeen = 0

  constructor(scenario: Scenario) {
    this.#scenario = scenario
  }

  /** Largest index known committed anywhere. */
  get committedIndex(): number {
    return this.#committed.length
  }

  /** Number of terms that had a leader. */
  get leaders(): number {
    return this.#leaders.size
  }

  /** Cheap checks, after every step. */
  checkStep(): void {
    for (const id of this.#scenario.ids) {
      const replica = this.#scenario.replica(id)
      this.#noteCommitted(replica)
    }
    for (const id of this.#scenario.ids) {
      const replica = this.#scenario.replica(id)
      this.#electionSafety(replica)
      this.#stateMachineSafety(replica)
    }
    this.#oneVotePerTerm()
  }

  /** Checks over whole logs, now and then. */
  checkLogs(): void {
    for (const id of this.#scenario.ids) this.#logMatching(this.#scenario.replica(id))
  }

  /** The replica lost what was not durable; its term may fall back to the durable one. */
  restarted(id: number): void {
    this.#terms.set(id, this.#scenario.raft(id).term)
    this.#appliedSeen.set(id, 0)
  }

  /** Election safety: at most one leader in a term. Leader completeness when one appears. */
  #electionSafety(replica: ScenarioReplica): void {
    const { raft, id } = replica
    assert(raft.term >= (this.#terms.get(id) ?? 0), 'a term never decreases')
    this.#terms.set(id, raft.term)
    if (raft.role !== 'leader') return
    const known = this.#leaders.get(raft.term)
    assert(known === undefined || known === id, `two leaders in term ${raft.term}`)
    if (known !== undefined) return
    this.#leaders.set(raft.term, id)
    for (const { entry, byTerm } of this.#committed) {
      if (byTerm >= raft.term || entry.index <= raft.status().compacted.index) continue
      assert(raft.termAt(entry.index) === entry.term, `leader lacks committed ${entry.index}`)
    }
  }

  /**
   * Nothing committed is ever another entry elsewhere, and nobody commits what he does not hold.
   */
  #noteCommitted(replica: ScenarioReplica): void {
    const { raft } = replica
    const { compacted } = raft.status()
    for (let index = this.#committed.length + 1; index <= raft.commit; index += 1) {
      assert(index > compacted.index, 'the first to commit an entry holds it')
      this.#committed.push({ entry: entryAt(replica, index), byTerm: raft.term })
    }
    for (let index = compacted.index + 1; index <= raft.commit; index += 1) {
      const entry = this.#committed[index - 1]!.entry
      assert(raft.termAt(index) === entry.term, `replicas disagree on committed ${index}`)
    }
  }

  /** State machine safety: what is applied is durable here and the same everywhere, in order. */
  #stateMachineSafety(replica: ScenarioReplica): void {
    const from = this.#appliedSeen.get(replica.id) ?? 0
    for (let i = from; i < replica.applied.length; i += 1) {
      const entry = replica.applied[i]!
      const previous = replica.applied[i - 1]
      assert(previous === undefined || entry.index === previous.index + 1, 'applied in order')
      const committed = this.#committed[entry.index - 1]
      assert(committed !== undefined, 'only committed entries are applied')
      assert(sameEntry(entry, committed.entry), `replicas applied different ${entry.index}`)
      const stored = replica.disk.entries.find((other) => other.index === entry.index)
      assert(stored !== undefined && sameEntry(stored, entry), 'only durable entries are applied')
    }
    this.#appliedSeen.set(replica.id, replica.applied.length)
  }

  /** Log matching: one (index, term) names one entry and one whole log up to it. */
  #logMatching(replica: ScenarioReplica): void {
    let prevTerm = replica.disk.compacted.term
    let stampMs = 0
    for (const entry of replica.disk.entries) {
      const key = `${entry.index}@${entry.term}`
      const seen = this.#seenEntries.get(key)
      if (seen === undefined) this.#seenEntries.set(key, { entry, prevTerm })
      else {
        assert(seen.prevTerm === prevTerm && sameEntry(seen.entry, entry), `two entries ${key}`)
      }
      assert(entry.stampMs >= stampMs, 'stamps never decrease along a log')
      prevTerm = entry.term
      stampMs = entry.stampMs
    }
  }

  #oneVotePerTerm(): void {
    const { sent } = this.#scenario
    for (; this.#sentSeen < sent.length; this.#sentSeen += 1) {
      const message = sent[this.#sentSeen]!
      if (message.type !== 'vote-reply' || !message.granted) continue
      const key = `${message.from} in ${message.term}`
      const known = this.#votes.get(key)
      assert(known === undefined || known === message.to, `two votes by ${key}`)
      this.#votes.set(key, message.to)
    }
  }
}

/** The entry from what the core handed out: only a leader's own tail may not be on disk yet. */
function entryAt(replica: ScenarioReplica, index: number): Entry {
  const works = replica.appendThread.flatMap((work) => work.entries)
  const newest = works.findLast((entry) => entry.index === index)
  const entry = newest ?? replica.disk.entries.find((other) => other.index === index)
  assert(entry !== undefined, 'a committed entry was handed to storage')
  return entry
}

function sameEntry(a: Entry, b: Entry): boolean {
  return (
    a.index === b.index &&
    a.term === b.term &&
    a.type === b.type &&
    a.stampMs === b.stampMs &&
    equalBytes(a.data, b.data)
  )
}
