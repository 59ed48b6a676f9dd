// For tests: a client of API v2 made of nothing but the .proto files, message by message.
import { connect } from 'node:http2'
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2'
import { Metadata } from '@grpc/grpc-js'
import { fromWireStatus, loadServices } from '../../proto/index.ts'
import type { commonV2, schedulerV2 } from '../../proto/index.ts'
import { ask } from './single-member.suite.ts'

type Client = schedulerV2.SchedulerClient
type Response = schedulerV2.AnnouncePeerResponse__Output

/** Who downloads what. */
export interface DownloadName {
  readonly hostId: string
  readonly taskId: string
  readonly peerId: string
}

/** The peer of host N for a task. */
export function downloadOf(taskId: string, n: number): DownloadName {
  return { hostId: hostId(n), taskId, peerId: `${taskId}-peer-${n}` }
}

/** Id of host N. */
export function hostId(n: number): string {
  return `host-${n}`
}

/** Host N: ports 10000 + N and 20000 + N, as API v2 announces them. */
export function hostV2(n: number, more: Partial<commonV2.Host> = {}): commonV2.Host {
  return {
    id: hostId(n),
    type: 0,
    hostname: `peer-${n}`,
    ip: '127.0.0.1',
    port: 10_000 + n,
    downloadPort: 20_000 + n,
    ...more,
  }
}

/** Announces hosts; each becomes known to the cluster before this resolves. */
export async function announceHosts(client: Client, ...numbers: readonly number[]): Promise<void> {
  for (const n of numbers) await ask(client, client.announceHost, { host: hostV2(n) })
}

/** Fields that differ from the usual ones; undefined leaves one out. */
export type DownloadFields = {
  readonly [Key in keyof commonV2.Download]?: commonV2.Download[Key] | undefined
}

/** What is asked for: 8 MiB in two pieces, as a client tells it that has asked the source. */
export function download(more: DownloadFields = {}): commonV2.Download {
  const fields = {
    url: 'http://origin.example/file',
    tag: 'test',
    actualPieceLength: 4_194_304,
    actualContentLength: 8_388_608,
    actualPieceCount: 2,
    ...more,
  }
  return fields as commonV2.Download
}

/** A piece as it is reported: from `parentId`, or from the source. */
export function piece(number: number, parentId?: string): commonV2.Piece {
  return {
    number,
    offset: number * 4_194_304,
    length: 4_194_304,
    digest: 'crc32:305419896',
    cost: { seconds: 0, nanos: 12_000_000 },
    createdAt: { seconds: 1_700_000_000 },
    ...(parentId === undefined
      ? { trafficType: 'BACK_TO_SOURCE' as const }
      : { parentId, trafficType: 'REMOTE_PEER' as const }),
  }
}

/** An AnnouncePeer stream as a test uses it: responses are taken one by one. */
export class TestDownload {
  readonly name: DownloadName
  readonly #call: ReturnType<Client['announcePeer']>
  readonly #responses: Response[] = []
  #waiting: ((response: Response) => void) | undefined
  /** How the stream ended: undefined = in good order. */
  readonly ended: Promise<unknown>
  /** Initial metadata, which comes before any response. */
  readonly opened: Promise<Metadata>

