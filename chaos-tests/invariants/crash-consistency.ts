// Paper, figure 2 ("persistent state"), R-2.1, R-16.2: what a member finds after a crash is what it
// had acknowledged, and of the writes under way the first few, each whole or not at all.
import { require } from './require.ts'
import { sameEntry } from './log-matching.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { LogImage } from './ghost/log-image.ts'
import type { MemberLog } from './ghost/member-logs.ts'
import type { LogContents } from '../../raft/index.ts'
import type { Observer, SimEventOf } from '../sim/observation.ts'

const name = 'crash-consistency'

export function crashConsistency(ghost: Ghost): Observer {
  const seen = new Set<number>()
  return {
    name,
    section: 'paper figure 2, R-2.1, R-16.2',
    types: ['booted'],
    on(event, world) {
      if (event.type !== 'booted') return
      const { member, contents, appliedIndex } = event
      const isFirst = !seen.has(member)
      seen.add(member)
      // A sync that lied or a flipped bit may take what was promised; what then follows is checked
      // by the others: such a member must not harm the group.
      const { injectedCause } = world.member(member)
      const isExcused = injectedCause !== undefined && injectedCause !== 'state-damage'
      if (isFirst || isExcused) return
      const log = ghost.logs.of(member)
      const agreed = ghost.committed.at(contents.compacted.index)?.entry.term
      if (isFinishedInstall(log, event, agreed)) return
      // What is known of a lost state is that it was there: it may have been why entries were given
      // up, and alone have known that some are committed (B05).
      const isStateLost = injectedCause === 'state-damage'
      const complaint = explain(log, contents, {
        appliedIndex: isStateLost ? Infinity : appliedIndex,
        commitMin: isStateLost ? 0 : log.syncedHardState.commit,
      })
      require(complaint === undefined, name, () => `${member} ${complaint}`)
    },
  }
}

/**
 * Did the boot find the state of an image whose log had not begun anew, and finish that? Only the
 * term and vote are then left of the old log.
 */
function isFinishedInstall(
  { durable }: MemberLog,
  { contents, appliedIndex }: SimEventOf<'booted'>,
  agreedTerm: number | undefined,
): boolean {
  const { compacted, entries, hardState } = contents
  const { term, votedFor } = durable.hardState
  return (
    entries.length === 0 &&
    compacted.index === appliedIndex &&
    compacted.index > durable.hardState.commit &&
    compacted.term === agreedTerm &&
    hardState.commit === compacted.index &&
    (hardState.term > term || (hardState.term === term && hardState.votedFor === votedFor))
  )
}

/** Undefined when some number of finished pending writes explains what was found. */
function explain(
  log: MemberLog,
  contents: LogContents,
  { appliedIndex, commitMin }: { readonly appliedIndex: number; readonly commitMin: number },
): string | undefined {
  // What the state shows may be given up at any time, and was perhaps on its way out.
  if (contents.compacted.index > Math.max(log.durable.compacted.index, appliedIndex)) {
    return `found nothing up to ${contents.compacted.index}, its state shows ${appliedIndex}`
  }
  const image = log.durable.copy()
  let complaint = compare(image, contents, { log, commitMin })
  for (const write of log.pending) {
    if (complaint === undefined) return undefined
    if (write.kind === 'append') image.append(write.group)
    else image.reset(write.mark, write.hardState)
    const next = compare(image, contents, { log, commitMin })
    // The acknowledged state is the best one to complain about.
    if (next === undefined) complaint = undefined
  }
  return complaint
}

function compare(
  image: LogImage,
  contents: LogContents,
  { log, commitMin }: { readonly log: MemberLog; readonly commitMin: number },
): string | undefined {
  const { hardState, compacted, entries } = contents
  const last = entries.at(-1) ?? compacted
  if (last.index !== image.lastIndex || last.term !== image.lastTerm) {
    return (
      `found a log that ends at ${last.index} of term ${last.term}, ` +
      `stored ${image.lastIndex} of term ${image.lastTerm} with ${log.pending.length} under way`
    )
  }
  const { term, votedFor, commit } = image.hardState
  if (hardState.term !== term || hardState.votedFor !== votedFor) {
    return (
      `found term ${hardState.term} and vote ${hardState.votedFor}, ` +
      `stored term ${term} and vote ${votedFor}`
    )
  }
  const synced = Math.min(commitMin, commit)
  if (hardState.commit < synced) return `found commit ${hardState.commit}, stored ${synced}`
  for (const entry of entries) {
    const stored = image.entryAt(entry.index)
    if (stored !== undefined && !sameEntry(stored, entry)) return `found another ${entry.index}`
  }
  return undefined
}
