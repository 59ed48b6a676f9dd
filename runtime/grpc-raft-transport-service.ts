// The replication port's service: streams for the transport, and probes, which a member answers
// before it has an identity at all.
import { credentials as grpcCredentials, status as grpcStatus } from '@grpc/grpc-js'
import type {
  ChannelCredentials,
  ChannelOptions,
  Server,
  ServerOptions,
  ServiceError,
} from '@grpc/grpc-js'
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

/** What a member says about its progress. */
export type ProgressAnswer =
  | { readonly ok: true; readonly reply: raftV1.ProgressReply }
  /** The question is for another member, or for one that this process is no more. */
  | { readonly ok: false; readonly reason: 'other-member' | 'not-ready' }

const noProgress: ProgressAnswer = { ok: false, reason: 'not-ready' }

export interface RaftServiceHandlers {
  /** Answers a member that asks before it creates a cluster. */
  readonly probe: (
    request: raftV1.ProbeRequest__Output,
  ) => raftV1.ProbeReply | Promise<raftV1.ProbeReply>
  /** Answers the leader that asks how far this member has come. @default refused */
  readonly progress?: (request: raftV1.ProgressRequest__Output) => ProgressAnswer
  /** The transport that takes streams; undefined while this member has no identity yet. */
  readonly transport: () => StreamAcceptor | undefined
}

/** Adds `damselfly.raft.v1.Raft` to a server made with `raftServerOptions`. */
export function registerRaftService(server: Server, handlers: RaftServiceHandlers): void {
  const implementation: raftV1.RaftHandlers = {
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
    Progress: (call, callback) => {
      const answer = handlers.progress?.(call.request) ?? noProgress
      if (answer.ok) callback(null, answer.reply)
      else callback({ code: grpcStatus.FAILED_PRECONDITION, details: answer.reason })
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

/** How a question to another member ended: its reply, or that nobody answered it there. */
type AskOutcome<Reply> =
  | { readonly ok: true; readonly reply: Reply }
  | { readonly ok: false; readonly reason: 'unreachable'; readonly detail: string }

export interface AskOptions {
  readonly timeoutMs: number
  /** @default plain text */
  readonly credentials?: ChannelCredentials
  /** What the credentials need besides, such as the name the certificate is checked for. */
  readonly channelOptions?: ChannelOptions
}

/** The end of `probeMember`: the reply, or that nobody answered there. */
export type ProbeOutcome = AskOutcome<raftV1.ProbeReply__Output>

/** Asks the member at `address` (host:port) who it is; never rejects. */
export function probeMember(
  address: string,
  request: raftV1.ProbeRequest,
  options: AskOptions,
): Promise<ProbeOutcome> {
  return ask(address, options, (client, deadline, done) =>
    client.probe(request, { deadline }, done),
  )
}

/** The end of `askProgress`: the reply, or that the member meant did not answer there. */
export type ProgressOutcome = AskOutcome<raftV1.ProgressReply__Output>

/** Asks the replica at `address` (host:port) how far it has come; never rejects. */
export function askProgress(
  address: string,
  request: raftV1.ProgressRequest,
  options: AskOptions,
): Promise<ProgressOutcome> {
  return ask(address, options, (client, deadline, done) =>
    client.progress(request, { deadline }, done),
  )
}

type RaftClient = InstanceType<ReturnType<typeof loadServices>['raft']>

/** One call on a connection of its own: whom it goes to changes from question to question. */
function ask<Reply>(
  address: string,
  options: AskOptions,
  call: (
    client: RaftClient,
    deadline: Date,
    done: (error: ServiceError | null, reply?: Reply) => void,
  ) => unknown,
): Promise<AskOutcome<Reply>> {
  const credentials = options.credentials ?? grpcCredentials.createInsecure()
  const client = new (loadServices().raft)(address, credentials, {
    ...raftChannelOptions,
    'grpc.max_receive_message_length': probeBytesMax,
    ...options.channelOptions,
  })
  return new Promise((resolve) => {
    call(client, new Date(Date.now() + options.timeoutMs), (error, reply) => {
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
