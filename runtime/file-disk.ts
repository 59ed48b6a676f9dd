// The Disk port over the operating system. Errors keep the system's error as their cause.
import { constants } from 'node:fs'
import * as fs from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { compareUtf8, DiskError } from '../base/index.ts'
import type { Disk, DiskErrorCode, DiskFile, DiskStat, OpenMode } from '../base/index.ts'

const codes: Readonly<Record<string, DiskErrorCode>> = {
  ENOENT: 'STORE_NOT_FOUND',
  EEXIST: 'STORE_EXISTS',
  ENOTEMPTY: 'STORE_NOT_EMPTY',
  ENOTDIR: 'STORE_WRONG_KIND',
  EISDIR: 'STORE_WRONG_KIND',
  EACCES: 'STORE_ACCESS_DENIED',
  EPERM: 'STORE_ACCESS_DENIED',
  EROFS: 'STORE_ACCESS_DENIED',
  ENOSPC: 'STORE_DISK_FULL',
  EDQUOT: 'STORE_DISK_FULL',
  EFBIG: 'STORE_DISK_FULL',
}

/** Turns a system error into a `DiskError` that names the operation and the path. */
function diskError(operation: string, path: string, error: unknown): DiskError {
  const systemCode = (error as NodeJS.ErrnoException).code ?? 'unknown'
  const code = codes[systemCode] ?? 'STORE_IO'
  return new DiskError(code, path, `cannot ${operation} ${path}: ${systemCode}`, error)
}

async function attempt<T>(operation: string, path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw error instanceof DiskError ? error : diskError(operation, path, error)
  }
}

const openFlags: Readonly<Record<OpenMode, number>> = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR | constants.O_CREAT,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
}

/** Files as the operating system has them; created files are 0600, directories 0700. */
export class FileDisk implements Disk {
  open(path: string, mode: OpenMode, permissions = 0o600): Promise<DiskFile> {
    return attempt('open', path, async () => {
      return new SystemFile(path, await fs.open(path, openFlags[mode], permissions))
    })
  }

  async readFile(path: string, sizeBytesMax: number): Promise<Uint8Array> {
    const file = await this.open(path, 'read')
    try {
      const size = await file.size()
      if (size > sizeBytesMax) {
        throw new DiskError('STORE_IO', path, `${path} has ${size} bytes, over ${sizeBytesMax}`)
      }
      return await file.read(0, size)
    } finally {
      await file.close()
    }
  }

  async stat(path: string): Promise<DiskStat | undefined> {
    try {
      const found = await fs.stat(path)
      const kind = found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other'
      return { kind, sizeBytes: found.size, modifiedMs: found.mtimeMs }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw diskError('stat', path, error)
    }
  }

  list(path: string): Promise<readonly string[]> {
    return attempt('list', path, async () => (await fs.readdir(path)).sort(compareUtf8))
  }

  makeDirectory(path: string): Promise<void> {
    return attempt('create directory', path, async () => {
      await makeDirectories(path)
    })
  }

  rename(from: string, to: string): Promise<void> {
    return attempt('rename', from, () => fs.rename(from, to))
  }

  link(from: string, to: string): Promise<void> {
    return attempt('link', to, () => fs.link(from, to))
  }

  remove(path: string): Promise<void> {
    return attempt('remove', path, () => fs.unlink(path))
  }

  removeTree(path: string): Promise<void> {
    return attempt('remove', path, () => fs.rm(path, { recursive: true, force: true }))
  }

  syncDirectory(path: string): Promise<void> {
    return attempt('sync directory', path, async () => {
      const handle = await fs.open(path, constants.O_RDONLY)
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    })
  }

  freeBytes(path: string): Promise<number> {
    return attempt('measure', path, async () => {
      const found = await fs.statfs(path).catch(() => fs.statfs(dirname(path)))
      return found.bavail * found.bsize
    })
  }
}

/**
 * Makes `path` and what is missing above it. Node's own recursive mkdir never ends where the system
 * answers ENOENT although the parent is there, as /proc does.
 */
async function makeDirectories(path: string): Promise<void> {
  try {
    await fs.mkdir(path, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && (await fs.stat(path)).isDirectory()) return
    const parent = dirname(path)
    if (code !== 'ENOENT' || parent === path) throw error
    await makeDirectories(parent)
    await fs.mkdir(path, { mode: 0o700 }).catch(async (again: NodeJS.ErrnoException) => {
      // Somebody else made it meanwhile.
      if (again.code !== 'EEXIST' || !(await fs.stat(path)).isDirectory()) throw again
    })
  }
}

class SystemFile implements DiskFile {
  readonly #path: string
  readonly #handle: FileHandle
  /** Made by the first `writeSynced`. */
  #syncedHandle: FileHandle | undefined

  constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return attempt('read', this.#path, async () => {
      const buffer = Buffer.allocUnsafe(length)
      let done = 0
      while (done < length) {
        const { bytesRead } = await this.#handle.read(buffer, done, length - done, offset + done)
        if (bytesRead === 0) break
        done += bytesRead
      }
      return buffer.subarray(0, done)
    })
  }

  write(offset: number, parts: readonly Uint8Array[]): Promise<void> {
    return attempt('write', this.#path, () => writeAll(this.#handle, offset, parts))
  }

  writeSynced(offset: number, parts: readonly Uint8Array[]): Promise<void> {
    return attempt('write', this.#path, async () => {
      this.#syncedHandle ??= await openSynced(this.#path, this.#handle)
      await writeAll(this.#syncedHandle, offset, parts)
    })
  }

  sync(): Promise<void> {
    return attempt('sync', this.#path, () => this.#handle.datasync())
  }

  truncate(sizeBytes: number): Promise<void> {
    return attempt('truncate', this.#path, () => this.#handle.truncate(sizeBytes))
  }

  async size(): Promise<number> {
    return attempt('stat', this.#path, async () => (await this.#handle.stat()).size)
  }

  close(): Promise<void> {
    return attempt('close', this.#path, async () => {
      await this.#syncedHandle?.close()
      await this.#handle.close()
    })
  }
}

async function writeAll(
  handle: FileHandle,
  offset: number,
  parts: readonly Uint8Array[],
): Promise<void> {
  const whole = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  let done = 0
  while (done < whole.length) {
    const { bytesWritten } = await handle.write(whole, done, whole.length - done, offset + done)
    done += bytesWritten
  }
}

/** The same file once more, so that each write to it is synced by the system before it returns. */
async function openSynced(path: string, handle: FileHandle): Promise<FileHandle> {
  const synced = await fs.open(path, constants.O_RDWR | constants.O_DSYNC)
  const [wanted, found] = await Promise.all([handle.stat(), synced.stat()])
  if (wanted.ino === found.ino && wanted.dev === found.dev) return synced
  await synced.close()
  throw new DiskError('STORE_IO', path, `${path} is another file by now`)
}
