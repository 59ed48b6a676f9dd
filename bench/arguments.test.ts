import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { readArguments, usage, UsageError } from './arguments.ts'

test('a group alone is measured at the full length', () => {
  const common = { seconds: 5, rounds: 5, profile: false, json: false, dir: tmpdir() }
  expect(readArguments(['raft'])).toEqual({ group: 'raft', ...common, kills: 20 })
  expect(readArguments(['scheduler'])).toEqual({
    group: 'scheduler',
    ...common,
    only: ['announce', 'reports', 'latency', 'memory'],
    clients: [1, 64, 256],
    peers: 100_000,
    quick: false,
  })
})

test('every flag is taken', () => {
  const flags = ['--seconds', '0.5', '--rounds', '0', '--profile', '--json', '--dir', '/data']
  const common = { seconds: 0.5, rounds: 0, profile: true, json: true, dir: '/data' }
  expect(readArguments(['raft', ...flags, '--kills', '3'])).toEqual({
    group: 'raft',
    ...common,
    kills: 3,
  })
  const own = ['--only', 'memory,announce', '--clients', '2,8', '--peers', '1000000', '--quick']
  expect(readArguments(['scheduler', ...flags, ...own])).toEqual({
    group: 'scheduler',
    ...common,
    only: ['announce', 'memory'],
    clients: [2, 8],
    peers: 1_000_000,
    quick: true,
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
  [['raft', '--peers', '5'], '--peers is for scheduler, not raft'],
  [['scheduler', '--kills', '5'], '--kills is for raft, not scheduler'],
  [
    ['scheduler', '--only', 'nothing'],
    "--only takes some of announce, reports, latency, memory, not 'nothing'",
  ],
  [['scheduler', '--clients', '1,,2'], "--clients takes a whole number from 1 to 4096, not ''"],
  [['raft', '--kills', 'x'], "--kills takes a whole number from 0 to 86400, not 'x'"],
])('%j is refused in one line: %s', (argv, message) => {
  const refused = (): unknown => readArguments(argv)
  expect(refused).toThrow(UsageError)
  expect(refused).toThrow(message)
  expect(refused).toThrow(/^[^\n]+$/)
})
