// A file a user asked for: written to a temporary file beside it, synced, then put in place. So a
// reader sees the whole file or none, and a failure leaves nothing behind.
import { DiskError, messageOf, toHex } from '../../base/index.ts'
import type { Disk, DiskFile, Random } from '../../base/index.ts'
import { StoreError } from './errors.ts'

/** Permissions of an output before the umask. */
const outputPermissions = 0o666

export interface OutputDeps {
  readonly disk: Disk
  readonly random: Random
}

/**
 * Refuses an output that cannot become a file, before any work is done for it: PEER_OUTPUT_EXISTS,
 * PEER_OUTPUT_IS_DIRECTORY, PEER_OUTPUT_NOT_WRITABLE. `path` is absolute.
 */
export async function checkOutput(disk: Disk, path: string, overwrite: boolean): Promise<void> {
  await onOutput(path, async () => {
    if (!path.startsWith('/') || path.includes('\0')) {
      throw new StoreError('PEER_OUTPUT_NOT_WRITABLE', `not an absolute path: ${path}`)
    }
    const found = await disk.stat(path)
    if (path.endsWith('/') || found?.kind === 'directory') {
      throw new StoreError('PEER_OUTPUT_IS_DIRECTORY', `the output is a directory: ${path}`)
    }
    if (found === undefined) return
    // A device or a pipe is never replaced by a file.
    if (overwrite && found.kind === 'file') return
    throw new StoreError('PEER_OUTPUT_EXISTS', `the output exists already: ${path}`)
  })
}

/** An output under way. End it with `commit` or `abort`. */
export class OutputFile {
  readonly #disk: Disk
  readonly #path: string
  readonly #temporaryPath: string
  readonly #overwrite: boolean
  readonly #file: DiskFile
  #writtenBytes = 0
  #isOpen = true

  private constructor(
    disk: Disk,
    paths: { readonly path: string; readonly temporaryPath: string },
    overwrite: boolean,
    file: DiskFile,
  ) {
    this.#disk = disk
    this.#path = paths.path
    this.#temporaryPath = paths.temporaryPath
    this.#overwrite = overwrite
    this.#file = file
  }

  /** Checks the output, makes its parent directories and opens the temporary file. */
  static async open(deps: OutputDeps, path: string, overwrite: boolean): Promise<OutputFile> {
    const { disk } = deps
    await checkOutput(disk, path, overwrite)
    return onOutput(path, async () => {
      const directory = directoryOf(path)
      await disk.makeDirectory(directory)
      const temporaryPath = `${directory}/.damselfly-${toHex(deps.random.bytes(8))}.tmp`
      const file = await disk.open(temporaryPath, 'create', outputPermissions)
      return new OutputFile(disk, { path, temporaryPath }, overwrite, file)
    })
  }

  get writtenBytes(): number {
    return this.#writtenBytes
  }

  /** Appends `chunk`. PEER_DISK_FULL, PEER_OUTPUT_NOT_WRITABLE. */
  async write(chunk: Uint8Array): Promise<void> {
    await onOutput(this.#path, () => this.#file.write(this.#writtenBytes, [chunk]))
    this.#writtenBytes += chunk.length
  }

  /**
   * Makes the content durable and gives it its name; on a failure the temporary file is removed.
   */
  async commit(): Promise<void> {
    try {
      await onOutput(this.#path, async () => {
        await this.#file.sync()
        await this.#close()
        await this.#place()
        await this.#disk.syncDirectory(directoryOf(this.#path))
      })
    } catch (error) {
      await this.abort()
      throw error
    }
  }

  /** Removes the temporary file. */
  async abort(): Promise<void> {
    await this.#close()
    await removeIfThere(this.#disk, this.#temporaryPath)
  }

  async #place(): Promise<void> {
    await checkOutput(this.#disk, this.#path, this.#overwrite)
    if (this.#overwrite) {
      await this.#disk.rename(this.#temporaryPath, this.#path)
      return
    }
    try {
      // A link never replaces: a file that appeared since the check is not lost.
      await this.#disk.link(this.#temporaryPath, this.#path)
    } catch (error) {
      // File systems without hard links refuse them in several ways; those get a plain rename.
      if (error instanceof DiskError && error.code === 'STORE_EXISTS') throw error
      await this.#disk.rename(this.#temporaryPath, this.#path)
      return
    }
    await this.#disk.remove(this.#temporaryPath)
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    await this.#file.close()
  }
}

/** The directory part of an absolute path. */
function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash === 0 ? '/' : path.slice(0, slash)
}

async function removeIfThere(disk: Disk, path: string): Promise<void> {
  try {
    await disk.remove(path)
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    // Gone already, or the disk refuses everything; the first failure is the one to report.
  }
}

async function onOutput<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    if (error.code === 'STORE_EXISTS') {
      throw new StoreError('PEER_OUTPUT_EXISTS', `the output exists already: ${path}`, error)
    }
    const code = error.code === 'STORE_DISK_FULL' ? 'PEER_DISK_FULL' : 'PEER_OUTPUT_NOT_WRITABLE'
    throw new StoreError(code, `cannot write ${path}: ${messageOf(error)}`, error)
  }
}
