// Checks of the files a command names, before anything is asked of anybody.
import { CodedError, messageOf } from '../../base/index.ts'
import type { Disk, Random } from '../../base/index.ts'
import { OutputFile } from '../store/index.ts'

/** Requires a readable regular file. PEER_IMPORT_NOT_FOUND, _NOT_A_FILE, _NOT_READABLE. */
export async function checkInput(disk: Disk, path: string): Promise<void> {
  const found = await disk.stat(path).catch((error: unknown) => {
    throw new CodedError('PEER_IMPORT_NOT_READABLE', messageOf(error), { cause: error })
  })
  if (found === undefined) throw new CodedError('PEER_IMPORT_NOT_FOUND', `no such file: ${path}`)
  if (found.kind === 'directory') {
    throw new CodedError('PEER_IMPORT_NOT_A_FILE', `is a directory, not a file: ${path}`)
  }
  if (found.kind !== 'file') {
    throw new CodedError('PEER_IMPORT_NOT_A_FILE', `is not a regular file: ${path}`)
  }
  try {
    const file = await disk.open(path, 'read')
    await file.close()
  } catch (error) {
    throw new CodedError('PEER_IMPORT_NOT_READABLE', messageOf(error), { cause: error })
  }
}

/**
 * Requires that `path` can be written, by opening a temporary file beside it; makes its parent
 * directories. PEER_OUTPUT_EXISTS (unless `overwrite`), PEER_OUTPUT_IS_DIRECTORY,
 * PEER_OUTPUT_NOT_WRITABLE, PEER_DISK_FULL.
 */
export async function probeOutput(
  deps: { readonly disk: Disk; readonly random: Random },
  path: string,
  overwrite: boolean,
): Promise<void> {
  const probe = await OutputFile.open(deps, path, overwrite)
  await probe.abort()
}
