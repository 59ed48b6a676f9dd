import { expect, test } from 'vitest'
import { VirtualClock } from './virtual-clock.ts'

const newClock = (): VirtualClock => new VirtualClock({ settle: () => Promise.resolve() })

test('resolves when its time has come, and not before', async () => {
  const clock = newClock()
  let isOver = false
  const sleeping = clock.sleep(10).then(() => {
    isOver = true
  })
  await clock.advance(9)
  expect(isOver).toBe(false)
  await clock.advance(1)
  await sleeping
  expect(clock.nowMs()).toBe(10)
})

test.each([
  [new Error('stopped'), 'stopped'],
  ['a word', 'a word'],
])('rejects with the reason %s of the signal, and leaves no timer', async (reason, message) => {
  const clock = newClock()
  const aborted = new AbortController()
  const sleeping = clock.sleep(10, aborted.signal)
  aborted.abort(reason)
  await expect(sleeping).rejects.toThrow(message)
  await clock.advance(10)
})

test('rejects at once when the signal was aborted before', async () => {
  await expect(newClock().sleep(10, AbortSignal.abort(new Error('over')))).rejects.toThrow('over')
})
