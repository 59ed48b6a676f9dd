import { describe, expect, it } from 'vitest'
import { announceHost } from './announce-host.ts'
import { announceTask } from './announce-task.ts'
import { getHost, listHosts, listPeersOfHost, statTask } from './queries.ts'
import { deleteHost, leaveHost } from './leave-host.ts'
import { registerPeer } from './register-peer.ts'
import { reportPieces } from './report-pieces.ts'
import { attachStream } from './streams.ts'
import { sweep } from './sweep.ts'
import { hostsTable } from '../rows/host.ts'
import { tasksTable } from '../rows/task.ts'
import {
  cacheTask,
  eventsOf,
  hostAnnounce,
  hostInput,
  registration,
  SchedulerFixture,
  taskAnnounce,
  taskInput,
} from './scheduler-fixture.suite.ts'

describe('announcing a host', () => {
  it('stores it, merges equal announces of one second and tells changed ones apart', () => {
    const fixture = new SchedulerFixture()
    expect(fixture.run(announceHost, hostAnnounce('h'))).toEqual({ ok: true, outcome: 'stored' })
    fixture.nowMs += 999
    expect(fixture.run(announceHost, hostAnnounce('h'), 2)).toEqual({ ok: true, outcome: 'merged' })
    const changed = hostAnnounce('h', { stats: Uint8Array.of(1) })
    expect(fixture.run(announceHost, changed)).toEqual({ ok: true, outcome: 'stored' })
    fixture.nowMs += 1000
    expect(fixture.run(announceHost, changed)).toEqual({ ok: true, outcome: 'stored' })
  })

  it('without an interval keeps the interval that API v2 told', () => {
    const fixture = new SchedulerFixture()
    fixture.run(announceHost, hostAnnounce('h', { announceIntervalMs: 2000 }))
    fixture.nowMs += 1000
    fixture.run(announceHost, hostAnnounce('h', { announceIntervalMs: 0 }))
    expect(getHost(fixture.reader, 'h')?.announceIntervalMs).toBe(2000)
  })

  it('accepted before the host left is dropped, accepted afterwards it counts', () => {
    const fixture = new SchedulerFixture()
    fixture.run(announceHost, hostAnnounce('h'))
    const acceptedIndex = fixture.state.appliedIndex
    expect(fixture.run(leaveHost, { hostId: 'h' })).toEqual({ ok: true, existed: true })
    const late = hostAnnounce('h', { acceptedIndex })
    expect(fixture.run(announceHost, late)).toEqual({ ok: true, outcome: 'dropped' })
    expect(listHosts(fixture.reader, { limit: 10 })).toEqual([])
    const fresh = hostAnnounce('h', { acceptedIndex: fixture.state.appliedIndex })
    expect(fixture.run(announceHost, fresh)).toEqual({ ok: true, outcome: 'stored' })
    expect(listHosts(fixture.reader, { limit: 10 }).map((host) => host.id)).toEqual(['h'])
  })

  it('by a registration or an import that is older than the leave is refused', () => {
    const fixture = new SchedulerFixture()
    fixture.run(announceHost, hostAnnounce('h'))
    const old = { acceptedIndex: fixture.state.appliedIndex, host: hostInput('h') }
    fixture.run(leaveHost, { hostId: 'h' })
    expect(fixture.run(registerPeer, registration(taskInput('t'), 'p', old))).toEqual({
      ok: false,
      reason: 'host-left',
    })
    expect(fixture.run(announceTask, taskAnnounce(cacheTask('c'), 'p', old))).toEqual({
      ok: false,
      reason: 'host-left',
    })
  })

  it('by a registration at another address makes what was announced with the old one void', () => {
    const fixture = new SchedulerFixture()
    const stats = Uint8Array.of(1, 2)
    fixture.run(announceHost, hostAnnounce('h', { type: 'super', stats }))
    fixture.run(registerPeer, registration(taskInput('t'), 'p1', { host: hostInput('h') }))
    expect(getHost(fixture.reader, 'h')?.stats).toEqual(stats)
    for (const change of [{ ip: '10.9.9.9' }, { port: 1_024 }]) {
      fixture.run(announceHost, hostAnnounce('h', { type: 'super', stats }))
      const host = { ...hostInput('h'), ...change }
      fixture.run(registerPeer, registration(taskInput('t'), 'p1', { host }))
      expect(getHost(fixture.reader, 'h')).toMatchObject({ ...change, stats: new Uint8Array(0) })
    }
  })

  it('that claims the peer of another host is refused', () => {
    const fixture = new SchedulerFixture()
    fixture.run(announceTask, taskAnnounce(cacheTask('c'), 'p'))
    const stolen = { host: hostInput('thief') }
    expect(fixture.run(announceTask, taskAnnounce(cacheTask('c'), 'p', stolen))).toEqual({
      ok: false,
      reason: 'host-mismatch',
    })
    expect(fixture.run(registerPeer, registration(cacheTask('c'), 'p', stolen))).toEqual({
      ok: false,
      reason: 'host-mismatch',
    })
  })
})

