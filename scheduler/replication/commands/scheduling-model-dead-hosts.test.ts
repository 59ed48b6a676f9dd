// A leader that was stopped comes back with its clock an election timeout further: commands that
// waited for it are applied before its next sweep. None of them may be given a host past its time.
import { expect, it } from 'vitest'
import { announceHost } from './announce-host.ts'
import { announceTask } from './announce-task.ts'
import { registerPeer } from './register-peer.ts'
import { attachStream } from './streams.ts'
import {
  hostAnnounce,
  hostInput,
  registration,
  SchedulerFixture,
  taskAnnounce,
  taskInput,
} from './scheduler-fixture.suite.ts'

/** Parents given when the parent's host was last heard from `silentMs` ago, with no sweep since. */
function parentsAfter(silentMs: number, announceIntervalMs: number): number {
  const fixture = new SchedulerFixture()
  const host = hostAnnounce('host-of-p', { announceIntervalMs })
  fixture.run(announceHost, host)
  fixture.run(announceTask, taskAnnounce(taskInput('t'), 'p', { host: hostInput('host-of-p') }))
  fixture.nowMs += silentMs
  fixture.run(registerPeer, registration(taskInput('t'), 'a'))
  fixture.run(attachStream, { taskId: 't', peerId: 'a', streamId: 1, begin: true })
  return fixture.eventsOf('parents-assigned').length
}

it.each([
  [3999, 2000, 1],
  [4000, 2000, 0],
  [3_599_999, 0, 1],
  [3_600_000, 0, 0],
])('%i ms after the last announcement, every %i ms: %i', (silentMs, intervalMs, given) => {
  expect(parentsAfter(silentMs, intervalMs)).toBe(given)
})
