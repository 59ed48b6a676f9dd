// Fetches what a copy still lacks from the origin: in one stream, or in ranged requests side by
// side when the origin serves ranges and the content is long. Finished pieces are kept and skipped,
// so an interrupted download goes on where it was.
import { createHash } from 'node:crypto'
import { assert } from '../../../base/index.ts'
import type { CancelSignal, Clock, Http, HttpResponse, Logger } from '../../../base/index.ts'
import { contentLengthBytesMax, decimal, lengthUnknown, pieceRangeOf } from '../../core/index.ts'
import { StoreError } from '../../store/index.ts'
import type { PieceRecord, TaskCopy } from '../../store/index.ts'
import { ByteReader } from '../byte-reader.ts'
import { SourceError } from '../errors.ts'
import { sourceConcurrentBytesMin, sourceGroupPiecesMax, sourceWorkersMax } from '../limits.ts'
import type { RateLimiter } from '../rate-limiter.ts'
import { withAttempts } from './attempts.ts'
import { SourceClient } from './source-client.ts'
import type { SourceInfo, SourceRequest } from './source-client.ts'

export interface SourceDownloadDeps {
  readonly http: Http
  readonly clock: Clock
  readonly logger: Logger
  /** All of them are acquired for every chunk. */
  readonly limiters: readonly RateLimiter[]
}

export interface SourceDownloadOptions {
  readonly url: string
  readonly header: Readonly<Record<string, string>>
  /** `url_meta.range`; empty: the whole content. */
  readonly range: string
  readonly signal?: CancelSignal
  /** Called once the origin told what it has; before the first piece. */
  readonly onStart?: (start: SourceStart) => void
  /** Called for every piece that was fetched, in order of arrival. */
  readonly onPiece?: (piece: PieceRecord, timing: PieceTiming) => void
  /** @default 4 */
  readonly workersMax?: number
  /** Contents shorter than this come in one stream. @default 32 MiB */
  readonly concurrentBytesMin?: number
}

export interface SourceStart {
  /** -1 while unknown. */
  readonly contentLengthBytes: number
  /** Pieces of an earlier run were of another version of the content and are gone. */
  readonly dropped: boolean
}

export interface PieceTiming {
  readonly beginWallMs: number
  readonly endWallMs: number
}

/**
 * Completes `copy` from the origin; the caller finishes it. Rejects with `SourceError`, the Http
 * port's codes, the copy's failures and the signal's reason; finished pieces stay.
 */
export async function downloadFromSource(
  deps: SourceDownloadDeps,
  copy: TaskCopy,
  options: SourceDownloadOptions,
): Promise<void> {
  await new SourceDownload(deps, copy, options).run()
}

class SourceDownload {
  readonly #deps: SourceDownloadDeps
  readonly #copy: TaskCopy
  readonly #options: SourceDownloadOptions
  readonly #client: SourceClient
  /** Ends the other workers when one fails; follows the caller's signal. */
  #abort = new AbortController()

  constructor(deps: SourceDownloadDeps, copy: TaskCopy, options: SourceDownloadOptions) {
    this.#deps = deps
    this.#copy = copy
    this.#options = options
    this.#client = new SourceClient(deps)
  }

  get #request(): SourceRequest {
    const { url, header, range } = this.#options
    return { url, header, range, signal: this.#abort.signal }
  }

