import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileDisk } from './file-disk.ts'

let root = ''
const disk = new FileDisk()
const bytes = (text: string): Uint8Array => Buffer.from(text)

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'damselfly-disk-'))
})

afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

describe('FileDisk', () => {
  it('writes parts at an offset, reads them back and stops at the end of the file', async () => {
    const file = await disk.open(join(root, 'a'), 'create')
    await file.write(2, [bytes('ab'), bytes('cd')])
    await file.sync()
    expect(await file.size()).toBe(6)
    expect(Buffer.from(await file.read(1, 100)).toString('latin1')).toBe('\0abcd')
    await file.truncate(3)
    expect(Buffer.from(await file.read(0, 10)).toString('latin1')).toBe('\0\0a')
    await file.close()
  })

  it('writes synced bytes into the same file, and refuses when the name is another file', async () => {
    const file = await disk.open(join(root, 'a'), 'create')
    await file.write(0, [bytes('abcdef')])
    await file.writeSynced!(2, [bytes('C'), bytes('D')])
    await disk.rename(join(root, 'a'), join(root, 'b'))
    await file.writeSynced!(4, [bytes('E')])
    expect(Buffer.from(await file.read(0, 10)).toString()).toBe('abCDEf')
    await file.close()

    const replaced = await disk.open(join(root, 'c'), 'create')
    await disk.rename(join(root, 'b'), join(root, 'c'))
    await expect(replaced.writeSynced!(0, [bytes('x')])).rejects.toMatchObject({ code: 'STORE_IO' })
    expect(Buffer.from(await disk.readFile(join(root, 'c'), 10)).toString()).toBe('abCDEf')
    await replaced.close()
  })

  it('lists names in UTF-8 order and tells kinds apart', async () => {
    for (const name of ['b', 'a', '\u{1F600}', '\uFF5E']) await writeFile(join(root, name), 'x')
    await disk.makeDirectory(join(root, 'd', 'e'))
    expect(await disk.list(root)).toEqual(['a', 'b', 'd', '\uFF5E', '\u{1F600}'])
    expect(await disk.stat(join(root, 'a'))).toMatchObject({ kind: 'file', sizeBytes: 1 })
    expect((await disk.stat(join(root, 'd')))?.kind).toBe('directory')
    expect(await disk.stat(join(root, 'none'))).toBeUndefined()
    expect(await disk.freeBytes(root)).toBeGreaterThan(0)
  })

  it('refuses directories where the system makes none, without trying for ever', async () => {
    const made = disk.makeDirectory('/proc/none/deeper')
    await expect(made).rejects.toMatchObject({ name: 'DiskError', code: 'STORE_NOT_FOUND' })
    const below = disk.makeDirectory('/dev/null/deeper')
    await expect(below).rejects.toMatchObject({ code: 'STORE_WRONG_KIND' })
  })

  it('renames over a file, links, removes and syncs directories', async () => {
    await writeFile(join(root, 'a'), 'new')
    await writeFile(join(root, 'b'), 'old')
    await disk.rename(join(root, 'a'), join(root, 'b'))
    await disk.link(join(root, 'b'), join(root, 'c'))
    await disk.syncDirectory(root)
    expect(Buffer.from(await disk.readFile(join(root, 'c'), 10)).toString()).toBe('new')
    await disk.remove(join(root, 'b'))
    await disk.removeTree(join(root, 'nothing-here'))
    expect(await disk.list(root)).toEqual(['c'])
  })

  it.each([
    ['STORE_NOT_FOUND', () => disk.open(join(root, 'none'), 'read')],
    ['STORE_NOT_FOUND', () => disk.remove(join(root, 'none'))],
    ['STORE_EXISTS', () => disk.open(join(root, 'there'), 'create')],
    ['STORE_WRONG_KIND', () => disk.open(root, 'write')],
    ['STORE_WRONG_KIND', () => disk.list(join(root, 'there'))],
    ['STORE_IO', () => disk.readFile(join(root, 'there'), 1)],
  ])('reports %s', async (code, act) => {
    await writeFile(join(root, 'there'), 'xx')
    await expect(act()).rejects.toMatchObject({ name: 'DiskError', code })
  })
})
