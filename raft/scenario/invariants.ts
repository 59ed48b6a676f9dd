// The five properties of figure 3 of the Raft paper, and what this implementation adds, checked
// over everything the replicas of a scenario hold and have ever shown.
import { assert, equalBytes } from '../../base/index.ts'
import { membersOf } from '../core/configuration.ts'
import type { Configuration } from '../core/configuration.ts'
import type { Entry } from '../core/entry.ts'
import { hasQuorum } from '../core/quorum.ts'
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
  readonly #configurations = new Map<number, Configuration>()
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

  /** Different sets of members that were in force. */
  get configurations(): number {
    return this.#configurations.size
  }

  /** Cheap checks, after every step. */
  checkStep(): void {
    for (const id of this.#scenario.ids) {
      const replica = this.#scenario.replica(id)
      this.#noteConfiguration(replica)
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
    for (const id of this.#scenario.ids) {
      this.#logMatching(this.#scenario.replica(id))
      this.#oneChange(this.#scenario.replica(id))
    }
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
      if (raft.role === 'leader') this.#committedOnQuorum(replica, index)
    }
    for (let index = compacted.index + 1; index <= raft.commit; index += 1) {
      const entry = this.#committed[index - 1]!.entry
      assert(raft.termAt(index) === entry.term, `replicas disagree on committed ${index}`)
    }
  }

  /** A commit index is backed by durable logs, in both halves of a joint configuration. */
  #committedOnQuorum({ raft, id }: ScenarioReplica, index: number): void {
    const term = raft.termAt(index)!
    const { ids } = this.#scenario
    const holds = (member: number): boolean =>
      ids.includes(member) && this.#scenario.replica(member).holds(index, term)
    assert(hasQuorum(raft.configuration, holds), `${id} commits ${index} without a durable quorum`)
  }

  /**
   * An index names one set of members, majorities of neighbours meet, and what the core goes by is
   * what the state machine has applied.
   */
  #noteConfiguration(replica: ScenarioReplica): void {
    const { applied, compacted } = replica.raft.status()
    const { configuration, role } = replica.raft
    // Without a state it goes by hearsay, and decides nothing.
    if (replica.raft.lacksState) return assert(role === 'follower', 'no state, no campaign')
    const isInstalling = compacted.index > applied
    const matches = isInstalling || configuration.id === replica.configuration.id
    assert(matches, 'the core goes by the applied members (R-18.2)')
    const known = this.#configurations.get(configuration.id)
    if (known !== undefined) {
      const isSame = known === configuration || isEqual(known, configuration)
      assert(isSame, `two configurations ${configuration.id}`)
      return
    }
    const ids = [...this.#configurations.keys()]
    const before = Math.max(...ids.filter((id) => id < configuration.id), -1)
    const after = Math.min(...ids.filter((id) => id > configuration.id), Infinity)
    for (const id of [before, after]) {
      const other = this.#configurations.get(id)
      if (other !== undefined) assertMajoritiesMeet(other, configuration)
    }
    this.#configurations.set(configuration.id, configuration)
  }

  /** At most one change is uncommitted, as far as the disk knows (R-11.2, design 4.3). */
  #oneChange(replica: ScenarioReplica): void {
    const { entries, hardState } = replica.disk
    const pending = entries.filter(
      ({ index, type }) => type === 'config' && index > hardState.commit,
    )
    assert(pending.length <= 1, `${replica.id} stores two uncommitted changes`)
  }

  /** State machine safety: what is applied is durable here and the same everywhere, in order. */
  #stateMachineSafety(replica: ScenarioReplica): void {
    const from = this.#appliedSeen.get(replica.id) ?? 0
    assert(from <= replica.applied.length, 'what is applied stays')
    for (let i = from; i < replica.applied.length; i += 1) {
      const entry = replica.applied[i]!
      const previous = replica.applied[i - 1]
      assert(previous === undefined || entry.index === previous.index + 1, 'applied in order')
      const committed = this.#committed[entry.index - 1]
      assert(committed !== undefined, 'only committed entries are applied')
      assert(sameEntry(entry, committed.entry), `replicas applied different ${entry.index}`)
      assert(replica.holds(entry.index, entry.term), 'only durable entries are applied')
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

/** Is there no way to split the members so that either side has a quorum of its own? */
function assertMajoritiesMeet(a: Configuration, b: Configuration): void {
  const members = [...new Set([...membersOf(a), ...membersOf(b)])]
  for (let set = 0; set < 2 ** members.length; set += 1) {
    const isOnThisSide = (id: number): boolean =>
      Math.floor(set / 2 ** members.indexOf(id)) % 2 === 1
    const isOnOtherSide = (id: number): boolean => !isOnThisSide(id)
    const splits = hasQuorum(a, isOnThisSide) && hasQuorum(b, isOnOtherSide)
    assert(!splits, `configurations ${a.id} and ${b.id} have majorities that do not meet`)
  }
}

function isEqual(a: Configuration, b: Configuration): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
