import { expect, test } from 'vitest'
import { Inflights } from './inflights.ts'

test('R-6.3 both limits hold, and an empty window admits anything', () => {
  const window = new Inflights(2, 100)
  expect(window.admits(1000)).toBe(true)
  window.add(1, 60)
  expect(window.admits(41)).toBe(false)
  expect(window.admits(40)).toBe(true)
  expect(window.bytesLeft).toBe(40)
  window.add(2, 10)
  expect(window.admits(0)).toBe(false)
  expect(() => window.add(3, 1)).toThrow('admits')
})

test('one message above the byte limit leaves no room until it is answered', () => {
  const window = new Inflights(8, 100)
  window.add(1, 500)
  expect(window.bytesLeft).toBe(0)
  expect(window.admits(1)).toBe(false)
  window.freeTo(1)
  expect(window.bytesLeft).toBe(100)
})

test('an acknowledgement frees everything up to it and nothing beyond', () => {
  const window = new Inflights(5000, 1_000_000)
  for (let index = 1; index <= 2000; index += 1) window.add(index, 3)
  window.freeTo(0)
  expect(window.messages).toBe(2000)
  window.freeTo(700)
  expect([window.messages, window.bytes]).toEqual([1300, 3900])
  window.freeTo(600)
  expect(window.messages).toBe(1300)
  for (let index = 2001; index <= 2010; index += 1) window.add(index, 1)
  window.freeTo(2005)
  expect([window.messages, window.bytes]).toEqual([5, 5])
  window.freeTo(9999)
  expect([window.messages, window.bytes]).toEqual([0, 0])
})
