// What the store keeps in its metadata: JSON texts under keys that sort by task and piece number.
//   task/<task id>               one object, field order as in `encodeTask`
//   piece/<task id>/<7 hex>      [version, offset, length, md5, crc32, origin, cost in ms]
// The format is frozen (golden texts in records.test.ts); another version is refused, never
// guessed.
import { isTaskId, piecesPerTaskMax } from '../core/index.ts'
import { StoreError } from './errors.ts'
import type { PieceOrigin, PieceRecord, TaskInfo } from './types.ts'

const version = 1

/** What of a task is stored; the counts of `TaskInfo` follow from its pieces. */
export interface TaskRecord extends Omit<
  TaskInfo,
  'totalPieces' | 'finishedPieces' | 'finishedBytes'
> {
  /** File name of the copy's data in the task's directory. */
  readonly dataFile: string
}

export function taskKey(taskId: string): string {
  return `task/${taskId}`
}

export function pieceKey(taskId: string, num: number): string {
  return `piece/${taskId}/${num.toString(16).padStart(7, '0')}`
}

/** What a key names; undefined for a key that is not ours. */
export type RecordKey =
  | { readonly kind: 'task'; readonly taskId: string }
  | { readonly kind: 'piece'; readonly taskId: string; readonly num: number }

export function parseKey(key: string): RecordKey | undefined {
  const parts = key.split('/')
  const taskId = parts[1] ?? ''
  if (!isTaskId(taskId)) return undefined
  if (parts[0] === 'task' && parts.length === 2) return { kind: 'task', taskId }
  if (parts[0] !== 'piece' || parts.length !== 3) return undefined
  const num = Number.parseInt(parts[2]!, 16)
  if (!(num >= 0 && num < piecesPerTaskMax) || pieceKey(taskId, num) !== key) return undefined
  return { kind: 'piece', taskId, num }
}

export function encodeTask(task: TaskRecord): string {
  return JSON.stringify({
    version,
    taskId: task.taskId,
    peerId: task.peerId,
    url: task.url,
    urlMeta: {
      digest: task.urlMeta.digest,
      tag: task.urlMeta.tag,
      range: task.urlMeta.range,
      filter: task.urlMeta.filter,
      application: task.urlMeta.application,
      header: task.urlMeta.header,
      priority: task.urlMeta.priority,
    },
    type: task.type,
    state: task.state,
    pieceSizeBytes: task.pieceSizeBytes,
    contentLengthBytes: task.contentLengthBytes,
    pieceMd5Sign: task.pieceMd5Sign,
    sourceHeader: task.sourceHeader,
    validator: { etag: task.validator.etag, lastModified: task.validator.lastModified },
    needsAnnounce: task.needsAnnounce,
    createdWallMs: task.createdWallMs,
    dataFile: task.dataFile,
  })
}

/** PEER_STORE_FORMAT for another version, PEER_STORE_DAMAGED for what is no record at all. */
export function decodeTask(taskId: string, text: string): TaskRecord {
  const fields = parsed(taskKey(taskId), text) as Partial<TaskRecord> & { version?: unknown }
  checkVersion(taskKey(taskId), fields.version)
  const { urlMeta, validator } = fields
  const isWhole =
    fields.taskId === taskId &&
    isDataFileName(fields.dataFile) &&
    areTexts([fields.peerId, fields.url, fields.pieceMd5Sign]) &&
    (fields.type === 'standard' || fields.type === 'dfcache') &&
    (fields.state === 'partial' || fields.state === 'done') &&
    isWholeNumber(fields.pieceSizeBytes, 1) &&
    isWholeNumber(fields.contentLengthBytes, -1) &&
    typeof fields.createdWallMs === 'number' &&
    typeof fields.needsAnnounce === 'boolean' &&
    isTextRecord(fields.sourceHeader) &&
    validator !== undefined &&
    areTexts([validator.etag, validator.lastModified]) &&
    urlMeta !== undefined &&
    areTexts([urlMeta.digest, urlMeta.tag, urlMeta.range, urlMeta.filter, urlMeta.application]) &&
    isTextRecord(urlMeta.header) &&
    isWholeNumber(urlMeta.priority, 0)
  if (!isWhole) throw damaged(taskKey(taskId))
  const { version: _, ...record } = fields
  return record as TaskRecord
}

const origins: readonly PieceOrigin[] = ['source', 'parent', 'import']

export function encodePiece(piece: PieceRecord): string {
  const { offsetBytes, lengthBytes, md5, crc32, origin, costMs } = piece
  return JSON.stringify([version, offsetBytes, lengthBytes, md5, crc32, origin, costMs])
}

/** As `decodeTask`, for a piece. */
export function decodePiece(taskId: string, num: number, text: string): PieceRecord {
  const key = pieceKey(taskId, num)
  const fields = parsed(key, text)
  if (!Array.isArray(fields)) throw damaged(key)
  checkVersion(key, fields[0])
  const [, offsetBytes, lengthBytes, md5, crc32, origin, costMs] = fields as unknown[]
  const known = origins.find((value) => value === origin)
  const isWhole =
    isWholeNumber(offsetBytes, 0) &&
    isWholeNumber(lengthBytes, 1) &&
    isWholeNumber(crc32, 0) &&
    isWholeNumber(costMs, 0) &&
    typeof md5 === 'string'
  if (!isWhole || known === undefined) throw damaged(key)
  return { num, offsetBytes, lengthBytes, md5, crc32, origin: known, costMs }
}

/** Tells whether `name` is one this store gives to data files. */
export function isDataFileName(name: unknown): name is string {
  if (typeof name !== 'string' || name.length !== 37 || !name.endsWith('.data')) return false
  return isTaskId(name.slice(0, 32).repeat(2))
}

function parsed(key: string, text: string): object {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw damaged(key, error)
  }
  if (typeof value !== 'object' || value === null) throw damaged(key)
  return value
}

function checkVersion(key: string, found: unknown): void {
  if (found === version) return
  if (typeof found !== 'number') throw damaged(key)
  throw new StoreError(
    'PEER_STORE_FORMAT',
    `${key} has version ${found}, this build reads ${version}`,
  )
}

function damaged(key: string, cause?: unknown): StoreError {
  return new StoreError('PEER_STORE_DAMAGED', `the piece store's record ${key} is damaged`, cause)
}

function isWholeNumber(value: unknown, min: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= min
}

function areTexts(values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'string')
}

function isTextRecord(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return areTexts(Object.values(value))
}
