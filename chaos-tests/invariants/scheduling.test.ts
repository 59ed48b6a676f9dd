import { describe, expect, it } from 'vitest'
import { acknowledgedAnnouncements } from './acknowledged-announcements.ts'
import { acyclicParents } from './acyclic-parents.ts'
import { backToSourceLimited } from './back-to-source-limit.ts'
import { clusterClock } from './cluster-clock.ts'
import { deadHostsGo } from './dead-hosts-go.ts'
import { detachedSlots } from './detached-slots.ts'
import { changed, commandEntry, entryOf, HandMadeRun } from './hand-made-run.suite.ts'
import { liveHostsStay } from './live-hosts-stay.ts'
import { noDeadParents } from './no-dead-parents.ts'
import { staleStreams } from './stale-streams.ts'
import { uploadSlots } from './upload-slots.ts'
import {
  announceHost,
  attachStream,
  commandRequest,
  configTable,
  detachStream,
  edgesTable,
  hostsTable,
  leaveTask,
  peersTable,
  sessionTable,
  startDownload,
  tasksTable,
} from '../../scheduler/replication/index.ts'
import { utf8Encode } from '../../base/index.ts'
import { announcementOf } from '../sim/swarm-load/inputs.ts'
import type {
  CommandRequest,
  EdgeRow,
  HostRow,
  PeerRow,
  RowChange,
  SessionRow,
  StateEvent,
  TaskRow,
} from '../../scheduler/replication/index.ts'

// Rows as far as the invariants look at them.
const host = (id: string, parts: Partial<HostRow> = {}): RowChange =>
  changed(hostsTable, id, {
    id,
    state: 'live',
    concurrentUploadCount: 0,
    concurrentUploadLimit: 2,
    ...parts,
  } as HostRow)

const peerRow = (peerId: string, parts: Partial<PeerRow> = {}): PeerRow =>
  ({
    key: `task\n${peerId}`,
    taskId: 'task',
    peerId,
    hostId: 'host',
    state: 'Running',
    ownerSessionId: 7,
    detachDeadlineMs: 0,
    ...parts,
  }) as PeerRow

const peer = (peerId: string, parts: Partial<PeerRow> = {}): RowChange =>
  changed(peersTable, `task\n${peerId}`, peerRow(peerId, parts))

const edge = (parentId: string, childId: string, hostId = 'host'): RowChange =>
  changed(edgesTable, `task\n${parentId}\n${childId}`, {
    taskId: 'task',
    parentId,
    childId,
    hostId,
  } as EdgeRow)

const task = (backToSourceCount: number): RowChange =>
  changed(tasksTable, 'task', { id: 'task', backToSourceCount } as TaskRow)

const session = (sessionId: number, replicaId: number): RowChange =>
  changed(sessionTable, sessionId, { sessionId, replicaId } as SessionRow)

interface Step {
  readonly stampMs?: number
  readonly changes?: readonly RowChange[]
  readonly events?: readonly (StateEvent & Record<string, unknown>)[]
  readonly request?: CommandRequest
  readonly result?: object
}

/** Applies one entry after the other at member 1, with one command each at most. */
class Script {
  readonly run: HandMadeRun
  #index = 0

  constructor(...checks: ConstructorParameters<typeof HandMadeRun>) {
    this.run = new HandMadeRun(...checks)
    // The mirror of what member 1 holds begins, empty, with its first entry.
    this.step({})
  }

  step({ stampMs = 0, request, result = {}, changes = [], events = [] }: Step): void {
    this.#index += 1
    const index = this.#index
    const seq = index
    const entry =
      request === undefined
        ? entryOf(index, 1, { stampMs })
        : { ...commandEntry(index, 1, 7, [{ seq, opId: '', request }]), stampMs }
    this.run.agree([entry])
    const outcome = { ok: true, result: { ok: true, ...result } } as const
    const reports = request === undefined ? [] : [{ seq, outcome, isRepeated: false }]
    this.run.apply(1, entry, { stampMs, sessionId: 7, reports, changes, events })
  }

  /** A host announces itself every two seconds: it lives for four. */
  announce(number: number, stampMs: number): void {
    const said = { number, api: 1, isSeed: false, intervalMs: 2000, tellsInterval: true } as const
    const body = announcementOf({ ...said, uploadSlots: 2 }, 0)
    const request = commandRequest(announceHost, body)
    const changes = [host(`dfdaemon-${number}`)]
    this.step({ stampMs, request, result: { outcome: 'stored' }, changes })
  }
}

