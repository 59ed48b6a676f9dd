import { describe, expect, it } from 'vitest'
import { hourMs, minuteMs, secondMs, toHex, utf8Encode } from '../../../base/index.ts'
import { defaultSettings } from '../../core/index.ts'
import { setConfigCommand } from '../config-commands.ts'
import { configTable } from '../rows/config.ts'
import { edgesTable } from '../rows/edge.ts'
import { hostsTable } from '../rows/host.ts'
import { outboxTable } from '../rows/outbox.ts'
import { peerKey, peersTable } from '../rows/peer.ts'
import { tasksTable } from '../rows/task.ts'
import { waitersTable } from '../rows/waiter.ts'
import { announceHost } from './announce-host.ts'
import { announceTask } from './announce-task.ts'
import { leaveHost } from './leave-host.ts'
import { leaveTask } from './leave-task.ts'
import { registerPeer } from './register-peer.ts'
import { nextExpiryMs } from './sweep.ts'
import {
  hostAnnounce,
  hostInput,
  newState,
  registration,
  SchedulerFixture,
  startMs,
  taskAnnounce,
  taskInput,
} from './scheduler-fixture.suite.ts'
import { settingsKey, settingsOf } from './settings.ts'
import { attachStream } from './streams.ts'
import type { ReplicatedState } from '../replicated-state.ts'

function set(fixture: SchedulerFixture, value: unknown): void {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const expectedVersion = fixture.reader.modIndex(configTable, settingsKey)
  const body = { key: settingsKey, value: utf8Encode(text), expectedVersion }
  expect(fixture.run(setConfigCommand, body)).toMatchObject({ ok: true })
}

/** A replica that never lived through the past: rows read from disk. */
function rebuilt(fixture: SchedulerFixture): ReplicatedState {
  const other = newState()
  for (const [key, value] of fixture.replay(1).take()!.writes.puts) other.load(key, value)
  other.loaded()
  return other
}

const silentHost = (id: string): ReturnType<typeof hostAnnounce> =>
  hostAnnounce(id, { announceIntervalMs: 0 })

describe('the settings of a state', () => {
  it('are the defaults until somebody sets them, and follow what is set', () => {
    const fixture = new SchedulerFixture()
    expect(settingsOf(fixture.reader)).toBe(defaultSettings)
    set(fixture, { gc: { hostTTL: '2h' } })
    expect(settingsOf(fixture.reader)).toEqual({ ...defaultSettings, hostTtlMs: 2 * hourMs })
    expect(settingsOf(fixture.reader)).toBe(settingsOf(fixture.reader))
    set(fixture, { gc: { hostTTL: '3h' } })
    expect(settingsOf(fixture.reader).hostTtlMs).toBe(3 * hourMs)
  })

  it('are the defaults when what is stored is no text', () => {
    const fixture = new SchedulerFixture()
    for (const value of [Uint8Array.of(0xff, 0xfe), Uint8Array.of(0xe2, 0x82), utf8Encode('{')]) {
      const expectedVersion = fixture.reader.modIndex(configTable, settingsKey)
      fixture.run(setConfigCommand, { key: settingsKey, value, expectedVersion })
      expect(settingsOf(fixture.reader)).toEqual(defaultSettings)
    }
  })
})