  async run(): Promise<void> {
    const { signal } = this.#options
    const onAbort = (): void => this.#abort.abort(signal?.reason)
    if (signal?.aborted === true) onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    let info: SourceInfo | undefined
    try {
      info = await this.#attempt(noProgress, () => this.#client.probe(this.#request))
      await this.#start(info)
      const isRanged = info.supportsRanges && info.contentLengthBytes >= 0
      if (!isRanged) await this.#stream(info)
      else await this.#rangesOrStream(info)
    } finally {
      await info?.opened?.discard()
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** An origin may promise ranges and then send the whole content all the same. */
  async #rangesOrStream(info: SourceInfo): Promise<void> {
    try {
      await this.#ranges(info)
    } catch (error) {
      const isIgnored =
        error instanceof SourceError &&
        error.code === 'PEER_SOURCE_WRONG_RANGE' &&
        error.answer?.status === 200
      if (!isIgnored || this.#options.range !== '') throw error
      this.#deps.logger.info({ taskId: this.#copy.taskId }, 'origin ignores ranges')
      this.#abort = new AbortController()
      await this.#stream(info)
    }
  }

  async #start(info: SourceInfo): Promise<void> {
    const { dropped } = await this.#copy.setSource(info.validator, info.header)
    if (info.contentLengthBytes >= 0) await this.#setLength(info.contentLengthBytes)
    this.#options.onStart?.({ contentLengthBytes: info.contentLengthBytes, dropped })
  }

  /** A length that contradicts the known one means that the origin has another content now. */
  async #setLength(contentLengthBytes: number): Promise<void> {
    try {
      await this.#copy.setContentLength(contentLengthBytes)
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'PEER_LENGTH_MISMATCH') throw error
      throw new SourceError('PEER_SOURCE_CHANGED', error.message, { isTemporary: false })
    }
  }

  // --- ranged requests ---------------------------------------------------------------------

  async #ranges(info: SourceInfo): Promise<void> {
    const minBytes = this.#options.concurrentBytesMin ?? sourceConcurrentBytesMin
    const isConcurrent = info.contentLengthBytes >= minBytes
    const workersMax = isConcurrent ? (this.#options.workersMax ?? sourceWorkersMax) : 1
    const total = this.#copy.info().totalPieces
    const groupPieces = isConcurrent ? sourceGroupPiecesMax : Math.max(1, total)
    let next = 0
    const nextGroup = (): Group | undefined => {
      const first = this.#copy.firstMissing(next)
      if (first >= total) return undefined
      const last = Math.min(total, first + groupPieces) - 1
      next = last + 1
      return { first, last }
    }
    const failures: unknown[] = []
    const work = async (): Promise<void> => {
      try {
        for (let group = nextGroup(); group !== undefined; group = nextGroup()) {
          await this.#group(info, group)
        }
      } catch (error) {
        // The others end with the abort; the first failure is the one to report.
        failures.push(error)
        this.#abort.abort(error)
      }
    }
    await Promise.all(Array.from({ length: workersMax }, work))
    if (failures.length > 0) throw failures[0]
  }

  async #group(info: SourceInfo, group: Group): Promise<void> {
    const progress = (): number => this.#copy.firstMissing(group.first)
    await this.#attempt(progress, async () => {
      for (;;) {
        const first = this.#copy.firstMissing(group.first)
        if (first > group.last) return
        let last = first
        while (last < group.last && !this.#copy.hasPiece(last + 1)) last += 1
        await this.#run(info, { first, last })
      }
    })
  }

  /** One request for a run of missing pieces. */
  async #run(info: SourceInfo, run: Group): Promise<void> {
    const { contentLengthBytes, pieceSizeBytes } = this.#copy.info()
    const begin = pieceRangeOf(run.first, contentLengthBytes, pieceSizeBytes)
    const end = pieceRangeOf(run.last, contentLengthBytes, pieceSizeBytes)
    const range = {
      startBytes: begin.offsetBytes,
      lengthBytes: end.offsetBytes + end.lengthBytes - begin.offsetBytes,
    }
    const isWhole = range.lengthBytes === contentLengthBytes
    const response = isWhole
      ? await this.#client.openWhole(this.#request, info)
      : await this.#client.openRange(this.#request, info, range)
    const reader = this.#reader(response)
    try {
      for (let num = run.first; num <= run.last; num += 1) {
        const { lengthBytes } = pieceRangeOf(num, contentLengthBytes, pieceSizeBytes)
        await this.#write(num, reader, lengthBytes)
      }
      // Reading to the end keeps the connection for the next request.
      await reader.hasMore()
    } finally {
      await reader.close()
    }
  }

  async #write(num: number, reader: ByteReader, lengthBytes: number): Promise<void> {
    const { clock } = this.#deps
    const beginWallMs = clock.wallMs()
    const beginMs = clock.nowMs()
    if (this.#copy.hasPiece(num)) {
      // Another way brought it meanwhile; its bytes here are passed over.
      await drain(exactly(reader, lengthBytes))
      return
    }
    const piece = await this.#copy.writePiece(num, exactly(reader, lengthBytes), {
      origin: 'source',
      costMs: () => clock.nowMs() - beginMs,
    })
    this.#options.onPiece?.(piece, { beginWallMs, endWallMs: clock.wallMs() })
  }

  // --- one stream --------------------------------------------------------------------------

  /** The whole content from its start. What is there already is compared as it passes by. */
  async #stream(info: SourceInfo): Promise<void> {
    let opened = info.opened
    const progress = (): number => this.#copy.info().finishedBytes
    await this.#attempt(progress, async () => {
      const response = opened ?? (await this.#client.openWhole(this.#request, info))
      opened = undefined
      const announced = decimal(response.headers['content-length'] ?? '') ?? lengthUnknown
      if (announced >= 0) await this.#setLength(announced)
      const reader = this.#reader(response)
      try {
        if (announced >= 0) await this.#streamKnown(reader)
        else await this.#streamUnknown(reader)
      } finally {
        await reader.close()
      }
    })
  }

  async #streamKnown(reader: ByteReader): Promise<void> {
    const { totalPieces, contentLengthBytes, pieceSizeBytes } = this.#copy.info()
    for (let num = 0; num < totalPieces; num += 1) {
      const { lengthBytes } = pieceRangeOf(num, contentLengthBytes, pieceSizeBytes)
      const present = this.#copy.piece(num)
      if (present === undefined) await this.#write(num, reader, lengthBytes)
      else await compare(present, exactly(reader, lengthBytes))
    }
  }

  async #streamUnknown(reader: ByteReader): Promise<void> {
    const { pieceSizeBytes } = this.#copy.info()
    const { clock } = this.#deps
    let lengthBytes = 0
    for (let num = 0; await reader.hasMore(); num += 1) {
      if (lengthBytes + pieceSizeBytes > contentLengthBytesMax) {
        const message = `the content goes on beyond ${contentLengthBytesMax} bytes`
        throw new SourceError('PEER_SOURCE_TOO_LARGE', message, { isTemporary: false })
      }
      const present = this.#copy.piece(num)
      if (present !== undefined) {
        await compare(present, reader.take(pieceSizeBytes))
        lengthBytes += present.lengthBytes
        continue
      }
      const beginWallMs = clock.wallMs()
      const beginMs = clock.nowMs()
      const piece = await this.#copy.writePiece(num, reader.take(pieceSizeBytes), {
        origin: 'source',
        costMs: () => clock.nowMs() - beginMs,
      })
      lengthBytes += piece.lengthBytes
      this.#options.onPiece?.(piece, { beginWallMs, endWallMs: clock.wallMs() })
    }
    await this.#setLength(lengthBytes)
  }

  // --- shared ------------------------------------------------------------------------------

  #reader(response: HttpResponse): ByteReader {
    return new ByteReader(response.body, async (chunk) => {
      for (const limiter of this.#deps.limiters) {
        await limiter.acquire(chunk.length, this.#abort.signal)
      }
    })
  }

  #attempt<T>(progress: () => number, step: () => Promise<T>): Promise<T> {
    const { clock, logger } = this.#deps
    return withAttempts({ clock }, { progress, signal: this.#abort.signal }, async () => {
      try {
        return await step()
      } catch (error) {
        logger.debug({ taskId: this.#copy.taskId, err: error }, 'attempt at the origin failed')
        throw error
      }
    })
  }
}

/** Pieces `first` … `last`, both included. */
interface Group {
  readonly first: number
  readonly last: number
}

function noProgress(): number {
  return 0
}

/** Exactly `bytes` bytes; a body that ends early is a failure of the origin, not of the piece. */
async function* exactly(reader: ByteReader, bytes: number): AsyncGenerator<Uint8Array> {
  let left = bytes
  for await (const chunk of reader.take(bytes)) {
    left -= chunk.length
    assert(left >= 0, 'the reader hands out what was asked for')
    yield chunk
  }
  if (left === 0) return
  const message = `the origin's answer ended ${left} bytes early`
  throw new SourceError('PEER_SOURCE_SHORT_BODY', message, { isTemporary: true })
}

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks) continue
}

/** PEER_SOURCE_CHANGED when the origin sends other bytes than those the finished piece holds. */
async function compare(piece: PieceRecord, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const hash = createHash('md5')
  for await (const chunk of chunks) hash.update(chunk)
  if (hash.digest('hex') === piece.md5) return
  const message = `the origin's content differs in piece ${piece.num} from what was downloaded`
  throw new SourceError('PEER_SOURCE_CHANGED', message, { isTemporary: false })
}
