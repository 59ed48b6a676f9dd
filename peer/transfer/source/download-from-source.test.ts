import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MiB, nullLogger } from '../../../base/index.ts'
import { FileDisk, UndiciHttp } from '../../../runtime/index.ts'
import { openPieceStore } from '../../store/index.ts'
import type { PieceStore, TaskCopy } from '../../store/index.ts'
import { FaultyDisk } from '../../store/faulty-disk.suite.ts'
import { collect, content, inDirectory, newTask, storeDeps } from '../../store/fixture.suite.ts'
import { SourceError } from '../errors.ts'
import { Origin, PatientClock } from '../origin.suite.ts'
import { downloadFromSource } from './download-from-source.ts'
import type { SourceDownloadOptions, SourceStart } from './download-from-source.ts'

const bytes = content(18 * MiB)
const pieceBytes = 4 * MiB

let origin: Origin
const http = new UndiciHttp()
afterAll(() => http.close())
beforeEach(async () => {
  origin = new Origin(bytes)
  await origin.start()
})
afterEach(() => origin.stop())

interface Place {
  readonly copy: TaskCopy
  readonly store: PieceStore
  readonly disk: FaultyDisk
  readonly clock: PatientClock
  readonly download: (options?: Partial<SourceDownloadOptions>) => Promise<void>
}

function inPlace(act: (place: Place) => Promise<void>): Promise<void> {
  return inDirectory(async (directory) => {
    const disk = new FaultyDisk(new FileDisk())
    const clock = new PatientClock()
    const store = await openPieceStore(storeDeps(disk), { dataDir: directory })
    const copy = await store.create(newTask('x'))
    const deps = { http, clock, logger: nullLogger, limiters: [] }
    const download: Place['download'] = (options = {}) =>
      downloadFromSource(deps, copy, { url: origin.url, header: {}, range: '', ...options })
    await act({ copy, store, disk, clock, download })
    await copy.release()
    await store.close()
  })
}

async function expectWhole(copy: TaskCopy, expected: Uint8Array = bytes): Promise<void> {
  expect((await copy.finish()).contentLengthBytes).toBe(expected.length)
  expect(Buffer.compare(await collect(copy.read(0, expected.length)), expected)).toBe(0)
}

