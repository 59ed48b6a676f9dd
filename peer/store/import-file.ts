// Reads a user's file into a copy, piece by piece. The file may change while it is read: what can
// be noticed (size, time of change) fails the import, since such a copy is of no one version.
import { DiskError, MiB, messageOf } from '../../base/index.ts'
import type { CancelSignal, Disk, DiskFile, DiskStat } from '../../base/index.ts'
import { pieceRangeOf } from '../core/index.ts'
import type { Copy } from './copy.ts'
import { StoreError } from './errors.ts'
import type { ImportOptions } from './types.ts'

/** Bytes read at a time. */
const readBytes = 1 * MiB

/** Free bytes an import leaves on the file system, for the store's own records. */
const freeBytesMin = 16 * MiB

/** A source file that was looked at and opened. */
export interface ImportSource {
  readonly path: string
  readonly sizeBytes: number
  readonly stat: DiskStat
  readonly file: DiskFile
}

/** PEER_IMPORT_NOT_FOUND, PEER_IMPORT_NOT_A_FILE, PEER_IMPORT_NOT_READABLE. */
export async function openImportSource(disk: Disk, path: string): Promise<ImportSource> {
  try {
    // Looked at before it is opened: opening a pipe would wait for a writer.
    const stat = await disk.stat(path)
    if (stat === undefined) {
      throw new StoreError('PEER_IMPORT_NOT_FOUND', `no such file: ${path}`)
    }
    if (stat.kind !== 'file') {
      const what = stat.kind === 'directory' ? 'a directory' : 'no regular file'
      throw new StoreError('PEER_IMPORT_NOT_A_FILE', `${path} is ${what}`)
    }
    const file = await disk.open(path, 'read')
    return { path, sizeBytes: stat.sizeBytes, stat, file }
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    const isMissing = error.code === 'STORE_NOT_FOUND' || error.code === 'STORE_WRONG_KIND'
    const code = isMissing ? 'PEER_IMPORT_NOT_FOUND' : 'PEER_IMPORT_NOT_READABLE'
    throw new StoreError(code, messageOf(error), error)
  }
}

/** PEER_DISK_FULL when the file cannot fit; a smaller shortage shows while writing. */
export async function checkSpace(disk: Disk, directory: string, sizeBytes: number): Promise<void> {
  const freeBytes = await disk.freeBytes(directory)
  if (freeBytes >= sizeBytes + freeBytesMin) return
  const message =
    `${sizeBytes} bytes do not fit into the ${freeBytes} free ones at ${directory}, ` +
    `of which ${freeBytesMin} stay free`
  throw new StoreError('PEER_DISK_FULL', message)
}

/**
 * Fills `copy`, whose content length is the source's size. PEER_IMPORT_CHANGED and write failures.
 */
export async function importPieces(
  disk: Disk,
  source: ImportSource,
  copy: Copy,
  options: ImportOptions,
): Promise<void> {
  const { pieceSizeBytes, contentLengthBytes, totalPieces } = copy.info()
  for (let num = 0; num < totalPieces; num += 1) {
    const { offsetBytes, lengthBytes } = pieceRangeOf(num, contentLengthBytes, pieceSizeBytes)
    const bytes = readRange(source, offsetBytes, offsetBytes + lengthBytes, options.signal)
    await copy.writePiece(num, bytes, { origin: 'import' })
    options.onProgress?.(offsetBytes + lengthBytes)
  }
  const after = await disk.stat(source.path)
  const isSame =
    (await source.file.size()) === source.sizeBytes &&
    after?.sizeBytes === source.sizeBytes &&
    after.modifiedMs === source.stat.modifiedMs
  if (!isSame) throw changed(source)
}

async function* readRange(
  source: ImportSource,
  fromBytes: number,
  toBytes: number,
  signal: CancelSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for (let at = fromBytes; at < toBytes; at += readBytes) {
    if (signal?.aborted === true) {
      throw signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason))
    }
    const length = Math.min(readBytes, toBytes - at)
    const chunk = await readSource(source, at, length)
    if (chunk.length < length) throw changed(source)
    yield chunk
  }
}

async function readSource(source: ImportSource, at: number, length: number): Promise<Uint8Array> {
  try {
    return await source.file.read(at, length)
  } catch (error) {
    throw new StoreError('PEER_IMPORT_NOT_READABLE', messageOf(error), error)
  }
}

function changed(source: ImportSource): StoreError {
  return new StoreError('PEER_IMPORT_CHANGED', `${source.path} changed while it was imported`)
}
