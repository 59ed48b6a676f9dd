// Whole sequences as unmodified clients of API v2 make them.
import { describe, expect, it } from 'vitest'
import { backToSourceLimit, seedDownloadBytesMax } from '../../core/index.ts'
import { edgesTable } from '../rows/edge.ts'
import { waitersTable } from '../rows/waiter.ts'
import { announceHost } from './announce-host.ts'
import { announceTask } from './announce-task.ts'
import { blockParent } from './block-parent.ts'
import { finishDownload } from './finish-download.ts'
import { deleteHost } from './leave-host.ts'
import { getHost, getPeer, getTask, openSeeds, statTask } from './queries.ts'
import { registerDownload } from './register-download.ts'
import { registerPeer } from './register-peer.ts'
import { reportPeerResult } from './report-peer-result.ts'
import { reportPieceFailure } from './report-piece-failure.ts'
import { reportPieces } from './report-pieces.ts'
import { reschedulePeer } from './reschedule-peer.ts'
import { startSeed } from './seed-commands.ts'
import {
  cacheTask,
  download,
  eventsOf,
  hostAnnounce,
  registration,
  SchedulerFixture,
  taskAnnounce,
  taskInput,
} from './scheduler-fixture.suite.ts'
import { startDownload } from './start-download.ts'
import { attachStream, detachStream } from './streams.ts'
import type { RegisterDownload, RegisterDownloadResult, SchedulerEvent } from './types.ts'

const task = taskInput('t')
const known = { contentLength: 12_000_000, totalPieceCount: 3 }
const asked = Uint8Array.of(10, 1, 2)

/** Streams are numbered by the order in which peers are first named here. */
class Clients extends SchedulerFixture {
  readonly #streams = new Map<string, number>()

  register(peerId: string, change: Partial<RegisterDownload> = {}): RegisterDownloadResult {
    const hostId = change.hostId ?? `host-of-${peerId}`
    if (getHost(this.reader, hostId) === undefined) this.run(announceHost, hostAnnounce(hostId))
    this.#streams.set(peerId, this.#streams.size + 1)
    const body = download(task, peerId, { streamId: this.streamOf(peerId), hostId, ...change })
    return this.run(registerDownload, body)
  }

  streamOf(peerId: string): number {
    return this.#streams.get(peerId) ?? 1
  }

  of(peerId: string): { taskId: string; peerId: string; streamId: number } {
    return { taskId: 't', peerId, streamId: this.streamOf(peerId) }
  }

  start(peerId: string, backToSource = false): unknown {
    return this.run(startDownload, { ...this.of(peerId), backToSource })
  }

  reschedule(peerId: string, blockedParents: readonly string[]): unknown {
    return this.run(reschedulePeer, { ...this.of(peerId), blockedParents })
  }

  finish(peerId: string, how: { success?: boolean; backToSource?: boolean } = {}): unknown {
    const { success = true, backToSource = false } = how
    return this.run(finishDownload, { ...this.of(peerId), success, backToSource })
  }

  stateOf(peerId: string): string | undefined {
    return getPeer(this.reader, { taskId: 't', peerId })?.state
  }

  parents(peerId: string): readonly string[] {
    const edges = this.reader.list(edgesTable, 'byChild', { group: `t\n${peerId}`, limit: 9 })
    return edges.map((edge) => edge.parentId)
  }

  /** What streams were told by the last command, `type:peer`. */
  get told(): readonly string[] {
    return toldBy(this.events)
  }
}

function toldBy(events: readonly SchedulerEvent[]): readonly string[] {
  return events.flatMap((event) => ('owner' in event ? [`${event.type}:${event.peerId}`] : []))
}