describe('a healthy origin', () => {
  test('with ranges is asked for groups of pieces side by side', () =>
    inPlace(async ({ copy, download }) => {
      const nums: number[] = []
      const starts: SourceStart[] = []
      await download({
        concurrentBytesMin: 1,
        workersMax: 2,
        onStart: (start) => starts.push(start),
        onPiece: (piece) => nums.push(piece.num),
      })
      await expectWhole(copy)
      expect(starts).toEqual([{ contentLengthBytes: bytes.length, dropped: false }])
      expect(nums.sort()).toEqual([0, 1, 2, 3, 4])
      expect(origin.log).toEqual([
        'HEAD whole',
        `GET bytes=0-${4 * pieceBytes - 1}`,
        `GET bytes=${4 * pieceBytes}-${bytes.length - 1}`,
      ])
      expect(origin.bodyBytes).toBe(bytes.length)
    }))

  test('is asked once for a short content', () =>
    inPlace(async ({ copy, download }) => {
      await download()
      await expectWhole(copy)
      expect(origin.log).toEqual(['HEAD whole', 'GET whole'])
    }))

  test.each([0, 1, pieceBytes, pieceBytes + 1])('of %i bytes', (length) =>
    inPlace(async ({ copy, download }) => {
      origin.content = bytes.subarray(0, length)
      await download()
      await expectWhole(copy, origin.content)
      expect(origin.bodyBytes).toBe(length)
    }),
  )

  test('of no bytes that allows nothing but GET', () =>
    inPlace(async ({ copy, download }) => {
      origin.script = ({ method }, response) => {
        const headers = method === 'GET' ? { 'content-range': 'bytes */0' } : {}
        response.writeHead(method === 'GET' ? 416 : 405, headers).end()
        return true
      }
      await download()
      await expectWhole(copy, new Uint8Array(0))
    }))

  test('without ranges sends one stream', () =>
    inPlace(async ({ copy, download }) => {
      origin.supportsRanges = false
      await download({ concurrentBytesMin: 1 })
      await expectWhole(copy)
      // HEAD says nothing of ranges, so the first byte is asked for, and the answer to that is
      // used.
      expect(origin.log).toEqual(['HEAD whole', 'GET bytes=0-0'])
      expect(origin.bodyBytes).toBe(bytes.length)
    }))

  test('that allows nothing but GET is asked for ranges all the same', () =>
    inPlace(async ({ copy, download }) => {
      origin.script = ({ method }, response) => {
        if (method !== 'HEAD') return false
        response.writeHead(403).end()
        return true
      }
      await download()
      await expectWhole(copy)
      expect(origin.log).toEqual(['HEAD whole', 'GET bytes=0-0', 'GET whole'])
    }))

  test('that does not tell the length', () =>
    inPlace(async ({ copy, download }) => {
      origin.supportsRanges = false
      origin.isChunked = true
      await download()
      await expectWhole(copy)
    }))

  test('gets the caller’s headers, not those of the connection, and asks for plain bytes', () =>
    inPlace(async ({ download }) => {
      const header = { 'X-Token': 't', Range: 'bytes=0-1', 'Accept-Encoding': 'gzip', Host: 'evil' }
      await download({ header })
      for (const { headers, range } of origin.seen) {
        expect(headers).toMatchObject({ 'x-token': 't', 'accept-encoding': 'identity' })
        expect(headers['host']).toMatch(/^127\.0\.0\.1:/)
        expect(range).toBeUndefined()
      }
    }))

  test('passes its version and a few headers on to the copy', () =>
    inPlace(async ({ copy, download }) => {
      origin.etag = '"v1"'
      await download()
      expect(copy.info()).toMatchObject({
        validator: { etag: '"v1"', lastModified: '' },
        sourceHeader: { etag: '"v1"' },
      })
    }))

  test.each([
    ['5-14', bytes.subarray(5, 15)],
    ['18874360-', bytes.subarray(18874360)],
    ['-3', bytes.subarray(bytes.length - 3)],
  ])('serves the range %s as a content of its own', (range, expected) =>
    inPlace(async ({ copy, download }) => {
      await download({ range })
      await expectWhole(copy, expected)
    }),
  )

  test('may redirect, within bounds and to http only', () =>
    inPlace(async ({ copy, download }) => {
      let target = '/elsewhere'
      origin.script = ({ path }, response) => {
        if (path !== '/file') return false
        response.writeHead(302, { location: target }).end()
        return true
      }
      target = '/file'
      await expect(download()).rejects.toMatchObject({ code: 'PEER_SOURCE_STATUS' })
      expect(origin.seen.length).toBeLessThan(30)
      target = 'ftp://127.0.0.1/file'
      await expect(download()).rejects.toMatchObject({ code: 'PEER_SOURCE_UNSUPPORTED' })
      target = '/elsewhere'
      await download()
      await expectWhole(copy)
    }))
})

