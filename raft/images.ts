// The port behind which a whole replicated state is copied from one replica to another. What is in
// an image, and how it is stored, is the state's business; the driver moves its bytes.
import type { Snapshot } from './core/message.ts'

/** Consistent images of the state machine's state. */
export interface Images {
  /**
   * Opens the state as it is durable now, at or after `indexMin`, while applying goes on. Waits for
   * a flush when the durable state is older. Rejects when it cannot.
   */
  open(indexMin: number): Promise<ImageReader>
  /** Prepares room for an image from elsewhere. Only one is received at a time. */
  receive(snapshot: Snapshot): Promise<ImageWriter>
}

/** Reads one image; must be closed. */
export interface ImageReader {
  readonly snapshot: Snapshot
  /** The next bytes, at most `imageChunkBytesMax`; undefined after the last. */
  next(): Promise<Uint8Array | undefined>
  close(): Promise<void>
}

/** Takes one image. Calls follow each other; nothing is visible before `install`. */
export interface ImageWriter {
  write(chunk: Uint8Array): Promise<void>
  /**
   * Verifies the whole and makes it durable. Rejects with `RAFT_IMAGE_DAMAGED` when it is not; this
   * or a `write` before with `RAFT_IMAGE_UNSUPPORTED` when its format is another one. A state that
   * only a newer program knows would come again and again: whoever keeps the state ends the
   * replica, with a code of its own.
   */
  finish(): Promise<void>
  /**
   * Replaces the state, durably and at once: afterwards the state machine shows the image. A crash
   * leaves either the old state or the new one. Only after `finish`.
   */
  install(): Promise<void>
  /** Gives up; nothing remains. */
  abort(): Promise<void>
}

/** Largest piece of an image in one message. */
export const imageChunkBytesMax = 262_144
