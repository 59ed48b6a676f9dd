// Tells the cluster again and again that this host is there. API v1 has no interval, so the host is
// announced through API v2 also when its downloads are scheduled through v1: the schedulers forget
// a host that was silent for twice its interval.
import { messageOf, secondMs } from '../../base/index.ts'
import type { Clock, Logger, Service } from '../../base/index.ts'
import type { Schedulers } from './scheduler-link.ts'
import type { commonV2 } from '../../proto/index.ts'
import { hostV2 } from '../host.ts'
import type { LocalHost } from '../host.ts'
import type { ReadHostStats } from './host-stats.ts'

/** Longest one announcement may take, over all schedulers. */
export const announceHostDeadlineMsMax = 10 * secondMs

/** Pause after the first failed announcement; doubles, at most a quarter of the interval. */
export const announceRetryMsMin = 250

export interface HostAnnouncerDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly scheduler: Pick<Schedulers, 'announceHost'>
  readonly readStats: ReadHostStats
}

export interface HostAnnouncerOptions {
  readonly host: LocalHost
  readonly intervalMs: number
  readonly version: string
  /** What the limits of this daemon allow, bytes a second. */
  readonly downloadRateBytes: number
  readonly uploadRateBytes: number
  /**
   * Called after each announcement that succeeded; `wasSilent` when the schedulers may have
   * forgotten the host in between, and always the first time.
   */
  readonly onAnnounced: (wasSilent: boolean) => void
}

/** Announces from `start` to `stop`. */
export class HostAnnouncer implements Service {
  readonly name = 'host announcer'
  readonly #deps: HostAnnouncerDeps
  readonly #options: HostAnnouncerOptions
  readonly #stopped = new AbortController()
  #loop: Promise<void> | undefined
  #succeededMs: number | undefined

  constructor(deps: HostAnnouncerDeps, options: HostAnnouncerOptions) {
    this.#deps = deps
    this.#options = options
  }

  async start(): Promise<void> {
    this.#loop ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#loop
  }

  async #run(): Promise<void> {
    const { clock } = this.#deps
    const { intervalMs } = this.#options
    let failures = 0
    while (!this.#stopped.signal.aborted) {
      const startedMs = clock.nowMs()
      const isDone = await this.#announce()
      failures = isDone ? 0 : failures + 1
      const retryMs = Math.min(announceRetryMsMin * 2 ** Math.min(failures - 1, 16), intervalMs / 4)
      const pauseMs = isDone ? intervalMs - (clock.nowMs() - startedMs) : retryMs
      await clock.sleep(Math.max(pauseMs, 0), this.#stopped.signal).catch(() => {})
    }
  }

  async #announce(): Promise<boolean> {
    const { clock, logger, scheduler } = this.#deps
    const { intervalMs, onAnnounced } = this.#options
    try {
      const host = await this.#describe()
      const interval = {
        seconds: Math.floor(intervalMs / 1000),
        nanos: (intervalMs % 1000) * 1_000_000,
      }
      const deadlineMs = Math.min(Math.max(intervalMs, secondMs), announceHostDeadlineMsMax)
      const { signal } = this.#stopped
      await scheduler.announceHost({ host, interval }, { deadlineMs, signal })
    } catch (error) {
      if (!this.#stopped.signal.aborted) {
        logger.warn({ reason: messageOf(error) }, 'host not announced')
      }
      return false
    }
    const nowMs = clock.nowMs()
    const wasSilent =
      this.#succeededMs === undefined || nowMs - this.#succeededMs > intervalMs * 1.5
    if (this.#succeededMs === undefined) logger.info({}, 'host announced')
    this.#succeededMs = nowMs
    onAnnounced(wasSilent)
    return true
  }

  async #describe(): Promise<commonV2.Host> {
    const { host, downloadRateBytes, uploadRateBytes, version } = this.#options
    const stats = await this.#deps.readStats()
    return {
      ...hostV2(host),
      ...stats,
      network: {
        ...(host.location === '' ? {} : { location: host.location }),
        ...(host.idc === '' ? {} : { idc: host.idc }),
        maxRxBandwidth: downloadRateBytes * 8,
        maxTxBandwidth: uploadRateBytes * 8,
      },
      build: { gitVersion: version, platform: stats.platform ?? '' },
    }
  }
}
