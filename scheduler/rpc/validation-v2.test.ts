// Every field rule of AnnouncePeer once: what breaks it ends the stream with INVALID_ARGUMENT and
// names the field.
import { status } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadMessages, loadServices } from '../../proto/index.ts'
import type { commonV2, schedulerV2 } from '../../proto/index.ts'
import {
  concurrentPieceCountMax,
  contentLengthMax,
  filtersMax,
  headersMax,
  headerValueLengthMax,
  idLengthMax,
  labelLengthMax,
  pieceCostMsMax,
  pieceCountMax,
  pieceLengthMax,
  seedDownloadBytesMax,
  urlLengthMax,
} from '../core/index.ts'
import { getPeer, getTask } from '../replication/commands/index.ts'
import { announceHosts, download, downloadOf, piece, TestDownload } from './download.suite.ts'
import type { DownloadName } from './download.suite.ts'
import { pieceLengthMin } from './limits.ts'
import { startSingleMember } from './single-member.suite.ts'
import type { SingleMember } from './single-member.suite.ts'
import { downloadRef, registerDownloadBody } from './wire-v2.ts'

let member: SingleMember
beforeAll(async () => {
  member = await startSingleMember()
  await announceHosts(member.v2, 1)
})
afterAll(() => member.stop())

type Request = Omit<schedulerV2.AnnouncePeerRequest, keyof DownloadName>

/** The field that the end of a stream names after one message. */
async function refusedField(
  request: Request,
  name: Partial<DownloadName> = {},
  isRegistered = false,
): Promise<string> {
  const stream = new TestDownload(member.v2, { ...downloadOf('t', 1), ...name })
  if (isRegistered) {
    stream.register()
    await stream.sentToSource()
  }
  stream.send(request)
  const error = await stream.ended
  expect(error).toMatchObject({
    code: 'PROTO_FIELD_INVALID',
    grpcStatus: status.INVALID_ARGUMENT,
  })
  const { message } = error as { readonly message: string }
  return message.slice(0, message.indexOf(':'))
}

const longId = 'x'.repeat(idLengthMax + 1)
const longLabel = 'x'.repeat(labelLengthMax + 1)

describe('ids', () => {
  const rules: [field: string, name: Partial<DownloadName>][] = [
    ['host_id', { hostId: '' }],
    ['host_id', { hostId: longId }],
    ['task_id', { taskId: '' }],
    ['task_id', { taskId: 'a\nb' }],
    ['peer_id', { peerId: '' }],
    ['peer_id', { peerId: longId }],
  ]
  test.each(rules)('%s (case %#)', async (field, name) => {
    const registerPeerRequest = { download: download() }
    expect(await refusedField({ registerPeerRequest }, name)).toBe(field)
  })
})

