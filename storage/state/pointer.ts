// `state/current` names the one LevelDB directory that counts. A new state is built beside the old
// one and becomes current by replacing this file. Frozen: golden bytes in state-store.test.ts.
import { toHex } from '../../base/index.ts'
import type { Disk, Random } from '../../base/index.ts'
import { StorageCorruptError } from '../errors.ts'
import { readSealedFile, writeSealedFile } from '../sealed-file.ts'
import type { JsonObject } from '../sealed-json.ts'

/** Content of `state/current`. */
export interface StatePointer {
  /** `db-<index>-<nonce>`, 16 hex digits each. */
  readonly directory: string
  /** Where the state began: (0, 0) for an empty one, else those of the image it was made from. */
  readonly index: number
  readonly term: number
}

export const pointerName = 'current'
export const pointerFormat = 1

const nameForm = /^db-[0-9a-f]{16}-[0-9a-f]{16}$/

/** A name that no database before it had. */
export function databaseName(index: number, random: Random): string {
  return `db-${index.toString(16).padStart(16, '0')}-${toHex(random.bytes(8))}`
}

/** Tells whether a name in `state/` is that of a database. */
export function isDatabaseName(name: string): boolean {
  return nameForm.test(name)
}

/** A pointer as it is stored. */
export function pointerFields({ directory, index, term }: StatePointer): JsonObject {
  return { directory, index, term }
}

/** Makes `pointer` the current one, durably. */
export function writePointer(
  disk: Disk,
  stateDirectory: string,
  pointer: StatePointer,
): Promise<void> {
  const file = { directory: stateDirectory, name: pointerName, format: pointerFormat }
  return writeSealedFile(disk, file, pointerFields(pointer))
}

/** Rejects with `STORE_STATE_MISSING` or `STORE_STATE_CORRUPT`. */
export async function readPointer(disk: Disk, stateDirectory: string): Promise<StatePointer> {
  const file = { directory: stateDirectory, name: pointerName, format: pointerFormat }
  const path = `${stateDirectory}/${pointerName}`
  const fields = await readSealedFile(disk, file, 'STORE_STATE_CORRUPT')
  if (fields === undefined) {
    throw new StorageCorruptError('STORE_STATE_MISSING', 'nothing names the state', { path })
  }
  const { directory, index, term } = fields
  if (
    typeof directory !== 'string' ||
    !isDatabaseName(directory) ||
    !Number.isSafeInteger(index) ||
    !Number.isSafeInteger(term)
  ) {
    throw new StorageCorruptError('STORE_STATE_CORRUPT', 'the pointer names nothing', { path })
  }
  return { directory, index: index as number, term: term as number }
}
