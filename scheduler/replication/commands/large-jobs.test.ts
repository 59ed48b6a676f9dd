// Jobs larger than one command may do: bounded steps, nobody forgotten.
import { describe, expect, it } from 'vitest'
import { commandRowsTouchedMax, entryRowsTouchedTarget } from '../limits.ts'
import { continuationTable } from '../rows/continuation.ts'
import { edgesTable } from '../rows/edge.ts'
import { hostsTable } from '../rows/host.ts'
import { peersTable } from '../rows/peer.ts'
import { waitersTable } from '../rows/waiter.ts'
import { announceHost } from './announce-host.ts'
import { announceTask } from './announce-task.ts'
import { getPeer, statTask } from './queries.ts'
import { leaveHost } from './leave-host.ts'
import { leaveTask } from './leave-task.ts'
import { registerPeer } from './register-peer.ts'
import { reportPeerResult } from './report-peer-result.ts'
import { attachStream, detachStream } from './streams.ts'
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
import type { TaskInput } from './types.ts'

const peerCount = 600

function begin(fixture: SchedulerFixture, task: TaskInput, at: number): void {
  fixture.run(registerPeer, registration(task, `p${at}`))
  const ref = { taskId: task.id, peerId: `p${at}` }
  fixture.run(attachStream, { ...ref, streamId: at + 1, begin: true })
}

function ids(events: readonly { readonly peerId: string }[]): string[] {
  return events.map((event) => event.peerId).toSorted()
}

const everyone = Array.from({ length: peerCount }, (_, at) => `p${at}`).toSorted()

