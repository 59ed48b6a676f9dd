import { describe, expect, test } from 'vitest'
import { content, inDirectory, newTask, storeDeps } from './fixture.suite.ts'
import { openPieceStore } from './index.ts'
import type { PieceStore, TaskCopy, TaskProgress } from './index.ts'

const size = 100

async function inTask(
  total: number,
  act: (store: PieceStore, copy: TaskCopy) => Promise<void>,
): Promise<void> {
  await inDirectory(async (directory) => {
    const store = await openPieceStore(storeDeps(), { dataDir: directory })
    const contentLengthBytes = total < 0 ? -1 : total * size
    const copy = await store.create(newTask('x', { contentLengthBytes, pieceSizeBytes: size }))
    await act(store, copy)
    await copy.release()
    await store.close()
  })
}

async function write(copy: TaskCopy, num: number): Promise<void> {
  await copy.writePiece(num, content(size, `piece ${num}`), { origin: 'parent' })
}

function follow(
  store: PieceStore,
  copy: TaskCopy,
  limit = 16,
  fromNum = 0,
): AsyncIterator<TaskProgress> {
  return store.subscribe(copy.taskId, fromNum, { limit })[Symbol.asyncIterator]()
}

async function nums(steps: AsyncIterator<TaskProgress>): Promise<readonly number[] | 'end'> {
  const next = await steps.next()
  return next.done === true ? 'end' : next.value.pieces.map(({ num }) => num)
}

describe('following a task', () => {
  test('a first step at once, then pieces as they finish, then the end', () =>
    inTask(3, async (store, copy) => {
      const steps = follow(store, copy)
      expect(await nums(steps)).toEqual([])
      const waiting = nums(steps)
      await write(copy, 2)
      expect(await waiting).toEqual([2])
      await write(copy, 0)
      await write(copy, 1)
      expect(await nums(steps)).toEqual([0, 1])
      const last = steps.next()
      await copy.finish()
      expect((await last).value).toMatchObject({
        pieces: [],
        task: { state: 'done', totalPieces: 3 },
      })
      expect(await nums(steps)).toBe('end')
    }))

  test('a done task is told in steps of at most limit pieces, from the piece asked for', () =>
    inTask(5, async (store, copy) => {
      for (let num = 0; num < 5; num += 1) await write(copy, num)
      await copy.finish()
      const steps = follow(store, copy, 2, 1)
      expect(await nums(steps)).toEqual([1, 2])
      expect(await nums(steps)).toEqual([3, 4])
      expect(await nums(steps)).toEqual([])
      expect(await nums(steps)).toBe('end')
    }))

  test('an empty task ends after its first step', () =>
    inTask(0, async (store, copy) => {
      await copy.finish()
      const steps = follow(store, copy)
      expect(await nums(steps)).toEqual([])
      expect(await nums(steps)).toBe('end')
    }))

  test('pieces that finish while the consumer is busy are not missed', () =>
    inTask(2, async (store, copy) => {
      const steps = follow(store, copy)
      await steps.next()
      await write(copy, 0)
      await write(copy, 1)
      await copy.finish()
      expect(await nums(steps)).toEqual([0, 1])
    }))

  test('a length learnt later is a step of its own', () =>
    inTask(-1, async (store, copy) => {
      const steps = follow(store, copy)
      await steps.next()
      const waiting = steps.next()
      await copy.setContentLength(2 * size, size)
      expect((await waiting).value).toMatchObject({ pieces: [], task: { totalPieces: 2 } })
    }))

  test('ends with an error when the task is deleted, interrupted or the caller gives up', () =>
    inTask(2, async (store, copy) => {
      const failure = new Error('no parents')
      const interrupted = follow(store, copy)
      await interrupted.next()
      const first = expect(interrupted.next()).rejects.toBe(failure)
      store.interrupt(copy.taskId, failure)
      await first

      const abort = new AbortController()
      const options = { limit: 1, signal: abort.signal }
      const cancelled = store.subscribe(copy.taskId, 0, options)[Symbol.asyncIterator]()
      await cancelled.next()
      const second = expect(cancelled.next()).rejects.toThrow('gone')
      abort.abort(new Error('gone'))
      await second

      const deleted = follow(store, copy)
      await deleted.next()
      const third = expect(deleted.next()).rejects.toMatchObject({ code: 'PEER_TASK_NOT_FOUND' })
      await store.delete(copy.taskId)
      await third
      await expect(follow(store, copy).next()).rejects.toMatchObject({
        code: 'PEER_TASK_NOT_FOUND',
      })
    }))

  test('closing the store ends it', () =>
    inDirectory(async (directory) => {
      const store = await openPieceStore(storeDeps(), { dataDir: directory })
      const copy = await store.create(newTask('x'))
      const steps = follow(store, copy)
      await steps.next()
      const waiting = steps.next()
      await copy.release()
      const ended = expect(waiting).rejects.toMatchObject({ code: 'PEER_STORE_CLOSED' })
      await store.close()
      await ended
    }))
})
