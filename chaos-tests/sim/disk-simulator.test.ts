import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Prng } from '../../base/index.ts'
import type { Disk } from '../../base/index.ts'
import { FileDisk } from '../../runtime/index.ts'
import { DiskSimulator } from './disk-simulator.ts'
import type { PowerCut } from './disk-simulator.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)
const shown = (content: Uint8Array): string => Buffer.from(content).toString('latin1')

const simulated = (seed = 'disk', capacityBytes?: number): DiskSimulator =>
  new DiskSimulator(
    { random: new Prng(seed) },
    capacityBytes === undefined ? {} : { capacityBytes },
  )

/** What both disks must do alike, so that code tested on one runs on the other. */
const disks: readonly (readonly [
  name: string,
  create: () => Promise<{ readonly disk: Disk; readonly root: string }>,
])[] = [
  ['DiskSimulator', async () => ({ disk: simulated(), root: '/root' })],
  [
    'FileDisk',
    async () => ({ disk: new FileDisk(), root: await mkdtemp(join(tmpdir(), 'damselfly-disk-')) }),
  ],
]

describe.each(disks)('disk contract: %s', (name, create) => {
  let disk: Disk
  let root = ''

  beforeEach(async () => {
    ;({ disk, root } = await create())
    await disk.makeDirectory(root)
  })

  afterEach(async () => {
    if (name === 'FileDisk') await rm(root, { recursive: true, force: true })
  })

  test('reads what was written, zeros between, and nothing behind the end', async () => {
    const file = await disk.open(`${root}/a`, 'create')
    await file.write(2, [bytes('ab'), bytes('cd')])
    await file.write(8, [bytes('e')])
    await file.sync()
    expect(await file.size()).toBe(9)
    expect(shown(await file.read(0, 100))).toBe('\0\0abcd\0\0e')
    expect(shown(await file.read(50, 5))).toBe('')
    await file.truncate(3)
    await file.truncate(5)
    expect(shown(await disk.readFile(`${root}/a`, 5))).toBe('\0\0a\0\0')
    await file.close()
  })

  test('writes and syncs in one step', async () => {
    const file = await disk.open(`${root}/a`, 'create')
    await file.write(0, [bytes('abcd')])
    await file.writeSynced!(1, [bytes('B'), bytes('C')])
    expect(shown(await file.read(0, 10))).toBe('aBCd')
    await file.close()
  })

  test('keeps a tree of names', async () => {
    await disk.makeDirectory(`${root}/x/y`)
    await disk.makeDirectory(`${root}/x`)
    const file = await disk.open(`${root}/x/y/f`, 'write')
    await file.write(0, [bytes('1')])
    await file.close()
    await disk.link(`${root}/x/y/f`, `${root}/x/g`)
    await disk.rename(`${root}/x`, `${root}/z`)
    expect(await disk.list(root)).toEqual(['z'])
    expect(await disk.list(`${root}/z`)).toEqual(['g', 'y'])
    expect((await disk.stat(`${root}/z/y`))?.kind).toBe('directory')
    expect(await disk.stat(`${root}/z/g`)).toMatchObject({ kind: 'file', sizeBytes: 1 })
    await disk.remove(`${root}/z/g`)
    await disk.syncDirectory(`${root}/z`)
    expect(shown(await disk.readFile(`${root}/z/y/f`, 10))).toBe('1')
    await disk.removeTree(`${root}/z`)
    await disk.removeTree(`${root}/z`)
    expect(await disk.stat(`${root}/z`)).toBeUndefined()
    expect(await disk.freeBytes(root)).toBeGreaterThan(0)
  })

  test.each([
    ['STORE_NOT_FOUND', () => disk.open(`${root}/none`, 'read')],
    ['STORE_NOT_FOUND', () => disk.open(`${root}/none/f`, 'write')],
    ['STORE_NOT_FOUND', () => disk.readFile(`${root}/none`, 1)],
    ['STORE_NOT_FOUND', () => disk.remove(`${root}/none`)],
    ['STORE_NOT_FOUND', () => disk.rename(`${root}/none`, `${root}/other`)],
    ['STORE_NOT_FOUND', () => disk.list(`${root}/none`)],
    ['STORE_NOT_FOUND', () => disk.syncDirectory(`${root}/none`)],
    ['STORE_EXISTS', () => disk.open(`${root}/there`, 'create')],
    ['STORE_EXISTS', () => disk.link(`${root}/there`, `${root}/there`)],
    ['STORE_WRONG_KIND', () => disk.open(root, 'write')],
    ['STORE_IO', () => disk.readFile(`${root}/there`, 1)],
  ])('reports %s', async (code, act) => {
    const file = await disk.open(`${root}/there`, 'write')
    await file.write(0, [bytes('xx')])
    await file.close()
    await expect(act()).rejects.toMatchObject({ name: 'DiskError', code })
  })
})

