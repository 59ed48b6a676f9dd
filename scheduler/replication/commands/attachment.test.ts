// What becomes of peers when the member that ends their streams dies.
import { describe, expect, it } from 'vitest'
import { edgesTable } from '../rows/edge.ts'
import { waitersTable } from '../rows/waiter.ts'
import { announceHost } from './announce-host.ts'
import { announceTask } from './announce-task.ts'
import { getHost, getPeer } from './queries.ts'
import { registerPeer } from './register-peer.ts'
import { reportPeerResult } from './report-peer-result.ts'
import { reportPieces } from './report-pieces.ts'
import { attachStream, detachStream } from './streams.ts'
import {
  cacheTask,
  eventsOf,
  hostAnnounce,
  registration,
  SchedulerFixture,
  taskAnnounce,
  taskInput,
} from './scheduler-fixture.suite.ts'

const ref = { taskId: 'c', peerId: 'a' }

function downloading(): SchedulerFixture {
  const fixture = new SchedulerFixture()
  fixture.run(announceTask, taskAnnounce(cacheTask('c'), 'holder'))
  fixture.run(registerPeer, registration(cacheTask('c'), 'a'))
  fixture.run(attachStream, { ...ref, streamId: 1, begin: true })
  const finished = { firstPiece: 0, bytes: Uint8Array.of(0b11) }
  const rest = { costsMs: [], parentIds: [], pieceZero: null }
  fixture.run(reportPieces, { items: [{ ...ref, streamId: 1, finished, ...rest }] })
  return fixture
}

describe('attachment', () => {
  it('moves to the member where the client comes back; state and pieces stay', () => {
    const fixture = downloading()
    expect(fixture.run(registerPeer, registration(cacheTask('c'), 'a'), 2)).toMatchObject({
      ok: true,
      known: true,
    })
    fixture.run(attachStream, { ...ref, streamId: 7, begin: true }, 2)
    expect(fixture.eventsOf('attachment-lost')).toEqual([
      { type: 'attachment-lost', ...ref, owner: { sessionId: fixture.sessionId(1), streamId: 1 } },
    ])
    expect(fixture.eventsOf('parents-assigned').map((event) => event.owner)).toEqual([
      { sessionId: fixture.sessionId(2), streamId: 7 },
    ])
    expect(getPeer(fixture.reader, ref)).toMatchObject({
      state: 'Running',
      finishedPieceCount: 2,
      attachEpoch: fixture.state.appliedIndex,
    })
    expect(fixture.run(detachStream, { ...ref, streamId: 1 }, 1)).toEqual({
      ok: true,
      detached: false,
    })
  })

  it('is not touched by a registration that arrives a second time', () => {
    const fixture = downloading()
    fixture.run(registerPeer, registration(cacheTask('c'), 'a'), 3)
    expect(getPeer(fixture.reader, ref)).toMatchObject({
      ownerSessionId: fixture.sessionId(1),
      streamId: 1,
    })
  })

  it('of a dead member ends; 30 s later edges and slots go, unless the client is back', () => {
    const fixture = downloading()
    fixture.run(registerPeer, registration(cacheTask('c'), 'b'))
    fixture.run(attachStream, { taskId: 'c', peerId: 'b', streamId: 2, begin: true })
    fixture.closeSession(1)
    fixture.settle()
    expect(getPeer(fixture.reader, ref)).toMatchObject({ ownerSessionId: 0 })
    expect(getHost(fixture.reader, 'host-of-holder')?.concurrentUploadCount).toBe(2)
    fixture.nowMs += 1000
    fixture.run(attachStream, { taskId: 'c', peerId: 'b', streamId: 1, begin: true }, 2)
    fixture.openSession(1, 8)
    fixture.advance(28_999)
    const edgesOfA = { group: 'c\na', limit: 9 }
    expect(fixture.reader.list(edgesTable, 'byChild', edgesOfA).length).toBeGreaterThan(0)
    fixture.advance(1)
    expect(fixture.reader.list(edgesTable, 'byChild', edgesOfA)).toEqual([])
    expect(getPeer(fixture.reader, ref)).toMatchObject({ state: 'Running', finishedPieceCount: 2 })
    expect(fixture.reader.list(edgesTable, 'byChild', { group: 'c\nb', limit: 9 })).not.toEqual([])
  })

  it('ends in bounded steps when a member had thousands of streams', () => {
    const fixture = new SchedulerFixture()
    fixture.run(announceHost, hostAnnounce('host-of-holder', { concurrentUploadLimit: 2000 }))
    fixture.run(announceTask, taskAnnounce(cacheTask('c'), 'holder'))
    for (let i = 0; i < 1100; i += 1) {
      fixture.run(registerPeer, registration(cacheTask('c'), `p${i}`))
      fixture.run(attachStream, { taskId: 'c', peerId: `p${i}`, streamId: i + 1, begin: true })
    }
    fixture.closeSession(1)
    fixture.settle()
    expect(getPeer(fixture.reader, { taskId: 'c', peerId: 'p0' })?.ownerSessionId).toBe(0)
    expect(getPeer(fixture.reader, { taskId: 'c', peerId: 'p1099' })?.ownerSessionId).toBe(0)
    fixture.openSession(1, 8)
    fixture.advance(30_000)
    expect(fixture.reader.count(edgesTable)).toBe(0)
    expect(getHost(fixture.reader, 'host-of-holder')).toMatchObject({
      concurrentUploadCount: 0,
      concurrentUploadPieceCount: 0,
      uploadContentLength: 0,
      reservedTxBandwidth: 0,
    })
  })

  it('that ends takes the peer out of the queue; coming back it waits anew', () => {
    const fixture = new SchedulerFixture()
    for (const peerId of ['first', 'a']) {
      fixture.run(registerPeer, registration(taskInput('t'), peerId))
    }
    fixture.run(attachStream, { taskId: 't', peerId: 'a', streamId: 1, begin: true })
    expect(fixture.reader.count(waitersTable)).toBe(1)
    fixture.run(detachStream, { taskId: 't', peerId: 'a', streamId: 1 })
    expect(fixture.reader.count(waitersTable)).toBe(0)
    fixture.run(attachStream, { taskId: 't', peerId: 'a', streamId: 2, begin: true })
    expect(fixture.reader.count(waitersTable)).toBe(1)
    expect(eventsOf(fixture.advance(2000), 'need-back-to-source')).toMatchObject([
      { peerId: 'a', owner: { streamId: 2 } },
    ])
  })

  it('of a peer that fetches from the source is answered with 5001 again', () => {
    const fixture = new SchedulerFixture()
    fixture.run(registerPeer, registration(taskInput('t'), 'a'))
    fixture.run(attachStream, { taskId: 't', peerId: 'a', streamId: 1, begin: true })
    fixture.run(registerPeer, registration(taskInput('t'), 'a'), 2)
    fixture.run(attachStream, { taskId: 't', peerId: 'a', streamId: 1, begin: true }, 2)
    expect(fixture.eventsOf('need-back-to-source')).toMatchObject([
      { peerId: 'a', owner: { sessionId: fixture.sessionId(2) } },
    ])
  })

  it('of a failed peer tells that it is not running; registering again starts over', () => {
    const fixture = downloading()
    const failed = { success: false, contentLength: -1, totalPieceCount: -1, costMs: 0 }
    fixture.run(reportPeerResult, { ...ref, ...failed, sourceError: null })
    fixture.run(attachStream, { ...ref, streamId: 2, begin: true })
    expect(fixture.eventsOf('schedule-failed').map((event) => event.reason)).toEqual([
      'not-running',
    ])
    fixture.run(registerPeer, registration(cacheTask('c'), 'a'))
    fixture.run(attachStream, { ...ref, streamId: 3, begin: true })
    expect(fixture.eventsOf('parents-assigned')).toHaveLength(1)
    expect(getPeer(fixture.reader, ref)).toMatchObject({ finishedPieceCount: 0 })
  })

  it('of a succeeded peer that begins again means that it lost its pieces', () => {
    const fixture = new SchedulerFixture()
    fixture.run(announceTask, taskAnnounce(cacheTask('c'), 'one'))
    fixture.run(announceTask, taskAnnounce(cacheTask('c'), 'two'))
    fixture.run(attachStream, { taskId: 'c', peerId: 'two', streamId: 1, begin: true })
    expect(fixture.eventsOf('parents-assigned')[0]!.parents.map((p) => p.peerId)).toEqual(['one'])
    expect(getPeer(fixture.reader, { taskId: 'c', peerId: 'two' })?.state).toBe('Running')
  })
})

