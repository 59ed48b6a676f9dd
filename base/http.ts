// Outgoing HTTP as a port: back-to-source and piece downloads.
import type { CancelSignal } from './cancel.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD'
  /** Absolute http: or https: URL. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Time until the response's head has arrived. */
  readonly headersTimeoutMs: number
  /** Longest pause between two chunks of the body. */
  readonly bodyIdleTimeoutMs: number
  /** @default 0: redirects are returned, not followed */
  readonly redirectsMax?: number
  readonly signal?: CancelSignal
}

export interface HttpResponse {
  readonly status: number
  /** Lower-case names; repeated headers joined by ", ". */
  readonly headers: Readonly<Record<string, string>>
  /** The body; leaving the loop early closes the connection. Consume it or call `discard`. */
  readonly body: AsyncIterable<Uint8Array>
  discard(): Promise<void>
}

/**
 * Rejects with CodedError `PEER_SOURCE_UNREACHABLE`, `PEER_SOURCE_TIMEOUT` or the signal's reason.
 */
export interface Http {
  request(request: HttpRequest): Promise<HttpResponse>
  close(): Promise<void>
}
