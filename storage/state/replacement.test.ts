import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nullLogger, Prng } from '../../base/index.ts'
import { DiskSimulator } from '../../chaos-tests/sim/disk-simulator.ts'
import { FileDisk } from '../../runtime/index.ts'
import { createLevelState, openLevelState } from './level-state-store.ts'
import { databaseName, readPointer, writePointer } from './pointer.ts'
import { buildDatabase, leftovers, makeCurrent } from './replacement.ts'
import type { RowSource, StateRow } from './state-store.ts'

const directory = '/state'
const origin = { index: 40, term: 3 }
const random = new Prng('replacement')

/** A database for the simulated disk, where LevelDB cannot live: one file of some sectors. */
async function build(disk: DiskSimulator, path: string, fill: number): Promise<void> {
  await disk.makeDirectory(path)
  const file = await disk.open(`${path}/rows`, 'create')
  await file.write(0, [new Uint8Array(1500).fill(fill)])
  await file.sync()
  await file.close()
}

async function createDisk(): Promise<DiskSimulator> {
  const disk = new DiskSimulator({ random: new Prng('state') })
  const name = databaseName(0, random)
  await disk.makeDirectory(directory)
  await build(disk, `${directory}/${name}`, 1)
  await disk.syncDirectory(`${directory}/${name}`)
  await disk.syncDirectory(directory)
  await disk.syncDirectory('/')
  await writePointer(disk, directory, { directory: name, index: 0, term: 0 })
  return disk
}

async function replace(disk: DiskSimulator): Promise<void> {
  const place = { stateDirectory: directory, index: origin.index }
  const before = await readPointer(disk, directory)
  const built = await buildDatabase({ disk, random }, place, (path) => build(disk, path, 2))
  await makeCurrent(disk, directory, { built, origin })
  await disk.removeTree(`${directory}/${before.directory}`)
}

/** What the current database was filled with, all of it. */
async function shown(disk: DiskSimulator): Promise<number> {
  const pointer = await readPointer(disk, directory)
  const bytes = await disk.readFile(`${directory}/${pointer.directory}/rows`, 4096)
  expect(bytes).toHaveLength(1500)
  const fill = bytes[0]!
  expect(bytes.every((byte) => byte === fill)).toBe(true)
  expect(pointer).toMatchObject(fill === 1 ? { index: 0, term: 0 } : origin)
  return fill
}

describe('R-13.1 R-16.3 a power cut while the state is replaced', () => {
  for (const cut of ['lose', 'tear', 'keep'] as const) {
    test(`leaves the old state or the new one, at every operation: ${cut}`, async () => {
      const whole = await createDisk()
      const created = whole.operationCount
      await replace(whole)
      expect(await shown(whole)).toBe(2)
      const outcomes: number[] = []
      for (let at = created + 1; at <= whole.operationCount; at += 1) {
        const disk = await createDisk()
        disk.powerOffAt(at)
        await replace(disk).catch(() => undefined)
        disk.powerOn(cut)
        outcomes.push(await shown(disk))
        const { directory: current } = await readPointer(disk, directory)
        for (const name of await leftovers(disk, directory, current)) {
          await disk.removeTree(`${directory}/${name}`)
        }
        expect(await disk.list(directory)).toEqual(['current', current].sort())
        await replace(disk)
        expect(await shown(disk)).toBe(2)
      }
      // Once new, it stays new.
      expect(outcomes).toEqual(outcomes.toSorted((a, b) => a - b))
      expect(new Set(outcomes)).toEqual(new Set([1, 2]))
    })
  }

  test('everything is synced before it is named, whatever order the disk keeps', async () => {
    const steps: string[] = []
    class WatchedDisk extends DiskSimulator {
      override async rename(from: string, to: string): Promise<void> {
        steps.push(`rename ${to}`)
        await super.rename(from, to)
      }

      override async syncDirectory(path: string): Promise<void> {
        steps.push(`sync ${path}`)
        await super.syncDirectory(path)
      }
    }
    const disk = new WatchedDisk({ random: new Prng('state') })
    await disk.makeDirectory(directory)
    const place = { stateDirectory: directory, index: 40 }
    const built = await buildDatabase({ disk, random }, place, (path) => build(disk, path, 2))
    await makeCurrent(disk, directory, { built, origin })
    expect(steps).toEqual([
      `sync ${built.path}`,
      `sync ${directory}`,
      `rename ${directory}/current`,
      `sync ${directory}`,
    ])
  })

  test('a failed build leaves nothing of it', async () => {
    const disk = await createDisk()
    disk.failNext('sync', 'STORE_DISK_FULL', (path) => path.endsWith('rows'))
    await expect(replace(disk)).rejects.toMatchObject({ code: 'STORE_DISK_FULL' })
    expect(await shown(disk)).toBe(1)
    expect(await disk.list(directory)).toHaveLength(2)
  })
})

