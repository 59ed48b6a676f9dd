// Asks a manager which schedulers there are.
import { credentials, Metadata } from '@grpc/grpc-js'
import { CodedError, secondMs } from '../../base/index.ts'
import type { Clock } from '../../base/index.ts'
import { fromWireStatus, loadServices } from '../../proto/index.ts'
import type { managerV2 } from '../../proto/index.ts'
import { addressOf } from '../host.ts'

/** Longest wait for the manager's answer. */
export const listSchedulersDeadlineMs = 5 * secondMs

/** Addresses of the schedulers the manager names. PROTO_…, PEER_NO_SCHEDULER. */
export async function managerAddresses(
  deps: { readonly clock: Clock },
  address: string,
  host: {
    readonly hostname: string
    readonly ip: string
    readonly idc: string
    readonly location: string
  },
): Promise<readonly string[]> {
  const client = new (loadServices().managerV2)(address, credentials.createInsecure(), {
    'grpc.enable_http_proxy': 0,
  })
  try {
    const deadline = deps.clock.wallMs() + listSchedulersDeadlineMs
    const reply = await new Promise<managerV2.ListSchedulersResponse__Output>((resolve, reject) => {
      const request = {
        sourceType: 'PEER_SOURCE' as const,
        hostname: host.hostname,
        ip: host.ip,
        ...(host.idc === '' ? {} : { idc: host.idc }),
        ...(host.location === '' ? {} : { location: host.location }),
      }
      client.listSchedulers(request, new Metadata(), { deadline }, (error, found) => {
        if (error === null && found !== undefined) resolve(found)
        else reject(fromWireStatus(error))
      })
    })
    const addresses = reply.schedulers.map((scheduler) => addressOf(scheduler.ip, scheduler.port))
    if (addresses.length === 0) {
      throw new CodedError('PEER_NO_SCHEDULER', `the manager at ${address} names no scheduler`)
    }
    return addresses
  } finally {
    client.close()
  }
}
