// Bytes of every row and command body of the domain. They are in logs and on disks: a change here
// is a change of format, which needs a new version.
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../../base/index.ts'
import { pack, unpack } from '../msgpack.ts'
import { decodeRow, rowKey, rowValue } from '../row-codec.ts'
import { edgesTable } from '../rows/edge.ts'
import { hostsTable } from '../rows/host.ts'
import { outboxTable } from '../rows/outbox.ts'
import { peerRow, peersTable } from '../rows/peer.ts'
import { tasksTable } from '../rows/task.ts'
import { waitersTable } from '../rows/waiter.ts'
import { FieldReader, isArray } from '../wire.ts'
import { announceHost } from './announce-host.ts'
import { announceTask } from './announce-task.ts'
import { blockParent } from './block-parent.ts'
import { schedulerDomain } from './domain.ts'
import { deleteTask } from './delete-task.ts'
import { finishDownload } from './finish-download.ts'
import { deleteHost, leaveHost } from './leave-host.ts'
import { leaveTask } from './leave-task.ts'
import { reattachStream } from './reattach-stream.ts'
import { registerDownload } from './register-download.ts'
import { registerPeer } from './register-peer.ts'
import { reportPeerResult } from './report-peer-result.ts'
import { reportPieceFailure } from './report-piece-failure.ts'
import { reportPieces } from './report-pieces.ts'
import { reschedulePeer } from './reschedule-peer.ts'
import { finishSeed, reportSeed, startSeed } from './seed-commands.ts'
import { startDownload } from './start-download.ts'
import { attachStream, detachStream } from './streams.ts'
import { sweep } from './sweep.ts'
import type { AnyCommand } from '../command.ts'
import type { AnyTable } from '../table-definition.ts'
import type { FinishSeed, HostInput, TaskInput } from './types.ts'

const host: HostInput = {
  id: 'h',
  ip: '10.0.0.1',
  hostname: 'n',
  port: 65_000,
  downloadPort: 65_002,
  proxyPort: 65_001,
  location: 'eu|a',
  idc: 'i',
}

const announced = {
  ...host,
  type: 'super' as const,
  objectStoragePort: 65_004,
  os: 'linux',
  platform: 'debian',
  platformFamily: 'deb',
  platformVersion: '13',
  kernelVersion: '6.1',
  schedulerClusterId: 1,
  disableShared: false,
  maxTxBandwidth: 1_000_000,
  txBandwidth: 9,
  announceIntervalMs: 30_000,
  concurrentUploadLimit: 50,
  stats: Uint8Array.of(1, 2),
}

const task: TaskInput = {
  id: 't',
  type: 'persistent-cache',
  url: 'd7y:/x',
  digest: 'md5:0',
  tag: 'g',
  application: 'p',
  filteredQueryParams: ['q'],
  headers: [['a', 'b']],
  pieceLength: 4_194_304,
}

const pieceZero = { digest: 'm', offset: 0, length: 5 }
const ref = { taskId: 't', peerId: 'p' }
const finished = { firstPiece: 8, bytes: Uint8Array.of(5) }
const sourceError = { temporary: true, metadata: Uint8Array.of(3) }

