// Whole sequences as unmodified clients of API v1 make them.
import { describe, expect, it } from 'vitest'
import { backToSourceLimit } from '../../core/index.ts'
import { announceHost } from './announce-host.ts'
import { announceTask } from './announce-task.ts'
import { getHost, getPeer, getTask, openSeeds, statTask } from './queries.ts'
import { leaveHost } from './leave-host.ts'
import { leaveTask } from './leave-task.ts'
import { registerDownload } from './register-download.ts'
import { registerPeer } from './register-peer.ts'
import { reportPeerResult } from './report-peer-result.ts'
import { reportPieceFailure } from './report-piece-failure.ts'
import { reportPieces } from './report-pieces.ts'
import { finishSeed, reportSeed, startSeed } from './seed-commands.ts'
import { attachStream } from './streams.ts'
import {
  cacheTask,
  download,
  eventsOf,
  hostAnnounce,
  hostInput,
  registration,
  SchedulerFixture,
  taskAnnounce,
  taskInput,
} from './scheduler-fixture.suite.ts'
import type { TaskInput } from './types.ts'

const noPieces = { firstPiece: 0, bytes: new Uint8Array(0) }

function begin(fixture: SchedulerFixture, task: TaskInput, peerId: string, streamId = 1): void {
  fixture.run(registerPeer, registration(task, peerId))
  fixture.run(attachStream, { taskId: task.id, peerId, streamId, begin: true })
}

function succeed(fixture: SchedulerFixture, taskId: string, peerId: string): void {
  const result = fixture.run(reportPeerResult, {
    taskId,
    peerId,
    success: true,
    contentLength: 10_000_000,
    totalPieceCount: 3,
    costMs: 10,
    sourceError: null,
  })
  expect(result).toEqual({ ok: true, state: 'Succeeded' })
}