describe('a large job', () => {
  it('of giving hundreds of children of a deleted peer new parents is done in steps', () => {
    const fixture = new SchedulerFixture()
    const task = cacheTask('c')
    for (const holder of ['one', 'two']) {
      // So fast that whoever sees it wants it.
      const fast = { concurrentUploadLimit: 2000, maxTxBandwidth: 1e14 }
      fixture.run(announceHost, hostAnnounce(`host-of-${holder}`, fast))
      fixture.run(announceTask, taskAnnounce(task, holder))
    }
    for (let at = 0; at < peerCount; at += 1) begin(fixture, task, at)
    const children = fixture.reader
      .list(edgesTable, 'byParent', { group: 'c\none', limit: peerCount })
      .map((edge) => edge.childId)
    expect(children.length).toBeGreaterThan(80)
    fixture.run(leaveTask, { taskId: 'c', peerId: 'one' })
    const first = fixture.eventsOf('parents-assigned')
    expect(first.length).toBeGreaterThan(0)
    expect(first.length).toBeLessThan(children.length)
    expect(fixture.reader.count(continuationTable)).toBeGreaterThan(0)
    const rest = eventsOf(fixture.settle(), 'parents-assigned')
    expect(ids([...first, ...rest])).toEqual(children.toSorted())
    expect(fixture.reader.groupSize(edgesTable, 'byParent', 'c\none')).toBe(0)
  })

  it('of freeing children that get no others at once is done in one step, page by page', () => {
    const fixture = new SchedulerFixture()
    const task = cacheTask('c')
    fixture.run(announceTask, taskAnnounce(task, 'one'))
    for (let at = 1; at <= 90; at += 1) {
      // On one host, so that they do not serve each other.
      const child = { taskId: 'c', peerId: `p${at}`, streamId: at }
      fixture.run(registerPeer, registration(task, child.peerId, { host: hostInput('all') }))
      fixture.run(attachStream, { ...child, begin: true })
      fixture.run(detachStream, child)
    }
    expect(fixture.reader.groupSize(edgesTable, 'byParent', 'c\none')).toBe(90)
    fixture.run(leaveTask, { taskId: 'c', peerId: 'one' })
    expect(fixture.reader.count(edgesTable)).toBe(0)
    expect(fixture.reader.count(continuationTable)).toBe(0)
    expect(fixture.reader.get(hostsTable, 'host-of-one')?.concurrentUploadCount).toBe(0)
  })

  it('of stopping hundreds of peers whose source is gone is done in steps', () => {
    const fixture = new SchedulerFixture()
    const task = taskInput('t')
    for (let at = 0; at < peerCount; at += 1) begin(fixture, task, at)
    fixture.run(reportPeerResult, {
      taskId: 't',
      peerId: 'p0',
      success: false,
      contentLength: -1,
      totalPieceCount: -1,
      costMs: 0,
      sourceError: { temporary: false, metadata: Uint8Array.of(4) },
    })
    const first = fixture.eventsOf('source-failed')
    expect(first.length).toBeLessThan(peerCount - 1)
    const rest = eventsOf(fixture.settle(), 'source-failed')
    expect(ids([...first, ...rest])).toEqual(everyone.filter((peerId) => peerId !== 'p0'))
    expect(fixture.reader.count(edgesTable)).toBe(0)
    expect(statTask(fixture.reader, 't')).toMatchObject({ hasAvailablePeer: false })
    expect(getPeer(fixture.reader, { taskId: 't', peerId: 'p599' })?.state).toBe('Failed')
  })

  it('of serving hundreds of waiters is done in steps, in the order they came', () => {
    const fixture = new SchedulerFixture()
    const task = taskInput('t')
    fixture.run(registerPeer, registration(task, 'source'))
    for (let at = 0; at < peerCount; at += 1) begin(fixture, task, at)
    expect(fixture.reader.count(waitersTable)).toBe(peerCount)
    fixture.run(attachStream, { taskId: 't', peerId: 'source', streamId: 9999, begin: true })
    const first = fixture.eventsOf('parents-assigned')
    const rest = eventsOf(fixture.settle(), 'parents-assigned')
    expect(first.length).toBeLessThan(peerCount)
    const order = [...first, ...rest].map((event) => event.peerId)
    expect(order).toEqual(Array.from({ length: peerCount }, (_, at) => `p${at}`))
    expect(fixture.reader.count(waitersTable)).toBe(0)
  })

  it('of removing many hosts at once leaves the rest of its entry to later ones', () => {
    const fixture = new SchedulerFixture()
    const task = taskInput('t')
    const hostIds = Array.from({ length: 40 }, (_, at) => `h${at}`)
    for (const hostId of hostIds) {
      for (let at = 0; at < 250; at += 1) {
        const host = hostInput(hostId)
        fixture.run(registerPeer, registration(task, `${hostId}-${at}`, { host }))
      }
    }
    const leaves = hostIds.map((hostId) => ({ hostId }))
    const changed = fixture.runTogether(leaveHost, leaves)
    // Each changes at least its host and says where to go on; one may pass the mark.
    expect(changed).toBeGreaterThan(entryRowsTouchedTarget / 2)
    expect(changed).toBeLessThan(entryRowsTouchedTarget + commandRowsTouchedMax)
    expect(hostIds.map((hostId) => fixture.reader.get(hostsTable, hostId)?.state)).toEqual(
      hostIds.map(() => 'left'),
    )
    expect(fixture.reader.count(peersTable)).toBeGreaterThan(5000)
    expect(fixture.reader.count(continuationTable)).toBeGreaterThan(30)
    fixture.settle()
    expect(fixture.reader.count(peersTable)).toBe(0)
    expect(fixture.reader.count(continuationTable)).toBe(0)
  })

  it('of serving a crowd takes a number of steps that grows no faster than the crowd', () => {
    const steps = [300, 600].map((crowd) => {
      const fixture = new SchedulerFixture()
      const task = taskInput('t')
      fixture.run(registerPeer, registration(task, 'source'))
      for (let at = 0; at < crowd; at += 1) begin(fixture, task, at)
      const before = fixture.entries.length
      fixture.run(attachStream, { taskId: 't', peerId: 'source', streamId: 9999, begin: true })
      fixture.settle()
      expect(fixture.reader.count(waitersTable)).toBe(0)
      return fixture.entries.length - before
    })
    expect(steps[0]).toBeGreaterThan(1)
    expect(steps[1]! / steps[0]!).toBeLessThan(2.5)
  })
})
