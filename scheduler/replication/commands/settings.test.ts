import { describe, expect, it } from 'vitest'
import { hourMs, minuteMs, Prng, secondMs, toHex, utf8Encode } from '../../../base/index.ts'
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

  it.each([1, 2, 3, 4])('leads to the same sweeps where rows were only read (%i)', (seed) => {
    const fixture = new SchedulerFixture()
    const random = new Prng(`settings-${seed}`)
    const others: { readonly state: ReplicatedState; readonly from: number }[] = []
    let swept = 0
    for (let step = 1; step <= 120; step += 1) {
      swept += act(fixture, random, step)
      if (step % 24 === 0) {
        const state = rebuilt(fixture)
        expect(nextExpiryMs(state.reader)).toBe(nextExpiryMs(fixture.reader))
        others.push({ state, from: fixture.entries.length })
      }
    }
    for (const { state, from } of others) {
      state.apply(fixture.entries.slice(from))
      expect(toHex(state.digest())).toBe(toHex(fixture.state.digest()))
      expect(nextExpiryMs(state.reader)).toBe(nextExpiryMs(fixture.reader))
    }
    expect(swept).toBeGreaterThan(25)
  })
})

/** Something that lives, leaves or changes how long all live; events of what was swept. */
function act(fixture: SchedulerFixture, random: Prng, step: number): number {
  const n = random.below(8)
  const ref = { taskId: `t${n}`, peerId: `p${random.below(3)}` }
  const member = 1 + random.below(2)
  const announced = random.ratio(1, 2) ? silentHost(`h${n}`) : hostAnnounce(`h${n}`)
  const acts = [
    () => fixture.run(announceHost, announced),
    () => fixture.run(leaveHost, { hostId: `h${n}` }),
    () => fixture.run(announceTask, taskAnnounce(taskInput(ref.taskId), ref.peerId)),
    () => fixture.run(registerPeer, registration(taskInput(ref.taskId), ref.peerId)),
    () => fixture.run(attachStream, { ...ref, streamId: step, begin: true }, member),
    () => fixture.run(leaveTask, ref),
    () => set(fixture, { gc: lifetimes(random) }),
  ]
  acts[random.below(acts.length)]!()
  if (random.ratio(1, 40)) {
    fixture.closeSession(2)
    fixture.openSession(2, step + 1)
  }
  const pauseMs = random.ratio(1, 10) ? 900_000 : 9000
  return fixture.advance(random.below(pauseMs)).length
}

function lifetimes(random: Prng): Readonly<Record<string, string>> {
  const keys = ['hostTTL', 'peerTTL', 'pieceDownloadTimeout', 'taskGCInterval']
  const told = keys.filter(() => random.ratio(2, 3))
  return Object.fromEntries(told.map((key) => [key, `${2 + random.below(200)}s`]))
}
