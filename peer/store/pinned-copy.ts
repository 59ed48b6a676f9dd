// The handle a caller holds: forwards to the shared copy and gives the pin back once.
import { assert } from '../../base/index.ts'
import type { Disk, Random } from '../../base/index.ts'
import type { Copy } from './copy.ts'
import { DigestCheck, parseDigest } from './digest.ts'
import { StoreError } from './errors.ts'
import { OutputFile } from './output-file.ts'
import type {
  ExportOptions,
  FinishOptions,
  PieceRecord,
  SourceValidator,
  TaskCopy,
  TaskInfo,
  WritePieceOptions,
} from './types.ts'

/** Bytes between two calls of `onProgress`. */
const progressBytes = 4 * 1024 * 1024

export interface PinnedCopyDeps {
  readonly disk: Disk
  readonly random: Random
  /** Is told when the pin was given back. */
  readonly onRelease: () => void
}

export class PinnedCopy implements TaskCopy {
  readonly #deps: PinnedCopyDeps
  readonly #copy: Copy
  #isReleased = false

  /** The copy is pinned already, for this handle. */
  constructor(deps: PinnedCopyDeps, copy: Copy) {
    this.#deps = deps
    this.#copy = copy
  }

  get taskId(): string {
    return this.#copy.record.taskId
  }

  info(): TaskInfo {
    return this.#pinned().info()
  }

  hasPiece(num: number): boolean {
    return this.#pinned().piece(num) !== undefined
  }

  piece(num: number): PieceRecord | undefined {
    return this.#pinned().piece(num)
  }

  pieces(fromNum: number, limit: number): readonly PieceRecord[] {
    return this.#pinned().pieces(fromNum, limit)
  }

  firstMissing(fromNum: number): number {
    return this.#pinned().firstMissing(fromNum)
  }

  async setContentLength(contentLengthBytes: number, pieceSizeBytes?: number): Promise<void> {
    await this.#pinned().setContentLength(contentLengthBytes, pieceSizeBytes)
  }

  async setSource(
    validator: SourceValidator,
    header: Readonly<Record<string, string>>,
  ): Promise<{ readonly dropped: boolean }> {
    return await this.#pinned().setSource(validator, header)
  }

  async writePiece(
    num: number,
    bytes: Uint8Array | AsyncIterable<Uint8Array>,
    options: WritePieceOptions,
  ): Promise<PieceRecord> {
    return await this.#pinned().writePiece(num, bytes, options)
  }

  async finish(options: FinishOptions = {}): Promise<TaskInfo> {
    const copy = this.#pinned()
    const digest = options.digest ?? ''
    const { contentLengthBytes, state, totalPieces, finishedPieces } = copy.info()
    if (state === 'partial' && digest !== '' && finishedPieces === totalPieces) {
      const check = new DigestCheck(parseDigest(digest))
      for await (const chunk of copy.read(0, contentLengthBytes)) check.update(chunk)
      check.verify()
    }
    return await copy.finish(options)
  }

  async readPiece(num: number): Promise<Uint8Array> {
    return await this.#pinned().readPiece(num)
  }

  read(startBytes: number, lengthBytes: number): AsyncIterable<Uint8Array> {
    return this.#pinned().read(startBytes, lengthBytes)
  }

  async exportTo(output: string, options: ExportOptions = {}): Promise<void> {
    const copy = this.#pinned()
    const { contentLengthBytes, totalPieces, finishedPieces } = copy.info()
    if (totalPieces < 0 || finishedPieces !== totalPieces) {
      throw new StoreError('PEER_TASK_INCOMPLETE', 'only a complete copy can be exported')
    }
    const file = await OutputFile.open(this.#deps, output, options.overwrite ?? false)
    try {
      let reportedBytes = 0
      for await (const chunk of copy.read(0, contentLengthBytes)) {
        if (options.signal?.aborted === true) throw asError(options.signal.reason)
        await file.write(chunk)
        if (file.writtenBytes - reportedBytes < progressBytes) continue
        reportedBytes = file.writtenBytes
        options.onProgress?.(reportedBytes)
      }
    } catch (error) {
      await file.abort()
      throw error
    }
    await file.commit()
    options.onProgress?.(contentLengthBytes)
  }

  async release(): Promise<void> {
    const copy = this.#pinned()
    this.#isReleased = true
    await copy.unpin()
    this.#deps.onRelease()
  }

  #pinned(): Copy {
    assert(!this.#isReleased, 'a released copy is not used')
    return this.#copy
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}
