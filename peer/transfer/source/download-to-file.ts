// Fetches a URL straight into a file, for dfget without a daemon: no pieces, no peers.
import type { CancelSignal, Clock, Disk, Http, HttpResponse, Random } from '../../../base/index.ts'
import { decimal, lengthUnknown } from '../../core/index.ts'
import { DigestCheck, OutputFile, parseDigest } from '../../store/index.ts'
import { ByteReader } from '../byte-reader.ts'
import { SourceError } from '../errors.ts'
import type { RateLimiter } from '../rate-limiter.ts'
import { withAttempts } from './attempts.ts'
import { SourceClient } from './source-client.ts'
import type { SourceInfo, SourceRequest } from './source-client.ts'

/** Bytes gathered before they are written. */
const writeBytes = 1024 * 1024

export interface FileDownloadDeps {
  readonly http: Http
  readonly disk: Disk
  readonly clock: Clock
  readonly random: Random
  readonly limiters: readonly RateLimiter[]
}

export interface FileDownloadOptions {
  readonly url: string
  readonly header: Readonly<Record<string, string>>
  /** `start-end`; empty: the whole content. */
  readonly range: string
  /** `algo:hex`; empty: not checked. */
  readonly digest: string
  /** Absolute path. */
  readonly output: string
  readonly overwrite: boolean
  readonly signal?: CancelSignal
  /** `totalBytes` is -1 while unknown. */
  readonly onProgress?: (writtenBytes: number, totalBytes: number) => void
}

/**
 * Resolves with the number of bytes. PEER_OUTPUT_*, PEER_DISK_FULL, PEER_DIGEST_*, `SourceError`,
 * the Http port's codes; nothing is left behind on a failure.
 */
export async function downloadToFile(
  deps: FileDownloadDeps,
  options: FileDownloadOptions,
): Promise<number> {
  const expected = options.digest === '' ? undefined : parseDigest(options.digest)
  const download = new FileDownload(deps, options)
  const file = await OutputFile.open(deps, options.output, options.overwrite)
  try {
    const check = expected === undefined ? undefined : new DigestCheck(expected)
    await download.fill(file, (chunk) => check?.update(chunk))
    check?.verify()
  } catch (error) {
    await file.abort()
    throw error
  }
  await file.commit()
  return file.writtenBytes
}

class FileDownload {
  readonly #deps: FileDownloadDeps
  readonly #options: FileDownloadOptions
  readonly #client: SourceClient
  readonly #request: SourceRequest

  constructor(deps: FileDownloadDeps, options: FileDownloadOptions) {
    this.#deps = deps
    this.#options = options
    this.#client = new SourceClient(deps)
    const { url, header, range, signal } = options
    this.#request = { url, header, range, ...(signal === undefined ? {} : { signal }) }
  }

  /** Writes the content to `file`; an attempt that broke off goes on where it was. */
  async fill(file: OutputFile, onChunk: (chunk: Uint8Array) => void): Promise<void> {
    const { clock } = this.#deps
    const { signal } = this.#options
    const info = await withAttempts({ clock }, { progress: () => 0, signal }, () =>
      this.#client.probe(this.#request),
    )
    let opened = info.opened
    try {
      await withAttempts({ clock }, { progress: () => file.writtenBytes, signal }, async () => {
        const { writtenBytes } = file
        if (info.contentLengthBytes >= 0 && writtenBytes === info.contentLengthBytes) return
        const response = opened ?? (await this.#openFrom(info, writtenBytes))
        opened = undefined
        await this.#append(response, info, { file, onChunk })
      })
    } finally {
      await opened?.discard()
    }
  }

  async #openFrom(info: SourceInfo, startBytes: number): Promise<HttpResponse> {
    if (startBytes === 0) return await this.#client.openWhole(this.#request, info)
    if (!info.supportsRanges || info.contentLengthBytes < 0) {
      const message = 'the origin broke off and does not serve the rest'
      throw new SourceError('PEER_SOURCE_SHORT_BODY', message, { isTemporary: false })
    }
    const lengthBytes = info.contentLengthBytes - startBytes
    return await this.#client.openRange(this.#request, info, { startBytes, lengthBytes })
  }

  async #append(
    response: HttpResponse,
    info: SourceInfo,
    target: { readonly file: OutputFile; readonly onChunk: (chunk: Uint8Array) => void },
  ): Promise<void> {
    const { file, onChunk } = target
    const rest = decimal(response.headers['content-length'] ?? '')
    const announced = rest === undefined ? lengthUnknown : file.writtenBytes + rest
    const totalBytes = info.contentLengthBytes >= 0 ? info.contentLengthBytes : announced
    const reader = new ByteReader(response.body, async (chunk) => {
      for (const limiter of this.#deps.limiters) {
        await limiter.acquire(chunk.length, this.#options.signal)
      }
    })
    try {
      while (await reader.hasMore()) {
        for await (const chunk of gathered(reader.take(writeBytes))) {
          await file.write(chunk)
          onChunk(chunk)
        }
        this.#options.onProgress?.(file.writtenBytes, totalBytes)
      }
    } finally {
      await reader.close()
    }
    if (totalBytes < 0 || file.writtenBytes === totalBytes) return
    const message = `the origin sent ${file.writtenBytes} of ${totalBytes} bytes`
    throw new SourceError('PEER_SOURCE_SHORT_BODY', message, { isTemporary: true })
  }
}

/** Joins small chunks, so that one write covers them; what came before a failure is passed on. */
async function* gathered(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const parts: Uint8Array[] = []
  let failure: { readonly error: unknown } | undefined
  try {
    for await (const chunk of chunks) parts.push(chunk)
  } catch (error) {
    failure = { error }
  }
  if (parts.length > 0) yield Buffer.concat(parts)
  if (failure !== undefined) throw failure.error
}
