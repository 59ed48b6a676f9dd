// Takes a snapshot of a cluster from whichever member gives it: the first one that begins to send
// sends all of it. What is cut off is for the caller to throw away; nothing comes from two members.
import { Metadata } from '@grpc/grpc-js'
import { CodedError } from '../base/index.ts'
import type { Clock, Logger, Random, Timer } from '../base/index.ts'
import { fromWireStatus, isRetryable } from '../proto/index.ts'
import type { clusterV1 } from '../proto/index.ts'
import { ChannelPool } from './channel-pool.ts'
import type { ClientSecurity } from './client-security.ts'
import { SchedulerUnavailableError } from './errors.ts'
import { clientResolveMsMax, snapshotFirstChunkMsMax, snapshotSilenceMsMax } from './limits.ts'
import { MemberDirectory } from './member-directory.ts'
import { parseMemberSources } from './member-source.ts'
import type { MemberSource } from './member-source.ts'
import { leaderHint } from './unary-caller.ts'

export interface SnapshotDownloadOptions {
  /**
   * Where members are found, in any form `SchedulerClient` takes; asked in this order, a leader
   * that one of them names next.
   */
  readonly addresses: readonly (string | MemberSource)[]
  readonly security: Pick<ClientSecurity, 'transport' | 'bearerToken'>
  /** `stale`: what the asked member has, for a cluster without a leader. */
  readonly consistency: 'linearizable' | 'stale'
}

/** Whom it came from, and how much it was. */
export interface SnapshotDownload {
  readonly address: string
  readonly bytes: number
}

/**
 * Downloads one snapshot; `take` gets its bytes in order and sets the pace. @throws CONF_ADDRESS,
 * SCHED_UNAUTHENTICATED, SCHED_FORBIDDEN, SchedulerUnavailableError, and whatever `take` throws
 */
export async function downloadSnapshot(
  deps: { readonly clock: Clock; readonly random: Random; readonly logger: Logger },
  options: SnapshotDownloadOptions,
  take: (bytes: Uint8Array) => Promise<void>,
): Promise<SnapshotDownload> {
  const directory = new MemberDirectory(deps, parseMemberSources(deps, options.addresses))
  const pool = new ChannelPool(options.security.transport, (address) =>
    directory.serverNames(address),
  )
  const asked = new Set<string>()
  let last: Error | undefined
  try {
    await directory.known(clientResolveMsMax)
    const waiting = [...directory.members.addresses]
    for (let address = waiting.shift(); address !== undefined; address = waiting.shift()) {
      if (asked.has(address)) continue
      asked.add(address)
      const attempt = new Attempt(deps, pool.stubs(address).cluster, options)
      try {
        return { address, bytes: await attempt.run(take) }
      } catch (error) {
        if (attempt.bytes > 0 || !attempt.mayAskAnother) throw error
        deps.logger.debug({ address, reason: (error as Error).message }, 'no snapshot from here')
        last = error as Error
        if (attempt.leader !== '') waiting.unshift(attempt.leader)
      }
    }
  } finally {
    directory.close()
    pool.close()
  }
  const why = last === undefined ? 'no scheduler address is known' : last.message
  throw new SchedulerUnavailableError([...asked], `no scheduler gave a snapshot: ${why}`, last)
}

/** One call. */
class Attempt {
  bytes = 0
  leader = ''
  /** It failed in a way that may be this member's alone. */
  mayAskAnother = false
  readonly #deps: { readonly clock: Clock }
  readonly #stub: clusterV1.ClusterClient
  readonly #options: SnapshotDownloadOptions

  constructor(
    deps: { readonly clock: Clock },
    stub: clusterV1.ClusterClient,
    options: SnapshotDownloadOptions,
  ) {
    this.#deps = deps
    this.#stub = stub
    this.#options = options
  }

  async run(take: (bytes: Uint8Array) => Promise<void>): Promise<number> {
    const { security, consistency } = this.#options
    const metadata = new Metadata()
    if (security.bearerToken !== '') {
      metadata.set('authorization', `Bearer ${security.bearerToken}`)
    }
    if (consistency === 'stale') metadata.set('x-damselfly-consistency', 'stale')
    const call = this.#stub.snapshot({}, metadata)
    call.on('metadata', (initial) => this.#learn(initial))
    let isSilent = false
    const { clock } = this.#deps
    const watch = (ms: number): Timer =>
      clock.setTimer(ms, () => {
        isSilent = true
        call.cancel()
      })
    let timer = watch(snapshotFirstChunkMsMax)
    try {
      for await (const chunk of call as AsyncIterable<clusterV1.SnapshotChunk__Output>) {
        timer.cancel()
        this.bytes += chunk.data.length
        await take(chunk.data)
        timer = watch(snapshotSilenceMsMax)
      }
      return this.bytes
    } catch (error) {
      if (isSilent) {
        this.mayAskAnother = true
        throw new CodedError('SCHED_UNAVAILABLE', 'a scheduler went silent', { cause: error })
      }
      throw this.#failure(error)
    } finally {
      timer.cancel()
      call.cancel()
    }
  }

  #failure(error: unknown): unknown {
    // What `take` throws has no gRPC status.
    if (!(error instanceof Error) || !('details' in error) || !('metadata' in error)) return error
    this.#learn(error.metadata as Metadata)
    const failure = fromWireStatus(error)
    this.mayAskAnother = isRetryable(failure)
    return failure
  }

  #learn(metadata: Metadata): void {
    const hint = leaderHint(metadata)
    if (hint !== undefined) this.leader = hint.leader
  }
}
