// Files that hold a secret: read whole, and only when nobody else may read them.
import { open } from 'node:fs/promises'
import { CodedError, KiB, messageOf } from '../base/index.ts'

/** Bytes of a file that holds a secret; private keys are the largest. */
export const secretFileBytesMax = 64 * KiB

/** Permissions of group and others. */
const othersMask = 0o077

export interface SecretFile {
  readonly bytes: Uint8Array
  /** The content as text without white space around it. */
  readonly text: string
}

/**
 * Reads a secret. Mode 0600 or stricter, at most `secretFileBytesMax` bytes.
 * @throws CONF_FILE_UNREADABLE, SCHED_SECRET_EXPOSED, SCHED_SECRET_INVALID
 */
export async function readSecretFile(path: string): Promise<SecretFile> {
  const file = await open(path, 'r').catch((error: unknown): never => {
    throw unreadable(path, error)
  })
  try {
    // Of the open file, so that it cannot be another one by the time it is read.
    const { mode, size } = await file.stat()
    if ((mode & othersMask) !== 0) {
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

function unreadable(path: string, error: unknown): CodedError {
  return new CodedError('CONF_FILE_UNREADABLE', `cannot read ${path}: ${messageOf(error)}`, {
    cause: error,
  })
}
