// For tests: a seed host with real gRPC services of either protocol, or both.
import { Server, ServerCredentials } from '@grpc/grpc-js'
import type { ServerWritableStream } from '@grpc/grpc-js'
import { loadServices } from '../../proto/index.ts'
import type { cdnsystemV1, dfdaemonV2 } from '../../proto/index.ts'

/** A call of API v1 at the seed. */
export type ObtainCall = ServerWritableStream<
  cdnsystemV1.SeedRequest__Output,
  cdnsystemV1.PieceSeed
>

/** A call of API v2 at the seed. */
export type DownloadCall = ServerWritableStream<
  dfdaemonV2.DownloadTaskRequest__Output,
  dfdaemonV2.DownloadTaskResponse
>

export interface FakeSeedServices {
  readonly obtain?: (call: ObtainCall) => void
  readonly download?: (call: DownloadCall) => void
}

/** Records what it is asked; the test says what it answers. */
export class FakeSeed {
  readonly obtained: cdnsystemV1.SeedRequest__Output[] = []
  readonly downloads: dfdaemonV2.DownloadTaskRequest__Output[] = []
  /** Calls that the scheduler gave up. */
  cancelled = 0
  port = 0
  readonly #server = new Server()

  constructor({ obtain, download }: FakeSeedServices) {
    const { seederV1, dfdaemonUploadV2 } = loadServices()
    const watch = (call: ObtainCall | DownloadCall): void => {
      call.on('cancelled', () => {
        this.cancelled += 1
      })
    }
    if (obtain !== undefined) {
      this.#server.addService(seederV1.service, {
        ObtainSeeds: (call: ObtainCall) => {
          this.obtained.push(call.request)
          watch(call)
          obtain(call)
        },
      })
    }
    if (download !== undefined) {
      this.#server.addService(dfdaemonUploadV2.service, {
        DownloadTask: (call: DownloadCall) => {
          this.downloads.push(call.request)
          watch(call)
          download(call)
        },
      })
    }
  }

  async start(): Promise<void> {
    this.port = await new Promise((resolve, reject) => {
      this.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      )
    })
  }

  stop(): void {
    this.#server.forceShutdown()
  }
}
