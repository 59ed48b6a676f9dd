// Files that hold a secret: read whole, and only when nobody else may read them.
import { link, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CodedError, KiB, messageOf } from '../base/index.ts'

/** Bytes of a file that holds a secret; private keys are the largest. */
export const secretFileBytesMax = 64 * KiB

/** What a secret of this process's user may not be: anything for group and others. */
const othersMask = 0o077

/** Of a file that root has laid down for a user's group, the group may read. */
const othersMaskOfRoots = 0o037

export interface SecretFile {
  readonly bytes: Uint8Array
  /** The content as text without white space around it. */
  readonly text: string
}

/**
 * Reads a secret. Mode 0600 or stricter, or 0640 when it is root's and this process is not; at most
 * `secretFileBytesMax` bytes.
 * @throws CONF_FILE_UNREADABLE, SCHED_SECRET_EXPOSED, SCHED_SECRET_INVALID
 */
export async function readSecretFile(path: string): Promise<SecretFile> {
  const file = await open(path, 'r').catch((error: unknown): never => {
    throw unreadable(path, error)
  })
  try {
    // Of the open file, so that it cannot be another one by the time it is read.
    const { mode, size, uid } = await file.stat()
    const isRoots = uid === 0 && process.geteuid?.() !== 0
    if ((mode & (isRoots ? othersMaskOfRoots : othersMask)) !== 0) {
      const octal = (mode & 0o777).toString(8)
      const message = `${path} has mode 0${octal}: others may use it; chmod 600 and change its secret`
      throw new CodedError('SCHED_SECRET_EXPOSED', message)
    }
    if (size > secretFileBytesMax) {
      const message = `${path} has ${size} bytes, over ${secretFileBytesMax}`
      throw new CodedError('SCHED_SECRET_INVALID', message)
    }
    const bytes = await file.readFile()
    return { bytes: new Uint8Array(bytes), text: bytes.toString('utf8').trim() }
  } catch (error) {
    throw error instanceof CodedError ? error : unreadable(path, error)
  } finally {
    await file.close()
  }
}

/**
 * Makes a file with a secret, 0600 and durable; false when there is a file already, which stays as
 * it is. @throws CONF_FILE_UNREADABLE
 */
export async function writeSecretFile(path: string, text: string): Promise<boolean> {
  // Under its own name only when it is whole: an empty file would stand in the way for ever.
  const partial = `${path}.${process.pid}.partial`
  try {
    await rm(partial, { force: true })
    const file = await open(partial, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await link(partial, path)
    const folder = await open(dirname(path), 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw new CodedError('CONF_FILE_UNREADABLE', `cannot write ${path}: ${messageOf(error)}`, {
      cause: error,
    })
  } finally {
    await rm(partial, { force: true })
  }
}

function unreadable(path: string, error: unknown): CodedError {
  return new CodedError('CONF_FILE_UNREADABLE', `cannot read ${path}: ${messageOf(error)}`, {
    cause: error,
  })
}
