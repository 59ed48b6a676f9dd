// One connection for each member, shared by all services of that member.
import { Channel } from '@grpc/grpc-js'
import type { ChannelOptions } from '@grpc/grpc-js'
import { secondMs } from '../base/index.ts'
import { loadServices } from '../proto/index.ts'
import type { clusterV1, schedulerV1, schedulerV2, storeV1 } from '../proto/index.ts'
import type { TransportSecurity } from '../runtime/grpc-tls.ts'
import { clientReceiveBytesMax } from './limits.ts'

/** The services of one member. */
export interface MemberStubs {
  readonly v1: schedulerV1.SchedulerClient
  readonly v2: schedulerV2.SchedulerClient
  readonly cluster: clusterV1.ClusterClient
  readonly store: storeV1.StoreClient
}

const channelOptions: ChannelOptions = {
  'grpc.max_receive_message_length': clientReceiveBytesMax,
  // A member that comes back must be found within a second, not after minutes of back-off.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': secondMs,
  // A machine that vanished without closing its sockets is noticed within half a minute.
  'grpc.keepalive_time_ms': 20 * secondMs,
  'grpc.keepalive_timeout_ms': 10 * secondMs,
  'grpc.keepalive_permit_without_calls': 0,
  // Proxies of the environment are meant for the outside, not for the cluster.
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_channelz': 0,
}

/** Opens connections when they are needed and keeps them until they are dropped. */
export class ChannelPool {
  readonly #security: TransportSecurity
  readonly #serverNames: (address: string) => readonly string[]
  #isClosed = false
  readonly #entries = new Map<string, { readonly channel: Channel; readonly stubs: MemberStubs }>()

  /** `serverNames`: names that certificates of a member may carry besides that of its host. */
  constructor(
    security: TransportSecurity,
    serverNames: (address: string) => readonly string[] = () => [],
  ) {
    this.#security = security
    this.#serverNames = serverNames
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** The services behind an address. */
  stubs(address: string): MemberStubs {
    const known = this.#entries.get(address)
    if (known !== undefined) return known.stubs
    const { credentials, options: target } = this.#security.connect(
      address,
      this.#serverNames(address),
    )
    const channel = new Channel(address, credentials, { ...channelOptions, ...target })
    const services = loadServices()
    const options = { channelOverride: channel }
    const stubs = {
      v1: new services.schedulerV1(address, credentials, options),
      v2: new services.schedulerV2(address, credentials, options),
      cluster: new services.cluster(address, credentials, options),
      store: new services.store(address, credentials, options),
    }
    this.#entries.set(address, { channel, stubs })
    return stubs
  }

  /** Closes every connection whose address is not among `addresses`. */
  keepOnly(addresses: readonly string[]): void {
    for (const [address, entry] of this.#entries) {
      if (addresses.includes(address)) continue
      entry.channel.close()
      this.#entries.delete(address)
    }
  }

  /** Closes every connection for good; running calls fail. */
  close(): void {
    this.#isClosed = true
    this.keepOnly([])
  }
}
