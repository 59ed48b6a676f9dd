import { afterAll, describe, expect, test } from 'vitest'
import { nullLogger } from '../../base/index.ts'
import { FileDisk, SystemClock, UndiciHttp } from '../../runtime/index.ts'
import { openPieceStore } from '../store/index.ts'
import type { PieceStore, TaskCopy } from '../store/index.ts'
import { FaultyDisk } from '../store/faulty-disk.suite.ts'
import { content, inDirectory, md5Of, newTask, storeDeps } from '../store/fixture.suite.ts'
import { UploadServer } from '../upload/index.ts'
import { Origin } from './origin.suite.ts'
import type { Script } from './origin.suite.ts'
import { PieceDownloader, RateLimiter } from './index.ts'

const size = 1000
const bytes = content(3 * size)
const clock = new SystemClock()
const http = new UndiciHttp()
afterAll(() => http.close())

const unlimited = new RateLimiter({ clock }, { bytesPerSecond: 0 })

async function copyIn(store: PieceStore): Promise<TaskCopy> {
  return await store.create(
    newTask('x', { contentLengthBytes: bytes.length, pieceSizeBytes: size }),
  )
}

function offered(num: number) {
  const part = bytes.subarray(num * size, (num + 1) * size)
  return { num, offsetBytes: num * size, lengthBytes: size, md5: md5Of(part) }
}

/** A child's copy, and a parent that answers as `script` says. */
async function withParent(
  script: Script,
  act: (place: {
    readonly copy: TaskCopy
    readonly disk: FaultyDisk
    readonly parent: Origin
    readonly address: string
    readonly downloader: PieceDownloader
  }) => Promise<void>,
): Promise<void> {
  await inDirectory(async (directory) => {
    const disk = new FaultyDisk(new FileDisk())
    const store = await openPieceStore(storeDeps(disk), { dataDir: directory })
    const copy = await copyIn(store)
    const parent = new Origin(bytes)
    parent.script = script
    await parent.start()
    const deps = { http, clock, limiters: [unlimited] }
    const downloader = new PieceDownloader(deps, { timeoutMs: 300 })
    const address = new URL(parent.url).host
    await act({ copy, disk, parent, address, downloader })
    await parent.stop()
    await copy.release()
    await store.close()
  })
}