describe('a download without a seed', () => {
  it('sends the first peer to the source and serves the second one from it', () => {
    const fixture = new SchedulerFixture()
    const task = taskInput('t')
    expect(fixture.run(registerPeer, registration(task, 'a'))).toEqual({
      ok: true,
      sizeScope: 'normal',
      taskType: 'standard',
      known: false,
    })
    fixture.run(attachStream, { taskId: 't', peerId: 'a', streamId: 1, begin: true })
    expect(fixture.eventsOf('need-back-to-source')).toEqual([
      {
        type: 'need-back-to-source',
        taskId: 't',
        peerId: 'a',
        owner: { sessionId: fixture.sessionId(), streamId: 1 },
      },
    ])
    begin(fixture, task, 'b', 2)
    expect(fixture.eventsOf('parents-assigned')).toEqual([
      {
        type: 'parents-assigned',
        taskId: 't',
        peerId: 'b',
        owner: { sessionId: fixture.sessionId(), streamId: 2 },
        parents: [
          {
            peerId: 'a',
            hostId: 'host-of-a',
            ip: '127.0.0.1',
            port: 65_000,
            downloadPort: 65_002,
            state: 'BackToSource',
          },
        ],
      },
    ])
    expect(getHost(fixture.reader, 'host-of-a')).toMatchObject({
      concurrentUploadCount: 1,
      uploadCount: 1,
    })
    succeed(fixture, 't', 'a')
    succeed(fixture, 't', 'b')
    expect(getHost(fixture.reader, 'host-of-a')).toMatchObject({
      concurrentUploadCount: 0,
      concurrentUploadPieceCount: 0,
      uploadContentLength: 0,
    })
    expect(statTask(fixture.reader, 't')).toEqual({
      id: 't',
      type: 'standard',
      state: 'Succeeded',
      contentLength: 10_000_000,
      totalPieceCount: 3,
      peerCount: 2,
      hasAvailablePeer: true,
    })
  })

  it('lets one of many simultaneous peers fetch from the source, the others wait for it', () => {
    const fixture = new SchedulerFixture()
    const task = taskInput('t')
    for (const peerId of ['a', 'b', 'c']) fixture.run(registerPeer, registration(task, peerId))
    fixture.run(attachStream, { taskId: 't', peerId: 'b', streamId: 2, begin: true })
    expect(fixture.events).toEqual([])
    fixture.run(attachStream, { taskId: 't', peerId: 'c', streamId: 3, begin: true })
    fixture.run(attachStream, { taskId: 't', peerId: 'a', streamId: 1, begin: true })
    expect(fixture.eventsOf('need-back-to-source').map((event) => event.peerId)).toEqual(['a'])
    expect(fixture.eventsOf('parents-assigned').map((event) => event.peerId)).toEqual(['b', 'c'])
  })

  it('takes no notice of pieces that fail at the source', () => {
    const fixture = new SchedulerFixture()
    begin(fixture, taskInput('t'), 'a')
    const before = getPeer(fixture.reader, { taskId: 't', peerId: 'a' })
    const failure = {
      taskId: 't',
      peerId: 'a',
      streamId: 1,
      parentId: '',
      cause: 'failed',
    } as const
    expect(fixture.run(reportPieceFailure, failure)).toEqual({ ok: true })
    expect(fixture.events).toEqual([])
    expect(getPeer(fixture.reader, { taskId: 't', peerId: 'a' })).toEqual(before)
    expect(before?.state).toBe('BackToSource')
  })

  it('sends one waiter to the source after 4 x 500 ms and serves the next from it', () => {
    const fixture = new SchedulerFixture()
    const task = taskInput('t')
    for (const peerId of ['a', 'b', 'c']) fixture.run(registerPeer, registration(task, peerId))
    fixture.run(attachStream, { taskId: 't', peerId: 'b', streamId: 2, begin: true })
    fixture.run(attachStream, { taskId: 't', peerId: 'c', streamId: 3, begin: true })
    expect(fixture.advance(1999)).toEqual([])
    const events = fixture.advance(1)
    expect(eventsOf(events, 'need-back-to-source').map((event) => event.peerId)).toEqual(['b'])
    expect(eventsOf(events, 'parents-assigned').map((event) => event.peerId)).toEqual(['c'])
  })

  it.each([
    { url: 'http://origin.test/moved' },
    { filteredQueryParams: ['token'] },
    { headers: [['range', 'bytes=0-1']] as const },
  ])('asks the source as the last who registered says: %j', (change) => {
    const fixture = new SchedulerFixture()
    begin(fixture, taskInput('t'), 'a')
    const { updatedMs } = getTask(fixture.reader, 't')!
    const other = taskInput('t', { ...change, digest: 'md5:0', tag: 'other' })
    fixture.run(registerPeer, registration(other, 'b'))
    const { digest, tag } = taskInput('t')
    expect(getTask(fixture.reader, 't')).toMatchObject({ ...change, digest, tag, updatedMs })
  })

  it('refuses LEVEL1 and LEVEL2 when nobody can serve', () => {
    const fixture = new SchedulerFixture()
    const task = taskInput('t')
    const forbidden = registration(task, 'a', { effectivePriority: 1 })
    expect(fixture.run(registerPeer, forbidden)).toEqual({ ok: false, reason: 'forbidden' })
    const none = registration(task, 'a', { effectivePriority: 2 })
    expect(fixture.run(registerPeer, none)).toEqual({ ok: false, reason: 'no-available-peer' })
    expect(getPeer(fixture.reader, { taskId: 't', peerId: 'a' })).toBeUndefined()
  })
})

