// A crowd on one task: what a command reads and changes is bounded, however many peers there are
// and however short slots are. A hundred thousand peers cost each command what a thousand do.
import { describe, expect, it } from 'vitest'
import { sampleVisitedMax } from '../../core/index.ts'
import { continuationTable } from '../rows/continuation.ts'
import { waitersTable } from '../rows/waiter.ts'
import { announceHost } from './announce-host.ts'
import { announceTask } from './announce-task.ts'
import { MeasuredDomain } from './effort.suite.ts'
import { finishDownload } from './finish-download.ts'
import { getTask } from './queries.ts'
import { registerDownload } from './register-download.ts'
import { reschedulePeer } from './reschedule-peer.ts'
import {
  download,
  eventsOf,
  hostAnnounce,
  hostInput,
  SchedulerFixture,
  taskAnnounce,
  taskInput,
} from './scheduler-fixture.suite.ts'
import { startDownload } from './start-download.ts'

const part = 200
const parts = 3

/** Efforts within each part of a growing crowd, and the waiters at its end. */
function crowd(hosts: number, concurrentUploadLimit: number) {
  const measured = new MeasuredDomain()
  const fixture = new SchedulerFixture(measured.domain)
  for (let at = 0; at < hosts; at += 1) {
    fixture.run(announceHost, hostAnnounce(`h${at}`, { concurrentUploadLimit }))
  }
  const found = Array.from({ length: parts }, (_, at) => {
    measured.efforts = new Map()
    for (let number = at * part; number < (at + 1) * part; number += 1) {
      visit(fixture, number, `h${number % hosts}`)
    }
    return measured.efforts
  })
  return { fixture, found, waiters: fixture.reader.count(waitersTable) }
}

function visit(fixture: SchedulerFixture, number: number, hostId: string): void {
  const ref = { taskId: 't', peerId: `p${number}`, streamId: number + 1 }
  const isFirst = number === 0
  const change = { hostId, streamId: ref.streamId, needBackToSource: isFirst }
  fixture.run(registerDownload, download(taskInput('t'), ref.peerId, change))
  fixture.run(startDownload, { ...ref, backToSource: isFirst })
  if (number % 3 === 1) fixture.run(reschedulePeer, { ...ref, blockedParents: [] })
  if (number % 7 === 2) fixture.run(finishDownload, { ...ref, success: true, backToSource: false })
}

describe('a crowd on one task', () => {
  it.each([
    // Registering looks at few peers, each with its host; the rest of 100 are fixed costs.
    ['with slots for everyone', 200, 200, 100, 0],
    // Nobody can serve: a whole sample is looked at in vain.
    ['without slots', 10, 10, 2 * sampleVisitedMax + 100, part],
  ])('%s', (_name, hosts, uploadLimit, visitedMax, waitersMin) => {
    const { fixture, found, waiters } = crowd(hosts, uploadLimit)
    expect(waiters).toBeGreaterThanOrEqual(waitersMin)
    expect(getTask(fixture.reader, 't')?.state).not.toBe('Pending')
    for (const efforts of found) {
      expect(efforts.get('register-download')?.visited).toBeLessThanOrEqual(visitedMax)
      expect(efforts.get('reschedule-peer')?.visited).toBeLessThanOrEqual(visitedMax)
      // A slot that is free again is offered to a few waiters, each with a sample.
      expect(efforts.get('finish-download')?.visited).toBeLessThanOrEqual(10 * visitedMax)
      for (const { touched } of efforts.values()) expect(touched).toBeLessThanOrEqual(40)
    }
  })
})

describe('a slot that is free again', () => {
  /**
   * Holders that serve nobody, one host with one slot, and a crowd that waits: most of it does not
   * want that host's peer, the last one does.
   */
  function refusing(crowdSize: number): SchedulerFixture {
    const fixture = new SchedulerFixture()
    const task = taskInput('t')
    const announce = (id: string, disableShared: boolean): void => {
      const limit = { disableShared, concurrentUploadLimit: 1 }
      fixture.run(announceHost, hostAnnounce(id, limit))
      const change = { host: hostInput(id) }
      if (id.startsWith('holder')) fixture.run(announceTask, taskAnnounce(task, `of-${id}`, change))
    }
    announce('holder', false)
    announce('crowd', true)
    const served = { hostId: 'crowd', streamId: 1 }
    fixture.run(registerDownload, download(task, 'served', served))
    for (let at = 0; at < 300; at += 1) announce(`holder-${at}`, true)
    for (let number = 2; number < crowdSize + 2; number += 1) {
      const ref = { taskId: 't', peerId: `w${number}`, streamId: number }
      fixture.run(registerDownload, download(task, ref.peerId, { ...served, ...ref }))
      const isLast = number === crowdSize + 1
      const blockedParents = isLast ? [] : ['of-holder']
      fixture.run(reschedulePeer, { ...ref, blockedParents })
    }
    expect(fixture.reader.count(waitersTable)).toBe(crowdSize)
    const ended = { taskId: 't', peerId: 'served', streamId: 1 }
    fixture.run(finishDownload, { ...ended, success: false, backToSource: false })
    return fixture
  }

  it('is offered to each of many waiters once, in steps', () => {
    const fixture = refusing(60)
    const before = fixture.entries.length
    expect(fixture.reader.count(continuationTable)).toBeGreaterThan(0)
    const assigned = eventsOf(fixture.settle(), 'parents-assigned')
    expect(assigned.map(({ peerId }) => peerId)).toEqual(['w61'])
    expect(fixture.reader.count(continuationTable)).toBe(0)
    // Each step took what it could.
    const steps = fixture.entries.length - before
    expect(steps).toBeLessThanOrEqual(8)
  })
})
