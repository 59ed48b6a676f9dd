import { describe, expect, test } from 'vitest'
import { Progress } from './progress.ts'

function progress(): Progress {
  return new Progress({
    id: 2,
    isLearner: false,
    next: 11,
    inflightMessagesMax: 4,
    inflightBytesMax: 1000,
  })
}

describe('probe', () => {
  test('one append at a time; an acknowledgement starts pipelining', () => {
    const p = progress()
    p.sent(1, 40, 3)
    expect(p).toMatchObject({ state: 'probe', isProbeSent: true, next: 11, commitSent: 3 })
    expect(() => p.sent(1, 40, 3)).toThrow('one probe')
    p.acknowledge(11)
    expect(p).toMatchObject({ state: 'replicate', match: 11, next: 12, isProbeSent: false })
  })

  test('a rejection goes back to the hint, at least one and never to match', () => {
    const p = progress()
    p.sent(0, 0, 0)
    expect(p.reject(10, 6)).toBe(true)
    expect(p).toMatchObject({ next: 7, isProbeSent: false })
    p.sent(0, 0, 0)
    expect(p.reject(6, 9)).toBe(true)
    expect(p.next).toBe(6)
    p.match = 4
    expect(p.reject(5, 0)).toBe(true)
    expect(p.next).toBe(5)
  })

  test('a late acknowledgement below match does not end probing', () => {
    const p = progress()
    p.acknowledge(10)
    p.becomeProbe()
    p.acknowledge(7)
    expect(p).toMatchObject({ state: 'probe', match: 10, next: 11 })
    p.acknowledge(10)
    expect(p.state).toBe('replicate')
  })

  test('a rejection of another probe is old news', () => {
    const p = progress()
    p.sent(0, 0, 0)
    expect(p.reject(9, 3)).toBe(false)
    expect(p).toMatchObject({ next: 11, isProbeSent: true })
  })
})

describe('replicate', () => {
  test('next runs ahead; acknowledgements free the window and never lower match', () => {
    const p = progress()
    p.acknowledge(10)
    p.sent(2, 80, 10)
    p.sent(1, 40, 10)
    expect(p).toMatchObject({ next: 14, match: 10 })
    expect(p.inflights.messages).toBe(2)
    p.acknowledge(12)
    expect(p.inflights.messages).toBe(1)
    p.acknowledge(11)
    expect(p).toMatchObject({ next: 14, match: 12 })
    p.sent(0, 0, 12)
    expect(p.inflights.messages).toBe(1)
  })

  test('a rejection above match goes back to probing from match; one below is old news', () => {
    const p = progress()
    p.acknowledge(10)
    p.sent(2, 80, 10)
    expect(p.reject(10, 2)).toBe(false)
    expect(p.state).toBe('replicate')
    expect(p.reject(12, 2)).toBe(true)
    expect(p).toMatchObject({ state: 'probe', next: 11, isProbeSent: false })
    expect(p.inflights.messages).toBe(0)
  })
})

describe('snapshot', () => {
  test('an image ends pipelining, and rejections of what was under way mean nothing', () => {
    const p = progress()
    p.acknowledge(5)
    p.sent(3, 90, 0)
    p.becomeSnapshot(9)
    expect(p).toMatchObject({ state: 'snapshot', pendingSnapshot: 9, match: 5, next: 10 })
    expect(p.inflights.messages).toBe(0)
    expect(p.reject(9, 2)).toBe(false)
    expect(p.next).toBe(10)
    p.acknowledge(7)
    expect(p).toMatchObject({ state: 'snapshot', match: 7, next: 10 })
  })

  test.each([
    [true, 10],
    [false, 6],
  ])('when it has ended (sent: %s) the next probe waits for a heartbeat’s answer', (sent, next) => {
    const p = progress()
    p.acknowledge(5)
    p.becomeSnapshot(9)
    p.snapshotEnded(sent)
    expect(p).toMatchObject({ state: 'probe', pendingSnapshot: 0, next, isProbeSent: true })
  })
})
