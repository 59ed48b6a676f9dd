// A host without a task any more: what it had of it goes, and does not come back by itself.
import { describe, expect, it } from 'vitest'
import { continuationTable } from '../rows/continuation.ts'
import { edgesTable } from '../rows/edge.ts'
import { announceHost } from './announce-host.ts'
import { announceTask } from './announce-task.ts'
import { deleteTask } from './delete-task.ts'
import {
  getHost,
  getPeer,
  getTask,
  isDeletedAfter,
  listPeersOfHost,
  openSeeds,
  statTask,
} from './queries.ts'
import { registerDownload } from './register-download.ts'
import { registerPeer } from './register-peer.ts'
import { finishSeed, startSeed } from './seed-commands.ts'
import {
  cacheTask,
  download,
  hostAnnounce,
  hostInput,
  registration,
  SchedulerFixture,
  taskAnnounce,
  taskInput,
} from './scheduler-fixture.suite.ts'
import { attachStream } from './streams.ts'

const task = taskInput('t')
const host = hostInput('h')

function imported(): SchedulerFixture {
  const fixture = new SchedulerFixture()
  fixture.run(announceHost, hostAnnounce('h'))
  fixture.run(announceTask, taskAnnounce(task, 'a', { host }))
  fixture.run(announceTask, taskAnnounce(task, 'b', { host }))
  return fixture
}

