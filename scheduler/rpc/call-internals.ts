// The two things grpc-js keeps to itself of a call it serves, and that a long stream needs. Both
// are looked up where the pinned version has them; a test fails when another version moves them.

/** The parts of grpc-js's objects that lead to a call's HTTP/2 stream. */
interface Internals {
  /** Of a handler's call: the outermost interceptor. */
  readonly call?: Internals
  /** Of an interceptor: the next one inwards. */
  readonly nextCall?: Internals
  /** Of the innermost: runs from the arrival of a request that has a deadline. */
  readonly deadlineTimer?: { close(): void } | null
  readonly stream?: CallStream
}

/** A call's HTTP/2 stream. */
export interface CallStream {
  /** Of its connection. */
  readonly session: unknown
  /** Bytes that wait until the client has room for them. */
  readonly writableLength: number
  close(code: number): void
  once(event: 'close', listener: () => void): unknown
}

/**
 * Lets a call go on after its client's deadline, as upstream's scheduler does: clients of API v2
 * mean by it how long they wait for the first answer, not how long a download may take.
 */
export function ignoreDeadline(call: object): void {
  const timer = innermost(call).deadlineTimer
  timer?.close()
}

/** HTTP/2's ENHANCE_YOUR_CALM, which clients of gRPC read as RESOURCE_EXHAUSTED. */
const enhanceYourCalm = 0xb

/**
 * Ends a call whose client takes nothing: a status would wait behind everything it has not read.
 * What was written is dropped, and the client sees RESOURCE_EXHAUSTED.
 */
export function resetCall(call: object): void {
  innermost(call).stream?.close(enhanceYourCalm)
}

/** The HTTP/2 stream of a call. */
export function streamOf(call: object): CallStream | undefined {
  return innermost(call).stream
}

function innermost(call: object): Internals {
  let part = call as Internals
  for (let depth = 0; depth < interceptorsMax; depth += 1) {
    const next = part.call ?? part.nextCall
    if (next === undefined) return part
    part = next
  }
  return part
}

/** Interceptors looked through; there are one or two. */
const interceptorsMax = 16
