// HTTP/2 lets a sender run 64 KiB ahead of its receiver, unless the receiver says otherwise. A
// group of entries is often larger: it would travel in pieces, each waiting for a message that asks
// for the next. Clients of grpc-js have an option for that, servers have none, so the server's
// session is told directly. It is reached through fields that grpc-js does not document: when they
// are gone, everything still works, slower, and a test says so.
import type { ServerHttp2Session } from 'node:http2'
import type { IncomingStream } from './grpc-raft-transport-frame.ts'
import { raftWindowBytes } from './grpc-raft-transport-limits.ts'

interface CallWithSession {
  readonly call?: { readonly stream?: { readonly session?: ServerHttp2Session } }
}

const widened = new WeakSet<ServerHttp2Session>()

/** Lets the member that has opened `stream` send `raftWindowBytes` ahead. */
export function widenWindow(stream: IncomingStream): void {
  const session = (stream as unknown as CallWithSession).call?.stream?.session
  if (session === undefined || session.destroyed || widened.has(session)) return
  widened.add(session)
  session.settings({ initialWindowSize: raftWindowBytes })
  session.setLocalWindowSize(raftWindowBytes)
}
