// Members that a manager names: API v2 first, API v1 for managers that do not know it.
import { hostname } from 'node:os'
import { credentials, Metadata, status } from '@grpc/grpc-js'
import type { ClientUnaryCall, ServiceError } from '@grpc/grpc-js'
import type { CancelSignal, Clock } from '../base/index.ts'
import { fromWireStatus, loadServices, StatusError } from '../proto/index.ts'
import type { managerV1, managerV2 } from '../proto/index.ts'
import { clientReceiveBytesMax, clientResolveMsMax } from './limits.ts'
import { joinAddress } from './member-list.ts'
import type { MemberSource } from './member-source.ts'

/** What a manager is told of the host that asks; it may prefer schedulers that are near. */
export interface Asker {
  readonly hostname: string
  readonly ip: string
  /** '' = unknown. */
  readonly idc: string
  readonly location: string
}

interface Listed {
  readonly schedulers: readonly { readonly ip: string; readonly port: number }[]
}

/** Schedulers as one of several equal managers names them; host:port each. */
export function managerSource(
  deps: { readonly clock: Clock },
  managers: readonly string[],
  asker: Asker = { hostname: hostname(), ip: '127.0.0.1', idc: '', location: '' },
): MemberSource {
  let preferred = 0
  return {
    text: managers.map((address) => `manager://${address}`).join(','),
    known: [],
    resolve: async (signal) => {
      let failure: unknown
      for (let n = 0; n < managers.length; n += 1) {
        const i = (preferred + n) % managers.length
        const attemptMs = clientResolveMsMax / managers.length
        try {
          const { schedulers } = await ask(managers[i]!, asker, { deps, signal, attemptMs })
          preferred = i
          return schedulers.map(({ ip, port }) => joinAddress(ip, port))
        } catch (error) {
          failure = error
          if (signal.aborted) break
        }
      }
      throw failure
    },
  }
}

interface Asking {
  readonly deps: { readonly clock: Clock }
  readonly signal: CancelSignal
  readonly attemptMs: number
}

/** One manager's answer. The port of managers speaks no TLS; members prove themselves later. */
async function ask(address: string, asker: Asker, asking: Asking): Promise<Listed> {
  const services = loadServices()
  const options = {
    'grpc.enable_http_proxy': 0,
    'grpc.use_local_subchannel_pool': 1,
    'grpc.service_config_disable_resolution': 1,
    'grpc.max_receive_message_length': clientReceiveBytesMax,
  }
  const v2 = new services.managerV2(address, credentials.createInsecure(), options)
  const v1 = new services.managerV1(address, credentials.createInsecure(), {
    ...options,
    channelOverride: v2.getChannel(),
  })
  const place = {
    ...(asker.idc === '' ? {} : { idc: asker.idc }),
    ...(asker.location === '' ? {} : { location: asker.location }),
  }
  const request = { sourceType: 'PEER_SOURCE' as const, hostname: asker.hostname, ip: asker.ip }
  const deadline = asking.deps.clock.wallMs() + asking.attemptMs
  try {
    return await answer<managerV2.ListSchedulersResponse__Output>(asking.signal, (done) =>
      v2.listSchedulers({ ...request, ...place }, new Metadata(), { deadline }, done),
    )
  } catch (error) {
    if (!(error instanceof StatusError) || error.grpcStatus !== status.UNIMPLEMENTED) throw error
    return await answer<managerV1.ListSchedulersResponse__Output>(asking.signal, (done) =>
      v1.listSchedulers({ ...request, hostInfo: place }, new Metadata(), { deadline }, done),
    )
  } finally {
    v2.close()
  }
}

function answer<Reply>(
  signal: CancelSignal,
  call: (done: (error: ServiceError | null, reply?: Reply) => void) => ClientUnaryCall,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => running.cancel()
    const running = call((error, reply) => {
      signal.removeEventListener('abort', onAbort)
      if (error === null && reply !== undefined) resolve(reply)
      else reject(fromWireStatus(error))
    })
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
