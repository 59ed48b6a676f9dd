// The `expect` lines of a script: what a reader should look at, checked on the spot.
import { compareUtf8 } from '../../base/index.ts'
import type { CoreMessage } from '../core/message.ts'
import type { RaftStatus } from '../core/status.ts'
import type { Scenario } from './scenario.ts'
import { showConfiguration } from './script-format.ts'
import type { Words } from './script.ts'

/** What `expect ID NAME VALUE …` may ask about a replica. */
const facts: Readonly<Record<string, (status: RaftStatus) => number | string>> = {
  role: (s) => s.role,
  term: (s) => s.term,
  vote: (s) => s.votedFor,
  leader: (s) => s.leader,
  commit: (s) => s.commit,
  applied: (s) => s.applied,
  last: (s) => s.lastIndex,
  stable: (s) => s.stableIndex,
  compacted: (s) => s.compacted.index,
  transfer: (s) => s.transferTarget,
  suspects: (s) => (s.suspectsLeader ? 'yes' : 'no'),
  removed: (s) => (s.isRemoved ? 'yes' : 'no'),
}

/** Checks one line; throws a ScriptError that names it. */
export function checkExpectation(
  scenario: Scenario,
  refusals: readonly string[],
  words: Words,
): void {
  const subject = words.word('what to expect')
  if (/^\d+$/.test(subject)) return expectFacts(scenario, Number(subject), words)
  switch (subject) {
    case 'refused':
      return expectSame(words, refusals.join(' '), words.rest().join(' '))
    case 'accepted':
      return expectSame(words, refusals.join(' '), '')
    case 'wire':
      return expectSame(
        words,
        scenario.wire.map(shortForm).sort(compareUtf8).join(' '),
        list(words),
      )
    case 'sent':
      return expectSent(scenario, words)
    case 'log':
      return expectOf(words, (id) => scenario.terms(id).join(' '))
    case 'texts':
      return expectOf(words, (id) => scenario.appliedTexts(id).join(' '))
    case 'works':
      return expectOf(words, (id) => {
        const { appendThread, applyThread } = scenario.replica(id)
        return `writes ${appendThread.length} applies ${applyThread.length}`
      })
    case 'reads':
      return expectOf(words, (id) => {
        const { reads } = scenario.replica(id)
        return reads.map((read) => `${read.id}:${read.ok ? read.index : read.reason}`).join(' ')
      })
    case 'configuration':
      return expectOf(words, (id) => showConfiguration(scenario.raft(id).status().configuration))
    case 'progress':
      return expectProgress(scenario, words)
    default:
      return words.fail(`"${subject}" cannot be expected`)
  }
}

function expectFacts(scenario: Scenario, id: number, words: Words): void {
  const status = scenario.raft(id).status()
  do {
    const name = words.choice('fact', Object.keys(facts))
    const expected = words.word('value')
    const found = String(facts[name]!(status))
    if (found !== expected) words.fail(`${name} of ${id} is ${found}, not ${expected}`)
  } while (!words.isAtEnd)
}

/** `expect progress 1 of 3 state probe match 4 next 5 paused yes`. */
function expectProgress(scenario: Scenario, words: Words): void {
  const leader = words.number('leader')
  words.keyword('of')
  const id = words.number('member')
  const progress = scenario
    .raft(leader)
    .status()
    .progress.find((candidate) => candidate.id === id)
  if (progress === undefined) return words.fail(`${leader} keeps no progress of ${id}`)
  const found: Record<string, number | string> = {
    state: progress.state,
    match: progress.match,
    next: progress.next,
    image: progress.pendingSnapshot,
    inflight: progress.inflightMessages,
    paused: progress.isPaused ? 'yes' : 'no',
    active: progress.isRecentlyActive ? 'yes' : 'no',
    learner: progress.isLearner ? 'yes' : 'no',
  }
  do {
    const name = words.choice('fact', Object.keys(found))
    const expected = words.word('value')
    const value = String(found[name])
    if (value !== expected) words.fail(`${name} of ${id} is ${value}, not ${expected}`)
  } while (!words.isAtEnd)
}

/** `expect sent 3>1 rejection 2`: since the script began. */
function expectSent(scenario: Scenario, words: Words): void {
  const link = words.word('link')
  const type = words.word('message type')
  const expected = words.number('count')
  const sent = scenario.sent.filter((message) => {
    if (`${message.from}>${message.to}` !== link) return false
    return type === 'rejection' ? isRejection(message) : message.type === type
  })
  if (sent.length !== expected) words.fail(`${sent.length} were sent, not ${expected}`)
}

function isRejection(message: CoreMessage): boolean {
  return message.type === 'append-reply' && message.rejected
}

function expectOf(words: Words, found: (id: number) => string): void {
  const id = words.number('replica')
  expectSame(words, found(id), list(words))
}

/** The rest of the line; `nothing` stands for an empty list. */
function list(words: Words): string {
  const rest = words.rest().join(' ')
  return rest === 'nothing' ? '' : rest
}

function shortForm(message: CoreMessage): string {
  return `${message.from}>${message.to} ${message.type}`
}

function expectSame(words: Words, found: string, expected: string): void {
  if (found !== expected) words.fail(`found "${found}" instead of "${expected}"`)
}
