// The JSON the REST API answers with: upstream's field names, so that its users need not change.
import type { MemberOverview } from '../client/index.ts'
import type { commonV2 } from '../proto/index.ts'

/** The one scheduler cluster there is. */
export const schedulerCluster = { id: 1, name: 'cluster-1', is_default: true } as const

/** What a scheduler of ours can do, in upstream's words. */
export const schedulerFeatures = ['schedule'] as const

/** Splits host:port (IPv6 in brackets); the port of a malformed address is 0. */
export function splitAddress(address: string): { readonly ip: string; readonly port: number } {
  const colon = address.lastIndexOf(':')
  const ip = address.slice(0, colon).replaceAll(/[[\]]/g, '')
  const port = Number(address.slice(colon + 1))
  return { ip, port: Number.isInteger(port) ? port : 0 }
}

/** One row of `GET /api/v1/schedulers`. */
export function schedulerShape(member: MemberOverview): Readonly<Record<string, unknown>> {
  const { ip, port } = splitAddress(member.addr)
  const isActive = member.isReachable && member.state === 'online'
  return {
    id: member.id,
    is_del: 0,
    host_name: member.hostId,
    ip,
    port,
    idc: '',
    location: '',
    state: isActive ? 'active' : 'inactive',
    features: schedulerFeatures,
    scheduler_cluster_id: schedulerCluster.id,
    scheduler_cluster: schedulerCluster,
    role: member.role,
    is_leader: member.role === 'leader',
    node_state: member.state,
    term: member.term ?? 0,
    applied: member.applied ?? 0,
  }
}

/** One element of `GET /api/v1/peers`: upstream's Peer, one for each live dfdaemon. */
export function peerShape(host: commonV2.Host__Output): Readonly<Record<string, unknown>> {
  return {
    id: host.id,
    is_del: 0,
    host_name: host.hostname,
    type: host.type === 0 ? 'normal' : 'super',
    idc: host.network?.idc ?? '',
    location: host.network?.location ?? '',
    ip: host.ip,
    port: host.port,
    download_port: host.downloadPort,
    proxy_port: host.proxyPort,
    object_storage_port: 0,
    state: 'active',
    os: host.os,
    platform: host.platform,
    platform_family: host.platformFamily,
    platform_version: host.platformVersion,
    kernel_version: host.kernelVersion,
    git_version: host.build?.gitVersion ?? '',
    git_commit: host.build?.gitCommit ?? '',
    build_platform: host.build?.platform ?? '',
    scheduler_cluster_id: schedulerCluster.id,
    scheduler_cluster: schedulerCluster,
  }
}
