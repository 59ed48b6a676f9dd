import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { KiB, MiB } from '../../base/index.ts'
import { piecesPerTaskMax } from '../core/index.ts'
import { collect, content, inDirectory, md5Of, newTask, storeDeps } from './fixture.suite.ts'
import { openPieceStore, pieceMd5SignOf } from './index.ts'
import type { NewTask, PieceStore, PieceStoreOptions, TaskCopy } from './index.ts'

/** Bytes of a piece in most of these tests. */
const size = 1000

function inStore(
  act: (store: PieceStore, reopen: () => Promise<PieceStore>, directory: string) => Promise<void>,
  options: Partial<PieceStoreOptions> = {},
): Promise<void> {
  return inDirectory(async (directory) => {
    const open = (): Promise<PieceStore> =>
      openPieceStore(storeDeps(), { dataDir: `${directory}/data`, ...options })
    let store = await open()
    const reopen = async (): Promise<PieceStore> => {
      await store.close()
      store = await open()
      return store
    }
    await act(store, reopen, directory)
    await store.close()
  })
}

function cut(name: string, lengthBytes: number): NewTask {
  return newTask(name, { contentLengthBytes: lengthBytes, pieceSizeBytes: size })
}

async function write(copy: TaskCopy, bytes: Uint8Array, num: number): Promise<void> {
  const part = bytes.subarray(num * size, (num + 1) * size)
  await copy.writePiece(num, part, { md5: md5Of(part), origin: 'parent' })
}

async function writeAll(copy: TaskCopy, bytes: Uint8Array): Promise<void> {
  for (let num = 0; num * size < bytes.length; num += 1) await write(copy, bytes, num)
}

