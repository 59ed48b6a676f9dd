// `RequestMetrics` for Prometheus: upstream's families under upstream's names, filled by both
// protocols. One text: plain counts here, quantiles by prom-client.
import { Registry, Summary } from 'prom-client'
import type { TaskType } from '../core/index.ts'
import type { Family } from '../metrics.ts'
import { counterFamily, LabelCounts } from './label-counts.ts'
import {
  announcedLabelLengthMax,
  announcedLabelSetsMax,
  closedLabelSetsMax,
  hostTrafficLabelSetsMax,
} from './limits.ts'
import { PieceCounts, taskTypeLabels } from './piece-counts.ts'
import type { PieceLabels, Traffic } from './piece-counts.ts'
import type {
  AnnouncedSystem,
  CountedCall,
  DownloadLabels,
  DownloadStep,
  FailedStep,
  RequestMetrics,
  SeedOutcome,
  TrafficHost,
} from './request-metrics.ts'
import { taskSizeLevel } from './task-size-level.ts'

export interface RequestMetricsOptions {
  /** Counts bytes by host (upstream's `metrics.enableHost`): many series in a large cluster. */
  readonly countHostTraffic: boolean
}

const countedCalls: readonly CountedCall[] = [
  'announce_peer',
  'stat_peer',
  'leave_peer',
  'stat_task',
  'leave_task',
  'list_hosts',
  'leave_host',
]

const downloadSteps: readonly DownloadStep[] = [
  'register_peer',
  'download_peer_started',
  'download_peer_back_to_source_started',
  'download_peer_finished',
]

const failedSteps: readonly FailedStep[] = [
  ...downloadSteps,
  'download_peer_back_to_source_finished',
]

const downloadLabels = ['priority', 'task_type', 'host_type'] as const
const hostTrafficLabels = [
  'type',
  'task_type',
  'host_type',
  'host_id',
  'host_ip',
  'host_name',
] as const
const systemLabels = [
  'os',
  'platform',
  'platform_family',
  'platform_version',
  'kernel_version',
  'git_version',
  'git_commit',
  'go_version',
  'build_platform',
] as const

/** Quantiles of summaries, those of upstream. */
const quantiles = [0.5, 0.9, 0.95, 0.99]

/** Quantiles speak of the last minutes, in so many steps; sums and counts of all time. */
const quantileAgeSeconds = 600
const quantileAgeSteps = 3

const prefix = 'dragonfly_scheduler_'

type Pair<Name extends string> = ReadonlyMap<Name, LabelCounts>

const closedCounts = (labels: readonly string[]): LabelCounts =>
  new LabelCounts(labels, { labelSetsMax: closedLabelSetsMax })

const countsOf = <Name extends string>(
  names: readonly Name[],
  labels: readonly string[],
): Pair<Name> => new Map(names.map((name) => [name, closedCounts(labels)]))

