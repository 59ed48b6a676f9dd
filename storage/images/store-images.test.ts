import { describe, expect, test } from 'vitest'
import { DiskError, nullLogger, Prng, toHex, utf8Decode, utf8Encode } from '../../base/index.ts'
import { DiskSimulator } from '../../chaos-tests/sim/disk-simulator.ts'
import { initialConfiguration } from '../../raft/index.ts'
import type { ImageReader, Snapshot } from '../../raft/index.ts'
import { SystemClock } from '../../runtime/index.ts'
import { StorageRefusedError } from '../errors.ts'
import { imageSpareBytes } from '../limits.ts'
import { MemoryStateStore } from '../state/memory-state-store.ts'
import type { StateRows } from '../state/memory-state-store.ts'
import type { RowSource, StateRow } from '../state/state-store.ts'
import { imageFormatPrefixBytes } from './image-format.ts'
import type { ImageContent } from './image-format.ts'
import { StoreImages } from './store-images.ts'
import type { ImageState, StagedState } from './store-images.ts'

const clusterId = 'c1'.repeat(16)
const configuration = initialConfiguration({ voters: [1, 2], learners: [3] })
const contentKey = new Uint8Array([0])

/** A state of numbered rows, whose first row says where it stands. */
class CountingState implements ImageState {
  readonly store: MemoryStateStore
  /** What its users see. */
  shownIndex = 0
  flushes: number[] = []
  refusal: Error | undefined

  constructor(store: MemoryStateStore) {
    this.store = store
  }

  async flushThrough(index: number): Promise<void> {
    this.flushes.push(index)
  }

  async describe(snapshot: { get(key: Uint8Array): Promise<Uint8Array | undefined> }) {
    return contentOf(await snapshot.get(contentKey))
  }

  stage(): StagedState {
    const rows: StateRow[] = []
    const complete = (): ImageContent => {
      if (this.refusal !== undefined) throw this.refusal
      return contentOf(rows[0]?.[1])
    }
    return {
      add: (key, value) => rows.push([key, value]),
      complete,
      install: async (source: RowSource) => {
        const { index, term } = complete()
        await this.store.replaceWith(source)
        expect(term).toBe(3)
        this.shownIndex = index
      },
    }
  }
}

function contentOf(value: Uint8Array | undefined): ImageContent {
  const [index, digest] = JSON.parse(utf8Decode(value!)) as [number, number]
  const digestBytes = new Uint8Array(16).fill(digest)
  return { index, term: 3, configuration, clusterClockMs: index * 10, digest: digestBytes }
}

/** The state at `index`: one row for each index. */
function rowsAt(index: number, bytes = 100): StateRow[] {
  const content = utf8Encode(JSON.stringify([index, index & 255]))
  const rows: StateRow[] = [[contentKey, content]]
  for (let n = 1; n <= index; n += 1) {
    rows.push([new Uint8Array([1, n >> 8, n & 255]), new Uint8Array(bytes).fill(n)])
  }
  return rows
}

const clock = new SystemClock()

interface Replica {
  readonly disk: DiskSimulator
  readonly store: MemoryStateStore
  readonly state: CountingState
  readonly images: StoreImages
}

function replicaOver(disk: DiskSimulator, store: MemoryStateStore, ofCluster = clusterId): Replica {
  const state = new CountingState(store)
  const deps = { disk, random: new Prng('images'), logger: nullLogger, store, state }
  const images = new StoreImages(deps, { tmpDirectory: '/tmp', clusterId: ofCluster })
  return { disk, store, state, images }
}

async function replicaAt(index: number, bytes = 100, ofCluster = clusterId): Promise<Replica> {
  const store = new MemoryStateStore({ clock })
  await store.write({ puts: rowsAt(index, bytes), deletes: [] })
  return replicaOver(new DiskSimulator({ random: new Prng('disk') }), store, ofCluster)
}

async function transfer(reader: ImageReader, to: Replica, snapshot = reader.snapshot) {
  const writer = await to.images.receive(snapshot)
  for (let next = await reader.next(); next !== undefined; next = await reader.next()) {
    await writer.write(next)
  }
  await reader.close()
  return writer
}

async function rowCount(store: MemoryStateStore): Promise<number> {
  let count = 0
  await store.load(() => void (count += 1))
  return count
}

