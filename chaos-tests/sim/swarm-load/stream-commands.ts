// What a dfdaemon does on its stream whatever API it speaks: each command carries the stream's
// number, and travels to the member first.
import { detachStream } from '../../../scheduler/replication/index.ts'
import type {
  AnyCommand,
  CommandDefinition,
  PieceReport,
} from '../../../scheduler/replication/index.ts'
import type { MemberProcess } from '../process.ts'
import type { DfdaemonOptions } from './inputs.ts'
import type { MemberPort } from './member-port.ts'
import type { ServedStream, ServedStreams } from './streams.ts'

/** Longest wait of an adapter for a command of a stream, ms. */
export const streamTimeoutMs = 10_000

export interface ApiDeps {
  readonly port: MemberPort
  readonly streamsOf: (member: MemberProcess) => ServedStreams | undefined
  readonly host: DfdaemonOptions
  readonly task: number
  readonly peerId: string
}

/** A stream and where it is. */
export interface StreamPlace {
  readonly member: MemberProcess
  readonly stream: ServedStream
}

/** A peer and its stream, as commands name them. */
export interface StreamRef {
  readonly taskId: string
  readonly peerId: string
  readonly streamId: number
}

/** A command of a stream. */
export interface StreamCommand<Body> {
  readonly body: (ref: StreamRef) => Body
  /** Hears at the member whether it was taken. */
  readonly done: (isTaken: boolean) => void
}

/** Proposes a command when it arrives at the member, if the stream has a number by then. */
export function sendOnStream<Body, Result>(
  port: MemberPort,
  { member, stream }: StreamPlace,
  command: CommandDefinition<Body, Result> & AnyCommand,
  { body, done }: StreamCommand<Body>,
): void {
  port.send(member, ({ proposer }) => {
    const { taskId, peerId, streamId } = stream
    if (streamId === 0) return
    const options = { timeoutMs: streamTimeoutMs }
    const sent = proposer.propose(command, body({ taskId, peerId, streamId }), options)
    void sent.then((answer) => {
      done(answer.ok && (answer.result as { readonly ok: boolean }).ok)
    })
  })
}

/** Lets a stream go: it hears nothing more, and its peer is taken off it. */
export function release(deps: ApiDeps, { member, stream }: StreamPlace): void {
  deps.port.send(member, ({ proposer }) => {
    deps.streamsOf(member)?.remove(stream)
    const { taskId, peerId, streamId } = stream
    if (streamId === 0) return
    const options = { timeoutMs: streamTimeoutMs }
    void proposer.propose(detachStream, { taskId, peerId, streamId }, options)
  })
}

/** Body of report-pieces about one piece. */
export function pieceReport(
  ref: StreamRef,
  piece: number,
  parentId: string,
): { readonly items: readonly PieceReport[] } {
  const item: PieceReport = {
    ...ref,
    finished: { firstPiece: 0, bytes: Uint8Array.of(1 << piece) },
    costsMs: [10 + piece],
    parentIds: parentId === '' ? [] : [parentId],
    pieceZero: null,
  }
  return { items: [item] }
}
