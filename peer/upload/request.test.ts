import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { uploadRangeBytesMax } from './limits.ts'
import { readUploadRequest } from './request.ts'

const taskId = 'abc'.padEnd(64, '0')
const target = `/download/abc/${taskId}?peerId=10.0.0.1-7-uuid`

function read(changes: { method?: string; target?: string; range?: string | undefined }) {
  return readUploadRequest({ method: 'GET', target, range: 'bytes=0-9', ...changes })
}

describe('a request for a piece', () => {
  test('names task, peer and one range', () => {
    expect(read({})).toEqual({
      kind: 'piece',
      taskId,
      peerId: '10.0.0.1-7-uuid',
      range: { startBytes: 0, lengthBytes: 10 },
    })
    expect(read({ target: `/download/abc/${taskId}?peerId=a%20b%26c` })).toMatchObject({
      peerId: 'a b&c',
    })
  })

  test.each([
    undefined,
    '',
    'bytes=0-1,3-4',
    'bytes=5-',
    'bytes=-5',
    'bytes=9-0',
    'items=0-9',
    `bytes=0-${uploadRangeBytesMax}`,
  ])('with the range %j is refused with 400', (range) => {
    expect(read({ range })).toMatchObject({ kind: 'refused', status: 400 })
  })

  test.each([
    '/download',
    '/download/abc',
    `/download/abd/${taskId}?peerId=p`,
    '/download/abc/abc?peerId=p',
    `/download/abc/${taskId}`,
    `/download/abc/${taskId}?peerId=`,
    `/download/abc/${taskId}?peerId=a&peerId=b`,
    `/download/abc/${taskId}?peerId=${'p'.repeat(600)}`,
    `/download/abc/${taskId}/more?peerId=p`,
    '/download/../../../etc/passwd?peerId=p',
    '/download/..%2f/..%2f..%2fetc%2fpasswd?peerId=p',
    `/download/ABC/${taskId.toUpperCase()}?peerId=p`,
  ])('at %s is refused with 422', (target) => {
    expect(read({ target })).toMatchObject({ kind: 'refused', status: 422 })
  })

  test('other pages and methods', () => {
    expect(read({ target: '/healthy' })).toEqual({ kind: 'healthy' })
    expect(read({ target: '/metrics?x=1' })).toEqual({ kind: 'metrics' })
    expect(read({ target: '/' })).toMatchObject({ status: 404 })
    expect(read({ target: '/downloads' })).toMatchObject({ status: 404 })
    expect(read({ method: 'POST' })).toMatchObject({ status: 405 })
    expect(read({ method: 'HEAD' })).toMatchObject({ status: 405 })
  })

  test('whatever is asked for, only plain task ids get through', () => {
    fc.assert(
      fc.property(fc.webPath(), fc.webQueryParameters(), fc.string(), (path, query, range) => {
        const found = read({ target: `/download${path}?peerId=p&${query}`, range })
        if (found.kind === 'piece') expect(found.taskId).toMatch(/^[0-9a-f]{64,128}$/)
      }),
    )
  })
})
