// The daemon, put together: what it consists of, in which order its parts start and stop.
import { CodedError, messageOf, secondMs } from '../base/index.ts'
import type { Clock, Disk, Http, Logger, Random, Service } from '../base/index.ts'
import { startAll, stopAll } from '../base/index.ts'
import { loadServices } from '../proto/index.ts'
import type { ClientSecurity } from '../client/index.ts'
import { HostAnnouncer } from './announce/host-announcer.ts'
import type { ReadHostStats } from './announce/host-stats.ts'
import { SchedulerLink } from './announce/scheduler-link.ts'
import type { Schedulers } from './announce/scheduler-link.ts'
import { TaskAnnouncer } from './announce/task-announcer.ts'
import { Downloads } from './conductor/downloads.ts'
import type { DfdaemonOptions } from './config.ts'
import { localHost } from './host.ts'
import type { LocalHost } from './host.ts'
import { daemonHandlers } from './rpc/daemon-service.ts'
import { leaveDeadlineMs } from './rpc/limits.ts'
import { PieceTasks } from './rpc/piece-tasks.ts'
import { seederHandlers } from './rpc/seeder-service.ts'
import { RpcServer } from './rpc/server.ts'
import type { ServedService } from './rpc/server.ts'
import { TaskOperations } from './rpc/task-operations.ts'
import type { ChangeOwner } from './rpc/task-operations.ts'
import { openPieceStore } from './store/index.ts'
import type { PieceStore } from './store/index.ts'
import { RateLimiter } from './transfer/index.ts'
import { UploadServer } from './upload/index.ts'

/** Time the calls of local users, and then those of other peers, get to end on a stop. */
export const localGraceMs = 2 * secondMs
export const remoteGraceMs = secondMs

export interface DaemonDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly disk: Disk
  readonly http: Http
  readonly readStats: ReadHostStats
  readonly changeOwner: ChangeOwner
  readonly version: string
  readonly processId: number
  /** How it speaks to schedulers. @default no TLS */
  readonly security?: ClientSecurity
}

/** Where a running daemon is reached. */
export interface DaemonAddresses {
  readonly hostId: string
  readonly rpcPort: number
  readonly uploadPort: number
  readonly socket: string
}

/** The dfdaemon of one host. */
export class Daemon implements Service {
  readonly name = 'dfdaemon'
  readonly #deps: DaemonDeps
  readonly #options: DfdaemonOptions
  #parts: Service[] = []
  #addresses: DaemonAddresses | undefined

  constructor(deps: DaemonDeps, options: DfdaemonOptions) {
    this.#deps = deps
    this.#options = options
  }

