import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../base/index.ts'
import { account, accounts, bootId } from './harness.suite.ts'
import { decodeRow, rowKey, rowValue } from './row-codec.ts'
import { pack } from './msgpack.ts'
import { clockTable } from './rows/clock.ts'
import { configTable } from './rows/config.ts'
import { continuationTable } from './rows/continuation.ts'
import { digestTable } from './rows/digest.ts'
import { featureTable } from './rows/feature.ts'
import { memberTable } from './rows/member.ts'
import { memberProgressTable } from './rows/member-progress.ts'
import { memberSupportTable } from './rows/member-support.ts'
import { metaTable } from './rows/meta.ts'
import { resultTable } from './rows/result.ts'
import { sessionTable } from './rows/session.ts'
import { tombstoneTable } from './rows/tombstone.ts'
import type { AnyTable } from './table-definition.ts'
import type { Wire } from './wire.ts'

const sixteen = Uint8Array.from({ length: 16 }, (_, i) => i)

/** Frozen: [table, row, key, value at modIndex 300]. */
const golden: readonly (readonly [AnyTable, object, string, string])[] = [
  [
    memberTable,
    {
      replicaId: 2,
      hostId: 's2',
      incarnation: '0a'.repeat(16),
      raftAddress: 'h:8003',
      clientAddress: 'h:8002',
      role: 'voter',
      state: 'online',
      bootId,
      programVersion: '0.1.0',
      joinedAtIndex: 1,
      credential: '',
    },
    '020000000000000002',
    '9d01cd012c02a27332c4100a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0aa6683a38303033a6683a38303032a5766f746572a66f6e6c696e65c410b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0a5302e312e3001a0',
  ],
  [
    configTable,
    { key: 'a/b', value: Uint8Array.of(1, 2), actor: 'op', writtenWallMs: 1_700_000_000_000 },
    '030003612f62',
    '9601cd012ca3612f62c4020102a26f70cb4278bcfe56800000',
  ],
  [featureTable, { name: 'f', enabledAtIndex: 9 }, '04000166', '9401cd012ca16609'],
  [
    sessionTable,
    { sessionId: 7, replicaId: 2, bootId, generation: 3, lastSeq: 1000, openedAtMs: 60_000 },
    '050000000000000007',
    '9801cd012c0702c410b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b003cd03e8cdea60',
  ],
  [
    resultTable,
    { sessionId: 7, firstSeq: 5, index: 300, outcomes: [Uint8Array.of(0xc0), new Uint8Array(0)] },
    '0600000000000000070000000000000005',
    '9601cd012c0705cd012c92c401c0c400',
  ],
  [clockTable, { clusterClockMs: 1000, wallMs: 2 }, '07', '9401cd012ccd03e802'],
  [
    digestTable,
    { index: 4096, digest: sixteen },
    '08',
    '9401cd012ccd1000c410000102030405060708090a0b0c0d0e0f',
  ],
  [
    tombstoneTable,
    { scope: 'peer', id: 'p', removedAtIndex: 8, expiryMs: 600_000 },
    '09000470656572000170',
    '9601cd012ca470656572a17008ce000927c0',
  ],
  [
    continuationTable,
    { index: 8, ordinal: 1, number: 0, kind: 'k', cursor: ['x', 3, [true]] },
    '0a000000000000000800000000000000010000000000000000',
    '9701cd012c080100a16b93a1780391c3',
  ],
  [
    memberProgressTable,
    { replicaId: 4, bootId, bytesDone: 300, bytesTotal: 70_000, percent: 0 },
    '140000000000000004',
    `9701cd012c04c410${bootId}cd012cce0001117000`,
  ],
  [
    memberSupportTable,
    { replicaId: 4, protocolVersion: 1, features: ['a', 'member-progress'] },
    '150000000000000004',
    '9501cd012c040192a161af6d656d6265722d70726f6772657373',
  ],
  [
    metaTable,
    { appliedIndex: 300, appliedTerm: 2, digest: sixteen, check: sixteen },
    '01',
    '9601cd012ccd012c02c410000102030405060708090a0b0c0d0e0fc410000102030405060708090a0b0c0d0e0f',
  ],
]

describe('rows of the framework', () => {
  test.each(golden.map((row) => [row[0].name, row] as const))(
    'golden bytes of %s',
    (_, [table, row, key, value]) => {
      expect(toHex(rowKey(table, row))).toBe(key)
      expect(toHex(rowValue(table, row, 300))).toBe(value)
      const decoded = decodeRow(table, fromHex(key)!, fromHex(value)!)
      expect(decoded).toEqual({ row, modIndex: 300 })
    },
  )

  test('a member that never had a session has no bootId', () => {
    const row = { ...(golden[0]![1] as Record<string, unknown>), bootId: '' }
    const value = rowValue(memberTable, row, 1)
    expect(decodeRow(memberTable, rowKey(memberTable, row), value).row).toEqual(row)
  })

  test('keys of slotted tables carry the slot of the task', () => {
    expect(toHex(rowKey(accounts, account('123456789')))).toBe('1231c30009313233343536373839')
  })
})

describe('stored rows that do not fit', () => {
  const key = rowKey(accounts, account('a'))
  const fields: readonly Wire[] = ['a', 'anna', 100, 0]

  test.each([
    ['no msgpack', Uint8Array.of(0xc1), 'SCHED_STATE_DAMAGED'],
    ['no array', pack(1), 'SCHED_STATE_DAMAGED'],
    ['a field too few', pack([1, 1, 'a', 'anna', 100]), 'SCHED_STATE_DAMAGED'],
    ['a field too many', pack([1, 1, ...fields, 0]), 'SCHED_STATE_DAMAGED'],
    ['a wrong field', pack([1, 1, 'a', 'anna', 'x', 0]), 'SCHED_STATE_DAMAGED'],
    ['another key', pack([1, 1, 'b', 'anna', 100, 0]), 'SCHED_STATE_DAMAGED'],
    ['modIndex 0', pack([1, 0, ...fields]), 'SCHED_STATE_DAMAGED'],
    ['a newer row version', pack([2, 1, ...fields]), 'SCHED_UNSUPPORTED_COMMAND'],
  ])('%s is refused', (_, value, code) => {
    expect(() => decodeRow(accounts, key, value)).toThrow(expect.objectContaining({ code }))
  })
})
