// One AnnouncePeer stream over a call, a state and answers made up: what takes long, or is rare.
import { EventEmitter } from 'node:events'
import { status } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { nullLogger, VirtualClock } from '../../base/index.ts'
import type { schedulerV2 } from '../../proto/index.ts'
import type { StreamEvent } from './peer-stream.ts'
import type { PeerRow } from '../replication/commands/index.ts'
import type { StateReader } from '../replication/index.ts'
import { AnnouncePeerStream } from './announce-peer-stream.ts'
import type { AnnounceCall, AnnouncePeerDeps } from './announce-peer-stream.ts'
import { download, downloadOf } from './download.suite.ts'
import { streamCommandMsMax } from './limits.ts'
import { PrometheusRequestMetrics } from './prometheus-metrics.ts'

/** grpc-js's side of a stream, as far as it is used. */
class FakeCall extends EventEmitter {
  readonly written: schedulerV2.AnnouncePeerResponse[] = []
  readonly writableLength = 0
  isEnded = false
  isPaused = false
  errorCode: number | undefined

  constructor() {
    super()
    this.on('error', ({ code }: { readonly code: number }) => {
      this.errorCode = code
    })
  }

  sendMetadata(): void {
    expect(this.written).toEqual([])
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  write(response: schedulerV2.AnnouncePeerResponse): void {
    this.written.push(response)
  }

  end(): void {
    this.isEnded = true
  }
}

interface Opened {
  readonly call: FakeCall
  readonly clock: VirtualClock
  readonly stream: AnnouncePeerStream
  readonly proposed: readonly string[]
  readonly metrics: PrometheusRequestMetrics
  ended: number
}

/**
 * A stream whose commands end as `results` says, one after another; then they are all applied.
 * `peer`: the row of its peer.
 */
function open(results: readonly unknown[] = [], peer?: Partial<PeerRow>): Opened {
  const call = new FakeCall()
  const clock = new VirtualClock({ settle: turn })
  const proposed: string[] = []
  const left = [...results]
  const reader: Partial<StateReader> = {
    get: ({ name }) => (name === 'peers' ? (peer as never) : undefined),
    groupSize: () => 0,
  }
  const accepted = { ok: true, outcome: 'scheduled', known: false, attachEpoch: 5 }
  const metrics = new PrometheusRequestMetrics({ countHostTraffic: false })
  let streamId = 0
  const deps: Partial<AnnouncePeerDeps> = {
    call: call as unknown as AnnounceCall,
    clock,
    logger: nullLogger,
    commands: {
      sessionId: 7,
      propose: ({ name }: { readonly name: string }) => {
        proposed.push(name)
        return Promise.resolve(left.shift() ?? { ok: true, index: 5, result: accepted })
      },
    } as unknown as AnnouncePeerDeps['commands'],
    state: { reader: reader as StateReader, appliedIndex: 4 },
    reports: { flushPeer: () => {}, add: () => {} } as unknown as AnnouncePeerDeps['reports'],
    metrics,
    router: {
      nextStreamId: () => (streamId += 1),
      register: () => {},
      unregister: () => {},
      detach: () => proposed.push('detach-stream'),
      isOwnSession: () => true,
    },
    readIndex: () => Promise.resolve(9),
  }
  const onEnd = (): void => {
    opened.ended += 1
  }
  const stream = new AnnouncePeerStream({ ...deps, onEnd } as AnnouncePeerDeps)
  const opened: Opened = { call, clock, stream, proposed, metrics, ended: 0 }
  return opened
}

const register = {
  ...downloadOf('t', 1),
  request: 'registerPeerRequest',
  registerPeerRequest: {
    download: {
      ...download(),
      type: 'STANDARD',
      priority: 'LEVEL0',
      filteredQueryParams: [],
      requestHeader: {},
      needBackToSource: false,
      metadataOnly: false,
    },
  },
}

const reschedule = {
  ...downloadOf('t', 1),
  request: 'reschedulePeerRequest',
  reschedulePeerRequest: { candidateParents: [], description: '' },
}

const owner = { sessionId: 7, streamId: 1 }
const sentToSource: StreamEvent = {
  type: 'need-back-to-source',
  taskId: 't',
  peerId: 't-peer-1',
  owner,
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a half-closed stream waits for its answer, but not for ever', async () => {
  const { call, clock, proposed, ...at } = open()
  call.emit('data', register)
  expect(call.isPaused).toBe(true)
  await turn()
  expect(call.isPaused).toBe(false)
  call.emit('end')
  await clock.advance(streamCommandMsMax - 1)
  expect(call.errorCode).toBeUndefined()
  await clock.advance(1)
  expect(call.errorCode).toBe(status.UNAVAILABLE)
  expect(proposed).toEqual(['register-download', 'detach-stream'])
  at.stream.deliver(sentToSource)
  expect(call.written).toEqual([])
})

test('a half-closed stream ends with its answer', async () => {
  const { call, clock, stream } = open()
  call.emit('data', register)
  await turn()
  call.emit('end')
  stream.deliver(sentToSource)
  expect(call.written).toHaveLength(1)
  expect(call.isEnded).toBe(true)
  await clock.advance(streamCommandMsMax)
  expect(call.errorCode).toBeUndefined()
})

test('a stream that is cancelled ends at once, also while an answer is due', async () => {
  const at = open()
  at.call.emit('data', register)
  await turn()
  at.call.emit('cancelled')
  expect(at.proposed).toEqual(['register-download', 'detach-stream'])
  expect(at.ended).toBe(1)
})

