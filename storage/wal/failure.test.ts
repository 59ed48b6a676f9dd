// Syncs, full disks and disks that fail, as the owner of a log meets them.
import { describe, expect, test } from 'vitest'
import { nullLogger, Prng } from '../../base/index.ts'
import { DiskSimulator } from '../../chaos-tests/sim/disk-simulator.ts'
import type { Entry, LogGroup } from '../../raft/index.ts'
import { createWriteAheadLog, openWriteAheadLog } from './open-log.ts'
import type { OpenLogOptions } from './open-log.ts'

const identity = { clusterId: 'c1'.repeat(16), replicaId: 1, incarnation: 'a1'.repeat(16) }
const firstSegment = '/raft/0000000000000001-0000000000000001.wal'

const entry = (index: number, bytes = 20): Entry => ({
  index,
  term: 1,
  type: 'command',
  stampMs: 0,
  data: new Uint8Array(bytes).fill(0x5a),
})

const group = (entries: readonly Entry[], commit = 0, sync = true): LogGroup => ({
  entries,
  hardState: { term: 1, votedFor: 1, commit },
  sync,
})

type Limits = Partial<Omit<OpenLogOptions, 'directory' | 'identity'>>

const open = (disk: DiskSimulator, limits: Limits = {}) =>
  openWriteAheadLog(
    { disk, logger: nullLogger },
    {
      directory: '/raft',
      identity,
      durableIndex: undefined,
      preallocateBytes: 4096,
      reserveBytes: 0,
      ...limits,
    },
  )

async function create(limits: Limits = {}) {
  const disk = new DiskSimulator({ random: new Prng('failure') })
  await createWriteAheadLog({ disk, logger: nullLogger }, { directory: '/raft', identity })
  return { disk, ...(await open(disk, limits)) }
}

const isSegment = (path: string): boolean => path.endsWith('.wal')

describe('group commit', () => {
  test('what is appended in one turn, or while a sync is in flight, shares one sync', async () => {
    const { log } = await create()
    await Promise.all(Array.from({ length: 100 }, (_, i) => log.append(group([entry(i + 1)]))))
    expect(log.figures).toMatchObject({ records: 100, syncs: 1, lastIndex: 100 })
    const first = log.append(group([entry(101)]))
    await Promise.resolve()
    await Promise.resolve()
    const others = Array.from({ length: 50 }, (_, i) => log.append(group([entry(102 + i)])))
    await Promise.all([first, ...others])
    expect(log.figures).toMatchObject({ records: 151, syncs: 3 })
    await log.close()
  })

  test('a commit index alone costs no sync, and is durable with the next one', async () => {
    const { disk, log } = await create()
    await log.append(group([entry(1), entry(2)]))
    const before = disk.syncCounts.get(firstSegment)
    await log.append(group([], 1, false))
    await log.append(group([], 2, false))
    expect(disk.syncCounts.get(firstSegment)).toBe(before)
    await log.append(group([entry(3)], 2))
    disk.powerOn('lose')
    const { log: again, contents } = await open(disk)
    expect(contents.hardState.commit).toBe(2)
    await again.close()
  })

  test('B19 a segment is made durable before the next one is begun', async () => {
    const { disk, log } = await create({ segmentBytes: 1024 })
    await log.append(group([entry(1)]))
    await log.append(group([entry(2)], 1, false))
    // Does not fit: the segment with the unsynced group is sealed first.
    await log.append(group([entry(3, 900)], 1))
    disk.powerOn('lose')
    const { log: again, contents } = await open(disk)
    expect(contents.entries.map(({ index }) => index)).toEqual([1, 2, 3])
    expect(again.figures.segments).toBe(2)
    await again.close()
  })
})

describe('compaction', () => {
  test('B07 R-17.5 removes whole segments below the mark, after the mark is durable', async () => {
    const { disk, log } = await create({ segmentBytes: 1024 })
    for (let index = 1; index <= 12; index += 1)
      await log.append(group([entry(index, 300)], index - 1))
    const before = log.figures.segments
    expect(before).toBeGreaterThan(4)
    await log.compact(7, 1)
    expect(log.figures.segments).toBeLessThan(before)
    expect(log.figures.segments).toBeGreaterThan(1)
    disk.powerOn('lose')
    const { log: again, contents } = await open(disk, { segmentBytes: 1024 })
    expect(contents.compacted).toEqual({ index: 7, term: 1 })
    expect(contents.entries.map(({ index }) => index)).toEqual([8, 9, 10, 11, 12])
    await again.compact(7, 1)
    await again.compact(3, 1)
    await again.compact(12, 1)
    await again.append(group([entry(13)], 12))
    await again.close()
    const last = await open(disk)
    expect(last.contents.compacted).toEqual({ index: 12, term: 1 })
    expect(last.contents.entries).toHaveLength(1)
    await last.log.close()
  })

  test('a mark beyond the log, or of another term, is a bug', async () => {
    const { log } = await create()
    await log.append(group([entry(1), entry(2)], 2))
    await expect(log.compact(3, 1)).rejects.toThrow('the log reaches')
    await expect(log.compact(2, 7)).rejects.toThrow('names the term')
    await log.close()
  })
})