describe('a registration', () => {
  const rules: [field: string, more: Partial<commonV2.Download>][] = [
    ['url', { url: '' }],
    ['url', { url: `http://x/${'a'.repeat(urlLengthMax)}` }],
    ['url', { url: 'http://x/\r\n' }],
    ['url', { url: '/file' }],
    ['digest', { digest: 'abc' }],
    ['digest', { digest: 'sha256:zz' }],
    ['digest', { digest: `sha257:${'0'.repeat(64)}` }],
    ['digest', { digest: 'constructor:ab' }],
    ['digest', { digest: '__proto__:ab' }],
    ['range.start', { range: { start: contentLengthMax, length: 1 } }],
    ['range.start', { range: { start: '18446744073709551615', length: 1 } }],
    ['range.length', { range: { start: 0, length: 0 } }],
    ['range.length', { range: { start: 1, length: contentLengthMax } }],
    ['range.length', { range: { start: 0, length: '18446744073709551615' } }],
    ['type', { type: 9 as 1 }],
    ['tag', { tag: longLabel }],
    ['application', { application: longLabel }],
    ['priority', { priority: 7 as 6 }],
    ['filtered_query_params', { filteredQueryParams: Array(filtersMax + 1).fill('a') as string[] }],
    ['filtered_query_params', { filteredQueryParams: [longLabel] }],
    ['request_header', { requestHeader: { '': 'v' } }],
    ['request_header', { requestHeader: { a: 'x\r\nHost: y' } }],
    ['request_header', { requestHeader: { a: 'x'.repeat(headerValueLengthMax + 1) } }],
    [
      'request_header',
      {
        requestHeader: Object.fromEntries(
          Array.from({ length: headersMax + 1 }, (_, i) => [i, '']),
        ),
      },
    ],
    ['piece_length', { pieceLength: pieceLengthMin - 1 }],
    ['piece_length', { pieceLength: pieceLengthMax + 1 }],
    ['actual_piece_length', { actualPieceLength: pieceLengthMax + 1 }],
    ['actual_content_length', { actualContentLength: contentLengthMax + 1 }],
    ['actual_content_length', { actualContentLength: '18446744073709551615' }],
    ['actual_piece_count', { actualPieceCount: pieceCountMax + 1 }],
  ]
  test.each(rules)('%s (case %#)', async (field, more) => {
    const registerPeerRequest = { download: download(more) }
    const path = 'register_peer_request.download'
    expect(await refusedField({ registerPeerRequest })).toBe(`${path}.${field}`)
    expect(getPeer(member.reader, downloadOf('t', 1))).toBeUndefined()
  })

  test('without a download', async () => {
    const field = 'register_peer_request.download'
    expect(await refusedField({ registerPeerRequest: {} })).toBe(field)
  })

  test('that is too large only as a whole', async () => {
    const value = 'x'.repeat(headerValueLengthMax)
    const names = Array.from({ length: headersMax - 200 }, (_, n) => [`h${n}`, value] as const)
    const stream = new TestDownload(member.v2, downloadOf('t', 1))
    stream.register({ requestHeader: Object.fromEntries(names) })
    expect(await stream.ended).toMatchObject({ code: 'SCHED_TOO_LARGE' })
  })

  test('with many pieces at once counts as one with as many as there may be', async () => {
    const name = downloadOf('many at once', 1)
    const stream = new TestDownload(member.v2, name)
    stream.register({ concurrentPieceCount: 2 ** 32 - 1 })
    await stream.sentToSource()
    stream.cancel()
    expect(getPeer(member.reader, name)).toMatchObject({
      concurrentPieceCount: concurrentPieceCountMax,
    })
  })

  const label = 'ü'.repeat(labelLengthMax)
  const taken: [what: string, more: Partial<commonV2.Download>][] = [
    ['the longest labels', { tag: label, application: label, filteredQueryParams: [label] }],
    ['the longest URL', { url: `http://x/${'a'.repeat(urlLengthMax - 9)}` }],
    ['a decimal CRC-32', { digest: 'crc32:0305419896' }],
    ['the last byte', { range: { start: contentLengthMax - 1, length: 1 } }],
    ['the largest pieces', { pieceLength: pieceLengthMax, actualPieceLength: pieceLengthMax }],
    ['the smallest pieces', { pieceLength: pieceLengthMin }],
    ['pieces of no length', { pieceLength: 0 }],
    ['a URL of any scheme', { url: 'd7y:/file' }],
    ['a priority', { priority: 'LEVEL6' }],
    ['a cache task', { type: 'CACHE' }],
  ]
  test.each(taken)('with %s is taken', async (what, more) => {
    const stream = new TestDownload(member.v2, downloadOf(`taken-${what}`, 1))
    stream.register(more)
    await stream.sentToSource()
    stream.cancel()
    expect(getTask(member.reader, `taken-${what}`)?.state).toBe('Running')
  })
})

