import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { readArguments, usage, UsageError } from './arguments.ts'

test('a group alone is measured at the full length', () => {
  expect(readArguments(['raft'])).toEqual({
    seconds: 5,
    rounds: 5,
    kills: 20,
    profile: false,
    json: false,
    dir: tmpdir(),
  })
})

test('every flag is taken', () => {
  const flags = ['--seconds', '0.5', '--rounds', '0', '--kills', '3', '--profile', '--json']
  expect(readArguments(['raft', ...flags, '--dir', '/data'])).toEqual({
    seconds: 0.5,
    rounds: 0,
    kills: 3,
    profile: true,
    json: true,
    dir: '/data',
  })
})

test('whoever asks for help gets it, whatever else was said', () => {
  expect(readArguments(['--help'])).toBeUndefined()
  expect(readArguments(['no-such-group', '--help'])).toBeUndefined()
  expect(usage).toMatch(/^usage: npm run bench -- GROUP/)
})

test.each([
  [[], 'a group is missing'],
  [['pieces'], 'unknown group pieces'],
  [['raft', 'extra'], 'unexpected argument extra'],
  [['raft', '--no-such-flag'], "Unknown option '--no-such-flag'"],
  [['raft', '--seconds', '0'], "--seconds takes a number from 0.1 to 86400, not '0'"],
  [['raft', '--seconds', ''], "--seconds takes a number from 0.1 to 86400, not ''"],
  [['raft', '--rounds', '1.5'], "--rounds takes a whole number from 0 to 86400, not '1.5'"],
  [['raft', '--kills', '-1'], "Option '--kills' argument is ambiguous."],
  [['raft', '--kills', 'x'], "--kills takes a whole number from 0 to 86400, not 'x'"],
])('%j is refused in one line: %s', (argv, message) => {
  const refused = (): unknown => readArguments(argv)
  expect(refused).toThrow(UsageError)
  expect(refused).toThrow(message)
  expect(refused).toThrow(/^[^\n]+$/)
})
