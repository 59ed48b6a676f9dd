// What each command does to a peer in each of the ten states, and what a registration does to a
// task in each of the five. A row is a command, a cell the state after it; '-' = refused.
import { describe, expect, it } from 'vitest'
import { peerStates, taskStates } from '../../core/index.ts'
import { announceHost } from './announce-host.ts'
import { announceTask } from './announce-task.ts'
import { blockParent } from './block-parent.ts'
import { finishDownload } from './finish-download.ts'
import { getPeer, getTask } from './queries.ts'
import { reattachStream } from './reattach-stream.ts'
import { registerDownload } from './register-download.ts'
import { registerPeer } from './register-peer.ts'
import { reportPeerResult } from './report-peer-result.ts'
import { reschedulePeer } from './reschedule-peer.ts'
import {
  download,
  hostAnnounce,
  registration,
  SchedulerFixture,
  taskAnnounce,
  taskInput,
} from './scheduler-fixture.suite.ts'
import { startDownload } from './start-download.ts'
import { anyStateDomain, setPeerState, setTaskState } from './states.suite.ts'
import { attachStream, detachStream } from './streams.ts'
import type { PeerState, TaskState } from '../../core/index.ts'
import type { PeerRow } from '../rows/peer.ts'

const ref = { taskId: 't', peerId: 'p' }
const own = { ...ref, streamId: 1 }
const task = taskInput('t')

/** A peer of API v2 in a state, attached, with another one at the source. */
function withPeer(state: PeerState): SchedulerFixture {
  const fixture = new SchedulerFixture(anyStateDomain)
  for (const id of ['first', 'p']) fixture.run(announceHost, hostAnnounce(`host-of-${id}`))
  fixture.run(registerDownload, download(task, 'first', { streamId: 9 }))
  fixture.run(registerDownload, download(task, 'p'))
  if (state !== 'ReceivedNormal' && state !== 'Running') {
    // Only these two have parents.
    fixture.run(startDownload, { ...own, backToSource: true })
  }
  fixture.run(setPeerState, { ...ref, state })
  return fixture
}

function withTask(state: TaskState): SchedulerFixture {
  const fixture = new SchedulerFixture(anyStateDomain)
  fixture.run(announceHost, hostAnnounce('host-of-p'))
  fixture.run(announceHost, hostAnnounce('host-of-gone'))
  fixture.run(registerDownload, download(task, 'gone', { streamId: 9, metadataOnly: true }))
  fixture.run(finishDownload, {
    ...ref,
    peerId: 'gone',
    streamId: 9,
    success: false,
    backToSource: false,
  })
  fixture.run(setTaskState, { id: 't', state })
  return fixture
}

const result = {
  ...ref,
  contentLength: 9,
  totalPieceCount: 1,
  costMs: 1,
  sourceError: null,
}

type Run = (fixture: SchedulerFixture) => { readonly ok: boolean; readonly reason?: string }

/** In the order of `peerStates`, shortened: P E Y S N R B D F L (D = Succeeded, Y = Tiny). */
const letters = 'PEYSNRBDFL'

const peerTable: readonly (readonly [string, string, Run])[] = [
  ['start', '-RRRRR-D--', (at) => at.run(startDownload, { ...own, backToSource: false })],
  [
    'start at the source',
    '-BBBBBB---',
    (at) => at.run(startDownload, { ...own, backToSource: true }),
  ],
  ['reschedule', '----NRB---', (at) => at.run(reschedulePeer, { ...own, blockedParents: [] })],
  [
    'finish',
    '-DDDDDDD--',
    (at) => at.run(finishDownload, { ...own, success: true, backToSource: false }),
  ],
  [
    'finish at the source',
    '-DDDDDDD--',
    (at) => at.run(finishDownload, { ...own, success: true, backToSource: true }),
  ],
  [
    'fail',
    'FFFFFFFDF-',
    (at) => at.run(finishDownload, { ...own, success: false, backToSource: false }),
  ],
  [
    'fail at the source',
    'FFFFFFFDF-',
    (at) => at.run(finishDownload, { ...own, success: false, backToSource: true }),
  ],
  ['block a parent', letters, (at) => at.run(blockParent, { ...own, parentId: 'first' })],
  [
    'register',
    'NRRRNRBRNN',
    (at) => at.run(registerDownload, download(task, 'p', { streamId: 2 })),
  ],
  [
    'register what it has',
    'NEYSNRDDNN',
    (at) => at.run(registerDownload, download(task, 'p', { streamId: 2, metadataOnly: true })),
  ],
  ['detach', letters, (at) => at.run(detachStream, own)],
  [
    'attach again after the session',
    letters,
    (at) => {
      const { attachEpoch } = getPeer(at.reader, ref)!
      at.closeSession(1)
      at.settle()
      at.openSession(1, 9)
      return at.run(reattachStream, { ...own, attachEpoch, isAnswerDue: true })
    },
  ],
  ['v1 register', 'NEYSNRBDNN', (at) => at.run(registerPeer, registration(task, 'p'))],
  [
    'v1 begin of piece',
    'PERRRRBRFL',
    (at) => at.run(attachStream, { ...ref, streamId: 2, begin: true }),
  ],
  [
    'v1 result, success',
    'PDDDDDDDFL',
    (at) => at.run(reportPeerResult, { ...result, success: true }),
  ],
  [
    'v1 result, failure',
    'FFFFFFFDFL',
    (at) => at.run(reportPeerResult, { ...result, success: false }),
  ],
  ['v1 announce task', 'DDDDDDDDDD', (at) => at.run(announceTask, taskAnnounce(task, 'p'))],
]

