import { Metadata, status } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { CodedError } from '../base/index.ts'
import { loadDescriptors } from './services.ts'
import {
  codeTrailer,
  detailsTrailer,
  DfError,
  dfCodeName,
  dfCodeNumber,
  dfCodes,
  fromWireStatus,
  isRetryable,
  refusalError,
  StatusError,
  statusMessageLengthMax,
  toWireStatus,
} from './status.ts'
import type { Refusal } from './status.ts'

function asFailure(wire: ReturnType<typeof toWireStatus>): Error {
  return Object.assign(new Error(wire.details), wire)
}

test('the numbers of common.Code are those of the .proto file', () => {
  const definition = loadDescriptors(['dragonfly/common-v1.proto'])
  const type = definition['common.Code']?.type as {
    readonly value: readonly { readonly name: string; readonly number: number }[]
  }
  const declared = Object.fromEntries(type.value.map((value) => [value.name, value.number]))
  expect(dfCodes).toEqual(declared)
})

test('names and numbers map both ways, unknown ones are tolerated', () => {
  expect(dfCodeName(5007)).toBe('SchedReregister')
  expect(dfCodeName(5003)).toBeUndefined()
  expect(dfCodeNumber('SchedReregister')).toBe(5007)
  expect(dfCodeNumber(5003)).toBe(5003)
  expect(dfCodeNumber('toString')).toBe(0)
})

test('a DfError has the golden trailer that unmodified clients unpack', () => {
  const wire = toWireStatus(new DfError(1404, 'gone'))
  expect(wire.code).toBe(status.UNKNOWN)
  expect(wire.details).toBe('[1404]gone')
  const bytes = wire.metadata.get(detailsTrailer)[0] as Buffer
  const type = Buffer.from('type.googleapis.com/common.GrpcDfError').toString('hex')
  expect(bytes.toString('hex')).toBe(
    `0802120a${Buffer.from('[1404]gone').toString('hex')}1a330a26${type}1209` +
      `08fc0a1204${Buffer.from('gone').toString('hex')}`,
  )
})

test('a DfError comes back with number, text and source error', () => {
  const sourceError = { temporary: true, metadata: { statusCode: 503, status: 'busy', header: {} } }
  const back = fromWireStatus(asFailure(toWireStatus(new DfError(1001, 'origin', { sourceError }))))
  expect(back).toBeInstanceOf(DfError)
  expect(back.message).toBe('origin')
  expect((back as DfError).dfCode).toBe(1001)
  expect((back as DfError).sourceError).toEqual(sourceError)
})

test('damaged details leave the plain status', () => {
  const metadata = new Metadata()
  metadata.set(detailsTrailer, Buffer.from('ffffff', 'hex'))
  const failure = Object.assign(new Error('x'), {
    code: status.UNKNOWN,
    details: 'plain',
    metadata,
  })
  const back = fromWireStatus(failure)
  expect(back).toBeInstanceOf(StatusError)
  expect(back.message).toBe('plain')
  expect(back.code).toBe('PROTO_UNKNOWN')
})

test.each<[Refusal, status, string]>([
  ['not-leader', status.UNAVAILABLE, 'SCHED_NO_LEADER'],
  ['unavailable', status.UNAVAILABLE, 'SCHED_NO_LEADER'],
  ['overloaded', status.RESOURCE_EXHAUSTED, 'SCHED_OVERLOADED'],
  ['too-large', status.INVALID_ARGUMENT, 'SCHED_TOO_LARGE'],
  ['expired', status.DEADLINE_EXCEEDED, 'SCHED_EXPIRED'],
  ['unknown-outcome', status.UNAVAILABLE, 'SCHED_UNKNOWN_OUTCOME'],
  ['stopped', status.UNAVAILABLE, 'SCHED_STOPPING'],
  ['internal', status.INTERNAL, 'SCHED_INTERNAL'],
])('refusal %s leaves as status %i with code %s', (reason, grpcStatus, code) => {
  const wire = toWireStatus(refusalError(reason))
  expect(wire.code).toBe(grpcStatus)
  expect(wire.metadata.get(codeTrailer)).toEqual([code])
  const back = fromWireStatus(asFailure(wire))
  expect(back.code).toBe(code)
  expect(isRetryable(back)).toBe(
    grpcStatus === status.UNAVAILABLE || grpcStatus === status.RESOURCE_EXHAUSTED,
  )
})

test('what is not ours leaves without its text', () => {
  const wire = toWireStatus(new TypeError('secret'))
  expect(wire.code).toBe(status.INTERNAL)
  expect(wire.details).toBe('internal error')
})

test('unlisted codes are UNKNOWN and long texts are cut', () => {
  const wire = toWireStatus(new CodedError('PEER_ODD', 'x'.repeat(5_000)))
  expect(wire.code).toBe(status.UNKNOWN)
  expect(wire.details).toHaveLength(statusMessageLengthMax + 1)
})

test('a text that is no Unicode leaves as one: grpc-js would throw while it writes the status', () => {
  const lone = toWireStatus(new CodedError('SCHED_SETTINGS_INVALID', 'a\ud800: unknown key'))
  expect(lone.details).toBe('a\ufffd: unknown key')
  const split = toWireStatus(new CodedError('PEER_ODD', `x${'\u{1f600}'.repeat(5_000)}`))
  expect(() => encodeURI(split.details)).not.toThrow()
  expect(split.details).toHaveLength(statusMessageLengthMax + 1)
  const df = toWireStatus(new DfError(dfCodes.BadRequest, '\udc00'))
  expect(df.details).toBe('[1400]\ufffd')
})

test('a stable code is believed only in the form codes have', () => {
  const metadata = new Metadata()
  metadata.set(codeTrailer, 'rm -rf')
  const failure = Object.assign(new Error('x'), {
    code: status.INTERNAL,
    details: 'x',
    metadata,
  })
  expect(fromWireStatus(failure).code).toBe('PROTO_INTERNAL')
})

test('only UNAVAILABLE, RESOURCE_EXHAUSTED and 5007 are retryable', () => {
  expect(isRetryable(new DfError(5007, ''))).toBe(true)
  expect(isRetryable(new DfError(5000, ''))).toBe(false)
  expect(isRetryable(fromWireStatus(new Error('socket')))).toBe(false)
})