describe('leaving', () => {
  it('of a host that is not there is no error', () => {
    const fixture = new SchedulerFixture()
    expect(fixture.run(leaveHost, { hostId: 'h' })).toEqual({ ok: true, existed: false })
    expect(fixture.run(deleteHost, { hostId: 'h' })).toEqual({ ok: true, existed: false })
  })

  it('takes the host out of the choice at once and gives its children other parents', () => {
    const fixture = new SchedulerFixture()
    const task = cacheTask('c')
    fixture.run(announceTask, taskAnnounce(task, 'one'))
    fixture.run(registerPeer, registration(task, 'a'))
    fixture.run(attachStream, { taskId: 'c', peerId: 'a', streamId: 1, begin: true })
    fixture.run(announceTask, taskAnnounce(task, 'two'))
    fixture.run(leaveHost, { hostId: 'host-of-one' })
    expect(fixture.eventsOf('host-left')).toEqual([
      { type: 'host-left', hostId: 'host-of-one', cause: 'left' },
    ])
    const assigned = fixture.eventsOf('parents-assigned')
    expect(assigned.map((event) => event.parents.map((p) => p.peerId))).toEqual([['two']])
    fixture.run(leaveHost, { hostId: 'host-of-two' })
    expect(fixture.eventsOf('schedule-failed').map((event) => event.reason)).toEqual([
      'no-available-peer',
    ])
    expect(statTask(fixture.reader, 'c')).toMatchObject({ hasAvailablePeer: false })
  })

  it('of a host with thousands of peers goes on in bounded steps', () => {
    const fixture = new SchedulerFixture()
    const host = hostInput('h')
    for (let i = 0; i < 1200; i += 1) {
      fixture.run(announceTask, taskAnnounce(cacheTask(`c${i}`), `p${i}`, { host }))
    }
    expect(listPeersOfHost(fixture.reader, 'h', 2000)).toHaveLength(1200)
    fixture.run(leaveHost, { hostId: 'h' })
    expect(getHost(fixture.reader, 'h')).toBeUndefined()
    expect(statTask(fixture.reader, 'c1199')?.hasAvailablePeer).toBe(false)
    const left = listPeersOfHost(fixture.reader, 'h', 2000).length
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThan(1200)
    const fresh = { host, acceptedIndex: fixture.state.appliedIndex }
    fixture.run(announceTask, taskAnnounce(cacheTask('new'), 'p-new', fresh))
    fixture.settle()
    const remaining = listPeersOfHost(fixture.reader, 'h', 2000)
    expect(remaining.map((peer) => peer.peerId)).toEqual(['p-new'])
  })
})

describe('coming back', () => {
  it('before the last of its peers was removed keeps what it announces from then on', () => {
    const fixture = new SchedulerFixture()
    const host = { host: hostInput('h') }
    const tasks = Array.from({ length: 600 }, (_, n) => cacheTask(`t${1000 + n}`))
    for (const task of tasks) fixture.run(announceTask, taskAnnounce(task, 'p', host))
    fixture.run(leaveHost, { hostId: 'h' })
    const last = tasks[tasks.length - 1]!
    expect(listPeersOfHost(fixture.reader, 'h', 1000).length).toBeGreaterThan(0)
    const { appliedIndex } = fixture.state
    fixture.run(announceHost, hostAnnounce('h', { acceptedIndex: appliedIndex }))
    fixture.run(announceTask, taskAnnounce(last, 'p', { ...host, acceptedIndex: appliedIndex }))
    fixture.settle()
    expect(listPeersOfHost(fixture.reader, 'h', 1000).map((peer) => peer.taskId)).toEqual([last.id])
    expect(statTask(fixture.reader, last.id)).toMatchObject({ hasAvailablePeer: true })
  })

  it('keeps a download that registers again', () => {
    const fixture = new SchedulerFixture()
    const host = { host: hostInput('h') }
    const tasks = Array.from({ length: 600 }, (_, n) => cacheTask(`t${1000 + n}`))
    for (const task of tasks) fixture.run(announceTask, taskAnnounce(task, 'p', host))
    fixture.run(announceTask, taskAnnounce(cacheTask('u'), 'other'))
    fixture.run(registerPeer, registration(cacheTask('u'), 'a', host))
    fixture.run(attachStream, { taskId: 'u', peerId: 'a', streamId: 1, begin: true })
    fixture.run(leaveHost, { hostId: 'h' })
    const acceptedIndex = fixture.state.appliedIndex
    fixture.run(registerPeer, registration(cacheTask('u'), 'a', { ...host, acceptedIndex }))
    fixture.settle()
    expect(listPeersOfHost(fixture.reader, 'h', 10).map((peer) => peer.peerId)).toEqual(['a'])
  })
})

