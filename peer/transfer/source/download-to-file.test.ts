import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MiB, Prng } from '../../../base/index.ts'
import { FileDisk, UndiciHttp } from '../../../runtime/index.ts'
import { FaultyDisk } from '../../store/faulty-disk.suite.ts'
import { content, inDirectory } from '../../store/fixture.suite.ts'
import { Origin, PatientClock } from '../origin.suite.ts'
import { downloadToFile } from './download-to-file.ts'
import type { FileDownloadOptions } from './download-to-file.ts'

const bytes = content(6 * MiB)

let origin: Origin
const http = new UndiciHttp()
afterAll(() => http.close())
beforeEach(async () => {
  origin = new Origin(bytes)
  await origin.start()
})
afterEach(() => origin.stop())

interface Place {
  readonly directory: string
  readonly disk: FaultyDisk
  readonly download: (options?: Partial<FileDownloadOptions>) => Promise<number>
}

function inPlace(act: (place: Place) => Promise<void>): Promise<void> {
  return inDirectory(async (directory) => {
    const disk = new FaultyDisk(new FileDisk())
    const deps = { http, disk, clock: new PatientClock(), random: new Prng('f'), limiters: [] }
    const usual = {
      header: {},
      range: '',
      digest: '',
      overwrite: false,
      output: `${directory}/out`,
    }
    await act({
      directory,
      disk,
      download: (options) => downloadToFile(deps, { url: origin.url, ...usual, ...options }),
    })
  })
}

describe('a URL straight into a file', () => {
  test.each([true, false])('with ranges %s', (supportsRanges) =>
    inPlace(async ({ directory, download }) => {
      origin.supportsRanges = supportsRanges
      const progress: [number, number][] = []
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
      const onProgress = (written: number, total: number): number => progress.push([written, total])
      expect(await download({ digest, onProgress })).toBe(bytes.length)
      expect(Buffer.compare(await readFile(`${directory}/out`), bytes)).toBe(0)
      expect(progress.at(-1)).toEqual([bytes.length, bytes.length])
      expect(origin.bodyBytes).toBe(bytes.length)
    }),
  )

  test('of unknown length, empty, and a part of it', () =>
    inPlace(async ({ directory, download }) => {
      expect(await download({ range: '3-9', output: `${directory}/part` })).toBe(7)
      expect(await readFile(`${directory}/part`)).toEqual(Buffer.from(bytes.subarray(3, 10)))
      origin.isChunked = true
      origin.supportsRanges = false
      expect(await download({ output: `${directory}/chunked` })).toBe(bytes.length)
      origin.content = new Uint8Array(0)
      expect(await download({ output: `${directory}/empty` })).toBe(0)
      expect(await readdir(directory)).toEqual(['chunked', 'empty', 'part'])
    }))

  test('goes on where an answer broke off', () =>
    inPlace(async ({ directory, download }) => {
      let isCut = false
      origin.script = ({ method }, response) => {
        if (method === 'HEAD' || isCut) return false
        isCut = true
        response.writeHead(200, { 'content-length': bytes.length })
        origin.bodyBytes += 3 * MiB
        response.write(bytes.subarray(0, 3 * MiB), () => response.destroy())
        return true
      }
      expect(await download()).toBe(bytes.length)
      expect(Buffer.compare(await readFile(`${directory}/out`), bytes)).toBe(0)
      expect(origin.seen.at(-1)?.range).toMatch(/^bytes=[1-9]/)
      expect(origin.bodyBytes).toBeLessThan(bytes.length + MiB)
    }))

  test('leaves nothing behind when the digest, the origin or the disk fails', () =>
    inPlace(async ({ directory, disk, download }) => {
      const digest = `md5:${'0'.repeat(32)}`
      await expect(download({ digest })).rejects.toMatchObject({ code: 'PEER_DIGEST_MISMATCH' })
      await expect(download({ digest: 'md5:x' })).rejects.toMatchObject({
        code: 'PEER_DIGEST_INVALID',
      })
      disk.freeBytesLeft = MiB
      await expect(download()).rejects.toMatchObject({ code: 'PEER_DISK_FULL' })
      disk.freeBytesLeft = Infinity
      origin.script = (_, response) => {
        response.writeHead(404).end()
        return true
      }
      await expect(download()).rejects.toMatchObject({ code: 'PEER_SOURCE_STATUS' })
      await expect(download({ url: 'd7y:/x' })).rejects.toMatchObject({
        code: 'PEER_SOURCE_UNSUPPORTED',
      })
      expect(await readdir(directory)).toEqual([])
    }))

  test('a stream that breaks off and cannot be continued fails', () =>
    inPlace(async ({ directory, download }) => {
      origin.supportsRanges = false
      origin.script = ({ method }, response) => {
        if (method === 'HEAD') return false
        response.writeHead(200, { 'content-length': bytes.length })
        response.write(bytes.subarray(0, 3 * MiB), () => response.destroy())
        return true
      }
      await expect(download()).rejects.toMatchObject({ code: 'PEER_SOURCE_SHORT_BODY' })
      expect(await readdir(directory)).toEqual([])
    }))

  test('an existing output is asked for before the origin is', () =>
    inPlace(async ({ directory, download }) => {
      await writeFile(`${directory}/out`, 'mine')
      await expect(download()).rejects.toMatchObject({ code: 'PEER_OUTPUT_EXISTS' })
      expect(origin.seen).toEqual([])
      expect(await download({ overwrite: true })).toBe(bytes.length)
    }))
})
