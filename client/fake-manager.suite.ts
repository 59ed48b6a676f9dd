// For tests: a manager that names the schedulers a test says, through API v2, v1 or both.
import { Server, ServerCredentials, status } from '@grpc/grpc-js'
import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js'
import { loadServices } from '../proto/index.ts'

export interface FakeManager {
  readonly address: string
  /** host:port of the schedulers it names. */
  named: readonly string[]
  /** API and request of each call. */
  readonly asked: { readonly api: 1 | 2; readonly request: unknown }[]
  /** Calls are never answered while it is set. */
  isSilent: boolean
  stop(): void
}

/** Stop it at the end of the test. Without `apis` it speaks both. */
export async function startFakeManager(apis: readonly (1 | 2)[] = [1, 2]): Promise<FakeManager> {
  const server = new Server()
  const fake: FakeManager = {
    address: '',
    named: [],
    asked: [],
    isSilent: false,
    stop: () => server.forceShutdown(),
  }
  const list =
    (api: 1 | 2) =>
    (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>): void => {
      if (!apis.includes(api)) {
        callback({ code: status.UNIMPLEMENTED, details: 'another API' })
        return
      }
      fake.asked.push({ api, request: call.request })
      if (fake.isSilent) return
      const schedulers = fake.named.map((address) => {
        const at = address.lastIndexOf(':')
        const ip = address.slice(0, at).replace(/^\[(.*)\]$/, '$1')
        return { ip, port: Number(address.slice(at + 1)) }
      })
      callback(null, { schedulers })
    }
  const services = loadServices()
  server.addService(services.managerV1.service, { ListSchedulers: list(1) })
  server.addService(services.managerV2.service, { ListSchedulers: list(2) })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    )
  })
  Object.assign(fake, { address: `127.0.0.1:${port}` })
  return fake
}
