// Gives back the room of directories in quarantine: at the start of a member and every hour, by the
// policy of docs/boot.md. Nothing depends on it; what cannot be removed now is tried again.
import type { Clock, Disk, Logger, Service, Timer } from '../../base/index.ts'
import { isVoter } from '../../raft/index.ts'
import { isShortOfRoom, planReclaim, treeBytes } from '../../storage/index.ts'
import type { DataDirectory } from '../../storage/index.ts'
import type { ReplicatedState } from '../replication/index.ts'
import { quarantinePauseMs } from './limits.ts'

export interface QuarantineKeeperOptions {
  /** How long a directory is kept once this host is a voter again. */
  readonly retentionMs: number
  /** Size of the file system with the data directory; 0 = not known. */
  readonly totalBytes: () => Promise<number>
}

/** What is in quarantine, for metrics. */
export interface QuarantineFigures {
  /** Instances that this process moved there, by the code of the reason. */
  readonly moved: ReadonlyMap<string, number>
  /** What was there at the last look. */
  readonly directories: number
  readonly bytes: number
}

export interface QuarantineKeeperDeps {
  readonly clock: Clock
  readonly disk: Disk
  readonly logger: Logger
  readonly directory: DataDirectory
  readonly state: ReplicatedState
}

export class QuarantineKeeper implements Service {
  readonly name = 'quarantine-keeper'
  readonly #deps: QuarantineKeeperDeps
  readonly #options: QuarantineKeeperOptions & { readonly replicaId: number }
  #timer: Timer | undefined
  #looking: Promise<void> = Promise.resolve()
  #isStopped = false
  #directories = 0
  #bytes = 0

  constructor(
    deps: QuarantineKeeperDeps,
    options: QuarantineKeeperOptions & { readonly replicaId: number },
  ) {
    this.#deps = deps
    this.#options = options
  }

  readonly figures = (): QuarantineFigures => ({
    moved: this.#deps.directory.quarantineCounts,
    directories: this.#directories,
    bytes: this.#bytes,
  })

  async start(): Promise<void> {
    this.#look()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.cancel()
    await this.#looking
  }

  #look(): void {
    const { clock, logger } = this.#deps
    this.#looking = this.#reclaim()
      .catch((error: unknown) => logger.warn({ err: error }, 'the quarantine is not cleared'))
      .finally(() => {
        if (this.#isStopped) return
        const options = { keepAlive: false }
        this.#timer = clock.setTimer(quarantinePauseMs, () => this.#look(), options)
      })
  }

  async #reclaim(): Promise<void> {
    const { directory, logger } = this.#deps
    for (;;) {
      const quarantined = await directory.quarantined()
      const facts = await this.#facts()
      const going = quarantined.length === 0 ? [] : planReclaim(quarantined, facts)
      for (const each of going) {
        if (this.#isStopped) return
        await directory.removeQuarantined(each)
        logger.info({ path: each.path, code: each.reason?.code }, 'removed from quarantine')
      }
      if (going.length === 0 || !isShortOfRoom(facts)) break
    }
    await this.#measure()
  }

  async #facts() {
    const { clock, disk, directory, state } = this.#deps
    const { retentionMs, totalBytes, replicaId } = this.#options
    return {
      isVoter: isVoter(state.configuration(), replicaId),
      wallMs: clock.wallMs(),
      retentionMs,
      freeBytes: await disk.freeBytes(directory.root),
      totalBytes: await totalBytes(),
    }
  }

  async #measure(): Promise<void> {
    const { directory, disk } = this.#deps
    const quarantined = await directory.quarantined()
    let bytes = 0
    for (const { path } of quarantined) {
      if (this.#isStopped) return
      bytes += await treeBytes(disk, path)
    }
    this.#directories = quarantined.length
    this.#bytes = bytes
  }
}