describe('upload-slots', () => {
  const script = (): Script => new Script((ghost) => [uploadSlots(ghost)])

  it('accepts a host that counts its edges, and one that asks for fewer than it serves', () => {
    const two = { concurrentUploadCount: 2 }
    const { step } = bound(script())
    step({ changes: [host('host', two), edge('a', 'b'), edge('a', 'c')] })
    const fewer = host('host', { ...two, concurrentUploadLimit: 1 })
    step({ changes: [{ ...fewer, before: { concurrentUploadCount: 2 } }] })
  })

  it('fires when a slot is not given back', () => {
    const { step } = bound(script())
    step({ changes: [host('host', { concurrentUploadCount: 1 }), edge('a', 'b')] })
    const gone = changed(edgesTable, 'task\na\nb', undefined)
    expect(() => step({ changes: [gone] })).toThrow('host counts 1 uploads and has 0 edges')
  })

  it('fires when a slot is given twice', () => {
    const { step } = bound(script())
    const full = host('host', { concurrentUploadCount: 2, concurrentUploadLimit: 1 })
    const changes = [full, edge('a', 'b'), edge('a', 'c')]
    expect(() => step({ changes })).toThrow('host serves 2, before 0: 1 slots')
  })

  it('fires on a replica that holds something else than it was told', () => {
    const { run } = script()
    run.member(2).rows = {
      ...run.member(2).rows,
      hosts: [{ id: 'host', concurrentUploadCount: 1, concurrentUploadLimit: 1 } as HostRow],
    }
    expect(() => run.apply(2, entryOf(1, 1))).toThrow('at 2 host counts 1 uploads and has 0 edges')
  })
})

describe('acyclic-parents', () => {
  it('accepts a tree and a diamond', () => {
    const { step } = bound(new Script((ghost) => [acyclicParents(ghost)]))
    step({ changes: [edge('a', 'b'), edge('a', 'c'), edge('b', 'd')] })
    step({ changes: [edge('c', 'd')] })
  })

  it('fires when somebody is served by whom it serves', () => {
    const { step } = bound(new Script((ghost) => [acyclicParents(ghost)]))
    step({ changes: [edge('a', 'b'), edge('b', 'c')] })
    expect(() => step({ changes: [edge('c', 'a')] })).toThrow('c serves a, which serves c')
    const other = bound(new Script((ghost) => [acyclicParents(ghost)]))
    expect(() => other.step({ changes: [edge('a', 'a')] })).toThrow('a serves a')
  })
})

describe('back-to-source-limit', () => {
  const atSource = { state: 'BackToSource' } as const
  const script = (): Script => new Script((ghost) => [backToSourceLimited(ghost)])
  const settings = (text: string): RowChange => {
    const key = 'scheduler/settings'
    return changed(configTable, key, { key, value: utf8Encode(text), actor: '', writtenWallMs: 0 })
  }

  it('accepts as many as the settings say, and one that goes unasked', () => {
    const { step } = bound(script())
    step({ changes: [settings('{"backToSourceCount":1}')] })
    step({ changes: [task(1), peer('a', atSource)] })
    const started = { taskId: 'task', peerId: 'b', streamId: 1, backToSource: true }
    const request = commandRequest(startDownload, started)
    step({ request, changes: [task(2), peer('b', atSource)] })
  })

  it('counts nobody whose stream has been gone for long', () => {
    const { step } = bound(script())
    step({ changes: [task(0), peer('a', { ...atSource, ownerSessionId: 0 })] })
    const grace = { ...atSource, ownerSessionId: 0, detachDeadlineMs: 5 }
    step({ changes: [task(1), peer('a', grace)] })
  })

  it('fires when a grant is not counted', () => {
    const { step } = bound(script())
    const changes = [task(0), peer('a', atSource)]
    expect(() => step({ changes })).toThrow('counts 0 places at the source, its peers take 1')
  })

  it('fires when one too many is sent', () => {
    const { step } = bound(script())
    step({ changes: [settings('{"backToSourceCount":1}')] })
    const changes = [task(2), peer('a', atSource), peer('b', atSource)]
    expect(() => step({ changes })).toThrow('as number 2, the limit is 1')
  })
})

