// Bytes kept back on the log's file system: when the disk is full they are given free, so that what
// is already in the log can commit and the process can stop in order.
import { isCoded } from '../../base/index.ts'
import type { Disk } from '../../base/index.ts'

const reserveName = 'reserve'

/** The reserve of one log directory. */
export class ReserveFile {
  readonly #disk: Disk
  readonly #directory: string
  readonly #bytes: number
  #isHeld = false

  constructor(disk: Disk, directory: string, bytes: number) {
    this.#disk = disk
    this.#directory = directory
    this.#bytes = bytes
  }

  get isHeld(): boolean {
    return this.#isHeld
  }

  /** Takes the reserve if the disk has room for it; false when it has not. */
  async acquire(): Promise<boolean> {
    if (this.#isHeld || this.#bytes === 0) return true
    try {
      const file = await this.#disk.open(this.#path, 'write')
      try {
        if ((await file.size()) < this.#bytes) await file.write(0, [new Uint8Array(this.#bytes)])
        await file.sync()
      } finally {
        await file.close()
      }
      this.#isHeld = true
      return true
    } catch (error) {
      if (!isCoded(error, 'STORE_DISK_FULL')) throw error
      await this.release()
      return false
    }
  }

  /** Gives the bytes free. */
  async release(): Promise<void> {
    this.#isHeld = false
    if ((await this.#disk.stat(this.#path)) === undefined) return
    await this.#disk.remove(this.#path)
    await this.#disk.syncDirectory(this.#directory)
  }

  get #path(): string {
    return `${this.#directory}/${reserveName}`
  }
}
