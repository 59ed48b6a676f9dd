// The scheduler's metric families, read from its parts when somebody asks.
import { arch, platform } from 'node:process'
import { appendBucketsMs, isVoter, loopDelayBucketsMs, membersOf } from '../raft/index.ts'
import type { RaftNode } from '../raft/index.ts'
import type { GrpcRaftTransport } from '../runtime/grpc-raft-transport.ts'
import type { TlsFiles } from '../runtime/index.ts'
import { joinBucketsMs } from './membership/join-metrics.ts'
import type { JoinMetrics } from './membership/join-metrics.ts'
import type { QuarantineFigures } from './boot/quarantine-keeper.ts'
import { formatMetrics, histogramSamples } from './metrics.ts'
import type { Family, Sample } from './metrics.ts'
import { processMetrics } from './process-metrics.ts'
import {
  edgesTable,
  hostsTable,
  outboxTable,
  peersTable,
  sessionTable,
  tasksTable,
  tombstoneTable,
  waitersTable,
} from './replication/index.ts'
import type {
  AnyTable,
  DurableState,
  ProposerStatus,
  ReplicatedState,
} from './replication/index.ts'
import type { SchedulerServer } from './rpc/index.ts'

export interface MetricSources {
  readonly raft: Pick<RaftNode, 'gauges' | 'metrics' | 'status'>
  readonly durable: Pick<DurableState, 'durableIndex' | 'isOverloaded'> & {
    readonly state: Pick<ReplicatedState, 'clusterClockMs' | 'digestMark' | 'reader'>
  }
  readonly server: Pick<SchedulerServer, 'status'>
  /** What was asked of this member. @default nothing is counted */
  readonly requests?: Pick<SchedulerServer, 'metrics' | 'calls'>
  /** @default not told */
  readonly programVersion?: string
  readonly transport: Pick<GrpcRaftTransport, 'metrics'>
  readonly proposer: ProposerStatus | undefined
  /** @default none are counted */
  readonly joins?: JoinMetrics
  /** Undefined without TLS. */
  readonly tls?: TlsFiles['status'] | undefined
  /** Undefined when nobody keeps it. */
  readonly quarantine?: QuarantineFigures | undefined
}

/** Everything `/metrics` shows, as text. */
export async function metricsText(
  sources: MetricSources & { readonly requests: Pick<SchedulerServer, 'metrics' | 'calls'> },
): Promise<string> {
  const quantiles = await sources.requests.metrics.summaries()
  const process = await processMetrics().metrics()
  return `${formatMetrics(schedulerFamilies(sources))}${quantiles}\n${process}`
}

/** All families of ours, and those of upstream that have no quantiles. */
export function schedulerFamilies(sources: MetricSources): readonly Family[] {
  return [
    ...versionFamilies(sources),
    ...requestFamilies(sources),
    ...raftFamilies(sources),
    ...membershipFamilies(sources),
    ...joinFamilies(sources),
    ...stateFamilies(sources),
    ...clientFamilies(sources),
    ...tlsFamilies(sources),
    ...quarantineFamilies(sources),
  ]
}

function requestFamilies({ requests }: MetricSources): readonly Family[] {
  if (requests === undefined) return []
  return [...requests.metrics.families(), ...requests.calls.families()]
}

function versionFamilies({ programVersion }: MetricSources): readonly Family[] {
  if (programVersion === undefined) return []
  const [major = '', minor = ''] = programVersion.split('.')
  // The names are upstream's; what only a Go program has is empty.
  const labels = {
    major,
    minor,
    git_version: `v${programVersion}`,
    git_commit: '',
    platform: `${platform}/${arch}`,
    build_time: '',
    go_version: '',
    go_tags: '',
    go_gcflags: '',
  }
  return [
    {
      prefix: '',
      name: 'dragonfly_scheduler_version',
      type: 'gauge',
      help: 'The program; its value is 1',
      samples: [{ labels, value: 1 }],
    },
  ]
}

const single =
  (type: 'gauge' | 'counter') =>
  (name: string, help: string, value: number): Family => ({
    name,
    type,
    help,
    samples: [{ value }],
  })

const gauge = single('gauge')
const counter = single('counter')

/** One sample for each key of a record of counts. */
function byLabel(
  label: string,
  counts: Readonly<Record<string, number>>,
  others: Readonly<Record<string, string>> = {},
): readonly Sample[] {
  return Object.entries(counts).map(([key, value]) => ({
    labels: { ...others, [label]: key },
    value,
  }))
}

