// The members a client knows, kept up to date in the background: at once and every minute, when
// members do not answer, and when a reply names a leader nobody had heard of. No call waits for a
// source while it knows a member.
import { CodedError, messageOf } from '../base/index.ts'
import type { Clock, Logger, Random, Timer } from '../base/index.ts'
import { clientRefreshMs, clientRefreshPauseMs, clientResolveMsMax } from './limits.ts'
import { isAddress, MemberList } from './member-list.ts'
import type { MemberSource } from './member-source.ts'
import { aborted, unlessAborted, waitFor } from './waiting.ts'
import type { Waker } from './waiting.ts'

export interface MemberDirectoryDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Asks sources from its making until `close`. */
export class MemberDirectory {
  readonly members: MemberList
  readonly #deps: MemberDirectoryDeps
  readonly #sources: readonly MemberSource[]
  /** What each source said last; a source that fails keeps it. */
  readonly #found: (readonly string[])[]
  /** What the members themselves have said of each other. */
  #also: readonly string[] = []
  readonly #listeners = new Set<() => void>()
  readonly #closed = new AbortController()
  #refreshing: Promise<void> | undefined
  #refreshedAtMs = Number.NEGATIVE_INFINITY
  #timer: Timer | undefined

  constructor(deps: MemberDirectoryDeps, sources: readonly MemberSource[]) {
    this.#deps = deps
    this.#sources = sources
    this.#found = sources.map(({ known }) => known)
    this.members = new MemberList(this.#found.flat())
    this.refresh()
  }

  /** Calls `listener` after every change of the list. */
  readonly onChange: Waker = (listener) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Names a certificate of the member at `address` may carry besides that of its host. */
  serverNames(address: string): readonly string[] {
    return this.#sources.flatMap(({ serverNames = [] }, i) =>
      this.#found[i]!.includes(address) ? serverNames : [],
    )
  }

  /** Takes a leader hint; one that names a stranger is a reason to look who else is new. */
  learn(leader: string, term: number): void {
    if (this.members.learn(leader, term)) this.refresh()
  }

  /** Adds members that others have named; replaces those added before. */
  also(addresses: readonly string[]): void {
    this.#also = addresses.filter(isAddress)
    this.#update()
  }

  /**
   * Asks the sources in the background, one round at a time and not more often than
   * `clientRefreshPauseMs`.
   */
  refresh(): void {
    const { clock } = this.#deps
    if (this.#closed.signal.aborted || this.#refreshing !== undefined) return
    if (this.#sources.every(({ resolve }) => resolve === undefined)) return
    if (clock.nowMs() - this.#refreshedAtMs < clientRefreshPauseMs) return
    this.#refreshedAtMs = clock.nowMs()
    this.#timer?.cancel()
    this.#refreshing = this.#ask().finally(() => {
      this.#refreshing = undefined
      if (!this.#closed.signal.aborted) this.#plan()
    })
  }

  /** Resolves when a member is known, or after `ms`, or when closed. */
  async known(ms: number): Promise<void> {
    const endMs = this.#deps.clock.nowMs() + ms
    for (;;) {
      const leftMs = endMs - this.#deps.clock.nowMs()
      if (this.members.addresses.length > 0 || leftMs <= 0) return
      if (this.#closed.signal.aborted) return
      await waitFor(this.#deps.clock, leftMs, [this.onChange, aborted(this.#closed.signal)])
    }
  }

  /** Gives up what is asked; nothing changes any more. */
  close(): void {
    this.#closed.abort(new CodedError('SCHED_UNAVAILABLE', 'the client was closed'))
    this.#timer?.cancel()
    this.#listeners.clear()
  }

  async #ask(): Promise<void> {
    await Promise.all(
      this.#sources.map(async (source, i) => {
        if (source.resolve === undefined) return
        try {
          const found = (await this.#resolve(source.resolve)).filter(isAddress)
          if (found.length === 0) throw new CodedError('SCHED_UNAVAILABLE', 'it names no scheduler')
          this.#take(i, found)
        } catch (error) {
          if (this.#closed.signal.aborted) return
          const { text } = source
          this.#deps.logger.warn({ source: text, reason: messageOf(error) }, 'members not found')
        }
      }),
    )
  }

  async #resolve(resolve: NonNullable<MemberSource['resolve']>): Promise<readonly string[]> {
    const controller = new AbortController()
    const timer = this.#deps.clock.setTimer(clientResolveMsMax, () => {
      controller.abort(new CodedError('SCHED_UNAVAILABLE', `nothing in ${clientResolveMsMax} ms`))
    })
    const onClose = (): void => controller.abort(this.#closed.signal.reason)
    this.#closed.signal.addEventListener('abort', onClose, { once: true })
    try {
      return await unlessAborted(resolve(controller.signal), controller.signal)
    } finally {
      timer.cancel()
      this.#closed.signal.removeEventListener('abort', onClose)
    }
  }

  #take(i: number, found: readonly string[]): void {
    if (this.#closed.signal.aborted) return
    this.#found[i] = found
    this.#update()
  }

  #update(): void {
    const { members } = this
    const before = members.listed
    members.setAddresses([...this.#found.flat(), ...this.#also])
    const after = members.listed
    if (after.length === before.length && after.every((each, n) => each === before[n])) return
    this.#deps.logger.debug({ addresses: after }, 'members found')
    for (const listener of this.#listeners) listener()
  }

  /** While nobody is known the sources are asked again soon. */
  #plan(): void {
    const { clock, random } = this.#deps
    const isLost = this.members.addresses.length === 0
    const pauseMs = isLost ? clientRefreshPauseMs : clientRefreshMs * 0.75
    const spreadMs = isLost ? clientRefreshPauseMs : clientRefreshMs / 2
    const delayMs = pauseMs + random.below(spreadMs + 1)
    this.#timer?.cancel()
    this.#timer = clock.setTimer(delayMs, () => this.refresh(), { keepAlive: false })
  }
}
