// The data file of a copy: opened when it is needed, closed when nobody has the copy pinned.
import { DiskError } from '../../base/index.ts'
import type { Disk, DiskFile, Logger } from '../../base/index.ts'
import { onDisk, storeErrorOf } from './errors.ts'
import type { Layout } from './layout.ts'

export interface CopyFileDeps {
  readonly disk: Disk
  readonly logger: Logger
  readonly layout: Layout
}

export class CopyFile {
  readonly #deps: CopyFileDeps
  readonly #taskId: string
  readonly #path: string
  #reading: Promise<DiskFile> | undefined
  #writing: Promise<DiskFile> | undefined

  constructor(deps: CopyFileDeps, names: { readonly taskId: string; readonly dataFile: string }) {
    this.#deps = deps
    this.#taskId = names.taskId
    this.#path = deps.layout.dataFile(names.taskId, names.dataFile)
  }

  /** Creates the file of a new copy. */
  async create(): Promise<void> {
    const { disk, layout } = this.#deps
    await onDisk(async () => {
      await disk.makeDirectory(layout.taskDirectory(this.#taskId))
      this.#writing = Promise.resolve(await disk.open(this.#path, 'create'))
    })
  }

  async forWriting(): Promise<DiskFile> {
    this.#writing ??= this.#deps.disk.open(this.#path, 'write')
    const opening = this.#writing
    return await onDisk(() => opening)
  }

  /** Bytes of the file; fewer where it ends, none when somebody removed it. */
  async read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array> {
    this.#reading ??= this.#writing ?? this.#deps.disk.open(this.#path, 'read')
    const opening = this.#reading
    try {
      return await (await opening).read(offsetBytes, lengthBytes)
    } catch (error) {
      if (error instanceof DiskError && error.code === 'STORE_NOT_FOUND') return new Uint8Array(0)
      throw storeErrorOf(error)
    }
  }

  /** Makes content and name durable. After a failure the content must be written anew. */
  async sync(): Promise<void> {
    const { disk, layout } = this.#deps
    const file = await this.forWriting()
    await onDisk(async () => {
      await file.sync()
      await disk.syncDirectory(layout.taskDirectory(this.#taskId))
      await disk.syncDirectory(layout.prefixDirectory(this.#taskId))
      await disk.syncDirectory(layout.tasks)
    })
  }

  async close(): Promise<void> {
    const files = new Set([this.#reading, this.#writing])
    this.#reading = undefined
    this.#writing = undefined
    for (const opening of files) {
      const file = await opening?.catch(() => undefined)
      if (file !== undefined) await onDisk(() => file.close())
    }
  }

  /** Removes the file; when that fails, the sweep of the next start does it. */
  async remove(): Promise<void> {
    try {
      await this.#deps.disk.remove(this.#path)
    } catch (error) {
      const { logger } = this.#deps
      logger.warn({ taskId: this.#taskId, err: error }, 'data of a deleted task not removed yet')
    }
  }
}
