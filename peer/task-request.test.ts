import { describe, expect, it } from 'vitest'
import type { commonV1 } from '../proto/index.ts'
import { taskRequest, wireUrlMeta } from './task-request.ts'

const meta: commonV1.UrlMeta__Output = {
  digest: '',
  tag: '',
  range: '',
  filter: '',
  header: {},
  application: '',
  priority: 'LEVEL0',
}

describe('taskRequest', () => {
  it('computes upstream’s task ids and tells cached contents by their scheme', () => {
    expect(taskRequest('https://example.com', null)).toMatchObject({
      taskId: '100680ad546ce6a577f42f52df33b4cfdca756859e664b8d7de329b150d09ce9',
      type: 'standard',
    })
    expect(taskRequest('https://example.com', { ...meta, tag: 'foo' }).taskId).toBe(
      '2773851c628744fb7933003195db436ce397c1722920696c4274ff804d86920b',
    )
    expect(taskRequest('d7y:/x', { ...meta, tag: 'a' }).type).toBe('dfcache')
  })

  it('keeps what the wire said', () => {
    const wire = { ...meta, tag: 't', header: { A: 'b' }, priority: 'LEVEL3' as const }
    expect(wireUrlMeta(taskRequest('http://h/x', wire).urlMeta)).toEqual(wire)
  })

  it.each<[string, Partial<commonV1.UrlMeta__Output>, string, string]>([
    ['', {}, 'PEER_REQUEST_INVALID', 'url must be given'],
    ['not a url', {}, 'PEER_REQUEST_INVALID', 'url must be an absolute URL'],
    [`http://h/${'x'.repeat(8192)}`, {}, 'PEER_REQUEST_INVALID', 'over 8192'],
    ['http://h', { tag: 'x'.repeat(1025) }, 'PEER_REQUEST_INVALID', 'tag has over 1024'],
    ['http://h', { application: 'x'.repeat(1025) }, 'PEER_REQUEST_INVALID', 'application'],
    ['http://h', { filter: 'x'.repeat(8193) }, 'PEER_REQUEST_INVALID', 'filter'],
    ['http://h', { range: 'x' }, 'PEER_REQUEST_INVALID', 'range'],
    ['http://h', { digest: 'md5:zz' }, 'PEER_DIGEST_INVALID', 'md5'],
    ['http://h', { digest: 'abc' }, 'PEER_DIGEST_INVALID', 'algorithm:hex'],
    ['http://h', { header: { 'a b': 'c' } }, 'PEER_REQUEST_INVALID', 'header'],
    ['http://h', { header: { a: 'b\r\nHost: x' } }, 'PEER_REQUEST_INVALID', 'header'],
  ])('refuses %.40s with %j', (url, more, code, hint) => {
    expect(() => taskRequest(url, { ...meta, ...more })).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(hint) as string }) as Error,
    )
  })
})
