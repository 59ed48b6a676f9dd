// Fields that several rows and command bodies share, and how they travel as arrays.
import {
  filtersMax,
  headersMax,
  headerValueLengthMax,
  idLengthMax,
  labelLengthMax,
  nameLengthMax,
  pieceCountMax,
  pieceLengthMax,
  urlLengthMax,
} from '../../core/index.ts'
import { WireFormatError } from '../wire.ts'
import type { FieldReader, Wire } from '../wire.ts'

/** Largest TCP port. */
const portMax = 65_535

/** An id: not empty, without control characters, so that ids may be joined by a line feed. */
export function readId(fields: FieldReader): string {
  const id = readIdOrEmpty(fields)
  if (id === '') throw new WireFormatError('expected an id')
  return id
}

/** An id or ''. */
export function readIdOrEmpty(fields: FieldReader): string {
  const id = fields.text(idLengthMax)
  for (let i = 0; i < id.length; i += 1) {
    if (id.charCodeAt(i) < 0x20) throw new WireFormatError('an id has no control characters')
  }
  return id
}

/** A tag, an application, an idc, a location. */
export function readLabel(fields: FieldReader): string {
  return fields.text(labelLengthMax)
}

/** An address, a host name, a version, a digest. */
export function readName(fields: FieldReader): string {
  return fields.text(nameLengthMax)
}

/** A port; 0 = none. */
export function readPort(fields: FieldReader): number {
  return fields.integer(0, portMax)
}

/** A word by its stored number. */
export function readWord<Word extends string>(fields: FieldReader, words: readonly Word[]): Word {
  return words[fields.integer(0, words.length - 1)]!
}

/** The stored number of a word. */
export function wordNumber<Word extends string>(words: readonly Word[], word: Word): number {
  return words.indexOf(word)
}

/** What describes a task, shared by its row and by requests. */
export interface TaskDescription<Type> {
  readonly id: string
  readonly type: Type
  readonly url: string
  readonly digest: string
  readonly tag: string
  readonly application: string
  readonly filteredQueryParams: readonly string[]
  readonly headers: readonly (readonly [string, string])[]
  readonly pieceLength: number
}

/** url … pieceLength of a task. */
export function taskDescriptionWire(task: TaskDescription<unknown>): readonly Wire[] {
  return [
    task.url,
    task.digest,
    task.tag,
    task.application,
    task.filteredQueryParams,
    task.headers.map(([name, value]) => [name, value]),
    task.pieceLength,
  ]
}

/** Inverse of `taskDescriptionWire`. */
export function readTaskDescription(
  fields: FieldReader,
): Omit<TaskDescription<never>, 'id' | 'type'> {
  return {
    url: fields.text(urlLengthMax),
    digest: readName(fields),
    tag: readLabel(fields),
    application: readLabel(fields),
    filteredQueryParams: fields.list(filtersMax, readLabel),
    headers: fields.list(headersMax, (items) => items.nested(readHeader)),
    pieceLength: fields.integer(0, pieceLengthMax),
  }
}

function readHeader(fields: FieldReader): readonly [string, string] {
  return [readLabel(fields), fields.text(headerValueLengthMax)]
}

/** Piece 0 of a task, see commands/types.ts. */
export interface PieceZeroFields {
  readonly digest: string
  readonly offset: number
  readonly length: number
}

/** What may be absent travels as a list of at most one. */
export function optionalWire<Value>(value: Value | null, wire: (value: Value) => Wire): Wire {
  return value === null ? [] : [wire(value)]
}

/** Inverse of `optionalWire`; `read` consumes one field. */
export function readOptional<Value>(
  fields: FieldReader,
  read: (fields: FieldReader) => Value,
): Value | null {
  return fields.list(1, read)[0] ?? null
}

/** A piece 0 that may be absent. */
export function pieceZeroWire(piece: PieceZeroFields | null): Wire {
  return optionalWire(piece, ({ digest, offset, length }) => [digest, offset, length])
}

/** Inverse of `pieceZeroWire`. */
export function readPieceZero(fields: FieldReader): PieceZeroFields | null {
  return readOptional(fields, (items) =>
    items.nested((piece) => ({
      digest: readName(piece),
      offset: piece.integer(),
      length: piece.integer(),
    })),
  )
}

/** A bitset of pieces. */
export function readPieceBits(fields: FieldReader): Uint8Array {
  return fields.bytes(pieceCountMax / 8)
}
