// scheduler.v2.Scheduler as far as it goes: hosts. What has no handler here answers UNIMPLEMENTED.
import { CodedError } from '../../base/index.ts'
import type { googleProtobuf, schedulerV2 } from '../../proto/index.ts'
import { announceHost, deleteHost, listHosts } from '../replication/commands/index.ts'
import { id } from './fields.ts'
import { hostsListedMax } from './limits.ts'
import type { Replica } from './replica.ts'
import { unary } from './unary.ts'
import type { UnaryDeps } from './unary.ts'
import { announceHostV2Body, hostReply } from './wire-host.ts'

export interface ServiceV2Deps extends UnaryDeps {
  readonly replica: Replica
  /** Whether a host may be called back at `ip` when it announces itself from `clientIp`. */
  readonly isDialable: (ip: string, clientIp: string) => boolean
}

type Empty = googleProtobuf.Empty

/** The calls that are served. */
export type ServedV2 = Pick<
  schedulerV2.SchedulerHandlers,
  'AnnounceHost' | 'ListHosts' | 'DeleteHost'
>

/** The handlers for `grpc.Server.addService`. */
export function serviceV2(deps: ServiceV2Deps): ServedV2 {
  const { replica } = deps
  return {
    AnnounceHost: unary(deps, async (request, call): Promise<Empty> => {
      const origin = {
        acceptedIndex: await replica.readIndex(call),
        isDialable: (ip: string) => deps.isDialable(ip, call.clientIp),
      }
      await replica.command(call, announceHost, announceHostV2Body(request, origin))
      return {}
    }),
    ListHosts: unary(deps, async (request, call): Promise<schedulerV2.ListHostsResponse> => {
      const { type } = request
      const reader = await replica.fresh(call)
      if (type !== undefined && type !== 0 && type !== 1) return { hosts: [] }
      const filter = type === undefined ? {} : { type: hostTypeOf(type) }
      const rows = listHosts(reader, { ...filter, limit: hostsListedMax + 1 })
      if (rows.length > hostsListedMax) {
        throw new CodedError('SCHED_TOO_LARGE', `there are more than ${hostsListedMax} hosts`)
      }
      return { hosts: rows.map(hostReply) }
    }),
    DeleteHost: unary(deps, async (request, call): Promise<Empty> => {
      const result = await replica.command(call, deleteHost, {
        hostId: id(request.hostId, 'host_id'),
      })
      if (!result.existed) throw new CodedError('SCHED_HOST_NOT_FOUND', 'the host does not exist')
      return {}
    }),
  }
}

function hostTypeOf(type: 0 | 1): 'normal' | 'super' {
  return type === 0 ? 'normal' : 'super'
}
