import { describe, expect, test } from 'vitest'
import { inDirectory } from './fixture.suite.ts'
import { openLevelMetadata } from './level-metadata.ts'
import { MemoryMetadata } from './metadata.ts'
import type { MetadataBatch, MetadataStore } from './metadata.ts'
import { metadataSuite } from './metadata.suite.ts'
import { MetadataWriter } from './metadata-writer.ts'

metadataSuite('memory', async (body) => {
  const store = new MemoryMetadata()
  await body(store, async () => store)
})

metadataSuite('LevelDB', (body) =>
  inDirectory(async (directory) => {
    let store = await openLevelMetadata(`${directory}/m`)
    await body(store, async () => {
      await store.close()
      store = await openLevelMetadata(`${directory}/m`)
      return store
    })
    await store.close()
  }),
)

describe('metadata in memory', () => {
  test('loses at a crash what was not synced', async () => {
    const store = new MemoryMetadata()
    await store.write({ puts: [['a', '1']], deletes: [], sync: true })
    await store.write({ puts: [['b', '1']], deletes: ['a'], sync: false })
    store.crash()
    const keys: string[] = []
    await store.load((key) => keys.push(key))
    expect(keys).toEqual(['a'])
  })
})

describe('metadata writer', () => {
  class SlowMetadata implements MetadataStore {
    readonly batches: MetadataBatch[] = []
    readonly #gates: (() => void)[] = []
    failNext = false

    async load(): Promise<void> {}
    async close(): Promise<void> {}

    async write(batch: MetadataBatch): Promise<void> {
      this.batches.push(batch)
      await new Promise<void>((resolve) => this.#gates.push(resolve))
      if (this.failNext) {
        this.failNext = false
        throw new Error('disk')
      }
    }

    open(): void {
      this.#gates.shift()!()
    }
  }

  test('gathers what comes during a batch into the next one; the last change of a key wins', async () => {
    const metadata = new SlowMetadata()
    const writer = new MetadataWriter(metadata)
    const first = writer.write({ puts: [['a', '1']] })
    const second = writer.write({
      puts: [
        ['b', '1'],
        ['c', '1'],
      ],
    })
    const third = writer.write({ deletes: ['b'], puts: [['c', '2']], sync: true })
    metadata.open()
    await first
    metadata.open()
    await Promise.all([second, third])
    await writer.settled()
    expect(metadata.batches).toEqual([
      { puts: [['a', '1']], deletes: [], sync: false },
      { puts: [['c', '2']], deletes: ['b'], sync: true },
    ])
  })

  test('a failed batch fails those who wait for it and nobody else', async () => {
    const metadata = new SlowMetadata()
    const writer = new MetadataWriter(metadata)
    metadata.failNext = true
    const failed = writer.write({ puts: [['a', '1']] })
    const later = writer.write({ puts: [['b', '1']] })
    metadata.open()
    await expect(failed).rejects.toThrow('disk')
    metadata.open()
    await expect(later).resolves.toBeUndefined()
  })
})

describe('metadata in LevelDB', () => {
  test('is reopened before the next write after a failed one', () =>
    inDirectory(async (directory) => {
      const metadata = await openLevelMetadata(`${directory}/m`)
      await metadata.write({ puts: [['a', '1']], deletes: [], sync: true })
      // Closing below its user makes the next write fail as a broken disk would.
      await metadata.close()
      const batch = { puts: [['b', '1']] as const, deletes: [], sync: true }
      await expect(metadata.write(batch)).rejects.toMatchObject({ code: 'PEER_STORE_IO' })
      await metadata.write(batch)
      const keys: string[] = []
      await metadata.load((key) => keys.push(key))
      expect(keys).toEqual(['a', 'b'])
      await metadata.close()
    }))

  test('that another process uses, or that is no directory, is refused with a code', () =>
    inDirectory(async (directory) => {
      const metadata = await openLevelMetadata(`${directory}/m`)
      await expect(openLevelMetadata(`${directory}/m`)).rejects.toMatchObject({
        code: 'PEER_STORE_IN_USE',
      })
      await metadata.close()
      const { writeFile } = await import('node:fs/promises')
      await writeFile(`${directory}/file`, '')
      await expect(openLevelMetadata(`${directory}/file`)).rejects.toMatchObject({
        code: 'PEER_STORE_IO',
      })
    }))

  test('that is damaged is refused with a code', () =>
    inDirectory(async (directory) => {
      const { readdir, writeFile } = await import('node:fs/promises')
      const metadata = await openLevelMetadata(`${directory}/m`)
      await metadata.write({ puts: [['a', '1']], deletes: [], sync: true })
      await metadata.close()
      for (const name of await readdir(`${directory}/m`)) {
        if (name.startsWith('MANIFEST')) await writeFile(`${directory}/m/${name}`, 'garbage')
      }
      await expect(openLevelMetadata(`${directory}/m`)).rejects.toMatchObject({
        code: 'PEER_STORE_DAMAGED',
      })
    }))
})
