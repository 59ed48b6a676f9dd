// The one way to wait: a timer of whatever clock, or the signal, whichever is first.
import type { CancelSignal } from './cancel.ts'
import type { Clock } from './clock.ts'

/** Resolves after `delayMs` of `clock`; rejects with the signal's reason when cancelled first. */
export function sleep(
  clock: Pick<Clock, 'setTimer'>,
  delayMs: number,
  signal?: CancelSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(asError(signal.reason))
      return
    }
    const onAbort = (): void => {
      timer.cancel()
      reject(asError(signal?.reason))
    }
    const timer = clock.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}
