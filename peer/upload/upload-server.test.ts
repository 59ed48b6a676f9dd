import { request as httpRequest } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { readFile, writeFile, readdir } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { MiB, nullLogger } from '../../base/index.ts'
import { SystemClock } from '../../runtime/index.ts'
import { openPieceStore } from '../store/index.ts'
import type { PieceStore, TaskCopy } from '../store/index.ts'
import { content, inDirectory, newTask, storeDeps } from '../store/fixture.suite.ts'
import { RateLimiter } from '../transfer/index.ts'
import { UploadServer } from './index.ts'
import type { UploadServerOptions } from './index.ts'

const size = 1 * MiB
const bytes = content(3 * size + 100)
const task = newTask('x', { contentLengthBytes: bytes.length, pieceSizeBytes: size })

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

interface Place {
  readonly server: UploadServer
  readonly store: PieceStore
  readonly copy: TaskCopy
  readonly directory: string
  /** A GET with `Range: bytes=<range>`. */
  readonly get: (range: string | undefined, path?: string) => Promise<Answer>
}

const path = `/download/${task.taskId.slice(0, 3)}/${task.taskId}?peerId=${encodeURIComponent(task.peerId)}`

function inPlace(
  act: (place: Place) => Promise<void>,
  options: Partial<UploadServerOptions> & { readonly bytesPerSecond?: number } = {},
): Promise<void> {
  return inDirectory(async (directory) => {
    const clock = new SystemClock()
    const store = await openPieceStore(storeDeps(), { dataDir: directory })
    const copy = await store.create(task)
    for (const num of [0, 1, 3]) {
      const part = bytes.subarray(num * size, (num + 1) * size)
      await copy.writePiece(num, part, { origin: 'source' })
    }
    const limiter = new RateLimiter({ clock }, { bytesPerSecond: options.bytesPerSecond ?? 0 })
    const deps = { store, clock, logger: nullLogger, limiter }
    const server = new UploadServer(deps, { host: '127.0.0.1', port: 0, ...options })
    await server.start()
    const get: Place['get'] = (range, where = path) => fetchOnce(server.port, where, range)
    await act({ server, store, copy, directory, get })
    await server.stop()
    await copy.release()
    await store.close()
  })
}

function fetchOnce(port: number, where: string, range: string | undefined): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = range === undefined ? {} : { range: `bytes=${range}` }
    const asked = httpRequest({ host: '127.0.0.1', port, path: where, headers }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode = 0, headers: found } = response
        resolve({ status: statusCode, headers: found, body: Buffer.concat(parts) })
      })
    })
    asked.on('error', reject)
    asked.end()
  })
}

