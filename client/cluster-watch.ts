// Follows the replicated rows of a cluster. When a member ends the watch or falls silent, another
// one goes on right behind what was taken; only when that is too long ago a new list comes.
import { Metadata, status } from '@grpc/grpc-js'
import { CodedError, messageOf } from '../base/index.ts'
import type { Clock, Logger, Random, Timer } from '../base/index.ts'
import { fromWireStatus, StatusError } from '../proto/index.ts'
import type { clusterV1 } from '../proto/index.ts'
import { backoffMs } from './backoff.ts'
import { ChannelPool } from './channel-pool.ts'
import { noSecurity } from './client-security.ts'
import type { ClientSecurity } from './client-security.ts'
import { clientResolveMsMax, watchFirstFrameMsMax, watchSilenceMsMax } from './limits.ts'
import { MemberDirectory } from './member-directory.ts'
import { parseMemberSources } from './member-source.ts'
import type { MemberSource } from './member-source.ts'
import { leaderHint } from './unary-caller.ts'
import { aborted, waitFor } from './waiting.ts'

export interface ClusterWatchDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export interface ClusterWatchOptions {
  /** Where members are found, in any form `SchedulerClient` takes; leaders are learnt too. */
  readonly addresses: readonly (string | MemberSource)[]
  /** Tables by name. @default all that may be seen */
  readonly tables?: readonly string[]
  /** Goes on behind this token instead of beginning with a list. */
  readonly after?: WatchToken
  /** @default no TLS, no token */
  readonly security?: Pick<ClientSecurity, 'transport' | 'bearerToken'>
}

/** A place in the log of one cluster. */
export interface WatchToken {
  /** 32 lower-case hex characters. */
  readonly clusterId: string
  readonly index: number
}

/** A row as it is now. */
export interface WatchedRow {
  readonly table: string
  /** Unique within its table. */
  readonly key: string
  /** Log index that changed it last. */
  readonly modIndex: number
  /** Undefined when the row was deleted. */
  readonly value: Readonly<Record<string, unknown>> | undefined
}

/**
 * Hears what there is. What comes next waits for what a method returns, and a member waits for the
 * reader in its turn: whoever takes very long begins anew with a list. A method that throws ends
 * the watch.
 */
export interface ClusterWatchListener {
  /**
   * A part of a list of all rows as they were at `token`. With `isFirst` everything known before is
   * void; before `isLast` the list may begin anew.
   */
  onList(part: {
    readonly token: WatchToken
    readonly rows: readonly WatchedRow[]
    readonly isFirst: boolean
    readonly isLast: boolean
  }): void | Promise<void>
  /** All that one log entry changed; each once, in order. */
  onChange(change: {
    readonly token: WatchToken
    readonly rows: readonly WatchedRow[]
  }): void | Promise<void>
  /** About every second: nothing else changed up to `token`. */
  onProgress?(progress: {
    readonly token: WatchToken
    /** Since the member heard from its leader, milliseconds. */
    readonly leaderContactAgeMs: number
    readonly address: string
  }): void | Promise<void>
  /** A member ended the watch or fell silent; another try follows. */
  onInterrupted?(error: CodedError, address: string): void
  /** Called once, last: undefined after `stop`, else why no try would help. */
  onEnd?(error: unknown): void
}

/** A watch that goes on until `stop`. */
export interface ClusterWatch {
  /** What was taken last; undefined before the first list is complete. */
  readonly token: WatchToken | undefined
  stop(): void
}

/**
 * Watches the rows of a cluster at whichever member serves, one after another.
 *
 * ```ts
 * const hosts = new Map<string, unknown>()
 * const take = (rows: readonly WatchedRow[]) =>
 *   rows.forEach((row) => (row.value ? hosts.set(row.key, row.value) : hosts.delete(row.key)))
 * const watch = watchCluster(deps, { addresses: ['10.0.0.1:8002'], tables: ['hosts'] }, {
 *   onList({ rows, isFirst }) {
 *     if (isFirst) hosts.clear()
 *     take(rows)
 *   },
 *   onChange: ({ rows }) => take(rows),
 * })
 * ```
 *
 * @throws CONF_ADDRESS
 */
