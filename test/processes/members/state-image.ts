// A snapshot file with a state of any size, for what loads, sends or installs large states: as many
// peers as asked for, twenty on a task, and rows of configuration where bytes are wanted, not rows.
import { createHash } from 'node:crypto'
import { compareBytes } from '../../../base/index.ts'
import { FileDisk } from '../../../runtime/index.ts'
import {
  hashCell,
  StateDigest,
  tablesOutsideDigest,
} from '../../../scheduler/replication/digest.ts'
import { rowKey, rowValue } from '../../../scheduler/replication/row-codec.ts'
import { clockTable } from '../../../scheduler/replication/rows/clock.ts'
import {
  clusterIdKey,
  configTable,
  configValueBytesMax,
} from '../../../scheduler/replication/rows/config.ts'
import type { ConfigRow } from '../../../scheduler/replication/rows/config.ts'
import { hostsTable, noHostCounters } from '../../../scheduler/replication/rows/host.ts'
import { idBytes, memberTable } from '../../../scheduler/replication/rows/member.ts'
import { metaCheck, metaTable } from '../../../scheduler/replication/rows/meta.ts'
import { peerRow, peersTable } from '../../../scheduler/replication/rows/peer.ts'
import { tasksTable } from '../../../scheduler/replication/rows/task.ts'
import { newCell } from '../../../scheduler/replication/table.ts'
import type { HostRow } from '../../../scheduler/replication/rows/host.ts'
import type { PeerRow } from '../../../scheduler/replication/rows/peer.ts'
import type { TaskRow } from '../../../scheduler/replication/rows/task.ts'
import type { AnyTable } from '../../../scheduler/replication/table-definition.ts'
import { ImageEncoder } from '../../../storage/images/image-encoder.ts'
import type { RowSource, StateRow } from '../../../storage/index.ts'

const peersPerTask = 20
const hostsMax = 1_000
const clusterClockMs = 1_000_000
const appliedIndex = 10_000
const clusterId = '5a'.repeat(16)

/** How large a state is. */
export interface StateSize {
  readonly peers: number
  /** Bytes of configuration. @default 0 */
  readonly paddingBytes?: number
}

/** Writes a snapshot file of a cluster of one member with such a state; its bytes. */
export async function writeStateImage(path: string, size: StateSize): Promise<number> {
  const digest = new StateDigest()
  const cell = newCell({}, 0)
  for (const [key, value] of stateRows(size)) {
    if (tablesOutsideDigest.includes(key[0]!)) continue
    hashCell(cell, key, value)
    digest.add(cell)
  }
  const meta = { appliedIndex, appliedTerm: 1, digest: digest.bytes() }
  const head = {
    clusterId,
    index: appliedIndex,
    term: 1,
    clusterClockMs,
    digest: meta.digest,
    configuration: {
      id: 0,
      highestId: 1,
      autoLeave: false,
      voters: [1],
      votersOutgoing: [],
      learners: [],
      learnersNext: [],
    },
  }
  const last = stored(metaTable, { ...meta, check: metaCheck(meta, undefined) })
  const encoder = new ImageEncoder(head, sourceOf([last], stateRows(size)))
  const file = await new FileDisk().open(path, 'create')
  let at = 0
  for (let chunk = await encoder.next(); chunk !== undefined; chunk = await encoder.next()) {
    await file.write(at, [chunk])
    at += chunk.length
  }
  await file.close()
  return at
}

const rowsAtATime = 1_000

function sourceOf(...parts: readonly Iterable<StateRow>[]): RowSource {
  const all = (function* () {
    for (const rows of parts) yield* rows
  })()
  return {
    async next() {
      const rows: StateRow[] = []
      while (rows.length < rowsAtATime) {
        const next = all.next()
        if (next.done === true) break
        rows.push(next.value)
      }
      return rows
    },
  }
}