describe('upload slots', () => {
  it('are never given twice, and a freed one goes to who has waited longest', () => {
    const fixture = new SchedulerFixture()
    const holder = hostAnnounce('host-of-holder', { concurrentUploadLimit: 1 })
    fixture.run(announceHost, holder)
    for (const taskId of ['c', 'd']) {
      const host = registration(cacheTask(taskId), 'holder').host
      fixture.run(announceTask, taskAnnounce(cacheTask(taskId), `holder-${taskId}`, { host }))
    }
    const peers = ['a', 'b', 'e']
    for (const peerId of peers) {
      fixture.run(announceHost, hostAnnounce(`host-of-${peerId}`, { disableShared: true }))
    }
    const at = (taskId: string, peerId: string, streamId: number) => {
      fixture.run(registerPeer, registration(cacheTask(taskId), peerId))
      fixture.run(attachStream, { taskId, peerId, streamId, begin: true })
    }
    at('c', 'a', 1)
    expect(fixture.eventsOf('parents-assigned')).toHaveLength(1)
    at('d', 'b', 2)
    at('c', 'e', 3)
    expect(fixture.eventsOf('parents-assigned')).toEqual([])
    const result = { success: true, contentLength: 1, totalPieceCount: 1, costMs: 1 }
    fixture.run(reportPeerResult, { taskId: 'c', peerId: 'a', ...result, sourceError: null })
    expect(fixture.eventsOf('parents-assigned').map((event) => event.peerId)).toEqual(['b'])
    expect(getHost(fixture.reader, 'host-of-holder')?.concurrentUploadCount).toBe(1)
    fixture.run(reportPeerResult, { taskId: 'd', peerId: 'b', ...result, sourceError: null })
    expect(fixture.eventsOf('parents-assigned').map((event) => event.peerId)).toEqual(['e'])
  })

  it('added by a later announce serve who waits', () => {
    const fixture = new SchedulerFixture()
    fixture.run(announceHost, hostAnnounce('host-of-holder', { concurrentUploadLimit: 1 }))
    fixture.run(announceTask, taskAnnounce(cacheTask('c'), 'holder'))
    for (const [at, peerId] of ['a', 'b'].entries()) {
      fixture.run(announceHost, hostAnnounce(`host-of-${peerId}`, { disableShared: true }))
      fixture.run(registerPeer, registration(cacheTask('c'), peerId))
      fixture.run(attachStream, { taskId: 'c', peerId, streamId: at + 1, begin: true })
    }
    expect(fixture.eventsOf('parents-assigned')).toEqual([])
    fixture.run(announceHost, hostAnnounce('host-of-holder', { concurrentUploadLimit: 2 }))
    expect(fixture.eventsOf('parents-assigned').map((event) => event.peerId)).toEqual(['b'])
  })
})
