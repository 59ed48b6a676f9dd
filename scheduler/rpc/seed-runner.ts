// Runs the outbox: on the leader, and only there, open seed items are started and called. Each call
// is preceded by a command that takes the item for this term and by a read index, so that a member
// that leads no longer calls nobody; losing the leadership ends every call.
import { messageOf } from '../../base/index.ts'
import type { Clock, Logger, Timer } from '../../base/index.ts'
import {
  finishSeed,
  getHost,
  getTask,
  isSeedRunning,
  openSeeds,
  startedSeeds,
  startSeed,
} from '../replication/commands/index.ts'
import type { OutboxRow, SchedulerEvent } from '../replication/commands/index.ts'
import type { LeaderWork } from '../replication/index.ts'
import { leaderWaitMsMax, seedCallsMax, seedRetryMs, streamCommandMsMax } from './limits.ts'
import type { CommandPort, RaftPort, StatePort } from './ports.ts'
import type { RequestMetrics } from './request-metrics.ts'
import { SeedCall } from './seed-call.ts'
import { isDialableHost } from './wire-host.ts'

export interface SeedRunnerDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly commands: CommandPort
  readonly raft: RaftPort
  readonly state: StatePort
  readonly metrics: RequestMetrics
}

/** What became of an attempt to start an item. */
type Beginning = 'running' | 'not-ours' | 'try-later'

/** Starts and ends seed calls; the leader's duties tell it when. */
export class SeedRunner implements LeaderWork {
  readonly #deps: SeedRunnerDeps
  /** By outbox id; 'starting' until the call is made. */
  readonly #running = new Map<number, SeedCall | 'starting'>()
  #unsubscribe: (() => void) | undefined
  #timer: Timer | undefined
  /** 0 = this member does not lead. */
  #term = 0

  constructor(deps: SeedRunnerDeps) {
    this.#deps = deps
  }

  /** Calls that run or are about to. */
  get size(): number {
    return this.#running.size
  }

  lead(term: number): void {
    this.stepDown()
    this.#term = term
    this.#unsubscribe = this.#deps.state.subscribe((frame) => {
      const events = frame.events as readonly SchedulerEvent[]
      if (events.some(({ type }) => type === 'outbox-changed')) this.#wake(0)
    })
    this.#wake(0)
  }

  stepDown(): void {
    this.#term = 0
    this.#timer?.cancel()
    this.#unsubscribe?.()
    for (const call of this.#running.values()) {
      if (call !== 'starting') call.cancel()
    }
    this.#running.clear()
  }

  /** Looks at the outbox soon; never inside a frame, where nothing may be proposed. */
  #wake(delayMs: number): void {
    if (this.#term === 0) return
    this.#timer?.cancel()
    this.#timer = this.#deps.clock.setTimer(delayMs, () => this.#look(), { keepAlive: false })
  }

  #look(): void {
    const term = this.#term
    if (term === 0) return
    const { state } = this.#deps
    this.#dropOutdated(term)
    this.#openStranded(term)
    const open = openSeeds(state.reader, term, seedCallsMax * 2)
    const items = open.filter((item) => !this.#running.has(item.id))
    const room = seedCallsMax - this.#running.size
    for (const item of items.slice(0, room)) {
      this.#running.set(item.id, 'starting')
      this.#work(item, term, this.#begin(item, term))
    }
    if (items.length > room) this.#wake(seedRetryMs)
  }

  #work(item: OutboxRow, term: number, work: Promise<Beginning>): void {
    const { logger } = this.#deps
    work
      .catch((error: unknown): Beginning => {
        const fields = { outboxId: item.id, reason: messageOf(error) }
        logger.error(fields, 'a seed item failed unexpectedly')
        return 'try-later'
      })
      .then((beginning) => this.#begun(item, term, beginning))
      .catch((error: unknown) => logger.error({ reason: messageOf(error) }, 'seeds are stuck'))
  }

  /** Opens items again that were started for this term by a command whose result did not arrive. */
  #openStranded(term: number): void {
    for (const item of startedSeeds(this.#deps.state.reader, term, seedCallsMax * 2)) {
      if (this.#running.has(item.id) || this.#running.size >= seedCallsMax) continue
      this.#running.set(item.id, 'starting')
      this.#work(item, term, this.#giveBack(item, term, true))
    }
  }

  /** Ends calls whose item is over by now: its time was up, say. */
  #dropOutdated(term: number): void {
    for (const [outboxId, call] of this.#running) {
      if (call === 'starting' || isSeedRunning(this.#deps.state.reader, outboxId, term)) continue
      call.cancel()
    }
  }

  #begun(item: OutboxRow, term: number, beginning: Beginning): void {
    if (beginning === 'running' || this.#term !== term) return
    this.#running.delete(item.id)
    this.#wake(seedRetryMs)
  }

  async #begin(item: OutboxRow, term: number): Promise<Beginning> {
    const { commands, raft, clock, logger, metrics } = this.#deps
    const start = { outboxId: item.id }
    const started = await commands.propose(startSeed, start, { timeoutMs: streamCommandMsMax })
    if (!started.ok) return 'try-later'
    if (!started.result.ok || started.result.term !== term) return 'not-ours'
    const read = await raft.readIndex({ timeoutMs: leaderWaitMsMax })
    if (this.#term !== term) return 'not-ours'
    // Taken and not called: the item must be open again, for this term as well.
    if (!read.ok) return this.#giveBack(item, term, true)
    const target = this.#targetOf(item)
    if (target === undefined) return this.#giveBack(item, term, false)
    const onEnd = (): void => {
      if (this.#term !== term) return
      this.#running.delete(item.id)
      this.#wake(0)
    }
    const options = { item, ...target, term, onEnd }
    this.#running.set(item.id, new SeedCall({ clock, logger, commands, metrics }, options))
    return 'running'
  }

  #targetOf(item: OutboxRow) {
    const { state, logger } = this.#deps
    const host = getHost(state.reader, item.hostId)
    const task = getTask(state.reader, item.taskId)
    if (host !== undefined && task !== undefined && isDialableHost(host)) {
      const ip = host.ip.includes(':') ? `[${host.ip}]` : host.ip
      return { task, address: `${ip}:${host.port}` }
    }
    const reason =
      host === undefined
        ? 'its host has left'
        : task === undefined
          ? 'its task is gone'
          : 'its host was announced from another address'
    logger.warn({ outboxId: item.id, hostId: item.hostId, reason }, 'a seed cannot be called')
    return undefined
  }

  /** Ends an item that was started and not called, for as long as this member leads. */
  async #giveBack(item: OutboxRow, term: number, retry: boolean): Promise<Beginning> {
    const { commands, clock } = this.#deps
    const outcome = { type: 'failed', retry, sourceError: null } as const
    const body = { outboxId: item.id, term, peerId: '', outcome }
    while (this.#term === term) {
      const answer = await commands.propose(finishSeed, body, { timeoutMs: streamCommandMsMax })
      if (answer.ok) break
      await clock.sleep(seedRetryMs)
    }
    return 'try-later'
  }
}
