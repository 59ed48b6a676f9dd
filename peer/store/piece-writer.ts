// Writes one piece into the data file as its bytes arrive: hashes each chunk, gathers small chunks
// into writes of 1 MiB, and keeps one write under way while the next chunks come in.
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { MiB } from '../../base/index.ts'
import type { DiskFile } from '../../base/index.ts'
import { onDisk, StoreError } from './errors.ts'

/** Bytes gathered before they are written. */
const writeBytes = 1 * MiB

/** Where a piece goes and what it must be. */
export interface PieceTarget {
  readonly file: DiskFile
  readonly num: number
  readonly offsetBytes: number
  /** Bytes the piece may have at most. */
  readonly lengthBytesMax: number
  /** Bytes it must have; undefined while the content's length is not known. */
  readonly lengthBytes: number | undefined
  /** Expected md5 (hex); empty: not compared. */
  readonly md5: string
}

/** What was written. */
export interface WrittenPiece {
  readonly lengthBytes: number
  readonly md5: string
  readonly crc32: number
}

/** PEER_PIECE_LENGTH, PEER_PIECE_DIGEST_MISMATCH, PEER_DISK_FULL, and the stream's own errors. */
export async function writePieceBytes(
  target: PieceTarget,
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<WrittenPiece> {
  const hash = createHash('md5')
  const sink = new GatheringWriter(target.file, target.offsetBytes)
  let lengthBytes = 0
  let crc = 0
  const take = async (chunk: Uint8Array): Promise<void> => {
    lengthBytes += chunk.length
    if (lengthBytes > target.lengthBytesMax) throw wrongLength(target, `over ${lengthBytes}`)
    hash.update(chunk)
    crc = crc32(chunk, crc)
    await sink.write(chunk)
  }
  try {
    if (bytes instanceof Uint8Array) {
      for (let at = 0; at < bytes.length; at += writeBytes) {
        await take(bytes.subarray(at, at + writeBytes))
      }
    } else {
      for await (const chunk of bytes) await take(chunk)
    }
  } finally {
    // Also on a failure: nobody may write into the file after the caller was answered.
    await sink.settle()
  }
  await sink.finish()
  if (lengthBytes === 0 || (target.lengthBytes ?? lengthBytes) !== lengthBytes) {
    throw wrongLength(target, String(lengthBytes))
  }
  const md5 = hash.digest('hex')
  if (target.md5 !== '' && target.md5.toLowerCase() !== md5) {
    const message = `piece ${target.num} has md5 ${md5}, expected ${target.md5}`
    throw new StoreError('PEER_PIECE_DIGEST_MISMATCH', message)
  }
  return { lengthBytes, md5, crc32: crc }
}

function wrongLength(target: PieceTarget, found: string): StoreError {
  const expected = target.lengthBytes ?? `at most ${target.lengthBytesMax}`
  const message = `piece ${target.num} has ${found} bytes, expected ${expected}`
  return new StoreError('PEER_PIECE_LENGTH', message)
}

/** Consecutive writes with at most one under way and less than 1 MiB waiting. */
class GatheringWriter {
  readonly #file: DiskFile
  #offsetBytes: number
  #parts: Uint8Array[] = []
  #partsBytes = 0
  #underWay: Promise<{ readonly error: unknown } | undefined> | undefined

  constructor(file: DiskFile, offsetBytes: number) {
    this.#file = file
    this.#offsetBytes = offsetBytes
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#parts.push(chunk)
    this.#partsBytes += chunk.length
    if (this.#partsBytes >= writeBytes) await this.#flush()
  }

  async finish(): Promise<void> {
    if (this.#partsBytes > 0) await this.#flush()
    await this.#previous()
  }

  /** Waits for the write under way; its failure is reported by `finish` or the next `write`. */
  async settle(): Promise<void> {
    await this.#underWay
  }

  async #flush(): Promise<void> {
    await this.#previous()
    const parts = this.#parts
    this.#underWay = onDisk(() => this.#file.write(this.#offsetBytes, parts)).then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    this.#offsetBytes += this.#partsBytes
    this.#parts = []
    this.#partsBytes = 0
  }

  async #previous(): Promise<void> {
    const failure = await this.#underWay
    this.#underWay = undefined
    if (failure !== undefined) throw failure.error
  }
}