  constructor(client: Client, name: DownloadName, options: { readonly deadlineMs?: number } = {}) {
    this.name = name
    const deadline = options.deadlineMs
    this.#call = client.announcePeer(
      new Metadata(),
      deadline === undefined ? {} : { deadline: Date.now() + deadline },
    )
    this.#call.on('data', (response: Response) => {
      const waiting = this.#waiting
      this.#waiting = undefined
      if (waiting === undefined) this.#responses.push(response)
      else waiting(response)
    })
    this.opened = new Promise((resolve) => this.#call.once('metadata', resolve))
    this.ended = new Promise((resolve) => {
      this.#call.on('error', (error) => resolve(fromWireStatus(error)))
      this.#call.on('status', ({ code }) => {
        if (code === 0) resolve(undefined)
      })
    })
  }

  send(request: Omit<schedulerV2.AnnouncePeerRequest, keyof DownloadName>): void {
    this.#call.write({ ...this.name, ...request })
  }

  register(more: DownloadFields = {}): void {
    this.send({ registerPeerRequest: { download: download(more) } })
  }

  started(): void {
    this.send({ downloadPeerStartedRequest: {} })
  }

  sourceStarted(): void {
    this.send({ downloadPeerBackToSourceStartedRequest: { description: 'as told' } })
  }

  pieceFinished(number: number, parentId: string): void {
    this.send({ downloadPieceFinishedRequest: { piece: piece(number, parentId) } })
  }

  sourcePieceFinished(number: number): void {
    this.send({ downloadPieceBackToSourceFinishedRequest: { piece: piece(number) } })
  }

  pieceFailed(pieceNumber: number, parentId: string, temporary = true): void {
    this.send({ downloadPieceFailedRequest: { pieceNumber, parentId, temporary } })
  }

  reschedule(...parents: readonly string[]): void {
    const candidateParents = parents.map((id) => ({ id }))
    this.send({ reschedulePeerRequest: { candidateParents, description: 'pieces are missing' } })
  }

  finished(): void {
    this.send({ downloadPeerFinishedRequest: {} })
  }

  sourceFinished(): void {
    this.send({ downloadPeerBackToSourceFinishedRequest: {} })
  }

  failed(): void {
    this.send({ downloadPeerFailedRequest: { description: 'gave up' } })
  }

  sourceFailed(): void {
    this.send({ downloadPeerBackToSourceFailedRequest: { description: 'gone' } })
  }

  /** The next response, or a failure when the stream ends first. */
  next(): Promise<Response> {
    const response = this.#responses.shift()
    if (response !== undefined) return Promise.resolve(response)
    return new Promise((resolve, reject) => {
      this.#waiting = resolve
      void this.ended.then((error) => {
        reject(new Error('the stream ended without a response', { cause: error }))
      })
    })
  }

  /** Ids of the parents in the next response, the best one first. */
  async parents(): Promise<readonly string[]> {
    const { normalTaskResponse } = await this.next()
    if (!normalTaskResponse) throw new Error('the response names no parents')
    return normalTaskResponse.candidateParents.map(({ id }) => id)
  }

  /** Takes the next response, which sends the peer to the source. */
  async sentToSource(): Promise<void> {
    const response = await this.next()
    if (response.response !== 'needBackToSourceResponse') {
      throw new Error(`the response is ${String(response.response)}`)
    }
  }

  /** Responses that arrived and were not taken. */
  get waiting(): number {
    return this.#responses.length
  }

  end(): void {
    this.#call.end()
  }

  cancel(): void {
    this.#call.cancel()
  }
}

/**
 * A stream without a client library: it may say any header, and it takes nothing, not even from its
 * connection (grpc-js takes everything).
 */
export class RawDownload {
  readonly #name: DownloadName
  readonly #session: ClientHttp2Session
  readonly #stream: ClientHttp2Stream
  /** HTTP/2 error code; undefined = open. */
  resetCode: number | undefined

  constructor(address: string, name: DownloadName, headers: Readonly<Record<string, string>> = {}) {
    this.#name = name
    this.#session = connect(`http://${address}`)
    this.#stream = this.#session.request({
      ':method': 'POST',
      ':path': loadServices().schedulerV2.service.AnnouncePeer.path,
      'content-type': 'application/grpc+proto',
      te: 'trailers',
      ...headers,
    })
    this.#stream.on('error', () => {})
    this.#stream.on('close', () => {
      this.resetCode = this.#stream.rstCode
    })
  }

  send(request: Omit<schedulerV2.AnnouncePeerRequest, keyof DownloadName>): void {
    if (this.resetCode !== undefined || this.#stream.destroyed) return
    const { requestSerialize } = loadServices().schedulerV2.service.AnnouncePeer
    const message = requestSerialize({ ...this.#name, ...request })
    const prefix = Buffer.alloc(5)
    prefix.writeUInt32BE(message.length, 1)
    this.#stream.write(Buffer.concat([prefix, message]))
  }

  close(): void {
    this.#session.destroy()
  }
}

/** A whole download from the source: afterwards the peer holds everything. */
export async function fetchFromSource(client: Client, name: DownloadName): Promise<void> {
  const stream = new TestDownload(client, name)
  stream.register({ needBackToSource: true })
  await stream.sentToSource()
  stream.sourceStarted()
  for (const number of [0, 1]) stream.sourcePieceFinished(number)
  stream.sourceFinished()
  const error = await stream.ended
  if (error !== undefined) throw new Error('the download failed', { cause: error })
}