describe('a copy from its first piece to done', () => {
  test.each([0, 1, size, size + 1, 10 * size - 1])(
    'of %i bytes survives a restart',
    (lengthBytes) =>
      inStore(async (store, reopen) => {
        const bytes = content(lengthBytes)
        const copy = await store.create(cut('x', lengthBytes))
        await writeAll(copy, bytes)
        const done = await copy.finish({ needsAnnounce: false })
        expect(done).toMatchObject({
          state: 'done',
          finishedBytes: lengthBytes,
          needsAnnounce: false,
        })
        await copy.release()
        const again = await reopen()
        expect(again.list()).toEqual([done])
        const opened = again.open(copy.taskId)!
        expect(await collect(opened.read(0, lengthBytes))).toEqual(Buffer.from(bytes))
        await opened.release()
      }),
  )

  test('records md5, CRC, place and cost of each piece, and the sign over all', () =>
    inStore(async (store) => {
      const bytes = content(1500)
      const copy = await store.create(cut('x', 1500))
      const first = bytes.subarray(0, size)
      const record = await copy.writePiece(0, first, { origin: 'source', costMs: () => 7.4 })
      expect(record).toEqual({
        num: 0,
        offsetBytes: 0,
        lengthBytes: size,
        md5: md5Of(first),
        crc32: expect.any(Number) as number,
        origin: 'source',
        costMs: 7,
      })
      await write(copy, bytes, 1)
      const { pieceMd5Sign } = await copy.finish()
      const rest = { md5: md5Of(bytes.subarray(size)) }
      expect(pieceMd5Sign).toBe(pieceMd5SignOf([record, rest]))
      await copy.release()
    }))

  test('takes a piece as a stream of chunks of any size', () =>
    inStore(async (store) => {
      const bytes = content(3 * MiB + 5)
      const copy = await store.create(newTask('x', { contentLengthBytes: bytes.length }))
      async function* chunks(): AsyncGenerator<Uint8Array> {
        for (let at = 0, step = 1; at < bytes.length; step = (step * 3) % 700_001) {
          yield bytes.subarray(at, at + step)
          at += step
        }
      }
      await copy.writePiece(0, chunks(), { md5: md5Of(bytes), origin: 'parent' })
      expect(Buffer.compare(await copy.readPiece(0), bytes)).toBe(0)
      await copy.release()
    }))

  test('pieces may come in any order and the same one again', () =>
    inStore(async (store) => {
      const bytes = content(3 * size)
      const copy = await store.create(cut('x', 3 * size))
      for (const num of [2, 0, 2, 1, 0]) await write(copy, bytes, num)
      expect(copy.info().finishedPieces).toBe(3)
      expect((await copy.finish()).finishedBytes).toBe(3 * size)
      await copy.release()
    }))

  test('of unknown length gets its length at the end', () =>
    inStore(async (store) => {
      const bytes = content(2500)
      const copy = await store.create({ ...cut('x', -1), pieceSizeBytes: size })
      await writeAll(copy, bytes)
      expect(copy.info()).toMatchObject({ contentLengthBytes: -1, totalPieces: -1 })
      await expect(copy.finish()).rejects.toMatchObject({ code: 'PEER_TASK_INCOMPLETE' })
      await expect(copy.setContentLength(2499)).rejects.toMatchObject({
        code: 'PEER_LENGTH_MISMATCH',
      })
      await copy.setContentLength(2500)
      await copy.setContentLength(2500)
      await expect(copy.setContentLength(2501)).rejects.toMatchObject({
        code: 'PEER_LENGTH_MISMATCH',
      })
      expect((await copy.finish()).totalPieces).toBe(3)
      await copy.release()
    }))

  test('takes over the cut of a parent while it has no piece', () =>
    inStore(async (store) => {
      const copy = await store.create(newTask('x'))
      expect(copy.info().pieceSizeBytes).toBe(4 * MiB)
      await copy.setContentLength(2500, size)
      expect(copy.info()).toMatchObject({ pieceSizeBytes: size, totalPieces: 3 })
      await copy.release()
    }))

  test.each(['md5', 'sha1', 'sha256', 'sha512'])('is held against a whole-file %s', (algorithm) =>
    inStore(async (store) => {
      const { createHash } = await import('node:crypto')
      const bytes = content(2500)
      const hex = createHash(algorithm).update(bytes).digest('hex')
      const copy = await store.create(cut('x', 2500))
      await writeAll(copy, bytes)
      const wrong = `${algorithm}:${'0'.repeat(hex.length)}`
      await expect(copy.finish({ digest: wrong })).rejects.toMatchObject({
        code: 'PEER_DIGEST_MISMATCH',
      })
      expect(copy.info().state).toBe('partial')
      const found = await copy.finish({ digest: `${algorithm}:${hex.toUpperCase()}` })
      expect(found.state).toBe('done')
      await copy.release()
    }),
  )

  test.each(['', 'x', 'md5', 'md5:', 'md5:zz', `crc32:${'0'.repeat(8)}`, `md5:${'g'.repeat(32)}`])(
    'refuses %j as a digest',
    async (digest) => {
      const { parseDigest } = await import('./index.ts')
      expect(() => parseDigest(digest)).toThrow(
        expect.objectContaining({ code: 'PEER_DIGEST_INVALID' }),
      )
    },
  )

  test('whose pieces are others than the parent signed is not done', () =>
    inStore(async (store) => {
      const copy = await store.create(cut('x', size))
      await write(copy, content(size), 0)
      await expect(copy.finish({ pieceMd5Sign: 'f'.repeat(64) })).rejects.toMatchObject({
        code: 'PEER_DIGEST_MISMATCH',
      })
      await copy.release()
    }))
})