describe('an origin in trouble', () => {
  test('an answer cut short is continued where it broke off', () =>
    inPlace(async ({ copy, download, clock }) => {
      let cuts = 0
      origin.script = (request, response) => {
        if (request.method === 'HEAD' || cuts === 2) return false
        cuts += 1
        const from = Number(/=(\d+)/.exec(request.range ?? '=0')![1])
        const headers = { 'content-length': bytes.length - from, 'content-range': '' }
        if (from > 0) headers['content-range'] = `bytes ${from}-${bytes.length - 1}/${bytes.length}`
        response.writeHead(from > 0 ? 206 : 200, headers)
        const part = bytes.subarray(from, from + pieceBytes + MiB)
        origin.bodyBytes += part.length
        response.write(part, () => response.destroy())
        return true
      }
      await download()
      await expectWhole(copy)
      // What was not a whole piece is fetched again, nothing else.
      expect(origin.bodyBytes).toBeLessThanOrEqual(bytes.length + 2 * pieceBytes)
      expect(clock.sleeps).toEqual([500, 500])
    }))

  test('an answer without the promised bytes fails after three attempts', () =>
    inPlace(async ({ copy, download, clock }) => {
      origin.script = ({ method }, response) => {
        if (method === 'HEAD') return false
        response.writeHead(200, {}).end('short')
        return true
      }
      await expect(download()).rejects.toMatchObject({
        code: 'PEER_SOURCE_SHORT_BODY',
        isTemporary: true,
      })
      expect(origin.log).toEqual(['HEAD whole', 'GET whole', 'GET whole', 'GET whole'])
      expect(clock.sleeps).toEqual([500, 1000])
      expect(copy.info().finishedPieces).toBe(0)
    }))

  test('a connection reset every time fails after three attempts', () =>
    inPlace(async ({ download }) => {
      origin.script = ({ method }, response) => {
        if (method === 'HEAD') return false
        response.socket?.resetAndDestroy()
        return true
      }
      await expect(download()).rejects.toMatchObject({ code: 'PEER_SOURCE_UNREACHABLE' })
      expect(origin.seen.filter(({ method }) => method === 'GET').length).toBeGreaterThanOrEqual(3)
    }))

  test('another range than asked for is refused', () =>
    inPlace(async ({ copy, download }) => {
      await copy.setContentLength(bytes.length)
      await copy.writePiece(0, bytes.subarray(0, pieceBytes), { origin: 'parent' })
      origin.script = ({ method }, response) => {
        if (method === 'HEAD') return false
        response.writeHead(206, { 'content-range': `bytes 0-9/${bytes.length}` }).end('0123456789')
        return true
      }
      await expect(download()).rejects.toMatchObject({ code: 'PEER_SOURCE_WRONG_RANGE' })
      expect(origin.log).toHaveLength(4)
    }))

  test('the whole content instead of a range is taken as one stream', () =>
    inPlace(async ({ copy, download }) => {
      origin.script = (request, response) => {
        if (request.method === 'HEAD') return false
        origin.serve({ ...request, range: undefined }, response)
        return true
      }
      await download({ concurrentBytesMin: 1, workersMax: 3 })
      await expectWhole(copy)
    }))

  test('a content that changes between two ranges fails, and the next run takes the new one', () =>
    inPlace(async ({ copy, download }) => {
      origin.etag = '"v1"'
      const other = content(10 * MiB, 'other')
      origin.script = ({ range }) => {
        if (range?.startsWith(`bytes=${4 * pieceBytes}`) === true) {
          origin.etag = '"v2"'
          origin.content = other
        }
        return false
      }
      const first = download({ concurrentBytesMin: 1, workersMax: 1 })
      await expect(first).rejects.toMatchObject({ code: 'PEER_SOURCE_CHANGED', isTemporary: false })
      expect(copy.info().finishedPieces).toBe(4)
      const starts: SourceStart[] = []
      await download({ onStart: (start) => starts.push(start) })
      expect(starts).toEqual([{ contentLengthBytes: other.length, dropped: true }])
      await expectWhole(copy, other)
    }))

  test('a stream that starts over with other bytes is noticed without any version', () =>
    inPlace(async ({ download }) => {
      origin.supportsRanges = false
      let gets = 0
      origin.script = (request, response) => {
        if (request.method === 'HEAD') return false
        gets += 1
        if (gets > 1) {
          origin.content = content(bytes.length, 'other')
          return false
        }
        response.writeHead(200, { 'content-length': bytes.length })
        response.write(bytes.subarray(0, 2 * pieceBytes), () => response.destroy())
        return true
      }
      await expect(download()).rejects.toMatchObject({ code: 'PEER_SOURCE_CHANGED' })
    }))

  test('a length other than the known one means another content', () =>
    inPlace(async ({ copy, download }) => {
      await copy.setContentLength(bytes.length + 1)
      await expect(download()).rejects.toMatchObject({ code: 'PEER_SOURCE_CHANGED' })
    }))

  test.each([
    [404, false, 1],
    [403, false, 1],
    [503, true, 3],
    [429, true, 3],
  ])('status %i: temporary %s, %i attempts', (status, isTemporary, attempts) =>
    inPlace(async ({ download }) => {
      origin.script = (_, response) => {
        response.writeHead(status, { 'x-why': 'test' }).end('no')
        return true
      }
      const failure: unknown = await download().catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(SourceError)
      expect(failure).toMatchObject({
        code: 'PEER_SOURCE_STATUS',
        isTemporary,
        answer: { status, header: { 'x-why': 'test' } },
      })
      expect(origin.seen.filter(({ method }) => method === 'GET')).toHaveLength(attempts)
    }),
  )

  test('ranges that cannot be had', () =>
    inPlace(async ({ download }) => {
      for (const range of ['9-1', 'x', `${bytes.length}-`]) {
        await expect(download({ range })).rejects.toMatchObject({
          code: 'PEER_SOURCE_RANGE_UNSUPPORTED',
        })
      }
      origin.supportsRanges = false
      await expect(download({ range: '0-9' })).rejects.toMatchObject({
        code: 'PEER_SOURCE_RANGE_UNSUPPORTED',
      })
    }))

  test.each(['d7y:/x', 'file:///etc/passwd', 'http://', 'nonsense', ''])(
    'there is no origin for %j',
    (url) =>
      inPlace(async ({ download }) => {
        await expect(download({ url })).rejects.toMatchObject({ code: 'PEER_SOURCE_UNSUPPORTED' })
      }),
  )

  test('nobody listens', () =>
    inPlace(async ({ download, clock }) => {
      await origin.stop()
      await expect(download()).rejects.toMatchObject({ code: 'PEER_SOURCE_UNREACHABLE' })
      expect(clock.sleeps).toEqual([500, 1000])
      await origin.start()
    }))
})

