import { expect, test } from 'vitest'
import { announceHost, deleteHost } from '../replication/commands/index.ts'
import { hostAnnounce, SchedulerFixture } from '../replication/commands/scheduler-fixture.suite.ts'
import { WatchList } from './watch-list.ts'
import { watchTables } from './watch-tables.ts'

const hosts = watchTables.filter(({ name }) => name === 'hosts')

function fixtureOf(count: number): SchedulerFixture {
  const fixture = new SchedulerFixture()
  for (let n = 0; n < count; n += 1) fixture.run(announceHost, hostAnnounce(`h${n}`))
  return fixture
}

function begin(fixture: SchedulerFixture, rowsChangedMax: number) {
  const list = new WatchList(fixture.reader, hosts, { rowsChangedMax })
  const oks: boolean[] = []
  fixture.state.subscribe((frame) => oks.push(list.changed(frame.changes())))
  const keys = (rowsMax: number): string[] =>
    list.next(rowsMax).map(({ table, row }) => table.key(row))
  return { list, oks, keys }
}

test('a row that goes before its turn is listed as it was, one that comes is not', () => {
  const fixture = fixtureOf(4)
  const { list, keys } = begin(fixture, 100)
  expect(keys(1)).toEqual(['h0'])
  for (const id of ['h0', 'h2']) fixture.run(deleteHost, { hostId: id })
  fixture.run(announceHost, hostAnnounce('h9'))
  // Announced anew it moves to the end of the index, and was listed when it stood before it.
  fixture.run(announceHost, hostAnnounce('h0'))
  expect([...keys(2), ...keys(9)].sort()).toEqual(['h1', 'h2', 'h3'])
  expect([keys(9), list.isDone]).toEqual([[], true])
})

test('the log index of the last change is that of the row as it is listed', () => {
  const fixture = fixtureOf(2)
  const { list } = begin(fixture, 100)
  const [first, second] = fixture.entries.slice(-2).map(({ index }) => index)
  fixture.nowMs += 1_000
  fixture.run(announceHost, hostAnnounce('h1'))
  const listed = list.next(9).map(({ table, row, modIndex }) => [table.key(row), modIndex])
  expect(Object.fromEntries(listed)).toEqual({ h0: first, h1: second })
})

test('more changes than it may remember make the list void', () => {
  const fixture = fixtureOf(10)
  const { oks, keys } = begin(fixture, 3)
  keys(1)
  for (const n of [5, 6, 7, 8]) fixture.run(deleteHost, { hostId: `h${n}` })
  expect(oks.filter((ok) => ok).length).toBe(3)
  expect(oks.at(-1)).toBe(false)
})