/** All rows but the one that says where the state stands, in the order of their keys. */
function* stateRows({ peers, paddingBytes = 0 }: StateSize): Generator<StateRow> {
  yield stored(memberTable, {
    replicaId: 1,
    hostId: 'origin',
    incarnation: '1b'.repeat(16),
    raftAddress: '127.0.0.1:1',
    clientAddress: '',
    role: 'voter',
    state: 'online',
    bootId: '',
    programVersion: '',
    joinedAtIndex: 1,
    credential: '',
  })
  yield stored(configTable, configRow(clusterIdKey, idBytes(clusterId)))
  const paddings = Math.ceil(paddingBytes / configValueBytesMax)
  for (let n = 0; n < paddings; n += 1) {
    // All of one length, so that their keys rise as they do.
    const key = `padding/${String(n).padStart(8, '0')}`
    yield stored(configTable, configRow(key, new Uint8Array(configValueBytesMax).fill(n & 255)))
  }
  yield stored(clockTable, { clusterClockMs, wallMs: Date.UTC(2026, 0) })
  const hosts = Math.max(1, Math.min(hostsMax, Math.ceil(peers / 100)))
  for (let host = 0; host < hosts; host += 1) yield stored(hostsTable, hostRow(host))
  const tasks = Math.ceil(peers / peersPerTask)
  const byKey = Array.from({ length: tasks }, (_, task) => ({
    task,
    key: rowKey(tasksTable, taskRow(task)),
  })).sort((a, b) => compareBytes(a.key, b.key))
  for (const { task } of byKey) yield stored(tasksTable, taskRow(task))
  for (const { task } of byKey) {
    const id = taskId(task)
    for (let peer = 0; peer < peersPerTask; peer += 1) {
      const number = task * peersPerTask + peer
      if (number < peers) yield stored(peersTable, peerOf(id, number, number % hosts))
    }
  }
}

function stored(table: AnyTable, row: object): StateRow {
  return [rowKey(table, row), rowValue(table, row, appliedIndex)]
}

function configRow(key: string, value: Uint8Array): ConfigRow {
  return { key, value, actor: '', writtenWallMs: 0 }
}

function hostId(host: number): string {
  // All of one length: their keys then rise as they do.
  return `host-${String(host).padStart(8, '0')}-10.0.0.7`
}

function taskId(task: number): string {
  return createHash('sha256').update(`task ${task}`).digest('hex')
}

function hostRow(host: number): HostRow {
  return {
    id: hostId(host),
    type: 'normal',
    ip: '10.0.0.7',
    hostname: `host-${host}`,
    port: 65_000,
    downloadPort: 65_002,
    proxyPort: 0,
    objectStoragePort: 0,
    location: 'dc1|room2|rack3',
    idc: 'dc1',
    os: 'linux',
    platform: 'debian',
    platformFamily: 'debian',
    platformVersion: '12',
    kernelVersion: '6.1',
    schedulerClusterId: 1,
    disableShared: false,
    maxTxBandwidth: 0,
    txBandwidth: 0,
    announceIntervalMs: 0,
    concurrentUploadLimit: 200,
    stats: new Uint8Array(200).fill(host & 255),
    ...noHostCounters,
    state: 'live',
    leftIndex: 0,
    leftMs: 0,
    createdMs: clusterClockMs,
    announcedMs: clusterClockMs,
    aliveMs: clusterClockMs,
  }
}

function taskRow(task: number): TaskRow {
  return {
    id: taskId(task),
    type: 'cache',
    url: `https://origin.example/layers/${task}/blob.tar.gz`,
    tag: '',
    application: '',
    digest: '',
    filteredQueryParams: [],
    headers: [],
    pieceLength: 4_194_304,
    state: 'Succeeded',
    contentLength: 33_554_432,
    totalPieceCount: 8,
    pieceZero: null,
    backToSourceCount: 0,
    failedPeerCount: 0,
    sourceExpectedUntilMs: 0,
    emptySinceMs: 0,
    createdMs: clusterClockMs,
    updatedMs: clusterClockMs,
  }
}

function peerOf(task: string, peer: number, host: number): PeerRow {
  const uuid = createHash('md5').update(`peer ${peer}`).digest('hex')
  return peerRow({
    taskId: task,
    peerId: `${String(peer).padStart(9, '0')}-${uuid}`,
    hostId: hostId(host),
    state: 'Succeeded',
    priority: 0,
    range: '',
    concurrentPieceCount: 4,
    needBackToSource: false,
    finishedPieces: new Uint8Array(0),
    finishedPieceCount: 8,
    costsMs: [12, 15, 11, 240, 13, 17, 12, 19],
    costMs: 410,
    blockedParents: [],
    ownerSessionId: 0,
    streamId: 0,
    api: 1,
    parentCount: 0,
    isOnSeed: false,
    attachEpoch: 9_000,
    detachDeadlineMs: 0,
    createdIndex: 8_000,
    createdMs: clusterClockMs,
    updatedMs: clusterClockMs,
    pieceUpdatedMs: clusterClockMs,
  })
}
