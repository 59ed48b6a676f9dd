// Follows a copy piece by piece. Nothing is queued: a subscriber remembers which pieces it was
// given and looks at the copy again when it comes back, so a slow one costs a bit per piece.
import { assert } from '../../base/index.ts'
import type { CancelSignal } from '../../base/index.ts'
import { PieceMap } from '../core/index.ts'
import type { Copy } from './copy.ts'
import { StoreError } from './errors.ts'
import type { TaskProgress } from './types.ts'

export interface SubscriptionOptions {
  readonly fromNum: number
  readonly limit: number
  readonly signal?: CancelSignal
}

/** The steps of `copy` (see `PieceStore.subscribe`). */
export async function* follow(
  copy: Copy,
  options: SubscriptionOptions,
): AsyncGenerator<TaskProgress> {
  assert(options.limit >= 1, 'a step has room for a piece')
  const given = new PieceMap()
  let fromNum = options.fromNum
  let toldLength: number | undefined
  const watch = new Watch(copy, options.signal)
  try {
    for (;;) {
      watch.check()
      const pieces = copy.pieces(fromNum, options.limit, given)
      const task = copy.info()
      const isEnd = task.state === 'done' && pieces.length < options.limit
      const isNews = pieces.length > 0 || toldLength !== task.contentLengthBytes || isEnd
      if (!isNews) {
        await watch.changed()
        continue
      }
      for (const piece of pieces) given.add(piece.num)
      while (given.has(fromNum)) fromNum += 1
      toldLength = task.contentLengthBytes
      yield { pieces, task }
      if (isEnd) return
    }
  } finally {
    watch.close()
  }
}

/** Waits for changes of a copy; also sees those that happen while the consumer is busy. */
class Watch {
  readonly #copy: Copy
  readonly #signal: CancelSignal | undefined
  readonly #unsubscribe: () => void
  #hasChanged = false
  #failure: Error | undefined
  #wake: (() => void) | undefined

  constructor(copy: Copy, signal: CancelSignal | undefined) {
    this.#copy = copy
    this.#signal = signal
    this.#unsubscribe = copy.onChange((interruption) => {
      this.#failure ??= interruption
      this.#changed()
    })
    signal?.addEventListener('abort', this.#changed)
  }

  /** Throws when the subscription has to end. */
  check(): void {
    this.#hasChanged = false
    if (this.#signal?.aborted === true) throw asError(this.#signal.reason)
    if (this.#failure !== undefined) throw this.#failure
    if (!this.#copy.isDeleted) return
    const { taskId } = this.#copy.record
    throw new StoreError('PEER_TASK_NOT_FOUND', `task ${taskId} was deleted`)
  }

  async changed(): Promise<void> {
    if (this.#hasChanged) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }

  close(): void {
    this.#unsubscribe()
    this.#signal?.removeEventListener('abort', this.#changed)
  }

  readonly #changed = (): void => {
    this.#hasChanged = true
    this.#wake?.()
    this.#wake = undefined
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}