describe('what recovery would refuse is never written', () => {
  test.each([
    ['a gap', group([entry(3)])],
    ['entries out of sequence', group([entry(2), entry(4)])],
    ['a commit index beyond the log', group([], 5)],
    ['a commit index that goes back', group([entry(2)], 0)],
    ['a committed entry overwritten', group([entry(1)], 1)],
    ['a term that goes back', { ...group([]), hardState: { term: 0, votedFor: 1, commit: 1 } }],
    ['R-1.3 a second vote', { ...group([]), hardState: { term: 1, votedFor: 2, commit: 1 } }],
  ])('%s', async (_title, wrong) => {
    const { log } = await create()
    await log.append(group([entry(1)], 1))
    expect(() => log.append(wrong)).toThrow(/commit|entries|term|vote/)
    await log.close()
  })
})

describe('B08 R-14.1 R-16.1 a failure', () => {
  test('of a sync stops the log and is never repeated', async () => {
    const { disk, log } = await create()
    await log.append(group([entry(1)]))
    disk.failNext('sync', 'STORE_IO', isSegment)
    const before = disk.syncCounts.get(firstSegment)!
    const failed = log.append(group([entry(2)]))
    await expect(failed).rejects.toMatchObject({
      code: 'STORE_LOG_FAILED',
      cause: { code: 'STORE_IO' },
    })
    await expect(log.append(group([entry(2)]))).rejects.toMatchObject({ code: 'STORE_LOG_FAILED' })
    await expect(log.compact(1, 1)).rejects.toMatchObject({ code: 'STORE_LOG_FAILED' })
    expect(await log.checkSpace()).toBe(false)
    await log.close()
    expect(disk.syncCounts.get(firstSegment)).toBe(before + 1)
    disk.powerOn('lose')
    const { log: again, contents } = await open(disk)
    expect(contents.entries).toHaveLength(1)
    await again.close()
  })

  test.each([
    ['write', isSegment],
    ['sync', (path: string) => path.endsWith('witness')],
    ['write', (path: string) => path.endsWith('witness')],
  ] as const)('of a %s stops it too', async (operation, matches) => {
    const { disk, log } = await create({ witnessSyncInterval: 1 })
    await log.append(group([entry(1)]))
    disk.failNext(operation, 'STORE_IO', matches)
    const failed = log.append(group([entry(2)]))
    await expect(failed).rejects.toMatchObject({ code: 'STORE_LOG_FAILED' })
    await log.close()
  })

  test('of writing ahead stops it: the lost error could have been about records', async () => {
    const { disk, log } = await create({ preallocateBytes: 1024 })
    await log.append(group([entry(1)]))
    disk.failNext('write', 'STORE_IO', isSegment)
    disk.failNext('write', 'STORE_IO', isSegment)
    await expect(log.append(group([entry(2, 900)]))).rejects.toMatchObject({
      code: 'STORE_LOG_FAILED',
    })
    await log.close()
  })

  test('R-16.1 of writing ahead, while nobody waits, is told to the owner of the log', async () => {
    const { disk, log } = await create({ preallocateBytes: 1024 })
    const failed = new Promise<Error>((resolve) => log.onFailure(resolve))
    let writes = 0
    // The second write after the record's own is the zeros for the records to come.
    disk.failNext('write', 'STORE_IO', (path) => isSegment(path) && ++writes > 1)
    await log.append(group([entry(1, 900)]))
    expect(await failed).toMatchObject({ code: 'STORE_LOG_FAILED' })
    const toldLate = new Promise<Error>((resolve) => log.onFailure(resolve))
    expect(await toldLate).toBe(await failed)
    await log.close()
  })

  test('while closing is reported', async () => {
    const { disk, log } = await create()
    await log.append(group([entry(1)]))
    disk.failNext('sync', 'STORE_IO', (path) => path.endsWith('witness'))
    await expect(log.close()).rejects.toMatchObject({ code: 'STORE_LOG_FAILED' })
  })
})

