// Sealed files on disk: replaced as a whole, durably, and read without belief.
import type { Disk } from '../base/index.ts'
import { StorageCorruptError, StorageRefusedError } from './errors.ts'
import type { StorageCorruptCode } from './errors.ts'
import { sealedFileBytesMax } from './limits.ts'
import { decodeSealedJson, encodeSealedJson } from './sealed-json.ts'
import type { JsonObject } from './sealed-json.ts'

/** Which file, and how it is sealed. */
export interface SealedFile {
  readonly directory: string
  readonly name: string
  readonly format: number
}

/** Suffix of a file under construction; such files are never read. */
export const unfinishedSuffix = '.tmp'

/** Replaces the file; when this resolves the new content survives a power cut. */
export async function writeSealedFile(
  disk: Disk,
  { directory, name, format }: SealedFile,
  fields: JsonObject,
): Promise<void> {
  await replaceFile(disk, { directory, name }, encodeSealedJson(format, fields))
}

/** Replaces a file by `bytes`: written aside, synced, renamed, directory synced. */
async function replaceFile(
  disk: Disk,
  { directory, name }: { readonly directory: string; readonly name: string },
  bytes: Uint8Array,
): Promise<void> {
  const path = `${directory}/${name}`
  const unfinished = `${path}${unfinishedSuffix}`
  const file = await disk.open(unfinished, 'write')
  try {
    await file.truncate(0)
    await file.write(0, [bytes])
    await file.sync()
  } finally {
    await file.close()
  }
  await disk.rename(unfinished, path)
  await disk.syncDirectory(directory)
}

/**
 * Fields of the file; undefined when there is none. Damage rejects with `damageCode`, another
 * format with `STORE_FORMAT_UNSUPPORTED`.
 */
export async function readSealedFile(
  disk: Disk,
  { directory, name, format }: SealedFile,
  damageCode: StorageCorruptCode,
): Promise<JsonObject | undefined> {
  const path = `${directory}/${name}`
  if ((await disk.stat(path)) === undefined) return undefined
  const found = decodeSealedJson(format, await disk.readFile(path, sealedFileBytesMax))
  if (found.ok) return found.fields
  if (found.reason === 'damaged') {
    throw new StorageCorruptError(damageCode, 'the file is not what was written', { path })
  }
  const message = `its format is ${found.format}, this release knows ${format}`
  throw new StorageRefusedError('STORE_FORMAT_UNSUPPORTED', message, path)
}
