// What the items about the scheduler are made of.
import { nullLogger } from '../../../base/index.ts'
import type { ClusterWatchDeps } from '../../../client/index.ts'
import { SystemClock, systemRandom } from '../../../runtime/index.ts'
import { check, timed } from '../members/steps.ts'
import type { MemberCluster, MemberProcess } from '../members/member-cluster.ts'

export { check, timed }

/** How much of each item a run does. */
export interface SchedulerScale {
  /** Bounds are judged, not only printed. */
  readonly isFull: boolean
  /** Scripted clients, half of them of each API. */
  readonly clients: number
  /** Leaders that die under them: so many, and for at least so long. */
  readonly kills: number
  readonly chaosMs: number
  /** Elections that a live host has to outlive. */
  readonly elections: number
  /**
   * How long a member is stopped, and how long there is no quorum; in the short form two members
   * are stopped, which is both.
   */
  readonly stoppedMs: number
  readonly quorumlessMs: number
  /** Streams of API v2 at a member that dies. */
  readonly attached: number
  /** Peers of one task. */
  readonly crowd: number
  /** Streams that one bad client opens. */
  readonly badStreams: number
}

const minuteMs = 60_000

/** What `npm test` does. */
export const shortScale: SchedulerScale = {
  isFull: false,
  clients: 20,
  kills: 3,
  chaosMs: 0,
  elections: 3,
  stoppedMs: 6_500,
  quorumlessMs: 0,
  attached: 100,
  crowd: 5_000,
  badStreams: 2_000,
}

/** The sizes and rounds of record. */
export const fullScale: SchedulerScale = {
  isFull: true,
  clients: 200,
  kills: 20,
  chaosMs: 2 * minuteMs,
  elections: 10,
  stoppedMs: 10 * minuteMs,
  quorumlessMs: minuteMs,
  attached: 1_000,
  crowd: 100_000,
  badStreams: 10_000,
}

/** One thing a cluster of three must hold, and leaves behind as it found it. */
export interface SchedulerItem {
  readonly title: string
  run(cluster: MemberCluster, scale: SchedulerScale): Promise<string>
}

/** The three that are members all the time. */
export function trio(
  cluster: MemberCluster,
): readonly [MemberProcess, MemberProcess, MemberProcess] {
  const [one, two, three] = cluster.members
  if (one === undefined || two === undefined || three === undefined) {
    throw new Error('the items need three members')
  }
  return [one, two, three]
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** What watches of a cluster are made of. */
export function watchDeps(): ClusterWatchDeps {
  return { clock: new SystemClock(), random: systemRandom().random, logger: nullLogger }
}

/** Rejects unless `promise` settles in time. */
export async function within<T>(what: string, deadlineMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${deadlineMs} ms`)), deadlineMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