describe('no-dead-parents', () => {
  const assigned = (hostId: string) => ({
    type: 'parents-assigned',
    peerId: 'child',
    parents: [{ peerId: 'parent', hostId }],
  })
  const script = (): Script => new Script((ghost) => [noDeadParents(ghost)])

  it('accepts a parent until a second after its TTL', () => {
    const { announce, step } = bound(script())
    announce(1, 100)
    step({ stampMs: 5100, events: [assigned('dfdaemon-1')] })
  })

  it('fires on a dead one and on one nobody ever heard of', () => {
    const { announce, step } = bound(script())
    announce(1, 100)
    const dead = (): void => step({ stampMs: 5101, events: [assigned('dfdaemon-1')] })
    expect(dead).toThrow('on dfdaemon-1, silent for 5001 ms with a TTL of 4000 ms')
    const unknown = (): void => step({ stampMs: 1, events: [assigned('dfdaemon-2')] })
    expect(unknown).toThrow('on dfdaemon-2')
  })
})

describe('live-hosts-stay', () => {
  const left = (cause: string) => ({ type: 'host-left', hostId: 'dfdaemon-1', cause })
  const script = (): Script => new Script((ghost) => [liveHostsStay(ghost)])

  it('accepts an expiry at the TTL, and a leave at any time', () => {
    const { announce, step } = bound(script())
    announce(1, 100)
    step({ stampMs: 200, events: [left('left')] })
    announce(1, 300)
    step({ stampMs: 4300, events: [left('expired')] })
  })

  it('fires when a host expires too early', () => {
    const { announce, step } = bound(script())
    announce(1, 100)
    announce(1, 2100)
    const early = (): void => step({ stampMs: 6099, events: [left('expired')] })
    expect(early).toThrow('3999 ms after it was heard from, its TTL is 4000 ms')
  })
})

describe('dead-hosts-go', () => {
  const script = (): Script => {
    const made = new Script((ghost) => [deadHostsGo(ghost)])
    made.run.elect(1, 1, [2])
    made.run.phase = 'healing'
    made.step({})
    made.run.atMs = 100_000
    return made
  }

  it('accepts a dead host for 250 ms, while nobody leads for longer', () => {
    const { announce, step } = bound(script())
    announce(1, 100)
    step({ stampMs: 4350 })
    step({ stampMs: 4360, changes: [host('dfdaemon-1', { state: 'left' })] })
    step({ stampMs: 9000 })
    const without = bound(new Script((ghost) => [deadHostsGo(ghost)]))
    without.announce(1, 100)
    without.step({ stampMs: 9000 })
  })

  it('fires when it stays', () => {
    const made = script()
    const { announce, step } = bound(made)
    announce(1, 100)
    const late = (): void => step({ stampMs: 4351 + made.run.electionMs * 4 })
    expect(late).toThrow('dfdaemon-1 was last heard from at 100, has a TTL of 4000 ms and is there')
  })
})

describe('detached-slots', () => {
  const script = (): Script => {
    const made = new Script((ghost) => [detachedSlots(ghost)])
    made.run.elect(1, 1, [2])
    made.run.phase = 'healing'
    made.step({})
    made.run.atMs = 100_000
    return made
  }
  const closed = { type: 'session-closed', sessionId: 7 }

  it('accepts edges of attached peers, and of others for half a minute', () => {
    const { step } = bound(script())
    step({ stampMs: 10, changes: [session(7, 2), peer('a'), peer('b'), edge('a', 'b')] })
    step({ stampMs: 90_000 })
    step({ stampMs: 90_000, events: [closed], changes: [changed(sessionTable, 7, undefined)] })
    step({ stampMs: 120_000, changes: [peer('b', { ownerSessionId: 0 })] })
    step({ stampMs: 120_200, changes: [changed(edgesTable, 'task\na\nb', undefined)] })
    step({ stampMs: 300_000 })
  })

  it('fires when a closed session keeps its slots', () => {
    const { step } = bound(script())
    step({ stampMs: 10, changes: [session(7, 2), peer('a'), peer('b'), edge('a', 'b')] })
    step({ stampMs: 1000, events: [closed], changes: [changed(sessionTable, 7, undefined)] })
    const late = (): void => step({ stampMs: 1000 + 30_250 + 1 })
    expect(late).toThrow('task/b has parents at 31251 and no stream since 1000 (detached)')
  })

  it('fires when a dead member keeps its slots', () => {
    const made = script()
    const { step } = bound(made)
    step({ stampMs: 10, changes: [session(7, 2), peer('a'), peer('b'), edge('a', 'b')] })
    made.run.crash(2)
    step({ stampMs: 36_000 })
    expect(() => step({ stampMs: 40_000 })).toThrow('since 10 (its member is dead)')
  })
})

