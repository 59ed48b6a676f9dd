// Writes that go on while schedulers die, through the client that daemons use.
import { nullLogger } from '../../base/index.ts'
import { SchedulerClient } from '../../client/index.ts'
import { SystemClock, systemRandom } from '../../runtime/index.ts'
import { announcement, cacheTaskId, SchedulerStub } from './scheduler-stubs.ts'

/** Writers at once, and their pause between two writes: the disk is to be busy, not flooded. */
const writers = 8
const writePauseMs = 5

/** Longest one write is tried. */
const writeDeadlineMs = 30_000

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A client of all schedulers that looks for one that answers. */
function retryingClient(addresses: readonly string[]): SchedulerClient {
  const deps = { clock: new SystemClock(), random: systemRandom().random, logger: nullLogger }
  return new SchedulerClient(deps, { addresses, deadlineMs: writeDeadlineMs })
}

/** Announces so many tasks, a bounded number at a time; each must be acknowledged. */
export async function writeTasks(
  addresses: readonly string[],
  prefix: string,
  count: number,
): Promise<void> {
  const client = retryingClient(addresses)
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

  constructor(addresses: readonly string[], prefix: string) {
    this.#client = retryingClient(addresses)
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

/** Asks one member for every task; resolves with those it does not know. */
export async function missingAt(
  address: string,
  cids: readonly string[],
): Promise<readonly string[]> {
  const stub = new SchedulerStub(address)
  const missing: string[] = []
  let next = 0
  const ask = async (): Promise<void> => {
    for (let i = next++; i < cids.length; i = next++) {
      const task = await stub.statTask(cacheTaskId(cids[i]!)).catch(() => undefined)
      if (task?.state !== 'Succeeded' || !task.hasAvailablePeer) missing.push(cids[i]!)
    }
  }
  await Promise.all(Array.from({ length: 32 }, ask))
  stub.close()
  return missing
}
