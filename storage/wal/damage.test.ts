// Damage: every flipped bit, lost sector and missing file is refused or provably beyond what was
// durable. The log never reads back as something else.
import { beforeAll, describe, expect, test } from 'vitest'
import { isCoded, nullLogger, Prng } from '../../base/index.ts'
import { DiskSimulator } from '../../chaos-tests/sim/disk-simulator.ts'
import type { Entry, LogContents, LogGroup } from '../../raft/index.ts'
import { StorageCorruptError } from '../errors.ts'
import { createWriteAheadLog, openWriteAheadLog } from './open-log.ts'
import type { OpenLogOptions } from './open-log.ts'

const identity = { clusterId: 'c1'.repeat(16), replicaId: 1, incarnation: 'a1'.repeat(16) }
const firstSegment = '/raft/0000000000000001-0000000000000001.wal'

const entry = (index: number, data: Uint8Array): Entry => ({
  index,
  term: 1,
  type: 'command',
  stampMs: index,
  data,
})

const filled = (index: number, bytes = 20): Entry => entry(index, new Uint8Array(bytes).fill(index))

const group = (entries: readonly Entry[], votedFor = 0): LogGroup => ({
  entries,
  hardState: { term: 1, votedFor, commit: 0 },
  sync: true,
})

type Limits = Partial<Omit<OpenLogOptions, 'directory' | 'identity'>>

const open = (disk: DiskSimulator, limits: Limits = {}) =>
  openWriteAheadLog(
    { disk, logger: nullLogger },
    {
      directory: '/raft',
      identity,
      durableIndex: undefined,
      preallocateBytes: 1024,
      reserveBytes: 0,
      ...limits,
    },
  )

async function createDisk(seed: string): Promise<DiskSimulator> {
  const disk = new DiskSimulator({ random: new Prng(seed) })
  await createWriteAheadLog({ disk, logger: nullLogger }, { directory: '/raft', identity })
  return disk
}

/** Writes groups one by one, each acknowledged; then the power fails. */
async function written(groups: readonly LogGroup[], limits: Limits = {}): Promise<DiskSimulator> {
  const disk = await createDisk('written')
  const { log } = await open(disk, limits)
  for (const each of groups) await log.append(each)
  disk.powerOn('lose')
  return disk
}

/** A disk with the same files, all durable. */
function copyOf(disk: DiskSimulator): DiskSimulator {
  const copy = new DiskSimulator({ random: new Prng('copy') })
  void copy.makeDirectory('/raft')
  for (const path of disk.files()) copy.overwrite(path, disk.content(path))
  return copy
}

const text = (contents: LogContents): string =>
  JSON.stringify(contents, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  )

/** What opening ends with: the contents, or the code of the refusal. */
async function outcome(disk: DiskSimulator, limits: Limits = {}): Promise<string> {
  try {
    const { log, contents } = await open(disk, limits)
    await log.close()
    return text(contents)
  } catch (error) {
    if (!isCoded(error)) throw error
    return error.code
  }
}

