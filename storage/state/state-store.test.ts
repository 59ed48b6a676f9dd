import { cp, mkdtemp, readdir, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nullLogger, Prng } from '../../base/index.ts'
import { FileDisk, SystemClock } from '../../runtime/index.ts'
import { createLevelState, LevelStateStore, openLevelState } from './level-state-store.ts'
import { MemoryStateStore } from './memory-state-store.ts'
import { encodeSealedJson } from '../sealed-json.ts'
import { databaseName, pointerFields, pointerFormat } from './pointer.ts'
import { describeStateStore } from './state-store.suite.ts'
import type { StateStore } from './state-store.ts'

const clock = new SystemClock()
const deps = { disk: new FileDisk(), random: new Prng('state'), logger: nullLogger }

describeStateStore(
  'MemoryStateStore',
  async () => {
    let store: MemoryStateStore | undefined
    return {
      open: async () => {
        store = new MemoryStateStore({ clock }, store === undefined ? {} : { rows: store.rows })
        return store
      },
      crash: async () => {
        store?.crash()
      },
      failNextWrite: () => store?.failNextWrite(),
      dispose: async () => {},
    }
  },
  { canFail: true },
)

describeStateStore(
  'LevelStateStore',
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'damselfly-state-'))
    let directory = join(root, 'state')
    let store: StateStore | undefined
    let copies = 0
    await createLevelState(deps, { directory })
    return {
      open: async () => {
        store = await openLevelState(deps, { directory })
        return store
      },
      // What a process that dies leaves is what the files hold while it still has them open.
      crash: async () => {
        copies += 1
        const copy = join(root, `copy-${copies}`)
        await cp(directory, copy, { recursive: true })
        await store?.close()
        directory = copy
      },
      dispose: async () => {
        await store?.close()
        await rm(root, { recursive: true, force: true })
      },
    }
  },
  { canFail: false },
)

test('a crash may keep as many writes in flight as the test says', async () => {
  const store = new MemoryStateStore({ clock }, { syncMs: 5 })
  const row = (n: number) => [new Uint8Array([n]), new Uint8Array([n])] as const
  void store.write({ puts: [row(1)], deletes: [] })
  void store.write({ puts: [row(2)], deletes: [] })
  expect([...store.crash(1).keys()]).toEqual(['01'])
})

describe('LevelDB state', () => {
  let root = ''
  let directory = ''

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'damselfly-state-'))
    directory = join(root, 'state')
    await createLevelState(deps, { directory })
  })

  afterEach(async () => {
    await rm(root, { recursive: true, force: true })
  })

  test('is never created over another one', async () => {
    await expect(createLevelState(deps, { directory })).rejects.toMatchObject({
      code: 'STORE_DIRECTORY_UNUSABLE',
    })
  })

  test('removes databases and pointers that nothing names', async () => {
    const [current] = (await readdir(directory)).filter((name) => name.startsWith('db-'))
    const other = databaseName(7, deps.random)
    await cp(join(directory, current!), join(directory, other), { recursive: true })
    await writeFile(join(directory, 'current.tmp'), 'half')
    const store = await openLevelState(deps, { directory })
    await store.close()
    expect((await readdir(directory)).sort()).toEqual(['current', current])
  })

  test('is refused while another has it open', async () => {
    const store = await openLevelState(deps, { directory })
    await expect(openLevelState(deps, { directory })).rejects.toMatchObject({
      code: 'STORE_DIRECTORY_LOCKED',
    })
    await store.close()
  })

  test('that does not open on a full disk is not called damaged', async () => {
    class FullDisk extends FileDisk {
      override freeBytes(): Promise<number> {
        return Promise.resolve(0)
      }
    }
    const [current] = (await readdir(directory)).filter((name) => name.startsWith('db-'))
    await rm(join(directory, current!, 'CURRENT'))
    const opening = openLevelState({ ...deps, disk: new FullDisk() }, { directory })
    await expect(opening).rejects.toMatchObject({ code: 'STORE_DISK_FULL' })
  })

  test('without a pointer it is missing, and a database that is gone is damage', async () => {
    const [current] = (await readdir(directory)).filter((name) => name.startsWith('db-'))
    await rm(join(directory, current!, 'CURRENT'))
    const opening = openLevelState(deps, { directory })
    await expect(opening).rejects.toMatchObject({ code: 'STORE_STATE_CORRUPT' })
    await unlink(join(directory, 'current'))
    const again = openLevelState(deps, { directory })
    await expect(again).rejects.toMatchObject({ code: 'STORE_STATE_MISSING' })
  })

  test('a pointer that is not what was written is damage, a newer one is refused', async () => {
    const path = join(directory, 'current')
    await writeFile(path, '{"format":1,"directory":"../..","index":0,"term":0,"crc32":"0"}\n')
    const opening = openLevelState(deps, { directory })
    await expect(opening).rejects.toMatchObject({ code: 'STORE_STATE_CORRUPT' })
    await writeFile(path, encodeSealedJson(1, { directory: '../..', index: 0, term: 0 }))
    const escaping = openLevelState(deps, { directory })
    await expect(escaping).rejects.toMatchObject({ code: 'STORE_STATE_CORRUPT' })
    await writeFile(path, encodeSealedJson(2, { directory: 'elsewhere' }))
    const newer = openLevelState(deps, { directory })
    await expect(newer).rejects.toMatchObject({ code: 'STORE_FORMAT_UNSUPPORTED' })
  })
})

test('a LevelDB state takes nothing any more after its first failure', async () => {
  const root = await mkdtemp(join(tmpdir(), 'damselfly-state-'))
  const database = new ClassicLevel<Uint8Array, Uint8Array>(join(root, 'db'))
  await database.open()
  const store = new LevelStateStore(deps, { directory: root, database, path: join(root, 'db') })
  await database.close()
  const batch = { puts: [], deletes: [new Uint8Array([1])] }
  const failed = store.write(batch)
  const overlapping = store.write(batch)
  await expect(failed).rejects.toMatchObject({ code: 'STORE_STATE_FAILED' })
  await expect(overlapping).rejects.toMatchObject({ code: 'STORE_STATE_FAILED' })
  await expect(store.write(batch)).rejects.toMatchObject({ code: 'STORE_STATE_FAILED' })
  await rm(root, { recursive: true, force: true })
})

test('the bytes of state/current are frozen', () => {
  const pointer = { directory: 'db-00000000000003e8-0123456789abcdef', index: 1000, term: 7 }
  const text = Buffer.from(encodeSealedJson(pointerFormat, pointerFields(pointer))).toString()
  expect(text).toBe(
    '{"format":1,"directory":"db-00000000000003e8-0123456789abcdef","index":1000,"term":7,' +
      '"crc32":"bd3b483e"}\n',
  )
})