describe('bad pieces', () => {
  test('another md5, too short, too long, empty or outside: nothing is recorded', () =>
    inStore(async (store) => {
      const bytes = content(2500)
      const copy = await store.create(cut('x', 2500))
      const origin = 'parent' as const
      const bad: [number, Uint8Array, string][] = [
        [0, content(size, 'other'), 'PEER_PIECE_DIGEST_MISMATCH'],
        [0, bytes.subarray(0, size - 1), 'PEER_PIECE_LENGTH'],
        [0, bytes.subarray(0, size + 1), 'PEER_PIECE_LENGTH'],
        [0, new Uint8Array(0), 'PEER_PIECE_LENGTH'],
        [2, bytes.subarray(2 * size, 2 * size + 499), 'PEER_PIECE_LENGTH'],
        [3, bytes.subarray(0, 1), 'PEER_PIECE_NOT_FOUND'],
        [-1, bytes.subarray(0, size), 'PEER_PIECE_NOT_FOUND'],
        [piecesPerTaskMax, bytes.subarray(0, size), 'PEER_PIECE_NOT_FOUND'],
      ]
      const md5 = md5Of(bytes.subarray(0, size))
      for (const [num, part, code] of bad) {
        await expect(copy.writePiece(num, part, { md5, origin })).rejects.toMatchObject({ code })
      }
      expect(copy.info().finishedPieces).toBe(0)
      await writeAll(copy, bytes)
      expect((await copy.finish()).state).toBe('done')
      await copy.release()
    }))

  test('a stream that fails passes its error on, and the piece can be written again', () =>
    inStore(async (store) => {
      const bytes = content(size)
      const copy = await store.create(cut('x', size))
      const failure = new Error('connection reset')
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield bytes.subarray(0, 10)
        throw failure
      }
      await expect(copy.writePiece(0, broken(), { origin: 'parent' })).rejects.toBe(failure)
      await write(copy, bytes, 0)
      expect(copy.hasPiece(0)).toBe(true)
      await copy.release()
    }))

  test('a piece that is being written is busy', () =>
    inStore(async (store) => {
      const bytes = content(size)
      const copy = await store.create(cut('x', size))
      let go = (): void => {}
      const gate = new Promise<void>((resolve) => (go = resolve))
      async function* slow(): AsyncGenerator<Uint8Array> {
        await gate
        yield bytes
      }
      const first = copy.writePiece(0, slow(), { origin: 'parent' })
      await expect(copy.writePiece(0, bytes, { origin: 'parent' })).rejects.toMatchObject({
        code: 'PEER_PIECE_BUSY',
      })
      go()
      expect((await first).num).toBe(0)
      await copy.release()
    }))
})

describe('reading', () => {
  test('any range of finished pieces, in bounded chunks', () =>
    inStore(async (store) => {
      const bytes = content(2 * MiB + 100)
      const task = newTask('x', { contentLengthBytes: bytes.length, pieceSizeBytes: MiB })
      const copy = await store.create(task)
      for (let num = 0; num < 3; num += 1) {
        await copy.writePiece(num, bytes.subarray(num * MiB, (num + 1) * MiB), { origin: 'source' })
      }
      for (const [start, length] of [
        [0, bytes.length],
        [MiB - 1, 2],
        [5, MiB],
        [2 * MiB, 100],
      ] as const) {
        const found: Uint8Array[] = []
        for await (const chunk of copy.read(start, length)) {
          expect(chunk.length).toBeLessThanOrEqual(512 * KiB)
          found.push(chunk)
        }
        expect(Buffer.compare(Buffer.concat(found), bytes.subarray(start, start + length))).toBe(0)
      }
      expect(await collect(copy.read(7, 0))).toHaveLength(0)
      await copy.release()
    }))

  test('what is not finished or beyond the end is refused before the first chunk', () =>
    inStore(async (store) => {
      const copy = await store.create(cut('x', 2500))
      const bytes = content(2500)
      await write(copy, bytes, 0)
      await write(copy, bytes, 2)
      for (const [start, length] of [
        [0, 1500],
        [1000, 1],
        [2400, 101],
        [9000, 1],
      ] as const) {
        await expect(collect(copy.read(start, length))).rejects.toMatchObject({
          code: 'PEER_PIECE_NOT_FOUND',
        })
      }
      await expect(copy.readPiece(1)).rejects.toMatchObject({ code: 'PEER_PIECE_NOT_FOUND' })
      await copy.release()
    }))

  test('a piece damaged on disk is not handed out, is forgotten and reported', () =>
    inStore(async (store, reopen, directory) => {
      const bytes = content(3 * size)
      const copy = await store.create(cut('x', 3 * size))
      await writeAll(copy, bytes)
      await copy.finish()
      await copy.release()
      await flipByte(await dataFileOf(directory, copy.taskId), 1500)
      const opened = store.open(copy.taskId)!
      const lost: number[] = []
      store.onDamage((task, num) => {
        expect(task.state).toBe('partial')
        lost.push(num)
      })
      await expect(collect(opened.read(0, 3 * size))).rejects.toMatchObject({
        code: 'PEER_PIECE_DAMAGED',
      })
      expect(lost).toEqual([1])
      expect(opened.info()).toMatchObject({ state: 'partial', finishedPieces: 2 })
      await write(opened, bytes, 1)
      await opened.finish()
      await opened.release()
      expect((await reopen()).get(copy.taskId)?.state).toBe('done')
    }))

  test('a data file that somebody removed counts as damaged', () =>
    inStore(async (store, _, directory) => {
      const { rm } = await import('node:fs/promises')
      const copy = await store.create(cut('x', size))
      await write(copy, content(size), 0)
      await copy.finish()
      await copy.release()
      await rm(await dataFileOf(directory, copy.taskId))
      const opened = store.open(copy.taskId)!
      await expect(opened.readPiece(0)).rejects.toMatchObject({ code: 'PEER_PIECE_DAMAGED' })
      await opened.release()
    }))
})

