import { expect, test } from 'vitest'
import { toHex } from '../../base/index.ts'
import { noteDivergedCommand } from './divergence-command.ts'
import { Replica, rowsOf } from './harness.suite.ts'
import { pack } from './msgpack.ts'
import { sessionTable } from './rows/session.ts'
import { FieldReader } from './wire.ts'

const body = { replicaId: 3, incarnation: '0c'.repeat(16) }

test('R-22.1 a replica is told that it differs, and no row changes but its session', () => {
  const replica = new Replica()
  replica.open()
  const before = replica.state.reader.get(sessionTable, replica.sessionId)
  const rows = rowsOf(replica.state)
  expect(replica.run(noteDivergedCommand, body).outcome).toMatchObject({ ok: true })
  expect(replica.frames.at(-1)?.events).toEqual([{ type: 'member-diverged', ...body }])
  expect(before?.lastSeq).toBe(0)
  const own = (text: string): string =>
    text
      .replaceAll(/"(lastSeq|clusterClockMs|appliedIndex)":\d+/g, '')
      .replace(/\["results",\d+\]/, '')
  expect(own(rowsOf(replica.state))).toBe(own(rows))
})

test('its bytes are frozen', () => {
  const { kind, kindVersion } = noteDivergedCommand
  expect([kind, kindVersion]).toEqual([15, 1])
  const encoded = noteDivergedCommand.encode(body)
  expect(toHex(pack(encoded))).toBe(`9203c410${'0c'.repeat(16)}`)
  expect(noteDivergedCommand.decode(new FieldReader(encoded))).toEqual(body)
})