describe('R-16.4 a full disk', () => {
  const limits = { preallocateBytes: 4096, reserveBytes: 8192, segmentBytes: 1 << 20 }

  test('is announced before an append fails, and frees the reserve', async () => {
    const { disk, log } = await create(limits)
    await log.append(group([entry(1)]))
    await log.checkSpace()
    const used = disk.files().reduce((sum, path) => sum + disk.content(path).length, 0)
    disk.capacityBytes = used + 100
    let index = 1
    while (!log.isDiskFull) {
      index += 1
      await log.append(group([entry(index, 500)]))
      await log.checkSpace()
    }
    expect(disk.files()).toContain('/raft/reserve')
    const announcedAt = index
    for (let n = 0; n < 10; n += 1) {
      index += 1
      await log.append(group([entry(index, 500)]))
    }
    expect(index).toBe(announcedAt + 10)
    expect(disk.files()).not.toContain('/raft/reserve')
    disk.capacityBytes = Number.POSITIVE_INFINITY
    expect(await log.checkSpace()).toBe(true)
    expect(log.isDiskFull).toBe(false)
    expect(disk.files()).toContain('/raft/reserve')
    await log.append(group([entry(index + 1)]))
    await log.close()
  })

  test('to the last byte stops the log; everything acknowledged is there afterwards', async () => {
    const { disk, log } = await create(limits)
    disk.capacityBytes = 32 * 1024
    let acknowledged = 0
    for (;;) {
      const appended = log.append(group([entry(acknowledged + 1, 500)]))
      const isWritten = await appended.then(
        () => true,
        (error: unknown) => {
          expect(error).toMatchObject({
            code: 'STORE_LOG_FAILED',
            cause: { code: 'STORE_DISK_FULL' },
          })
          return false
        },
      )
      if (!isWritten) break
      acknowledged += 1
    }
    expect(acknowledged).toBeGreaterThan(30)
    await log.close()
    disk.powerOn('tear')
    // What is left of the last write is copied before it is cut off, which needs room again.
    disk.capacityBytes = Number.POSITIVE_INFINITY
    const { log: again, contents } = await open(disk, limits)
    const last = contents.entries.at(-1)!.index
    expect([acknowledged, acknowledged + 1]).toContain(last)
    await again.close()
  })

  test('when a segment begins uses the reserve', async () => {
    const { disk, log } = await create({ ...limits, segmentBytes: 4096 })
    let index = 0
    const used = () => disk.files().reduce((sum, path) => sum + disk.content(path).length, 0)
    while (log.figures.segments < 2) {
      index += 1
      await log.append(group([entry(index, 300)]))
    }
    disk.capacityBytes = used()
    while (log.figures.segments < 3) {
      index += 1
      await log.append(group([entry(index, 300)]))
    }
    expect(disk.files()).not.toContain('/raft/reserve')
    await log.close()
    disk.powerOn('lose')
    const { log: again, contents } = await open(disk, { ...limits, segmentBytes: 4096 })
    expect(contents.entries).toHaveLength(index)
    await again.close()
  })

  test('at the start is no obstacle', async () => {
    const { disk, log } = await create(limits)
    await log.append(group([entry(1)]))
    await log.close()
    disk.destroy('/raft/reserve')
    const used = disk.files().reduce((sum, path) => sum + disk.content(path).length, 0)
    disk.capacityBytes = used + 16
    const { log: again, contents } = await open(disk, limits)
    expect(contents.entries).toHaveLength(1)
    await again.append(group([entry(2)]))
    await again.close()
  })
})

describe('B05 the state', () => {
  test('that has applied more than the last commit index known raises it', async () => {
    const { disk, log } = await create()
    await log.append(group([entry(1), entry(2), entry(3)], 1))
    await log.close()
    const { log: again, contents, plan } = await open(disk, { durableIndex: 3 })
    expect(contents.hardState.commit).toBe(3)
    expect(plan).toBe('start')
    await again.append(group([entry(4)], 3))
    await again.close()
  })

  test('may raise it right before a segment ends', async () => {
    const limits = { segmentBytes: 1024 }
    const { disk, log } = await create(limits)
    await log.append(group([entry(1), entry(2), entry(3)], 1))
    await log.close()
    const second = await open(disk, { ...limits, durableIndex: 3 })
    await second.log.append(group([entry(4, 900)], 3))
    await second.log.close()
    const third = await open(disk, { ...limits, durableIndex: 3 })
    expect(third.contents.entries).toHaveLength(4)
    expect(third.log.figures.segments).toBe(2)
    await third.log.close()
  })

  test('B16 that has applied more than the log holds is refused', async () => {
    const { disk, log } = await create()
    await log.append(group([entry(1)]))
    await log.close()
    await expect(open(disk, { durableIndex: 2 })).rejects.toMatchObject({
      code: 'STORE_LOG_BEHIND_STATE',
    })
  })
})

test('R-13.1 B07 the segment that announces an image stays, whatever is compacted', async () => {
  const limits = { segmentBytes: 1024, preallocateBytes: 0 }
  const { disk, log } = await create(limits)
  await log.append(group([entry(1, 200), entry(2, 200)], 2))
  await log.announceImage({ index: 9, term: 1 })
  // Votes fill the segment; then everything in the log is compacted.
  for (let term = 2; term < 12; term += 1) {
    const hardState = { term, votedFor: 1, commit: 2 }
    await log.append({ entries: [], hardState, sync: true })
  }
  await log.compact(2, 1)
  expect(disk.files().filter(isSegment).length).toBeGreaterThan(1)
  disk.powerOn('lose')
  const again = await open(disk, limits)
  expect(again.contents.announced).toEqual({ index: 9, term: 1 })
  await again.log.reset({ index: 9, term: 1 }, { term: 11, votedFor: 1, commit: 9 })
  expect(again.log.figures.segments).toBe(1)
  expect(disk.files().filter(isSegment)).toHaveLength(1)
  await again.log.close()
})