describe('a download with a seed', () => {
  function seeded(): SchedulerFixture {
    const fixture = new SchedulerFixture()
    fixture.run(announceHost, hostAnnounce('seed', { type: 'super' }))
    begin(fixture, taskInput('t'), 'a')
    return fixture
  }

  it('asks the seed once, and its first report serves the waiter', () => {
    const fixture = seeded()
    expect(fixture.eventsOf('parents-assigned')).toEqual([])
    begin(fixture, taskInput('t'), 'b', 2)
    const [item, ...others] = openSeeds(fixture.reader, 1, 10)
    expect(others).toEqual([])
    expect(item).toMatchObject({ hostId: 'seed', taskId: 't', state: 'pending' })
    expect(fixture.run(startSeed, { outboxId: item!.id })).toEqual({ ok: true, term: 1 })
    expect(fixture.run(startSeed, { outboxId: item!.id })).toEqual({ ok: false, reason: 'running' })
    const report = { outboxId: item!.id, term: 1, peerId: 'p_Seed', costsMs: [], pieceZero: null }
    fixture.run(reportSeed, { ...report, finished: noPieces })
    const assigned = fixture.eventsOf('parents-assigned')
    expect(assigned.map((event) => event.peerId)).toEqual(['a', 'b'])
    expect(assigned[0]!.parents[0]).toMatchObject({ peerId: 'p_Seed', hostId: 'seed' })
    fixture.run(finishSeed, {
      outboxId: item!.id,
      term: 1,
      peerId: 'p_Seed',
      outcome: { type: 'done', contentLength: 9, totalPieceCount: 1 },
    })
    expect(openSeeds(fixture.reader, 9, 10)).toEqual([])
    expect(statTask(fixture.reader, 't')).toMatchObject({
      state: 'Succeeded',
      contentLength: 9,
      totalPieceCount: 1,
    })
  })

  it('does not bring back a peer that the seed deleted meanwhile, nor touch that of another host', () => {
    const fixture = seeded()
    begin(fixture, taskInput('t'), 'theirs', 2)
    const item = openSeeds(fixture.reader, 1, 10)[0]!
    fixture.run(startSeed, { outboxId: item.id })
    const report = { outboxId: item.id, term: 1, costsMs: [], pieceZero: null, finished: noPieces }
    fixture.run(reportSeed, { ...report, peerId: 'p_Seed' })
    fixture.run(leaveTask, { taskId: 't', peerId: 'p_Seed' })
    for (const peerId of ['p_Seed', 'theirs']) {
      expect(fixture.run(reportSeed, { ...report, peerId })).toEqual({ ok: true })
    }
    const outcome = { type: 'done', contentLength: 9, totalPieceCount: 1 } as const
    fixture.run(finishSeed, { outboxId: item.id, term: 1, peerId: 'p_Seed', outcome })
    expect(getPeer(fixture.reader, { taskId: 't', peerId: 'p_Seed' })).toBeUndefined()
    expect(getPeer(fixture.reader, { taskId: 't', peerId: 'theirs' })?.state).toBe('Running')
    expect(getTask(fixture.reader, 't')?.state).toBe('Running')
    expect(openSeeds(fixture.reader, 9, 10)).toEqual([])
  })

  it('drops what a leader of an earlier term reports', () => {
    const fixture = seeded()
    const item = openSeeds(fixture.reader, 1, 10)[0]!
    fixture.run(startSeed, { outboxId: item.id })
    fixture.term = 2
    expect(openSeeds(fixture.reader, 2, 10)).toHaveLength(1)
    expect(fixture.run(startSeed, { outboxId: item.id })).toEqual({ ok: true, term: 2 })
    const report = { outboxId: item.id, term: 1, peerId: 'p', costsMs: [], pieceZero: null }
    expect(fixture.run(reportSeed, { ...report, finished: noPieces })).toEqual({
      ok: false,
      reason: 'other-term',
    })
    expect(getPeer(fixture.reader, { taskId: 't', peerId: 'p' })).toBeUndefined()
  })

  it('does not ask a seed again that failed, and forgets that after half an hour', () => {
    const fixture = seeded()
    const item = openSeeds(fixture.reader, 1, 10)[0]!
    fixture.run(startSeed, { outboxId: item.id })
    fixture.run(finishSeed, {
      outboxId: item.id,
      term: 1,
      peerId: '',
      outcome: { type: 'failed', retry: false, sourceError: null },
    })
    expect(openSeeds(fixture.reader, 9, 10)).toEqual([])
    // Nobody else fetches, so that the waiter need not wait for its turn.
    const events = fixture.eventsOf('need-back-to-source')
    expect(events.map((event) => event.peerId)).toEqual(['a'])
    begin(fixture, taskInput('t2'), 'c', 3)
    expect(openSeeds(fixture.reader, 9, 10).map((open) => open.taskId)).toEqual(['t2'])
  })

  it('passes the task on from a seed that is not there, in the end to one waiter', () => {
    const fixture = seeded()
    fixture.run(announceHost, hostAnnounce('seed-2', { type: 'super' }))
    begin(fixture, taskInput('t'), 'b', 2)
    const outcome = { type: 'unreachable' } as const
    const askInVain = (): string => {
      const item = openSeeds(fixture.reader, 1, 10)[0]!
      fixture.run(startSeed, { outboxId: item.id })
      fixture.run(finishSeed, { outboxId: item.id, term: 1, peerId: '', outcome })
      return item.hostId
    }
    expect([askInVain(), askInVain()]).toEqual(['seed', 'seed-2'])
    expect(openSeeds(fixture.reader, 1, 10)).toEqual([])
    const sent = fixture.eventsOf('need-back-to-source')
    expect(sent.map((event) => event.peerId)).toEqual(['a'])
    const served = fixture.eventsOf('parents-assigned')
    expect(served.map((event) => event.peerId)).toEqual(['b'])
  })

  it('asks a seed that is not there for nothing until half a minute has gone by', () => {
    const fixture = seeded()
    const item = openSeeds(fixture.reader, 1, 10)[0]!
    fixture.run(startSeed, { outboxId: item.id })
    const outcome = { type: 'unreachable' } as const
    fixture.run(finishSeed, { outboxId: item.id, term: 1, peerId: '', outcome })
    fixture.advance(29_999)
    begin(fixture, taskInput('t2'), 'b', 2)
    expect(openSeeds(fixture.reader, 1, 10)).toEqual([])
    expect(getPeer(fixture.reader, { taskId: 't2', peerId: 'b' })?.state).toBe('BackToSource')
    fixture.advance(1)
    begin(fixture, taskInput('t3'), 'c', 3)
    expect(openSeeds(fixture.reader, 1, 10)).toMatchObject([{ taskId: 't3', hostId: 'seed' }])
  })

  it('leaves a seed of API v2 to tell itself what becomes of it', () => {
    for (const outcome of [
      { type: 'done', contentLength: -1, totalPieceCount: -1 },
      { type: 'failed', retry: false, sourceError: null },
    ] as const) {
      const fixture = new SchedulerFixture()
      fixture.run(announceHost, hostAnnounce('seed', { type: 'super' }))
      fixture.run(announceHost, hostAnnounce('host-a'))
      const asked = { hostId: 'host-a', seedDownload: Uint8Array.of(1) }
      fixture.run(registerDownload, download(taskInput('t'), 'a', asked))
      const [item] = openSeeds(fixture.reader, 1, 10)
      expect(item).toMatchObject({ hostId: 'seed', download: Uint8Array.of(1) })
      fixture.run(startSeed, { outboxId: item!.id })
      // The seed's own registration, which asks for the source.
      const own = { hostId: 'seed', needBackToSource: true, streamId: 2 }
      fixture.run(registerDownload, download(taskInput('t'), 'own', own))
      fixture.run(finishSeed, { outboxId: item!.id, term: 1, peerId: '', outcome })
      expect(openSeeds(fixture.reader, 9, 10)).toEqual([])
      expect(getTask(fixture.reader, 't')?.state).toBe('Running')
      expect(getPeer(fixture.reader, { taskId: 't', peerId: 'own' })?.state).toBe('BackToSource')
    }
  })

  it('starts no item of a seed that another item has found not to be there', () => {
    const fixture = seeded()
    begin(fixture, taskInput('t2'), 'b', 2)
    const [first, second] = openSeeds(fixture.reader, 1, 10)
    fixture.run(startSeed, { outboxId: first!.id })
    const outcome = { type: 'unreachable' } as const
    fixture.run(finishSeed, { outboxId: first!.id, term: 1, peerId: '', outcome })
    const refused = { ok: false, reason: 'unreachable' }
    expect(fixture.run(startSeed, { outboxId: second!.id })).toEqual(refused)
    expect(getPeer(fixture.reader, { taskId: 't2', peerId: 'b' })?.state).toBe('BackToSource')
  })

  it('gives an item up whose seed has left, so that its task is not waited for', () => {
    const fixture = seeded()
    const item = openSeeds(fixture.reader, 1, 10)[0]!
    fixture.run(startSeed, { outboxId: item.id })
    fixture.run(leaveHost, { hostId: 'seed' })
    const report = { outboxId: item.id, term: 1, peerId: 'p', costsMs: [], pieceZero: null }
    const gone = { ok: false, reason: 'host-left' }
    expect(fixture.run(reportSeed, { ...report, finished: noPieces })).toEqual(gone)
    expect(openSeeds(fixture.reader, 9, 10)).toEqual([])
    expect(getPeer(fixture.reader, { taskId: 't', peerId: 'a' })?.state).toBe('BackToSource')
    expect(fixture.run(startSeed, { outboxId: item.id })).toMatchObject({ reason: 'not-found' })
  })

  it('that fails while a peer fetches from the source leaves the task running', () => {
    const fixture = seeded()
    const item = openSeeds(fixture.reader, 1, 10)[0]!
    fixture.run(startSeed, { outboxId: item.id })
    fixture.advance(2000)
    expect(getPeer(fixture.reader, { taskId: 't', peerId: 'a' })?.state).toBe('BackToSource')
    fixture.run(finishSeed, {
      outboxId: item.id,
      term: 1,
      peerId: '',
      outcome: { type: 'failed', retry: false, sourceError: null },
    })
    expect(statTask(fixture.reader, 't')).toMatchObject({ state: 'Running' })
    // One copy is enough: who comes now is served by the peer that fetches.
    begin(fixture, taskInput('t'), 'b', 2)
    expect(fixture.eventsOf('need-back-to-source')).toEqual([])
    expect(fixture.eventsOf('parents-assigned')[0]!.parents.map((p) => p.peerId)).toEqual(['a'])
  })

  it('starts a broken call again a few times only', () => {
    const fixture = seeded()
    const item = openSeeds(fixture.reader, 1, 10)[0]!
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      expect(fixture.run(startSeed, { outboxId: item.id })).toEqual({ ok: true, term: 1 })
      fixture.run(finishSeed, {
        outboxId: item.id,
        term: 1,
        peerId: '',
        outcome: { type: 'failed', retry: true, sourceError: null },
      })
    }
    expect(fixture.run(startSeed, { outboxId: item.id })).toEqual({
      ok: false,
      reason: 'not-found',
    })
  })
})

