// The group `scheduler`: one cluster of three members for everything but memory, which needs a
// member without a past.
import type { SchedulerArguments, SchedulerPart } from '../arguments.ts'
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

/** Absent: left out. */
export interface SchedulerResult {
  latency?: LatencyResult
  reports?: ReportsResult
  announce?: AnnounceResult
  memory?: MemoryResult
}

export async function measureScheduler(options: SchedulerOptions): Promise<SchedulerResult> {
  const { directory, rounds, only, quick: isQuick } = options
  const result: SchedulerResult = {}
  if (rounds === 0) return result
  // A short look at memory makes do with a member that has a past.
  const isApart = (part: SchedulerPart): boolean => part === 'memory' && !isQuick
  const together = only.filter((part) => !isApart(part))
  const apart = only.filter(isApart)
  for (const { name, members, parts } of [
    { name: 'scheduler', members: 3, parts: together },
    { name: 'memory', members: 1, parts: apart },
  ]) {
    if (parts.length === 0) continue
    const cluster = await SchedulerCluster.start(folder(directory, name), members)
    try {
      await measureParts(cluster, parts, options, result)
    } finally {
      await cluster.stop()
    }
  }
  return result
}

/** Each part finds what the ones before have left: the fewest rows come first. */
async function measureParts(
  cluster: SchedulerCluster,
  parts: readonly SchedulerPart[],
  options: SchedulerOptions,
  result: SchedulerResult,
): Promise<void> {
  const { profile: isProfiled, quick: isQuick, say } = options
  const shared = { ...options, cluster, isQuick, isProfiled }
  if (parts.includes('latency')) {
    result.latency = await measureLatency(shared)
    say([...latencyLines(result.latency), ''])
  }
  if (parts.includes('reports')) {
    result.reports = await measureReports(shared)
    say([...reportsLines(result.reports), ''])
  }
  if (parts.includes('announce')) {
    result.announce = await measureAnnouncements(shared)
    say([...announceLines(result.announce), ''])
  }
  if (parts.includes('memory')) {
    result.memory = await measureMemory(shared)
    say([...memoryLines(result.memory), ''])
  }
}
