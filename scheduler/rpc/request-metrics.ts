// What adapters tell to be counted: what clients asked and what came of it, in the words of
// upstream's families (docs/metrics.md says when each counts). Both protocols tell the same.
import type { HostType, Priority, TaskType } from '../core/index.ts'
import type { PieceLabels } from './piece-counts.ts'

/** Calls that are counted without labels: `NAME_total` and `NAME_failure_total`. */
export type CountedCall =
  | 'announce_peer'
  | 'stat_peer'
  | 'leave_peer'
  | 'stat_task'
  | 'leave_task'
  | 'list_hosts'
  | 'leave_host'

/** Steps of a download: `NAME_total` and `NAME_failure_total`. */
export type DownloadStep =
  | 'register_peer'
  | 'download_peer_started'
  | 'download_peer_back_to_source_started'
  | 'download_peer_finished'

/** A step that is counted only when it fails. */
export type FailedStep = DownloadStep | 'download_peer_back_to_source_finished'

/** Whose download it is. */
export interface DownloadLabels {
  readonly priority: Priority
  readonly taskType: TaskType
  readonly hostType: HostType
}

/** A host whose bytes are counted by name. */
export interface TrafficHost {
  readonly id: string
  readonly ip: string
  readonly hostname: string
  readonly type: HostType
}

/** What of an announce says which systems there are. */
export interface AnnouncedSystem {
  readonly os: string
  readonly platform: string
  readonly platformFamily: string
  readonly platformVersion: string
  readonly kernelVersion: string
  readonly gitVersion: string
  readonly gitCommit: string
  /** Empty for programs in another language. */
  readonly goVersion: string
  readonly buildPlatform: string
}

/** How a call to a seed ended; `unimplemented`: it does not know this protocol. */
export type SeedOutcome = 'done' | 'failed' | 'unreachable' | 'unimplemented'

/** What adapters tell. Every method is cheap enough for each message, but for the durations. */
export interface RequestMetrics {
  /** A call began, whatever becomes of it. */
  called(name: CountedCall): void
  /** Besides `called`. */
  callFailed(name: CountedCall): void
  /**
   * A step of a download was reached, whatever becomes of it; `download_peer_finished`: it ended
   * well, from peers or the source.
   */
  step(name: DownloadStep, labels: DownloadLabels): void
  /** Besides `step`; a download that ended badly is told only here and is in the total as well. */
  stepFailed(name: FailedStep, labels: DownloadLabels): void
  /** A piece arrived at a peer. */
  pieceFinished(labels: PieceLabels, sizeBytes: number): void
  /** A piece did not arrive: it counts among the finished as well. `traffic`: whose fault it is. */
  pieceFailed(labels: PieceLabels): void
  /** Whether `hostTraffic` counts anything; otherwise nobody need look for the hosts. */
  readonly countsHostTraffic: boolean
  /** Bytes a host got or gave. */
  hostTraffic(
    direction: 'download' | 'upload',
    host: TrafficHost,
    taskType: TaskType,
    sizeBytes: number,
  ): void
  hostAnnounced(system: AnnouncedSystem): void
  hostAnnounceFailed(system: AnnouncedSystem): void
  /** A download ended well. `contentLength`: bytes, -1 = unknown. Some microseconds. */
  downloadTook(contentLength: number, durationMs: number): void
  /** A registration had its first answer: parents, the source. Some microseconds. */
  scheduleTook(durationMs: number): void
  /** A call to a seed ended in this protocol. */
  seedEnded(api: 1 | 2, outcome: SeedOutcome): void
  /** A peer's stream was opened or ended; both, once each, for every stream. */
  streamOpened(): void
  streamEnded(): void
}

/** Does the work of a call and counts both the call and its failure. */
export async function counted<Reply>(
  metrics: Pick<RequestMetrics, 'called' | 'callFailed'>,
  name: CountedCall,
  work: () => Promise<Reply>,
): Promise<Reply> {
  metrics.called(name)
  try {
    return await work()
  } catch (error) {
    metrics.callFailed(name)
    throw error
  }
}
