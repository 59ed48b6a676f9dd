import { afterEach, expect, test } from 'vitest'
import { nullLogger, Prng, VirtualClock } from '../base/index.ts'
import {
  changeConfiguration,
  emptyLogContents,
  initialConfiguration,
  MemoryLogStorage,
  MemoryNetwork,
  RaftNode,
} from '../raft/index.ts'
import type { Entry, StateMachine } from '../raft/index.ts'
import { JoinMetrics } from './membership/join-metrics.ts'
import { formatMetrics } from './metrics.ts'
import { schedulerFamilies } from './scheduler-metrics.ts'

const settle = (): Promise<void> => new Promise((done) => setImmediate(done))
let stop = async (): Promise<void> => {}

afterEach(() => stop())

function stateMachine(): StateMachine {
  let configuration = initialConfiguration({ voters: [1] })
  const apply = (entry: Entry): unknown => {
    if (entry.type !== 'config') return undefined
    const result = changeConfiguration(configuration, entry)
    configuration = result.configuration
    return result
  }
  return {
    apply: (entries) => entries.map(apply),
    configuration: () => configuration,
    durableIndex: () => 0,
    digestMark: () => ({ index: 0, digest: new Uint8Array(0) }),
    isOverloaded: () => false,
  }
}

/** Values by name and labels. */
function samplesOf(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at).replace('damselfly_scheduler_', ''), Number(line.slice(at + 1))]
    }),
  )
}

test('members, lag, delays and refusals show under their names', async () => {
  const clock = new VirtualClock({ settle })
  const network = new MemoryNetwork({ clock, random: new Prng('network') })
  const raft = new RaftNode(
    {
      clock,
      random: new Prng('node'),
      logger: nullLogger,
      transport: network.transport(1),
      log: new MemoryLogStorage({ clock }),
      stateMachine: stateMachine(),
    },
    {
      id: 1,
      configuration: initialConfiguration({ voters: [1] }),
      contents: emptyLogContents,
      applied: 0,
      onFatal: (error) => {
        throw error
      },
    },
  )
  await raft.start()
  stop = () => raft.stop()
  await clock.advance(500)
  const learner = { op: 'add-learner', id: 2 } as const
  const context = new Uint8Array(0)
  const change = { expectedId: 0, transition: 'auto', operations: [learner], context } as const
  const changed = raft.changeConfiguration(change, { timeoutMs: 1000 })
  await clock.advance(500)
  expect(await changed).toMatchObject({ ok: true })
  await raft.transferLeadership(2, { timeoutMs: 1000 })

  const joins = new JoinMetrics()
  joins.count('admitted')
  joins.promoted(1500)
  joins.ghostCleanups += 1
  const families = schedulerFamilies({
    raft,
    durable: {
      durableIndex: () => 1,
      isOverloaded: () => false,
      state: { clusterClockMs: 2000, digestMark: { index: 0, digest: new Uint8Array(0) } },
    },
    server: {
      status: () => ({
        streams: 3,
        watches: 2,
        watchHistoryBytes: 640,
        seedCalls: 0,
        pieceReportsPending: 0,
        pieceReportsDropped: 0,
        isServing: true,
      }),
    },
    transport: {
      metrics: {
        framesReceived: 0,
        messagesReceived: 0,
        messagesQueued: 0,
        messagesDropped: 0,
        refusals: new Map([['checksum', 4]]),
        refusedByRemotes: new Map([['wrong-cluster', 1]]),
        streamsOpen: 0,
        connectionsRefused: 5,
      },
    },
    proposer: undefined,
    joins,
    quarantine: { moved: new Map([['STORE_LOG_CORRUPT', 1]]), directories: 2, bytes: 4096 },
  })
  const samples = samplesOf(formatMetrics(families))
  expect(Object.fromEntries(samples)).toMatchObject({
    raft_term: 1,
    raft_is_leader: 1,
    raft_commit_index: 2,
    raft_apply_lag: 0,
    raft_voters: 1,
    raft_learners: 1,
    raft_configuration_id: 2,
    raft_configuration_changes_total: 1,
    'raft_match_lag{member="2"}': 2,
    'raft_changes_total{outcome="ok"}': 1,
    'raft_transfers_total{outcome="not-voter"}': 1,
    'raft_messages_refused_total{layer="transport",reason="checksum"}': 4,
    'raft_messages_refused_by_remotes_total{reason="wrong-cluster"}': 1,
    'raft_images_total{outcome="not_sent"}': 0,
    'raft_image_bytes_total{direction="sent"}': 0,
    raft_connections_refused_total: 5,
    'quarantines_total{reason="STORE_LOG_CORRUPT"}': 1,
    quarantine_directories: 2,
    quarantine_bytes: 4096,
    raft_leader_suspicions_total: 0,
    state_cluster_clock_seconds: 2,
    watches: 2,
    watch_history_bytes: 640,
    'joins_total{result="admitted"}': 1,
    'joins_total{result="promoted"}': 1,
    'join_duration_seconds_bucket{le="1"}': 0,
    'join_duration_seconds_bucket{le="2"}': 1,
    join_duration_seconds_sum: 1.5,
    promotions_total: 1,
    ghost_cleanups_total: 1,
  })
  expect(samples.get('raft_loop_delay_seconds_count')).toBeGreaterThan(5)
  expect(samples.get('raft_log_append_seconds_count')).toBeGreaterThan(0)
  // Every sample of a family belongs to it, and no family comes twice.
  expect(new Set(families.map(({ name }) => name)).size).toBe(families.length)
})