export function watchCluster(
  deps: ClusterWatchDeps,
  options: ClusterWatchOptions,
  listener: ClusterWatchListener,
): ClusterWatch {
  const watch = new ResumingWatch(deps, options, listener)
  watch.run()
  return watch
}

class ResumingWatch implements ClusterWatch {
  token: WatchToken | undefined
  readonly #deps: ClusterWatchDeps
  readonly #options: ClusterWatchOptions
  readonly #listener: ClusterWatchListener
  readonly #directory: MemberDirectory
  readonly #pool: ChannelPool
  readonly #bearerToken: string
  /** Spreads watchers over members. */
  readonly #key: string
  readonly #stopped = new AbortController()
  #clusterId: string | undefined
  #call: { cancel(): void } | undefined
  #isListing = false
  /** Attempts since something was taken. */
  #failures = 0

  constructor(
    deps: ClusterWatchDeps,
    options: ClusterWatchOptions,
    listener: ClusterWatchListener,
  ) {
    this.#deps = deps
    this.#options = options
    this.#listener = listener
    const { transport, bearerToken } = options.security ?? noSecurity
    const directory = new MemberDirectory(deps, parseMemberSources(deps, options.addresses))
    this.#directory = directory
    this.#pool = new ChannelPool(transport, (address) => directory.serverNames(address))
    this.#bearerToken = bearerToken
    this.#key = String(deps.random.below(0x100000000))
    this.token = options.after
    this.#clusterId = options.after?.clusterId
  }

