// From one configuration to the next (paper section 6, R-11.4, R-11.5). Pure: the leader asks it
// before it proposes, and every replica computes the same answer again when it applies the entry.
import { assert } from '../../base/index.ts'
import { decodeChange } from '../wire/change-codec.ts'
import { assertConfiguration, isJoint, isMember, membersMax, membersOf } from './configuration.ts'
import type { Configuration } from './configuration.ts'
import type { Entry } from './entry.ts'
import { changeOperationsMax } from './member-operation.ts'
import type { ConfigurationChange, MemberOperation } from './member-operation.ts'
import type { ChangeRefusal } from './outcome.ts'
import { hasQuorum } from './quorum.ts'

export { changeContextBytesMax, changeOperationsMax } from './member-operation.ts'
export type { ConfigurationChange, MemberOperation } from './member-operation.ts'

/** What a `config` entry did. A refused one is a no-op: `configuration` is the one before. */
export type ChangeResult =
  | {
      readonly ok: true
      readonly configuration: Configuration
      readonly change: ConfigurationChange
    }
  | {
      readonly ok: false
      /**
       * `malformed`: the data are no change. `unsupported`: they are one of a newer format, whose
       * effect this version cannot know; the replica must stop before it differs from the others.
       */
      readonly reason: ChangeRefusal | 'malformed' | 'unsupported'
      readonly configuration: Configuration
    }

/**
 * What a state machine calls when it applies an entry of type `config`. Depends on its arguments
 * alone and never throws on foreign data. `change.context` is a window on `entry.data`.
 */
export function changeConfiguration(configuration: Configuration, entry: Entry): ChangeResult {
  assert(entry.type === 'config', 'only a config entry changes the configuration')
  const decoded = decodeChange(entry.data)
  if (!decoded.ok) return { ok: false, reason: decoded.reason, configuration }
  const { change } = decoded
  const reason = checkChange(configuration, change)
  if (reason !== undefined) return { ok: false, reason, configuration }
  return { ok: true, configuration: nextConfiguration(configuration, change, entry.index), change }
}

/** Why `change` cannot be made in `configuration`; undefined when it can. */
export function checkChange(
  configuration: Configuration,
  change: ConfigurationChange,
): ChangeRefusal | undefined {
  const { operations } = change
  if (change.expectedId !== configuration.id) return 'stale-configuration'
  const isLeave = operations.length === 0
  if (isJoint(configuration)) return isLeave ? undefined : 'change-in-progress'
  if (isLeave) return 'not-joint'
  if (operations.length > changeOperationsMax) return 'invalid-operation'
  if (new Set(operations.map(({ id }) => id)).size < operations.length) return 'invalid-operation'
  for (const operation of operations) {
    const reason = checkOperation(configuration, operation)
    if (reason !== undefined) return reason
  }
  const next = enterNext(configuration, change, configuration.id)
  if (next.voters.length === 0) return 'no-voter'
  return membersOf(next).length > membersMax ? 'too-many-members' : undefined
}

function checkOperation(
  configuration: Configuration,
  { op, id }: MemberOperation,
): ChangeRefusal | undefined {
  if (!Number.isSafeInteger(id) || id < 1) return 'invalid-operation'
  if (op === 'add-voter' || op === 'add-learner') {
    if (isMember(configuration, id)) return 'already-member'
    return id <= configuration.highestId ? 'removed-id' : undefined
  }
  if (!isMember(configuration, id)) return 'not-member'
  const isLearner = configuration.learners.includes(id)
  if (op === 'promote' && !isLearner) return 'not-learner'
  if (op === 'demote' && isLearner) return 'not-voter'
  return undefined
}

/**
 * The configuration that `change` makes as the entry at `index`. Only for changes that
 * `checkChange` lets pass.
 */
export function nextConfiguration(
  configuration: Configuration,
  change: ConfigurationChange,
  index: number,
): Configuration {
  assert(checkChange(configuration, change) === undefined, 'only a checked change is made')
  const next =
    change.operations.length === 0
      ? leaveJoint(configuration, index)
      : enterNext(configuration, change, index)
  assertConfiguration(next)
  return next
}

/**
 * Would the change leave a configuration whose active voters are no quorum? New voters
 * count as down, unless they are active learners now. Leaving a joint configuration never does:
 * its entry could not be committed without the quorum that remains.
 */
export function wouldLoseQuorum(
  configuration: Configuration,
  change: ConfigurationChange,
  isActive: (id: number) => boolean,
): boolean {
  if (change.operations.length === 0) return false
  const next = nextConfiguration(configuration, change, configuration.id)
  return !hasQuorum(next, (id) => isMember(configuration, id) && isActive(id))
}

function leaveJoint(configuration: Configuration, id: number): Configuration {
  const { voters, learners, learnersNext, highestId } = configuration
  return {
    id,
    voters,
    votersOutgoing: [],
    learners: [...learners, ...learnersNext].sort((a, b) => a - b),
    learnersNext: [],
    autoLeave: false,
    highestId,
  }
}

/**
 * The configuration after the operations. Two different voters in one step could give two
 * majorities that do not meet, so such a change first asks both halves.
 */
function enterNext(
  configuration: Configuration,
  change: ConfigurationChange,
  id: number,
): Configuration {
  const voters = new Set(configuration.voters)
  const learners = new Set(configuration.learners)
  const demoted = new Set<number>()
  let highestId = configuration.highestId
  for (const { op, id: member } of change.operations) {
    if (op === 'update') continue
    voters.delete(member)
    learners.delete(member)
    if (op === 'add-voter' || op === 'promote') voters.add(member)
    if (op === 'add-learner') learners.add(member)
    if (op === 'demote') demoted.add(member)
    highestId = Math.max(highestId, member)
  }
  const joint = change.transition !== 'auto' || differenceOf(configuration.voters, voters) > 1
  return {
    id,
    voters: rising(voters),
    votersOutgoing: joint ? configuration.voters : [],
    learners: rising(joint ? learners : new Set([...learners, ...demoted])),
    learnersNext: joint ? rising(demoted) : [],
    autoLeave: joint && change.transition !== 'joint-explicit',
    highestId,
  }
}

/** How many ids are in one of the two and not in the other. */
function differenceOf(before: readonly number[], after: ReadonlySet<number>): number {
  const kept = before.filter((id) => after.has(id)).length
  return before.length - kept + (after.size - kept)
}

function rising(ids: ReadonlySet<number>): number[] {
  return [...ids].sort((a, b) => a - b)
}