function letterOf(peer: PeerRow | undefined): string {
  return peer === undefined ? '' : letters.charAt(peerStates.indexOf(peer.state))
}

describe('a peer in each of its states', () => {
  it.each(peerTable)('%s leads to %s', (_name, expected, run) => {
    const found = peerStates.map((state) => {
      const fixture = withPeer(state)
      const answer = run(fixture)
      const after = getPeer(fixture.reader, ref)
      if (answer.ok) return letterOf(after)
      expect(answer.reason).toBe('illegal-state')
      expect(after?.state).toBe(state)
      return '-'
    })
    expect(found.join('')).toBe(expected)
  })

  it.each(peerStates)('%s: its place at the source is counted, or not', (state) => {
    for (const [, , run] of peerTable) {
      const fixture = withPeer(state)
      run(fixture)
      fixture.settle()
      const after = getPeer(fixture.reader, ref)!
      // The other one is at the source throughout; after a closed session neither is attached.
      const other = getPeer(fixture.reader, { taskId: 't', peerId: 'first' })!
      const places = [after, other].filter((peer) => peer.state === 'BackToSource').length
      expect(getTask(fixture.reader, 't')?.backToSourceCount).toBe(places)
    }
  })
})

describe('a task in each of its states', () => {
  const registered = (state: TaskState, change = {}): string => {
    const fixture = withTask(state)
    fixture.run(registerDownload, download(task, 'p', change))
    const events = fixture.events.map(({ type }) => type).filter((type) => type.includes('source'))
    return `${getTask(fixture.reader, 't')?.state} ${events.join()}`
  }

  it.each(taskStates)(
    '%s and held by nobody: it runs, and the peer goes to the source',
    (state) => {
      expect(registered(state)).toBe('Running need-back-to-source')
    },
  )

  it.each(taskStates)('%s: who has it already has it run, unless it has succeeded', (state) => {
    const after = state === 'Succeeded' ? 'Succeeded' : 'Running'
    expect(registered(state, { metadataOnly: true })).toBe(`${after} `)
  })

  it.each([
    ['Pending', 'Pending'],
    ['Running', 'Failed'],
    ['Succeeded', 'Succeeded'],
    ['Failed', 'Failed'],
    ['Leave', 'Leave'],
  ] as const)('%s is %s after a failure at the source', (before, after) => {
    const fixture = withPeer('BackToSource')
    fixture.run(finishDownload, {
      ...own,
      peerId: 'first',
      streamId: 9,
      success: true,
      backToSource: false,
    })
    fixture.run(setTaskState, { id: 't', state: before })
    fixture.run(finishDownload, { ...own, success: false, backToSource: true })
    expect(getTask(fixture.reader, 't')?.state).toBe(after)
  })

  it.each([
    ['Pending', 'Succeeded'],
    ['Running', 'Succeeded'],
    ['Succeeded', 'Succeeded'],
    ['Failed', 'Succeeded'],
    ['Leave', 'Succeeded'],
  ] as const)('%s is %s when somebody has all of it', (before, after) => {
    const fixture = withPeer('BackToSource')
    fixture.run(setTaskState, { id: 't', state: before })
    fixture.run(finishDownload, { ...own, success: true, backToSource: true })
    expect(getTask(fixture.reader, 't')?.state).toBe(after)
  })
})