/** Sends raw bytes and returns what comes back until the server closes. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.on('data', (part) => (answer += part.toString('latin1')))
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
  })
}

describe('pieces over HTTP', () => {
  test('a range of finished pieces comes with status 200 and its length', () =>
    inPlace(async ({ get }) => {
      const cases: [number, number][] = [
        [0, size],
        [size, size],
        [3 * size, 100],
        [5, 10],
        [size - 1, 2],
      ]
      for (const [start, length] of cases) {
        const { status, headers, body } = await get(`${start}-${start + length - 1}`)
        expect([status, headers['content-length']]).toEqual([200, String(length)])
        expect(Buffer.compare(body, bytes.subarray(start, start + length))).toBe(0)
      }
    }))

  test('what is not there is 500 with a reason, as API v1 has it', () =>
    inPlace(async ({ get }) => {
      const other = 'f'.repeat(64)
      const cases = [
        await get(`${2 * size}-${2 * size + 9}`),
        await get(`${bytes.length - 1}-${bytes.length}`),
        await get('0-9', `/download/fff/${other}?peerId=p`),
        await get('0-9', `${path}x`),
      ]
      for (const { status, headers, body } of cases) {
        expect(status).toBe(500)
        expect(headers['content-type']).toContain('application/json')
        expect(JSON.parse(body.toString())).toEqual({ errors: expect.any(String) as string })
        expect(body.toString()).not.toContain('/tasks/')
      }
    }))

  test('bad requests are refused: 400, 422, 404', () =>
    inPlace(async ({ get, server }) => {
      expect((await get(undefined)).status).toBe(400)
      expect((await get('0-1,4-5')).status).toBe(400)
      expect((await get('0-9', '/download/abc/abc?peerId=p')).status).toBe(422)
      expect((await get('0-9', '/download/..%2f..%2f/etc?peerId=p')).status).toBe(422)
      expect((await get('0-9', '/etc/passwd')).status).toBe(404)
      expect(server.counters).toMatchObject({ requests: 5, failures: 5, running: 0 })
    }))

  test('health and metrics', () =>
    inPlace(async ({ get }) => {
      const healthy = await get(undefined, '/healthy')
      expect([healthy.status, healthy.body.toString()]).toEqual([200, '"OK"'])
      await get('0-9')
      const metrics = (await get(undefined, '/metrics')).body.toString()
      expect(metrics).toContain('dragonfly_dfdaemon_upload_requests_total 3\n')
      expect(metrics).toContain('dragonfly_dfdaemon_upload_traffic_bytes_total 10\n')
    }))

  test('a piece damaged on disk ends in a broken answer, never in wrong bytes', () =>
    inPlace(async ({ get, directory, copy }) => {
      const parent = `${directory}/tasks/${task.taskId.slice(0, 3)}/${task.taskId}`
      const [name] = await readdir(parent)
      const data = await readFile(`${parent}/${name!}`)
      data[size - 1]! ^= 1
      await writeFile(`${parent}/${name!}`, data)
      await expect(get(`0-${size - 1}`)).rejects.toThrow()
      expect(copy.hasPiece(0)).toBe(false)
      expect((await get(`0-${size - 1}`)).status).toBe(500)
    }))

  test('a task that is deleted meanwhile is sent to the end', () =>
    inPlace(
      async ({ get, store, server }) => {
        const asked = get(`0-${2 * size - 1}`)
        while (server.counters.running === 0) await new Promise(setImmediate)
        await store.delete(task.taskId)
        const { status, body } = await asked
        expect([status, body.length]).toEqual([200, 2 * size])
        expect((await get('0-9')).status).toBe(500)
      },
      { bytesPerSecond: 8 * MiB },
    ))

  test('more uploads than allowed are told so', () =>
    inPlace(
      async ({ get, server }) => {
        const first = get(`0-${2 * size - 1}`)
        while (server.counters.running === 0) await new Promise(setImmediate)
        expect((await get('0-9')).status).toBe(503)
        expect((await first).status).toBe(200)
        expect((await get('0-9')).status).toBe(200)
      },
      { uploadsMax: 1, bytesPerSecond: 4 * MiB },
    ))
})

describe('readers that misbehave', () => {
  test('a malformed request gets 400 and the server lives on', () =>
    inPlace(async ({ server, get }) => {
      const closing = 'Host: h\r\nConnection: close\r\n'
      expect(await raw(server.port, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
      expect(await raw(server.port, `GET ${path} HTTP/1.1\r\nConnection: close\r\n\r\n`)).toMatch(
        / 400 /,
      )
      const long = `GET /healthy HTTP/1.1\r\n${closing}X: ${'x'.repeat(20_000)}\r\n\r\n`
      expect(await raw(server.port, long)).toMatch(/^HTTP\/1\.1 431 /)
      const twice = `GET ${path} HTTP/1.1\r\n${closing}Range: bytes=0-1\r\nRange: bytes=4-5\r\n\r\n`
      expect(await raw(server.port, twice)).toMatch(/^HTTP\/1\.1 (200|400) /)
      const posted = `POST ${path} HTTP/1.1\r\n${closing}Content-Length: 3\r\n\r\nabc`
      expect(await raw(server.port, posted)).toMatch(/^HTTP\/1\.1 405 /)
      expect((await get('0-9')).status).toBe(200)
    }))

  test('one that goes away frees its place', () =>
    inPlace(async ({ server }) => {
      const socket = connect(server.port, '127.0.0.1')
      socket.write(`GET ${path} HTTP/1.1\r\nHost: h\r\nRange: bytes=0-${2 * size - 1}\r\n\r\n`)
      await new Promise((resolve) => socket.once('data', resolve))
      socket.destroy()
      while (server.counters.running > 0) await new Promise(setImmediate)
      expect(server.counters.running).toBe(0)
    }))

  test('one that does not read is cut off', async () => {
    const large = content(32 * MiB)
    await inPlace(
      async ({ server, store }) => {
        const copy = await store.create(newTask('large', { contentLengthBytes: large.length }))
        for (let num = 0; num < 8; num += 1) {
          const part = large.subarray(num * 4 * MiB, (num + 1) * 4 * MiB)
          await copy.writePiece(num, part, { origin: 'source' })
        }
        const { taskId, peerId } = copy.info()
        const where = `/download/${taskId.slice(0, 3)}/${taskId}?peerId=${encodeURIComponent(peerId)}`
        const socket = connect(server.port, '127.0.0.1')
        socket.pause()
        const range = `bytes=0-${large.length - 1}`
        socket.write(`GET ${where} HTTP/1.1\r\nHost: h\r\nRange: ${range}\r\n\r\n`)
        while (server.counters.running === 0) await new Promise(setImmediate)
        while (server.counters.running > 0) await new Promise(setImmediate)
        expect(server.counters.sentBytes).toBeLessThan(large.length)
        expect(server.counters.failures).toBe(1)
        socket.destroy()
        await copy.release()
      },
      { slowReaderTimeoutMs: 100 },
    )
  })
})

describe('life of the server', () => {
  test('a port in use is told with a code', () =>
    inPlace(async ({ server, store }) => {
      const clock = new SystemClock()
      const limiter = new RateLimiter({ clock }, { bytesPerSecond: 0 })
      const deps = { store, clock, logger: nullLogger, limiter }
      const second = new UploadServer(deps, { host: '127.0.0.1', port: server.port })
      await expect(second.start()).rejects.toMatchObject({ code: 'PEER_PORT_IN_USE' })
      const nowhere = new UploadServer(deps, { host: '192.0.2.1', port: 0 })
      await expect(nowhere.start()).rejects.toMatchObject({ code: 'PEER_LISTEN_FAILED' })
      await second.stop()
    }))

  test('stopping lets a running upload end', () =>
    inPlace(
      async ({ server, get }) => {
        const asked = get(`0-${2 * size - 1}`)
        while (server.counters.running === 0) await new Promise(setImmediate)
        await server.stop()
        expect((await asked).body.length).toBe(2 * size)
        await server.stop()
      },
      { bytesPerSecond: 8 * MiB },
    ))
})