describe('a download of a part that may prefetch the whole', () => {
  const part = { range: '0-9', prefetch: taskInput('whole') }
  const register = (fixture: SchedulerFixture, peerId: string, more = {}): void => {
    const request = registration(taskInput('t'), peerId, { ...part, ...more })
    expect(fixture.run(registerPeer, request)).toMatchObject({ ok: true, known: false })
  }
  const asked = (fixture: SchedulerFixture): unknown =>
    openSeeds(fixture.reader, 1, 10).map(({ taskId, range }) => [taskId, range])

  it('asks a seed for the whole, once', () => {
    const fixture = new SchedulerFixture()
    fixture.run(announceHost, hostAnnounce('seed', { type: 'super' }))
    register(fixture, 'a')
    expect(getTask(fixture.reader, 'whole')?.state).toBe('Running')
    register(fixture, 'b')
    expect(asked(fixture)).toEqual([
      ['whole', ''],
      ['t', '0-9'],
    ])
  })

  it('asks nobody when somebody has the whole, when it has no source, or without a seed', () => {
    const held = new SchedulerFixture()
    held.run(announceHost, hostAnnounce('seed', { type: 'super' }))
    held.run(announceTask, taskAnnounce(taskInput('whole'), 'holder'))
    register(held, 'a')
    expect(asked(held)).toEqual([['t', '0-9']])
    const imported = new SchedulerFixture()
    imported.run(announceHost, hostAnnounce('seed', { type: 'super' }))
    register(imported, 'a', { prefetch: cacheTask('whole') })
    expect(asked(imported)).toEqual([['t', '0-9']])
    const seedless = new SchedulerFixture()
    register(seedless, 'a')
    expect(asked(seedless)).toEqual([])
    expect(getTask(seedless.reader, 'whole')?.state).toBe('Pending')
  })
})

