// Waiting for the first of several things, leaving nothing behind: no timer, no listener.
import type { CancelSignal, Clock } from '../base/index.ts'

/** Calls `wake` once something has happened, until the returned function is called. */
export type Waker = (wake: () => void) => () => void

/** Resolves after `ms`, or as soon as one of `wakers` calls. */
export function waitFor(
  clock: Pick<Clock, 'setTimer'>,
  ms: number,
  wakers: readonly Waker[],
): Promise<void> {
  return new Promise((resolve) => {
    const leave: (() => void)[] = []
    const done = (): void => {
      for (const each of leave.splice(0)) each()
      resolve()
    }
    const timer = clock.setTimer(ms, done)
    leave.push(() => timer.cancel())
    for (const waker of wakers) leave.push(waker(done))
  })
}

/** Wakes when `signal` is aborted; at the next turn when it is already. */
export function aborted(signal: CancelSignal | undefined): Waker {
  return (wake) => {
    if (signal === undefined) return () => undefined
    if (signal.aborted) queueMicrotask(wake)
    signal.addEventListener('abort', wake, { once: true })
    return () => signal.removeEventListener('abort', wake)
  }
}

/** What `work` gives, unless `signal` is aborted first: then its reason is thrown. */
export function unlessAborted<T>(work: Promise<T>, signal: CancelSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(reasonOf(signal))
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

function reasonOf({ reason }: CancelSignal): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}