describe('the set of copies', () => {
  test('one copy per task, at most tasksMax, by task id', () =>
    inStore(
      async (store) => {
        for (const name of ['b', 'a']) await (await store.create(cut(name, 0))).release()
        await expect(store.create(cut('a', 0))).rejects.toMatchObject({ code: 'PEER_TASK_EXISTS' })
        await expect(store.create(cut('c', 0))).rejects.toMatchObject({ code: 'PEER_TASK_LIMIT' })
        const ids = store.list().map(({ taskId }) => taskId)
        expect(ids).toEqual([...ids].sort())
        expect(await store.delete(ids[0]!)).toBe(true)
        await (await store.create(cut('c', 0))).release()
      },
      { tasksMax: 2 },
    ))

  test('two callers cannot create the same task at once', () =>
    inStore(async (store) => {
      const both = await Promise.allSettled([store.create(cut('x', 0)), store.create(cut('x', 0))])
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      for (const one of both) if (one.status === 'fulfilled') await one.value.release()
    }))

  test.each(['', '..', 'a'.repeat(63), `${'a'.repeat(60)}/../`, 'A'.repeat(64)])(
    'an id that is none never becomes a path: %j',
    (taskId) =>
      inStore(async (store) => {
        const task = { ...cut('x', 0), taskId }
        await expect(store.create(task)).rejects.toMatchObject({ code: 'PEER_TASK_ID_INVALID' })
        expect(store.get(taskId)).toBeUndefined()
        expect(store.open(taskId)).toBeUndefined()
        expect(await store.delete(taskId)).toBe(false)
      }),
  )

  test('a deleted task is gone at once, and readable for whoever holds it', () =>
    inStore(async (store, reopen, directory) => {
      const bytes = content(2 * size)
      const copy = await store.create(cut('x', 2 * size))
      await writeAll(copy, bytes)
      await copy.finish()
      const path = await dataFileOf(directory, copy.taskId)
      expect(await store.delete(copy.taskId)).toBe(true)
      expect(await store.delete(copy.taskId)).toBe(false)
      expect(store.get(copy.taskId)).toBeUndefined()
      expect(await collect(copy.read(0, 2 * size))).toEqual(Buffer.from(bytes))
      await copy.release()
      await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' })
      expect((await reopen()).list()).toEqual([])
    }))

  test('a piece that arrives after the delete is not recorded; the task can be made again', () =>
    inStore(async (store, reopen) => {
      const copy = await store.create(cut('x', 2 * size))
      const bytes = content(2 * size)
      await write(copy, bytes, 0)
      await store.delete(copy.taskId)
      await expect(write(copy, bytes, 1)).rejects.toMatchObject({ code: 'PEER_TASK_NOT_FOUND' })
      await expect(copy.finish()).rejects.toMatchObject({ code: 'PEER_TASK_NOT_FOUND' })
      const again = await store.create(cut('x', 2 * size))
      await write(again, bytes, 1)
      await copy.release()
      expect(await again.readPiece(1)).toEqual(Buffer.from(bytes.subarray(size)))
      await again.release()
      expect((await reopen()).get(copy.taskId)?.finishedPieces).toBe(1)
    }))

  test('peer id and the need to announce survive a restart', () =>
    inStore(async (store, reopen) => {
      const copy = await store.create(cut('x', 0))
      await copy.finish()
      await copy.release()
      expect(store.get(copy.taskId)?.needsAnnounce).toBe(true)
      await store.setPeerId(copy.taskId, 'another peer')
      await store.setNeedsAnnounce(copy.taskId, false)
      const again = await reopen()
      expect(again.get(copy.taskId)).toMatchObject({ peerId: 'another peer', needsAnnounce: false })
      await expect(again.setNeedsAnnounce('f'.repeat(64), true)).rejects.toMatchObject({
        code: 'PEER_TASK_NOT_FOUND',
      })
    }))

  test('another version at the source drops the pieces, the same one keeps them', () =>
    inStore(async (store, reopen) => {
      const copy = await store.create(cut('x', 2 * size))
      const first = { etag: '"1"', lastModified: '' }
      expect(await copy.setSource(first, { etag: '"1"' })).toEqual({ dropped: false })
      await write(copy, content(2 * size), 0)
      expect(await copy.setSource(first, { etag: '"1"' })).toEqual({ dropped: false })
      expect(copy.hasPiece(0)).toBe(true)
      const second = { etag: '"2"', lastModified: '' }
      expect(await copy.setSource(second, {})).toEqual({ dropped: true })
      expect(copy.info()).toMatchObject({ finishedPieces: 0, contentLengthBytes: -1 })
      await copy.release()
      const found = (await reopen()).get(copy.taskId)
      expect(found).toMatchObject({ finishedPieces: 0, validator: second })
    }))

  test('used bytes are those of finished pieces', () =>
    inStore(async (store) => {
      const copy = await store.create(cut('x', 2500))
      await write(copy, content(2500), 2)
      expect(store.usedBytes()).toBe(500)
      await store.delete(copy.taskId)
      expect(store.usedBytes()).toBe(0)
      await copy.release()
    }))
})

