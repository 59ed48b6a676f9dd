// The daemon's way to the schedulers. Their addresses are configured, or a manager names them,
// maybe long after the daemon has started; a daemon without either serves what it can alone.
import { messageOf, secondMs } from '../../base/index.ts'
import type { Clock, Logger, Random, Service } from '../../base/index.ts'
import { SchedulerClient, SchedulerUnavailableError } from '../../client/index.ts'
import type { ClientSecurity } from '../../client/index.ts'
import { managerAddresses } from './manager-schedulers.ts'

/** What the daemon's parts use of the schedulers. */
export type Schedulers = Pick<
  SchedulerClient,
  | 'addresses'
  | 'registerPeerTask'
  | 'reportPieceResult'
  | 'reportPeerResult'
  | 'announceTask'
  | 'statTask'
  | 'leaveTask'
  | 'leaveHost'
  | 'announceHost'
>

/** Pause between two questions to a manager that names no scheduler yet. */
export const managerRetryMs = secondMs

export interface SchedulerLinkOptions {
  /** host:port of each configured scheduler; may be empty. */
  readonly scheduler: readonly string[]
  /** host:port of a manager's gRPC. */
  readonly manager: string | undefined
  readonly hostname: string
  readonly ip: string
  readonly idc: string
  readonly location: string
}

export interface SchedulerLinkDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** @default no TLS */
  readonly security?: ClientSecurity
}

/** Schedulers that may not be known yet. Calls reject with SCHED_UNAVAILABLE until they are. */
export class SchedulerLink implements Schedulers, Service {
  readonly name = 'scheduler link'
  readonly #deps: SchedulerLinkDeps
  readonly #options: SchedulerLinkOptions
  readonly #stopped = new AbortController()
  #client: SchedulerClient | undefined
  #looking: Promise<void> | undefined

  /** CONF_ADDRESS. */
  constructor(deps: SchedulerLinkDeps, options: SchedulerLinkOptions) {
    this.#deps = deps
    this.#options = options
    if (options.scheduler.length > 0) this.#connect(options.scheduler)
  }

  async start(): Promise<void> {
    if (this.#client === undefined && this.#options.manager !== undefined) {
      this.#looking = this.#look(this.#options.manager)
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#looking
    this.#client?.close()
    this.#client = undefined
  }

  /** Empty while no scheduler is known. */
  get addresses(): readonly string[] {
    return this.#client?.addresses ?? []
  }

  registerPeerTask: Schedulers['registerPeerTask'] = async (...call) =>
    this.#need().registerPeerTask(...call)

  reportPeerResult: Schedulers['reportPeerResult'] = async (...call) =>
    this.#need().reportPeerResult(...call)

  announceTask: Schedulers['announceTask'] = async (...call) => this.#need().announceTask(...call)

  statTask: Schedulers['statTask'] = async (...call) => this.#need().statTask(...call)

  leaveTask: Schedulers['leaveTask'] = async (...call) => this.#need().leaveTask(...call)

  leaveHost: Schedulers['leaveHost'] = async (...call) => this.#need().leaveHost(...call)

  announceHost: Schedulers['announceHost'] = async (...call) => this.#need().announceHost(...call)

  /** Throws where the others reject. */
  reportPieceResult: Schedulers['reportPieceResult'] = (...call) =>
    this.#need().reportPieceResult(...call)

  #need(): SchedulerClient {
    if (this.#client !== undefined) return this.#client
    throw new SchedulerUnavailableError([], 'no scheduler address is known')
  }

  #connect(addresses: readonly string[]): void {
    const { manager } = this.#options
    const { clock, security } = this.#deps
    this.#client = new SchedulerClient(this.#deps, {
      addresses,
      ...(security === undefined ? {} : { security }),
      ...(manager === undefined
        ? {}
        : { refreshAddresses: () => managerAddresses({ clock }, manager, this.#options) }),
    })
  }

  async #look(manager: string): Promise<void> {
    const { clock, logger } = this.#deps
    const { signal } = this.#stopped
    while (!signal.aborted) {
      try {
        const addresses = await managerAddresses({ clock }, manager, this.#options)
        if (signal.aborted) return
        this.#connect(addresses)
        logger.info({ addresses }, 'the manager named the schedulers')
        return
      } catch (error) {
        logger.warn({ manager, reason: messageOf(error) }, 'the manager named no scheduler')
        await clock.sleep(managerRetryMs, signal).catch(() => {})
      }
    }
  }
}
