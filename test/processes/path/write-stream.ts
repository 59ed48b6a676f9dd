// Writes that go on while schedulers die, through the client that daemons use.
import { nullLogger } from '../../../base/index.ts'
import { SchedulerClient } from '../../../client/index.ts'
import { SystemClock, systemRandom } from '../../../runtime/index.ts'
import type { LocalCluster } from '../local-cluster.ts'
import { announcement } from '../scheduler-stubs.ts'
import { pause } from './steps.ts'

/** Writers at once, and their pause between two writes: the disk is to be busy, not flooded. */
const writers = 8
const writePauseMs = 5

/** Longest one write is tried. */
const writeDeadlineMs = 30_000

/** A client of all schedulers that looks for one that answers. */
function retryingClient(cluster: LocalCluster): SchedulerClient {
  const deps = { clock: new SystemClock(), random: systemRandom().random, logger: nullLogger }
  const addresses = cluster.line.schedulers.map(({ addr }) => addr)
  return new SchedulerClient(deps, { addresses, deadlineMs: writeDeadlineMs })
}

/** Announces so many tasks, a bounded number at a time; each must be acknowledged. */
export async function writeTasks(
  cluster: LocalCluster,
  prefix: string,
  count: number,
): Promise<void> {
  const client = retryingClient(cluster)
  let next = 0
  const worker = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) await client.announceTask(announcement(prefix + i))
  }
  try {
    await Promise.all(Array.from({ length: 2 * writers }, worker))
  } finally {
    client.close()
  }
}

/** Announces tasks until it is told to stop. */
export class WriteStream {
  readonly #client: SchedulerClient
  readonly #prefix: string
  readonly #running: Promise<unknown>
  /** What was acknowledged; writes that were not are free to be there or not. */
  readonly acknowledged: string[] = []
  refused = 0
  #next = 0
  #isStopping = false

  constructor(cluster: LocalCluster, prefix: string) {
    this.#client = retryingClient(cluster)
    this.#prefix = prefix
    this.#running = Promise.all(Array.from({ length: writers }, () => this.#write()))
  }

  /** Ends the writers; must be called whatever happens, or they go on for ever. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#running
    this.#client.close()
  }

  async #write(): Promise<void> {
    while (!this.#isStopping) {
      this.#next += 1
      const cid = `${this.#prefix}${this.#next}`
      try {
        await this.#client.announceTask(announcement(cid))
        this.acknowledged.push(cid)
      } catch {
        this.refused += 1
      }
      await pause(writePauseMs)
    }
  }
}
