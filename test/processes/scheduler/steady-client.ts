// Somebody else's client, who must not notice what a bad one does.
import { messageOf } from '../../../base/index.ts'
import { MemberStub } from './member-stub.ts'
import { announceTaskV1, taskIdOf } from './requests.ts'
import { pause } from './steps.ts'

/** Between two calls. */
const callMs = 25

export class SteadyClients {
  readonly #running: Promise<unknown>
  readonly #failures: string[] = []
  #isOver = false
  calls = 0
  slowestMs = 0

  /** One at each member. */
  constructor(addresses: readonly string[]) {
    this.#running = Promise.all(addresses.map((address) => this.#run(address)))
  }

  /** @throws when one of their calls failed */
  async stop(): Promise<string> {
    this.#isOver = true
    await this.#running
    const [first] = this.#failures
    if (first !== undefined) throw new Error(`${this.#failures.length} others failed: ${first}`)
    return `${this.calls} calls of others, none failed, the slowest ${this.slowestMs} ms`
  }

  async #run(address: string): Promise<void> {
    const stub = new MemberStub(address)
    try {
      for (let i = 0; !this.#isOver; i += 1) {
        const hostId = `steady-${address}`
        const name = {
          taskId: taskIdOf(`${hostId}-${i % 20}`),
          peerId: `${hostId}-${i % 20}`,
          hostId,
        }
        const beganMs = performance.now()
        await stub.announceTask(announceTaskV1(name))
        const { state } = await stub.statTaskV1(name.taskId)
        if (state !== 'Succeeded') this.#failures.push(`${name.peerId} is ${state}`)
        this.calls += 2
        this.slowestMs = Math.max(this.slowestMs, Math.round(performance.now() - beganMs))
        await pause(callMs)
      }
    } catch (error) {
      this.#failures.push(`${address}: ${messageOf(error)}`)
    } finally {
      stub.close()
    }
  }
}
