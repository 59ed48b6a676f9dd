// What a request to the upload server asks for: pure text work, apart from sockets for testing.
import { isTaskId, parseRangeHeader } from '../core/index.ts'
import type { ByteRange } from '../core/index.ts'
import { uploadRangeBytesMax } from './limits.ts'

/** A request as HTTP delivers it. */
export interface RequestHead {
  readonly method: string
  /** Path and query as received. */
  readonly target: string
  readonly range: string | undefined
}

/** What to do. `refused` names API v1's status: 400 range, 422 parameters, 404 and 405 the rest. */
export type UploadRequest =
  | {
      readonly kind: 'piece'
      readonly taskId: string
      readonly peerId: string
      readonly range: ByteRange
    }
  | { readonly kind: 'healthy' }
  | { readonly kind: 'metrics' }
  | { readonly kind: 'refused'; readonly status: 400 | 404 | 405 | 422; readonly message: string }

/** Longest peer id that is looked up, in characters. */
const peerIdLengthMax = 512

/** Reads `GET /download/<3 chars>/<task id>?peerId=<id>` with one bounded `Range`, and the rest. */
export function readUploadRequest(head: RequestHead): UploadRequest {
  const mark = head.target.indexOf('?')
  const path = mark < 0 ? head.target : head.target.slice(0, mark)
  const query = new URLSearchParams(mark < 0 ? '' : head.target.slice(mark + 1))
  const isDownload = path === '/download' || path.startsWith('/download/')
  if (!isDownload && path !== '/healthy' && path !== '/metrics') {
    return refused(404, 'no such page')
  }
  if (head.method !== 'GET') return refused(405, 'only GET is served')
  if (path === '/healthy') return { kind: 'healthy' }
  if (path === '/metrics') return { kind: 'metrics' }
  const [, , prefix = '', taskId = '', ...rest] = path.split('/')
  // Anything but a plain id is refused here, before it could become part of a path.
  if (rest.length > 0 || !isTaskId(taskId) || taskId.slice(0, 3) !== prefix) {
    return refused(422, 'the path is /download/<first 3 characters>/<task id>')
  }
  const peerIds = query.getAll('peerId')
  const peerId = peerIds[0] ?? ''
  if (peerIds.length !== 1 || peerId === '' || peerId.length > peerIdLengthMax) {
    return refused(422, 'the query needs one peerId')
  }
  const range = parseRangeHeader(head.range)
  if (!range.ok) return refused(400, `one range is needed: ${range.reason}`)
  if (range.kind !== 'bounded' || range.range.lengthBytes > uploadRangeBytesMax) {
    return refused(400, `the range needs both ends and at most ${uploadRangeBytesMax} bytes`)
  }
  return { kind: 'piece', taskId, peerId, range: range.range }
}

function refused(status: 400 | 404 | 405 | 422, message: string): UploadRequest {
  return { kind: 'refused', status, message }
}
