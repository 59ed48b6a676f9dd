// Bytes of a change of the configuration: the data of an entry of type `config`, in the log for as
// long as the log lives. Frozen: golden bytes in change-codec.test.ts. All numbers big-endian.
//
//   format u8 (1) | expectedId u64 | transition u8 | count u8 | count x (op u8 | id u64)
//   | contextBytes u32 | context
//
// Unlike messages nothing may follow: replicas that skipped what others act on would end
// in different configurations.
import { assert } from '../../base/index.ts'
import { changeContextBytesMax, changeOperationsMax } from '../core/member-operation.ts'
import type { ConfigurationChange, MemberOperation } from '../core/member-operation.ts'
import { ByteReader, ByteWriter } from './byte-cursor.ts'

const changeFormat = 1

const transitions: readonly ConfigurationChange['transition'][] = [
  'auto',
  'joint-implicit',
  'joint-explicit',
]

const operationNames: readonly MemberOperation['op'][] = [
  'add-voter',
  'add-learner',
  'promote',
  'demote',
  'remove',
  'update',
]

const fixedBytes = 15
const operationBytes = 9

/** `malformed`: no change. `unsupported`: one in a format that this version does not know. */
export type DecodeChangeResult =
  | { readonly ok: true; readonly change: ConfigurationChange }
  | { readonly ok: false; readonly reason: 'malformed' | 'unsupported' }

/** Size of `encodeChange(change)`. */
export function changeEncodedBytes(change: ConfigurationChange): number {
  return fixedBytes + change.operations.length * operationBytes + change.context.length
}

/** Bytes of `change`. Its operations and context must be within their limits. */
export function encodeChange(change: ConfigurationChange): Uint8Array {
  const { operations, context } = change
  assert(operations.length <= changeOperationsMax, 'operations within changeOperationsMax')
  assert(context.length <= changeContextBytesMax, 'context within changeContextBytesMax')
  const writer = new ByteWriter(changeEncodedBytes(change))
  writer.uint8(changeFormat)
  writer.uint53(change.expectedId)
  writer.uint8(transitions.indexOf(change.transition))
  writer.uint8(operations.length)
  for (const { op, id } of operations) {
    writer.uint8(operationNames.indexOf(op))
    writer.uint53(id)
  }
  writer.uint32(context.length)
  writer.raw(context)
  return writer.bytes
}

/** Reads a change; `context` is a window on `bytes`. Never throws. */
export function decodeChange(bytes: Uint8Array): DecodeChangeResult {
  const reader = new ByteReader(bytes)
  const format = reader.uint8()
  if (!reader.failed && format > changeFormat) return { ok: false, reason: 'unsupported' }
  const expectedId = reader.uint53()
  const transition = transitions[reader.uint8()]
  const operations = readOperations(reader)
  const contextBytes = reader.uint32()
  if (contextBytes > changeContextBytesMax) return malformed
  const context = reader.raw(contextBytes)
  if (format !== changeFormat || transition === undefined || operations === undefined) {
    return malformed
  }
  if (reader.failed || reader.offset !== bytes.length) return malformed
  return { ok: true, change: { expectedId, transition, operations, context } }
}

const malformed: DecodeChangeResult = { ok: false, reason: 'malformed' }

function readOperations(reader: ByteReader): MemberOperation[] | undefined {
  const count = reader.uint8()
  if (count > changeOperationsMax) return undefined
  const operations: MemberOperation[] = []
  for (let i = 0; i < count; i += 1) {
    const op = operationNames[reader.uint8()]
    const id = reader.uint53()
    if (reader.failed || op === undefined || id < 1) return undefined
    operations.push({ op, id })
  }
  return operations
}
