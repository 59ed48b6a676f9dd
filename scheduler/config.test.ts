import { expect, test } from 'vitest'
import { parseInitialMembers, parseJoinSeeds } from './config.ts'

test('--join takes addresses, each once', () => {
  expect(parseJoinSeeds(['a:1', 'b.example:8003', 'a:1'])).toEqual(['a:1', 'b.example:8003'])
  expect(parseJoinSeeds([])).toEqual([])
})

test.each([
  ['no port', ['a']],
  ['a port that is none', ['a:x']],
  ['white space', ['a b:1']],
  ['a long one', [`${'a'.repeat(255)}:1`]],
  ['too many', Array.from({ length: 65 }, (_, i) => `a:${i}`)],
])('--join refuses %s', (_title, texts) => {
  expect(() => parseJoinSeeds(texts)).toThrow(
    expect.objectContaining({
      code: 'CONF_INVALID_VALUE',
      message: expect.stringContaining('--join'),
    }),
  )
})

test('--initial-members takes hosts and addresses, each once', () => {
  expect(parseInitialMembers(['s1=a:1', 's2=b:2'])).toEqual([
    { hostId: 's1', address: 'a:1' },
    { hostId: 's2', address: 'b:2' },
  ])
  for (const wrong of [['a:1'], ['s1=a:1', 's1=b:1'], ['s1=a:1', 's2=a:1']]) {
    expect(() => parseInitialMembers(wrong)).toThrow(
      expect.objectContaining({ code: 'CONF_INVALID_VALUE' }),
    )
  }
})
