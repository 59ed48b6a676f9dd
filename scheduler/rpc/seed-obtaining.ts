// A seed of API v1 is asked by cdnsystem.Seeder/ObtainSeeds: what it says becomes commands here.
// Every report carries the term: the state drops what another leader's call reports.
import { Metadata } from '@grpc/grpc-js'
import type { ClientReadableStream } from '@grpc/grpc-js'
import { messageOf } from '../../base/index.ts'
import type { Timer } from '../../base/index.ts'
import { loadServices } from '../../proto/index.ts'
import type { cdnsystemV1 } from '../../proto/index.ts'
import { contentLengthMax, pieceCostsMax, pieceCountMax } from '../core/index.ts'
import { reportSeed } from '../replication/commands/index.ts'
import type { FinishSeed, OutboxRow, PieceZero, TaskRow } from '../replication/commands/index.ts'
import { id, integer } from './fields.ts'
import { seedPiecesPendingMax, seedReportPauseMs, streamCommandMsMax } from './limits.ts'
import { bitSpans } from './piece-reports.ts'
import { seedClientOptions, seedCredentials, SeedWatch } from './seed-conversation.ts'
import type {
  SeedConversation,
  SeedConversationDeps,
  SeedConversationOptions,
  SeedEnd,
} from './seed-conversation.ts'
import { beginOfPiece, pieceZero } from './wire-v1.ts'

type Outcome = FinishSeed['outcome']

const brokenOff = { type: 'failed', retry: true, sourceError: null } as const

/** A running call. */
export class SeedObtaining implements SeedConversation {
  readonly #deps: SeedConversationDeps
  readonly #options: SeedConversationOptions
  readonly #client: cdnsystemV1.SeederClient
  readonly #call: ClientReadableStream<cdnsystemV1.PieceSeed__Output>
  readonly #watch: SeedWatch
  readonly #pieces = new Set<number>()
  #costsMs: number[] = []
  #pieceZero: PieceZero | null = null
  #peerId = ''
  #isReporting = false
  #isReportDue = false
  #reportTimer: Timer | undefined
  #outcome: Outcome | undefined
  #isEnded = false

  constructor(deps: SeedConversationDeps, options: SeedConversationOptions) {
    this.#deps = deps
    this.#options = options
    const { seederV1 } = loadServices()
    const client = new seederV1(options.address, seedCredentials(), seedClientOptions)
    this.#client = client
    this.#call = client.obtainSeeds(seedRequest(options.item, options.task), new Metadata())
    const onSilence = (outcome: Outcome): void => this.#finish(outcome)
    this.#watch = new SeedWatch(deps, { client, call: this.#call, onSilence })
    this.#call.on('data', (seed: cdnsystemV1.PieceSeed__Output) => this.#receive(seed))
    this.#call.on('error', (error: unknown) => this.#broken(error))
    this.#call.on('end', () => this.#finish({ type: 'failed', retry: true, sourceError: null }))
  }

  cancel(): void {
    this.#close()
  }

  #receive(seed: cdnsystemV1.PieceSeed__Output): void {
    if (this.#isEnded || this.#outcome !== undefined) return
    this.#watch.heard()
    try {
      this.#take(seed)
    } catch (error) {
      this.#deps.logger.warn({ reason: messageOf(error) }, 'a seed sent something malformed')
      this.#finish({ type: 'failed', retry: false, sourceError: null })
    }
  }

