// Bounded attempts: a step is repeated after temporary failures, with growing pauses, until it
// fails `sourceAttemptsMax` times in a row without having got anywhere in between.
import type { CancelSignal, Clock } from '../../../base/index.ts'
import { isTemporarySourceError } from '../errors.ts'
import { sourceAttemptsMax, sourceBackoffMsMax, sourceBackoffMsMin } from '../limits.ts'
import { throwIfAborted } from '../rate-limiter.ts'

/**
 * Runs `step` until it returns. `progress` is a number that grows when the step got somewhere: then
 * the count of failures starts anew.
 */
export async function withAttempts<T>(
  deps: { readonly clock: Clock },
  options: { readonly progress: () => number; readonly signal?: CancelSignal | undefined },
  step: () => Promise<T>,
): Promise<T> {
  let failures = 0
  let reached = options.progress()
  for (;;) {
    throwIfAborted(options.signal)
    try {
      return await step()
    } catch (error) {
      throwIfAborted(options.signal)
      if (!isTemporarySourceError(error)) throw error
      const now = options.progress()
      failures = now > reached ? 1 : failures + 1
      reached = Math.max(reached, now)
      if (failures >= sourceAttemptsMax) throw error
      const pauseMs = Math.min(sourceBackoffMsMax, sourceBackoffMsMin * 2 ** (failures - 1))
      await deps.clock.sleep(pauseMs, options.signal)
    }
  }
}