describe('dfcache content', () => {
  it('is found after its import and exported from the holder, never from a source', () => {
    const fixture = new SchedulerFixture()
    const task = cacheTask('c')
    expect(statTask(fixture.reader, 'c')).toBeUndefined()
    expect(fixture.run(announceTask, taskAnnounce(task, 'holder'))).toEqual({ ok: true })
    expect(statTask(fixture.reader, 'c')).toMatchObject({
      type: 'persistent-cache',
      state: 'Succeeded',
      hasAvailablePeer: true,
      contentLength: 10_000_000,
    })
    begin(fixture, task, 'b')
    expect(fixture.eventsOf('parents-assigned')[0]!.parents.map((p) => p.peerId)).toEqual([
      'holder',
    ])
    expect(statTask(fixture.reader, 'c')).toMatchObject({ state: 'Succeeded', peerCount: 2 })
  })

  it('announced twice is one peer', () => {
    const fixture = new SchedulerFixture()
    fixture.run(announceTask, taskAnnounce(cacheTask('c'), 'holder'))
    fixture.run(announceTask, taskAnnounce(cacheTask('c'), 'holder'))
    expect(statTask(fixture.reader, 'c')).toMatchObject({ peerCount: 1, state: 'Succeeded' })
  })

  it('that nobody holds fails at once as not found', () => {
    const fixture = new SchedulerFixture()
    begin(fixture, cacheTask('c'), 'a')
    expect(fixture.eventsOf('schedule-failed').map((event) => event.reason)).toEqual([
      'no-available-peer',
    ])
    expect(fixture.advance(10_000)).toEqual([])
  })

  it('whose only holder has no free slot makes the exporter wait, then fail after 5 x 500 ms', () => {
    const fixture = new SchedulerFixture()
    const task = cacheTask('c')
    const host = hostInput('host-of-holder')
    fixture.run(announceHost, hostAnnounce(host.id, { concurrentUploadLimit: 1 }))
    fixture.run(announceTask, taskAnnounce(task, 'holder'))
    begin(fixture, task, 'a', 1)
    expect(fixture.eventsOf('parents-assigned')).toHaveLength(1)
    const here = registration(task, 'b', { host: hostInput('host-of-a') })
    fixture.run(registerPeer, here)
    fixture.run(attachStream, { taskId: 'c', peerId: 'b', streamId: 2, begin: true })
    expect(fixture.eventsOf('parents-assigned')).toEqual([])
    expect(fixture.advance(2499)).toEqual([])
    const events = fixture.advance(1)
    expect(eventsOf(events, 'schedule-failed').map((event) => event.reason)).toEqual(['no-parent'])
  })

  it('deleted by its only holder is gone, and an import repeated afterwards is visible again', () => {
    const fixture = new SchedulerFixture()
    const task = cacheTask('c')
    fixture.run(announceTask, taskAnnounce(task, 'holder'))
    const acceptedIndex = fixture.state.appliedIndex
    expect(fixture.run(leaveTask, { taskId: 'c', peerId: 'holder' })).toEqual({
      ok: true,
      existed: true,
    })
    expect(statTask(fixture.reader, 'c')).toMatchObject({ hasAvailablePeer: false, peerCount: 0 })
    const late = taskAnnounce(task, 'holder', { acceptedIndex })
    expect(fixture.run(announceTask, late)).toEqual({ ok: false, reason: 'deleted' })
    expect(fixture.run(registerPeer, registration(task, 'holder', { acceptedIndex }))).toEqual({
      ok: false,
      reason: 'deleted',
    })
    const other = { contentLength: 5, totalPieceCount: 1, acceptedIndex }
    expect(fixture.run(announceTask, taskAnnounce(task, 'holder-2', other))).toEqual({ ok: true })
    expect(statTask(fixture.reader, 'c')).toMatchObject({
      hasAvailablePeer: true,
      contentLength: 5,
      totalPieceCount: 1,
    })
    const again = taskAnnounce(task, 'holder', { acceptedIndex: fixture.state.appliedIndex })
    expect(fixture.run(announceTask, again)).toEqual({ ok: true })
    expect(statTask(fixture.reader, 'c')).toMatchObject({ peerCount: 2, contentLength: 5 })
  })

  it('deleted before its announcement arrives stays deleted for ten minutes', () => {
    const fixture = new SchedulerFixture()
    const acceptedIndex = fixture.state.appliedIndex
    fixture.run(leaveTask, { taskId: 'c', peerId: 'holder' })
    const late = taskAnnounce(cacheTask('c'), 'holder', { acceptedIndex })
    expect(fixture.run(announceTask, late)).toEqual({ ok: false, reason: 'deleted' })
    fixture.nowMs += 600_000
    expect(fixture.run(announceTask, late)).toEqual({ ok: true })
  })

  it('of zero bytes registers as empty', () => {
    const fixture = new SchedulerFixture()
    const task = cacheTask('c')
    fixture.run(announceTask, taskAnnounce(task, 'h', { contentLength: 0, totalPieceCount: 0 }))
    expect(fixture.run(registerPeer, registration(task, 'a'))).toMatchObject({ sizeScope: 'empty' })
    fixture.run(attachStream, { taskId: 'c', peerId: 'a', streamId: 1, begin: true })
    expect(fixture.events).toEqual([])
    expect(getPeer(fixture.reader, { taskId: 'c', peerId: 'a' })?.state).toBe('ReceivedEmpty')
    succeed(fixture, 'c', 'a')
  })

  it('of zero bytes that nobody holds any more is not granted as empty', () => {
    const fixture = new SchedulerFixture()
    const task = cacheTask('c')
    fixture.run(announceTask, taskAnnounce(task, 'h', { contentLength: 0, totalPieceCount: 0 }))
    fixture.run(leaveTask, { taskId: 'c', peerId: 'h' })
    expect(fixture.run(registerPeer, registration(task, 'a'))).toMatchObject({
      sizeScope: 'normal',
    })
    fixture.run(attachStream, { taskId: 'c', peerId: 'a', streamId: 1, begin: true })
    expect(fixture.eventsOf('schedule-failed').map((event) => event.reason)).toEqual([
      'no-available-peer',
    ])
  })
})

