// The contract of StateStore as tests. Every implementation runs them from its own test file.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RowSource, StateBatch, StateRow, StateSnapshot, StateStore } from './state-store.ts'

/** One store under test, which can be opened again and again. */
export interface StateStoreHarness {
  /** Opens the store; the one opened before was closed or has crashed. */
  open(): Promise<StateStore>
  /** The process dies: acknowledged writes stay. */
  crash(): Promise<void>
  /** Makes the next write of the open store fail; needed with `canFail`. */
  readonly failNextWrite?: () => void
  /** Leaves nothing behind. */
  dispose(): Promise<void>
}

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values)

const put = (...pairs: [key: Uint8Array, value: Uint8Array][]): StateBatch => ({
  puts: pairs,
  deletes: [],
})

async function rowsOf(store: StateStore): Promise<string[]> {
  const rows: string[] = []
  await store.load((key, value) => {
    rows.push(`${Buffer.from(key).toString('hex')}=${Buffer.from(value).toString('hex')}`)
  })
  return rows
}

const hexRow = ([key, value]: StateRow): string =>
  `${Buffer.from(key).toString('hex')}=${Buffer.from(value).toString('hex')}`

/** Rows in pieces of two. */
function source(...rows: StateRow[]): RowSource {
  let at = 0
  return {
    next: async () => {
      at += 2
      return rows.slice(at - 2, at)
    },
  }
}

async function shown(snapshot: StateSnapshot): Promise<string[]> {
  const rows: string[] = []
  for (let next = await snapshot.next(); next.length > 0; next = await snapshot.next()) {
    rows.push(...next.map(hexRow))
  }
  return rows
}

