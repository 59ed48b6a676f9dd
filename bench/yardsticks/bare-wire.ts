// What bare replication sends: a frame is the number of its entries and their bytes, an
// acknowledgement the number of entries that are durable since the stream began.
import type { ServiceDefinition } from '@grpc/grpc-js'

const identity = (bytes: Buffer): Buffer => bytes

/** One stream of raw bytes each way, without protobuf. */
export const bareService = {
  replicate: {
    path: '/bench.Bare/Replicate',
    requestStream: true,
    responseStream: true,
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: identity,
    responseDeserialize: identity,
  },
} satisfies ServiceDefinition

/** Bytes before the entries of a frame. */
export const frameHeaderBytes = 4

/** Frames and acknowledgements of every size a measurement makes. */
export const bareChannelOptions = {
  'grpc.max_receive_message_length': 64 * 1024 * 1024,
  'grpc.max_send_message_length': 64 * 1024 * 1024,
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
}

/** The frame of `entries`. */
export function encodeFrame(entries: readonly Uint8Array[]): Buffer {
  const header = Buffer.allocUnsafe(frameHeaderBytes)
  header.writeUInt32LE(entries.length)
  return Buffer.concat([header, ...entries])
}

/** An acknowledgement of `count` entries. */
export function encodeCount(count: number): Buffer {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeDoubleLE(count)
  return bytes
}
