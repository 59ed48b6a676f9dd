// Many seeds on several threads. Seeds are handed out in order; a thread that dies or hangs takes
// only its seed with it.
import { Worker } from 'node:worker_threads'
import { messageOf, minuteMs } from '../../base/index.ts'
import type { Clock, Timer } from '../../base/index.ts'
import type { SeedResult } from './run-seed.ts'
import type { SeedAnswer, SeedRequest } from './seed-worker.ts'

/** A seed that takes longer, in real time, hangs. */
const seedMsMax = 2 * minuteMs

/** How a seed ended: with a result, or with its thread. */
export type SeedEnd =
  | { readonly seed: number; readonly result: SeedResult }
  | { readonly seed: number; readonly error: string }

export interface BatchOptions {
  /** A program that calls `serveSeeds` in its threads. */
  readonly program: URL
  readonly workers: number
  /** The next seed; undefined when there is none. */
  readonly next: () => number | undefined
  readonly onEnd: (end: SeedEnd) => void
  /** Gets the lines of the trace of every seed. */
  readonly print?: (line: string) => void
}

/** Runs seeds until there are no more. */
export async function runBatch(
  deps: { readonly clock: Clock },
  options: BatchOptions,
): Promise<void> {
  const threads = Array.from({ length: options.workers }, () => runThread(deps.clock, options))
  await Promise.all(threads)
}

async function runThread(clock: Clock, options: BatchOptions): Promise<void> {
  let worker: Worker | undefined
  for (let seed = options.next(); seed !== undefined; seed = options.next()) {
    worker ??= new Worker(options.program)
    const end = await runOne(clock, worker, { seed, options })
    options.onEnd(end)
    if ('error' in end) {
      await worker.terminate()
      worker = undefined
    }
  }
  await worker?.terminate()
}

function runOne(
  clock: Clock,
  worker: Worker,
  { seed, options: { print } }: { readonly seed: number; readonly options: BatchOptions },
): Promise<SeedEnd> {
  return new Promise((resolve) => {
    let timer: Timer | undefined
    const end = (how: SeedEnd): void => {
      timer?.cancel()
      worker.off('message', onMessage)
      worker.off('error', onError)
      worker.off('exit', onExit)
      resolve(how)
    }
    const onMessage = (answer: SeedAnswer): void => {
      if ('line' in answer) print?.(answer.line)
      else end({ seed, result: answer.result })
    }
    const onError = (error: unknown): void => end({ seed, error: messageOf(error) })
    const onExit = (): void => end({ seed, error: 'its thread has ended' })
    timer = clock.setTimer(seedMsMax, () => end({ seed, error: 'it hangs' }))
    worker.on('message', onMessage)
    worker.on('error', onError)
    worker.on('exit', onExit)
    worker.postMessage({ seed, isTraced: print !== undefined } satisfies SeedRequest, [])
  })
}
