// Random commands in random order: whatever happens, the state adds up and replicas agree.
import { describe, expect, it } from 'vitest'
import { Prng, toHex, utf8Encode } from '../../../base/index.ts'
import { candidateRefusal, descendantsOf, isSchedulableState } from '../../core/index.ts'
import { setConfigCommand } from '../config-commands.ts'
import { configTable } from '../rows/config.ts'
import { edgesTable } from '../rows/edge.ts'
import { hostsTable } from '../rows/host.ts'
import { peerKey, peersTable } from '../rows/peer.ts'
import { sessionTable } from '../rows/session.ts'
import { tasksTable } from '../rows/task.ts'
import { waitersTable } from '../rows/waiter.ts'
import { announceHost } from './announce-host.ts'
import { announceTask } from './announce-task.ts'
import { blockParent } from './block-parent.ts'
import { deleteTask } from './delete-task.ts'
import { finishDownload } from './finish-download.ts'
import { deleteHost, leaveHost } from './leave-host.ts'
import { leaveTask } from './leave-task.ts'
import { takesSourcePlace } from './peers.ts'
import { openSeeds } from './queries.ts'
import { reattachStream } from './reattach-stream.ts'
import { registerDownload } from './register-download.ts'
import { registerPeer } from './register-peer.ts'
import { reportPeerResult } from './report-peer-result.ts'
import { reportPieceFailure } from './report-piece-failure.ts'
import { reportPieces } from './report-pieces.ts'
import { reschedulePeer } from './reschedule-peer.ts'
import { finishSeed, reportSeed, startSeed } from './seed-commands.ts'
import { settingsKey } from './settings.ts'
import { startDownload } from './start-download.ts'
import { attachStream, detachStream } from './streams.ts'
import {
  cacheTask,
  download,
  hostAnnounce,
  hostInput,
  newState,
  registration,
  SchedulerFixture,
  taskAnnounce,
  taskInput,
} from './scheduler-fixture.suite.ts'
import type { Random } from '../../../base/index.ts'
import type { StateReader } from '../state-access.ts'
import type { EdgeRow } from '../rows/edge.ts'
import type { PeerRow } from '../rows/peer.ts'
import type { TaskInput } from './types.ts'

const rounds = 28
/** Each a test of its own, so that none takes long. */
const parts = [0, 1, 2, 3]
const stepsPerRound = 120
const hostCount = 6
const tasks: readonly TaskInput[] = [taskInput('web'), cacheTask('cache')]
const listMax = { limit: 10_000 }

/** Small limits, so that slots are short all the time. Host 0 is a seed. */
function announced(host: number): ReturnType<typeof hostAnnounce> {
  return hostAnnounce(`h${host}`, {
    type: host === 0 ? 'super' : 'normal',
    concurrentUploadLimit: 1 + (host % 3),
    announceIntervalMs: 20_000,
    maxTxBandwidth: host * 1_000_000,
    disableShared: host === 5,
  })
}

class Chaos {
  readonly fixture = new SchedulerFixture()
  readonly #random: Random
  #streamId = 0
  #boot = 4

  constructor(seed: string) {
    this.#random = new Prng(seed)
    for (let host = 0; host < hostCount; host += 1) this.fixture.run(announceHost, announced(host))
  }