  stop(): void {
    if (this.#isStopped) return
    this.#stopped.abort()
    this.#directory.close()
    this.#call?.cancel()
    this.#pool.close()
  }

  /** Runs until `stop`, or until no further try would help. */
  run(): void {
    this.#follow()
      .catch((error: unknown) => (this.#isStopped ? undefined : error))
      .then((error) => {
        this.stop()
        this.#listener.onEnd?.(error)
      })
      .catch((error: unknown) => {
        this.#deps.logger.error({ reason: messageOf(error) }, 'the end of a watch was not taken')
      })
  }

  get #isStopped(): boolean {
    return this.#stopped.signal.aborted
  }

  async #follow(): Promise<undefined> {
    const { members } = this.#directory
    while (!this.#isStopped) {
      const address = members.chooseFor(this.#key, this.#deps.clock.nowMs())
      if (address === undefined) {
        await this.#directory.known(clientResolveMsMax)
        continue
      }
      const error = await this.#once(address)
      if (this.#isStopped) return undefined
      if (isFinal(error)) throw error
      this.#isListing = false
      if (error.code === 'SCHED_COMPACTED') this.token = undefined
      else members.failed(address, this.#deps.clock.nowMs())
      this.#deps.logger.debug({ address, code: error.code }, 'a watch was interrupted')
      this.#listener.onInterrupted?.(error, address)
      await this.#pause()
    }
    return undefined
  }

  async #pause(): Promise<void> {
    const { clock, random } = this.#deps
    const pauseMs = backoffMs(random, this.#failures)
    this.#failures += 1
    this.#directory.members.forgetTerm()
    this.#directory.refresh()
    await waitFor(clock, pauseMs, [aborted(this.#stopped.signal)])
  }

  /** Watches one member until that ends; why it did. Rejects with what the listener threw. */
  async #once(address: string): Promise<CodedError> {
    const call = this.#open(address)
    this.#call = call
    const silence = new Silence(this.#deps.clock, () => call.cancel())
    const frames = (call as AsyncIterable<clusterV1.WatchFrame__Output>)[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await frames.next().catch((error: unknown) => fromWireStatus(error))
        if (next instanceof CodedError) return silence.isOver ? fellSilent() : next
        if (next.done === true) {
          return new StatusError(status.UNAVAILABLE, 'the watch was ended', new Metadata())
        }
        silence.pause()
        await this.#take(next.value, address)
        silence.heard()
      }
    } finally {
      silence.stop()
      call.cancel()
    }
  }

  #open(address: string): ReturnType<clusterV1.ClusterClient['watch']> {
    const metadata = new Metadata()
    if (this.#bearerToken !== '') metadata.set('authorization', `Bearer ${this.#bearerToken}`)
    const { tables = [] } = this.#options
    const after = this.token === undefined ? {} : { after: this.token }
    const call = this.#pool
      .stubs(address)
      .cluster.watch({ tables: [...tables], ...after }, metadata)
    call.on('metadata', (initial: Metadata) => {
      const hint = leaderHint(initial)
      if (hint !== undefined) this.#directory.learn(hint.leader, hint.term)
    })
    // The iteration hears of errors; a call that is cancelled afterwards has nobody else to tell.
    call.on('error', () => undefined)
    return call
  }

  async #take(frame: clusterV1.WatchFrame__Output, address: string): Promise<void> {
    const token = this.#tokenOf(frame)
    const rows = frame.rows.map(watchedRow)
    if (frame.kind === 'LIST') {
      const isFirst = !this.#isListing
      const isLast = frame.isListEnd
      this.#isListing = !isLast
      await this.#listener.onList({ token, rows, isFirst, isLast })
      if (!isLast) return
    } else if (frame.kind === 'CHANGE') {
      await this.#listener.onChange({ token, rows })
    } else {
      const { leaderContactAgeMs } = frame
      await this.#listener.onProgress?.({ token, leaderContactAgeMs, address })
    }
    this.token = token
    this.#failures = 0
    this.#directory.members.answered(address)
  }

  /** What was known so far means nothing in another cluster. */
  #tokenOf({ token }: clusterV1.WatchFrame__Output): WatchToken {
    const { clusterId = '', index = 0 } = token ?? {}
    this.#clusterId ??= clusterId
    if (clusterId === this.#clusterId) return { clusterId, index }
    throw new CodedError('SCHED_WRONG_CLUSTER', 'another cluster answers at this address')
  }
}

/** Ends a call whose other side says nothing for too long. */
class Silence {
  isOver = false
  readonly #clock: Clock
  readonly #onSilence: () => void
  #timer: Timer

  constructor(clock: Clock, onSilence: () => void) {
    this.#clock = clock
    this.#onSilence = onSilence
    this.#timer = this.#start(watchFirstFrameMsMax)
  }

  /** While our own side works. */
  pause(): void {
    this.#timer.cancel()
  }

  heard(): void {
    this.#timer.cancel()
    this.#timer = this.#start(watchSilenceMsMax)
  }

  stop(): void {
    this.#timer.cancel()
  }

  #start(ms: number): Timer {
    return this.#clock.setTimer(ms, () => {
      this.isOver = true
      this.#onSilence()
    })
  }
}

function watchedRow(row: clusterV1.WatchRow__Output): WatchedRow {
  const { table, key, modIndex } = row
  const value = row.isDeleted ? undefined : (JSON.parse(row.json) as Record<string, unknown>)
  return { table, key, modIndex, value }
}

function fellSilent(): CodedError {
  return new CodedError('SCHED_UNAVAILABLE', 'a scheduler went silent')
}

const finalStatuses: readonly status[] = [
  status.INVALID_ARGUMENT,
  status.FAILED_PRECONDITION,
  status.UNAUTHENTICATED,
  status.PERMISSION_DENIED,
]

function isFinal(error: CodedError): boolean {
  return error instanceof StatusError && finalStatuses.includes(error.grpcStatus)
}
