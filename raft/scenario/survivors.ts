// A disaster at the edge of what may be survived: of the members in force only a bare majority is
// left, in both halves when they are joint, and the others never come back. What counts is what the
// survivors can know: that a change is committed may have been known only to the dead.
import type { Random } from '../../base/index.ts'
import { changeConfiguration } from '../core/configuration-change.ts'
import type { Configuration } from '../core/configuration.ts'
import { isRemoved } from '../core/configuration.ts'
import type { Entry } from '../core/entry.ts'
import { hasQuorum } from '../core/quorum.ts'
import type { Scenario } from './scenario.ts'

/** The members at an index, by somebody's log. */
interface LoggedConfiguration {
  readonly configuration: Configuration
  readonly isCommitted: boolean
}

/** By replicaId. */
type Knowledge = ReadonlyMap<number, readonly LoggedConfiguration[]>

/**
 * Replicas of which none may be missing if those left are to elect and commit; undefined when even
 * all of them may not be enough. Removed ones die or stay, by chance.
 */
export function bareMajority(scenario: Scenario, random: Random): number[] | undefined {
  const keepsRemoved = random.ratio(1, 2)
  // Replicas that know of their removal neither vote nor tell anything.
  const speaking = scenario.ids.filter((id) => !scenario.raft(id).status().isRemoved)
  let known = new Map(speaking.map((id) => [id, loggedConfigurations(scenario, id)]))
  if (!canElect(known)) return undefined
  const newest = newestCommitted(known)
  let alive = [...scenario.ids]
  for (const id of shuffled(scenario.ids, random)) {
    if (keepsRemoved && newest !== undefined && isRemoved(newest, id)) continue
    const rest = new Map([...known].filter(([other]) => other !== id))
    if (!canElect(rest)) continue
    known = rest
    alive = alive.filter((other) => other !== id)
  }
  return alive
}

/**
 * Are they a quorum of the newest configuration that one of them knows committed, and of each one
 * that their logs may lead to?
 */
function canElect(known: Knowledge): boolean {
  const newest = newestCommitted(known)
  if (newest === undefined) return false
  return [...known.values()]
    .flat()
    .filter(({ configuration }) => configuration.id >= newest.id)
    .every(({ configuration }) => hasQuorum(configuration, (id) => known.has(id)))
}

function newestCommitted(known: Knowledge): Configuration | undefined {
  return [...known.values()]
    .flat()
    .filter(({ isCommitted }) => isCommitted)
    .map(({ configuration }) => configuration)
    .sort((a, b) => b.id - a.id)[0]
}

/** The members that `id` has, and those that its log makes. */
function loggedConfigurations(scenario: Scenario, id: number): LoggedConfiguration[] {
  const { disk, raft, appendThread, configuration: applied } = scenario.replica(id)
  let configuration = applied
  let entries: readonly Entry[] = disk.entries
  for (const { snapshot, entries: written } of appendThread) {
    if (snapshot !== undefined) {
      configuration = snapshot.configuration
      entries = []
    }
    const from = written[0]?.index ?? Infinity
    entries = [...entries.filter(({ index }) => index < from), ...written]
  }
  const found = [{ configuration, isCommitted: true }]
  for (const entry of entries) {
    if (entry.type !== 'config' || entry.index <= configuration.id) continue
    const result = changeConfiguration(configuration, entry)
    if (!result.ok) continue
    configuration = result.configuration
    found.push({ configuration, isCommitted: entry.index <= raft.commit })
  }
  return found
}

function shuffled(ids: readonly number[], random: Random): number[] {
  const rest = [...ids]
  return ids.map(() => rest.splice(random.below(rest.length), 1)[0]!)
}