describe('images of a stored state', () => {
  test('one of another format is refused at its first piece, and leaves no file', async () => {
    const from = await replicaAt(2000, 700)
    const to = await replicaAt(3)
    const reader = await from.images.open(1999)
    const first = (await reader.next())!
    const writer = await to.images.receive(reader.snapshot)
    const changed = first.with(imageFormatPrefixBytes - 1, 2)
    await expect(writer.write(changed)).rejects.toMatchObject({ code: 'RAFT_IMAGE_UNSUPPORTED' })
    await writer.abort()
    expect(await to.disk.list('/tmp')).toEqual([])
    await reader.close()
  })

  test('R-13.1 R-13.3 move it to another replica in pieces, and leave no file', async () => {
    const from = await replicaAt(2000, 700)
    const to = await replicaAt(3)
    const reader = await from.images.open(1999)
    expect(from.state.flushes).toEqual([1999])
    expect(reader.snapshot).toEqual({ index: 2000, term: 3, configuration, clusterClockMs: 20_000 })
    const writer = await transfer(reader, to)
    await writer.finish()
    expect(await rowCount(to.store)).toBe(4)
    expect(to.state.shownIndex).toBe(0)
    await writer.install()
    const text = (rows: StateRows) => [...rows].map(([key, value]) => key + toHex(value)).join()
    expect(text(to.store.rows) === text(from.store.rows)).toBe(true)
    expect(to.state.shownIndex).toBe(2000)
    expect(to.disk.files()).toEqual([])
  })

  test('show the state of one moment while it goes on', async () => {
    const from = await replicaAt(50)
    const to = await replicaAt(1)
    const reader = await from.images.open(50)
    await from.store.write({ puts: rowsAt(60), deletes: [] })
    const writer = await transfer(reader, to)
    await writer.finish()
    await writer.install()
    expect(to.state.shownIndex).toBe(50)
    expect(await rowCount(to.store)).toBe(51)
  })

  test('are not opened before the store has what they must cover', async () => {
    const from = await replicaAt(50)
    await expect(from.images.open(51)).rejects.toMatchObject({ code: 'RAFT_IMAGE_NOT_READY' })
  })

  test('given up leave nothing, and make room for the next', async () => {
    const from = await replicaAt(50)
    const to = await replicaAt(1)
    const first = await transfer(await from.images.open(50), to)
    expect(to.disk.files()).toHaveLength(1)
    await first.abort()
    await first.abort()
    expect(to.disk.files()).toEqual([])
    const second = await transfer(await from.images.open(50), to)
    await second.finish()
    await second.abort()
    expect(to.disk.files()).toEqual([])
    expect(await rowCount(to.store)).toBe(2)
    const third = await transfer(await from.images.open(50), to)
    await third.finish()
    await third.install()
    expect(to.state.shownIndex).toBe(50)
  })

  test('R-13.2 come one at a time', async () => {
    const from = await replicaAt(50)
    const to = await replicaAt(1)
    await transfer(await from.images.open(50), to)
    const { snapshot } = await from.images.open(50)
    await expect(to.images.receive(snapshot)).rejects.toThrow('one image')
  })
})

