import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UndiciHttp } from './undici-http.ts'

let server: Server
let origin = ''
let answer: (request: IncomingMessage, response: ServerResponse) => void
const http = new UndiciHttp()
const limits = { headersTimeoutMs: 10_000, bodyIdleTimeoutMs: 10_000 }

beforeEach(async () => {
  server = createServer((request, response) => answer(request, response))
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => {
    server.close(resolve)
  })
})

function get(path: string, more: { redirectsMax?: number; headers?: Record<string, string> } = {}) {
  return http.request({ method: 'GET', url: origin + path, headers: {}, ...limits, ...more })
}

async function bodyText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of body) parts.push(part)
  return Buffer.concat(parts).toString()
}

describe('UndiciHttp', () => {
  it('returns status, flat headers and the body', async () => {
    answer = (request, response) => {
      response.writeHead(206, { 'x-a': ['1', '2'] }).end(request.headers['range'])
    }
    const response = await get('/x', { headers: { range: 'bytes=0-1' } })
    expect([response.status, response.headers['x-a']]).toEqual([206, '1, 2'])
    expect(await bodyText(response.body)).toBe('bytes=0-1')
  })

  it('follows only as many redirects as allowed, never to another scheme', async () => {
    answer = (request, response) => {
      const hop = Number(request.url?.slice(1))
      if (hop > 0) response.writeHead(302, { location: `/${hop - 1}` }).end()
      else response.end('done')
    }
    expect((await get('/1')).status).toBe(302)
    const followed = await get('/3', { redirectsMax: 3 })
    expect(await bodyText(followed.body)).toBe('done')
    answer = (_, response) => {
      response.writeHead(302, { location: 'file:///etc/passwd' }).end()
    }
    await expect(get('/', { redirectsMax: 1 })).rejects.toMatchObject({
      code: 'PEER_SOURCE_UNSUPPORTED',
    })
  })

  it('keeps credentials from another origin', async () => {
    const seen: (string | undefined)[] = []
    const other = createServer((request, response) => {
      seen.push(request.headers['authorization'])
      response.end('other')
    })
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve)
    })
    const { port } = other.address() as AddressInfo
    answer = (_, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${port}/` }).end()
    }
    const response = await get('/', { redirectsMax: 1, headers: { Authorization: 'Basic x' } })
    expect(await bodyText(response.body)).toBe('other')
    expect(seen).toEqual([undefined])
    other.closeAllConnections()
    other.close()
  })

  it('names an unreachable origin, a broken body, a cancelled request and a foreign scheme', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half')
      setImmediate(() => response.destroy())
    }
    const broken = await get('/')
    await expect(bodyText(broken.body)).rejects.toMatchObject({ code: 'PEER_SOURCE_UNREACHABLE' })
    const url = 'http://127.0.0.1:1/'
    await expect(
      http.request({ method: 'GET', url, headers: {}, ...limits }),
    ).rejects.toMatchObject({ code: 'PEER_SOURCE_UNREACHABLE' })
    await expect(
      http.request({ method: 'GET', url: 'd7y:/x', headers: {}, ...limits }),
    ).rejects.toMatchObject({ code: 'PEER_SOURCE_UNSUPPORTED' })
    answer = () => {}
    const controller = new AbortController()
    const pending = http.request({
      method: 'GET',
      url: origin,
      headers: {},
      ...limits,
      signal: controller.signal,
    })
    controller.abort(new Error('enough'))
    await expect(pending).rejects.toThrow('enough')
  })
})
