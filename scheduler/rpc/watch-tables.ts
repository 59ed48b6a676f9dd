// What outsiders may see of the replicated rows, table by table: whoever adds a field to a row adds
// nothing here by that. Names are stable; ids are texts or numbers below 2^53; times that end in
// `Ms` are cluster time. Sessions, results, join tokens and everything else that is not named here
// stays inside.
import {
  configTable,
  featureTable,
  hostBlockTable,
  hostsTable,
  memberProgressTable,
  memberSupportTable,
  memberTable,
  operatorTokenKey,
  outboxTable,
  peersTable,
  removedMemberTable,
  tasksTable,
  waitersTable,
} from '../replication/index.ts'
import type { AnyTable, OrderFields, RowFunction, TableDefinition } from '../replication/index.ts'

/** Who may see a row; each sees what those before may see. */
export const audiences = { everybody: 0, operators: 1, nobody: 2 } as const

/** A value of `audiences`. */
export type Audience = (typeof audiences)[keyof typeof audiences]

/** A table as watchers know it. */
export interface WatchTable {
  readonly name: string
  readonly definition: AnyTable
  /** An index with all rows in one group: the order of lists. */
  readonly index: string
  readonly order: OrderFields
  readonly audience: RowFunction<object, Audience>
  /** Unique within the table. */
  readonly key: RowFunction<object, string>
  /** What the audience sees of a row, ready for JSON. */
  readonly fields: (row: object, isOperator: boolean) => Readonly<Record<string, unknown>>
}

interface Projection<Row extends object, Name extends string> {
  readonly index: Name
  /** @default everybody */
  audience?(row: Row): Audience
  key(row: Row): string
  fields(row: Row, isOperator: boolean): Readonly<Record<string, unknown>>
}

function watchTable<Row extends object, Name extends string>(
  definition: TableDefinition<Row, Name>,
  projection: Projection<Row, Name>,
): WatchTable {
  const { index, audience } = projection
  const toAny = definition as AnyTable
  return {
    name: definition.name,
    definition: toAny,
    index,
    order: toAny.indexes[index]!.order,
    audience: (row) => audience?.(row as Row) ?? audiences.everybody,
    key: (row) => projection.key(row as Row),
    fields: (row, isOperator) => projection.fields(row as Row, isOperator),
  }
}

const operatorsOnly = (): Audience => audiences.operators

/** Of peers and waiters: ids hold no line feed. */
const peerKeyOf = (row: { readonly taskId: string; readonly peerId: string }): string =>
  `${row.taskId}\n${row.peerId}`

const members = watchTable(memberTable, {
  index: 'byReplica',
  audience: ({ state }) => (state === 'hidden' ? audiences.operators : audiences.everybody),
  key: (row) => String(row.replicaId),
  fields: (row) => ({
    id: row.replicaId,
    hostId: row.hostId,
    incarnation: row.incarnation,
    addr: row.clientAddress,
    raftAddr: row.raftAddress,
    role: row.role,
    state: row.state,
    version: row.programVersion,
    joinedAtIndex: row.joinedAtIndex,
  }),
})

const memberProgress = watchTable(memberProgressTable, {
  index: 'byReplica',
  key: (row) => String(row.replicaId),
  fields: (row) => ({
    id: row.replicaId,
    loadedBytes: row.bytesDone,
    loadTotalBytes: row.bytesTotal,
    loadedPercent: row.percent,
  }),
})

const memberSupport = watchTable(memberSupportTable, {
  index: 'byReplica',
  audience: operatorsOnly,
  key: (row) => String(row.replicaId),
  fields: (row) => ({
    id: row.replicaId,
    protocolVersion: row.protocolVersion,
    features: row.features,
  }),
})

const removedMembers = watchTable(removedMemberTable, {
  index: 'byAge',
  audience: operatorsOnly,
  key: (row) => String(row.replicaId),
  fields: (row) => ({
    id: row.replicaId,
    hostId: row.hostId,
    incarnation: row.incarnation,
    raftAddr: row.raftAddress,
    reason: row.reason,
    removedAtIndex: row.removedAtIndex,
    removedWallMs: row.removedWallMs,
  }),
})

const hostBlocks = watchTable(hostBlockTable, {
  index: 'byAge',
  audience: operatorsOnly,
  key: (row) => row.hostId,
  fields: (row) => ({
    hostId: row.hostId,
    reason: row.reason,
    replicaId: row.replicaId,
    blockedAtIndex: row.blockedAtIndex,
  }),
})

