// Everything a run of the group `members` does, in its order.
import { recovered, savedAndRestored } from './backup-items.ts'
import { imageKills, imageMemory } from './image-items.ts'
import {
  allWiped,
  badCommands,
  badJoins,
  badTokens,
  majorityWiped,
  wrongCluster,
} from './refusal-items.ts'
import {
  copiedDirectory,
  rejoinItems,
  removedAndAdded,
  reverted,
  sameHostTwice,
  stateLost,
  wipedFollower,
  wipedLeader,
} from './rejoin-items.ts'
import { loadingShown } from './loading-items.ts'
import { growAndShrink, replaceEach, rollingUpgrade } from './size-items.ts'
import type { MembersItem, OwnClusterItem } from './steps.ts'
import { failShown, hidden, viewsAgree } from './view-items.ts'

/** On one cluster of three with one spare host; each leaves it whole. */
export const sharedItems: readonly MembersItem[] = [
  failShown,
  viewsAgree,
  hidden,
  wipedFollower,
  wipedLeader,
  ...rejoinItems,
  stateLost,
  reverted,
  removedAndAdded,
  copiedDirectory,
  sameHostTwice,
  badTokens,
  badJoins,
  badCommands,
]

/** Each on clusters of its own. */
export const ownClusterItems: readonly OwnClusterItem[] = [
  growAndShrink,
  replaceEach,
  rollingUpgrade,
  savedAndRestored,
  recovered,
  loadingShown,
  imageMemory,
  imageKills,
  allWiped,
  majorityWiped,
  wrongCluster,
]

/**
 * What `npm test` runs of them, for its time is short. Tests within one process cover the others;
 * `npm run e2e -- members` runs them all.
 */
export const itemsInTest: {
  readonly shared: readonly MembersItem[]
  readonly ownCluster: readonly OwnClusterItem[]
} = {
  shared: [hidden, wipedFollower, wipedLeader, stateLost, reverted, removedAndAdded, badJoins],
  ownCluster: [growAndShrink, recovered, loadingShown],
}