  #take(seed: cdnsystemV1.PieceSeed__Output): void {
    if (seed.peerId !== '') this.#peerId = id(seed.peerId, 'peer_id')
    if (seed.pieceInfo !== null && seed.pieceInfo.pieceNum !== beginOfPiece) {
      const piece = seed.pieceInfo
      this.#pieces.add(integer(piece.pieceNum, 'piece_info.piece_num', 0, pieceCountMax - 1))
      this.#pieceZero ??= pieceZero(piece, 'piece_info')
      const { type: taskType } = this.#options.task
      const traffic = seed.reuse ? 'local-peer' : 'back-to-source'
      this.#deps.metrics.pieceFinished({ traffic, taskType, hostType: 'super' }, piece.rangeSize)
      this.#costsMs.push(Math.max(0, Math.floor((seed.endTime - seed.beginTime) / 1_000_000)))
      if (this.#costsMs.length > pieceCostsMax) this.#costsMs = this.#costsMs.slice(-pieceCostsMax)
    }
    if (seed.done) {
      const contentLength = integer(seed.contentLength, 'content_length', 0, contentLengthMax)
      const totalPieceCount = integer(seed.totalPieceCount, 'total_piece_count', 0, pieceCountMax)
      this.#finish({ type: 'done', contentLength, totalPieceCount })
      return
    }
    this.#isReportDue = true
    if (this.#pieces.size >= seedPiecesPendingMax) this.#call.pause()
    // The first word registers the seed's peer: waiting children get their parent by it.
    this.#reportTimer ??= this.#deps.clock.setTimer(
      this.#pieces.size === 0 ? 0 : seedReportPauseMs,
      () => {
        this.#reportTimer = undefined
        this.#report()
      },
    )
  }

  /** Sends what was collected; one command at a time, so that the newest state travels. */
  #report(): void {
    if (this.#isEnded || this.#isReporting || this.#peerId === '') return
    if (!this.#isReportDue) {
      if (this.#outcome !== undefined) this.#end({ peerId: this.#peerId, outcome: this.#outcome })
      return
    }
    this.#isReporting = true
    this.#isReportDue = false
    const spans = bitSpans(this.#pieces)
    const costsMs = this.#costsMs.splice(0)
    this.#pieces.clear()
    const { item, term } = this.#options
    const first = spans[0] ?? { firstPiece: 0, bytes: new Uint8Array(0) }
    const reports = [first, ...spans.slice(1)].map((finished, i) =>
      this.#deps.commands.propose(
        reportSeed,
        {
          outboxId: item.id,
          term,
          peerId: this.#peerId,
          finished,
          costsMs: i === 0 ? costsMs : [],
          pieceZero: i === 0 ? this.#pieceZero : null,
        },
        { timeoutMs: streamCommandMsMax },
      ),
    )
    Promise.all(reports)
      .then((answers) => {
        this.#isReporting = false
        if (this.#isEnded) return
        if (answers.some((answer) => answer.ok && !answer.result.ok)) {
          this.#end('unwanted')
          return
        }
        if (this.#call.isPaused()) this.#call.resume()
        if (this.#outcome !== undefined) this.#report()
      })
      .catch((error: unknown) => this.#unexpected(error))
  }

  #broken(error: unknown): void {
    if (this.#isEnded) return
    const outcome = this.#watch.failure(error)
    if (outcome === 'unimplemented') return this.#end(outcome)
    const { item, address } = this.#options
    const fields = { outboxId: item.id, address, reason: messageOf(error) }
    this.#deps.logger.warn(fields, 'a seed call failed')
    this.#finish(outcome)
  }

  /** The seed has said its last word: what was collected leaves first. */
  #finish(outcome: Outcome): void {
    if (this.#isEnded || this.#outcome !== undefined) return
    this.#outcome = outcome
    this.#watch.stop()
    this.#reportTimer?.cancel()
    this.#reportTimer = undefined
    if (this.#pieces.size > 0 && this.#peerId !== '') this.#isReportDue = true
    if (this.#isReporting) return
    if (this.#isReportDue && this.#peerId !== '') this.#report()
    else this.#end({ peerId: this.#peerId, outcome })
  }

  #unexpected(error: unknown): void {
    this.#deps.logger.error({ reason: messageOf(error) }, 'a seed call failed unexpectedly')
    this.#end({ peerId: this.#peerId, outcome: brokenOff })
  }

  #end(end: SeedEnd): void {
    if (this.#isEnded) return
    this.#close()
    this.#options.onEnd(end)
  }

  #close(): void {
    this.#isEnded = true
    this.#watch.stop()
    this.#reportTimer?.cancel()
    this.#call.cancel()
    this.#client.close()
  }
}

function seedRequest(item: OutboxRow, task: TaskRow): cdnsystemV1.SeedRequest {
  return {
    taskId: task.id,
    url: task.url,
    urlMeta: {
      digest: task.digest,
      tag: task.tag,
      range: item.range,
      filter: task.filteredQueryParams.join('&'),
      header: Object.fromEntries(task.headers),
      application: task.application,
      priority: 'LEVEL0',
    },
  }
}