/** Runs the contract against `create`, with failing writes if the store can be made to fail. */
export function describeStateStore(
  name: string,
  create: () => Promise<StateStoreHarness>,
  { canFail }: { readonly canFail: boolean },
): void {
  describe(`state store contract: ${name}`, () => {
    let harness: StateStoreHarness

    beforeEach(async () => {
      harness = await create()
    })

    afterEach(async () => {
      await harness.dispose()
    })

    test('an empty store visits nothing', async () => {
      const store = await harness.open()
      expect(await rowsOf(store)).toEqual([])
      await store.close()
    })

    test('rows come back in the order of their keys as bytes, of any value', async () => {
      const store = await harness.open()
      await store.write(
        put([bytes(0xff), bytes(1)], [bytes(0), bytes()], [bytes(0x7f, 0), bytes(2)]),
      )
      await store.write(put([bytes(0x7f), bytes(3)], [bytes(0x80), bytes(0, 255)]))
      const expected = ['00=', '7f=03', '7f00=02', '80=00ff', 'ff=01']
      expect(await rowsOf(store)).toEqual(expected)
      await store.close()
      const again = await harness.open()
      expect(await rowsOf(again)).toEqual(expected)
      await again.close()
    })

    test('a batch puts and deletes together, and the later batch wins', async () => {
      const store = await harness.open()
      await store.write(put([bytes(1), bytes(1)], [bytes(2), bytes(2)]))
      await store.write({ puts: [[bytes(3), bytes(3)]], deletes: [bytes(1), bytes(9)] })
      await store.write(put([bytes(2), bytes(4)]))
      expect(await rowsOf(store)).toEqual(['02=04', '03=03'])
      await store.close()
    })

    test('writes that overlap take effect and finish in call order', async () => {
      const store = await harness.open()
      const finished: number[] = []
      await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          store.write(put([bytes(1), bytes(n)])).then(() => finished.push(n)),
        ),
      )
      expect(finished).toEqual(Array.from({ length: 50 }, (_, n) => n))
      expect(await rowsOf(store)).toEqual(['01=31'])
      await store.close()
    })

    test('R-17.2 B19 an acknowledged batch survives a crash as a whole', async () => {
      const store = await harness.open()
      const large = new Uint8Array(64 * 1024).fill(7)
      for (let n = 0; n < 100; n += 1) {
        await store.write(put([bytes(n), large], [bytes(n, 1), bytes(n)]))
      }
      await harness.crash()
      const again = await harness.open()
      const rows = await rowsOf(again)
      expect(rows).toHaveLength(200)
      expect(rows.at(-1)).toBe('6301=63')
      await again.close()
    })

    if (canFail) {
      test('after one failure every later call rejects', async () => {
        const store = await harness.open()
        await store.write(put([bytes(1), bytes(1)]))
        harness.failNextWrite!()
        const failed = store.write(put([bytes(2), bytes(2)]))
        const overlapping = store.write(put([bytes(3), bytes(3)]))
        await expect(failed).rejects.toMatchObject({ code: 'STORE_STATE_FAILED' })
        await expect(overlapping).rejects.toMatchObject({ code: 'STORE_STATE_FAILED' })
        await expect(store.write(put())).rejects.toMatchObject({ code: 'STORE_STATE_FAILED' })
        await harness.crash()
        const again = await harness.open()
        expect((await rowsOf(again)).at(0)).toBe('01=01')
        await again.close()
      })
    }

    test('a snapshot shows one moment, in the order of the keys, whatever is written', async () => {
      const store = await harness.open()
      for (let n = 0; n < 3; n += 1) {
        await store.write(
          put([bytes(2, n), new Uint8Array(1000).fill(n)], [bytes(1, 255), bytes(n)]),
        )
      }
      await store.write(put([bytes(2, 255, 1), bytes(7)], [bytes(3), bytes(9)]))
      const snapshot = await store.snapshot()
      await store.write({ puts: [[bytes(2, 1), bytes(0)]], deletes: [bytes(3), bytes(1, 255)] })
      expect([...(await snapshot.get(bytes(3)))!]).toEqual([9])
      expect(await snapshot.get(bytes(4))).toBeUndefined()
      const keys = (rows: readonly StateRow[]) => rows.map(([key]) => [...key])
      expect(keys(await snapshot.list(bytes(2), 9))).toEqual([
        [2, 0],
        [2, 1],
        [2, 2],
        [2, 255, 1],
      ])
      expect(keys(await snapshot.list(bytes(2), 2))).toEqual([
        [2, 0],
        [2, 1],
      ])
      expect(keys(await snapshot.list(bytes(1, 255), 9))).toEqual([[1, 255]])
      const rows = await shown(snapshot)
      expect(rows.map((row) => row.slice(0, 8))).toEqual([
        '01ff=02',
        '0200=000',
        '0201=010',
        '0202=020',
        '02ff01=0',
        '03=09',
      ])
      await snapshot.close()
      expect((await rowsOf(store)).map((row) => row.slice(0, 8))).toContain('0201=00')
      await store.close()
    })

    test('R-13.1 rows are replaced as a whole, and survive a crash', async () => {
      const store = await harness.open()
      await store.write(put([bytes(1), bytes(1)], [bytes(2), bytes(2)]))
      const rows = [bytes(2), bytes(5), bytes(9)].map((key): StateRow => [key, bytes(7)])
      await store.replaceWith(source(...rows), { index: 40, term: 3 })
      expect(await rowsOf(store)).toEqual(['02=07', '05=07', '09=07'])
      await store.write(put([bytes(3), bytes(3)]))
      await harness.crash()
      const again = await harness.open()
      expect(await rowsOf(again)).toEqual(['02=07', '03=03', '05=07', '09=07'])
      await again.replaceWith(source(), { index: 50, term: 3 })
      expect(await rowsOf(again)).toEqual([])
      await again.close()
    })

    test('R-13.1 a replacement takes its turn among writes', async () => {
      const store = await harness.open()
      const finished: string[] = []
      await Promise.all([
        store.write(put([bytes(1), bytes(1)])).then(() => finished.push('before')),
        store
          .replaceWith(source([bytes(2), bytes(2)]), { index: 9, term: 1 })
          .then(() => finished.push('replaced')),
        store.write(put([bytes(3), bytes(3)])).then(() => finished.push('after')),
      ])
      expect(finished).toEqual(['before', 'replaced', 'after'])
      expect(await rowsOf(store)).toEqual(['02=02', '03=03'])
      await store.close()
    })

    test('R-13.1 a replacement whose rows fail leaves the old ones in use', async () => {
      const store = await harness.open()
      await store.write(put([bytes(1), bytes(1)]))
      const broken = source([bytes(2), bytes(2)])
      let calls = 0
      const failing: RowSource = {
        next: () => {
          calls += 1
          return calls > 1 ? Promise.reject(new Error('simulated')) : broken.next()
        },
      }
      const replacing = store.replaceWith(failing, { index: 9, term: 1 })
      await expect(replacing).rejects.toThrow('simulated')
      await store.write(put([bytes(3), bytes(3)]))
      expect(await rowsOf(store)).toEqual(['01=01', '03=03'])
      await harness.crash()
      const again = await harness.open()
      expect(await rowsOf(again)).toEqual(['01=01', '03=03'])
      await again.close()
    })

    test('a closed store refuses', async () => {
      const store = await harness.open()
      await store.close()
      await expect(store.write(put())).rejects.toMatchObject({ code: 'STORE_CLOSED' })
      await expect(store.load(() => {})).rejects.toMatchObject({ code: 'STORE_CLOSED' })
      await expect(store.snapshot()).rejects.toMatchObject({ code: 'STORE_CLOSED' })
      const replacing = store.replaceWith(source(), { index: 9, term: 1 })
      await expect(replacing).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    })
  })
}