describe('going on', () => {
  test('only missing pieces are fetched', () =>
    inPlace(async ({ copy, download }) => {
      await copy.setContentLength(bytes.length)
      for (const num of [0, 2]) {
        const part = bytes.subarray(num * pieceBytes, (num + 1) * pieceBytes)
        await copy.writePiece(num, part, { origin: 'parent' })
      }
      await download()
      await expectWhole(copy)
      expect(origin.log).toEqual([
        'HEAD whole',
        `GET bytes=${pieceBytes}-${2 * pieceBytes - 1}`,
        `GET bytes=${3 * pieceBytes}-${bytes.length - 1}`,
      ])
    }))

  test('a complete copy asks for no byte', () =>
    inPlace(async ({ download }) => {
      await download()
      origin.bodyBytes = 0
      await download()
      expect(origin.bodyBytes).toBe(0)
    }))

  test('given up in the middle it ends with the reason, and can be taken up again', () =>
    inPlace(async ({ copy, download }) => {
      const abort = new AbortController()
      const reason = new Error('given up')
      const first = download({
        signal: abort.signal,
        concurrentBytesMin: 1,
        workersMax: 1,
        onPiece: () => abort.abort(reason),
      })
      await expect(first).rejects.toBe(reason)
      await expect(download({ signal: abort.signal })).rejects.toBe(reason)
      expect(copy.info().finishedPieces).toBeGreaterThan(0)
      await download()
      await expectWhole(copy)
    }))

  test('a full disk is this host’s failure and is not tried again', () =>
    inPlace(async ({ disk, download }) => {
      disk.refusals = [{ operation: 'write', path: /\.data$/, code: 'STORE_DISK_FULL' }]
      await expect(download()).rejects.toMatchObject({ code: 'PEER_DISK_FULL' })
      expect(origin.log).toEqual(['HEAD whole', 'GET whole'])
    }))
})
