import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { announceTask } from '../replication/commands/index.ts'
import {
  hostInput,
  SchedulerFixture,
  taskAnnounce,
  taskInput,
} from '../replication/commands/scheduler-fixture.suite.ts'
import { tasksTable } from '../replication/index.ts'
import { audiences, publicUrl, watchTableOf, watchTables } from './watch-tables.ts'

test.each([
  ['http://user:secret@o.test/a/b?token=1#x', 'http://o.test/a/b'],
  ['https://o.test', 'https://o.test'],
  ['https://o.test/mail@home', 'https://o.test/mail@home'],
  ['https://o.test?x=@/y', 'https://o.test'],
  ['https://a@b:c@o.test/', 'https://o.test/'],
  // As a client that follows the rules of the web reads them: all of these have a password.
  ['http:/user:secret@o.test/a', 'http:/o.test/a'],
  ['https:user:secret@o.test/a', 'https:o.test/a'],
  ['http:///user:secret@o.test/a', 'http:///o.test/a'],
  ['http:\\\\user:secret@o.test\\a', 'http:\\\\o.test\\a'],
  ['d7y:/content', 'd7y:/content'],
  ['', ''],
])('of %j everybody sees %j', (url, seen) => {
  expect(publicUrl(url)).toBe(seen)
})

test('headers and what is secret in a URL stay inside; operators see the whole URL', () => {
  const fixture = new SchedulerFixture()
  const url = 'http://u:p@o.test/f?secret=1'
  const task = taskInput('t', { url, headers: [['authorization', 'very secret']] })
  fixture.run(announceTask, taskAnnounce(task, 'p', { host: hostInput('h') }))
  const table = watchTableOf[tasksTable.tableByte]!
  const row = fixture.reader.get(tasksTable, 't')!
  const seen = [false, true].map((isOperator) => JSON.stringify(table.fields(row, isOperator)))
  expect(seen[0]).not.toMatch(/secret|u:p/)
  expect(seen[1]).toContain(url)
  expect(seen[1]).not.toContain('very secret')
})

test('docs/watch.md names every table and field that can be watched, and no other', () => {
  const page = readFileSync(new URL('../../docs/watch.md', import.meta.url), 'utf8')
  const documented = [...page.matchAll(/^\| `([a-z-]+)` +\|[^|]+\| ([^|]+?) +\|$/gm)]
  // A row whose fields are all empty texts.
  const anyRow = new Proxy({}, { get: () => '' })
  expect(
    Object.fromEntries(documented.map(([, name, fields]) => [name, fields!.split(', ')])),
  ).toEqual(
    Object.fromEntries(
      watchTables.map((table) => [table.name, Object.keys(table.fields(anyRow, false))]),
    ),
  )
})

test('an index in which lists are made holds every row', () => {
  for (const { definition, index } of watchTables) {
    expect(definition.indexes[index]).not.toHaveProperty('group')
  }
})

test('audiences are ordered: each sees what those before may see', () => {
  expect(audiences).toEqual({ everybody: 0, operators: 1, nobody: 2 })
})
