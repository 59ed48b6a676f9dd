// What every metadata store has to keep.
import { describe, expect, test } from 'vitest'
import type { MetadataStore } from './metadata.ts'

async function all(store: MetadataStore): Promise<[string, string][]> {
  const found: [string, string][] = []
  await store.load((key, value) => found.push([key, value]))
  return found
}

/** `run` gives the body an empty store and a way to close and open it again. */
export function metadataSuite(
  name: string,
  run: (
    body: (store: MetadataStore, reopen: () => Promise<MetadataStore>) => Promise<void>,
  ) => Promise<void>,
): void {
  describe(`metadata in ${name}`, () => {
    test('loads records in key order, by their bytes', () =>
      run(async (store) => {
        const puts = ['b', 'a/2', 'a/10', '\u{10000}', '\uffee'].map((key) => [key, key] as const)
        await store.write({ puts, deletes: [], sync: false })
        const keys = (await all(store)).map(([key]) => key)
        expect(keys).toEqual(['a/10', 'a/2', 'b', '\uffee', '\u{10000}'])
      }))

    test('a batch puts, replaces and deletes at once', () =>
      run(async (store) => {
        await store.write({
          puts: [
            ['a', '1'],
            ['b', '1'],
          ],
          deletes: [],
          sync: true,
        })
        await store.write({ puts: [['a', '2']], deletes: ['b', 'never there'], sync: true })
        expect(await all(store)).toEqual([['a', '2']])
      }))

    test('keeps its records when it is closed and opened again', () =>
      run(async (store, reopen) => {
        await store.write({ puts: [['a', 'é']], deletes: [], sync: false })
        expect(await all(await reopen())).toEqual([['a', 'é']])
      }))
  })
}