describe('a first download of API v2', () => {
  it('without a seed goes to the source, the second one to it', () => {
    const at = new Clients()
    expect(at.register('a', known)).toEqual({
      ok: true,
      outcome: 'scheduled',
      known: false,
      attachEpoch: at.state.appliedIndex,
    })
    expect(at.eventsOf('need-back-to-source')).toEqual([
      {
        type: 'need-back-to-source',
        taskId: 't',
        peerId: 'a',
        owner: { sessionId: at.sessionId(), streamId: 1 },
      },
    ])
    expect(at.start('a', true)).toEqual({ ok: true, state: 'BackToSource' })
    expect(getTask(at.reader, 't')).toMatchObject({ backToSourceCount: 1, ...known })
    at.register('b')
    expect(at.eventsOf('parents-assigned').map(({ parents }) => parents)).toEqual([
      [
        {
          peerId: 'a',
          hostId: 'host-of-a',
          ip: '127.0.0.1',
          port: 65_000,
          downloadPort: 65_002,
          state: 'BackToSource',
        },
      ],
    ])
    // Until its client says that it begins, it has nothing to give.
    expect(at.stateOf('b')).toBe('ReceivedNormal')
    expect(at.start('b')).toEqual({ ok: true, state: 'Running' })
    expect(at.start('b')).toEqual({ ok: true, state: 'Running' })
    expect(at.finish('a', { backToSource: true })).toEqual({ ok: true, state: 'Succeeded' })
    expect(at.finish('b')).toEqual({ ok: true, state: 'Succeeded' })
    expect(statTask(at.reader, 't')).toMatchObject({ state: 'Succeeded', ...known, peerCount: 2 })
    expect(getHost(at.reader, 'host-of-a')).toMatchObject({ concurrentUploadCount: 0 })
    expect(getPeer(at.reader, at.of('b'))).toMatchObject({ ownerSessionId: 0, detachDeadlineMs: 0 })
  })

  it('asks a seed for what only hosts have that do not share', () => {
    const at = new Clients()
    at.run(announceHost, hostAnnounce('host-of-a', { disableShared: true }))
    at.run(announceTask, taskAnnounce(task, 'a'))
    at.run(announceHost, hostAnnounce('seed', { type: 'super' }))
    at.nowMs += 60_000
    expect(statTask(at.reader, 't')).toMatchObject({ state: 'Succeeded', hasAvailablePeer: false })
    at.register('b', { seedDownload: asked })
    expect(openSeeds(at.reader, 1, 9)).toMatchObject([{ hostId: 'seed', taskId: 't' }])
  })

  it('with a seed waits for it, and is served the moment the seed fetches', () => {
    const at = new Clients()
    at.run(announceHost, hostAnnounce('seed', { type: 'super' }))
    at.register('a', { seedDownload: asked })
    expect(at.told).toEqual([])
    const items = openSeeds(at.reader, 1, 9)
    expect(items).toMatchObject([{ hostId: 'seed', taskId: 't', download: asked }])
    at.register('b', { seedDownload: Uint8Array.of(9) })
    expect(openSeeds(at.reader, 1, 9)).toEqual(items)
    at.run(startSeed, { outboxId: items[0]!.id }, 3)
    at.register('s', { hostId: 'seed', needBackToSource: true })
    expect(at.told).toEqual(['need-back-to-source:s', 'parents-assigned:a', 'parents-assigned:b'])
  })

  it('asks no seed without a download to ask for, but waits for one asked before', () => {
    const at = new Clients()
    at.run(announceHost, hostAnnounce('seed', { type: 'super' }))
    at.register('a')
    expect(at.told).toEqual(['need-back-to-source:a'])
    expect(openSeeds(at.reader, 1, 9)).toEqual([])
    const other = { task: taskInput('u') }
    at.register('b', { ...other, seedDownload: asked })
    at.register('c', other)
    expect(at.told).toEqual([])
    expect(at.reader.count(waitersTable)).toBe(2)
  })

  it.each([
    [1, 'forbidden'],
    [2, 'no-available-peer'],
  ] as const)('at LEVEL%i is refused: %s', (effectivePriority, reason) => {
    const at = new Clients()
    expect(at.register('a', { effectivePriority })).toEqual({ ok: false, reason })
    expect(at.stateOf('a')).toBeUndefined()
    at.register('b', { needBackToSource: true })
    expect(at.register('a', { effectivePriority })).toMatchObject({ ok: true })
    expect(at.told).toEqual(['parents-assigned:a'])
  })

  it.each([
    [0, 1],
    [6, 1],
    [5, 1],
    [4, 1],
    [3, 0],
  ] as const)('at LEVEL%i asks %i seeds', (effectivePriority, seeds) => {
    const at = new Clients()
    at.run(announceHost, hostAnnounce('seed', { type: 'super' }))
    at.register('a', { effectivePriority, seedDownload: asked })
    expect(openSeeds(at.reader, 1, 9).length).toBe(seeds)
    expect(at.told).toEqual(seeds === 1 ? [] : ['need-back-to-source:a'])
  })

  it('of content without a source fails when nobody has it', () => {
    const at = new Clients()
    at.register('a', { task: cacheTask('c') })
    expect(at.eventsOf('schedule-failed').map(({ reason }) => reason)).toEqual([
      'no-available-peer',
    ])
  })
})