function quarantineFamilies({ quarantine }: MetricSources): readonly Family[] {
  if (quarantine === undefined) return []
  const { moved, directories, bytes } = quarantine
  return [
    {
      name: 'quarantines_total',
      type: 'counter',
      help: 'Instances moved to quarantine, by the code of the reason',
      samples: byLabel('reason', Object.fromEntries(moved)),
    },
    gauge('quarantine_directories', 'Directories in quarantine', directories),
    gauge('quarantine_bytes', 'Bytes of the files in them', bytes),
  ]
}

function tlsFamilies({ tls }: MetricSources): readonly Family[] {
  if (tls?.expiresInMs === undefined) return []
  return [
    gauge(
      'tls_certificate_expires_seconds',
      'Until the certificate in use expires',
      Math.floor(tls.expiresInMs / 1000),
    ),
    counter('tls_certificate_changes_total', 'New certificates taken up', tls.changes),
    counter('tls_certificate_refusals_total', 'New certificates that did not fit', tls.refusals),
  ]
}

function raftFamilies({ raft, transport }: MetricSources): readonly Family[] {
  const status = raft.status()
  const { metrics } = raft
  const remote = transport.metrics
  return [
    gauge('raft_term', 'Current term', status.term),
    gauge('raft_is_leader', 'Whether this member leads', status.role === 'leader' ? 1 : 0),
    gauge('raft_commit_index', 'Last index known committed', status.commit),
    gauge('raft_applied_index', 'Last index applied', status.applied),
    gauge('raft_apply_lag', 'Committed entries not applied', status.commit - status.applied),
    gauge('raft_last_index', 'Last index of the log', status.lastIndex),
    gauge('raft_log_entries', 'Entries held', status.lastIndex - status.compacted.index),
    counter(
      'raft_elections_started_total',
      'Elections this member began',
      metrics.electionsStarted,
    ),
    counter('raft_elections_won_total', 'Elections this member won', metrics.electionsWon),
    counter('raft_leadership_changes_total', 'Changes seen', metrics.leadershipChanges),
    counter('raft_stalls_total', 'Pauses longer than an election timeout', raft.gauges().stalls),
    counter('raft_messages_sent_total', 'Messages sent', metrics.messagesSent),
    counter('raft_messages_dropped_total', 'Messages not sent', metrics.messagesDropped),
    {
      name: 'raft_messages_refused_total',
      type: 'counter',
      help: 'Messages refused on arrival, by the transport or by the protocol',
      // Both know reasons of the same name: the layer tells their counts apart.
      samples: [
        ...byLabel('reason', metrics.messagesRefused, { layer: 'protocol' }),
        ...byLabel('reason', Object.fromEntries(remote.refusals), { layer: 'transport' }),
      ],
    },
    {
      name: 'raft_messages_refused_by_remotes_total',
      type: 'counter',
      help: 'Times a remote first said on a stream that it refuses what it gets',
      samples: byLabel('reason', Object.fromEntries(remote.refusedByRemotes)),
    },
    {
      name: 'raft_reads_total',
      type: 'counter',
      help: 'Linearizable reads of this member by their end',
      samples: byLabel('outcome', metrics.reads),
    },
    counter('raft_digest_mismatches_total', 'Disagreements seen', metrics.digestMismatches),
    {
      name: 'raft_proposals_total',
      type: 'counter',
      help: 'Proposals of this member by their end',
      samples: byLabel('outcome', metrics.proposals),
    },
    {
      name: 'raft_log_append_seconds',
      type: 'histogram',
      help: 'Time until a write group was durable',
      samples: histogramSamples(
        appendBucketsMs,
        metrics.appendDurations,
        metrics.appendDurationSumMs,
      ),
    },
    {
      name: 'raft_loop_delay_seconds',
      type: 'histogram',
      help: 'How late the event loop came to each tick',
      samples: histogramSamples(loopDelayBucketsMs, metrics.loopDelays, metrics.loopDelaySumMs),
    },
  ]
}

