// gRPC's way of saying that the caller is gone, as a signal.
import { CodedError } from '../../base/index.ts'

/** What of a server call says that it is over; all kinds of calls have it. */
export interface CancellableCall {
  readonly cancelled: boolean
  on(event: 'cancelled', listener: () => void): unknown
}

/** Aborts with PEER_CANCELLED when the caller cancels, goes away or its deadline has passed. */
export function callSignal(call: CancellableCall): AbortSignal {
  const controller = new AbortController()
  const abort = (): void => {
    controller.abort(new CodedError('PEER_CANCELLED', 'the caller went away'))
  }
  if (call.cancelled) abort()
  call.on('cancelled', abort)
  return controller.signal
}