/** Values may be secrets of whoever wrote them: operators see all but their own token. */
const config = watchTable(configTable, {
  index: 'byKey',
  audience: ({ key }) => (key === operatorTokenKey ? audiences.nobody : audiences.operators),
  key: (row) => row.key,
  fields: (row) => ({
    key: row.key,
    value: Buffer.from(row.value).toString('base64'),
    actor: row.actor,
    writtenWallMs: row.writtenWallMs,
  }),
})

const features = watchTable(featureTable, {
  index: 'byName',
  key: (row) => row.name,
  fields: (row) => ({ name: row.name, enabledAtIndex: row.enabledAtIndex }),
})

/** Statistics that a host announces are left to ListHosts: they change with every announcement. */
const hosts = watchTable(hostsTable, {
  index: 'expiry',
  audience: ({ state }) => (state === 'live' ? audiences.everybody : audiences.nobody),
  key: (row) => row.id,
  fields: (row) => ({
    id: row.id,
    type: row.type,
    ip: row.ip,
    hostname: row.hostname,
    port: row.port,
    downloadPort: row.downloadPort,
    proxyPort: row.proxyPort,
    objectStoragePort: row.objectStoragePort,
    location: row.location,
    idc: row.idc,
    os: row.os,
    platform: row.platform,
    platformFamily: row.platformFamily,
    platformVersion: row.platformVersion,
    kernelVersion: row.kernelVersion,
    schedulerClusterId: row.schedulerClusterId,
    disableShared: row.disableShared,
    announceIntervalMs: row.announceIntervalMs,
    concurrentUploadLimit: row.concurrentUploadLimit,
    concurrentUploadCount: row.concurrentUploadCount,
    uploadCount: row.uploadCount,
    uploadFailedCount: row.uploadFailedCount,
    createdMs: row.createdMs,
    announcedMs: row.announcedMs,
    aliveMs: row.aliveMs,
  }),
})

/** Headers stay inside, and so do the parts of a URL that carry credentials. */
const tasks = watchTable(tasksTable, {
  index: 'byId',
  key: (row) => row.id,
  fields: (row, isOperator) => ({
    id: row.id,
    type: row.type,
    url: isOperator ? row.url : publicUrl(row.url),
    digest: row.digest,
    tag: row.tag,
    application: row.application,
    state: row.state,
    contentLength: row.contentLength,
    pieceLength: row.pieceLength,
    totalPieceCount: row.totalPieceCount,
    backToSourceCount: row.backToSourceCount,
    createdMs: row.createdMs,
    updatedMs: row.updatedMs,
  }),
})

const peers = watchTable(peersTable, {
  index: 'expiry',
  key: (row) => peerKeyOf(row),
  fields: (row) => ({
    taskId: row.taskId,
    peerId: row.peerId,
    hostId: row.hostId,
    state: row.state,
    priority: row.priority,
    range: row.range,
    finishedPieceCount: row.finishedPieceCount,
    costMs: row.costMs,
    parentCount: row.parentCount,
    isAttached: row.ownerSessionId > 0,
    needBackToSource: row.needBackToSource,
    createdMs: row.createdMs,
    updatedMs: row.updatedMs,
    pieceUpdatedMs: row.pieceUpdatedMs,
  }),
})

const waiters = watchTable(waitersTable, {
  index: 'byAge',
  key: (row) => peerKeyOf(row),
  fields: (row) => ({
    taskId: row.taskId,
    peerId: row.peerId,
    sinceIndex: row.sinceIndex,
    deadlineMs: row.deadlineMs,
  }),
})

const outbox = watchTable(outboxTable, {
  index: 'expiry',
  key: (row) => String(row.id),
  fields: (row) => ({
    id: row.id,
    kind: row.kind,
    state: row.state,
    hostId: row.hostId,
    taskId: row.taskId,
    attempts: row.attempts,
    createdMs: row.createdMs,
    deadlineMs: row.deadlineMs,
  }),
})

/** Tables that can be watched, in the order of lists. */
export const watchTables: readonly WatchTable[] = [
  members,
  memberProgress,
  memberSupport,
  removedMembers,
  hostBlocks,
  config,
  features,
  hosts,
  tasks,
  peers,
  waiters,
  outbox,
]

/** Watched tables by the first byte of their keys. */
export const watchTableOf: readonly (WatchTable | undefined)[] = watchTables.reduce<WatchTable[]>(
  (all, table) => {
    all[table.definition.tableByte] = table
    return all
  },
  [],
)

/** Scheme, host, port and path: user, password, query and fragment may be secrets. */
export function publicUrl(url: string): string {
  const [path = ''] = url.split(/[?#]/, 1)
  // Clients read a URL of the web with any number of slashes, of either kind, before its host.
  return path.replace(/^([a-z][a-z0-9+.-]*:[\\/]*)[^\\/]*@/i, '$1')
}
