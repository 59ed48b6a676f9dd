import { mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { MiB } from '../../base/index.ts'
import { FileDisk } from '../../runtime/index.ts'
import { FaultyDisk } from './faulty-disk.suite.ts'
import { content, inDirectory, newTask, storeDeps } from './fixture.suite.ts'
import { openPieceStore } from './index.ts'
import type { PieceStore, TaskInfo } from './index.ts'

const pieceBytes = 4 * MiB

interface Place {
  readonly store: PieceStore
  readonly disk: FaultyDisk
  readonly directory: string
  readonly reopen: () => Promise<PieceStore>
}

function inPlace(act: (place: Place) => Promise<void>): Promise<void> {
  return inDirectory(async (directory) => {
    const disk = new FaultyDisk(new FileDisk())
    const open = (): Promise<PieceStore> =>
      openPieceStore(storeDeps(disk), { dataDir: `${directory}/data` })
    let store = await open()
    const reopen = async (): Promise<PieceStore> => {
      await store.close()
      store = await open()
      return store
    }
    await act({ store, disk, directory, reopen })
    await store.close()
  })
}

async function imported(place: Place, bytes: Uint8Array, name = 'x'): Promise<TaskInfo> {
  const path = `${place.directory}/in-${name}`
  await writeFile(path, bytes)
  return await place.store.importFile(path, newTask(name, { type: 'dfcache' }))
}

/** Files below the store's task directory. */
async function dataFiles(directory: string): Promise<string[]> {
  const entries = await readdir(`${directory}/data/tasks`, { recursive: true })
  return entries.filter((name) => name.endsWith('.data'))
}

describe('import and export', () => {
  test.each([0, 1, pieceBytes, pieceBytes + 1, 3 * pieceBytes - 7])(
    'a file of %i bytes comes out as it went in, also after a restart',
    (lengthBytes) =>
      inPlace(async (place) => {
        const bytes = content(lengthBytes)
        const task = await imported(place, bytes)
        expect(task).toMatchObject({
          state: 'done',
          type: 'dfcache',
          contentLengthBytes: lengthBytes,
          totalPieces: Math.ceil(lengthBytes / pieceBytes),
          needsAnnounce: true,
        })
        const store = await place.reopen()
        expect(store.get(task.taskId)).toEqual(task)
        const copy = store.open(task.taskId)!
        const progress: number[] = []
        await copy.exportTo(`${place.directory}/out/deep/file`, {
          onProgress: (written) => progress.push(written),
        })
        await copy.release()
        expect(Buffer.compare(await readFile(`${place.directory}/out/deep/file`), bytes)).toBe(0)
        expect(progress.at(-1)).toBe(lengthBytes)
        expect(await readdir(`${place.directory}/out/deep`)).toEqual(['file'])
      }),
  )

  test('an exported file has a life of its own', () =>
    inPlace(async (place) => {
      const task = await imported(place, content(10))
      const copy = place.store.open(task.taskId)!
      await copy.exportTo(`${place.directory}/out`)
      await writeFile(`${place.directory}/out`, 'altered')
      expect(await copy.readPiece(0)).toEqual(Buffer.from(content(10)))
      const { mode } = await stat(`${place.directory}/out`)
      expect(mode & 0o600).toBe(0o600)
      await copy.release()
    }))
})

describe('files that cannot be imported', () => {
  test('missing, a directory, a device, unreadable: each its code, and nothing is left', () =>
    inPlace(async (place) => {
      const { store, directory, disk } = place
      await mkdir(`${directory}/dir`)
      await symlink('/dev/null', `${directory}/device`)
      await writeFile(`${directory}/secret`, 'x')
      disk.refusals = [{ operation: 'open', path: /secret$/, code: 'STORE_ACCESS_DENIED' }]
      const cases: [string, string][] = [
        ['missing', 'PEER_IMPORT_NOT_FOUND'],
        ['secret/below', 'PEER_IMPORT_NOT_FOUND'],
        ['dir', 'PEER_IMPORT_NOT_A_FILE'],
        ['device', 'PEER_IMPORT_NOT_A_FILE'],
        ['secret', 'PEER_IMPORT_NOT_READABLE'],
      ]
      for (const [name, code] of cases) {
        const importing = store.importFile(`${directory}/${name}`, newTask('x'))
        await expect(importing).rejects.toMatchObject({ code })
      }
      expect(store.list()).toEqual([])
      expect(await dataFiles(directory)).toEqual([])
    }))

  test('a file that shrinks, grows or is written meanwhile', () =>
    inPlace(async ({ store, directory, disk }) => {
      const path = `${directory}/in`
      const changes: (() => Promise<void>)[] = [
        () => truncate(path, 5 * MiB),
        () => truncate(path, 9 * MiB),
        () => writeFile(path, content(8 * MiB, 'other')),
      ]
      for (const change of changes) {
        await writeFile(path, content(8 * MiB))
        disk.beforeWrite = async () => {
          disk.beforeWrite = async () => {}
          await change()
        }
        await expect(store.importFile(path, newTask('x'))).rejects.toMatchObject({
          code: 'PEER_IMPORT_CHANGED',
        })
        expect(store.list()).toEqual([])
        expect(await dataFiles(directory)).toEqual([])
      }
    }))

  test('a disk that is too small, or fills up meanwhile', () =>
    inPlace(async (place) => {
      const { store, disk, directory } = place
      await writeFile(`${directory}/in`, content(8 * MiB))
      for (const free of [1 * MiB, 20 * MiB]) {
        disk.freeBytesLeft = free
        await expect(store.importFile(`${directory}/in`, newTask('x'))).rejects.toMatchObject({
          code: 'PEER_DISK_FULL',
        })
      }
      disk.refusals = [{ operation: 'write', path: /\.data$/, code: 'STORE_DISK_FULL' }]
      disk.freeBytesLeft = Infinity
      await expect(store.importFile(`${directory}/in`, newTask('x'))).rejects.toMatchObject({
        code: 'PEER_DISK_FULL',
      })
      disk.refusals = []
      expect(store.list()).toEqual([])
      expect(await dataFiles(directory)).toEqual([])
      expect((await imported(place, content(10))).state).toBe('done')
    }))

  test('one that was given up', () =>
    inPlace(async ({ store, directory }) => {
      await writeFile(`${directory}/in`, content(8 * MiB))
      const abort = new AbortController()
      const importing = store.importFile(`${directory}/in`, newTask('x'), {
        signal: abort.signal,
        onProgress: () => abort.abort(new Error('given up')),
      })
      await expect(importing).rejects.toThrow('given up')
      expect(store.list()).toEqual([])
    }))

  test('a finished copy is kept, a partial one replaced', () =>
    inPlace(async (place) => {
      const partial = await place.store.create(newTask('x'))
      await partial.release()
      const task = await imported(place, content(10))
      await expect(imported(place, content(20))).rejects.toMatchObject({ code: 'PEER_TASK_EXISTS' })
      expect(place.store.get(task.taskId)).toEqual(task)
    }))
})

describe('outputs that cannot be written', () => {
  async function exporting(place: Place, output: string, overwrite = false): Promise<void> {
    const task = place.store.list()[0] ?? (await imported(place, content(2 * pieceBytes)))
    const copy = place.store.open(task.taskId)!
    try {
      await copy.exportTo(output, { overwrite })
    } finally {
      await copy.release()
    }
  }

  test('existing, a directory, below a file, relative, refused: each its code', () =>
    inPlace(async (place) => {
      const { directory, disk } = place
      await writeFile(`${directory}/there`, 'mine')
      await mkdir(`${directory}/dir`)
      disk.refusals = [{ operation: 'open', path: /locked\/\./, code: 'STORE_ACCESS_DENIED' }]
      const cases: [string, string][] = [
        [`${directory}/there`, 'PEER_OUTPUT_EXISTS'],
        [`${directory}/dir`, 'PEER_OUTPUT_IS_DIRECTORY'],
        [`${directory}/new/`, 'PEER_OUTPUT_IS_DIRECTORY'],
        [`${directory}/there/below`, 'PEER_OUTPUT_NOT_WRITABLE'],
        [`${directory}/${'n'.repeat(300)}`, 'PEER_OUTPUT_NOT_WRITABLE'],
        [`${directory}/locked/file`, 'PEER_OUTPUT_NOT_WRITABLE'],
        ['relative', 'PEER_OUTPUT_NOT_WRITABLE'],
      ]
      for (const [output, code] of cases) {
        await expect(exporting(place, output)).rejects.toMatchObject({ code })
      }
      expect(await readFile(`${directory}/there`, 'utf8')).toBe('mine')
      expect(await readdir(`${directory}/dir`)).toEqual([])
    }))

  test('overwriting replaces a file and nothing else', () =>
    inPlace(async (place) => {
      const { directory } = place
      await writeFile(`${directory}/there`, 'old')
      await mkdir(`${directory}/dir`)
      await exporting(place, `${directory}/there`, true)
      expect((await stat(`${directory}/there`)).size).toBe(2 * pieceBytes)
      for (const [output, code] of [
        [`${directory}/dir`, 'PEER_OUTPUT_IS_DIRECTORY'],
        ['/dev/null', 'PEER_OUTPUT_EXISTS'],
      ] as const) {
        await expect(exporting(place, output, true)).rejects.toMatchObject({ code })
      }
    }))

  test('an output that appears meanwhile is not replaced', () =>
    inPlace(async (place) => {
      const { directory, disk, store } = place
      const task = await imported(place, content(2 * pieceBytes))
      const copy = store.open(task.taskId)!
      const output = `${directory}/out`
      disk.beforeWrite = () => writeFile(output, 'mine')
      await expect(copy.exportTo(output)).rejects.toMatchObject({ code: 'PEER_OUTPUT_EXISTS' })
      expect(await readFile(output, 'utf8')).toBe('mine')
      expect(await readdir(directory)).not.toContainEqual(expect.stringMatching(/tmp$/))
      await copy.release()
    }))

  test('a full disk leaves nothing behind', () =>
    inPlace(async (place) => {
      await imported(place, content(2 * pieceBytes))
      place.disk.freeBytesLeft = pieceBytes
      const output = `${place.directory}/out/file`
      await expect(exporting(place, output)).rejects.toMatchObject({ code: 'PEER_DISK_FULL' })
      expect(await readdir(`${place.directory}/out`)).toEqual([])
    }))

  test('a file system without hard links gets a rename', () =>
    inPlace(async (place) => {
      await imported(place, content(10))
      place.disk.refusals = [{ operation: 'link', path: /out$/, code: 'STORE_ACCESS_DENIED' }]
      await exporting(place, `${place.directory}/out`)
      expect((await stat(`${place.directory}/out`)).size).toBe(10)
    }))

  test('an incomplete copy cannot be exported, a given-up export leaves nothing', () =>
    inPlace(async (place) => {
      const { store, directory } = place
      const partial = await store.create(newTask('partial', { contentLengthBytes: 5 }))
      await expect(partial.exportTo(`${directory}/out`)).rejects.toMatchObject({
        code: 'PEER_TASK_INCOMPLETE',
      })
      await partial.release()
      const task = await imported(place, content(2 * pieceBytes))
      const copy = store.open(task.taskId)!
      const abort = new AbortController()
      const ended = copy.exportTo(`${directory}/out`, {
        signal: abort.signal,
        onProgress: () => abort.abort(new Error('given up')),
      })
      await expect(ended).rejects.toThrow('given up')
      await copy.release()
      expect(await readdir(directory)).not.toContain('out')
    }))
})