describe('R-13.1 LevelDB', () => {
  let root = ''
  let stateDirectory = ''
  const deps = { disk: new FileDisk(), random, logger: nullLogger }

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'damselfly-replace-'))
    stateDirectory = join(root, 'state')
    await createLevelState(deps, { directory: stateDirectory })
  })

  afterEach(async () => {
    await rm(root, { recursive: true, force: true })
  })

  const key = (n: number) => new Uint8Array([n >> 8, n & 255])

  function rows(count: number): RowSource {
    let at = 0
    return {
      next: async () => {
        const part: StateRow[] = []
        for (; at < count && part.length < 100; at += 1) part.push([key(at), new Uint8Array(3000)])
        return part
      },
    }
  }

  async function count(): Promise<number> {
    const store = await openLevelState(deps, { directory: stateDirectory })
    let found = 0
    await store.load(() => void (found += 1))
    await store.close()
    return found
  }

  test('the new database is current, the old one is gone, and both are after a restart', async () => {
    const store = await openLevelState(deps, { directory: stateDirectory })
    await store.write({ puts: [[key(9999), key(1)]], deletes: [] })
    // More than is written at a time.
    await store.replaceWith(rows(3000), origin)
    const names = await readdir(stateDirectory)
    expect(names).toHaveLength(2)
    const pointer = await readPointer(deps.disk, stateDirectory)
    expect(pointer).toMatchObject(origin)
    expect(names).toContain(pointer.directory)
    expect(pointer.directory).toMatch(/^db-0000000000000028-/)
    await store.close()
    expect(await count()).toBe(3000)
  })

  test('a database built and never named is removed, the old one is read', async () => {
    const store = await openLevelState(deps, { directory: stateDirectory })
    await store.write({ puts: [[key(1), key(1)]], deletes: [] })
    await store.close()
    const place = { stateDirectory, index: 40 }
    await buildDatabase(deps, place, (path) => createLevelState(deps, { directory: path }))
    expect(await readdir(stateDirectory)).toHaveLength(3)
    expect(await count()).toBe(1)
    expect(await readdir(stateDirectory)).toHaveLength(2)
  })

  test('a pointer that cannot be written stops the store: nobody knows which is current', async () => {
    class BrokenDisk extends FileDisk {
      override rename(from: string, to: string): Promise<void> {
        if (to.endsWith('/current')) return Promise.reject(new Error('simulated'))
        return super.rename(from, to)
      }
    }
    const broken = { ...deps, disk: new BrokenDisk() }
    const store = await openLevelState(broken, { directory: stateDirectory })
    const replacing = store.replaceWith(rows(10), origin)
    await expect(replacing).rejects.toMatchObject({ code: 'STORE_STATE_FAILED' })
    const writing = store.write({ puts: [], deletes: [key(1)] })
    await expect(writing).rejects.toMatchObject({ code: 'STORE_STATE_FAILED' })
    await store.close()
    expect(await count()).toBe(0)
  })

  test('a snapshot that is read while the state is replaced ends with an error', async () => {
    const store = await openLevelState(deps, { directory: stateDirectory })
    await store.write({ puts: [[key(1), key(1)]], deletes: [] })
    const snapshot = await store.snapshot()
    await store.replaceWith(rows(1), origin)
    await expect(snapshot.next()).rejects.toThrow()
    await snapshot.close()
    await store.close()
  })
})