describe('delete-task', () => {
  it('removes all peers the host has of the task, and the task with its last peer', () => {
    const fixture = imported()
    fixture.run(announceTask, taskAnnounce(cacheTask('other'), 'a', { host }))
    fixture.run(announceTask, taskAnnounce(task, 'c'))
    const deletion = { hostId: 'h', taskId: 't' }
    expect(fixture.run(deleteTask, deletion)).toEqual({ ok: true, removed: 2 })
    expect(statTask(fixture.reader, 't')).toMatchObject({ peerCount: 1 })
    expect(getPeer(fixture.reader, { taskId: 'other', peerId: 'a' })).toBeDefined()
    const last = { hostId: 'host-of-c', taskId: 't' }
    expect(fixture.run(deleteTask, last)).toEqual({ ok: true, removed: 1 })
    expect(statTask(fixture.reader, 't')).toBeUndefined()
    expect(fixture.run(deleteTask, deletion)).toEqual({ ok: true, removed: 0 })
  })

  it('of an unknown host is refused', () => {
    const fixture = imported()
    const body = { hostId: 'nobody', taskId: 't' }
    expect(fixture.run(deleteTask, body)).toEqual({ ok: false, reason: 'host-not-found' })
    expect(statTask(fixture.reader, 't')).toMatchObject({ peerCount: 2 })
  })

  it('is not undone by what the host said before and arrives later', () => {
    const fixture = imported()
    const acceptedIndex = fixture.state.appliedIndex
    fixture.run(deleteTask, { hostId: 'h', taskId: 't' })
    const refused = { ok: false, reason: 'deleted' }
    const late = { acceptedIndex, host }
    expect(fixture.run(announceTask, taskAnnounce(task, 'a', late))).toEqual(refused)
    expect(fixture.run(announceTask, taskAnnounce(task, 'new', late))).toEqual(refused)
    expect(fixture.run(registerPeer, registration(task, 'a', late))).toEqual(refused)
    const registered = download(task, 'new', { acceptedIndex, hostId: 'h' })
    expect(fixture.run(registerDownload, registered)).toEqual(refused)
    expect(getTask(fixture.reader, 't')).toBeUndefined()
    const named = { taskId: 't', peerId: 'new', hostId: 'h' }
    expect(isDeletedAfter(fixture.reader, named, acceptedIndex)).toBe(true)
    // Another host's is not concerned, nor is what this host says from now on.
    const other = { acceptedIndex, host: hostInput('other') }
    expect(fixture.run(announceTask, taskAnnounce(task, 'x', other))).toEqual({ ok: true })
    const now = { acceptedIndex: fixture.state.appliedIndex, host }
    expect(fixture.run(announceTask, taskAnnounce(task, 'a', now))).toEqual({ ok: true })
    expect(statTask(fixture.reader, 't')).toMatchObject({ peerCount: 2 })
  })

  it('is remembered for ten minutes', () => {
    const fixture = imported()
    const acceptedIndex = fixture.state.appliedIndex
    fixture.run(deleteTask, { hostId: 'h', taskId: 't' })
    fixture.nowMs += 10 * 60_000
    const body = taskAnnounce(task, 'a', { acceptedIndex, host })
    expect(fixture.run(announceTask, body)).toEqual({ ok: true })
  })

  it('leaves a task alone that a seed is fetching', () => {
    const fixture = new SchedulerFixture()
    for (const id of ['h', 'seed']) {
      fixture.run(announceHost, hostAnnounce(id, { type: id === 'seed' ? 'super' : 'normal' }))
    }
    const asking = download(task, 'a', { hostId: 'h', seedDownload: Uint8Array.of(1) })
    fixture.run(registerDownload, asking)
    expect(fixture.run(deleteTask, { hostId: 'h', taskId: 't' })).toMatchObject({ removed: 1 })
    expect(fixture.eventsOf('attachment-lost')).toHaveLength(1)
    expect(getTask(fixture.reader, 't')?.state).toBe('Running')
    expect(openSeeds(fixture.reader, 1, 9).map(({ taskId }) => taskId)).toEqual(['t'])
  })

  it('by the seed that is fetching it ends that, and the first who waits goes to the source', () => {
    const fixture = new SchedulerFixture()
    for (const id of ['h', 'seed']) {
      fixture.run(announceHost, hostAnnounce(id, { type: id === 'seed' ? 'super' : 'normal' }))
    }
    fixture.run(registerPeer, registration(task, 'a', { host }))
    fixture.run(attachStream, { taskId: 't', peerId: 'a', streamId: 1, begin: true })
    const [item] = openSeeds(fixture.reader, 1, 9)
    fixture.run(startSeed, { outboxId: item!.id })
    const deletion = { hostId: 'seed', taskId: 't' }
    expect(fixture.run(deleteTask, deletion)).toEqual({ ok: true, removed: 0 })
    expect(fixture.eventsOf('need-back-to-source').map(({ peerId }) => peerId)).toEqual(['a'])
    const outcome = { type: 'done', contentLength: 9, totalPieceCount: 1 } as const
    const end = { outboxId: item!.id, term: 1, peerId: 's', outcome }
    expect(fixture.run(finishSeed, end)).toEqual({ ok: false, reason: 'not-found' })
    expect(statTask(fixture.reader, 't')).toMatchObject({ state: 'Running', peerCount: 1 })
  })

  it('of more than a thousand peers is done in steps, and spares those that come meanwhile', () => {
    const fixture = imported()
    for (let at = 0; at < 1100; at += 1) {
      fixture.run(announceTask, taskAnnounce(task, `p${at}`, { host }))
    }
    const result = fixture.run(deleteTask, { hostId: 'h', taskId: 't' })
    expect(result).toMatchObject({ ok: true })
    if (result.ok) expect(result.removed).toBeLessThan(1102)
    expect(fixture.reader.count(continuationTable)).toBe(1)
    const late = listPeersOfHost(fixture.reader, 'h', 1)[0]!
    // One of those to be removed is there again, by its own word, and so is a new one.
    for (const peerId of [late.peerId, 'zz']) {
      expect(fixture.run(announceTask, taskAnnounce(task, peerId, { host }))).toEqual({ ok: true })
    }
    fixture.settle()
    const left = listPeersOfHost(fixture.reader, 'h', 9).map(({ peerId }) => peerId)
    expect(left).toEqual([late.peerId, 'zz'])
    expect(statTask(fixture.reader, 't')).toMatchObject({ peerCount: 2 })
  })

  it('frees the slots of who served and of who was served', () => {
    const fixture = imported()
    fixture.run(announceHost, hostAnnounce('host-of-c'))
    fixture.run(registerDownload, download(task, 'c'))
    expect(fixture.reader.count(edgesTable)).toBe(2)
    fixture.run(deleteTask, { hostId: 'h', taskId: 't' })
    expect(fixture.reader.count(edgesTable)).toBe(0)
    expect(getHost(fixture.reader, 'h')?.concurrentUploadCount).toBe(0)
    // A stream of API v2 asks by itself when it needs to.
    expect(fixture.events.filter((event) => event.type === 'parents-assigned')).toEqual([])
    expect(statTask(fixture.reader, 't')).toMatchObject({ peerCount: 1 })
  })
})
