// Tells whether a file holds what a finished copy holds, by size and the pieces' md5.
import { createHash } from 'node:crypto'
import { CodedError, DiskError } from '../../base/index.ts'
import type { Disk } from '../../base/index.ts'
import type { TaskCopy } from '../store/index.ts'

/** Reads the file once. PEER_IMPORT_NOT_FOUND, PEER_IMPORT_NOT_READABLE. */
export async function holdsSameContent(disk: Disk, path: string, copy: TaskCopy): Promise<boolean> {
  try {
    return await compare(disk, path, copy)
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    const code =
      error.code === 'STORE_NOT_FOUND' ? 'PEER_IMPORT_NOT_FOUND' : 'PEER_IMPORT_NOT_READABLE'
    throw new CodedError(code, error.message, { cause: error })
  }
}

async function compare(disk: Disk, path: string, copy: TaskCopy): Promise<boolean> {
  const file = await disk.open(path, 'read')
  try {
    const { contentLengthBytes, totalPieces } = copy.info()
    if ((await file.size()) !== contentLengthBytes) return false
    for (let num = 0; num < totalPieces; num += 1) {
      const piece = copy.piece(num)
      if (piece === undefined) return false
      const bytes = await file.read(piece.offsetBytes, piece.lengthBytes)
      if (createHash('md5').update(bytes).digest('hex') !== piece.md5) return false
    }
    return true
  } finally {
    await file.close()
  }
}
