// The group `scheduler`: one cluster of three members for everything but memory, which needs a
// member without a past.
import type { SchedulerArguments } from '../arguments.ts'
import { folder } from '../folder.ts'
import { measureAnnouncements } from './announce.ts'
import type { AnnounceResult } from './announce.ts'
import { SchedulerCluster } from './cluster.ts'
import { measureLatency } from './latency.ts'
import type { LatencyResult } from './latency.ts'
import { measureMemory } from './memory.ts'
import type { MemoryResult } from './memory.ts'
import { announceLines, latencyLines, memoryLines, reportsLines } from './report.ts'
import { measureReports } from './reports.ts'
import type { ReportsResult } from './reports.ts'

export interface SchedulerOptions extends SchedulerArguments {
  readonly directory: string
  readonly say: (lines: readonly string[]) => void
  readonly onProgress: (line: string) => void
}

/** Undefined: left out. */
export interface SchedulerResult {
  readonly announce: AnnounceResult | undefined
  readonly reports: ReportsResult | undefined
  readonly latency: LatencyResult | undefined
  readonly memory: MemoryResult | undefined
}

export async function measureScheduler(options: SchedulerOptions): Promise<SchedulerResult> {
  const { directory, rounds, profile: isProfiled, quick: isQuick, say } = options
  const isWanted = (part: SchedulerArguments['only'][number]): boolean =>
    options.only.includes(part) && rounds > 0
  const only = options.only.filter((part) => part !== 'memory')
  const cluster =
    only.length === 0 || rounds === 0
      ? undefined
      : await SchedulerCluster.start(folder(directory, 'scheduler'))
  // Each part finds what the ones before have left: the fewest rows come first.
  const measure = async <Result>(
    part: SchedulerArguments['only'][number],
    work: (cluster: SchedulerCluster) => Promise<Result>,
    linesOf: (result: Result) => readonly string[],
  ): Promise<Result | undefined> => {
    if (cluster === undefined || !isWanted(part)) return undefined
    const result = await work(cluster)
    say([...linesOf(result), ''])
    return result
  }
  const shared = { ...options, isQuick, isProfiled }
  let parts: Omit<SchedulerResult, 'memory'>
  try {
    parts = {
      latency: await measure(
        'latency',
        (at) => measureLatency({ ...shared, cluster: at }),
        latencyLines,
      ),
      reports: await measure(
        'reports',
        (at) => measureReports({ ...shared, cluster: at }),
        reportsLines,
      ),
      announce: await measure(
        'announce',
        (at) => measureAnnouncements({ ...shared, cluster: at }),
        announceLines,
      ),
    }
  } finally {
    await cluster?.stop()
  }
  const memory = isWanted('memory') ? await measureMemory(shared) : undefined
  if (memory !== undefined) say(memoryLines(memory))
  return { ...parts, memory }
}
