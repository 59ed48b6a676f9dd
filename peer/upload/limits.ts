// Limits of the upload server, in one place (docs/limits.md).
import { KiB, MiB, secondMs } from '../../base/index.ts'

/** Pieces sent at once; further requests get 503. */
export const uploadsMaxDefault = 256

/** Connections held at once; further ones are closed. */
export const connectionsMax = 2_048

/** Bytes per second over all uploads when nothing else is configured. */
export const uploadBytesPerSecondDefault = 1024 * MiB

/** Bytes of one request's line and headers. */
export const requestHeadersBytesMax = 16 * KiB

/** Time for a request's headers to arrive. */
export const requestHeadersTimeoutMs = 10 * secondMs

/** Longest time a reader may take for one chunk before its connection is closed. */
export const slowReaderTimeoutMs = 30 * secondMs

/** Time a connection may idle between two requests. */
export const keepAliveTimeoutMs = 60 * secondMs

/** Longest range of one request. */
export const uploadRangeBytesMax = 64 * MiB

/** Time running uploads get to end when the server stops. */
export const drainTimeoutMs = 5 * secondMs