describe('a registration of API v2', () => {
  it('needs a live host, and one that has not left since it came', () => {
    const at = new Clients()
    const body = download(task, 'a')
    const refused = { ok: false, reason: 'host-not-found' }
    expect(at.run(registerDownload, body)).toEqual(refused)
    at.run(announceHost, hostAnnounce('host-of-a'))
    const acceptedIndex = at.state.appliedIndex
    at.run(deleteHost, { hostId: 'host-of-a' })
    expect(at.run(registerDownload, body)).toEqual(refused)
    at.run(announceHost, hostAnnounce('host-of-a'))
    expect(at.run(registerDownload, { ...body, acceptedIndex })).toEqual(refused)
    expect(at.run(registerDownload, body)).toMatchObject({ ok: true })
  })

  it('is refused for a peer of another host', () => {
    const at = new Clients()
    at.register('a')
    at.run(announceHost, hostAnnounce('other'))
    const body = download(task, 'a', { hostId: 'other' })
    expect(at.run(registerDownload, body)).toEqual({ ok: false, reason: 'host-mismatch' })
  })

  it.each([
    ['of no bytes is empty, whether the task has succeeded or not', 0, 'empty'],
    ['of unknown length is not empty', -1, 'scheduled'],
    ['of one byte is not empty', 1, 'scheduled'],
  ])('%s', (_name, contentLength, outcome) => {
    const at = new Clients()
    expect(at.register('a', { contentLength })).toMatchObject({ ok: true, outcome })
    if (outcome !== 'empty') return
    expect(at.told).toEqual([])
    expect(at.stateOf('a')).toBe('ReceivedEmpty')
    at.start('a')
    expect(at.finish('a')).toEqual({ ok: true, state: 'Succeeded' })
    expect(getTask(at.reader, 't')).toMatchObject({ state: 'Succeeded', contentLength: 0 })
    expect(at.register('b')).toMatchObject({ ok: true, outcome: 'empty' })
    // Who knows better gets the content.
    expect(at.register('c', { contentLength: 5 })).toMatchObject({ outcome: 'scheduled' })
  })

  it('tells lengths once, and again when nobody holds the content any more', () => {
    const at = new Clients()
    const piece = (pieceLength: number): object => ({ task: { ...task, pieceLength } })
    at.register('a', { contentLength: 5 })
    at.register('b', { contentLength: 6, totalPieceCount: 2, ...piece(4) })
    const first = { contentLength: 5, totalPieceCount: 2, pieceLength: 4 }
    expect(getTask(at.reader, 't')).toMatchObject(first)
    at.finish('a', { backToSource: true })
    at.register('c', { contentLength: 7 })
    expect(getTask(at.reader, 't')).toMatchObject({ state: 'Succeeded', ...first })
    // What has succeeded as empty is so, whatever the next one is told by its source.
    const empty = { task: taskInput('e'), contentLength: 0 }
    at.register('x', { ...empty, metadataOnly: true })
    at.run(finishDownload, { ...at.of('x'), taskId: 'e', success: true, backToSource: false })
    at.register('y', { ...empty, contentLength: 9 })
    expect(getTask(at.reader, 'e')).toMatchObject({ state: 'Succeeded', contentLength: 0 })
    for (const peerId of ['a', 'b', 'c']) at.run(deleteHost, { hostId: `host-of-${peerId}` })
    at.register('d', { contentLength: 8, totalPieceCount: 4, ...piece(2) })
    const second = { contentLength: 8, totalPieceCount: 4, pieceLength: 2 }
    expect(getTask(at.reader, 't')).toMatchObject({ state: 'Running', ...second })
  })

  it('of what the peer has already makes it a parent, and the task succeeded', () => {
    const at = new Clients()
    expect(at.register('a', { metadataOnly: true, ...known })).toMatchObject({
      ok: true,
      outcome: 'metadata-only',
    })
    expect(at.told).toEqual([])
    expect(at.start('a')).toEqual({ ok: true, state: 'Running' })
    expect(at.finish('a')).toEqual({ ok: true, state: 'Succeeded' })
    expect(getTask(at.reader, 't')?.state).toBe('Succeeded')
    at.register('b')
    expect(at.parents('b')).toEqual(['a'])
    at.register('a', { metadataOnly: true })
    expect(at.start('a')).toEqual({ ok: true, state: 'Succeeded' })
    expect(at.finish('a')).toEqual({ ok: true, state: 'Succeeded' })
  })

  it('of a known peer attaches it again; state and pieces stay', () => {
    const at = new Clients()
    at.register('a', { needBackToSource: true })
    at.register('b')
    at.start('b')
    const finished = { firstPiece: 0, bytes: Uint8Array.of(0b111) }
    const item = { ...at.of('b'), finished, costsMs: [5], parentIds: ['a'], pieceZero: null }
    at.run(reportPieces, { items: [item] })
    expect(at.register('b', { streamId: 50 })).toMatchObject({ ok: true, known: true })
    expect(at.told).toEqual(['attachment-lost:b', 'parents-assigned:b'])
    expect(getPeer(at.reader, at.of('b'))).toMatchObject({
      state: 'Running',
      finishedPieceCount: 3,
      streamId: 50,
      api: 2,
    })
    expect(at.run(detachStream, { ...at.of('b'), streamId: 2 })).toMatchObject({ detached: false })
    at.register('a', { streamId: 51 })
    expect(at.told).toEqual(['attachment-lost:a', 'need-back-to-source:a'])
    expect(getTask(at.reader, 't')?.backToSourceCount).toBe(1)
  })

  it('takes over a peer that registered through API v1', () => {
    const at = new Clients()
    at.run(registerPeer, registration(task, 'a'))
    at.run(attachStream, { taskId: 't', peerId: 'a', streamId: 40, begin: true })
    expect(at.register('a')).toMatchObject({ ok: true, known: true })
    expect(at.told).toEqual(['attachment-lost:a', 'need-back-to-source:a'])
  })

  it('carries a download for the seed of at most its limit', () => {
    const at = new Clients()
    at.run(announceHost, hostAnnounce('host-of-a'))
    const body = download(task, 'a', { seedDownload: new Uint8Array(seedDownloadBytesMax + 1) })
    expect(at.refusal(registerDownload, body)).toBe('malformed')
  })
})