describe('a piece from a parent', () => {
  test('arrives from an upload server, checked and recorded', () =>
    inDirectory(async (directory) => {
      const parent = await openPieceStore(storeDeps(), { dataDir: `${directory}/parent` })
      const child = await openPieceStore(storeDeps(), { dataDir: `${directory}/child` })
      const from = await copyIn(parent)
      for (let num = 0; num < 3; num += 1) {
        await from.writePiece(num, bytes.subarray(num * size, (num + 1) * size), {
          origin: 'import',
        })
      }
      const server = new UploadServer(
        { store: parent, clock, logger: nullLogger, limiter: unlimited },
        { host: '127.0.0.1', port: 0 },
      )
      await server.start()
      const copy = await copyIn(child)
      const downloader = new PieceDownloader({ http, clock, limiters: [unlimited] })
      for (let num = 0; num < 3; num += 1) {
        const outcome = await downloader.download({
          copy,
          piece: offered(num),
          parentId: from.info().peerId,
          parentAddress: `127.0.0.1:${server.port}`,
        })
        expect(outcome).toMatchObject({ ok: true, piece: { num, origin: 'parent' } })
        expect(outcome.endWallMs).toBeGreaterThanOrEqual(outcome.beginWallMs)
      }
      expect((await copy.finish()).pieceMd5Sign).toBe((await from.finish()).pieceMd5Sign)
      await server.stop()
      for (const one of [copy, from]) await one.release()
      for (const one of [parent, child]) await one.close()
    }))

  test('is asked for as API v1 has it', () =>
    withParent(
      () => false,
      async ({ copy, parent, address, downloader }) => {
        const request = { copy, piece: offered(1), parentId: 'a b&c', parentAddress: address }
        expect(await downloader.download(request)).toMatchObject({ ok: true })
        const { taskId } = copy
        expect(parent.seen).toMatchObject([
          {
            method: 'GET',
            path: `/download/${taskId.slice(0, 3)}/${taskId}?peerId=a+b%26c`,
            range: 'bytes=1000-1999',
          },
        ])
      },
    ))

  const cases: [string, Script, { readonly code: number; readonly reason: string }][] = [
    ['404', status(404), { code: 4404, reason: 'piece-not-found' }],
    ['500', status(500), { code: 4005, reason: 'download-failed' }],
    ['a redirect', status(302), { code: 4005, reason: 'download-failed' }],
    ['another length', sends(bytes.subarray(0, 7)), { code: 4005, reason: 'download-failed' }],
    ['other bytes', sends(content(size, 'other')), { code: 4005, reason: 'download-failed' }],
    [
      'too many bytes and no length',
      (_, response) => {
        response.writeHead(200)
        response.end(bytes)
        return true
      },
      { code: 4005, reason: 'download-failed' },
    ],
    [
      'half of it and a reset',
      (_, response) => {
        response.writeHead(200, { 'content-length': size })
        response.write(bytes.subarray(0, 500), () => response.destroy())
        return true
      },
      { code: 4005, reason: 'download-failed' },
    ],
    [
      'half of it and nothing more',
      (_, response) => {
        response.writeHead(200, { 'content-length': size })
        response.write(bytes.subarray(0, 500))
        return true
      },
      { code: 4005, reason: 'download-failed' },
    ],
    ['no answer', () => true, { code: 4007, reason: 'connection-failed' }],
    [
      'a reset',
      (_, response) => {
        response.socket?.resetAndDestroy()
        return true
      },
      { code: 4007, reason: 'connection-failed' },
    ],
  ]

  test.each(cases)('a parent that sends %s', (_, script, expected) =>
    withParent(script, async ({ copy, address, downloader }) => {
      const request = { copy, piece: offered(0), parentId: 'p', parentAddress: address }
      expect(await downloader.download(request)).toMatchObject({ ok: false, ...expected })
      expect(copy.hasPiece(0)).toBe(false)
      // The piece is free for the next parent.
      expect(await copy.writePiece(0, bytes.subarray(0, size), { origin: 'parent' })).toMatchObject(
        {
          num: 0,
        },
      )
    }),
  )

  test.each(['', 'nowhere', ':80', 'h:', 'h:x', 'h/x:80', 'a@b:80', '127.0.0.1:99999'])(
    'an address that is none: %j',
    (parentAddress) =>
      withParent(
        () => false,
        async ({ copy, parent, downloader }) => {
          const outcome = await downloader.download({
            copy,
            piece: offered(0),
            parentId: 'p',
            parentAddress,
          })
          expect(outcome).toMatchObject({ ok: false, code: 4007 })
          expect(parent.seen).toEqual([])
        },
      ),
  )

  test('a full disk here is no failure of the parent', () =>
    withParent(
      () => false,
      async ({ copy, disk, address, downloader }) => {
        disk.refusals = [{ operation: 'write', path: /\.data$/, code: 'STORE_DISK_FULL' }]
        const request = { copy, piece: offered(0), parentId: 'p', parentAddress: address }
        await expect(downloader.download(request)).rejects.toMatchObject({ code: 'PEER_DISK_FULL' })
      },
    ))

  test('given up, it ends with the reason', () =>
    withParent(
      () => true,
      async ({ copy, address, downloader }) => {
        const abort = new AbortController()
        const request = { copy, piece: offered(0), parentId: 'p', parentAddress: address }
        const ended = downloader.download({ ...request, signal: abort.signal })
        const expected = expect(ended).rejects.toThrow('given up')
        abort.abort(new Error('given up'))
        await expected
        const again = downloader.download({ ...request, signal: abort.signal })
        await expect(again).rejects.toThrow('given up')
      },
    ))
})

function status(code: number): Script {
  return (_, response) => {
    response.writeHead(code, { location: '/elsewhere' }).end()
    return true
  }
}

function sends(body: Uint8Array): Script {
  return (_, response) => {
    response.writeHead(200, { 'content-length': body.length }).end(body)
    return true
  }
}
