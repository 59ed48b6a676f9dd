// The replication port's service: streams for the transport, and probes, which a member answers
// before it has an identity at all.
import { credentials as grpcCredentials, status as grpcStatus } from '@grpc/grpc-js'
import type { ChannelCredentials, Server, ServerOptions } from '@grpc/grpc-js'
import { messageOf } from '../base/index.ts'
import { loadServices } from '../proto/index.ts'
import type { raftV1 } from '../proto/index.ts'
import { refuseStream } from './grpc-raft-transport-frame.ts'
import type { IncomingStream } from './grpc-raft-transport-frame.ts'
import {
  keepaliveMs,
  keepaliveTimeoutMs,
  probeAddressesMax,
  probeAddressLengthMax,
  probeBytesMax,
  raftFrameBytesMax,
  raftStreamsMax,
} from './grpc-raft-transport-limits.ts'
import { raftChannelOptions } from './grpc-raft-transport-link.ts'

/** Options a server needs to carry the replication service. */
export const raftServerOptions: ServerOptions = {
  'grpc.max_receive_message_length': raftFrameBytesMax,
  'grpc.max_send_message_length': raftFrameBytesMax,
  'grpc.max_concurrent_streams': raftStreamsMax,
  'grpc.keepalive_time_ms': keepaliveMs,
  'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
}

/** Takes over a stream that another member has opened; the transport does. */
export interface StreamAcceptor {
  accept(stream: IncomingStream): void
}

export interface RaftServiceHandlers {
  /** Answers a member that asks before it creates a cluster. */
  readonly probe: (
    request: raftV1.ProbeRequest__Output,
  ) => raftV1.ProbeReply | Promise<raftV1.ProbeReply>
  /** The transport that takes streams; undefined while this member has no identity yet. */
  readonly transport: () => StreamAcceptor | undefined
}

/** Adds `damselfly.raft.v1.Raft` to a server made with `raftServerOptions`. */
export function registerRaftService(server: Server, handlers: RaftServiceHandlers): void {
  const implementation: Pick<raftV1.RaftHandlers, 'Messages' | 'Probe'> = {
    Messages: (stream) => {
      const transport = handlers.transport()
      if (transport !== undefined) {
        transport.accept(stream)
        return
      }
      refuseStream(stream, grpcStatus.UNAVAILABLE, 'this member has not joined a cluster yet')
    },
    Probe: (call, callback) => {
      const fault = probeFault(call.request)
      if (fault !== undefined) {
        callback({ code: grpcStatus.INVALID_ARGUMENT, details: fault })
        return
      }
      Promise.resolve()
        .then(() => handlers.probe(call.request))
        .then(
          (reply) => callback(null, reply),
          (error: unknown) => callback({ code: grpcStatus.UNAVAILABLE, details: messageOf(error) }),
        )
    },
  }
  server.addService(loadServices().raft.service, implementation)
}

/** What is wrong with a probe; undefined when nothing is. */
function probeFault(request: raftV1.ProbeRequest__Output): string | undefined {
  const { addresses, fromAddress, fromIncarnation } = request
  if (addresses.length > probeAddressesMax) return `addresses: at most ${probeAddressesMax}`
  const isLong = [...addresses, fromAddress].some(({ length }) => length > probeAddressLengthMax)
  if (isLong) return `addresses: at most ${probeAddressLengthMax} characters each`
  if (!/^[0-9a-f]{32}$/.test(fromIncarnation)) {
    return 'from_incarnation: 32 lower-case hex characters'
  }
  return undefined
}

/** The end of `probeMember`: the reply, or that nobody answered there. */
export type ProbeOutcome =
  | { readonly ok: true; readonly reply: raftV1.ProbeReply__Output }
  | { readonly ok: false; readonly reason: 'unreachable'; readonly detail: string }

/** Asks the member at `address` (host:port) who it is; never rejects. */
export function probeMember(
  address: string,
  request: raftV1.ProbeRequest,
  options: {
    readonly timeoutMs: number
    /** @default plain text */
    readonly credentials?: ChannelCredentials
  },
): Promise<ProbeOutcome> {
  const credentials = options.credentials ?? grpcCredentials.createInsecure()
  const client = new (loadServices().raft)(address, credentials, {
    ...raftChannelOptions,
    'grpc.max_receive_message_length': probeBytesMax,
  })
  return new Promise((resolve) => {
    const deadline = new Date(Date.now() + options.timeoutMs)
    client.probe(request, { deadline }, (error, reply) => {
      client.close()
      if (error !== null || reply === undefined) {
        const detail = error?.message ?? 'no reply'
        resolve({ ok: false, reason: 'unreachable', detail })
      } else {
        resolve({ ok: true, reply })
      }
    })
  })
}
