// State images in smaller pieces than the product's, so that the images of small states, too, take
// many messages and can break in the middle.
import type { ImageReader, Images, ImageWriter, Snapshot } from '../../raft/index.ts'

/** `Images` whose readers give at most `bytesMax` at a time. */
export class SmallImages implements Images {
  readonly #images: Images
  readonly #bytesMax: number

  constructor(images: Images, bytesMax: number) {
    this.#images = images
    this.#bytesMax = bytesMax
  }

  async open(indexMin: number): Promise<ImageReader> {
    return new SmallReader(await this.#images.open(indexMin), this.#bytesMax)
  }

  receive(snapshot: Snapshot): Promise<ImageWriter> {
    return this.#images.receive(snapshot)
  }
}

class SmallReader implements ImageReader {
  readonly #reader: ImageReader
  readonly #bytesMax: number
  #rest = new Uint8Array(0)

  constructor(reader: ImageReader, bytesMax: number) {
    this.#reader = reader
    this.#bytesMax = bytesMax
  }

  get snapshot(): Snapshot {
    return this.#reader.snapshot
  }

  async next(): Promise<Uint8Array | undefined> {
    if (this.#rest.length === 0) {
      const next = await this.#reader.next()
      if (next === undefined) return undefined
      this.#rest = new Uint8Array(next)
    }
    const piece = this.#rest.slice(0, this.#bytesMax)
    this.#rest = this.#rest.slice(this.#bytesMax)
    return piece
  }

  close(): Promise<void> {
    return this.#reader.close()
  }
}