describe('a flipped bit', () => {
  const groups = [
    group([filled(1), filled(2)], 2),
    group([filled(3)], 2),
    group([filled(4, 700)], 2),
    group([], 2),
    group([filled(5)], 2),
  ]
  let disk: DiskSimulator
  let expected = ''
  let end = 0

  beforeAll(async () => {
    disk = await written(groups)
    const copy = copyOf(disk)
    expected = await outcome(copy)
    end = disk.content(firstSegment).findLastIndex((byte) => byte !== 0) + 1
  })

  test('anywhere in the log is refused, in the last synced record too', async () => {
    const outcomes = new Map<string, number>()
    for (let bit = 0; bit < end * 8; bit += 1) {
      const copy = copyOf(disk)
      copy.flipBit(firstSegment, bit >> 3, bit & 7)
      const found = await outcome(copy)
      if (found !== 'STORE_LOG_CORRUPT') throw new Error(`bit ${bit}: ${found}`)
      outcomes.set(found, (outcomes.get(found) ?? 0) + 1)
    }
    expect([...outcomes]).toEqual([['STORE_LOG_CORRUPT', end * 8]])
  })

  test('beyond the end of the log is refused or cut off, and changes nothing', async () => {
    const size = disk.content(firstSegment).length
    expect(size).toBeGreaterThan(end + 512)
    const outcomes = new Set<string>()
    for (let bit = end * 8; bit < size * 8; bit += 5) {
      const copy = copyOf(disk)
      copy.flipBit(firstSegment, bit >> 3, bit & 7)
      outcomes.add(await outcome(copy))
    }
    expect([...outcomes].sort()).toEqual(['STORE_LOG_CORRUPT', expected])
  })

  test('in the sector in which the log ends is refused: it was never torn', async () => {
    const rest = Math.ceil(end / 512) * 512
    expect(rest - end).toBeGreaterThan(16)
    for (let offset = end; offset < rest; offset += 1) {
      const copy = copyOf(disk)
      copy.flipBit(firstSegment, offset, offset % 8)
      expect(await outcome(copy)).toBe('STORE_LOG_CORRUPT')
    }
  })

  test('in the witness is refused or made up for by its other slot', async () => {
    const size = disk.content('/raft/witness').length
    const outcomes = new Set<string>()
    for (let offset = 0; offset < size; offset += offset % 4096 < 112 ? 1 : 37) {
      for (let bit = 0; bit < 8; bit += 1) {
        const copy = copyOf(disk)
        copy.flipBit('/raft/witness', offset, bit)
        outcomes.add(await outcome(copy))
      }
    }
    expect([...outcomes]).toEqual([expected])
    const copy = copyOf(disk)
    copy.flipBit('/raft/witness', 40, 0)
    copy.flipBit('/raft/witness', 4096 + 40, 0)
    expect(await outcome(copy)).toBe('STORE_LOG_CORRUPT')
  })

  test('names the file and the offset', async () => {
    const copy = copyOf(disk)
    copy.flipBit(firstSegment, 600, 3)
    const error: unknown = await open(copy).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StorageCorruptError)
    expect(error).toMatchObject({ path: firstSegment, offsetBytes: 512 })
  })
})

test('a flipped bit in a last record that could pass for a torn one is refused', async () => {
  // Zeros, and one sector in which a single bit stands out.
  const zeros = entry(2, new Uint8Array(4096).fill(1, 1000, 1001))
  const disk = await written([group([filled(1)]), group([zeros])])
  const bytes = disk.content(firstSegment)
  const end = bytes.findLastIndex((byte) => byte !== 0) + 1
  expect(end).toBeGreaterThan(4096)
  const single = bytes.findIndex((byte, offset) => offset > 1000 && byte === 1)
  for (let offset = 512; offset < end; offset += offset === single - 1 ? 1 : 7) {
    for (let bit = 0; bit < 8; bit += offset === single ? 1 : 3) {
      const copy = copyOf(disk)
      copy.flipBit(firstSegment, offset, bit)
      expect(await outcome(copy)).toBe('STORE_LOG_CORRUPT')
    }
  }
})

test('a flipped bit in the last bytes is refused wherever the last record ends', async () => {
  for (let length = 0; length < 520; length += 1) {
    const disk = await written([group([]), group([filled(1, length)])])
    const end = disk.content(firstSegment).findLastIndex((byte) => byte !== 0) + 1
    for (let bit = 0; bit < 8; bit += 1) {
      const copy = copyOf(disk)
      copy.flipBit(firstSegment, end - 1, bit)
      expect(await outcome(copy)).toBe('STORE_LOG_CORRUPT')
    }
  }
})

describe('a lost sector', () => {
  const groups = Array.from({ length: 12 }, (_, i) => group([filled(i + 1, 150)]))

  test('before the last batch is refused by what later records say', async () => {
    const disk = await written(groups)
    const bytes = disk.content(firstSegment)
    const end = bytes.findLastIndex((byte) => byte !== 0) + 1
    const lastRecord = end - 232
    for (let offset = 512; offset + 512 <= lastRecord; offset += 512) {
      const copy = copyOf(disk)
      copy.zero(firstSegment, offset, 512)
      expect(await outcome(copy)).toBe('STORE_LOG_CORRUPT')
    }
  })

  test('in the last batch is refused when the witness was written after it', async () => {
    for (const [witnessSyncInterval, expected] of [
      [1, 'STORE_LOG_CORRUPT'],
      // The first sync writes it too, for the new term.
      [groups.length - 1, 'STORE_LOG_CORRUPT'],
    ] as const) {
      const disk = await written(groups, { witnessSyncInterval })
      const bytes = disk.content(firstSegment)
      const last = bytes.findLastIndex((byte) => byte !== 0)
      const sector = last - (last % 512)
      disk.zero(firstSegment, sector, 512)
      expect(await outcome(disk)).toBe(expected)
    }
  })

  test('in the last batch is refused after a clean stop', async () => {
    const disk = await createDisk('clean')
    const { log } = await open(disk)
    for (const each of groups) await log.append(each)
    await log.close()
    const bytes = disk.content(firstSegment)
    const last = bytes.findLastIndex((byte) => byte !== 0)
    disk.zero(firstSegment, last - (last % 512), 512)
    expect(await outcome(disk)).toBe('STORE_LOG_CORRUPT')
  })
})