  step(): void {
    const acts = [
      () => this.#register(),
      () => this.#register(),
      () => this.#register(),
      () => this.#register(),
      () => this.#attach(),
      () => this.#attach(),
      () => this.#attach(),
      () => this.#attach(),
      () => this.#detach(),
      () => this.#download(),
      () => this.#download(),
      () => this.#download(),
      () => this.#download(),
      () => this.#start(),
      () => this.#start(),
      () => this.#start(),
      () => this.#reschedule(),
      () => this.#reschedule(),
      () => this.#finish(),
      () => this.#block(),
      () => this.#delete(),
      () => this.#reattach(),
      () => this.#result(),
      () => this.#failure(),
      () => this.#pieces(),
      () => this.#import(),
      () => this.#leave(),
      () => this.#host(),
      () => this.#seed(),
      () => this.#member(),
      () => this.#settings(),
      () => this.fixture.advance(this.#random.below(this.#random.ratio(1, 5) ? 20_000 : 500)),
    ]
    this.#pick(acts)()
    this.fixture.settle()
  }

  #register(): void {
    const { host, peerId } = this.#peer()
    const change = { host: hostInput(`h${host}`), needBackToSource: this.#random.ratio(1, 20) }
    this.fixture.run(registerPeer, registration(this.#task(), peerId, change), this.#memberId())
  }

  #attach(): void {
    this.#streamId += 1
    const body = { streamId: this.#streamId, begin: this.#random.ratio(9, 10) }
    this.fixture.run(attachStream, { ...this.#known(), ...body }, this.#memberId())
  }

  #detach(): void {
    const peer = this.#pick(this.#peers().filter((known) => known.ownerSessionId > 0))
    if (peer === undefined) return
    this.fixture.run(detachStream, peer, this.#memberOf(peer))
  }

  /** A download of API v2, of a peer that may be known through either API. */
  #download(): void {
    const { host, peerId } = this.#peer()
    this.#streamId += 1
    const isLengthKnown = this.#random.ratio(1, 2)
    const change = {
      hostId: `h${host}`,
      streamId: this.#streamId,
      needBackToSource: this.#random.ratio(1, 20),
      metadataOnly: this.#random.ratio(1, 12),
      effectivePriority: this.#pick([0, 0, 0, 3, 4] as const),
      range: this.#random.ratio(1, 9) ? '0-9' : '',
      contentLength: isLengthKnown ? this.#random.below(3) * 1_000_000 : -1,
      totalPieceCount: isLengthKnown ? this.#random.below(9) : -1,
      seedDownload: this.#random.ratio(1, 2) ? Uint8Array.of(1) : new Uint8Array(0),
    }
    const task = { ...this.#task(), pieceLength: this.#random.below(3) * 1_000_000 }
    this.fixture.run(registerDownload, download(task, peerId, change), this.#memberId())
  }

  #start(): void {
    const peer = this.#attached()
    if (peer === undefined) return
    const backToSource = this.#random.ratio(1, 6)
    this.fixture.run(startDownload, { ...peer, backToSource }, this.#memberOf(peer))
  }

  #reschedule(): void {
    const peer = this.#attached()
    if (peer === undefined) return
    const parents = this.fixture.reader.list(edgesTable, 'byChild', { group: peer.key, limit: 9 })
    const blockedParents = this.#random.ratio(1, 2) ? parents.map((edge) => edge.parentId) : []
    this.fixture.run(reschedulePeer, { ...peer, blockedParents }, this.#memberOf(peer))
  }

  #finish(): void {
    const peer = this.#attached()
    if (peer === undefined) return
    const how = { success: this.#random.ratio(2, 3), backToSource: this.#random.ratio(1, 5) }
    this.fixture.run(finishDownload, { ...peer, ...how }, this.#memberOf(peer))
  }

  #block(): void {
    const peer = this.#attached()
    if (peer === undefined) return
    const { peerId: parentId } = this.#pick(this.#peers())
    this.fixture.run(blockParent, { ...peer, parentId }, this.#memberOf(peer))
  }

  #delete(): void {
    const body = { hostId: `h${this.#random.below(hostCount)}`, taskId: this.#task().id }
    this.fixture.run(deleteTask, body)
  }

  #reattach(): void {
    const peer = this.#pick(this.#peers())
    if (peer === undefined || peer.attachEpoch === 0) return
    this.#streamId += 1
    const body = { streamId: this.#streamId, isAnswerDue: this.#random.ratio(1, 2) }
    this.fixture.run(reattachStream, { ...peer, ...body }, this.#memberId())
  }

  #attached(): PeerRow | undefined {
    return this.#pick(this.#peers().filter((peer) => peer.ownerSessionId > 0))
  }

  #result(): void {
    const success = this.#random.ratio(2, 3)
    this.fixture.run(reportPeerResult, {
      ...this.#known(),
      success,
      contentLength: success ? this.#random.below(1_000_000) : -1,
      totalPieceCount: success ? 1 + this.#random.below(9) : -1,
      costMs: 1,
      sourceError: this.#random.ratio(1, 2)
        ? { temporary: this.#random.ratio(2, 3), metadata: Uint8Array.of(1) }
        : null,
    })
  }

  #failure(): void {
    const attached = this.#peers().filter((peer) => peer.ownerSessionId > 0)
    const peer = this.#pick(attached)
    if (peer === undefined) return
    const parents = this.#peers().filter((other) => other.taskId === peer.taskId)
    const parentId = this.#random.ratio(1, 9) ? 'unknown' : this.#pick(parents)!.peerId
    const cause = this.#pick(['failed', 'failed', 'task-gone', 'piece-gone'] as const)!
    this.fixture.run(reportPieceFailure, { ...peer, parentId, cause }, this.#memberOf(peer))
  }

  #import(): void {
    const { host, peerId } = this.#peer()
    const change = { host: hostInput(`h${host}`), contentLength: this.#random.below(9_000_000) }
    this.fixture.run(announceTask, taskAnnounce(this.#task(), peerId, change))
  }

  #leave(): void {
    this.fixture.run(leaveTask, this.#known())
  }

  #host(): void {
    const host = this.#random.below(hostCount)
    const leave = this.#pick([leaveHost, deleteHost])
    if (this.#random.ratio(1, 3)) this.fixture.run(leave, { hostId: `h${host}` })
    else this.fixture.run(announceHost, announced(host))
  }

  #seed(): void {
    if (this.#random.ratio(1, 8)) this.fixture.term += 1
    for (const item of openSeeds(this.fixture.reader, this.fixture.term, 1)) {
      this.fixture.run(startSeed, { outboxId: item.id })
      const { term } = this.fixture
      // One of API v2 names no peer: it tells about it by itself.
      const isOwn = item.download.length > 0 && this.#random.ratio(1, 2)
      const peerId = isOwn ? '' : `seed-of-${item.taskId}`
      const ref = { outboxId: item.id, term, peerId }
      const finished = { firstPiece: 0, bytes: Uint8Array.of(1) }
      if (!isOwn) {
        this.fixture.run(reportSeed, { ...ref, finished, costsMs: [1], pieceZero: null })
      }
      const done = { type: 'done', contentLength: 7, totalPieceCount: 1 } as const
      const failed = { type: 'failed', retry: this.#random.ratio(1, 2), sourceError: null } as const
      const outcome = this.#pick([done, done, failed, { type: 'unreachable' } as const])
      if (this.#random.ratio(1, 2)) this.fixture.run(finishSeed, { ...ref, outcome })
    }
  }

  #pieces(): void {
    const attached = this.#peers().filter((peer) => peer.ownerSessionId > 0)
    const items = attached.slice(0, 1 + this.#random.below(3)).map((peer) => ({
      ...peer,
      finished: { firstPiece: 8 * this.#random.below(3), bytes: Uint8Array.of(1) },
      // Some take so long that the peer is a bad parent from then on.
      costsMs: [1, 1, this.#random.ratio(1, 9) ? 500 : 1],
      parentIds: [this.#pick(this.#peers())!.peerId],
      pieceZero: null,
    }))
    this.fixture.run(reportPieces, { items }, this.#memberId())
  }

  /** A member starts again, found dead before or not. */
  #member(): void {
    this.#boot += 1
    if (this.#random.ratio(1, 2)) this.fixture.closeSession(1)
    this.fixture.openSession(1, this.#boot)
  }

  /** Limits and lives change while everything goes on. */
  #settings(): void {
    const settings = {
      backToSourceCount: 1 + this.#random.below(4),
      candidateParentLimit: 1 + this.#random.below(4),
      retryInterval: `${100 + this.#random.below(900)}ms`,
      gc: { pieceDownloadTimeout: `${1 + this.#random.below(60)}s`, hostTTL: '30s' },
    }
    const value = utf8Encode(JSON.stringify(settings))
    const expectedVersion = this.fixture.reader.modIndex(configTable, settingsKey)
    this.fixture.run(setConfigCommand, { key: settingsKey, value, expectedVersion })
  }

  #memberId(): number {
    return 1 + this.#random.below(2)
  }

  #memberOf(peer: PeerRow): number {
    return peer.ownerSessionId === this.fixture.sessionId(2) ? 2 : 1
  }

  #task(): TaskInput {
    return this.#pick(tasks)!
  }

  #peer(): { host: number; peerId: string } {
    const peer = this.#random.below(12)
    return { host: peer % hostCount, peerId: `p${peer}` }
  }

  #known(): { taskId: string; peerId: string } {
    const peer = this.#pick(this.#peers())
    if (peer !== undefined && this.#random.ratio(9, 10)) return peer
    return { taskId: this.#task().id, peerId: this.#peer().peerId }
  }

  #peers(): readonly PeerRow[] {
    return this.fixture.reader.list(peersTable, 'expiry', listMax)
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[items.length === 0 ? 0 : this.#random.below(items.length)] as Item
  }
}

function allEdges(state: StateReader): readonly EdgeRow[] {
  const peers = state.list(peersTable, 'expiry', listMax)
  return peers.flatMap((peer) => state.list(edgesTable, 'byChild', { group: peer.key, limit: 100 }))
}

/** Every edge is counted once with its host; no host has more than its limit. */
function checkSlots(state: StateReader): void {
  const edges = allEdges(state)
  expect(edges.length).toBe(state.count(edgesTable))
  for (const host of state.list(hostsTable, 'expiry', listMax)) {
    const own = edges.filter((edge) => edge.hostId === host.id)
    expect(host.concurrentUploadCount).toBe(own.length)
    expect(host.concurrentUploadCount).toBeLessThanOrEqual(host.concurrentUploadLimit)
    expect(host.uploadContentLength).toBe(own.reduce((sum, edge) => sum + edge.contentLength, 0))
    expect(host.concurrentUploadPieceCount).toBe(
      own.reduce((sum, edge) => sum + edge.pieceCount, 0),
    )
    expect(host.reservedTxBandwidth).toBe(own.reduce((sum, edge) => sum + edge.txBandwidth, 0))
  }
}

/** Edges join peers that exist, never in a cycle, and end at peers that download. */
function checkGraph(state: StateReader): void {
  for (const edge of allEdges(state)) {
    const parent = state.get(peersTable, peerKey(edge.taskId, edge.parentId))
    const child = state.get(peersTable, peerKey(edge.taskId, edge.childId))
    expect(parent, 'a parent exists').toBeDefined()
    expect(child !== undefined && isSchedulableState(child.state)).toBe(true)
    expect(parent?.hostId).toBe(edge.hostId)
    expect(parent?.hostId).not.toBe(child?.hostId)
    expect(descendants(state, edge.taskId, edge.childId).has(edge.parentId)).toBe(false)
  }
}

function descendants(state: StateReader, taskId: string, peerId: string): ReadonlySet<string> {
  const childrenOf = (id: string): string[] =>
    state
      .list(edgesTable, 'byParent', { group: peerKey(taskId, id), limit: 100 })
      .map((edge) => edge.childId)
  return descendantsOf(peerId, childrenOf, 1000)!
}

/** A waiter is attached, downloads, has no parents, and nobody could serve it. */
function checkWaiters(state: StateReader): void {
  for (const waiter of state.list(waitersTable, 'byAge', listMax)) {
    const peer = state.get(peersTable, peerKey(waiter.taskId, waiter.peerId))
    expect(peer !== undefined && isSchedulableState(peer.state)).toBe(true)
    expect(peer?.ownerSessionId).toBe(waiter.ownerSessionId)
    expect(peer?.streamId).toBe(waiter.streamId)
    expect(waiter.ownerSessionId).toBeGreaterThan(0)
    expect(state.groupSize(edgesTable, 'byChild', peer!.key)).toBe(0)
    expect(possibleParents(state, peer!)).toEqual([])
  }
}

function possibleParents(state: StateReader, peer: PeerRow): string[] {
  const own = state.get(hostsTable, peer.hostId)!
  const { peerId, hostId, blockedParents } = peer
  const { idc, location } = own
  const below = descendants(state, peer.taskId, peerId)
  const child = { peerId, hostId, idc, location, blockedParents, descendants: below }
  const others = state.list(peersTable, 'byTask', { group: peer.taskId, limit: 1000 })
  const possible = others.filter((other) => {
    const host = state.get(hostsTable, other.hostId)!
    const { state: otherState, costsMs, parentCount: inDegree } = other
    const view = { ...host, isLive: host.state === 'live' }
    const candidate = { peerId: other.peerId, state: otherState, inDegree, costsMs, host: view }
    return candidateRefusal(candidate, child) === undefined
  })
  return possible.map((other) => other.peerId)
}

/** Peers count their parents. */
function checkParents(state: StateReader): void {
  for (const peer of state.list(peersTable, 'expiry', listMax)) {
    expect(peer.parentCount).toBe(state.groupSize(edgesTable, 'byChild', peer.key))
  }
}

/** Tasks count the places their peers take at the source and know whether they have peers. */
function checkTasks(state: StateReader): void {
  for (const task of state.list(tasksTable, 'byId', listMax)) {
    const peers = state.list(peersTable, 'byTask', { group: task.id, limit: 1000 })
    const atSource = peers.filter(takesSourcePlace)
    expect(task.backToSourceCount).toBe(atSource.length)
    expect(task.emptySinceMs > 0).toBe(peers.length === 0)
  }
}

/** Nobody is attached through a session that has closed. */
function checkOwners(state: StateReader): void {
  for (const peer of state.list(peersTable, 'expiry', listMax)) {
    if (peer.ownerSessionId === 0) continue
    expect(state.get(sessionTable, peer.ownerSessionId)).toBeDefined()
  }
}

describe('random commands', () => {
  it.each(parts)('keep slots, graph, waiters, counters and owners in order (part %i)', (part) => {
    let edgesSeen = 0
    let waitersSeen = 0
    for (let round = part; round < rounds; round += parts.length) {
      const seed = `scheduling-${round}`
      const chaos = new Chaos(seed)
      try {
        for (let step = 0; step < stepsPerRound; step += 1) {
          chaos.step()
          const { reader } = chaos.fixture
          checkSlots(reader)
          checkGraph(reader)
          checkWaiters(reader)
          checkTasks(reader)
          checkParents(reader)
          checkOwners(reader)
          edgesSeen += reader.count(edgesTable)
          waitersSeen += reader.count(waitersTable)
        }
      } catch (error) {
        throw new Error(`seed ${seed}, entry ${chaos.fixture.entries.length}`, { cause: error })
      }
    }
    // The run would prove nothing if nobody ever had a parent or had to wait.
    expect(edgesSeen).toBeGreaterThan(250)
    expect(waitersSeen).toBeGreaterThan(250)
  })

  it('give the same digest on replicas that apply the log in chunks of other sizes', () => {
    for (let round = 0; round < 6; round += 1) {
      const { fixture } = runChaos(`digest-${round}`)
      const digest = toHex(fixture.state.digest())
      expect(toHex(fixture.replay(1).digest())).toBe(digest)
      expect(toHex(fixture.replay(17).digest())).toBe(digest)
      expect(toHex(fixture.replay(100_000).digest())).toBe(digest)
    }
  })

  it('give the same digest when the rows are stored and loaded half-way', () => {
    const { fixture } = runChaos('rows')
    const half = fixture.entries.length >> 1
    const before = newState()
    before.apply(fixture.entries.slice(0, half))
    const after = newState()
    for (const [key, value] of before.take()!.writes.puts) after.load(key, value)
    after.loaded()
    after.apply(fixture.entries.slice(half))
    expect(toHex(after.digest())).toBe(toHex(fixture.state.digest()))
  })
})

function runChaos(seed: string): Chaos {
  const chaos = new Chaos(seed)
  for (let step = 0; step < stepsPerRound; step += 1) chaos.step()
  return chaos
}