describe('expiry', () => {
  it('removes a host two intervals after its last announce, not before', () => {
    const fixture = new SchedulerFixture()
    fixture.run(announceHost, hostAnnounce('h', { announceIntervalMs: 2000 }))
    fixture.run(announceTask, taskAnnounce(cacheTask('c'), 'p', { host: hostInput('h') }))
    expect(fixture.advance(3999)).toEqual([])
    expect(fixture.run(sweep, { target: 'hosts' })).toEqual({ ok: true, removed: 0 })
    const events = fixture.advance(1)
    expect(eventsOf(events, 'host-left')).toEqual([
      { type: 'host-left', hostId: 'h', cause: 'expired' },
    ])
    expect(statTask(fixture.reader, 'c')).toMatchObject({ hasAvailablePeer: false, peerCount: 0 })
  })

  it('is checked again at apply: a host that announced meanwhile stays', () => {
    const fixture = new SchedulerFixture()
    fixture.run(announceHost, hostAnnounce('h', { announceIntervalMs: 2000 }))
    fixture.nowMs += 4000
    fixture.run(announceHost, hostAnnounce('h', { announceIntervalMs: 2000 }))
    expect(fixture.run(sweep, { target: 'hosts' })).toEqual({ ok: true, removed: 0 })
    expect(getHost(fixture.reader, 'h')).toBeDefined()
  })

  it('leaves a host without an interval an hour', () => {
    const fixture = new SchedulerFixture()
    fixture.run(announceHost, hostAnnounce('h', { announceIntervalMs: 0 }))
    fixture.advance(3_599_999)
    expect(getHost(fixture.reader, 'h')).toBeDefined()
    fixture.advance(1)
    expect(getHost(fixture.reader, 'h')).toBeUndefined()
  })

  it('counts pieces that children report as a sign of life of the parent', () => {
    const fixture = new SchedulerFixture()
    const task = cacheTask('c')
    fixture.run(announceHost, hostAnnounce('host-of-p', { announceIntervalMs: 2000 }))
    fixture.run(announceTask, taskAnnounce(task, 'p'))
    fixture.run(registerPeer, registration(task, 'a'))
    fixture.run(attachStream, { taskId: 'c', peerId: 'a', streamId: 1, begin: true })
    fixture.advance(3000)
    const item = {
      taskId: 'c',
      peerId: 'a',
      streamId: 1,
      finished: { firstPiece: 0, bytes: Uint8Array.of(1) },
      costsMs: [5],
      parentIds: ['p'],
      pieceZero: null,
    }
    fixture.run(reportPieces, { items: [item] })
    fixture.advance(3999)
    expect(getHost(fixture.reader, 'host-of-p')).toBeDefined()
    fixture.advance(1)
    expect(getHost(fixture.reader, 'host-of-p')).toBeUndefined()
  })

  it('forgets peers after a day, tasks half an hour later, left hosts after ten minutes', () => {
    const fixture = new SchedulerFixture()
    fixture.run(announceTask, taskAnnounce(cacheTask('c'), 'p'))
    fixture.advance(3_600_000)
    expect(fixture.reader.count(hostsTable)).toBe(1)
    expect(fixture.reader.count(tasksTable)).toBe(1)
    fixture.advance(600_000)
    expect(fixture.reader.count(hostsTable)).toBe(0)
    fixture.advance(1_200_000)
    expect(fixture.reader.count(tasksTable)).toBe(0)
    expect(fixture.settle()).toEqual([])
  })

  it('removes a peer without pieces after half an hour, a failed one after ten seconds', () => {
    const fixture = new SchedulerFixture()
    fixture.run(announceHost, hostAnnounce('host-of-a', { announceIntervalMs: 0 }))
    fixture.run(registerPeer, registration(taskInput('t'), 'a'))
    fixture.run(attachStream, { taskId: 't', peerId: 'a', streamId: 1, begin: true })
    fixture.advance(1_799_999)
    expect(statTask(fixture.reader, 't')).toMatchObject({ peerCount: 1 })
    const events = fixture.advance(1)
    expect(eventsOf(events, 'attachment-lost')).toHaveLength(1)
    expect(statTask(fixture.reader, 't')).toMatchObject({ peerCount: 0 })
  })
})
