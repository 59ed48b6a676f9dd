// What becomes of streams of API v2 when their member dies or is only taken for dead.
import { describe, expect, it } from 'vitest'
import { backToSourceLimit, pieceDownloadTimeoutMs } from '../../core/index.ts'
import { edgesTable } from '../rows/edge.ts'
import { waitersTable } from '../rows/waiter.ts'
import { announceHost } from './announce-host.ts'
import { announceTask } from './announce-task.ts'
import { finishDownload } from './finish-download.ts'
import { getHost, getPeer, getTask } from './queries.ts'
import { reattachStream } from './reattach-stream.ts'
import { registerDownload } from './register-download.ts'
import {
  download,
  eventsOf,
  hostAnnounce,
  SchedulerFixture,
  taskAnnounce,
  taskInput,
} from './scheduler-fixture.suite.ts'
import { startDownload } from './start-download.ts'
import type { ReattachStreamResult, RegisterDownload } from './types.ts'

const task = taskInput('t')
const hour = { announceIntervalMs: 3_600_000 }

/** Peers are spread over this many hosts. */
const hostCount = 100

function hostIdOf(at: number): string {
  return `h${at % hostCount}`
}

/** A peer on a stream of member 1; the number of the stream is its name's. */
function join(fixture: SchedulerFixture, at: number, change: Partial<RegisterDownload> = {}): void {
  const hostId = hostIdOf(at)
  if (at < hostCount) fixture.run(announceHost, hostAnnounce(hostId, hour))
  const body = download(task, `p${at}`, { hostId, streamId: at + 1, ...change })
  expect(fixture.run(registerDownload, body)).toMatchObject({ ok: true })
}

function start(fixture: SchedulerFixture, at: number, backToSource = false): void {
  const body = { taskId: 't', peerId: `p${at}`, streamId: at + 1, backToSource }
  expect(fixture.run(startDownload, body)).toMatchObject({ ok: true })
}

function peer(fixture: SchedulerFixture, at: number) {
  return getPeer(fixture.reader, { taskId: 't', peerId: `p${at}` })
}

/** Its session is closed, and the member opens another one. */
function takeForDead(fixture: SchedulerFixture): void {
  fixture.closeSession(1)
  fixture.settle()
  fixture.openSession(1, 7)
}

function reattach(
  fixture: SchedulerFixture,
  at: number,
  how: { attachEpoch: number; isAnswerDue?: boolean },
): ReattachStreamResult {
  const { attachEpoch, isAnswerDue = false } = how
  const ref = { taskId: 't', peerId: `p${at}` }
  return fixture.run(reattachStream, { ...ref, streamId: at + 500, attachEpoch, isAnswerDue })
}

describe('a member with a thousand streams that dies', () => {
  it('holds no slot 30 s later, and a new download is served by peers', () => {
    const fixture = new SchedulerFixture()
    const streams = 1000
    join(fixture, 0, { needBackToSource: true })
    start(fixture, 0, true)
    for (let at = 1; at < streams; at += 1) {
      join(fixture, at)
      start(fixture, at)
    }
    expect(fixture.reader.count(edgesTable)).toBeGreaterThanOrEqual(streams - 1)
    takeForDead(fixture)
    expect(fixture.reader.count(edgesTable)).toBeGreaterThanOrEqual(streams - 1)
    fixture.advance(30_000)
    expect(fixture.reader.count(edgesTable)).toBe(0)
    for (let at = 0; at < hostCount; at += 1) {
      expect(getHost(fixture.reader, hostIdOf(at))?.concurrentUploadCount).toBe(0)
    }
    join(fixture, streams + 1)
    const [assigned] = fixture.eventsOf('parents-assigned')
    expect(assigned?.parents.map(({ peerId }) => peerId)).toEqual(['p0'])
  })
})

