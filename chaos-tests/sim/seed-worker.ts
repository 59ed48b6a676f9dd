// Runs seeds one after another in a thread of its own, as the batch asks for them.
import type { MessagePort } from 'node:worker_threads'
import { afterThisTurn } from '../../runtime/index.ts'
import { runSeed } from './run-seed.ts'
import type { SeedResult } from './run-seed.ts'

/** What a batch asks of a worker. */
export interface SeedRequest {
  readonly seed: number
  readonly isTraced: boolean
}

/** What a worker answers: lines of a trace, then the result. */
export type SeedAnswer = { readonly line: string } | { readonly result: SeedResult }

/** Serves requests until the port closes. */
export function serveSeeds(port: MessagePort): void {
  port.on('message', ({ seed, isTraced }: SeedRequest) => {
    const answer = (message: SeedAnswer): void => port.postMessage(message)
    // Out of whatever called us: promises of the run settle only then.
    afterThisTurn(() => {
      const result = runSeed(seed, isTraced ? { print: (line) => answer({ line }) } : {})
      answer({ result })
    })
  })
}
