// For tests: a scheduler whose every method answers what the test says, with a leader hint.
import { Metadata, Server, ServerCredentials } from '@grpc/grpc-js'
import type { sendUnaryData, ServerUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js'
import { loadServices, toWireStatus } from '../proto/index.ts'

/** Answers with what it returns or throws; `'silence'` = not at all. */
type Handler = (request: unknown, headers: Metadata) => unknown

/** Stop it at the end of the test. */
export interface FakeScheduler {
  readonly address: string
  readonly calls: string[]
  hint: { leader: string; term: number }
  on(method: string, handler: Handler): void
  stop(): void
}

function withHint(metadata: Metadata, fake: FakeScheduler): Metadata {
  metadata.set('x-raft-leader', fake.hint.leader)
  metadata.set('x-raft-term', String(fake.hint.term))
  return metadata
}

/** A scheduler of one test: each method answers with what its handler returns or throws. */
export async function startFakeScheduler(port = 0): Promise<FakeScheduler> {
  const server = new Server()
  const handlers = new Map<string, Handler>()
  const fake: FakeScheduler = {
    address: '',
    calls: [],
    hint: { leader: '', term: 1 },
    on: (method, handler) => handlers.set(method, handler),
    stop: () => server.forceShutdown(),
  }
  const services = loadServices()
  for (const { service } of [services.schedulerV1, services.schedulerV2, services.cluster]) {
    const implementation: UntypedServiceImplementation = {}
    for (const [name, method] of Object.entries(service)) {
      if (method.requestStream) continue
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
