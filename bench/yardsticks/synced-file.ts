// A file that is written and synced as fast as the disk allows: the least that durability costs.
// Its blocks exist before the first write, as those of the write-ahead log do, so that a sync
// writes data and no metadata; at its end it starts again from the front.
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'

/** Size of the file. */
const fileBytes = 16 * 1024 * 1024

/** Appends with group commit: what arrives during one sync goes into the next. */
export class SyncedFile {
  readonly #handle: FileHandle
  #offset = 0
  #waiting: { readonly bytes: Uint8Array; readonly resolve: () => void }[] = []
  #isPumping = false
  #syncs = 0

  private constructor(handle: FileHandle) {
    this.#handle = handle
  }

  static async create(path: string): Promise<SyncedFile> {
    const handle = await open(path, 'w')
    const zeros = new Uint8Array(1024 * 1024)
    for (let at = 0; at < fileBytes; at += zeros.length) await handle.write(zeros, 0, undefined, at)
    await handle.sync()
    return new SyncedFile(handle)
  }

  get syncs(): number {
    return this.#syncs
  }

  /** Resolves when `bytes` are durable. */
  append(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ bytes, resolve })
      if (!this.#isPumping) void this.#pump()
    })
  }

  /** A failing disk ends the process: there is nothing to measure on it. */
  async #pump(): Promise<void> {
    this.#isPumping = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0)
      const [first] = batch
      await this.write(batch.length === 1 ? first!.bytes : Buffer.concat(batch.map((w) => w.bytes)))
      for (const { resolve } of batch) resolve()
    }
    this.#isPumping = false
  }

  /** One write and one fdatasync; calls must not overlap. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#offset + bytes.length > fileBytes) this.#offset = 0
    await this.#handle.write(bytes, 0, bytes.length, this.#offset)
    await this.#handle.datasync()
    this.#offset += bytes.length
    this.#syncs += 1
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}
