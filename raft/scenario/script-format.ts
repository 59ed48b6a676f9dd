// Short forms of what happens in a scenario, for transcripts.
import { utf8Decode } from '../../base/index.ts'
import type { Configuration } from '../core/configuration.ts'
import type { Entry } from '../core/entry.ts'
import type { CoreMessage, VoteReply, VoteRequest } from '../core/message.ts'
import type { AppendWork } from '../core/ready.ts'
import type { ProgressStatus, RaftStatus } from '../core/status.ts'
import { decodeChange } from '../wire/change-codec.ts'

/** Entries of one line that are written out; of more only the ends. */
const entriesShownMax = 4

/** For instance `4@2 "a"`, `5@2 noop`, `6@2 auto add-voter 4`. */
export function showEntry(entry: Entry): string {
  return `${entry.index}@${entry.term} ${showData(entry)}`
}

function showData(entry: Entry): string {
  if (entry.type === 'noop') return 'noop'
  if (entry.type === 'command') return `"${utf8Decode(entry.data)}"`
  const decoded = decodeChange(entry.data)
  if (!decoded.ok) return decoded.reason
  const { operations, transition } = decoded.change
  const steps = operations.map(({ op, id }) => `${op} ${id}`)
  return steps.length === 0 ? 'leave' : `${transition} ${steps.join(' ')}`
}

export function showEntries(entries: readonly Entry[]): string {
  if (entries.length === 0) return 'nothing'
  if (entries.length <= entriesShownMax) return entries.map(showEntry).join(', ')
  return `${showEntry(entries[0]!)} to ${showEntry(entries.at(-1)!)} (${entries.length})`
}

/** For instance `4@2 "a", term 2 vote 0 commit 3`. */
export function showWrite(work: AppendWork): string {
  const { term, votedFor, commit } = work.hardState
  const parts = [
    work.snapshot === undefined ? '' : `image ${work.snapshot.index}@${work.snapshot.term}`,
    work.entries.length === 0 ? '' : showEntries(work.entries),
    `term ${term} vote ${votedFor} commit ${commit}`,
  ]
  return parts.filter((part) => part !== '').join(', ')
}

/** For instance `id 4 voters 1 2 outgoing 1 3 learners 5 next 3 auto-leave`. */
export function showConfiguration(configuration: Configuration): string {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = configuration
  const lists: [string, readonly number[]][] = [
    ['voters', voters],
    ['outgoing', votersOutgoing],
    ['learners', learners],
    ['next', learnersNext],
  ]
  const parts = lists.filter(([, ids]) => ids.length > 0).map(([name, ids]) => [name, ...ids])
  return [`id ${configuration.id}`, ...parts.flat(), ...(autoLeave ? ['auto-leave'] : [])].join(' ')
}

/** For instance `1>2 append term 1 after 3@1: 4@1 "a" commit 3`. */
export function showMessage(message: CoreMessage): string {
  return `${message.from}>${message.to} ${message.type} term ${message.term}${details(message)}`
}

function details(message: CoreMessage): string {
  switch (message.type) {
    case 'vote':
    case 'pre-vote': {
      const transfer = message.transfer ? ' transfer' : ''
      return ` last ${message.lastIndex}@${message.lastTerm}${transfer}${showCommitted(message)}`
    }
    case 'vote-reply':
    case 'pre-vote-reply':
      return ` ${message.granted ? 'granted' : 'refused'}${showCommitted(message)}`
    case 'append': {
      const after = `${message.prevIndex}@${message.prevTerm}`
      return ` after ${after}: ${showEntries(message.entries)}, commit ${message.commit}`
    }
    case 'append-reply':
      if (!message.rejected) return ` has ${message.index}`
      return ` rejects ${message.index}, try ${message.hintIndex}@${message.hintTerm}`
    case 'heartbeat':
      return ` commit ${message.commit}${showRead(message.readPosition)}`
    case 'heartbeat-reply':
      return showRead(message.readPosition)
    case 'timeout-now':
      return ''
    case 'snapshot': {
      const { index, term, configuration } = message.snapshot
      return ` at ${index}@${term} (${showConfiguration(configuration)})`
    }
    case 'removed':
      return ` since configuration ${message.configurationId}`
  }
}

function showCommitted({ committed }: VoteRequest | VoteReply): string {
  return committed === undefined ? '' : `, committed ${committed.index}@${committed.term}`
}

function showRead(position: number): string {
  return position === 0 ? '' : ` read ${position}`
}

/** What a transcript tells about a replica, by name. A line names what changed. */
export const traits: readonly [name: string, show: (status: RaftStatus) => string][] = [
  ['role', (s) => s.role],
  ['term', (s) => `term ${s.term}`],
  ['vote', (s) => (s.votedFor === 0 ? 'no vote' : `vote ${s.votedFor}`)],
  ['leader', (s) => (s.leader === 0 ? 'no leader' : `leader ${s.leader}`)],
  ['last', (s) => `last ${s.lastIndex}@${s.lastTerm}`],
  ['stable', (s) => `stable ${s.stableIndex}`],
  ['commit', (s) => `commit ${s.commit}`],
  ['applied', (s) => `applied ${s.applied}`],
  ['compacted', (s) => `compacted ${s.compacted.index}@${s.compacted.term}`],
  ['configuration', (s) => `configuration (${showConfiguration(s.configuration)})`],
  ['transfer', (s) => (s.transferTarget === 0 ? 'no transfer' : `transfer to ${s.transferTarget}`)],
  ['suspicion', (s) => (s.suspectsLeader ? 'suspects its leader' : 'suspects nobody')],
  ['removed', (s) => (s.isRemoved ? 'removed' : 'not removed')],
]

/** For instance `3 replicate match 4 next 5 inflight 1 paused active`. */
export function showProgress(progress: ProgressStatus): string {
  const words = [
    `${progress.id} ${progress.state} match ${progress.match} next ${progress.next}`,
    progress.pendingSnapshot > 0 ? `image ${progress.pendingSnapshot}` : '',
    progress.inflightMessages > 0 ? `inflight ${progress.inflightMessages}` : '',
    progress.isPaused ? 'paused' : '',
    progress.isRecentlyActive ? 'active' : 'silent',
    progress.isLearner ? 'learner' : '',
  ]
  return words.filter((word) => word !== '').join(' ')
}