describe('places at the source', () => {
  it('of a dead member are taken for 30 s, then free; who fetched there stays a parent', () => {
    const fixture = new SchedulerFixture()
    const places = (): number | undefined => getTask(fixture.reader, 't')?.backToSourceCount
    for (let at = 0; at < backToSourceLimit; at += 1) {
      join(fixture, at, { needBackToSource: true })
      start(fixture, at, true)
    }
    expect(places()).toBe(backToSourceLimit)
    takeForDead(fixture)
    fixture.advance(29_999)
    expect(places()).toBe(backToSourceLimit)
    fixture.advance(1)
    expect(places()).toBe(0)
    expect(peer(fixture, 3)).toMatchObject({ state: 'BackToSource', ownerSessionId: 0 })
    join(fixture, backToSourceLimit, { needBackToSource: true })
    expect(fixture.eventsOf('need-back-to-source')).toHaveLength(1)
    expect(places()).toBe(1)
    join(fixture, backToSourceLimit + 1)
    expect(fixture.eventsOf('parents-assigned')[0]?.parents.length).toBeGreaterThan(0)
    fixture.advance(pieceDownloadTimeoutMs)
    expect(peer(fixture, 3)).toBeUndefined()
    expect(places()).toBe(0)
  })

  it('are taken again by who comes back', () => {
    const fixture = new SchedulerFixture()
    join(fixture, 0, { needBackToSource: true })
    start(fixture, 0, true)
    const { attachEpoch } = peer(fixture, 0)!
    takeForDead(fixture)
    fixture.advance(60_000)
    expect(getTask(fixture.reader, 't')?.backToSourceCount).toBe(0)
    expect(reattach(fixture, 0, { attachEpoch })).toMatchObject({ ok: true, state: 'BackToSource' })
    expect(getTask(fixture.reader, 't')?.backToSourceCount).toBe(1)
    const end = { taskId: 't', peerId: 'p0', streamId: 500, success: true, backToSource: true }
    expect(fixture.run(finishDownload, end)).toEqual({ ok: true, state: 'Succeeded' })
    expect(getTask(fixture.reader, 't')).toMatchObject({ state: 'Succeeded', backToSourceCount: 0 })
  })
})

describe('a member that was only taken for dead', () => {
  it('attaches its streams again: edges, pieces and state stay', () => {
    const fixture = new SchedulerFixture()
    fixture.run(announceTask, taskAnnounce(task, 'holder'))
    join(fixture, 0)
    start(fixture, 0)
    const before = peer(fixture, 0)!
    takeForDead(fixture)
    expect(peer(fixture, 0)).toMatchObject({ ownerSessionId: 0, parentCount: 1 })
    const result = reattach(fixture, 0, { attachEpoch: before.attachEpoch })
    const attachEpoch = fixture.state.appliedIndex
    expect(result).toEqual({ ok: true, state: 'Running', attachEpoch })
    expect(fixture.events.filter((event) => 'owner' in event)).toEqual([])
    expect(peer(fixture, 0)).toMatchObject({
      ownerSessionId: fixture.sessionId(),
      streamId: 500,
      attachEpoch,
      detachDeadlineMs: 0,
      parentCount: 1,
    })
    fixture.advance(60_000)
    expect(peer(fixture, 0)?.parentCount).toBe(1)
  })

  it('gets the answer its client still waits for', () => {
    const fixture = new SchedulerFixture()
    fixture.run(announceHost, hostAnnounce('seed', { type: 'super', ...hour }))
    join(fixture, 0, { seedDownload: Uint8Array.of(1) })
    expect(fixture.reader.count(waitersTable)).toBe(1)
    const { attachEpoch } = peer(fixture, 0)!
    takeForDead(fixture)
    expect(fixture.reader.count(waitersTable)).toBe(0)
    reattach(fixture, 0, { attachEpoch, isAnswerDue: true })
    expect(fixture.reader.count(waitersTable)).toBe(1)
    expect(eventsOf(fixture.advance(2000), 'need-back-to-source')).toMatchObject([
      { peerId: 'p0', owner: { sessionId: fixture.sessionId(), streamId: 500 } },
    ])
    const again = { attachEpoch: peer(fixture, 0)!.attachEpoch, isAnswerDue: true }
    takeForDead(fixture)
    reattach(fixture, 0, again)
    expect(fixture.eventsOf('need-back-to-source')).toHaveLength(1)
  })

  it('has lost a peer that another stream has taken, or that is gone', () => {
    const fixture = new SchedulerFixture()
    join(fixture, 0)
    const { attachEpoch } = peer(fixture, 0)!
    const stale = { ok: false, reason: 'stale-attachment' }
    expect(reattach(fixture, 0, { attachEpoch })).toEqual(stale)
    takeForDead(fixture)
    expect(reattach(fixture, 0, { attachEpoch: attachEpoch - 1 })).toEqual(stale)
    fixture.run(registerDownload, download(task, 'p0', { hostId: 'h0', streamId: 9 }), 2)
    expect(reattach(fixture, 0, { attachEpoch })).toEqual(stale)
    const gone = { ok: false, reason: 'peer-not-found' }
    expect(reattach(fixture, 1, { attachEpoch })).toEqual(gone)
  })
})