const rows: [string, AnyTable, object, string, string][] = [
  [
    'host',
    hostsTable,
    {
      ...announced,
      state: 'live',
      leftIndex: 2,
      leftMs: 3,
      createdMs: 4,
      announcedMs: 5,
      aliveMs: 6,
      concurrentUploadCount: 1,
      concurrentUploadPieceCount: 8,
      uploadContentLength: 100,
      reservedTxBandwidth: 7,
      uploadCount: 11,
      uploadFailedCount: 12,
    },
    '10000168',
    'dc002401cd0102a16801a831302e302e302e31a16ecdfde8cdfdeacdfde9cdfdeca465757c61a169a56c' +
      '696e7578a664656269616ea3646562a23133a3362e3101c2ce000f424009cd753032c402010201086407' +
      '0b0c000203040506',
  ],
  [
    'task',
    tasksTable,
    {
      ...task,
      state: 'Succeeded',
      contentLength: 10,
      totalPieceCount: 1,
      pieceZero,
      backToSourceCount: 2,
      failedPeerCount: 3,
      sourceExpectedUntilMs: 6,
      emptySinceMs: 0,
      createdMs: 4,
      updatedMs: 5,
    },
    '113e13000174',
    'dc001501cd0102a17402a66437793a2f78a56d64353a30a167a17091a1719192a161a162ce0040000002' +
      '0a019193a16d0005020306000405',
  ],
  [
    'peer',
    peersTable,
    peerRow({
      ...ref,
      hostId: 'h',
      state: 'Running',
      priority: 6,
      range: '0-9',
      concurrentPieceCount: 8,
      needBackToSource: false,
      finishedPieces: Uint8Array.of(0, 5),
      finishedPieceCount: 2,
      costsMs: [10, 20],
      costMs: 0,
      blockedParents: ['x'],
      ownerSessionId: 4,
      streamId: 7,
      api: 1,
      parentCount: 1,
      isOnSeed: true,
      attachEpoch: 9,
      detachDeadlineMs: 0,
      createdIndex: 8,
      createdMs: 1000,
      updatedMs: 2000,
      pieceUpdatedMs: 3000,
    }),
    '123e13000174000170',
    'dc001a01cd0102a174a170a1680506a3302d3908c2c402000502920a140091a17804070101c3090008cd' +
      '03e8cd07d0cd0bb8',
  ],
  [
    'edge',
    edgesTable,
    {
      taskId: 't',
      parentId: 'p',
      childId: 'c',
      hostId: 'h',
      pieceCount: 8,
      contentLength: 100,
      txBandwidth: 9,
    },
    '133e13000174000170000163',
    '9901cd0102a174a170a163a168086409',
  ],
  [
    'waiter',
    waitersTable,
    {
      ...ref,
      sinceIndex: 5,
      sinceOrdinal: 1,
      deadlineMs: 2000,
      ownerSessionId: 4,
      streamId: 7,
      attachEpoch: 5,
    },
    '0c3e13000174000170',
    '9a01cd0102a174a1700501cd07d0040705',
  ],
  [
    'outbox',
    outboxTable,
    {
      id: 65_536,
      kind: 'seed',
      state: 'running',
      hostId: 'h',
      taskId: 't',
      range: '0-9',
      download: Uint8Array.of(1, 2),
      term: 3,
      attempts: 1,
      peerId: 'p',
      createdMs: 10,
      deadlineMs: 20,
      failedMs: 0,
    },
    '0b0000000000010000',
    '9f01cd0102ce000100000001a168a174a3302d39c40201020301a1700a1400',
  ],
]

