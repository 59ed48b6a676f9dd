// Everything a run of the group `scheduler` does, in its order.
import { badMessages } from './bad-messages-item.ts'
import { crowd, manyStreams } from './crowd-items.ts'
import { failover } from './failover-item.ts'
import { deadHost, liveHost } from './liveness-items.ts'
import { seedAskedAgain } from './seed-item.ts'
import { slotsOfTheDead } from './slots-item.ts'
import { announcedStays, delayedAnnounce } from './task-items.ts'
import type { SchedulerItem } from './steps.ts'

/** On one cluster of three; each leaves it whole. */
export const schedulerItems: readonly SchedulerItem[] = [
  failover,
  announcedStays,
  delayedAnnounce,
  deadHost,
  liveHost,
  seedAskedAgain,
  badMessages,
  crowd,
  manyStreams,
  slotsOfTheDead,
]
