// A seed of API v2 is asked by DfdaemonUpload/DownloadTask. Its stream is only drained: the seed
// registers and reports its pieces by itself, over AnnouncePeer, as any peer does.
import { Metadata } from '@grpc/grpc-js'
import type { ClientReadableStream } from '@grpc/grpc-js'
import { messageOf } from '../../base/index.ts'
import { loadMessages, loadServices } from '../../proto/index.ts'
import type { dfdaemonV2 } from '../../proto/index.ts'
import { seedClientOptions, seedCredentials, SeedWatch } from './seed-conversation.ts'
import type {
  SeedConversation,
  SeedConversationDeps,
  SeedConversationOptions,
  SeedEnd,
} from './seed-conversation.ts'

/** A running call. */
export class SeedDownload implements SeedConversation {
  readonly #deps: SeedConversationDeps
  readonly #options: SeedConversationOptions
  readonly #client: dfdaemonV2.DfdaemonUploadClient
  readonly #call: ClientReadableStream<dfdaemonV2.DownloadTaskResponse__Output>
  readonly #watch: SeedWatch
  #isEnded = false

  constructor(deps: SeedConversationDeps, options: SeedConversationOptions) {
    this.#deps = deps
    this.#options = options
    const { dfdaemonUploadV2 } = loadServices()
    const client = new dfdaemonUploadV2(options.address, seedCredentials(), seedClientOptions)
    const download = loadMessages().downloadV2.deserialize(Buffer.from(options.item.download))
    this.#client = client
    this.#call = client.downloadTask({ download }, new Metadata())
    const onSilence = (outcome: Extract<SeedEnd, object>['outcome']): void => {
      this.#end({ peerId: '', outcome })
    }
    this.#watch = new SeedWatch(deps, { client, call: this.#call, onSilence })
    this.#call.on('data', () => this.#watch.heard())
    this.#call.on('error', (error: unknown) => this.#broken(error))
    this.#call.on('end', () => {
      const outcome = { type: 'done', contentLength: -1, totalPieceCount: -1 } as const
      this.#end({ peerId: '', outcome })
    })
  }

  cancel(): void {
    this.#close()
  }

  #broken(error: unknown): void {
    if (this.#isEnded) return
    const outcome = this.#watch.failure(error)
    if (outcome === 'unimplemented') return this.#end(outcome)
    const { item, address } = this.#options
    const fields = { outboxId: item.id, address, reason: messageOf(error) }
    this.#deps.logger.warn(fields, 'a seed download failed')
    this.#end({ peerId: '', outcome })
  }

  #end(end: SeedEnd): void {
    if (this.#isEnded) return
    this.#close()
    this.#options.onEnd(end)
  }

  #close(): void {
    this.#isEnded = true
    this.#watch.stop()
    this.#call.cancel()
    this.#client.close()
  }
}