describe('a change of the settings', () => {
  it('lets a silent host end earlier, or later', () => {
    const fixture = new SchedulerFixture()
    fixture.run(announceHost, silentHost('h'))
    expect(nextExpiryMs(fixture.reader)).toBe(startMs + hourMs)
    set(fixture, { gc: { hostTTL: '10s' } })
    expect(nextExpiryMs(fixture.reader)).toBe(startMs + 10 * secondMs)
    set(fixture, { gc: { hostTTL: '20s' } })
    fixture.advance(19_999)
    expect(fixture.reader.get(hostsTable, 'h')?.state).toBe('live')
    fixture.advance(1)
    expect(fixture.reader.get(hostsTable, 'h')?.state).toBe('left')
  })

  it('does not touch a host that says how often it will be heard', () => {
    const fixture = new SchedulerFixture()
    fixture.run(announceHost, hostAnnounce('h', { announceIntervalMs: 30_000 }))
    set(fixture, { gc: { hostTTL: '2s' } })
    fixture.advance(59_999)
    expect(fixture.reader.get(hostsTable, 'h')?.state).toBe('live')
    fixture.advance(1)
    expect(fixture.reader.get(hostsTable, 'h')?.state).toBe('left')
  })

  it('counts for peers and tasks that are there already', () => {
    const fixture = new SchedulerFixture()
    fixture.run(announceTask, taskAnnounce(taskInput('t'), 'p'))
    set(fixture, { gc: { peerTTL: '1m', taskGCInterval: '2m' } })
    fixture.advance(minuteMs - 1)
    expect(fixture.reader.get(peersTable, peerKey('t', 'p'))).toBeDefined()
    fixture.advance(1)
    expect(fixture.reader.get(peersTable, peerKey('t', 'p'))).toBe(undefined)
    fixture.advance(2 * minuteMs - 1)
    expect(fixture.reader.get(tasksTable, 't')).toBeDefined()
    fixture.advance(1)
    expect(fixture.reader.get(tasksTable, 't')).toBe(undefined)
  })

  it('counts for downloads without a piece, which a shorter peerTTL ends as well', () => {
    for (const gc of [{ pieceDownloadTimeout: '1m' }, { peerTTL: '1m' }]) {
      const fixture = new SchedulerFixture()
      fixture.run(registerPeer, registration(taskInput('t'), 'p'))
      fixture.run(attachStream, { taskId: 't', peerId: 'p', streamId: 1, begin: true })
      set(fixture, { gc })
      fixture.advance(minuteMs - 1)
      expect(fixture.reader.get(peersTable, peerKey('t', 'p'))).toBeDefined()
      fixture.advance(1)
      expect(fixture.reader.get(peersTable, peerKey('t', 'p'))).toBe(undefined)
    }
  })

  it('leaves a waiter the deadline it got', () => {
    const fixture = new SchedulerFixture()
    set(fixture, { retryBackToSourceLimit: 4, retryInterval: '1s' })
    // One of two simultaneous downloads is sent to the source, the other waits for it.
    for (const peerId of ['a', 'b']) {
      fixture.run(registerPeer, registration(taskInput('t'), peerId))
    }
    fixture.run(attachStream, { taskId: 't', peerId: 'b', streamId: 1, begin: true })
    const waiter = fixture.reader.first(waitersTable, 'deadline')
    if (waiter === undefined) throw new Error('nobody waits')
    expect(waiter.deadlineMs).toBe(startMs + 4000)
    set(fixture, { retryBackToSourceLimit: 1, retryInterval: '10ms' })
    expect(fixture.reader.first(waitersTable, 'deadline')?.deadlineMs).toBe(startMs + 4000)
  })

  it('counts for hosts that do not say what they serve, at their next announcement', () => {
    const fixture = new SchedulerFixture()
    const limitOf = (id: string): number | undefined =>
      fixture.reader.get(hostsTable, id)?.concurrentUploadLimit
    const hosts = [
      hostAnnounce('normal'),
      hostAnnounce('seed', { type: 'super' }),
      hostAnnounce('says', { concurrentUploadLimit: 7 }),
    ]
    for (const host of hosts) fixture.run(announceHost, host)
    expect(hosts.map(({ id }) => limitOf(id))).toEqual([200, 2000, 7])
    set(fixture, { loadLimit: 5, seedLoadLimit: 50 })
    expect(hosts.map(({ id }) => limitOf(id))).toEqual([200, 2000, 7])
    for (const host of hosts) fixture.run(announceHost, host)
    expect(hosts.map(({ id }) => limitOf(id))).toEqual([5, 50, 7])
    fixture.run(registerPeer, registration(taskInput('t'), 'p', { host: hostInput('new') }))
    expect(limitOf('new')).toBe(5)
  })

  it('counts for the next seed that is asked', () => {
    const fixture = new SchedulerFixture()
    set(fixture, { seedPeer: { taskDownloadTimeout: '1m' } })
    fixture.run(announceHost, hostAnnounce('seed', { type: 'super' }))
    fixture.run(registerPeer, registration(taskInput('t'), 'p'))
    expect(fixture.reader.first(outboxTable, 'expiry')?.deadlineMs).toBe(startMs + minuteMs)
  })

  it('holds at the source at once: nobody more is sent there than it allows', () => {
    const fixture = new SchedulerFixture()
    set(fixture, { backToSourceCount: 2 })
    for (const [at, peerId] of ['a', 'b', 'c'].entries()) {
      fixture.run(registerPeer, registration(taskInput('t'), peerId, { needBackToSource: true }))
      fixture.run(attachStream, { taskId: 't', peerId, streamId: at + 1, begin: true })
    }
    expect(fixture.reader.get(tasksTable, 't')?.backToSourceCount).toBe(2)
  })

  it('says how many parents a peer gets, and of how many they are chosen', () => {
    const fixture = new SchedulerFixture()
    for (let i = 0; i < 24; i += 1) {
      fixture.run(announceTask, taskAnnounce(taskInput('t'), `holder-${i}`))
    }
    let streamId = 0
    const parents = (): number => {
      streamId += 1
      const peerId = `p${streamId}`
      fixture.run(registerPeer, registration(taskInput('t'), peerId))
      fixture.run(attachStream, { taskId: 't', peerId, streamId, begin: true })
      return fixture.eventsOf('parents-assigned')[0]!.parents.length
    }
    expect(parents()).toBe(3)
    set(fixture, { candidateParentLimit: 20 })
    expect(parents()).toBe(15)
    set(fixture, { candidateParentLimit: 20, filterParentLimit: 40 })
    expect(parents()).toBe(20)
    set(fixture, { candidateParentLimit: 20, filterParentLimit: 2 })
    expect(parents()).toBe(2)
    set(fixture, { candidateParentLimit: 1 })
    expect(parents()).toBe(1)
  })

  it('to the most parents leaves room for whoever loses one of them', () => {
    const fixture = new SchedulerFixture()
    set(fixture, { candidateParentLimit: 20, filterParentLimit: 40, loadLimit: 40 })
    for (let i = 0; i < 21; i += 1) {
      fixture.run(announceTask, taskAnnounce(taskInput('t'), `holder-${i}`))
    }
    for (let i = 1; i <= 25; i += 1) {
      fixture.run(registerPeer, registration(taskInput('t'), `p${i}`, { host: hostInput('all') }))
      fixture.run(attachStream, { taskId: 't', peerId: `p${i}`, streamId: i, begin: true })
    }
    expect(fixture.reader.count(edgesTable)).toBeGreaterThan(400)
    expect(fixture.run(leaveHost, { hostId: 'host-of-holder-0' })).toMatchObject({ ok: true })
    const events = fixture.settle()
    expect(fixture.reader.get(hostsTable, 'host-of-holder-0')?.concurrentUploadCount).toBe(0)
    expect(fixture.reader.count(edgesTable)).toBeGreaterThan(400)
    expect(events.length).toBeGreaterThan(0)
    expect(toHex(fixture.replay(9).digest())).toBe(toHex(fixture.state.digest()))
  })

  it('leads to the same sweeps on a replica that only read the rows', () => {
    const fixture = new SchedulerFixture()
    for (let i = 0; i < 12; i += 1) {
      fixture.nowMs += 700
      fixture.run(announceHost, i % 3 === 0 ? silentHost(`h${i}`) : hostAnnounce(`h${i}`))
      if (i % 4 === 0) fixture.run(leaveHost, { hostId: `h${i}` })
      fixture.run(announceTask, taskAnnounce(taskInput(`t${i}`), 'p'))
      const peer = { taskId: `t${i}`, peerId: 'q' }
      fixture.run(registerPeer, registration(taskInput(`t${i}`), 'q'))
      fixture.run(attachStream, { ...peer, streamId: i + 1, begin: true }, 2)
      if (i % 5 === 0) fixture.run(leaveTask, { taskId: `t${i}`, peerId: 'p' })
    }
    fixture.closeSession(2)
    fixture.settle()
    const changes = [
      { gc: { hostTTL: '15s', peerTTL: '40s', pieceDownloadTimeout: '20s' } },
      { gc: { hostTTL: '2h', peerTTL: '10m', taskGCInterval: '30s' } },
      { gc: { hostTTL: '1m', peerTTL: '2m', pieceDownloadTimeout: '1m' } },
      {},
    ]
    let removed = 0
    for (const change of changes) {
      set(fixture, change)
      const before = rebuilt(fixture)
      const from = fixture.entries.length
      expect(nextExpiryMs(before.reader)).toBe(nextExpiryMs(fixture.reader))
      removed += fixture.advance(9 * minuteMs).length
      before.apply(fixture.entries.slice(from))
      expect(toHex(before.digest())).toBe(toHex(fixture.state.digest()))
      expect(nextExpiryMs(before.reader)).toBe(nextExpiryMs(fixture.reader))
      expect(toHex(fixture.replay(7).digest())).toBe(toHex(fixture.state.digest()))
    }
    expect(removed).toBeGreaterThan(20)
  })
})
