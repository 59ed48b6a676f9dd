// A host: a machine whose dfdaemon downloads and serves pieces. A host that left stays as a row for
// ten minutes, invisible, so that an announce accepted before the leave can be told from a new one.
import {
  announceIntervalMsMax,
  concurrentUploadLimitMax,
  hostStatsBytesMax,
  hostTypes,
} from '../../core/index.ts'
import { defineTable, tableBytes } from '../table-definition.ts'
import { lifePlace } from './life.ts'
import { readId, readLabel, readName, readPort, readWord, wordNumber } from './fields.ts'
import type { HostType } from '../../core/index.ts'
import type { FieldReader, Wire } from '../wire.ts'

/** What a host announces about itself. */
export interface HostAnnounced {
  readonly type: HostType
  readonly ip: string
  readonly hostname: string
  /** Port of the dfdaemon's gRPC service. */
  readonly port: number
  /** Port of the piece server. */
  readonly downloadPort: number
  /** 0 = none, as for the next. */
  readonly proxyPort: number
  readonly objectStoragePort: number
  readonly location: string
  readonly idc: string
  readonly os: string
  readonly platform: string
  readonly platformFamily: string
  readonly platformVersion: string
  readonly kernelVersion: string
  readonly schedulerClusterId: number
  /** Its peers are never parents. */
  readonly disableShared: boolean
  /** Capacity, bits per second; 0 = unknown. */
  readonly maxTxBandwidth: number
  /** Use as announced, bits per second. */
  readonly txBandwidth: number
  /** 0 = not told: the host then lives for the setting hostTTL after its last sign of life. */
  readonly announceIntervalMs: number
  /** Children it serves at once. */
  readonly concurrentUploadLimit: number
  /** The rest of the announce, opaque here. */
  readonly stats: Uint8Array
}

/** What the scheduler counts about a host; the first four follow its edges. */
export interface HostCounters {
  readonly concurrentUploadCount: number
  /** Pieces its children may fetch at once. */
  readonly concurrentUploadPieceCount: number
  /** Bytes of the tasks its children fetch. */
  readonly uploadContentLength: number
  /** Bits per second its children are expected to use. */
  readonly reservedTxBandwidth: number
  /** Edges ever added. */
  readonly uploadCount: number
  /** Failures its children reported. */
  readonly uploadFailedCount: number
}

/** A host row. */
export interface HostRow extends HostAnnounced, HostCounters {
  readonly id: string
  readonly state: 'live' | 'left'
  /** Log index of the last leave or expiry; 0 = none. */
  readonly leftIndex: number
  readonly leftMs: number
  readonly createdMs: number
  /** Last announce, cluster time. */
  readonly announcedMs: number
  /** Last sign of life, cluster time (announces, and pieces its peers serve). */
  readonly aliveMs: number
}

/** Counters of a host without children. */
export const noHostCounters: HostCounters = {
  concurrentUploadCount: 0,
  concurrentUploadPieceCount: 0,
  uploadContentLength: 0,
  reservedTxBandwidth: 0,
  uploadCount: 0,
  uploadFailedCount: 0,
}

const states = ['live', 'left'] as const

/** Kinds of life, in the order of the index `expiry`. */
export const hostLives = {
  /** It says how often it will be heard: until it is taken for dead. */
  announced: 0,
  /** It does not say: since the last sign of life. */
  silent: 1,
  /** Since it left. */
  left: 2,
} as const

/** Place in the index `expiry`. */
export function hostPlace(row: HostRow): number {
  if (row.state === 'left') return lifePlace(hostLives.left, row.leftMs)
  return row.announceIntervalMs > 0
    ? lifePlace(hostLives.announced, row.aliveMs + 2 * row.announceIntervalMs)
    : lifePlace(hostLives.silent, row.aliveMs)
}

/** Cluster time from which on a live host counts as dead, swept or not. */
export function hostDeadMs(row: HostRow, hostTtlMs: number): number {
  return row.aliveMs + (row.announceIntervalMs > 0 ? 2 * row.announceIntervalMs : hostTtlMs)
}

/** All hosts. */
export const hostsTable = defineTable({
  name: 'hosts',
  tableByte: tableBytes.hosts,
  rowVersion: 1,
  id: (row: HostRow) => row.id,
  keyParts: (row: HostRow) => [row.id],
  encode: encodeHost,
  decode: decodeHost,
  indexes: {
    /** Live hosts by id. */
    live: {
      group: (row: HostRow) => (row.state === 'live' ? 'live' : undefined),
      order: [(row: HostRow) => row.id],
    },
    /** Live hosts of type super by id. */
    seeds: {
      group: (row: HostRow) => (row.state === 'live' && row.type === 'super' ? 'seed' : undefined),
      order: [(row: HostRow) => row.id],
    },
    expiry: { order: [hostPlace, (row: HostRow) => row.id] },
  },
})

function encodeHost(row: HostRow): readonly Wire[] {
  return [
    row.id,
    wordNumber(hostTypes, row.type),
    row.ip,
    row.hostname,
    row.port,
    row.downloadPort,
    row.proxyPort,
    row.objectStoragePort,
    row.location,
    row.idc,
    row.os,
    row.platform,
    row.platformFamily,
    row.platformVersion,
    row.kernelVersion,
    row.schedulerClusterId,
    row.disableShared,
    row.maxTxBandwidth,
    row.txBandwidth,
    row.announceIntervalMs,
    row.concurrentUploadLimit,
    row.stats,
    row.concurrentUploadCount,
    row.concurrentUploadPieceCount,
    row.uploadContentLength,
    row.reservedTxBandwidth,
    row.uploadCount,
    row.uploadFailedCount,
    wordNumber(states, row.state),
    row.leftIndex,
    row.leftMs,
    row.createdMs,
    row.announcedMs,
    row.aliveMs,
  ]
}

function decodeHost(fields: FieldReader): HostRow {
  return {
    id: readId(fields),
    type: readWord(fields, hostTypes),
    ip: readName(fields),
    hostname: readName(fields),
    port: readPort(fields),
    downloadPort: readPort(fields),
    proxyPort: readPort(fields),
    objectStoragePort: readPort(fields),
    location: readLabel(fields),
    idc: readLabel(fields),
    os: readName(fields),
    platform: readName(fields),
    platformFamily: readName(fields),
    platformVersion: readName(fields),
    kernelVersion: readName(fields),
    schedulerClusterId: fields.integer(),
    disableShared: fields.boolean(),
    maxTxBandwidth: fields.integer(),
    txBandwidth: fields.integer(),
    announceIntervalMs: fields.integer(0, announceIntervalMsMax),
    concurrentUploadLimit: fields.integer(0, concurrentUploadLimitMax),
    stats: fields.bytes(hostStatsBytesMax),
    concurrentUploadCount: fields.integer(),
    concurrentUploadPieceCount: fields.integer(),
    uploadContentLength: fields.integer(),
    reservedTxBandwidth: fields.integer(),
    uploadCount: fields.integer(),
    uploadFailedCount: fields.integer(),
    state: readWord(fields, states),
    leftIndex: fields.integer(),
    leftMs: fields.integer(),
    createdMs: fields.integer(),
    announcedMs: fields.integer(),
    aliveMs: fields.integer(),
  }
}
