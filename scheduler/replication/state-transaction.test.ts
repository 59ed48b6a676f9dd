import { describe, expect, test } from 'vitest'
import { account, accounts, Replica, rowsOf } from './harness.suite.ts'
import { commandRowsTouchedMax, commandRowsVisitedMax } from './limits.ts'
import { fc, test as property } from './property.suite.ts'
import { CommandLimitError } from './state-access.ts'
import { StateTransaction } from './state-transaction.ts'
import { TableReader, TableSet } from './table-set.ts'
import { defineTable } from './table-definition.ts'
import type { Account } from './harness.suite.ts'
import type { StateReader } from './state-access.ts'

function fresh(): { tx: StateTransaction; reader: StateReader; tables: TableSet } {
  const tables = new TableSet([accounts])
  return { tx: new StateTransaction(tables), reader: new TableReader(tables, () => {}), tables }
}

function snapshot(reader: StateReader): unknown {
  const owners = ['anna', 'bert', 'cleo'].map((group) => [
    reader.groupSize(accounts, 'byOwner', group),
    reader
      .list(accounts, 'byOwner', { group, limit: 10_000 })
      .map((row) => [row, reader.modIndex(accounts, row.name)]),
  ])
  return [owners, reader.list(accounts, 'byExpiry', { limit: 10_000 }), reader.count(accounts)]
}

const rowValue: fc.Arbitrary<Account> = fc.record({
  name: fc.nat({ max: 30 }).map((n) => `n${n}`),
  owner: fc.constantFrom('anna', 'bert', 'cleo'),
  balance: fc.nat({ max: 5 }),
  expiryMs: fc.nat({ max: 3 }),
})
const steps = fc.array(fc.record({ row: rowValue, isDelete: fc.boolean() }), { maxLength: 60 })

function perform(tx: StateTransaction, list: readonly { row: Account; isDelete: boolean }[]): void {
  for (const { row, isDelete } of list) {
    if (isDelete) tx.delete(accounts, row.name)
    else tx.put(accounts, row)
  }
}

describe('transactions', () => {
  property(
    'rolling back restores every row, modIndex and index exactly',
    fc.record({ kept: steps, undone: steps, more: steps }),
    ({ kept, undone, more }) => {
      const { tx, reader } = fresh()
      tx.begin(1)
      perform(tx, kept)
      tx.commit()
      const before = snapshot(reader)
      tx.begin(2)
      perform(tx, undone)
      tx.rollBack()
      expect(snapshot(reader)).toEqual(before)
      tx.begin(3)
      perform(tx, more)
      tx.commit()
      const other = fresh()
      other.tx.begin(1)
      perform(other.tx, kept)
      other.tx.commit()
      other.tx.begin(3)
      perform(other.tx, more)
      other.tx.commit()
      expect(snapshot(reader)).toEqual(snapshot(other.reader))
    },
  )

  test('reads see the own writes and an index never lists a stale row', () => {
    const { tx } = fresh()
    tx.begin(5)
    tx.put(accounts, account('a', { balance: 3 }))
    tx.put(accounts, account('b', { balance: 2 }))
    tx.put(accounts, account('a', { balance: 1, owner: 'anna' }))
    const range = { group: 'anna', limit: 9 }
    expect(tx.list(accounts, 'byOwner', range).map((row) => row.name)).toEqual(['a', 'b'])
    expect(tx.first(accounts, 'byOwner', { group: 'anna', after: [1] })?.name).toBe('b')
    expect(tx.list(accounts, 'byOwner', { ...range, until: [1] })).toHaveLength(1)
    expect(tx.list(accounts, 'byOwner', { group: 'anna', limit: 0 })).toEqual([])
    expect(tx.modIndex(accounts, 'a')).toBe(5)
    expect(tx.modIndex(accounts, 'zed')).toBe(0)
    expect(tx.groupSize(accounts, 'byOwner', 'nobody')).toBe(0)
    expect(tx.delete(accounts, 'a')).toBe(true)
    expect(tx.delete(accounts, 'a')).toBe(false)
    expect(tx.first(accounts, 'byExpiry')).toBeUndefined()
  })

  test('limits puts and deletes, and says how many are left', () => {
    const { tx, reader } = fresh()
    tx.begin(1)
    for (let i = 0; i < commandRowsTouchedMax; i += 1) tx.put(accounts, account(`n${i}`))
    expect(tx.touchesLeft).toBe(0)
    expect(() => tx.put(accounts, account('more'))).toThrow(CommandLimitError)
    tx.rollBack()
    expect(reader.count(accounts)).toBe(0)
    tx.begin(2, { isUnlimited: true })
    for (let i = 0; i <= commandRowsTouchedMax; i += 1) tx.put(accounts, account(`n${i}`))
    expect(tx.commit()).toHaveLength(commandRowsTouchedMax + 1)
  })

  test('limits reads, and says how many are left', () => {
    const { tx } = fresh()
    tx.begin(1)
    tx.put(accounts, account('a'))
    for (let i = 0; i < commandRowsVisitedMax - 1; i += 1) tx.get(accounts, 'a')
    expect(tx.visitsLeft).toBe(1)
    expect(tx.list(accounts, 'byOwner', { group: 'anna', limit: 5 })).toHaveLength(1)
    expect(() => tx.get(accounts, 'a')).toThrow(CommandLimitError)
  })

  test('a table must not change while it is walked', () => {
    const { tx } = fresh()
    tx.begin(1)
    tx.put(accounts, account('a'))
    tx.put(accounts, account('b'))
    const walk = (): void =>
      tx.each(accounts, 'byOwner', { group: 'anna' }, (row) => {
        tx.delete(accounts, row.name)
      })
    expect(walk).toThrow('while it is walked')
  })

  test('a row whose index cannot be computed is a bug, not a result', () => {
    const odd = defineTable<Account, 'bad'>({
      ...accounts,
      indexes: {
        bad: {
          order: [
            () => {
              throw new Error('no value')
            },
          ],
        },
      },
    })
    const tx = new StateTransaction(new TableSet([odd]))
    tx.begin(1)
    tx.put(odd, account('a'))
    expect(() => tx.put(odd, account('b'))).toThrow('accounts: no value')
  })

  test('tables of another state and double table bytes are refused', () => {
    const { tx } = fresh()
    const copy = { ...accounts }
    tx.begin(1)
    expect(() => tx.get(copy, 'a')).toThrow('belongs to the state')
    expect(() => new TableSet([accounts, copy])).toThrow('unique')
  })
})

test('the tests compare states by all their rows', () => {
  const replica = new Replica()
  expect(rowsOf(replica.state)).toContain('"s1"')
})