describe('commands of a stream of API v2', () => {
  it.each([
    ['start-download', (at: Clients) => at.start('a')],
    ['reschedule-peer', (at: Clients) => at.reschedule('a', [])],
    ['finish-download', (at: Clients) => at.finish('a')],
    ['block-parent', (at: Clients) => at.run(blockParent, { ...at.of('a'), parentId: 'x' })],
  ])('%s: an unknown peer and a stream that lost it are refused', (_name, run) => {
    const at = new Clients()
    expect(run(at)).toEqual({ ok: false, reason: 'peer-not-found' })
    at.register('a')
    at.run(registerDownload, download(task, 'a', { streamId: 77 }))
    expect(run(at)).toEqual({ ok: false, reason: 'stale-attachment' })
  })

  it('reschedule-peer gives other parents than those named, and takes the slots back', () => {
    const at = new Clients()
    at.run(announceTask, taskAnnounce(task, 'x'))
    at.run(announceTask, taskAnnounce(task, 'y'))
    at.register('b')
    expect(at.parents('b')).toEqual(['x', 'y'])
    expect(at.reschedule('b', ['x'])).toEqual({ ok: true, state: 'ReceivedNormal' })
    expect(at.told).toEqual(['parents-assigned:b'])
    expect(at.parents('b')).toEqual(['y'])
    expect(getHost(at.reader, 'host-of-x')?.concurrentUploadCount).toBe(0)
    at.reschedule('b', ['y'])
    expect(at.told).toEqual([])
    expect(at.reader.count(waitersTable)).toBe(1)
    expect(toldBy(at.advance(2000))).toEqual(['need-back-to-source:b'])
    expect(at.reschedule('b', [])).toEqual({ ok: true, state: 'BackToSource' })
    expect(at.told).toEqual(['need-back-to-source:b'])
  })

  it('block-parent blames the host and never chooses the parent again; its slot stays', () => {
    const at = new Clients()
    at.run(announceTask, taskAnnounce(task, 'x'))
    at.register('b')
    at.start('b')
    for (const parentId of ['x', 'unknown']) {
      const body = { ...at.of('b'), parentId }
      expect(at.run(blockParent, body)).toEqual({ ok: true, state: 'Running' })
      expect(at.told).toEqual([])
    }
    expect(getHost(at.reader, 'host-of-x')).toMatchObject({
      uploadFailedCount: 1,
      concurrentUploadCount: 1,
    })
    at.reschedule('b', [])
    expect(at.parents('b')).toEqual([])
  })

  it('start-download at the source counts who was not sent there, over the limit too', () => {
    const at = new Clients()
    at.register('a', { needBackToSource: true })
    at.register('b')
    at.start('b')
    expect(at.start('b', true)).toEqual({ ok: true, state: 'BackToSource' })
    expect(getTask(at.reader, 't')?.backToSourceCount).toBe(2)
    expect(at.parents('b')).toEqual([])
  })

  it('finish-download of a ranged peer leaves the task open, of one at the source with all of it not', () => {
    const at = new Clients()
    at.register('a', { needBackToSource: true, range: '0-9', ...known })
    at.finish('a', { backToSource: true })
    expect(getTask(at.reader, 't')?.state).toBe('Running')
    at.register('b', { needBackToSource: true })
    at.finish('b', { backToSource: true })
    expect(getTask(at.reader, 't')).toMatchObject({ state: 'Succeeded', ...known })
  })

  it('a failure at the source fails the task when nobody else is there, and forgets its lengths', () => {
    const at = new Clients()
    at.register('a', { needBackToSource: true, ...known })
    at.register('b', { needBackToSource: true })
    at.finish('a', { success: false, backToSource: true })
    expect(getTask(at.reader, 't')).toMatchObject({ state: 'Running', ...known })
    at.finish('b', { success: false, backToSource: true })
    expect(getTask(at.reader, 't')).toMatchObject({
      state: 'Failed',
      contentLength: -1,
      totalPieceCount: 0,
      failedPeerCount: 2,
      backToSourceCount: 0,
    })
    expect(at.register('c')).toMatchObject({ outcome: 'scheduled' })
    expect(at.told).toEqual(['need-back-to-source:c'])
  })
})