describe('the source', () => {
  const task = taskInput('t')
  const source = { host: hostInput('h'), needBackToSource: true }

  /** As many peers as may, all on one host, so that none can serve another. */
  function crowdAtSource(): SchedulerFixture {
    const fixture = new SchedulerFixture()
    for (let n = 1; n <= backToSourceLimit; n += 1) {
      fixture.run(registerPeer, registration(task, `p${n}`, source))
      fixture.run(attachStream, { taskId: 't', peerId: `p${n}`, streamId: n, begin: true })
      expect(fixture.eventsOf('need-back-to-source')).toHaveLength(1)
    }
    return fixture
  }

  it('is open to a limited number of peers of a task at once', () => {
    const fixture = crowdAtSource()
    fixture.run(registerPeer, registration(task, 'late', source))
    fixture.run(attachStream, { taskId: 't', peerId: 'late', streamId: 999, begin: true })
    expect(fixture.eventsOf('need-back-to-source')).toEqual([])
    expect(fixture.advance(2_499)).toEqual([])
    const ends = eventsOf(fixture.advance(1), 'schedule-failed')
    expect(ends.map(({ peerId, reason }) => [peerId, reason])).toEqual([['late', 'no-parent']])
  })

  it('is open again when one of them has ended, however it did', () => {
    const ends: ((fixture: SchedulerFixture) => void)[] = [
      (fixture) => succeed(fixture, 't', 'p1'),
      (fixture) => fixture.run(leaveTask, { taskId: 't', peerId: 'p1' }),
      (fixture) =>
        fixture.run(reportPeerResult, {
          taskId: 't',
          peerId: 'p1',
          success: false,
          contentLength: -1,
          totalPieceCount: -1,
          costMs: 0,
          sourceError: null,
        }),
    ]
    for (const end of ends) {
      const fixture = crowdAtSource()
      end(fixture)
      fixture.run(registerPeer, registration(task, 'late', source))
      fixture.run(attachStream, { taskId: 't', peerId: 'late', streamId: 999, begin: true })
      expect(fixture.eventsOf('need-back-to-source').map((event) => event.peerId)).toEqual(['late'])
    }
  })
})

