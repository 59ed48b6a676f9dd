// Where things lie below the data directory:
//   FORMAT                                    one line, refused when it is another one
//   metadata/                                 LevelDB
//   tasks/<3 chars>/<task id>/<32 hex>.data   one data file per copy
// Only task ids (lower-case hex) and names made here become path parts, so that no id of a client
// can lead out of the directory.
import { assert, toHex, utf8Decode, utf8Encode } from '../../base/index.ts'
import type { Disk, Logger, Random } from '../../base/index.ts'
import { isTaskId } from '../core/index.ts'
import { onDisk, StoreError } from './errors.ts'
import { isDataFileName } from './records.ts'

const formatText = 'damselfly peer store 1\n'

/** Bytes of the FORMAT file that are read at most. */
const formatBytesMax = 256

/** Characters of a task id that name its parent directory. */
const prefixLength = 3

/** Paths of a store below `dataDir` (absolute). */
export class Layout {
  readonly dataDir: string

  constructor(dataDir: string) {
    assert(dataDir.startsWith('/'), 'the data directory is an absolute path')
    this.dataDir = dataDir
  }

  get metadata(): string {
    return `${this.dataDir}/metadata`
  }

  get tasks(): string {
    return `${this.dataDir}/tasks`
  }

  get format(): string {
    return `${this.dataDir}/FORMAT`
  }

  prefixDirectory(taskId: string): string {
    assert(isTaskId(taskId), 'only a task id becomes a path')
    return `${this.tasks}/${taskId.slice(0, prefixLength)}`
  }

  taskDirectory(taskId: string): string {
    return `${this.prefixDirectory(taskId)}/${taskId}`
  }

  dataFile(taskId: string, name: string): string {
    assert(isDataFileName(name), 'only our own names become data files')
    return `${this.taskDirectory(taskId)}/${name}`
  }
}

/** A name for the data file of a new copy. */
export function newDataFileName(random: Random): string {
  return `${toHex(random.bytes(16))}.data`
}

/** Makes the directories and checks the FORMAT file. PEER_STORE_FORMAT, PEER_STORE_IO. */
export async function prepareDirectory(disk: Disk, layout: Layout): Promise<void> {
  await onDisk(async () => {
    await disk.makeDirectory(layout.tasks)
    if ((await disk.stat(layout.format)) !== undefined) {
      if (isFormat(await disk.readFile(layout.format, formatBytesMax))) return
      const message = `${layout.format} is not of this version of the piece store`
      throw new StoreError('PEER_STORE_FORMAT', message)
    }
    // Under another name first: a first start that dies half-way must not look like another format.
    const temporaryPath = `${layout.format}.tmp`
    const file = await disk.open(temporaryPath, 'write')
    try {
      await file.write(0, [utf8Encode(formatText)])
      await file.sync()
    } finally {
      await file.close()
    }
    await disk.rename(temporaryPath, layout.format)
    await disk.syncDirectory(layout.dataDir)
  })
}

function isFormat(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte < 0x80) && utf8Decode(bytes) === formatText
}

/**
 * Removes data files no record names: those of deleted copies and of imports that did not end.
 * `dataFileOf` gives the file a task's record names. Names that are not ours are left alone.
 */
export async function sweepOrphans(
  deps: { readonly disk: Disk; readonly logger: Logger },
  layout: Layout,
  dataFileOf: (taskId: string) => string | undefined,
): Promise<void> {
  const { disk, logger } = deps
  for (const prefix of await onDisk(() => disk.list(layout.tasks))) {
    if (prefix.length !== prefixLength) continue
    for (const taskId of await onDisk(() => disk.list(`${layout.tasks}/${prefix}`))) {
      if (!isTaskId(taskId) || !taskId.startsWith(prefix)) continue
      const directory = layout.taskDirectory(taskId)
      const kept = dataFileOf(taskId)
      if (kept === undefined) {
        logger.info({ taskId }, 'unrecorded task data removed')
        await onDisk(() => disk.removeTree(directory))
        continue
      }
      for (const name of await onDisk(() => disk.list(directory))) {
        if (isDataFileName(name) && name !== kept) {
          await onDisk(() => disk.remove(`${directory}/${name}`))
        }
      }
    }
  }
}
