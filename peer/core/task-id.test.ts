import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Prng } from '../../base/index.ts'
import {
  cacheUrlOf,
  filterQuery,
  hostIdOf,
  isTaskId,
  newPeerId,
  parentTaskIdOf,
  taskIdOf,
} from './index.ts'

const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('task ids of API v1 (values published with upstream)', () => {
  test.each([
    ['https://example.com', {}, '100680ad546ce6a577f42f52df33b4cfdca756859e664b8d7de329b150d09ce9'],
    [
      'https://example.com',
      { range: 'foo', digest: 'bar' },
      'aeee0e0a2a0c75130582641353c539aaf9011a0088b31347f7588e70e449a3e0',
    ],
    [
      'https://example.com',
      { tag: 'foo' },
      '2773851c628744fb7933003195db436ce397c1722920696c4274ff804d86920b',
    ],
    [
      'https://example.com?foo=foo&bar=bar',
      { tag: 'foo', filter: 'foo&bar' },
      '2773851c628744fb7933003195db436ce397c1722920696c4274ff804d86920b',
    ],
  ])('%s %j', (url, meta, expected) => {
    expect(taskIdOf(sha256Hex, url, meta)).toBe(expected)
  })

  test('the parts are joined in the order url, digest, range, tag, application', () => {
    const meta = { digest: 'D', range: 'R', tag: 'T', application: 'A' }
    expect(taskIdOf(sha256Hex, 'U', meta)).toBe(sha256Hex('UDRTA'))
    expect(parentTaskIdOf(sha256Hex, 'U', meta)).toBe(sha256Hex('UDTA'))
  })

  test('a blank filter leaves the query as it is', () => {
    const url = 'https://example.com/?b=2&a=1'
    expect(taskIdOf(sha256Hex, url, { filter: ' ' })).toBe(sha256Hex(url))
    expect(taskIdOf(sha256Hex, url, {})).toBe(sha256Hex(url))
  })

  test('a URL that cannot be parsed counts as empty', () => {
    expect(taskIdOf(sha256Hex, 'http://a/%zz', { filter: 'x', tag: 't' })).toBe(sha256Hex('t'))
  })
})

describe('query filter', () => {
  test.each([
    ['http://h/p?b=2&a=1&x=0', 'http://h/p?a=1&b=2'],
    ['http://h/p?a=2&a=1', 'http://h/p?a=2&a=1'],
    ['http://h/p?a', 'http://h/p?a='],
    ['http://h/p?=1&a=b=c', 'http://h/p?=1&a=b%3Dc'],
    ['http://h/p?a=%20+%2B', 'http://h/p?a=++%2B'],
    ['http://h/p?a=%zz&b=1', 'http://h/p?b=1'],
    ['http://h/p?a=1;b=2&c=3', 'http://h/p?c=3'],
    ['http://h/p?%78=1&a=1', 'http://h/p?a=1'],
    ['http://h/p?x=1', 'http://h/p'],
    ['http://h/p?', 'http://h/p?'],
    ['http://h/p?x=1#top', 'http://h/p#top'],
    ['http://h/p?a=%ff', 'http://h/p?a=%FF'],
    ['http://h/p?a=é', 'http://h/p?a=%C3%A9'],
    ['HTTP://Host:80/P?a=1', 'http://Host:80/P?a=1'],
    ['http://h/a b?a=1', 'http://h/a%20b?a=1'],
    ["http://h/a'b(c)?a=1", "http://h/a'b(c)?a=1"],
    ['http://h/%2f%41?a=1', 'http://h/%2f%41?a=1'],
    ['http://u:p@h?x=1&a=1', 'http://u:p@h?a=1'],
    ['http://[::1]:80/?a=1', 'http://[::1]:80/?a=1'],
    ['http://müller/?a=1', 'http://müller/?a=1'],
    ['d7y:/a%2Fb?a=1', 'd7y:/a%2Fb?a=1'],
  ])('%s without x is %s', (url, expected) => {
    expect(filterQuery(url, ['x'])).toBe(expected)
  })

  test.each([
    'http://h/%zz',
    'http://h/\u0001',
    ':no-scheme',
    '1a:b',
    'http://h:port/',
    'http://h /',
    'http://[::1/',
    'http://h/#%g0',
  ])('%j is no URL', (url) => {
    expect(filterQuery(url, ['x'])).toBeUndefined()
  })

  test('filtering twice changes nothing more', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true }), (url) => {
        const once = filterQuery(url, ['x'])
        if (once !== undefined) expect(filterQuery(once, ['x'])).toBe(once)
      }),
    )
  })
})

describe('other ids', () => {
  test('a content id becomes a d7y URL', () => {
    expect(cacheUrlOf('a b/c:d')).toBe('d7y:/a+b%2Fc%3Ad')
  })

  test('host ids', () => {
    expect(hostIdOf({ ip: '10.0.0.1', hostname: 'n', isSeed: false })).toBe('10.0.0.1-n')
    expect(hostIdOf({ ip: '10.0.0.1', hostname: 'n', isSeed: true })).toBe('10.0.0.1-n-seed')
  })

  test('peer ids carry address, process and a version 4 UUID', () => {
    const random = new Prng('peer ids')
    const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'
    const plain = newPeerId(random, { ip: '10.0.0.1', processId: 7, isSeed: false })
    const seed = newPeerId(random, { ip: '10.0.0.1', processId: 7, isSeed: true })
    expect(plain).toMatch(new RegExp(`^10\\.0\\.0\\.1-7-${uuid}$`))
    expect(seed).toMatch(new RegExp(`^10\\.0\\.0\\.1-7-${uuid}_Seed$`))
  })

  test.each([
    ['a'.repeat(64), true],
    ['0'.repeat(128), true],
    ['a'.repeat(63), false],
    ['A'.repeat(64), false],
    [`${'a'.repeat(61)}/..`, false],
    ['', false],
  ])('task id %s: %s', (text, expected) => {
    expect(isTaskId(text)).toBe(expected)
  })
})