describe('a piece', () => {
  const finished = 'download_piece_finished_request.piece'
  const fromSource = 'download_piece_back_to_source_finished_request.piece'
  const rules: [field: string, more: Partial<commonV2.Piece>][] = [
    ['number', { number: pieceCountMax }],
    ['offset', { offset: '18446744073709551615' }],
    ['length', { length: '18446744073709551615' }],
    ['digest', { digest: 'crc32:12345678901' }],
    ['digest', { digest: 'nothing' }],
    ['cost', { cost: null }],
    ['cost.seconds', { cost: { seconds: -1 } }],
    ['cost.nanos', { cost: { nanos: -1 } }],
    ['created_at', { createdAt: null }],
    ['created_at.nanos', { createdAt: { nanos: 1_000_000_000 } }],
  ]
  test.each(rules)('with a bad %s (case %#)', async (field, more) => {
    const bad = { ...piece(0, 'p'), ...more }
    const sent: Request = { downloadPieceFinishedRequest: { piece: bad } }
    expect(await refusedField(sent)).toBe(`${finished}.${field}`)
    const source: Request = { downloadPieceBackToSourceFinishedRequest: { piece: bad } }
    expect(await refusedField(source)).toBe(`${fromSource}.${field}`)
  })

  test('that took longer than anybody waits counts as a slow one', async () => {
    const stream = new TestDownload(member.v2, downloadOf('slow', 1))
    stream.register()
    await stream.sentToSource()
    for (const seconds of [600, Number.MAX_SAFE_INTEGER]) {
      const slow = { ...piece(seconds % 7), cost: { seconds } }
      stream.send({ downloadPieceBackToSourceFinishedRequest: { piece: slow } })
    }
    const costsMs = (): readonly number[] | undefined =>
      getPeer(member.reader, downloadOf('slow', 1))?.costsMs
    await expect.poll(costsMs).toEqual([pieceCostMsMax, pieceCostMsMax])
    stream.cancel()
  })

  test('from a parent with a long name, or none at all', async () => {
    const sent: Request = { downloadPieceFinishedRequest: { piece: piece(0, longId) } }
    expect(await refusedField(sent)).toBe(`${finished}.parent_id`)
    expect(await refusedField({ downloadPieceFinishedRequest: {} })).toBe(finished)
    expect(await refusedField({ downloadPieceBackToSourceFinishedRequest: {} })).toBe(fromSource)
  })

  test('that failed', async () => {
    const failed = { pieceNumber: pieceCountMax, parentId: 'p', temporary: true }
    expect(await refusedField({ downloadPieceFailedRequest: failed })).toBe(
      'download_piece_failed_request.piece_number',
    )
    const unnamed = { pieceNumber: 0, temporary: true }
    expect(await refusedField({ downloadPieceFailedRequest: unnamed })).toBe(
      'download_piece_failed_request.parent_id',
    )
    const source = { pieceNumber: pieceCountMax }
    expect(await refusedField({ downloadPieceBackToSourceFailedRequest: source })).toBe(
      'download_piece_back_to_source_failed_request.piece_number',
    )
  })
})

test('a reschedule request with a bad parent', async () => {
  const reschedulePeerRequest = { candidateParents: [{ id: '' }] }
  expect(await refusedField({ reschedulePeerRequest }, {}, true)).toBe(
    'reschedule_peer_request.candidate_parents.id',
  )
})

describe('what a seed is asked for', () => {
  const { deserialize } = loadMessages().downloadV2
  const codec = loadServices().schedulerV2.service.AnnouncePeer

  /** The body of a registration as a member reads it from the wire. */
  function bodyOf(more: Partial<commonV2.Download>): ReturnType<typeof registerDownloadBody> {
    const registerPeerRequest = { download: download(more) }
    const sent = codec.requestSerialize({ ...downloadOf('t', 1), registerPeerRequest })
    const message = codec.requestDeserialize(sent)
    return registerDownloadBody(downloadRef(message), message.registerPeerRequest!, {
      acceptedIndex: 1,
      streamId: 1,
      priorityOf: ({ priority }) => priority,
    })
  }

  test('is the same download, from the source and into its own store', () => {
    const more = {
      range: { start: 1, length: 2 },
      requestHeader: { a: 'b' },
      outputPath: '/somewhere',
      objectStorage: { region: 'r' },
      certificateChain: [Buffer.from('00ff', 'hex')],
    }
    const { seedDownload } = bodyOf(more)
    const asked = deserialize(Buffer.from(seedDownload))
    const { outputPath: _, ...kept } = more
    expect(asked).toMatchObject({ ...kept, needBackToSource: true })
    expect(asked.outputPath).toBeUndefined()
    expect(asked.actualContentLength).toBe(8_388_608)
  })

  test('is nothing for who goes to the source itself, or has it', () => {
    for (const more of [{ needBackToSource: true }, { metadataOnly: true }]) {
      expect(bodyOf(more).seedDownload).toHaveLength(0)
    }
  })

  test('is nothing when it is too large to be kept', () => {
    const certificateChain = [Buffer.alloc(seedDownloadBytesMax)]
    expect(bodyOf({ certificateChain }).seedDownload).toHaveLength(0)
  })
})
