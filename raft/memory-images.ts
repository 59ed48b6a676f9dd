// Images of a state that fits into memory: for tests, examples and small state machines. An image
// is the state's bytes and their CRC-32C.
import { CodedError, concatBytes, crc32c } from '../base/index.ts'
import type { Snapshot } from './core/message.ts'
import { imageChunkBytesMax } from './images.ts'
import type { ImageReader, Images, ImageWriter } from './images.ts'

/** A whole state, and what it covers. */
export interface CapturedState {
  readonly snapshot: Snapshot
  readonly bytes: Uint8Array
}

/** A state that can be turned into bytes and back at once. */
export interface CapturableState {
  /** The state right after the last applied entry. */
  capture(): CapturedState
  /** Shows `captured` and nothing else from now on. */
  replace(captured: CapturedState): void
}

/** In-memory `Images` of one replica's state. */
export class MemoryImages implements Images {
  readonly #state: CapturableState
  readonly #chunkBytes: number

  constructor(
    deps: { readonly state: CapturableState },
    options: {
      /** Size of one chunk. @default imageChunkBytesMax */
      readonly chunkBytes?: number
    } = {},
  ) {
    this.#state = deps.state
    this.#chunkBytes = Math.min(options.chunkBytes ?? imageChunkBytesMax, imageChunkBytesMax)
  }

  /** Rejects with `RAFT_IMAGE_NOT_READY` when the state has not applied `indexMin`. */
  async open(indexMin: number): Promise<ImageReader> {
    const { snapshot, bytes } = this.#state.capture()
    if (snapshot.index < indexMin) {
      const message = `the state is at ${snapshot.index}, an image must cover ${indexMin}`
      throw new CodedError('RAFT_IMAGE_NOT_READY', message)
    }
    const image = concatBytes([bytes, checksumBytes(bytes)])
    let at = 0
    return {
      snapshot,
      next: async () => {
        if (at >= image.length) return undefined
        const chunk = image.slice(at, at + this.#chunkBytes)
        at += chunk.length
        return chunk
      },
      close: async () => {},
    }
  }

  async receive(snapshot: Snapshot): Promise<ImageWriter> {
    let chunks: Uint8Array[] = []
    let whole: Uint8Array | undefined
    return {
      write: async (chunk) => {
        chunks.push(chunk)
      },
      finish: async () => {
        whole = verified(concatBytes(chunks))
        chunks = []
      },
      install: async () => {
        if (whole === undefined) throw new CodedError('RAFT_IMAGE_DAMAGED', 'it is not finished')
        this.#state.replace({ snapshot, bytes: whole })
      },
      abort: async () => {
        chunks = []
        whole = undefined
      },
    }
  }
}

function verified(image: Uint8Array): Uint8Array {
  const end = image.length - 4
  const bytes = image.slice(0, Math.max(end, 0))
  const sum = checksumBytes(bytes)
  if (end < 0 || sum.some((byte, i) => image[end + i] !== byte)) {
    throw new CodedError('RAFT_IMAGE_DAMAGED', 'the checksum of the image does not fit')
  }
  return bytes
}

function checksumBytes(bytes: Uint8Array): Uint8Array {
  const sum = crc32c(bytes)
  return Uint8Array.of(sum >>> 24, (sum >>> 16) & 0xff, (sum >>> 8) & 0xff, sum & 0xff)
}
