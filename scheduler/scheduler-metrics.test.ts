import { readFileSync } from 'node:fs'
import { status } from '@grpc/grpc-js'
import { afterEach, expect, test, vi } from 'vitest'
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
import { ProcessHeap } from '../runtime/index.ts'
import { JoinMetrics } from './membership/join-metrics.ts'
import { formatMetrics } from './metrics.ts'
import { schedulerDomain } from './replication/commands/index.ts'
import { ReplicatedState } from './replication/index.ts'
import { CallCounts } from './rpc/call-counts.ts'
import { announcedSystem } from './rpc/host-announce.ts'
import { PrometheusRequestMetrics } from './rpc/prometheus-metrics.ts'
import { metricsText, schedulerFamilies } from './scheduler-metrics.ts'
import type { MetricSources } from './scheduler-metrics.ts'

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

/** Everything that can be counted, once. */
function countAll(): NonNullable<MetricSources['requests']> {
  const metrics = new PrometheusRequestMetrics({ countHostTraffic: true })
  const taskType = 'standard'
  const hostType = 'normal'
  metrics.step('download_peer_started', { priority: 0, taskType, hostType })
  metrics.step('download_peer_back_to_source_started', { priority: 0, taskType, hostType })
  metrics.step('register_peer', { priority: 0, taskType, hostType })
  metrics.stepFailed('register_peer', { priority: 0, taskType, hostType })
  metrics.stepFailed('download_peer_started', { priority: 0, taskType, hostType })
  metrics.stepFailed('download_peer_back_to_source_started', { priority: 0, taskType, hostType })
  metrics.stepFailed('download_peer_finished', { priority: 0, taskType, hostType })
  metrics.stepFailed('download_peer_back_to_source_finished', { priority: 0, taskType, hostType })
  metrics.pieceFinished({ traffic: 'remote-peer', taskType, hostType }, 4)
  metrics.pieceFailed({ traffic: 'remote-peer', taskType, hostType })
  metrics.pieceFailed({ traffic: 'back-to-source', taskType, hostType })
  metrics.hostTraffic('upload', { id: 'h', ip: '::1', hostname: 'n', type: 'super' }, taskType, 4)
  metrics.hostAnnounced(announcedSystem({ ...system, build: null }))
  metrics.hostAnnounceFailed(announcedSystem({ ...system, build: null }))
  metrics.downloadTook(1, 5)
  metrics.scheduleTook(5)
  metrics.seedEnded(2, 'done')
  const calls = new CallCounts({ clock: new VirtualClock({ settle }) })
  const call = calls.interceptor(method, new Proxy({}, { get: () => () => {} }) as BaseCall)
  call.sendStatus({ code: status.OK, details: '' })
  return { metrics, calls }
}

type BaseCall = Parameters<CallCounts['interceptor']>[1]

const method = {
  path: '/scheduler.Scheduler/StatTask',
  requestStream: false,
  responseStream: false,
} as Parameters<CallCounts['interceptor']>[0]

const system = {
  os: 'linux',
  platform: 'debian',
  platformFamily: 'debian',
  platformVersion: '13',
  kernelVersion: '6.1',
}

/** A member alone that has gained a learner, and something in every family. */
async function startSources(): Promise<MetricSources & Required<Pick<MetricSources, 'requests'>>> {
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
  return {
    raft,
    durable: {
      durableIndex: () => 1,
      isOverloaded: () => false,
      state: {
        clusterClockMs: 2000,
        digestMark: { index: 0, digest: new Uint8Array(0) },
        reader: new ReplicatedState(schedulerDomain, { onCommandFailed: () => {} }).reader,
      },
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
    tls: { expiresInMs: 9_999, changes: 1, refusals: 0 } as NonNullable<MetricSources['tls']>,
    requests: countAll(),
    programVersion: '1.2.3',
  }
}

test('members, lag, delays and refusals show under their names', async () => {
  const families = schedulerFamilies(await startSources())
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

interface Documented {
  readonly type: string
  readonly labels: readonly string[]
}

/** Families of a text with the labels of their samples, by name. */
function familiesOf(text: string): ReadonlyMap<string, Documented> {
  const types = new Map<string, string>()
  const labels = new Map<string, Set<string>>()
  for (const line of text.split('\n')) {
    const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? []
    if (name !== undefined && type !== undefined) {
      expect(types.has(name), name).toBe(false)
      types.set(name, type)
      labels.set(name, new Set())
    }
    const [, sample, list] = /^(\w+)(?:\{(.*)\})? [-\d.e+Na]+$/.exec(line) ?? []
    if (sample === undefined) continue
    const owner = [sample, sample.replace(/_(bucket|sum|count)$/, '')].find((one) => types.has(one))
    expect(owner, line).toBeDefined()
    for (const [, label] of (list ?? '').matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)) {
      if (label !== 'le' && label !== 'quantile') labels.get(owner!)!.add(label!)
    }
  }
  return new Map(
    Array.from(types, ([name, type]) => [name, { type, labels: [...labels.get(name)!].sort() }]),
  )
}

/** What docs/metrics.md says. */
function documented(): ReadonlyMap<string, Documented> {
  const page = readFileSync(new URL('../docs/metrics.md', import.meta.url), 'utf8')
  const rows = page.matchAll(/^\| `(\w+)` +\| (\w+) +\| ([^|]*) \| [^|]+ \|$/gm)
  return new Map(
    Array.from(rows, ([, name, type, labels]) => [
      name!,
      { type: type!, labels: [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label!).sort() },
    ]),
  )
}

test('docs/metrics.md names every family with its type and labels, and no other', async () => {
  const sources = await startSources()
  // A collection has its kind, which shows once there has been one.
  const isCollected = async (): Promise<boolean> => {
    new ProcessHeap().collect()
    return /^nodejs_gc_duration_seconds_count\{/m.test(await metricsText(sources))
  }
  await vi.waitFor(async () => expect(await isCollected()).toBe(true), 10_000)
  const shown = familiesOf(await metricsText(sources))
  const told = documented()
  expect([...told.keys()].sort()).toEqual([...shown.keys()].sort())
  for (const [name, family] of shown) expect(told.get(name), name).toEqual(family)
})