describe('the end of waiting', () => {
  it('gives a parent to who was passed over behind others that cannot have it', () => {
    const fixture = new SchedulerFixture()
    const task = cacheTask('c')
    const crowd = hostInput('crowd')
    fixture.run(announceHost, hostAnnounce('busy', { concurrentUploadLimit: 1 }))
    fixture.run(announceTask, taskAnnounce(task, 'first', { host: hostInput('busy') }))
    fixture.run(announceHost, hostAnnounce('host-of-lucky', { disableShared: true }))
    begin(fixture, task, 'lucky', 1)
    for (let n = 2; n < 12; n += 1) {
      const peerId = `near-${n}`
      fixture.run(registerPeer, registration(task, peerId, { host: crowd }))
      fixture.run(attachStream, { taskId: 'c', peerId, streamId: n, begin: true })
    }
    begin(fixture, task, 'far', 20)
    // The second holder is on the host of all who came before.
    fixture.run(announceTask, taskAnnounce(task, 'second', { host: crowd }))
    const served = [...fixture.events, ...fixture.advance(2_500)]
    expect(eventsOf(served, 'parents-assigned').map((event) => event.peerId)).toEqual(['far'])
    const failed = eventsOf(served, 'schedule-failed').map((event) => event.peerId)
    expect(failed).toHaveLength(10)
    expect(failed).not.toContain('far')
  })
})