describe('a torn tail', () => {
  /** Writes a record of several sectors that is never acknowledged, and keeps some of them. */
  async function tornDisk(isKept: (sector: number) => boolean): Promise<DiskSimulator> {
    const disk = await createDisk('torn')
    const { log } = await open(disk)
    await log.append(group([filled(1)]))
    const before = disk.content(firstSegment)
    await log.append(group([filled(2, 1400)]))
    const after = disk.content(firstSegment)
    const torn = before.slice()
    const grown = new Uint8Array(after.length)
    grown.set(torn)
    for (let sector = 1; sector * 512 < after.length; sector += 1) {
      if (!isKept(sector)) continue
      const at = sector * 512
      grown.set(after.subarray(at, at + 512), at)
    }
    disk.powerOn('lose')
    disk.overwrite(firstSegment, grown)
    return disk
  }

  const all = [1, 2, 3, 4]

  test('is cut off with a copy, whatever sectors of it are there', async () => {
    for (let mask = 0; mask < 16; mask += 1) {
      const disk = await tornDisk((sector) => (mask & (1 << (sector - 1))) !== 0)
      const { log, contents, cutCopy } = await open(disk)
      const isWhole = mask === 15
      expect(contents.entries).toHaveLength(isWhole ? 2 : 1)
      expect(cutCopy === undefined).toBe(isWhole || mask === 0)
      if (cutCopy !== undefined) {
        expect(cutCopy).toMatch(/^\/raft\/cut\/0+1-0+1\.wal\.\d+$/)
        expect(disk.content(cutCopy).some((byte) => byte !== 0)).toBe(true)
      }
      await log.append(group([filled(contents.entries.length + 1, 900)]))
      await log.close()
      const again = await open(disk)
      expect(again.contents.entries).toHaveLength(contents.entries.length + 1)
      expect(again.cutCopy).toBeUndefined()
      await again.log.close()
    }
  })

  test('leaves nothing behind that a later, shorter record could end in', async () => {
    const disk = await tornDisk((sector) => sector === 1 || sector === 3)
    const { log } = await open(disk, { preallocateBytes: 0 })
    await log.append(group([filled(2)]))
    disk.powerOn('lose')
    const again = await open(disk)
    expect(again.contents.entries).toHaveLength(2)
    expect(again.cutCopy).toBeUndefined()
    await again.log.close()
  })

  test('is refused when the state has applied what it held', async () => {
    const disk = await tornDisk((sector) => sector === 1)
    expect(await outcome(disk, { durableIndex: 2 })).toBe('STORE_LOG_BEHIND_STATE')
    expect(disk.files().some((path) => path.includes('/cut/'))).toBe(false)
    const { log, contents } = await open(disk, { durableIndex: 1 })
    expect(contents.entries).toHaveLength(1)
    await log.close()
  })

  test('with a flipped bit in its only head is refused: it is not torn in form', async () => {
    const disk = await tornDisk((sector) => sector === 1)
    disk.flipBit(firstSegment, 512 + 104 + 3, 5)
    expect(await outcome(disk)).toBe('STORE_LOG_CORRUPT')
  })

  test('keeps no more than the latest copies', async () => {
    const disk = await tornDisk((sector) => sector === 1)
    await disk.makeDirectory('/raft/cut')
    for (let n = 0; n < 12; n += 1) disk.overwrite(`/raft/cut/old-${n}`, new Uint8Array([n]))
    const { log } = await open(disk)
    expect(await disk.list('/raft/cut')).toHaveLength(8)
    await log.close()
  })

  test('of every size is cut: all prefixes of sectors', async () => {
    for (const kept of all) {
      const disk = await tornDisk((sector) => sector <= kept)
      const { log, contents } = await open(disk)
      expect(contents.entries).toHaveLength(kept === 4 ? 2 : 1)
      await log.close()
    }
  })
})

