// Hosts of both protocols: what the scheduler decides with becomes fields of the announce-host
// command, all other statistics one opaque value: a byte of flags, then a common.v2.Host that holds
// nothing but them.
import { assert } from '../../base/index.ts'
import { loadMessages } from '../../proto/index.ts'
import type { commonV2, googleProtobuf, schedulerV1, schedulerV2 } from '../../proto/index.ts'
import {
  announceIntervalMsMax,
  hostStatsBytesMax,
  hostTypes,
  labelLengthMax,
  nameLengthMax,
} from '../core/index.ts'
import type { HostType } from '../core/index.ts'
import type { AnnounceHost, HostRow } from '../replication/commands/index.ts'
import {
  FieldError,
  id,
  integer,
  ip,
  port,
  portOrNone,
  present,
  proxyPort,
  requiredText,
  statistic,
  text,
} from './fields.ts'

/** What is known about an announce besides the message. */
export interface AnnounceOrigin {
  /** A linearizable read index taken when the request arrived. */
  readonly acceptedIndex: number
  /** The announced address is the one the request came from, or on the allow-list. */
  readonly isDialable: (ip: string) => boolean
}

const statsFormat = 0x10
const dialableFlag = 0x01

/** v1 AnnounceHost. Type names of older clients (strong, weak) are seeds as well. */
export function announceHostV1Body(
  request: schedulerV1.AnnounceHostRequest__Output,
  origin: AnnounceOrigin,
): AnnounceHost {
  const { cpu, memory, network, disk, build } = request
  const stats: commonV2.Host = {
    ...(cpu === null ? {} : { cpu }),
    ...(memory === null ? {} : { memory }),
    ...(network === null
      ? {}
      : {
          network: {
            tcpConnectionCount: network.tcpConnectionCount,
            uploadTcpConnectionCount: network.uploadTcpConnectionCount,
          },
        }),
    ...(disk === null ? {} : { disk }),
    ...(build === null ? {} : { build }),
  }
  const address = ip(request.ip, 'ip')
  return {
    acceptedIndex: origin.acceptedIndex,
    id: id(request.id, 'id'),
    type: hostTypeOfWord(request.type),
    hostname: requiredText(request.hostname, 'hostname', nameLengthMax),
    ip: address,
    port: port(request.port, 'port'),
    downloadPort: port(request.downloadPort, 'download_port'),
    proxyPort: proxyPort(request.proxyPort, 'proxy_port'),
    objectStoragePort: portOrNone(request.objectStoragePort, 'object_storage_port'),
    location: text(network?.location ?? '', 'network.location', labelLengthMax),
    idc: text(network?.idc ?? '', 'network.idc', labelLengthMax),
    ...systemFields(request, ''),
    schedulerClusterId: integer(request.schedulerClusterId, 'scheduler_cluster_id'),
    disableShared: false,
    maxTxBandwidth: 0,
    txBandwidth: 0,
    announceIntervalMs: 0,
    concurrentUploadLimit: 0,
    stats: encodeStats(stats, origin.isDialable(address)),
  }
}

/** v2 AnnounceHost. */
export function announceHostV2Body(
  request: schedulerV2.AnnounceHostRequest__Output,
  origin: AnnounceOrigin,
): AnnounceHost {
  const host = present(request.host, 'host')
  const { cpu, memory, network, disk, build } = host
  const address = ip(host.ip, 'host.ip')
  const stats: commonV2.Host = {
    ...(cpu ? { cpu } : {}),
    ...(memory ? { memory } : {}),
    ...(network ? { network: withoutPlace(network) } : {}),
    ...(disk ? { disk } : {}),
    ...(build ? { build } : {}),
  }
  return {
    acceptedIndex: origin.acceptedIndex,
    id: id(host.id, 'host.id'),
    type: integer(host.type, 'host.type', 0, 3) === 0 ? 'normal' : 'super',
    hostname: requiredText(host.hostname, 'host.hostname', nameLengthMax),
    ip: address,
    port: port(host.port, 'host.port'),
    downloadPort: port(host.downloadPort, 'host.download_port'),
    proxyPort: proxyPort(host.proxyPort, 'host.proxy_port'),
    objectStoragePort: 0,
    location: text(network?.location ?? '', 'host.network.location', labelLengthMax),
    idc: text(network?.idc ?? '', 'host.network.idc', labelLengthMax),
    ...systemFields(host, 'host.'),
    schedulerClusterId: integer(host.schedulerClusterId, 'host.scheduler_cluster_id'),
    disableShared: host.disableShared,
    maxTxBandwidth: statistic(network?.maxTxBandwidth ?? 0),
    txBandwidth: statistic(network?.txBandwidth ?? 0),
    announceIntervalMs: intervalMs(request.interval ?? null),
    concurrentUploadLimit: 0,
    stats: encodeStats(stats, origin.isDialable(address)),
  }
}

