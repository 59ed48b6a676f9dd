import { expect, test } from 'vitest'
import { fromHex, toHex } from '../../base/index.ts'
import { noteAcknowledged } from './acknowledged-command.ts'
import { encodeEnvelope } from './batch.ts'
import { Replica } from './harness.suite.ts'
import { decodeRow, rowKey, rowValue } from './row-codec.ts'
import { acknowledgedTable } from './rows/acknowledged.ts'
import { memberTable } from './rows/member.ts'

const incarnationOf = (replica: Replica, id: number): string =>
  replica.state.reader.get(memberTable, id)!.incarnation

const markOf = (replica: Replica, id: number): number | undefined =>
  replica.state.reader.get(acknowledgedTable, id)?.index

function started(): Replica {
  const replica = new Replica()
  replica.open({ replicaId: 1, bootId: 'b1'.repeat(16) })
  return replica
}

function note(replica: Replica, marks: readonly (readonly [number, string, number])[]): unknown {
  const body = {
    marks: marks.map(([replicaId, incarnation, index]) => ({ replicaId, incarnation, index })),
  }
  const { outcome } = replica.run(noteAcknowledged, body)
  return outcome.ok ? outcome.result : outcome.reason
}

test('J13 marks of members rise and never fall', () => {
  const replica = started()
  const first = incarnationOf(replica, 1)
  const second = incarnationOf(replica, 2)
  expect(
    note(replica, [
      [1, first, 10],
      [2, second, 8],
    ]),
  ).toEqual({ ok: true, raised: 2 })
  expect(
    note(replica, [
      [1, first, 9],
      [2, second, 12],
    ]),
  ).toEqual({ ok: true, raised: 1 })
  expect([markOf(replica, 1), markOf(replica, 2)]).toEqual([10, 12])
})

test('J13 a mark of another incarnation or of no member is left out', () => {
  const replica = started()
  const marks = [
    [2, 'ee'.repeat(16), 8],
    [9, 'ee'.repeat(16), 8],
  ] as const
  expect(note(replica, marks)).toEqual({ ok: true, raised: 0 })
  expect([markOf(replica, 2), markOf(replica, 9)]).toEqual([undefined, undefined])
})

test('note-acknowledged and its rows are frozen', () => {
  const mark = { replicaId: 4, incarnation: '0a'.repeat(16), index: 70_000 }
  const envelope = encodeEnvelope({
    kind: noteAcknowledged.kind,
    kindVersion: noteAcknowledged.kindVersion,
    seq: 1,
    notAfterMs: 0,
    actor: '',
    opId: '',
    body: noteAcknowledged.encode({ marks: [mark] }),
  })
  expect(toHex(envelope)).toBe(
    '98010e010100a0a091919304c4100a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0ace00011170',
  )
  expect(toHex(rowKey(acknowledgedTable, mark))).toBe('1a0000000000000004')
  const value = rowValue(acknowledgedTable, mark, 300)
  expect(toHex(value)).toBe('9501cd012c04c4100a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0ace00011170')
  const stored = decodeRow(acknowledgedTable, fromHex('1a0000000000000004')!, value)
  expect(stored).toEqual({ row: mark, modIndex: 300 })
})