/** The counts of one member. */
export class PrometheusRequestMetrics implements RequestMetrics {
  readonly countsHostTraffic: boolean
  readonly #registry = new Registry()
  readonly #calls = countsOf(countedCalls, [])
  readonly #failedCalls = countsOf(countedCalls, [])
  readonly #steps = countsOf(downloadSteps, downloadLabels)
  readonly #failedSteps = countsOf(failedSteps, downloadLabels)
  readonly #pieces = new PieceCounts()
  readonly #hostTraffic = new LabelCounts(hostTrafficLabels, {
    labelSetsMax: hostTrafficLabelSetsMax,
  })
  readonly #systems = new LabelCounts(systemLabels, { labelSetsMax: announcedLabelSetsMax })
  readonly #failedSystems = new LabelCounts(systemLabels, { labelSetsMax: announcedLabelSetsMax })
  readonly #seedEnds = closedCounts(['api', 'outcome'])
  readonly #downloadDurations: Summary<'task_size_level'>
  readonly #scheduleDurations: Summary

  #streams = 0

  constructor(options: RequestMetricsOptions) {
    this.countsHostTraffic = options.countHostTraffic
    for (const counts of [...this.#calls.values(), ...this.#failedCalls.values()]) counts.add([], 0)
    const shared = {
      percentiles: quantiles,
      maxAgeSeconds: quantileAgeSeconds,
      ageBuckets: quantileAgeSteps,
      registers: [this.#registry],
    }
    this.#downloadDurations = new Summary({
      ...shared,
      name: `${prefix}download_peer_duration_milliseconds`,
      help: 'Time downloads took that ended well',
      labelNames: ['task_size_level'],
    })
    this.#scheduleDurations = new Summary({
      ...shared,
      name: `${prefix}schedule_duration_milliseconds`,
      help: 'From a registration to its first answer',
    })
  }

  called(name: CountedCall): void {
    this.#calls.get(name)?.add([])
  }

  callFailed(name: CountedCall): void {
    this.#failedCalls.get(name)?.add([])
  }

  step(name: DownloadStep, labels: DownloadLabels): void {
    this.#steps.get(name)?.add(downloadValues(labels))
  }

  stepFailed(name: FailedStep, labels: DownloadLabels): void {
    const values = downloadValues(labels)
    this.#failedSteps.get(name)?.add(values)
    const isEnd =
      name === 'download_peer_finished' || name === 'download_peer_back_to_source_finished'
    if (isEnd) this.#steps.get('download_peer_finished')?.add(values)
  }

  pieceFinished(labels: PieceLabels, sizeBytes: number): void {
    this.#pieces.finished(labels, sizeBytes)
  }

  pieceFailed(labels: PieceLabels): void {
    this.#pieces.failed(labels)
  }

  hostTraffic(
    direction: 'download' | 'upload',
    host: TrafficHost,
    taskType: TaskType,
    sizeBytes: number,
  ): void {
    if (!this.countsHostTraffic) return
    const values = [direction, taskTypeLabels[taskType], host.type, host.id, host.ip, host.hostname]
    this.#hostTraffic.add(values, sizeBytes)
  }

  hostAnnounced(system: AnnouncedSystem): void {
    this.#systems.add(systemValues(system))
  }

  hostAnnounceFailed(system: AnnouncedSystem): void {
    this.#failedSystems.add(systemValues(system))
  }

  downloadTook(contentLength: number, durationMs: number): void {
    const level = { task_size_level: String(taskSizeLevel(contentLength)) }
    this.#downloadDurations.observe(level, durationMs)
  }

  scheduleTook(durationMs: number): void {
    this.#scheduleDurations.observe(durationMs)
  }

  seedEnded(api: 1 | 2, outcome: SeedOutcome): void {
    this.#seedEnds.add([`v${api}`, outcome])
  }

  streamOpened(): void {
    this.#streams += 1
  }

  streamEnded(): void {
    this.#streams -= 1
  }

  /** Everything but what has quantiles. */
  families(): readonly Family[] {
    const host = this.#hostTraffic.samples()
    const hostHelp = 'Bytes of pieces by the hosts that got or gave them'
    return [
      ...Array.from(this.#calls, ([name, counts]) => total(name, counts)),
      ...Array.from(this.#failedCalls, ([name, counts]) => failures(name, counts)),
      ...Array.from(this.#steps, ([name, counts]) => total(name, counts)),
      ...Array.from(this.#failedSteps, ([name, counts]) => failures(name, counts)),
      ...pieceFamilies(this.#pieces),
      ...(this.countsHostTraffic ? [counterFamily(`${prefix}host_traffic`, hostHelp, host)] : []),
      total('announce_host', this.#systems),
      failures('announce_host', this.#failedSystems),
      {
        prefix: '',
        name: `${prefix}concurrent_schedule_total`,
        type: 'gauge',
        help: 'Open streams of peers, of both protocols',
        samples: [{ value: this.#streams }],
      },
      {
        name: 'seed_calls_ended_total',
        type: 'counter',
        help: 'Calls to seed peers that ended, by protocol and outcome',
        samples: this.#seedEnds.samples(),
      },
    ]
  }

  /** What has quantiles, as text. */
  summaries(): Promise<string> {
    return this.#registry.metrics()
  }
}

const helps = {
  announce_peer: 'Calls of AnnouncePeer, and AnnounceTask of API v1',
  stat_peer: 'Calls of StatPeer',
  leave_peer: 'Calls of DeletePeer',
  stat_task: 'Calls of StatTask',
  leave_task: 'Calls of DeleteTask, and LeaveTask of API v1',
  list_hosts: 'Calls of ListHosts',
  leave_host: 'Calls of DeleteHost, and LeaveHost of API v1',
  register_peer: 'Registrations asked for',
  download_peer_started: 'Downloads from peers that were to begin',
  download_peer_back_to_source_started: 'Downloads from the source that were to begin',
  download_peer_finished: 'Downloads that ended, from peers or the source, well or not',
  announce_host: 'Announces of hosts, by their systems and builds',
} as const

type PairName = keyof typeof helps

function total(name: PairName, counts: LabelCounts): Family {
  return counterFamily(`${prefix}${name}_total`, helps[name], counts.samples())
}

function failures(name: PairName | FailedStep, counts: LabelCounts): Family {
  const help =
    name === 'download_peer_back_to_source_finished'
      ? 'Downloads from the source that failed'
      : `Failed ones of ${prefix}${name}_total`
  return counterFamily(`${prefix}${name}_failure_total`, help, counts.samples())
}

function pieceFamilies(pieces: PieceCounts): readonly Family[] {
  const trafficName = 'traffic_type'
  const isFromSource = (traffic: Traffic): boolean => traffic === 'back-to-source'
  const isFromPeer = (traffic: Traffic): boolean => !isFromSource(traffic)
  return [
    counterFamily(
      `${prefix}download_piece_finished_total`,
      'Pieces that were reported, well or not',
      pieces.samples('ended', { trafficName }),
    ),
    counterFamily(
      `${prefix}download_piece_finished_failure_total`,
      'Pieces that a peer could not give',
      pieces.samples('failed', { trafficName, isWanted: isFromPeer }),
    ),
    counterFamily(
      `${prefix}download_piece_back_to_source_finished_failure_total`,
      'Pieces that the source could not give',
      pieces.samples('failed', { trafficName, isWanted: isFromSource }),
    ),
    counterFamily(
      `${prefix}traffic`,
      'Bytes of pieces that arrived',
      pieces.samples('sizeBytes', { trafficName: 'type' }),
    ),
  ]
}

function downloadValues({ priority, taskType, hostType }: DownloadLabels): readonly string[] {
  return [`LEVEL${priority}`, taskTypeLabels[taskType], hostType]
}

function systemValues(system: AnnouncedSystem): readonly string[] {
  return [
    system.os,
    system.platform,
    system.platformFamily,
    system.platformVersion,
    system.kernelVersion,
    system.gitVersion,
    system.gitCommit,
    system.goVersion,
    system.buildPlatform,
  ].map(cut)
}

/** A copy, because a part of a text keeps the whole of it, here megabytes of it, in memory. */
function cut(value: string): string {
  if (value.length <= announcedLabelLengthMax) return value
  return Buffer.from(value.slice(0, announcedLabelLengthMax)).toString()
}