test('a stream ends once, whatever happens to it afterwards', async () => {
  const at = open()
  at.call.emit('data', register)
  await turn()
  at.call.emit('cancelled')
  at.call.emit('end')
  at.stream.fail(new Error('late'))
  at.stream.sessionClosed()
  at.stream.stateReplaced()
  at.stream.deliver(sentToSource)
  at.call.emit('data', register)
  await turn()
  expect(at.ended).toBe(1)
  expect(at.proposed).toEqual(['register-download', 'detach-stream'])
  expect(at.call.written).toEqual([])
})

test('a command without a result ends the stream with what its client may do', async () => {
  const cases: [reason: string, code: status][] = [
    ['expired', status.UNAVAILABLE],
    ['unknown-outcome', status.UNAVAILABLE],
    ['stopped', status.UNAVAILABLE],
    ['overloaded', status.RESOURCE_EXHAUSTED],
    ['too-large', status.INVALID_ARGUMENT],
    ['internal', status.INTERNAL],
    ['malformed', status.INTERNAL],
  ]
  for (const [reason, code] of cases) {
    const { call, proposed } = open([{ ok: false, reason }])
    call.emit('data', register)
    await turn()
    expect([reason, call.errorCode]).toEqual([reason, code])
    // Only what may have been applied is given back: an overloaded member gets nothing more to do.
    const isUnsure = reason === 'unknown-outcome'
    expect(proposed).toEqual(['register-download', ...(isUnsure ? ['detach-stream'] : [])])
  }
})

test('a registration of a host that is unknown here is tried once more, not twice', async () => {
  const unknown = { ok: true, index: 5, result: { ok: false, reason: 'host-not-found' } }
  const found = open([unknown])
  found.call.emit('data', register)
  await turn()
  expect(found.proposed).toEqual(['register-download', 'register-download'])
  expect(found.call.errorCode).toBeUndefined()
  const missing = open([unknown, unknown])
  missing.call.emit('data', register)
  await turn()
  expect(missing.call.errorCode).toBe(status.NOT_FOUND)
  // Nothing was attached, so nothing is given back.
  expect(missing.proposed).toEqual(['register-download', 'register-download'])
  const forbidden = open([{ ok: true, index: 5, result: { ok: false, reason: 'forbidden' } }])
  forbidden.call.emit('data', register)
  await turn()
  expect(forbidden.call.errorCode).toBe(status.FAILED_PRECONDITION)
  expect(forbidden.proposed).toEqual(['register-download'])
})

test('an answer that was lost with a state is asked for again', async () => {
  const { call, stream, proposed } = open()
  call.emit('data', register)
  await turn()
  stream.sessionClosed()
  await turn()
  expect(proposed).toEqual(['register-download', 'reattach-stream'])
  stream.deliver(sentToSource)
  expect(call.written).toHaveLength(1)
})

test('an answer that was lost while its request was on its way is asked for again', async () => {
  const { call, stream, proposed } = open([], { streamId: 1, ownerSessionId: 7, attachEpoch: 5 })
  call.emit('data', register)
  stream.stateReplaced()
  await turn()
  expect(proposed).toEqual(['register-download', 'reschedule-peer'])
  call.emit('data', reschedule)
  stream.stateReplaced()
  await turn()
  expect(proposed.slice(2)).toEqual(['reschedule-peer', 'reschedule-peer'])
  stream.deliver(sentToSource)
  expect(call.written).toHaveLength(1)
  stream.stateReplaced()
  await turn()
  expect(proposed).toHaveLength(4)
})

test('a peer without parent or source is detached even if its failure cannot be stored', async () => {
  const answered = { ok: true, index: 5, result: { ok: true, outcome: 'scheduled' } }
  for (const lost of [
    { ok: false, reason: 'overloaded' },
    { ok: true, index: 6, result: { ok: false, reason: 'illegal-state' } },
  ]) {
    const { call, stream, proposed } = open([answered, lost])
    call.emit('data', register)
    await turn()
    stream.deliver({ ...sentToSource, type: 'schedule-failed', reason: 'no-parent' })
    await turn()
    expect(call.errorCode).toBe(status.FAILED_PRECONDITION)
    expect(proposed).toEqual(['register-download', 'finish-download', 'detach-stream'])
  }
})

test('parents that are gone again are named with what the choice knew', async () => {
  const { call, stream } = open()
  call.emit('data', register)
  await turn()
  const parent = { peerId: 'p', hostId: 'h', ip: '::1', port: 1_024, downloadPort: 1_025 }
  const parents = [{ ...parent, state: 'Succeeded' as const }]
  stream.deliver({ ...sentToSource, type: 'parents-assigned', parents })
  expect(call.written).toEqual([
    {
      normalTaskResponse: {
        candidateParents: [
          {
            id: 'p',
            state: 'Succeeded',
            task: null,
            host: { id: 'h', ip: '::1', port: 1_024, downloadPort: 1_025 },
          },
        ],
      },
    },
  ])
})

test('streams and what fails in them are counted', async () => {
  const { call, metrics } = open([{ ok: false, reason: 'overloaded' }])
  const value = (name: string): unknown => {
    const family = metrics.families().find((each) => each.name.endsWith(name))
    return family?.samples.map((sample) => sample.value)
  }
  expect(value('concurrent_schedule_total')).toEqual([1])
  call.emit('data', register)
  await turn()
  expect(value('concurrent_schedule_total')).toEqual([0])
  expect(value('announce_peer_failure_total')).toEqual([1])
  expect(value('register_peer_failure_total')).toEqual([1])
})