interface SystemFields {
  readonly os: string
  readonly platform: string
  readonly platformFamily: string
  readonly platformVersion: string
  readonly kernelVersion: string
}

function systemFields(host: SystemFields, prefix: string): SystemFields {
  return {
    os: text(host.os, `${prefix}os`, nameLengthMax),
    platform: text(host.platform, `${prefix}platform`, nameLengthMax),
    platformFamily: text(host.platformFamily, `${prefix}platform_family`, nameLengthMax),
    platformVersion: text(host.platformVersion, `${prefix}platform_version`, nameLengthMax),
    kernelVersion: text(host.kernelVersion, `${prefix}kernel_version`, nameLengthMax),
  }
}

function hostTypeOfWord(value: string): HostType {
  if (value === 'normal') return 'normal'
  if (value === 'super' || value === 'strong' || value === 'weak') return 'super'
  throw new FieldError('type', 'must be normal or super')
}

/** Place and bandwidths of this direction are fields of the command. */
function withoutPlace(network: commonV2.Network__Output): commonV2.Network {
  return {
    tcpConnectionCount: network.tcpConnectionCount,
    uploadTcpConnectionCount: network.uploadTcpConnectionCount,
    maxRxBandwidth: network.maxRxBandwidth,
    ...(network.rxBandwidth === undefined ? {} : { rxBandwidth: network.rxBandwidth }),
  }
}

/** Whole milliseconds of an interval; 0 = not told. */
function intervalMs(interval: googleProtobuf.Duration__Output | null): number {
  if (interval === null) return 0
  const seconds = integer(interval.seconds, 'interval.seconds', 0, announceIntervalMsMax / 1_000)
  const nanos = integer(interval.nanos, 'interval.nanos', 0, 999_999_999)
  const ms = seconds * 1_000 + Math.floor(nanos / 1_000_000)
  return integer(ms, 'interval', 1, announceIntervalMsMax)
}

function encodeStats(stats: commonV2.Host, isDialable: boolean): Uint8Array {
  const message = loadMessages().hostV2.serialize(stats)
  if (message.length + 1 > hostStatsBytesMax) {
    throw new FieldError('host', `must have at most ${hostStatsBytesMax - 1} bytes of statistics`)
  }
  const out = new Uint8Array(message.length + 1)
  out[0] = statsFormat | (isDialable ? dialableFlag : 0)
  out.set(message, 1)
  return out
}

/** Whether the scheduler may call this host: it announced itself from the address it names. */
export function isDialableHost(row: Pick<HostRow, 'stats'>): boolean {
  return row.stats.length > 0 && (row.stats[0]! & dialableFlag) !== 0
}

/** A host as API v2 shows it. */
export function hostReply(row: HostRow): commonV2.Host {
  const stats = row.stats.length > 1 ? decodeStats(row.stats) : {}
  return {
    ...stats,
    id: row.id,
    type: hostTypes.indexOf(row.type),
    hostname: row.hostname,
    name: row.hostname,
    ip: row.ip,
    port: row.port,
    downloadPort: row.downloadPort,
    os: row.os,
    platform: row.platform,
    platformFamily: row.platformFamily,
    platformVersion: row.platformVersion,
    kernelVersion: row.kernelVersion,
    network: {
      ...stats.network,
      location: row.location,
      idc: row.idc,
      maxTxBandwidth: row.maxTxBandwidth,
      txBandwidth: row.txBandwidth,
    },
    schedulerClusterId: row.schedulerClusterId,
    disableShared: row.disableShared,
    proxyPort: row.proxyPort,
  }
}

function decodeStats(bytes: Uint8Array): commonV2.Host {
  assert((bytes[0]! & 0xf0) === statsFormat, 'statistics are of the known format')
  const message = loadMessages().hostV2.deserialize(Buffer.from(bytes.subarray(1)))
  const { cpu, memory, network, disk, build } = message
  return {
    ...(cpu ? { cpu } : {}),
    ...(memory ? { memory } : {}),
    ...(network ? { network } : {}),
    ...(disk ? { disk } : {}),
    ...(build ? { build } : {}),
  }
}
