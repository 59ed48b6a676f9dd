// A seed peer that answers as it is told: its first call is held until it breaks, later ones are
// served. It speaks the seeder of API v1, which the scheduler falls back to.
import { Server, ServerCredentials } from '@grpc/grpc-js'
import type { ServerWritableStream } from '@grpc/grpc-js'
import { loadServices } from '../../../proto/index.ts'
import type { cdnsystemV1 } from '../../../proto/index.ts'

type SeedCall = ServerWritableStream<cdnsystemV1.SeedRequest__Output, cdnsystemV1.PieceSeed>

/** Piece number of the word that registers the seed's peer. */
const beginOfPiece = -1

export class FakeSeed {
  readonly hostId: string
  readonly #server = new Server()
  readonly #onCall: (() => void)[] = []
  port = 0
  /** Calls so far, by task. */
  readonly calls = new Map<string, number>()

  constructor(hostId: string) {
    this.hostId = hostId
  }

  async start(): Promise<void> {
    const { seederV1 } = loadServices()
    this.#server.addService(seederV1.service, {
      ObtainSeeds: (call: SeedCall) => this.#serve(call),
    })
    this.port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      )
    })
  }

  /** Resolves at the next call, whichever task it is for. */
  nextCall(): Promise<void> {
    return new Promise((resolve) => this.#onCall.push(resolve))
  }

  stop(): void {
    this.#server.forceShutdown()
  }

  static peerOf(taskId: string): string {
    return `seed-of-${taskId.slice(0, 8)}`
  }

  #serve(call: SeedCall): void {
    const { taskId } = call.request
    const count = (this.calls.get(taskId) ?? 0) + 1
    this.calls.set(taskId, count)
    for (const wake of this.#onCall.splice(0)) wake()
    // The first leader that calls hears nothing before it dies.
    if (count === 1) return
    const word = { peerId: FakeSeed.peerOf(taskId), hostId: this.hostId }
    call.write({ ...word, pieceInfo: { pieceNum: beginOfPiece } })
    call.write({ ...word, pieceInfo: { pieceNum: 0, rangeSize: 1 } })
    call.write({ ...word, done: true, contentLength: 1, totalPieceCount: 1 })
    call.end()
  }
}
