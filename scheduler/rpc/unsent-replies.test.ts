import { connect } from 'node:http2'
import type { ClientHttp2Session } from 'node:http2'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import type { handleUnaryCall, MethodDefinition } from '@grpc/grpc-js'
import { afterEach, expect, test } from 'vitest'
import { nullLogger, VirtualClock } from '../../base/index.ts'
import { limitedCalls } from './call-limits.ts'
import { unsentMsMax, unsentReplyBytesMin } from './limits.ts'
import { UnsentReplies } from './unsent-replies.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

const replyBytes = 2 * unsentReplyBytesMin
const give: MethodDefinition<Buffer, Buffer> = {
  path: '/test.Test/Give',
  requestStream: false,
  responseStream: false,
  requestSerialize: (bytes) => bytes,
  requestDeserialize: (bytes) => bytes,
  responseSerialize: (bytes) => bytes,
  responseDeserialize: (bytes) => bytes,
}

interface Given {
  readonly clock: VirtualClock
  readonly unsent: UnsentReplies
  /** Opens a connection whose client has room for so many bytes of each reply. */
  open(roomBytes: number): ClientHttp2Session
}

/** A server whose replies are of `replyBytes`: `bytesMax` for six, a connection for four. */
async function serve(): Promise<Given> {
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const clock = new VirtualClock({ settle })
  const options = { bytesMax: 6.5 * replyBytes, connectionBytesMax: 4.5 * replyBytes }
  const unsent = new UnsentReplies({ clock, logger: nullLogger }, options)
  const server = new Server({ interceptors: [limitedCalls(unsent)] })
  const handle: handleUnaryCall<Buffer, Buffer> = (_, done) => {
    done(null, Buffer.alloc(replyBytes))
  }
  server.addService({ Give: give }, { Give: handle })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(error)
    })
  })
  ends.push(() => server.forceShutdown())
  return {
    clock,
    unsent,
    open: (roomBytes) => {
      const settings = { initialWindowSize: roomBytes }
      const connection = connect(`http://127.0.0.1:${port}`, { settings })
      ends.push(() => connection.destroy())
      return connection
    },
  }
}

/** HTTP/2's code for the end of each call, in the order of the ends. */
function askFor(count: number, connection: ClientHttp2Session): number[] {
  const codes: number[] = []
  for (let n = 0; n < count; n += 1) {
    const headers = { 'content-type': 'application/grpc', te: 'trailers' }
    const stream = connection.request({ ':method': 'POST', ':path': give.path, ...headers })
    stream.on('error', () => {})
    stream.on('close', () => codes.push(stream.rstCode ?? -1))
    stream.resume()
    stream.end(Buffer.alloc(5))
  }
  return codes
}

async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 20_000
  while (!condition()) {
    expect(performance.now()).toBeLessThan(endMs)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const calm = 0xb

test('a connection that takes nothing, and all of them, keep only so much waiting', async () => {
  const { unsent, open } = await serve()
  const first = askFor(6, open(0))
  await until(() => first.length === 2)
  expect(first).toEqual([calm, calm])
  expect(unsent.size).toBe(4)
  const second = askFor(3, open(0))
  await until(() => first.length === 3)
  expect(unsent.size).toBe(6)
  // Whoever reads is served: what has waited longest makes room.
  const served = askFor(1, open(2 * replyBytes))
  await until(() => served.length === 1)
  expect([served, second]).toEqual([[0], []])
  expect(first).toEqual([calm, calm, calm, calm])
})

test('a reply that nobody takes is given up, one that is taken is forgotten', async () => {
  const { clock, unsent, open } = await serve()
  const lazy = askFor(2, open(0))
  await until(() => unsent.size === 2)
  const served = askFor(2, open(2 * replyBytes))
  await until(() => served.length === 2)
  expect(served).toEqual([0, 0])
  await until(() => unsent.size === 2)
  await clock.advance(unsentMsMax - 1)
  expect(lazy).toEqual([])
  await clock.advance(20_000)
  await until(() => lazy.length === 2)
  expect(lazy).toEqual([calm, calm])
  expect(unsent.size).toBe(0)
})
