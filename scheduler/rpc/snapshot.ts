// Cluster.Snapshot: the whole state as an image, streamed from this member's store as it goes on.
// It holds one block of rows at a time, at the pace of its client and of the rate all images share.
import type { ServerWritableStream } from '@grpc/grpc-js'
import { CodedError, isCoded, messageOf } from '../../base/index.ts'
import type { Clock, Logger, Timer } from '../../base/index.ts'
import { toWireStatus } from '../../proto/index.ts'
import type { clusterV1 } from '../../proto/index.ts'
import type { ImageReader } from '../../raft/index.ts'
import { snapshotStallMsMax, snapshotsMax } from './limits.ts'
import type { OperatorGate } from './operator-gate.ts'
import type { Replica } from './replica.ts'
import { callOf } from './unary.ts'
import type { UnaryDeps } from './unary.ts'

/** Where snapshots come from. */
export interface SnapshotSource {
  /** The state as it is now, with everything this member has applied. */
  open(): Promise<Pick<ImageReader, 'close' | 'next' | 'snapshot'>>
  /** Resolves when these bytes may leave. */
  wait(bytes: number): Promise<void>
}

export interface SnapshotDeps extends UnaryDeps {
  readonly replica: Pick<Replica, 'fresh'>
  readonly operators: OperatorGate
  /** @default none: the call is refused */
  readonly snapshots?: SnapshotSource
}

/** grpc-js's side of a snapshot. */
export type SnapshotCall = ServerWritableStream<
  clusterV1.SnapshotRequest__Output,
  clusterV1.SnapshotChunk
>

/** The handler of Snapshot. */
export function snapshotHandlers(deps: SnapshotDeps): Pick<clusterV1.ClusterHandlers, 'Snapshot'> {
  let active = 0
  const serve = async (call: SnapshotCall): Promise<void> => {
    const { clock, logger, operators, rateLimit, replica, snapshots } = deps
    if (!rateLimit.take()) {
      throw new CodedError('SCHED_RATE_LIMITED', 'too many requests to this member')
    }
    const incoming = callOf(clock, call)
    const actor = operators.require(incoming)
    if (snapshots === undefined) throw new CodedError('SCHED_STOPPING', 'not ready yet')
    if (active >= snapshotsMax) {
      const message = `this member sends ${snapshotsMax} snapshots already`
      throw new CodedError('SCHED_TOO_MANY_SNAPSHOTS', message)
    }
    active += 1
    let reader: Awaited<ReturnType<SnapshotSource['open']>> | undefined
    try {
      await replica.fresh(incoming)
      reader = await snapshots.open()
      const { index } = reader.snapshot
      logger.info({ actor, clientIp: incoming.clientIp, index }, 'sending a snapshot')
      await send({ clock, logger, snapshots }, reader, call)
    } finally {
      active -= 1
      await reader?.close()
    }
  }
  return {
    Snapshot: (call: SnapshotCall): void => {
      // A call that was given up has nobody to tell.
      call.on('error', () => undefined)
      serve(call).catch((error: unknown) => {
        if (call.cancelled) return
        if (!isCoded(error)) deps.logger.error({ reason: messageOf(error) }, 'a snapshot failed')
        call.emit('error', toWireStatus(error))
      })
    },
  }
}

async function send(
  { clock, logger, snapshots }: SendDeps,
  reader: Pick<ImageReader, 'next'>,
  call: SnapshotCall,
): Promise<void> {
  let bytes = 0
  for (let data = await reader.next(); data !== undefined; data = await reader.next()) {
    await snapshots.wait(data.length)
    if (call.cancelled) return
    bytes += data.length
    if (!call.write({ data: Buffer.from(data.buffer, data.byteOffset, data.length) })) {
      await drained(clock, call)
    }
    if (call.cancelled) return
  }
  logger.info({ bytes }, 'a snapshot was sent')
  call.end()
}

interface SendDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly snapshots: SnapshotSource
}

/** Waits until the client has taken what was written, or has gone. */
function drained(clock: Clock, call: SnapshotCall): Promise<void> {
  return new Promise((resolve, reject) => {
    const events = ['drain', 'cancelled', 'close'] as const
    const end = (): void => {
      timer.cancel()
      for (const event of events) call.off(event, settle)
    }
    const settle = (): void => {
      end()
      resolve()
    }
    const timer: Timer = clock.setTimer(snapshotStallMsMax, () => {
      end()
      reject(new CodedError('SCHED_EXPIRED', 'the client takes nothing of its snapshot'))
    })
    for (const event of events) call.on(event, settle)
  })
}
