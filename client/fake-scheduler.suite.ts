// For tests: a scheduler whose every method answers what the test says, with a leader hint.
import { Metadata, Server, ServerCredentials } from '@grpc/grpc-js'
import type {
  sendUnaryData,
  ServerDuplexStream,
  ServerUnaryCall,
  UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { loadServices, toWireStatus } from '../proto/index.ts'

/** Answers with what it returns or throws; `'silence'` = not at all. */
type Handler = (request: unknown, headers: Metadata) => unknown

/** One stream as the fake serves it; what is not asked for is left out. */
export interface FakeStream<In, Out> {
  readonly metadata: Metadata
  on(event: 'data', listener: (message: In) => void): void
  on(event: 'end' | 'cancelled', listener: () => void): void
  write(message: Out): void
  end(): void
  /** Ends the stream with what `error` is on the wire. */
  fail(error: unknown): void
}

type ServeStream = (call: ServerDuplexStream<unknown, unknown>) => void

/** Stop it at the end of the test. */
export interface FakeScheduler {
  readonly address: string
  readonly calls: string[]
  hint: { leader: string; term: number }
  on(method: string, handler: Handler): void
  /** Serves streams of a method; without it they are ended when the client ends them. */
  onStream<In, Out>(method: string, serve: (stream: FakeStream<In, Out>) => void): void
  stop(): void
}

function withHint(metadata: Metadata, fake: FakeScheduler): Metadata {
  metadata.set('x-raft-leader', fake.hint.leader)
  metadata.set('x-raft-term', String(fake.hint.term))
  return metadata
}

function fakeStream<In, Out>(call: ServerDuplexStream<In, Out>): FakeStream<In, Out> {
  // A client that is gone has nobody to be told.
  call.on('error', () => {})
  return {
    metadata: call.metadata,
    on: (event: string, listener: (message: In) => void) => void call.on(event, listener),
    write: (message) => void call.write(message),
    end: () => call.end(),
    fail: (error) => void call.emit('error', toWireStatus(error)),
  }
}

/** A scheduler of one test: each method answers with what its handler returns or throws. */
export async function startFakeScheduler(port = 0): Promise<FakeScheduler> {
  const server = new Server()
  const handlers = new Map<string, Handler>()
  const streams = new Map<string, ServeStream>()
  const fake: FakeScheduler = {
    address: '',
    calls: [],
    hint: { leader: '', term: 1 },
    on: (method, handler) => handlers.set(method, handler),
    onStream: <In, Out>(method: string, serve: (stream: FakeStream<In, Out>) => void) => {
      streams.set(method, (call) => serve(fakeStream(call as ServerDuplexStream<In, Out>)))
    },
    stop: () => server.forceShutdown(),
  }
  const services = loadServices()
  for (const { service } of [services.schedulerV1, services.schedulerV2, services.cluster]) {
    const implementation: UntypedServiceImplementation = {}
    for (const [name, method] of Object.entries(service)) {
      if (method.requestStream) {
        implementation[name] = (call: ServerDuplexStream<unknown, unknown>): void => {
          fake.calls.push(name)
          const serve = streams.get(name)
          call.sendMetadata(withHint(new Metadata(), fake))
          if (serve !== undefined) serve(call)
          else call.on('data', () => {}).on('end', () => call.end())
        }
        continue
      }
      implementation[name] = (
        call: ServerUnaryCall<unknown, unknown>,
        callback: sendUnaryData<unknown>,
      ): void => {
        fake.calls.push(name)
        const handler = handlers.get(name)
        try {
          const reply = handler === undefined ? {} : handler(call.request, call.metadata)
          if (reply === 'silence') return
          call.sendMetadata(withHint(new Metadata(), fake))
          callback(null, reply)
        } catch (error) {
          const wire = toWireStatus(error)
          withHint(wire.metadata, fake)
          callback(wire)
        }
      }
    }
    server.addService(service, implementation)
  }
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, value) =>
      error === null ? resolve(value) : reject(error),
    )
  })
  Object.assign(fake, { address: `127.0.0.1:${bound}` })
  return fake
}
