// Limits of transfers, in one place (docs/limits.md).
import { KiB, MiB } from '../../base/index.ts'

/** Time until a parent's answer begins. */
export const pieceHeadersTimeoutMs = 2_000

/** Time for one whole piece from a parent. */
export const pieceTimeoutMs = 30_000

/** Redirects followed on the way to the origin's content. */
export const sourceRedirectsMax = 10

/** Time until the origin's answer begins. */
export const sourceHeadersTimeoutMs = 30_000

/** Longest pause in the origin's body. */
export const sourceBodyIdleTimeoutMs = 30_000

/** Attempts without progress before a download from the origin fails. */
export const sourceAttemptsMax = 3

/** Pause before the second attempt; doubled for each further one. */
export const sourceBackoffMsMin = 500

/** Longest pause between two attempts. */
export const sourceBackoffMsMax = 3_000

/** Ranged requests under way at once for one content. */
export const sourceWorkersMax = 4

/** Contents shorter than this are fetched in one request. */
export const sourceConcurrentBytesMin = 32 * MiB

/** Pieces one ranged request covers. */
export const sourceGroupPiecesMax = 4

/** Longest value of an origin's header that is kept and passed on. */
export const sourceHeaderValueBytesMax = 4 * KiB