describe('an image that is refused changes nothing', () => {
  async function refused(from: Replica, to: Replica, other: Partial<Snapshot> = {}) {
    const reader = await from.images.open(1)
    const writer = await transfer(reader, to, { ...reader.snapshot, ...other })
    const finishing = writer.finish()
    await expect(finishing).rejects.toMatchObject({ code: 'RAFT_IMAGE_DAMAGED' })
    await expect(writer.install()).rejects.toThrow('only a finished image')
    await writer.abort()
    expect(await rowCount(to.store)).toBe(2)
    expect(to.disk.files()).toEqual([])
  }

  test('of another cluster', async () => {
    await refused(await replicaAt(50, 100, 'c2'.repeat(16)), await replicaAt(1))
  })

  test.each([
    ['index', { index: 51 }],
    ['term', { term: 4 }],
    ['clock', { clusterClockMs: 1 }],
    ['configuration', { configuration: initialConfiguration({ voters: [1] }) }],
  ])('announced with another %s', async (_title, other) => {
    await refused(await replicaAt(50), await replicaAt(1), other)
  })

  test('whose rows are another state than it says', async () => {
    const from = await replicaAt(50)
    const to = await replicaAt(1)
    const describeAs = contentOf(utf8Encode('[50,7]'))
    from.state.describe = async () => describeAs
    await refused(from, to)
  })

  test('whose rows are no state', async () => {
    const to = await replicaAt(1)
    to.state.refusal = new StorageRefusedError('STORE_WRONG_IDENTITY', 'simulated', '/')
    await refused(await replicaAt(50), to)
  })

  test('that is cut off or damaged on disk', async () => {
    const from = await replicaAt(50)
    const to = await replicaAt(1)
    const reader = await from.images.open(1)
    const writer = await to.images.receive(reader.snapshot)
    const bytes = (await reader.next())!
    await writer.write(bytes.subarray(0, bytes.length - 1))
    await expect(writer.finish()).rejects.toMatchObject({ code: 'RAFT_IMAGE_DAMAGED' })
    await writer.abort()
    const again = await transfer(await from.images.open(1), to)
    await again.finish()
    // Between the proof and the install, the disk loses a bit.
    to.disk.flipBit(to.disk.files()[0]!, 300, 1)
    const installing = again.install()
    await expect(installing).rejects.toMatchObject({ code: 'RAFT_IMAGE_DAMAGED' })
    expect(await rowCount(to.store)).toBe(2)
    expect(to.state.shownIndex).toBe(0)
  })

  test.each([
    ['write', 'STORE_DISK_FULL'],
    ['sync', 'STORE_IO'],
  ] as const)('when its %s fails', async (operation, code) => {
    const from = await replicaAt(50)
    const to = await replicaAt(1)
    to.disk.failNext(operation, code)
    const reader = await from.images.open(1)
    const writer = await to.images.receive(reader.snapshot)
    const receiving = async () => {
      await writer.write((await reader.next())!)
      await writer.finish()
    }
    await expect(receiving()).rejects.toMatchObject({ code })
    await writer.abort()
    expect(to.disk.files()).toEqual([])
    expect(await rowCount(to.store)).toBe(2)
  })

  test('J22 before it takes the room that the log and the state need', async () => {
    const from = await replicaAt(50)
    const to = await replicaAt(1)
    const reader = await from.images.open(50)
    const writer = await to.images.receive(reader.snapshot)
    const bytes = (await reader.next())!
    to.disk.capacityBytes = imageSpareBytes + bytes.length - 1
    await expect(writer.write(bytes)).rejects.toMatchObject({ code: 'STORE_DISK_FULL' })
    await writer.abort()
    expect(to.disk.usedBytes).toBe(0)
  })

  test('J22 when the disk has no room for the state it would become', async () => {
    const from = await replicaAt(50)
    const to = await replicaAt(1)
    const writer = await transfer(await from.images.open(50), to)
    to.disk.capacityBytes = to.disk.usedBytes + imageSpareBytes
    // Later would be too late: once the log was told of the image, the replica must stop.
    await expect(writer.finish()).rejects.toMatchObject({ code: 'STORE_DISK_FULL' })
    await writer.abort()
    expect(to.disk.files()).toEqual([])
    to.disk.capacityBytes = 2 * imageSpareBytes
    const again = await transfer(await from.images.open(50), to)
    await again.finish()
    await again.install()
    expect(to.state.shownIndex).toBe(50)
  })

  test('whose file does not close, and the next one is taken', async () => {
    const from = await replicaAt(50)
    const to = await replicaAt(1)
    const { open } = to.disk
    to.disk.open = async (...place) => {
      const file = await open.apply(to.disk, place)
      return { ...file, close: () => Promise.reject(new DiskError('STORE_IO', place[0], 'no')) }
    }
    const writer = await to.images.receive((await from.images.open(50)).snapshot)
    await expect(writer.abort()).rejects.toMatchObject({ code: 'STORE_IO' })
    to.disk.open = open
    const again = await transfer(await from.images.open(50), to)
    await again.finish()
    await again.install()
    expect(to.state.shownIndex).toBe(50)
    expect(to.disk.files()).toEqual([])
  })
})

test('R-13.1 J05 J06 a crash at any step leaves the old state or the new one, and no file for long', async () => {
  const from = await replicaAt(900, 700)
  /** Everything from the first chunk to the install. */
  const receive = async (to: Replica) => {
    const writer = await transfer(await from.images.open(900), to)
    await writer.finish()
    await writer.install()
  }
  const whole = await replicaAt(5)
  await receive(whole)
  const total = whole.disk.operationCount
  expect(total).toBeGreaterThan(4)
  const outcomes = new Set<number>()
  for (let at = 1; at <= total + 1; at += 1) {
    const before = await replicaAt(5)
    before.disk.powerOffAt(at)
    await receive(before).catch(() => undefined)
    // A write of the store under way is kept or lost as a whole.
    const rows = before.store.crash(at % 2)
    before.disk.powerOn(at % 2 === 0 ? 'keep' : 'tear')
    const after = replicaOver(before.disk, new MemoryStateStore({ clock }, { rows }))
    const count = await rowCount(after.store)
    expect([6, 901]).toContain(count)
    outcomes.add(count)
    await receive(after)
    expect(after.disk.files()).toEqual([])
    expect(await rowCount(after.store)).toBe(901)
  }
  expect(outcomes).toEqual(new Set([6, 901]))
})
