import { expect, it } from 'vitest'
import { fromHex, toHex, utf8Encode } from '../../base/index.ts'
import { encodeEnvelope } from './batch.ts'
import { deleteConfigCommand, setConfigCommand } from './config-commands.ts'
import { numbered, Replica } from './harness.suite.ts'
import { configRowsMax } from './limits.ts'
import { pack, unpack } from './msgpack.ts'
import { clusterIdKey, configTable } from './rows/config.ts'
import { FieldReader, isArray } from './wire.ts'
import type { ConfigResult } from './config-commands.ts'

const value = utf8Encode('v')

function started(): Replica {
  const replica = new Replica()
  replica.open({ replicaId: 1, bootId: 'b1'.repeat(16) })
  return replica
}

function set(replica: Replica, key: string, expectedVersion: number): ConfigResult | string {
  const { outcome } = replica.run(setConfigCommand, { key, value, expectedVersion })
  return outcome.ok ? (outcome.result as ConfigResult) : outcome.reason
}

function remove(replica: Replica, key: string, expectedVersion: number): ConfigResult | string {
  const { outcome } = replica.run(deleteConfigCommand, { key, expectedVersion })
  return outcome.ok ? (outcome.result as ConfigResult) : outcome.reason
}

it('changes a row only from the version that is told', () => {
  const replica = started()
  const made = set(replica, 'a', 0) as { version: number }
  expect(made).toEqual({ ok: true, version: replica.state.appliedIndex })
  expect(set(replica, 'a', 0)).toEqual({ ...made, ok: false, reason: 'version-mismatch' })
  const changed = set(replica, 'a', made.version) as { version: number }
  expect(changed.version).toBe(replica.state.appliedIndex)
  expect(changed.version).toBeGreaterThan(made.version)
  expect(remove(replica, 'a', made.version)).toEqual({
    ok: false,
    reason: 'version-mismatch',
    version: changed.version,
  })
  expect(remove(replica, 'a', changed.version)).toEqual({ ok: true, version: 0 })
  expect(replica.state.reader.get(configTable, 'a')).toBe(undefined)
  expect(remove(replica, 'a', 7)).toEqual({ ok: false, reason: 'version-mismatch', version: 0 })
})

it('keeps away from what belongs to the cluster itself', () => {
  const replica = started()
  const before = replica.state.reader.get(configTable, clusterIdKey)
  for (const key of [clusterIdKey, 'cluster/', 'operator/token', 'operator/x']) {
    const refused = { ok: false, reason: 'reserved-key', version: 0 }
    expect(set(replica, key, 0)).toEqual(refused)
    expect(remove(replica, key, 1)).toEqual(refused)
  }
  expect(replica.state.reader.get(configTable, clusterIdKey)).toBe(before)
  expect(set(replica, 'clusters/x', 0)).toMatchObject({ ok: true })
})

it('takes no row without a key', () => {
  expect(set(started(), '', 0)).toBe('malformed')
})

it(`holds ${configRowsMax} rows, which still change when there are no more`, () => {
  const replica = started()
  const rows = replica.state.reader
  while (rows.count(configTable) < configRowsMax) {
    const count = Math.min(configRowsMax - rows.count(configTable), 500)
    const commands = Array.from({ length: count }, (_, i) => {
      const key = `k${rows.count(configTable) + i}`
      return numbered(replica.seq + i + 1, setConfigCommand, { key, value, expectedVersion: 0 })
    })
    replica.seq += count
    expect(replica.send(commands).every(({ outcome }) => outcome.ok)).toBe(true)
  }
  expect(set(replica, 'more', 0)).toEqual({ ok: false, reason: 'too-many-rows', version: 0 })
  const version = rows.modIndex(configTable, 'k9')
  expect(set(replica, 'k9', version)).toMatchObject({ ok: true })
  expect(remove(replica, 'k8', rows.modIndex(configTable, 'k8'))).toMatchObject({ ok: true })
  expect(set(replica, 'more', 0)).toMatchObject({ ok: true })
})

it('writes and reads these bytes, for ever', () => {
  const changed = { key: 'a/b', value: Uint8Array.of(0, 255), expectedVersion: 70_000 }
  const setHex = '93a3612f62c40200ffce00011170'
  expect(toHex(pack(setConfigCommand.encode(changed)))).toBe(setHex)
  const set = unpack(fromHex(setHex)!)
  expect(isArray(set) && setConfigCommand.decode(new FieldReader(set))).toEqual(changed)
  const removed = { key: 'a/b', expectedVersion: 5 }
  const removeHex = '92a3612f6205'
  expect(toHex(pack(deleteConfigCommand.encode(removed)))).toBe(removeHex)
  const remove = unpack(fromHex(removeHex)!)
  expect(isArray(remove) && deleteConfigCommand.decode(new FieldReader(remove))).toEqual(removed)
  const { kind, kindVersion } = deleteConfigCommand
  const body = deleteConfigCommand.encode(removed)
  const envelope = { kind, kindVersion, seq: 1, notAfterMs: 2, actor: 'anna', opId: '', body }
  expect(toHex(encodeEnvelope(envelope))).toBe('980111010102a4616e6e61a092a3612f6205')
  expect([setConfigCommand.kind, setConfigCommand.kindVersion]).toEqual([16, 1])
})
