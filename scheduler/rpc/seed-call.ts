// One call to a seed host: cdnsystem.Seeder/ObtainSeeds, its pieces as commands, its end as the end
// of the outbox item. Runs on the leader that started the item; what another leader's call reports
// is dropped by the state, because every report carries the term.
import { credentials, Metadata, status } from '@grpc/grpc-js'
import type { ClientReadableStream } from '@grpc/grpc-js'
import { messageOf } from '../../base/index.ts'
import type { Clock, Logger, Timer } from '../../base/index.ts'
import { DfError, fromWireStatus, loadServices, StatusError } from '../../proto/index.ts'
import type { cdnsystemV1 } from '../../proto/index.ts'
import { contentLengthMax, pieceCostsMax, pieceCountMax } from '../core/index.ts'
import { finishSeed, reportSeed } from '../replication/commands/index.ts'
import type { FinishSeed, OutboxRow, PieceZero, TaskRow } from '../replication/commands/index.ts'
import { id, integer } from './fields.ts'
import {
  seedPiecesPendingMax,
  seedReceiveBytesMax,
  seedReportPauseMs,
  seedRetryMs,
  seedSilenceMsMax,
  streamCommandMsMax,
} from './limits.ts'
import { bitSpans } from './piece-reports.ts'
import type { CommandPort } from './ports.ts'
import { beginOfPiece, pieceZero, sourceErrorInput } from './wire-v1.ts'

export interface SeedCallDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly commands: CommandPort
}

export interface SeedCallOptions {
  readonly item: OutboxRow
  readonly task: TaskRow
  /** host:port of the seed's gRPC service. */
  readonly address: string
  /** Of the start-seed result. */
  readonly term: number
  /** Called once when nothing of the call is left. */
  readonly onEnd: () => void
}

type Outcome = FinishSeed['outcome']

/** A running call. */
export class SeedCall {
  readonly #deps: SeedCallDeps
  readonly #options: SeedCallOptions
  readonly #client: cdnsystemV1.SeederClient
  readonly #call: ClientReadableStream<cdnsystemV1.PieceSeed__Output>
  readonly #pieces = new Set<number>()
  #costsMs: number[] = []
  #pieceZero: PieceZero | null = null
  #peerId = ''
  #isReporting = false
  #isReportDue = false
  #reportTimer: Timer | undefined
  #silenceTimer: Timer | undefined
  #outcome: Outcome | undefined
  #isEnded = false

  constructor(deps: SeedCallDeps, options: SeedCallOptions) {
    this.#deps = deps
    this.#options = options
    const { seederV1 } = loadServices()
    this.#client = new seederV1(options.address, credentials.createInsecure(), {
      'grpc.max_receive_message_length': seedReceiveBytesMax,
      'grpc.enable_http_proxy': 0,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.service_config_disable_resolution': 1,
    })
    this.#call = this.#client.obtainSeeds(seedRequest(options.item, options.task), new Metadata())
    this.#call.on('data', (seed: cdnsystemV1.PieceSeed__Output) => this.#receive(seed))
    this.#call.on('error', (error: unknown) => this.#broken(error))
    this.#call.on('end', () => this.#finish({ type: 'failed', retry: true, sourceError: null }))
    this.#watchSilence()
  }

  /** Gives the call up without a word about the item: another leader takes it over. */
  cancel(): void {
    this.#close()
  }

  #receive(seed: cdnsystemV1.PieceSeed__Output): void {
    if (this.#isEnded || this.#outcome !== undefined) return
    this.#watchSilence()
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
      if (this.#outcome !== undefined) this.#sendFinish(this.#outcome)
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
          this.#deps.logger.info({ outboxId: item.id }, 'a seed call is no longer wanted')
          this.#close()
          return
        }
        if (this.#call.isPaused()) this.#call.resume()
        if (this.#outcome !== undefined) this.#report()
      })
      .catch((error: unknown) => this.#unexpected(error))
  }

  #broken(error: unknown): void {
    const failure = fromWireStatus(error)
    const isTransient =
      failure instanceof StatusError &&
      (failure.grpcStatus === status.UNAVAILABLE ||
        failure.grpcStatus === status.RESOURCE_EXHAUSTED)
    const sourceError =
      failure instanceof DfError ? sourceErrorInput(failure.sourceError ?? null) : null
    const { item, address } = this.#options
    const fields = { outboxId: item.id, address, reason: failure.message }
    if (!this.#isEnded) this.#deps.logger.warn(fields, 'a seed call failed')
    this.#finish({ type: 'failed', retry: isTransient && sourceError === null, sourceError })
  }

  /** The seed has said its last word: what was collected leaves first. */
  #finish(outcome: Outcome): void {
    if (this.#isEnded || this.#outcome !== undefined) return
    this.#outcome = outcome
    this.#silenceTimer?.cancel()
    this.#reportTimer?.cancel()
    this.#reportTimer = undefined
    if (this.#pieces.size > 0 && this.#peerId !== '') this.#isReportDue = true
    if (this.#isReporting) return
    if (this.#isReportDue && this.#peerId !== '') this.#report()
    else this.#sendFinish(outcome)
  }

  #sendFinish(outcome: Outcome): void {
    if (this.#isEnded) return
    const { item, term } = this.#options
    const body = { outboxId: item.id, term, peerId: this.#peerId, outcome }
    this.#deps.commands
      .propose(finishSeed, body, { timeoutMs: streamCommandMsMax })
      .then((answer) => {
        if (answer.ok || this.#isEnded) {
          this.#close()
          return
        }
        // As long as this member leads, the item must not be left running for ever.
        this.#reportTimer = this.#deps.clock.setTimer(seedRetryMs, () => this.#sendFinish(outcome))
      })
      .catch((error: unknown) => this.#unexpected(error))
  }

  #unexpected(error: unknown): void {
    this.#deps.logger.error({ reason: messageOf(error) }, 'a seed call failed unexpectedly')
    this.#close()
  }

  #watchSilence(): void {
    this.#silenceTimer?.cancel()
    this.#silenceTimer = this.#deps.clock.setTimer(
      seedSilenceMsMax,
      () => {
        this.#call.cancel()
        this.#finish({ type: 'failed', retry: true, sourceError: null })
      },
      { keepAlive: false },
    )
  }

  #close(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#silenceTimer?.cancel()
    this.#reportTimer?.cancel()
    this.#call.cancel()
    this.#client.close()
    this.#options.onEnd()
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
