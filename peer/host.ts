// Who this peer is: the one place that spells the host in both generations of the API.
import type { commonV2, schedulerV1 } from '../proto/index.ts'
import { hostIdOf } from './core/index.ts'

/** This daemon as others see it. Ports are the bound ones, never 0. */
export interface LocalHost {
  readonly id: string
  readonly hostname: string
  /** Address others reach this host at. */
  readonly ip: string
  readonly rpcPort: number
  readonly uploadPort: number
  readonly idc: string
  readonly location: string
  readonly isSeed: boolean
  readonly processId: number
}

/** Completes a host with its id. */
export function localHost(host: Omit<LocalHost, 'id'>): LocalHost {
  return { ...host, id: hostIdOf(host) }
}

/** `ip:port` with brackets around an IPv6 address. */
export function addressOf(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}

/** Where others fetch pieces from this host. */
export function uploadAddress(host: LocalHost): string {
  return addressOf(host.ip, host.uploadPort)
}

/** API v1's form. */
export function peerHost(host: LocalHost): schedulerV1.PeerHost {
  return {
    id: host.id,
    ip: host.ip,
    rpcPort: host.rpcPort,
    downPort: host.uploadPort,
    hostname: host.hostname,
    location: host.location,
    idc: host.idc,
  }
}

/** API v2's form, without statistics. Type 1 is a seed peer. */
export function hostV2(host: LocalHost): commonV2.Host {
  return {
    id: host.id,
    type: host.isSeed ? 1 : 0,
    hostname: host.hostname,
    name: host.hostname,
    ip: host.ip,
    port: host.rpcPort,
    downloadPort: host.uploadPort,
  }
}
