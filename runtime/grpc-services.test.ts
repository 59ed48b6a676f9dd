import { connect } from 'node:http2'
import {
  credentials,
  makeClientConstructor,
  Server,
  ServerCredentials,
  status,
} from '@grpc/grpc-js'
import type {
  ClientReadableStream,
  handleBidiStreamingCall,
  ServiceDefinition,
  ServiceError,
} from '@grpc/grpc-js'
import { service as healthDefinition } from 'grpc-health-check'
import { afterEach, expect, test } from 'vitest'
import { addReflection, Health } from './grpc-services.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** Calls a method by its name. */
interface AnyClient {
  check(request: object, done: (error: ServiceError | null, reply: object) => void): void
  list(request: object, done: (error: ServiceError | null, reply: object) => void): void
  watch(request: object): ClientReadableStream<{ readonly status: string }>
}

async function listen(server: Server): Promise<number> {
  const insecure = ServerCredentials.createInsecure()
  ends.push(() => server.forceShutdown())
  return await new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', insecure, (error, port) => {
      if (error === null) resolve(port)
      else reject(error)
    })
  })
}

async function serveHealth(server: Server): Promise<AnyClient> {
  const port = await listen(server)
  const Client = makeClientConstructor(healthDefinition, 'Health')
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure())
  ends.push(() => client.close())
  return client as unknown as AnyClient
}

async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 20_000
  while (!condition()) {
    expect(performance.now()).toBeLessThan(endMs)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('health is told when asked and when it changes, and of no other service', async () => {
  const server = new Server()
  const health = new Health(['', 'a.B'])
  health.addToServer(server)
  const client = await serveHealth(server)
  const watch = client.watch({ service: 'a.B' })
  const heard: string[] = []
  watch.on('data', (answer: { status: string }) => heard.push(answer.status))
  watch.on('error', () => {})
  await until(() => heard.length === 1)
  health.setStatus('SERVING')
  health.setStatus('SERVING')
  health.setStatus('NOT_SERVING')
  await until(() => heard.length === 3)
  expect(heard).toEqual(['NOT_SERVING', 'SERVING', 'NOT_SERVING'])
  const [error] = await new Promise<[ServiceError | null, object]>((resolve) => {
    client.check({ service: 'x'.repeat(100_000) }, (...answer) => resolve(answer))
  })
  // The name is not repeated: as a header it would break the connection.
  expect(error).toMatchObject({ code: status.NOT_FOUND, details: 'there is no such service' })
  const [, all] = await new Promise<[ServiceError | null, object]>((resolve) => {
    client.list({}, (...answer) => resolve(answer))
  })
  expect(all).toEqual({
    statuses: { '': { status: 'NOT_SERVING' }, 'a.B': { status: 'NOT_SERVING' } },
  })
  watch.cancel()
  await until(() => health.watches === 0)
})

test('there are only so many watches of health, and none is left of those that ended', async () => {
  const server = new Server()
  const health = new Health([''], { watchesMax: 5 })
  health.addToServer(server)
  const client = await serveHealth(server)
  const watches: ClientReadableStream<unknown>[] = []
  const heard: unknown[] = []
  const refused: unknown[] = []
  for (let n = 0; n < 7; n += 1) {
    const watch = client.watch({ service: `unknown-${n}` })
    watch.on('data', (answer) => heard.push(answer))
    watch.on('error', (error: ServiceError) => refused.push(error.code))
    watches.push(watch)
  }
  await until(() => heard.length + refused.length === watches.length)
  expect(heard[0]).toEqual({ status: 'SERVICE_UNKNOWN' })
  expect(refused).toEqual([status.RESOURCE_EXHAUSTED, status.RESOURCE_EXHAUSTED])
  for (const watch of watches) watch.cancel()
  await until(() => health.watches === 0)
  health.setStatus('SERVING')
})

test('a client of reflection that takes no answers is read no further until it does', async () => {
  const server = new Server()
  let received = 0
  let definition: ServiceDefinition | undefined
  const counting = {
    addService: (service: ServiceDefinition, handlers: object) => {
      const serveStream = (handlers as Record<string, handleBidiStreamingCall<object, object>>)[
        'ServerReflectionInfo'
      ]!
      server.addService(service, {
        ServerReflectionInfo: ((stream) => {
          serveStream(stream)
          stream.on('data', () => {
            received += 1
          })
        }) satisfies handleBidiStreamingCall<object, object>,
      })
      definition ??= service
    },
  }
  addReflection(counting, ['damselfly/store.proto'])
  const port = await listen(server)
  const path = definition!['ServerReflectionInfo']!.path
  const connection = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 0 } })
  ends.push(() => connection.destroy())
  const headers = { 'content-type': 'application/grpc', te: 'trailers' }
  const stream = connection.request({ ':method': 'POST', ':path': path, ...headers })
  const asked = 5_000
  // A request for the file '': an empty text in field 3.
  stream.end(Buffer.from('00000000021a00'.repeat(asked), 'hex'))
  let before = -1
  while (received === 0 || received !== before) {
    before = received
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  expect(received).toBeLessThan(100)
  connection.settings({ initialWindowSize: 1_048_576 })
  stream.resume()
  await new Promise((resolve) => stream.on('close', resolve))
  expect(received).toBe(asked)
})