const commands: [AnyCommand, number, unknown, string][] = [
  [
    announceHost as AnyCommand,
    100,
    { acceptedIndex: 9, ...announced },
    'dc001709a168a831302e302e302e31a16ecdfde8cdfdeacdfde9a465757c61a16901cdfdeca56c696e75' +
      '78a664656269616ea3646562a23133a3362e3101c2ce000f424009cd753032c4020102',
  ],
  [leaveHost as AnyCommand, 101, { hostId: 'h' }, '91a168'],
  [deleteHost as AnyCommand, 102, { hostId: 'h' }, '91a168'],
  [
    registerPeer as AnyCommand,
    110,
    {
      acceptedIndex: 9,
      task,
      host,
      peerId: 'p',
      range: '0-9',
      priority: 0,
      effectivePriority: 6,
      concurrentPieceCount: 4,
      needBackToSource: true,
      prefetch: { ...task, id: 'u' },
    },
    'dc00110999a17402a66437793a2f78a56d64353a30a167a17091a1719192a161a162ce00400000a168a8' +
      '31302e302e302e31a16ecdfde8cdfdeacdfde9a465757c61a169a170a3302d39000604c39199a17502a6' +
      '6437793a2f78a56d64353a30a167a17091a1719192a161a162ce00400000',
  ],
  [attachStream as AnyCommand, 111, { ...ref, streamId: 7, begin: true }, '94a174a17007c3'],
  [detachStream as AnyCommand, 112, { ...ref, streamId: 7 }, '93a174a17007'],
  [
    reportPieces as AnyCommand,
    113,
    { items: [{ ...ref, streamId: 7, finished, costsMs: [10], parentIds: ['x'], pieceZero }] },
    '919198a174a1700708c40105910a91a1789193a16d0005',
  ],
  [
    reportPieceFailure as AnyCommand,
    114,
    { ...ref, streamId: 7, parentId: 'x', cause: 'task-gone' },
    '95a174a17007a178a97461736b2d676f6e65',
  ],
  [
    reportPeerResult as AnyCommand,
    115,
    { ...ref, success: false, contentLength: -1, totalPieceCount: -1, costMs: 5, sourceError },
    '97a174a170c2ffff059192c3c40103',
  ],
  [
    announceTask as AnyCommand,
    116,
    {
      acceptedIndex: 9,
      task,
      host,
      peerId: 'p',
      contentLength: 10,
      totalPieceCount: 1,
      pieceZero: null,
    },
    '9e0999a17402a66437793a2f78a56d64353a30a167a17091a1719192a161a162ce00400000a168a83130' +
      '2e302e302e31a16ecdfde8cdfdeacdfde9a465757c61a169a1700a0190',
  ],
  [leaveTask as AnyCommand, 117, ref, '92a174a170'],
  [startSeed as AnyCommand, 120, { outboxId: 65_536 }, '91ce00010000'],
  [
    reportSeed as AnyCommand,
    121,
    { outboxId: 65_536, term: 3, peerId: 'p', finished, costsMs: [1], pieceZero: null },
    '97ce0001000003a17008c40105910190',
  ],
  [
    finishSeed as AnyCommand,
    122,
    {
      outboxId: 65_536,
      term: 3,
      peerId: 'p',
      outcome: { type: 'failed', retry: false, sourceError },
    },
    '94ce0001000003a17093a66661696c6564c29192c3c40103',
  ],
  [sweep as AnyCommand, 130, { target: 'peers' }, '91a57065657273'],
  [
    registerDownload as AnyCommand,
    140,
    {
      acceptedIndex: 9,
      task,
      hostId: 'h',
      peerId: 'p',
      range: '0-9',
      priority: 0,
      effectivePriority: 6,
      concurrentPieceCount: 4,
      needBackToSource: false,
      metadataOnly: true,
      contentLength: -1,
      totalPieceCount: 3,
      seedDownload: Uint8Array.of(1, 2),
      streamId: 7,
    },
    '9e0999a17402a66437793a2f78a56d64353a30a167a17091a1719192a161a162ce00400000a168a170a3' +
      '302d39000604c2c3ff03c402010207',
  ],
  [startDownload as AnyCommand, 141, { ...ref, streamId: 7, backToSource: true }, '94a174a17007c3'],
  [
    reschedulePeer as AnyCommand,
    142,
    { ...ref, streamId: 7, blockedParents: ['x'] },
    '94a174a1700791a178',
  ],
  [
    finishDownload as AnyCommand,
    143,
    { ...ref, streamId: 7, success: true, backToSource: false },
    '95a174a17007c3c2',
  ],
  [blockParent as AnyCommand, 144, { ...ref, streamId: 7, parentId: 'x' }, '94a174a17007a178'],
  [deleteTask as AnyCommand, 145, { hostId: 'h', taskId: 't' }, '92a168a174'],
  [
    reattachStream as AnyCommand,
    146,
    { ...ref, streamId: 7, attachEpoch: 9, isAnswerDue: true },
    '95a174a1700709c3',
  ],
]

describe('stored rows', () => {
  it.each(rows)('%s has these bytes and reads back', (_name, table, row, key, value) => {
    expect(toHex(rowKey(table, row))).toBe(key)
    expect(toHex(rowValue(table, row, 258))).toBe(value)
    const decoded = decodeRow(table, fromHex(key)!, fromHex(value)!)
    expect(decoded).toEqual({ row, modIndex: 258 })
  })
})

describe('command bodies', () => {
  it.each(commands)('%s has these bytes and reads back', (...[command, kind, body, bytes]) => {
    expect(command.kind).toBe(kind)
    expect(command.kindVersion).toBe(1)
    expect(toHex(pack(command.encode(body)))).toBe(bytes)
    const fields = unpack(fromHex(bytes)!)
    if (!isArray(fields)) throw new Error('a body is an array')
    const reader = new FieldReader(fields)
    expect(command.decode(reader)).toEqual(body)
    expect(reader.remaining).toBe(0)
  })

  it('finish-seed knows every outcome', () => {
    const ends: readonly [FinishSeed['outcome'], string][] = [
      [{ type: 'done', contentLength: -1, totalPieceCount: -1 }, '93a4646f6e65ffff'],
      [{ type: 'unreachable' }, '91ab756e726561636861626c65'],
    ]
    for (const [outcome, hex] of ends) {
      const body = { outboxId: 9, term: 3, peerId: '', outcome }
      expect(toHex(pack(finishSeed.encode(body)))).toBe(`940903a0${hex}`)
      const fields = unpack(fromHex(`940903a0${hex}`)!)
      expect(isArray(fields) && finishSeed.decode(new FieldReader(fields))).toEqual(body)
    }
  })

  it('are all listed here', () => {
    expect(commands.map(([command]) => command)).toEqual(schedulerDomain.commands)
    expect(rows.map(([, table]) => table.name)).toEqual(
      schedulerDomain.tables.map((table) => table.name),
    )
  })
})