describe('acknowledged-announcements', () => {
  const script = (): Script => new Script((ghost) => [acknowledgedAnnouncements(ghost)])
  const read = { type: 'peer-read', member: 2, taskId: 'task', peerId: 'a' } as const
  const gone = (): RowChange =>
    changed(peersTable, 'task\na', undefined, peerRow('a', { state: 'Succeeded' }))

  it('accepts what is there until somebody leaves', () => {
    const made = script()
    const { step, run } = bound(made)
    step({ changes: [peer('a', { state: 'Succeeded' })] })
    run.tell({ type: 'swarm-acknowledged', member: 2, index: 2 })
    run.tell({ ...read, isThere: true, index: 2, acknowledgedIndex: 2 })
    const request = commandRequest(leaveTask, { taskId: 'task', peerId: 'a' })
    step({ request, changes: [gone()] })
    run.tell({ ...read, isThere: false, index: 3, acknowledgedIndex: 2 })
    // A stale state shows what was there.
    run.tell({ ...read, isThere: true, index: 2, acknowledgedIndex: 2 })
  })

  it('fires when it vanishes, or is not seen, or is seen again', () => {
    const made = script()
    const { step, run } = bound(made)
    step({ changes: [peer('a', { state: 'Succeeded' })] })
    const unseen = { ...read, isThere: false, index: 2, acknowledgedIndex: 2 }
    expect(() => run.tell(unseen)).toThrow('task/a is there, 2 says that it is not')
    expect(() => step({ changes: [gone()] })).toThrow('task/a has gone at 3, and nobody asked')
    const again = { ...read, isThere: true, index: 3, acknowledgedIndex: 2 }
    expect(() => run.tell(again)).toThrow('task/a is not there, 2 says that it is')
  })

  it('fires on an answer from before what was acknowledged, and on one for nothing', () => {
    const { run } = script()
    const old = { ...read, isThere: false, index: 2, acknowledgedIndex: 3 }
    expect(() => run.tell(old)).toThrow('answers from 2 what began after 3 was acknowledged')
    const early = { type: 'swarm-acknowledged', member: 2, index: 9 } as const
    expect(() => run.tell(early)).toThrow('2 acknowledged 9, which nobody has applied')
  })
})

describe('cluster-clock', () => {
  const script = (): Script => new Script((ghost) => [clusterClock(ghost)])

  it('accepts a clock that is behind, and what a leader slept through', () => {
    const { run, step } = bound(script())
    run.atMs = 10_000
    step({ stampMs: 10 })
    step({ stampMs: 11_000 + run.electionMs })
    run.tell({ type: 'reached', name: 'machine-stood-still', member: 1 })
    step({ stampMs: 11_000 + 2 * run.electionMs })
  })

  it('fires when it runs ahead, and when it goes back', () => {
    const { run, step } = bound(script())
    run.atMs = 10_000
    step({ stampMs: 9000 })
    expect(() => step({ stampMs: 8999 })).toThrow('is stamped 8999 ms, after 9000 ms')
    const ahead = (): void => step({ stampMs: 1_800_000_000_000 })
    expect(ahead).toThrow('is stamped 1800000000000 ms')
  })
})

describe('stale-streams', () => {
  const script = (): Script => new Script((ghost) => [staleStreams(ghost)])
  const ref = { taskId: 'task', peerId: 'a' }
  const attach = (streamId: number): Step => {
    const request = commandRequest(attachStream, { ...ref, streamId, begin: true })
    return { request, changes: [peer('a', { ownerSessionId: 7, streamId })] }
  }
  const detach = (streamId: number, detached: boolean): Step => ({
    request: commandRequest(detachStream, { ...ref, streamId }),
    result: { detached },
    changes: detached ? [peer('a', { ownerSessionId: 0 })] : [],
  })

  it('accepts what the stream of the peer says, and that others are not heard', () => {
    const { step } = bound(script())
    step(attach(1))
    step(attach(2))
    step(detach(1, false))
    step(detach(2, true))
  })

  it('fires when an old stream, or one that was let go, is heard', () => {
    const { step } = bound(script())
    step(attach(1))
    step(attach(2))
    const old = (): void => step(detach(1, true))
    expect(old).toThrow('detach-stream of stream 1 in session 7 counts for task/a')
    const other = bound(script())
    other.step(attach(1))
    other.step({ changes: [peer('a', { ownerSessionId: 0 })] })
    expect(() => other.step(detach(1, true))).toThrow('which is on stream 0 of session 0')
  })
})

/** The parts of a script, to be called without naming it. */
function bound(script: Script) {
  return {
    run: script.run,
    step: (step: Step) => script.step(step),
    announce: (number: number, stampMs: number) => script.announce(number, stampMs),
  }
}