function membershipFamilies({ raft, transport }: MetricSources): readonly Family[] {
  const { configuration, progress, commit } = raft.status()
  const { metrics } = raft
  const { images } = metrics
  const members = membersOf(configuration)
  const voters = members.filter((id) => isVoter(configuration, id)).length
  return [
    gauge('raft_voters', 'Members that vote', voters),
    gauge('raft_learners', 'Members that do not vote', members.length - voters),
    gauge('raft_configuration_id', 'Entry that made the configuration', configuration.id),
    counter(
      'raft_configuration_changes_total',
      'Configurations that came into force',
      metrics.configurationChanges,
    ),
    {
      name: 'raft_match_lag',
      type: 'gauge',
      help: 'On the leader: committed entries a member is not known to hold',
      samples: progress.map(({ id, match }) => ({
        labels: { member: String(id) },
        value: Math.max(commit - match, 0),
      })),
    },
    {
      name: 'raft_changes_total',
      type: 'counter',
      help: 'Changes of the members asked of this one, by their end',
      samples: byLabel('outcome', metrics.changes),
    },
    {
      name: 'raft_transfers_total',
      type: 'counter',
      help: 'Transfers of the leadership asked of this member, by their end',
      samples: byLabel('outcome', metrics.transfers),
    },
    counter(
      'raft_connections_refused_total',
      'Lost connections whose other end was gone',
      transport.metrics.connectionsRefused,
    ),
    counter(
      'raft_leader_suspicions_total',
      'Times the leader seemed to be gone',
      metrics.leaderSuspicions,
    ),
    {
      name: 'raft_images_total',
      type: 'counter',
      help: 'State images by what became of them',
      samples: byLabel('outcome', {
        sent: images.sent,
        send_failed: images.sendFailed,
        not_sent: images.notSent,
        received: images.received,
        receive_failed: images.receiveFailed,
        installed: images.installed,
      }),
    },
    {
      name: 'raft_image_bytes_total',
      type: 'counter',
      help: 'Bytes of state images',
      samples: byLabel('direction', { sent: images.bytesSent, received: images.bytesReceived }),
    },
  ]
}

function joinFamilies({ joins }: MetricSources): readonly Family[] {
  if (joins === undefined) return []
  return [
    {
      name: 'joins_total',
      type: 'counter',
      help: 'Requests to join by what became of them: codes of refusals, and what the leader did',
      samples: byLabel('result', Object.fromEntries(joins.results)),
    },
    {
      name: 'join_duration_seconds',
      type: 'histogram',
      help: 'From the first request to the promotion, as leaders saw it in cluster time',
      samples: histogramSamples(joinBucketsMs, joins.durations, joins.durationSumMs),
    },
    counter('promotions_total', 'Learners this leader made voters', joins.promotions),
    counter('ghost_cleanups_total', 'Learners this leader took out', joins.ghostCleanups),
  ]
}

/** What there is most of, and what should be few. */
const countedTables: readonly AnyTable[] = [
  hostsTable,
  tasksTable,
  peersTable,
  edgesTable,
  waitersTable,
  outboxTable,
  sessionTable,
  tombstoneTable,
]

function stateFamilies({ durable, proposer }: MetricSources): readonly Family[] {
  const { state } = durable
  return [
    gauge('state_durable_index', 'Last index whose effects are on disk', durable.durableIndex()),
    gauge('state_digest_index', 'Index of the newest digest', state.digestMark.index),
    gauge('state_cluster_clock_seconds', 'Cluster clock', state.clusterClockMs / 1000),
    {
      name: 'state_rows',
      type: 'gauge',
      help: 'Rows of the state',
      samples: countedTables.map((table) => ({
        labels: { table: table.name },
        value: state.reader.count(table),
      })),
    },
    gauge('state_overloaded', 'Whether writing lags too far', durable.isOverloaded() ? 1 : 0),
    gauge('proposer_queued', 'Commands not sent yet', proposer?.queued ?? 0),
    gauge('proposer_in_flight', 'Commands sent and not decided', proposer?.inFlight ?? 0),
    counter('proposer_resends_total', 'Times all in flight was sent again', proposer?.resends ?? 0),
  ]
}

function clientFamilies({ server }: MetricSources): readonly Family[] {
  const status = server.status()
  return [
    gauge('watches', 'Open watches', status.watches),
    gauge('watch_history_bytes', 'Bytes of changes kept, about', status.watchHistoryBytes),
    gauge('seed_calls', 'Calls to seed peers under way', status.seedCalls),
    gauge('piece_reports_pending', 'Piece reports not proposed yet', status.pieceReportsPending),
    counter('piece_reports_dropped_total', 'Piece reports dropped', status.pieceReportsDropped),
    gauge('serving', 'Whether health says SERVING', status.isServing ? 1 : 0),
  ]
}
