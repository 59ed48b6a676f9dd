// Ends the "process" after every single change it makes to disk or metadata, with and without a
// power cut, and looks at what the next one finds.
import { readdir, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { FileDisk } from '../../runtime/index.ts'
import { FaultyDisk, KilledError, Lifetime, MortalMetadata } from './faulty-disk.suite.ts'
import { collect, content, inDirectory, md5Of, newTask, storeDeps } from './fixture.suite.ts'
import { MemoryMetadata, PieceStoreOnDisk } from './index.ts'
import type { MetadataBatch, PieceStore, TaskCopy } from './index.ts'

const size = 1000
const bytes = content(3500)
const task = newTask('x', { contentLengthBytes: bytes.length, pieceSizeBytes: size })

type Ending = 'kill -9' | 'power cut'

interface Found {
  readonly store: PieceStore
  readonly directory: string
  /** What the killed process had been told to be done. */
  readonly confirmed: ReadonlySet<string>
}

/** Runs `live` for `changes` changes, ends it, and gives `look` the store of the next process. */
async function rise(
  script: { readonly changes: number; readonly ending: Ending },
  live: (store: PieceStore, directory: string, confirm: (what: string) => void) => Promise<void>,
  look: (found: Found) => Promise<void>,
): Promise<number> {
  return await inDirectory(async (directory) => {
    const metadata = new MemoryMetadata()
    const lifetime = new Lifetime(script.changes)
    const disk = new FaultyDisk(new FileDisk(), lifetime)
    const options = { dataDir: `${directory}/data` }
    const confirmed = new Set<string>()
    try {
      const mortal = new MortalMetadata(metadata, lifetime)
      const store = await PieceStoreOnDisk.load({ ...storeDeps(disk), metadata: mortal }, options)
      await live(store, directory, (what) => {
        if (!lifetime.isOver) confirmed.add(what)
      })
    } catch (error) {
      if (!(error instanceof KilledError)) throw error
    }
    await disk.closeAll()
    if (script.ending === 'power cut') {
      metadata.crash()
      await disk.powerCut()
    }
    const store = await PieceStoreOnDisk.load({ ...storeDeps(), metadata }, options)
    await look({ store, directory, confirmed })
    await store.close()
    return lifetime.used
  })
}

/** Every point of death until the script runs through. */
async function everyDeath(
  ending: Ending,
  live: Parameters<typeof rise>[1],
  look: Parameters<typeof rise>[2],
): Promise<number> {
  for (let changes = 0; ; changes += 1) {
    expect(changes).toBeLessThan(200)
    const used = await rise({ changes, ending }, live, look)
    if (used < changes) return changes
  }
}

async function storedFiles(directory: string): Promise<string[]> {
  const entries = await readdir(`${directory}/data/tasks`, { recursive: true })
  return entries.filter((name) => name.endsWith('.data'))
}

describe.each<Ending>(['kill -9', 'power cut'])('%s at every point', (ending) => {
  test('of a download: finished pieces are right, done is done, and it can be resumed', async () => {
    const deaths = await everyDeath(
      ending,
      async (store, _, confirm) => {
        const copy = await store.create(task)
        for (const num of [1, 0, 3, 2]) {
          const part = bytes.subarray(num * size, (num + 1) * size)
          await copy.writePiece(num, part, { md5: md5Of(part), origin: 'parent' })
          confirm(`piece ${num}`)
        }
        await copy.finish()
        confirm('done')
        await copy.release()
      },
      async ({ store, confirmed, directory }) => {
        const info = store.get(task.taskId)
        if (confirmed.has('done')) expect(info?.state).toBe('done')
        if (info === undefined) {
          expect(await storedFiles(directory)).toEqual([])
          return
        }
        const copy = (await store.resume(task.taskId))!
        for (let num = 0; num < 4; num += 1) {
          const part = bytes.subarray(num * size, (num + 1) * size)
          // A killed process loses nothing it was told; a power cut may cost unfinished copies.
          if (ending === 'kill -9' && confirmed.has(`piece ${num}`)) {
            expect(copy.hasPiece(num)).toBe(true)
          }
          if (copy.hasPiece(num)) expect(await copy.readPiece(num)).toEqual(Buffer.from(part))
          else await copy.writePiece(num, part, { origin: 'parent' })
        }
        await copy.finish()
        expect(await collect(copy.read(0, bytes.length))).toEqual(Buffer.from(bytes))
        await copy.release()
      },
    )
    expect(deaths).toBeGreaterThan(12)
  })

  test('of an import: the whole file or nothing, and no stray data', async () => {
    await everyDeath(
      ending,
      async (store, directory, confirm) => {
        await writeFile(`${directory}/in`, bytes)
        await store.importFile(`${directory}/in`, { ...task, type: 'dfcache' })
        confirm('done')
      },
      async ({ store, confirmed, directory }) => {
        const info = store.get(task.taskId)
        if (confirmed.has('done')) expect(info?.state).toBe('done')
        expect(await storedFiles(directory)).toHaveLength(info === undefined ? 0 : 1)
        if (info === undefined) return
        expect(info).toMatchObject({ state: 'done', needsAnnounce: true })
        const copy = store.open(task.taskId)!
        expect(await collect(copy.read(0, bytes.length))).toEqual(Buffer.from(bytes))
        await copy.release()
      },
    )
  })

  test('of a delete: gone or whole, never back after it was confirmed, and no stray data', async () => {
    await everyDeath(
      ending,
      async (store, _, confirm) => {
        const copy = await store.create(task)
        for (let num = 0; num < 4; num += 1) {
          await copy.writePiece(num, bytes.subarray(num * size, (num + 1) * size), {
            origin: 'source',
          })
        }
        await copy.finish()
        await copy.release()
        confirm('done')
        await store.delete(task.taskId)
        confirm('deleted')
      },
      async ({ store, confirmed, directory }) => {
        const info = store.get(task.taskId)
        if (confirmed.has('deleted')) expect(info).toBeUndefined()
        expect(await storedFiles(directory)).toHaveLength(info === undefined ? 0 : 1)
        if (info === undefined || !confirmed.has('done')) return
        const copy = store.open(task.taskId)!
        expect(await collect(copy.read(0, bytes.length))).toEqual(Buffer.from(bytes))
        await copy.release()
      },
    )
  })
})

describe('a data directory that is not as it was left', () => {
  test('a done copy whose file is short loses the missing pieces only', async () => {
    await rise(
      { changes: Infinity, ending: 'kill -9' },
      async (store, directory) => {
        const copy = await store.create(task)
        for (let num = 0; num < 4; num += 1) {
          await copy.writePiece(num, bytes.subarray(num * size, (num + 1) * size), {
            origin: 'source',
          })
        }
        await copy.finish()
        await copy.release()
        const { truncate } = await import('node:fs/promises')
        const [name] = await storedFiles(directory)
        await truncate(`${directory}/data/tasks/${name!}`, 2500)
      },
      async ({ store }) => {
        expect(store.get(task.taskId)).toMatchObject({ state: 'partial', finishedPieces: 2 })
      },
    )
  })

  test('names that are not ours are left alone', async () => {
    await rise(
      { changes: Infinity, ending: 'kill -9' },
      async (_, directory) => {
        await writeFile(`${directory}/data/tasks/README`, 'mine')
      },
      async ({ directory }) => {
        expect(await readdir(`${directory}/data/tasks`)).toEqual(['README'])
      },
    )
  })

  test('a record that is none stops the start with a code', async () => {
    await inDirectory(async (directory) => {
      const metadata = new MemoryMetadata()
      await metadata.write({ puts: [['what/is this', '1']], deletes: [], sync: true })
      const loading = PieceStoreOnDisk.load({ ...storeDeps(), metadata }, { dataDir: directory })
      await expect(loading).rejects.toMatchObject({ code: 'PEER_STORE_DAMAGED' })
    })
  })
})

describe('failures the process survives', () => {
  class FailingMetadata extends MemoryMetadata {
    failure: Error | undefined

    override async write(batch: MetadataBatch): Promise<void> {
      if (this.failure !== undefined) throw this.failure
      await super.write(batch)
    }
  }

  async function withFailing(
    act: (place: {
      readonly store: PieceStore
      readonly disk: FaultyDisk
      readonly metadata: FailingMetadata
    }) => Promise<void>,
  ): Promise<void> {
    await inDirectory(async (directory) => {
      const metadata = new FailingMetadata()
      const disk = new FaultyDisk(new FileDisk())
      const deps = { ...storeDeps(disk), metadata }
      const store = await PieceStoreOnDisk.load(deps, { dataDir: directory })
      await act({ store, disk, metadata })
      await store.close()
    })
  }

  async function download(copy: TaskCopy): Promise<void> {
    for (let num = 0; num < 4; num += 1) {
      const part = bytes.subarray(num * size, (num + 1) * size)
      await copy.writePiece(num, part, { origin: 'source' })
    }
  }

  test('after a failed sync no piece is trusted; written anew they are', () =>
    withFailing(async ({ store, disk }) => {
      const copy = await store.create(task)
      await download(copy)
      disk.refusals = [{ operation: 'sync', path: /\.data$/, code: 'STORE_IO' }]
      await expect(copy.finish()).rejects.toMatchObject({ code: 'PEER_STORE_IO' })
      disk.refusals = []
      expect(copy.info()).toMatchObject({ state: 'partial', finishedPieces: 0 })
      await download(copy)
      expect((await copy.finish()).state).toBe('done')
      await copy.release()
    }))

  test('a delete that fails leaves the copy, and can be repeated', () =>
    withFailing(async ({ store, metadata }) => {
      const copy = await store.create(task)
      await download(copy)
      await copy.finish()
      metadata.failure = new Error('no space')
      await expect(store.delete(task.taskId)).rejects.toBe(metadata.failure)
      metadata.failure = undefined
      expect(await collect(copy.read(0, bytes.length))).toEqual(Buffer.from(bytes))
      await copy.release()
      expect(await store.delete(task.taskId)).toBe(true)
      expect(store.list()).toEqual([])
    }))

  test('a task made while it is deleted comes after the delete', () =>
    withFailing(async ({ store }) => {
      const old = await store.create(task)
      await download(old)
      await old.release()
      const deleting = store.delete(task.taskId)
      const copy = await store.create(task)
      expect(await deleting).toBe(true)
      expect(copy.info().finishedPieces).toBe(0)
      await download(copy)
      expect((await copy.finish()).state).toBe('done')
      await copy.release()
    }))

  test('a record that cannot be written fails the piece, not the copy', () =>
    withFailing(async ({ store, metadata }) => {
      const copy = await store.create(task)
      metadata.failure = new Error('no space')
      await expect(download(copy)).rejects.toBe(metadata.failure)
      expect(copy.hasPiece(0)).toBe(false)
      metadata.failure = undefined
      await download(copy)
      expect((await copy.finish()).state).toBe('done')
      await copy.release()
    }))
})