describe('opening and closing', () => {
  test('a directory serves one store at a time', () =>
    inStore(async (store, _, directory) => {
      const second = openPieceStore(storeDeps(), { dataDir: `${directory}/data` })
      await expect(second).rejects.toMatchObject({ code: 'PEER_STORE_IN_USE' })
      expect(store.list()).toEqual([])
    }))

  test('a directory of another format is refused', () =>
    inDirectory(async (directory) => {
      await writeFile(`${directory}/FORMAT`, 'damselfly peer store 2\n')
      await expect(openPieceStore(storeDeps(), { dataDir: directory })).rejects.toMatchObject({
        code: 'PEER_STORE_FORMAT',
      })
    }))

  test('the format is written once, as it is frozen', () =>
    inStore(async (_store, reopen, directory) => {
      await reopen()
      const text = await readFile(`${directory}/data/FORMAT`, 'utf8')
      expect(text).toBe('damselfly peer store 1\n')
    }))

  test('a closed store refuses with a code', () =>
    inDirectory(async (directory) => {
      const store = await openPieceStore(storeDeps(), { dataDir: directory })
      await store.close()
      await store.close()
      expect(() => store.list()).toThrow(expect.objectContaining({ code: 'PEER_STORE_CLOSED' }))
      await expect(store.create(cut('x', 0))).rejects.toMatchObject({ code: 'PEER_STORE_CLOSED' })
    }))

  test('a released copy is not used again', () =>
    inStore(async (store) => {
      const copy = await store.create(cut('x', 0))
      await copy.release()
      expect(() => copy.info()).toThrow('released')
      await expect(copy.release()).rejects.toThrow('released')
    }))
})

async function dataFileOf(directory: string, taskId: string): Promise<string> {
  const { readdir } = await import('node:fs/promises')
  const parent = `${directory}/data/tasks/${taskId.slice(0, 3)}/${taskId}`
  const names = await readdir(parent)
  expect(names).toHaveLength(1)
  return `${parent}/${names[0]!}`
}

async function flipByte(path: string, offset: number): Promise<void> {
  const bytes = await readFile(path)
  bytes[offset]! ^= 1
  await writeFile(path, bytes)
}
