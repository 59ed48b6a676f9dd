// The scheduler's metric families, read from its parts when somebody asks.
import { appendBucketsMs } from '../raft/index.ts'
import type { RaftNode } from '../raft/index.ts'
import type { GrpcRaftTransport } from '../runtime/grpc-raft-transport.ts'
import { histogramSamples } from './metrics.ts'
import type { Family, Sample } from './metrics.ts'
import type { DurableState, ProposerStatus } from './replication/index.ts'
import type { SchedulerServer } from './rpc/index.ts'

export interface MetricSources {
  readonly raft: RaftNode
  readonly durable: DurableState
  readonly server: SchedulerServer
  readonly transport: GrpcRaftTransport
  readonly proposer: ProposerStatus | undefined
}

export function schedulerFamilies(sources: MetricSources): readonly Family[] {
  return [...raftFamilies(sources), ...stateFamilies(sources), ...clientFamilies(sources)]
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

function raftFamilies({ raft, transport }: MetricSources): readonly Family[] {
  const status = raft.status()
  const { metrics } = raft
  const remote = transport.metrics
  return [
    gauge('raft_term', 'Current term', status.term),
    gauge('raft_is_leader', 'Whether this member leads', status.role === 'leader' ? 1 : 0),
    gauge('raft_commit_index', 'Last index known committed', status.commit),
    gauge('raft_applied_index', 'Last index applied', status.applied),
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
  ]
}

function stateFamilies({ durable, proposer }: MetricSources): readonly Family[] {
  const { state } = durable
  return [
    gauge('state_durable_index', 'Last index whose effects are on disk', durable.durableIndex()),
    gauge('state_digest_index', 'Index of the newest digest', state.digestMark.index),
    gauge('state_cluster_clock_seconds', 'Cluster clock', state.clusterClockMs / 1000),
    gauge('state_overloaded', 'Whether writing lags too far', durable.isOverloaded() ? 1 : 0),
    gauge('proposer_queued', 'Commands not sent yet', proposer?.queued ?? 0),
    gauge('proposer_in_flight', 'Commands sent and not decided', proposer?.inFlight ?? 0),
    counter('proposer_resends_total', 'Times all in flight was sent again', proposer?.resends ?? 0),
  ]
}

function clientFamilies({ server }: MetricSources): readonly Family[] {
  const status = server.status()
  return [
    gauge('concurrent_schedule_total', 'Open piece-result streams', status.streams),
    gauge('seed_calls', 'Calls to seed peers under way', status.seedCalls),
    gauge('piece_reports_pending', 'Piece reports not proposed yet', status.pieceReportsPending),
    counter('piece_reports_dropped_total', 'Piece reports dropped', status.pieceReportsDropped),
    gauge('serving', 'Whether health says SERVING', status.isServing ? 1 : 0),
  ]
}