describe('parents that fail or leave', () => {
  it('take their edges along; a stream of API v1 is told, one of API v2 asks by itself', () => {
    const at = new Clients()
    at.run(announceTask, taskAnnounce(task, 'x'))
    at.register('new')
    at.start('new')
    at.run(registerPeer, registration(task, 'old'))
    at.run(attachStream, { taskId: 't', peerId: 'old', streamId: 40, begin: true })
    // Each has one parent, or both, and none is without one.
    expect(at.parents('new')).toEqual(['x'])
    at.run(announceTask, taskAnnounce(task, 'y'))
    at.run(deleteHost, { hostId: 'host-of-x' })
    expect(at.told).toEqual(['parents-assigned:old'])
    expect(at.parents('new')).toEqual([])
    expect(at.reader.count(waitersTable)).toBe(0)
    at.reschedule('new', ['x'])
    expect(at.told).toEqual(['parents-assigned:new'])
    expect(at.parents('new')).toContain('y')
  })

  it.each(['task-gone', 'piece-gone'] as const)(
    'are not ended by a child of API v1 that says %s while their stream is open',
    (cause) => {
      const at = new Clients()
      at.run(announceHost, hostAnnounce('seed', { type: 'super' }))
      at.register('s', { hostId: 'seed', needBackToSource: true })
      at.run(registerPeer, registration(task, 'old'))
      at.run(attachStream, { taskId: 't', peerId: 'old', streamId: 40, begin: true })
      const blame = { taskId: 't', peerId: 'old', streamId: 40, parentId: 's', cause }
      at.run(reportPieceFailure, blame)
      expect(at.stateOf('s')).toBe('BackToSource')
      expect(getHost(at.reader, 'seed')).toMatchObject({
        uploadFailedCount: 1,
        concurrentUploadCount: 0,
      })
      at.finish('s', { backToSource: true })
      at.run(registerPeer, registration(task, 'other'))
      at.run(attachStream, { taskId: 't', peerId: 'other', streamId: 41, begin: true })
      at.run(reportPieceFailure, { ...blame, peerId: 'other', streamId: 41 })
      expect(at.stateOf('s')).toBe(cause === 'task-gone' ? 'Failed' : undefined)
    },
  )

  it('and a source that refuses: told to streams of API v1 only', () => {
    const at = new Clients()
    at.run(registerPeer, registration(task, 'first'))
    at.run(attachStream, { taskId: 't', peerId: 'first', streamId: 40, begin: true })
    at.run(registerPeer, registration(task, 'old'))
    at.run(attachStream, { taskId: 't', peerId: 'old', streamId: 41, begin: true })
    at.register('new')
    at.start('new')
    at.run(reportPeerResult, {
      taskId: 't',
      peerId: 'first',
      success: false,
      contentLength: -1,
      totalPieceCount: -1,
      costMs: 1,
      sourceError: { temporary: false, metadata: Uint8Array.of(1) },
    })
    expect(eventsOf(at.events, 'source-failed').map(({ peerId }) => peerId)).toEqual(['old'])
    expect(at.stateOf('new')).toBe('Running')
    expect(at.stateOf('old')).toBe('Failed')
  })
})

