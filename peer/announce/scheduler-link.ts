// The daemon's way to the schedulers. Their addresses are configured, or a manager names them,
// maybe long after the daemon has started; a daemon without either serves what it can alone.
import type { Clock, Logger, Random, Service } from '../../base/index.ts'
import { SchedulerClient, SchedulerUnavailableError } from '../../client/index.ts'
import type { ClientSecurity } from '../../client/index.ts'

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

export interface SchedulerLinkOptions {
  /** Configured schedulers, in any form `SchedulerClient` takes; may be empty. */
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

/**
 * Schedulers that may not be known yet. Calls wait for a manager to name one until their deadline;
 * without any address they reject with SCHED_UNAVAILABLE at once.
 */
export class SchedulerLink implements Schedulers, Service {
  readonly name = 'scheduler link'
  #client: SchedulerClient | undefined

  /** CONF_ADDRESS. */
  constructor(deps: SchedulerLinkDeps, options: SchedulerLinkOptions) {
    const { scheduler, manager, ...asker } = options
    const named = manager === undefined ? [] : [managerText(manager)]
    const addresses = [...scheduler, ...named]
    if (addresses.length === 0) return
    const { security } = deps
    this.#client = new SchedulerClient(deps, {
      addresses,
      asker,
      ...(security === undefined ? {} : { security }),
    })
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {
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
}

/** The option takes host:port as ever, and the form that schedulers are written in. */
function managerText(manager: string): string {
  return manager.includes('://') ? manager : `manager://${manager}`
}
