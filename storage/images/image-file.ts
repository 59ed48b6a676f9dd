// Reads an image from a file, block by block, and believes nothing: whatever was cut off, flipped,
// left out, repeated or put in another order ends with `RAFT_IMAGE_DAMAGED`, another format with
// `RAFT_IMAGE_UNSUPPORTED`.
import { CodedError, compareBytes, concatBytes, crc32c, equalBytes } from '../../base/index.ts'
import type { Disk, DiskFile } from '../../base/index.ts'
import { ByteReader } from '../../raft/index.ts'
import { imageBlockBytesMax, imageReadBytes } from '../limits.ts'
import type { RowSource, StateRow } from '../state/state-store.ts'
import {
  blockCheckBytes,
  blockHeaderBytes,
  blockTypeOf,
  decodeEnd,
  decodeHead,
  decodeRows,
  imageFormat,
  imageMagic,
} from './image-format.ts'
import type { BlockType, ImageHead } from './image-format.ts'

/** The one reason for everything that is wrong with an image's bytes. */
export function imageDamaged(what: string, cause?: unknown): CodedError {
  return new CodedError('RAFT_IMAGE_DAMAGED', `an image is not what was written: ${what}`, {
    cause,
  })
}

/**
 * Intact as far as it reads, and of a format that another release made: unlike damage, the same
 * image will not be any better when it comes again.
 */
export function imageUnsupported(format: number): CodedError {
  const message = `an image has format ${format}, this release knows ${imageFormat}`
  return new CodedError('RAFT_IMAGE_UNSUPPORTED', message)
}

/** An open image file: first its head, then its rows. Must be closed. */
export class ImageFile implements RowSource {
  readonly head: ImageHead
  readonly #blocks: BlockReader
  #count = 0
  #lastKey: Uint8Array | undefined
  #isEnded = false

  private constructor(head: ImageHead, blocks: BlockReader) {
    this.head = head
    this.#blocks = blocks
  }

  /** Opens the image and reads its head. */
  static async open(disk: Disk, path: string): Promise<ImageFile> {
    const file = await disk.open(path, 'read')
    try {
      const blocks = new BlockReader(file)
      await blocks.begin()
      const first = await blocks.next()
      const head = first.type === 'head' ? decodeHead(first.payload) : 'damaged'
      if (head === 'format') throw imageUnsupported(new ByteReader(first.payload).uint32())
      if (head === 'damaged') throw imageDamaged('its head does not read')
      return new ImageFile(head, blocks)
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** The next rows; none after the last, once the end of the image has vouched for all of them. */
  async next(): Promise<readonly StateRow[]> {
    if (this.#isEnded) return []
    const { type, payload } = await this.#blocks.next()
    if (type === 'end') {
      await this.#end(payload)
      return []
    }
    const rows = type === 'rows' ? decodeRows(payload) : undefined
    if (rows === undefined) throw imageDamaged('a block does not read')
    for (const [key] of rows) {
      const last = this.#lastKey
      if (last !== undefined && compareBytes(last, key) >= 0) throw imageDamaged('keys do not rise')
      this.#lastKey = key
    }
    this.#count += rows.length
    return rows
  }

  close(): Promise<void> {
    return this.#blocks.close()
  }

  async #end(payload: Uint8Array): Promise<void> {
    const end = decodeEnd(payload)
    if (end === undefined) throw imageDamaged('its end does not read')
    if (end.rows !== this.#count) throw imageDamaged(`${this.#count} rows of ${end.rows}`)
    if (!equalBytes(end.digest, this.head.digest)) throw imageDamaged('head and end differ')
    if (!(await this.#blocks.isAtEnd())) throw imageDamaged('bytes follow its end')
    this.#isEnded = true
  }
}

/** Blocks of a file, one after another, each with its check. */
class BlockReader {
  readonly #file: DiskFile
  /** Read from the file up to `#offset` and not consumed. */
  #buffer: Uint8Array = new Uint8Array(0)
  #offset = 0
  #check = 0

  constructor(file: DiskFile) {
    this.#file = file
  }

  async begin(): Promise<void> {
    const magic = await this.#take(imageMagic.length)
    if (!equalBytes(magic, imageMagic)) throw imageDamaged('it is no image')
  }

  async next(): Promise<{ readonly type: BlockType; readonly payload: Uint8Array }> {
    const header = await this.#take(blockHeaderBytes)
    const fields = new ByteReader(header)
    const type = blockTypeOf(fields.uint32())
    const payloadBytes = fields.uint32()
    if (type === undefined || payloadBytes > imageBlockBytesMax) {
      throw imageDamaged('a block of no known type or size')
    }
    const payload = await this.#take(payloadBytes)
    const check = crc32c(payload, crc32c(header, this.#check))
    const stored = new ByteReader(await this.#take(blockCheckBytes)).uint32()
    if (stored !== check) throw imageDamaged('the check of a block does not fit')
    this.#check = check
    return { type, payload }
  }

  async isAtEnd(): Promise<boolean> {
    if (this.#buffer.length > 0) return false
    return (await this.#file.read(this.#offset, 1)).length === 0
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  async #take(bytes: number): Promise<Uint8Array> {
    while (this.#buffer.length < bytes) {
      const wanted = Math.max(imageReadBytes, bytes - this.#buffer.length)
      const read = await this.#file.read(this.#offset, wanted)
      if (read.length === 0) throw imageDamaged('it is cut off')
      this.#offset += read.length
      this.#buffer = concatBytes([this.#buffer, read])
    }
    const taken = this.#buffer.subarray(0, bytes)
    this.#buffer = this.#buffer.subarray(bytes)
    return taken
  }
}