describe('waiting', () => {
  it('is in order of arrival, whatever the API', () => {
    const at = new Clients()
    at.run(announceHost, hostAnnounce('host-of-x', { concurrentUploadLimit: 1 }))
    at.run(announceTask, taskAnnounce(task, 'x'))
    const order = ['v2-a', 'v1-b', 'v2-c', 'v1-d']
    for (const [place, peerId] of order.entries()) {
      // None of them serves the next one.
      at.run(announceHost, hostAnnounce(`host-of-${peerId}`, { disableShared: true }))
      if (peerId.startsWith('v2')) at.register(peerId)
      else {
        at.run(registerPeer, registration(task, peerId))
        at.run(attachStream, { taskId: 't', peerId, streamId: 40 + place, begin: true })
      }
    }
    expect(at.reader.count(waitersTable)).toBe(3)
    const served: string[] = []
    for (const peerId of ['v2-a', 'v1-b', 'v2-c']) {
      if (peerId.startsWith('v2')) at.finish(peerId, { success: false })
      else {
        const none = { contentLength: -1, totalPieceCount: -1, costMs: 1, sourceError: null }
        at.run(reportPeerResult, { taskId: 't', peerId, success: false, ...none })
      }
      served.push(...at.told)
    }
    expect(served).toEqual(order.slice(1).map((peerId) => `parents-assigned:${peerId}`))
  })

  it('ends at the source, or in failure when its limit is reached', () => {
    const at = new Clients()
    for (let i = 0; i < backToSourceLimit; i += 1) {
      const hostId = `h${i}`
      at.run(announceHost, hostAnnounce(hostId, { disableShared: true }))
      at.register(`p${i}`, { hostId, needBackToSource: true })
    }
    expect(getTask(at.reader, 't')?.backToSourceCount).toBe(backToSourceLimit)
    at.register('late', { needBackToSource: true })
    expect(at.told).toEqual([])
    expect(toldBy(at.advance(2499))).toEqual([])
    expect(toldBy(at.advance(1))).toEqual(['schedule-failed:late'])
    at.finish('p0', { success: false, backToSource: true })
    at.reschedule('late', [])
    expect(at.told).toEqual(['need-back-to-source:late'])
    expect(getTask(at.reader, 't')?.backToSourceCount).toBe(backToSourceLimit)
  })
})