describe('a power cut', () => {
  async function afterCut(cut: PowerCut, seed = cut as string): Promise<Uint8Array> {
    const disk = simulated(seed)
    const file = await disk.open('/f', 'create')
    await file.write(0, [new Uint8Array(2048).fill(1)])
    await file.sync()
    await disk.syncDirectory('/')
    await file.write(0, [new Uint8Array(4096).fill(2)])
    disk.powerOn(cut)
    await expect(file.read(0, 1)).rejects.toMatchObject({ code: 'STORE_IO' })
    return disk.content('/f')
  }

  test('keeps what was synced and loses, keeps or tears the rest by whole sectors', async () => {
    expect(await afterCut('lose')).toEqual(new Uint8Array(2048).fill(1))
    expect(await afterCut('keep')).toEqual(new Uint8Array(4096).fill(2))
    const seen = new Set<number>()
    for (let seed = 0; seed < 20; seed += 1) {
      const content = await afterCut('tear', `${seed}`)
      for (let at = 0; at < content.length; at += 512) {
        const sector = content.subarray(at, at + 512)
        expect(new Set(sector).size).toBe(1)
        seen.add(sector[0]!)
      }
    }
    expect([...seen].sort()).toEqual([0, 1, 2])
  })

  test('keeps what was written and synced in one step, and not what was written before', async () => {
    const disk = simulated()
    const file = await disk.open('/f', 'create')
    await disk.syncDirectory('/')
    await file.write(0, [new Uint8Array(512).fill(1)])
    await file.writeSynced!(512, [new Uint8Array(512).fill(2)])
    disk.powerOn('lose')
    const content = disk.content('/f')
    expect(content.subarray(0, 512)).toEqual(new Uint8Array(512))
    expect(content.subarray(512)).toEqual(new Uint8Array(512).fill(2))
  })

  test('undoes names whose directory was not synced, the latest first', async () => {
    const disk = simulated()
    await disk.makeDirectory('/d')
    for (const name of ['a', 'b']) {
      const file = await disk.open(`/d/${name}`, 'create')
      await file.close()
    }
    await disk.syncDirectory('/d')
    await disk.rename('/d/a', '/d/c')
    await disk.remove('/d/b')
    disk.powerOn('lose')
    expect(await disk.list('/d')).toEqual(['a', 'b'])
  })

  test('in the middle of an operation ends the process there', async () => {
    const disk = simulated()
    disk.powerOffAt(2)
    const file = await disk.open('/f', 'create')
    await expect(file.write(0, [bytes('x')])).rejects.toMatchObject({ code: 'STORE_IO' })
    expect(disk.isOff).toBe(true)
    await expect(disk.list('/')).rejects.toMatchObject({ code: 'STORE_IO' })
    disk.powerOn('lose')
    expect(await disk.list('/')).toEqual([])
  })

  test('is not what happens when a process is killed: the cache stays', async () => {
    const disk = simulated()
    const file = await disk.open('/f', 'create')
    await file.write(0, [bytes('x')])
    disk.kill()
    await expect(file.sync()).rejects.toMatchObject({ code: 'STORE_IO' })
    expect(shown(await disk.readFile('/f', 1))).toBe('x')
    disk.powerOn('lose')
    expect(await disk.list('/')).toEqual([])
  })
})

describe('faults', () => {
  test('meet the next matching operation only; a failed sync loses its data for good', async () => {
    const disk = simulated()
    const file = await disk.open('/f', 'create')
    await disk.syncDirectory('/')
    await file.write(0, [bytes('x')])
    disk.failNext('sync', 'STORE_IO', (path) => path === '/f')
    await expect(file.sync()).rejects.toMatchObject({ code: 'STORE_IO' })
    await file.sync()
    expect(disk.syncCounts.get('/f')).toBe(2)
    disk.powerOn('keep')
    expect(disk.content('/f')).toHaveLength(0)
  })

  test('a lying sync returns and keeps nothing', async () => {
    const disk = simulated()
    const file = await disk.open('/f', 'create')
    await disk.syncDirectory('/')
    disk.lieOnSync((path) => path === '/f')
    await file.write(0, [bytes('x')])
    await file.sync()
    disk.powerOn('lose')
    expect(disk.content('/f')).toHaveLength(0)
  })

  test('a full disk writes what fits', async () => {
    const disk = simulated('full', 4)
    const file = await disk.open('/f', 'create')
    await expect(file.write(0, [bytes('abcdef')])).rejects.toMatchObject({
      code: 'STORE_DISK_FULL',
    })
    expect(shown(disk.content('/f'))).toBe('abcd')
    await file.write(1, [bytes('xy')])
    expect(await disk.freeBytes('/')).toBe(0)
  })

  test('bits flip, sectors and files vanish, on the disk and in the cache', async () => {
    const disk = simulated()
    disk.overwrite('/f', bytes('abc'))
    disk.flipBit('/f', 1, 0)
    disk.zero('/f', 2, 1)
    expect(shown(disk.content('/f'))).toBe('ac\0')
    disk.powerOn('lose')
    expect(shown(disk.content('/f'))).toBe('ac\0')
    disk.destroy('/f')
    expect(disk.files()).toEqual([])
  })

  test('the same seed tears the same way', async () => {
    const run = async (): Promise<string> => {
      const disk = simulated('same')
      const file = await disk.open('/f', 'create')
      await disk.syncDirectory('/')
      await file.write(0, [new Uint8Array(20_000).fill(9)])
      disk.powerOn('tear')
      return shown(disk.content('/f'))
    }
    expect(await run()).toBe(await run())
  })
})
