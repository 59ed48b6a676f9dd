// A frame is what one turn of the sender's event loop had for one remote. Its checksum covers the
// message bytes in order; where one ends is protobuf's and the message header's business.
import { crc32 } from 'node:zlib'
import type { ServerDuplexStream, status } from '@grpc/grpc-js'
import type { raftV1 } from '../proto/index.ts'

export interface FrameContent {
  readonly messages: readonly Uint8Array[]
  readonly crc32: number
}

/** CRC-32 (IEEE) over `messages`, one after another. */
export function frameChecksum(messages: readonly Uint8Array[]): number {
  let sum = 0
  for (const message of messages) sum = crc32(message, sum)
  return sum
}

/** Tells whether a frame arrived as it was sent. */
export function isFrameIntact(frame: FrameContent): boolean {
  return frameChecksum(frame.messages) === frame.crc32
}

/** A stream another member has opened to this one. */
export type IncomingStream = ServerDuplexStream<raftV1.Frame__Output, raftV1.Frame>

/** Ends a stream with a status; `destroy` would end it without one. */
export function refuseStream(stream: IncomingStream, code: status, details: string): void {
  stream.emit('error', Object.assign(new Error(details), { code, details }))
}
