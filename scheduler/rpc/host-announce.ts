// AnnounceHost of both protocols: counted by what the host says of itself, and accepted at an index
// that the leader has confirmed.
import type { googleProtobuf } from '../../proto/index.ts'
import { announceHost } from '../replication/commands/index.ts'
import type { AnnounceHost } from '../replication/commands/index.ts'
import type { Replica } from './replica.ts'
import type { AnnouncedSystem, RequestMetrics } from './request-metrics.ts'
import type { Call } from './unary.ts'
import type { AnnounceOrigin } from './wire-host.ts'

export interface HostAnnounceDeps {
  readonly replica: Replica
  readonly metrics: RequestMetrics
  /** Whether a host may be called back at `ip` when it announces itself from `clientIp`. */
  readonly isDialable: (ip: string, clientIp: string) => boolean
}

/** What both protocols' announces say of a host's system. */
export interface Announced {
  readonly os: string
  readonly platform: string
  readonly platformFamily: string
  readonly platformVersion: string
  readonly kernelVersion: string
  readonly build?: {
    readonly gitVersion: string
    readonly gitCommit?: string
    readonly goVersion?: string
    readonly platform?: string
  } | null
}

/** An announcement in one of the protocols. */
export interface HostAnnouncement {
  readonly host: Announced
  /** Throws when the request is malformed. */
  readonly bodyOf: (origin: AnnounceOrigin) => AnnounceHost
}

/** Proposes an announcement; resolves when it is committed. */
export async function announceItself(
  { replica, metrics, isDialable }: HostAnnounceDeps,
  { host, bodyOf }: HostAnnouncement,
  call: Call,
): Promise<googleProtobuf.Empty> {
  const system = announcedSystem(host)
  metrics.hostAnnounced(system)
  try {
    const acceptedIndex = await replica.readIndex(call)
    const origin = { acceptedIndex, isDialable: (ip: string) => isDialable(ip, call.clientIp) }
    await replica.command(call, announceHost, bodyOf(origin))
  } catch (error) {
    metrics.hostAnnounceFailed(system)
    throw error
  }
  return {}
}

/** Labels of an announcement. */
export function announcedSystem(host: Announced): AnnouncedSystem {
  const { os, platform, platformFamily, platformVersion, kernelVersion, build } = host
  return {
    os,
    platform,
    platformFamily,
    platformVersion,
    kernelVersion,
    gitVersion: build?.gitVersion ?? '',
    gitCommit: build?.gitCommit ?? '',
    goVersion: build?.goVersion ?? '',
    buildPlatform: build?.platform ?? '',
  }
}