  /** Known while the daemon runs. */
  get addresses(): DaemonAddresses {
    if (this.#addresses === undefined) throw new CodedError('PEER_STOPPING', 'not running')
    return this.#addresses
  }

  /**
   * Starts to serve. PEER_STORE_…, PEER_PORT_IN_USE, PEER_SOCKET_IN_USE, PEER_LISTEN_FAILED,
   * CONF_ADDRESS; after a failure nothing runs.
   */
  async start(): Promise<void> {
    try {
      await this.#start()
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  /** Stops taking calls, ends downloads, closes the store. Idempotent. */
  async stop(): Promise<void> {
    const parts = this.#parts
    this.#parts = []
    this.#addresses = undefined
    await stopAll(parts)
  }

  async #start(): Promise<void> {
    const { disk, clock, logger, random, security } = this.#deps
    const options = this.#options
    await disk.makeDirectory(options.dataDir)
    const store = await openPieceStore(
      { disk, clock, logger, random },
      { dataDir: options.dataDir },
    )
    this.#started('piece store', () => store.close())
    const uploads = new UploadServer(
      {
        store,
        clock,
        logger: logger.child({ part: 'upload' }),
        limiter: new RateLimiter({ clock }, { bytesPerSecond: options.uploadRateLimit }),
      },
      { host: options.listenIp, port: options.uploadPort },
    )
    await uploads.start()
    this.#started('upload server', () => uploads.stop())
    const tcp = new RpcServer()
    const rpcPort = await tcp.listenTcp(options.listenIp, options.port)
    this.#started('gRPC port', () => tcp.stop(clock, remoteGraceMs))
    const host = this.#host(rpcPort, uploads.port)
    const scheduler = new SchedulerLink(
      {
        clock,
        random,
        logger: logger.child({ part: 'schedulers' }),
        ...(security === undefined ? {} : { security }),
      },
      options,
    )
    this.#parts.push(scheduler)
    await scheduler.start()
    const services = await this.#services(store, scheduler, host)
    tcp.serve(services.tcp)
    const unix = new RpcServer()
    await unix.listenUnix({ disk, clock }, options.socket)
    this.#started('unix socket', () => unix.stop(clock, localGraceMs))
    unix.serve(services.unix)
    tcp.setServing(true)
    unix.setServing(true)
    const { socket } = options
    this.#addresses = { hostId: host.id, rpcPort, uploadPort: uploads.port, socket }
    logger.info({ ...this.#addresses, schedulers: scheduler.addresses }, 'listening')
  }

  /** Puts the parts that need the host's ports together and starts them. */
  async #services(
    store: PieceStore,
    scheduler: Schedulers,
    host: LocalHost,
  ): Promise<{ readonly tcp: readonly ServedService[]; readonly unix: readonly ServedService[] }> {
    const options = { host }
    const deps = { ...this.#deps, store, scheduler }
    const announcer = new TaskAnnouncer(deps, options)
    const downloads = new Downloads(
      { ...deps, announceLater: (taskId) => announcer.enqueue(taskId) },
      { host, ratePerSecond: this.#options.rateLimit },
    )
    const operations = new TaskOperations({ ...deps, downloads, announcer }, options)
    const pieceTasks = new PieceTasks({ store, running: downloads }, options)
    const hostAnnouncer = this.#hostAnnouncer(scheduler, host, announcer)
    const leaver = {
      name: 'host leave',
      start: async () => {},
      stop: () => this.#leave(scheduler, host),
    }
    const background: Service[] = [
      { name: 'operations', start: async () => {}, stop: () => operations.stop() },
      { name: 'downloads', start: async () => {}, stop: () => downloads.stop() },
      announcer,
      leaver,
      ...(this.#hasSchedulers() ? [hostAnnouncer] : []),
    ]
    await startAll(background)
    this.#parts.push(...background)
    store.onDamage((task) => this.#onDamage(scheduler, task))
    const grpc = loadServices()
    const daemonDeps = { ...this.#deps, operations, pieceTasks }
    const onTcp = daemonHandlers(daemonDeps, 'tcp')
    const seeder = seederHandlers(
      { ...this.#deps, store, downloads, daemonHandlers: onTcp },
      options,
    )
    const daemon = (handlers: typeof onTcp): ServedService => ({
      service: grpc.daemonV1.service,
      handlers,
    })
    return {
      tcp: [
        daemon(onTcp),
        ...(host.isSeed ? [{ service: grpc.seederV1.service, handlers: seeder }] : []),
      ],
      unix: [daemon(daemonHandlers(daemonDeps, 'unix-socket'))],
    }
  }

  #hostAnnouncer(scheduler: Schedulers, host: LocalHost, announcer: TaskAnnouncer): HostAnnouncer {
    const { announceInterval, rateLimit, uploadRateLimit } = this.#options
    return new HostAnnouncer(
      { ...this.#deps, scheduler },
      {
        host,
        intervalMs: announceInterval,
        version: this.#deps.version,
        downloadRateBytes: rateLimit,
        uploadRateBytes: uploadRateLimit,
        onAnnounced: (wasSilent) => {
          if (wasSilent) announcer.enqueueAll()
          else announcer.audit()
        },
      },
    )
  }

  /** A copy that lost a piece is no longer whole: the schedulers must not hand it out as one. */
  #onDamage(scheduler: Schedulers, task: { taskId: string; peerId: string }): void {
    const { logger } = this.#deps
    logger.error({ taskId: task.taskId }, 'a piece of a local copy is damaged')
    if (scheduler.addresses.length === 0) return
    const target = { taskId: task.taskId, peerId: task.peerId }
    scheduler.leaveTask(target, { deadlineMs: leaveDeadlineMs }).catch((error: unknown) => {
      logger.warn({ reason: messageOf(error) }, 'damaged copy not withdrawn')
    })
  }

  async #leave(scheduler: Schedulers, host: LocalHost): Promise<void> {
    if (!this.#options.leaveOnStop || scheduler.addresses.length === 0) return
    await scheduler
      .leaveHost({ id: host.id }, { deadlineMs: leaveDeadlineMs })
      .catch((error: unknown) => {
        this.#deps.logger.warn({ reason: messageOf(error) }, 'host did not leave')
      })
  }

  #hasSchedulers(): boolean {
    return this.#options.scheduler.length > 0 || this.#options.manager !== undefined
  }

  #host(rpcPort: number, uploadPort: number): LocalHost {
    const { hostname, ip, idc, location, seed } = this.#options
    const { processId } = this.#deps
    return localHost({
      hostname,
      ip,
      rpcPort,
      uploadPort,
      idc,
      location,
      isSeed: seed,
      processId,
    })
  }

  #started(name: string, stop: () => Promise<void>): void {
    this.#parts.push({ name, start: async () => {}, stop })
  }
}