describe('files that are missing or foreign', () => {
  const groups = Array.from({ length: 12 }, (_, i) => group([filled(i + 1, 300)]))
  const limits = { segmentBytes: 1536 }

  test('a segment that is gone is refused, the first, one in the middle, or the last', async () => {
    const disk = await written(groups, limits)
    const segments = disk.files().filter((path) => path.endsWith('.wal'))
    expect(segments.length).toBeGreaterThan(3)
    const codes: string[] = []
    for (const path of segments) {
      const copy = copyOf(disk)
      copy.destroy(path)
      codes.push(await outcome(copy, limits))
    }
    expect(new Set(codes)).toEqual(new Set(['STORE_LOG_CORRUPT']))
    const copy = copyOf(disk)
    for (const path of segments) copy.destroy(path)
    expect(await outcome(copy, limits)).toBe('STORE_LOG_MISSING')
  })

  test('a log without its witness is refused', async () => {
    const disk = await written(groups, limits)
    disk.destroy('/raft/witness')
    expect(await outcome(disk, limits)).toBe('STORE_LOG_MISSING')
  })

  test('R-17.6 a log older than its witness is refused', async () => {
    const disk = await createDisk('older')
    const { log } = await open(disk)
    await log.append(group([filled(1)]))
    const older = disk.content(firstSegment)
    await log.append(group([filled(2)], 3))
    await log.close()
    disk.overwrite(firstSegment, older)
    expect(await outcome(disk)).toBe('STORE_LOG_ROLLED_BACK')
  })

  test("R-1.4 another cluster's or replica's log is refused", async () => {
    const disk = await written(groups)
    const opening = (other: Partial<typeof identity>) =>
      openWriteAheadLog(
        { disk, logger: nullLogger },
        { directory: '/raft', identity: { ...identity, ...other }, durableIndex: undefined },
      )
    await expect(opening({ clusterId: 'c2'.repeat(16) })).rejects.toMatchObject({
      code: 'STORE_WRONG_CLUSTER',
    })
    await expect(opening({ replicaId: 2 })).rejects.toMatchObject({ code: 'STORE_WRONG_IDENTITY' })
    await expect(opening({ incarnation: 'a2'.repeat(16) })).rejects.toMatchObject({
      code: 'STORE_WRONG_IDENTITY',
    })
  })

  test('a log is never created over another one', async () => {
    const disk = await written(groups)
    const creating = createWriteAheadLog(
      { disk, logger: nullLogger },
      { directory: '/raft', identity },
    )
    await expect(creating).rejects.toMatchObject({ code: 'STORE_DIRECTORY_UNUSABLE' })
  })

  test('a record that passes its checks and makes no sense is refused', async () => {
    // A segment of the same log from a history in which entry 2 was never written.
    const disk = await written([group([filled(1)]), group([filled(2)])], limits)
    const other = await written(
      [group([filled(1)]), group([filled(2)]), group([filled(3)])],
      limits,
    )
    const name = '/raft/0000000000000002-0000000000000009.wal'
    other.overwrite(name, other.content(firstSegment))
    expect(await outcome(other, limits)).toBe('STORE_LOG_CORRUPT')
    expect(await outcome(disk, limits)).toContain('"index":2')
  })
})

test('R-16.2 a flipped bit in the record of an image is refused', async () => {
  const disk = await written([group([filled(1)])])
  const { log } = await open(disk)
  await log.announceImage({ index: 7, term: 1 })
  await log.reset({ index: 7, term: 1 }, { term: 1, votedFor: 0, commit: 7 })
  disk.powerOn('lose')
  const end = disk.content(firstSegment).findLastIndex((byte) => byte !== 0) + 1
  for (let bit = (end - 144) * 8; bit < end * 8; bit += 1) {
    const copy = copyOf(disk)
    copy.flipBit(firstSegment, bit >> 3, bit & 7)
    expect(await outcome(copy)).toBe('STORE_LOG_CORRUPT')
  }
  expect(await outcome(copyOf(disk))).toContain('"compacted":{"index":7,"term":1}')
})
