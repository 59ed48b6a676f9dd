import { expect, test } from 'vitest'
import { taskIdV1 } from './task-id.ts'

const none = { digest: '', range: '', tag: '', application: '', filter: '' }
const url = 'https://example.com'
const fooTag = '2773851c628744fb7933003195db436ce397c1722920696c4274ff804d86920b'

test.each([
  [url, none, '100680ad546ce6a577f42f52df33b4cfdca756859e664b8d7de329b150d09ce9'],
  [
    url,
    { ...none, range: 'foo', digest: 'bar' },
    'aeee0e0a2a0c75130582641353c539aaf9011a0088b31347f7588e70e449a3e0',
  ],
  [url, { ...none, tag: 'foo' }, fooTag],
  [`${url}?foo=foo&bar=bar`, { ...none, tag: 'foo', filter: 'foo&bar' }, fooTag],
])('upstream vector: %s', (text, meta, id) => {
  expect(taskIdV1(text, meta)).toBe(id)
})

test('a blank filter leaves the query as it is, a filter sorts and escapes what is left', () => {
  const query = `${url}/p?b=2&a=x%20y&c=%7e#top`
  expect(taskIdV1(query, none)).not.toBe(taskIdV1(query, { ...none, filter: 'c' }))
  expect(taskIdV1(query, { ...none, filter: 'c' })).toBe(taskIdV1(`${url}/p?a=x+y&b=2#top`, none))
})

test('pairs that cannot be decoded are dropped', () => {
  const filtered = taskIdV1(`${url}?a=1&b=%zz&c;d&e`, { ...none, filter: 'x' })
  expect(filtered).toBe(taskIdV1(`${url}?a=1&e=`, none))
})
