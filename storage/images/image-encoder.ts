// Rows of a snapshot as the bytes of an image, made as they are asked for: what is held at a time
// is one block and one chunk, however large the state is.
import { concatBytes } from '../../base/index.ts'
import { imageChunkBytesMax } from '../../raft/index.ts'
import { imageBlockBytesTarget } from '../limits.ts'
import type { RowSource, StateRow } from '../state/state-store.ts'
import {
  encodeBlock,
  encodeEnd,
  encodeHead,
  encodeRows,
  imageMagic,
  rowBytes,
} from './image-format.ts'
import type { BlockType, ImageHead } from './image-format.ts'

/** Encodes one image. */
export class ImageEncoder {
  readonly #head: ImageHead
  readonly #source: RowSource
  /** Encoded and not handed out, in order. */
  #parts: Uint8Array[] = []
  #bytes = 0
  #rows: StateRow[] = []
  #rowsBytes = 0
  #count = 0
  #check = 0
  #isEnded = false

  constructor(head: ImageHead, source: RowSource) {
    this.#head = head
    this.#source = source
    this.#parts.push(imageMagic)
    this.#bytes = imageMagic.length
    this.#block('head', encodeHead(head))
  }

  /** The next bytes, at most `imageChunkBytesMax`; undefined after the last. */
  async next(): Promise<Uint8Array | undefined> {
    while (!this.#isEnded && this.#bytes < imageChunkBytesMax) await this.#fill()
    if (this.#bytes === 0) return undefined
    const whole = concatBytes(this.#parts)
    const chunk = whole.subarray(0, imageChunkBytesMax)
    this.#parts = whole.length > chunk.length ? [whole.subarray(chunk.length)] : []
    this.#bytes = whole.length - chunk.length
    return chunk
  }

  async #fill(): Promise<void> {
    const rows = await this.#source.next()
    for (const row of rows) {
      this.#rows.push(row)
      this.#rowsBytes += rowBytes(row)
      if (this.#rowsBytes >= imageBlockBytesTarget) this.#flushRows()
    }
    if (rows.length > 0) return
    this.#flushRows()
    this.#block('end', encodeEnd({ rows: this.#count, digest: this.#head.digest }))
    this.#isEnded = true
  }

  #flushRows(): void {
    if (this.#rows.length === 0) return
    this.#count += this.#rows.length
    this.#block('rows', encodeRows(this.#rows))
    this.#rows = []
    this.#rowsBytes = 0
  }

  #block(type: BlockType, payload: Uint8Array): void {
    const { bytes, check } = encodeBlock(type, payload, this.#check)
    this.#check = check
    this.#parts.push(bytes)
    this.#bytes += bytes.length
  }
}