describe('reports', () => {
  function running(): SchedulerFixture {
    const fixture = new SchedulerFixture()
    const task = taskInput('t')
    begin(fixture, task, 'a', 1)
    begin(fixture, task, 'b', 2)
    return fixture
  }

  it('adds pieces and costs, and ignores reports of another stream', () => {
    const fixture = running()
    const item = {
      taskId: 't',
      peerId: 'b',
      streamId: 2,
      finished: { firstPiece: 8, bytes: Uint8Array.of(0b101) },
      costsMs: [7, 8],
      parentIds: ['a'],
      pieceZero: null,
    }
    expect(fixture.run(reportPieces, { items: [item, { ...item, streamId: 9 }] })).toEqual({
      ok: true,
      stale: 1,
    })
    expect(fixture.run(reportPieces, { items: [item] }, 2)).toEqual({ ok: true, stale: 1 })
    expect(getPeer(fixture.reader, { taskId: 't', peerId: 'b' })).toMatchObject({
      finishedPieces: Uint8Array.of(0, 0b101),
      finishedPieceCount: 2,
      costsMs: [7, 8],
    })
  })

  it('keeps the digest of piece 0 of who fetched it from the source', () => {
    const fixture = running()
    const pieceZero = { digest: 'd41d8cd98f00b204e9800998ecf8427e', offset: 0, length: 9 }
    const none = { finished: noPieces, costsMs: [], parentIds: [], pieceZero }
    fixture.run(reportPieces, { items: [{ taskId: 't', peerId: 'a', streamId: 1, ...none }] })
    expect(getTask(fixture.reader, 't')?.pieceZero).toEqual(pieceZero)
  })

  it('of a failed piece give the child other parents and remember the failure', () => {
    const fixture = running()
    begin(fixture, taskInput('t'), 'c', 3)
    fixture.run(reportPieceFailure, {
      taskId: 't',
      peerId: 'c',
      streamId: 3,
      parentId: 'a',
      cause: 'failed',
    })
    expect(fixture.eventsOf('parents-assigned')[0]!.parents.map((p) => p.peerId)).toEqual(['b'])
    expect(getHost(fixture.reader, 'host-of-a')?.uploadFailedCount).toBe(1)
    expect(getPeer(fixture.reader, { taskId: 't', peerId: 'c' })?.blockedParents).toEqual(['a'])
  })

  it('that the parent lost the task fail the parent and give its other children new ones', () => {
    const fixture = running()
    fixture.run(reportPieceFailure, {
      taskId: 't',
      peerId: 'b',
      streamId: 2,
      parentId: 'a',
      cause: 'task-gone',
    })
    expect(getPeer(fixture.reader, { taskId: 't', peerId: 'a' })?.state).toBe('Failed')
    expect(eventsOf(fixture.advance(2000), 'need-back-to-source')).toHaveLength(1)
  })

  it('of a failure at the source that trying again cannot help stop every running peer', () => {
    const fixture = running()
    fixture.run(reportPeerResult, {
      taskId: 't',
      peerId: 'a',
      success: false,
      contentLength: -1,
      totalPieceCount: -1,
      costMs: 0,
      sourceError: { temporary: false, metadata: Uint8Array.of(7) },
    })
    expect(fixture.eventsOf('source-failed')).toEqual([
      {
        type: 'source-failed',
        taskId: 't',
        peerId: 'b',
        owner: { sessionId: fixture.sessionId(), streamId: 2 },
        metadata: Uint8Array.of(7),
      },
    ])
    expect(statTask(fixture.reader, 't')).toMatchObject({
      state: 'Failed',
      hasAvailablePeer: false,
    })
    expect(getPeer(fixture.reader, { taskId: 't', peerId: 'b' })?.state).toBe('Failed')
  })

  it('of a failure at the source that may pass send the next peer there', () => {
    const fixture = running()
    fixture.run(reportPeerResult, {
      taskId: 't',
      peerId: 'a',
      success: false,
      contentLength: -1,
      totalPieceCount: -1,
      costMs: 0,
      sourceError: { temporary: true, metadata: new Uint8Array(0) },
    })
    expect(fixture.eventsOf('source-failed')).toEqual([])
    const events = fixture.advance(2000)
    expect(eventsOf(events, 'need-back-to-source').map((event) => event.peerId)).toEqual(['b'])
    expect(statTask(fixture.reader, 't')).toMatchObject({ state: 'Running' })
  })

  it('that a slow parent is fast again give it to who waits', () => {
    const fixture = new SchedulerFixture()
    const task = taskInput('t')
    begin(fixture, task, 'a', 1)
    const item = { taskId: 't', peerId: 'a', streamId: 1, finished: noPieces, parentIds: [] }
    const slow = { ...item, costsMs: [1, 1, 500], pieceZero: null }
    fixture.run(reportPieces, { items: [slow] })
    begin(fixture, task, 'b', 2)
    expect(fixture.eventsOf('parents-assigned')).toEqual([])
    fixture.run(reportPieces, { items: [{ ...slow, costsMs: [1] }] })
    expect(fixture.eventsOf('parents-assigned').map((event) => event.peerId)).toEqual(['b'])
  })

  it('of unknown peers are refused', () => {
    const fixture = running()
    const unknown = { taskId: 't', peerId: 'x' }
    const result = { success: true, contentLength: 1, totalPieceCount: 1, costMs: 1 }
    expect(fixture.run(reportPeerResult, { ...unknown, ...result, sourceError: null })).toEqual({
      ok: false,
      reason: 'peer-not-found',
    })
    expect(fixture.run(attachStream, { ...unknown, streamId: 5, begin: true })).toEqual({
      ok: false,
      reason: 'peer-not-found',
    })
    const failure = { ...unknown, streamId: 5, parentId: 'a', cause: 'failed' as const }
    expect(fixture.run(reportPieceFailure, failure)).toEqual({
      ok: false,
      reason: 'peer-not-found',
    })
  })

  it('over the largest piece number are malformed', () => {
    const fixture = running()
    const item = {
      taskId: 't',
      peerId: 'b',
      streamId: 2,
      finished: { firstPiece: 262_144, bytes: Uint8Array.of(1) },
      costsMs: [],
      parentIds: [],
      pieceZero: null,
    }
    expect(fixture.refusal(reportPieces, { items: [item] })).toBe('malformed')
  })
})
