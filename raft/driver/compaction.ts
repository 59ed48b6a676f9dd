// How much of the log is kept. Entries that the durable state shows are needed only by members that
// are behind. A few are kept for whoever comes back soon; who needs more is sent an image. While
// that is on its way the log after it is kept as well, up to a bound (design 4.7). Without images
// nobody else could help a member that is behind, so the log waits for the last one.
import type { Raft } from '../core/raft.ts'
import type { LogStorage } from '../log-storage.ts'
import type { ImageSender } from './image-sender.ts'
import {
  compactionTicks,
  imageRetainBytesMax,
  retainBytesDefault,
  retainEntriesDefault,
} from './limits.ts'
import type { StateMachine } from './state-machine.ts'

export interface CompactionDeps {
  readonly log: LogStorage
  readonly stateMachine: StateMachine
  readonly core: Raft
  /** Undefined when no image can be sent. */
  readonly imageSender: ImageSender | undefined
  readonly onFailed: (cause: unknown) => void
}

export interface CompactionOptions {
  readonly retainEntries?: number
  readonly retainBytes?: number
  readonly imageRetainBytes?: number
}

export class Compaction {
  readonly #deps: CompactionDeps
  readonly #limits: { readonly countMax: number; readonly bytesMax: number }
  readonly #imageLimits: { readonly countMax: number; readonly bytesMax: number }
  #ticksLeft = compactionTicks

  constructor(deps: CompactionDeps, options: CompactionOptions) {
    this.#deps = deps
    this.#limits = {
      countMax: options.retainEntries ?? retainEntriesDefault,
      bytesMax: options.retainBytes ?? retainBytesDefault,
    }
    this.#imageLimits = {
      countMax: Number.MAX_SAFE_INTEGER,
      bytesMax: options.imageRetainBytes ?? imageRetainBytesMax,
    }
  }

  /** Compacts every `compactionTicks`th time. */
  tick(): void {
    this.#ticksLeft -= 1
    if (this.#ticksLeft > 0) return
    this.#ticksLeft = compactionTicks
    this.#compact()
  }

  #compact(): void {
    const { core, log, onFailed } = this.#deps
    const index = this.#target()
    const term = index > 0 ? core.termAt(index) : undefined
    if (term === undefined || index <= core.status().compacted.index) return
    core.compact(index)
    log.compact(index, term).catch(onFailed)
  }

  #target(): number {
    const { core, stateMachine, imageSender } = this.#deps
    // The core hears last of a state that was lacking: when the image is installed for good.
    const durable = Math.min(stateMachine.durableIndex(), core.status().applied)
    if (imageSender === undefined) {
      return core.indexBefore(Math.min(durable, core.matchedByAll), this.#limits)
    }
    const index = core.indexBefore(durable, this.#limits)
    const held = this.#heldIndex(imageSender)
    if (held === undefined || held >= index) return index
    const bound = core.indexBefore(durable, this.#imageLimits)
    if (held >= bound) return held
    imageSender.abortBelow(bound)
    return Math.min(index, bound)
  }

  /** The log after this index is needed for images on their way, or for who has just got one. */
  #heldIndex(imageSender: ImageSender): number | undefined {
    let held = imageSender.heldIndex
    for (const progress of this.#deps.core.status().progress) {
      const { state, pendingSnapshot, isRecentlyActive } = progress
      if (state !== 'snapshot' || !isRecentlyActive) continue
      if (held === undefined || pendingSnapshot < held) held = pendingSnapshot
    }
    return held
  }
}
