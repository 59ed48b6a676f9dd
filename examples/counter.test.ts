import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

test('the README of raft shows the example as it is', () => {
  const readme = readFileSync(`${root}raft/README.md`, 'utf8')
  const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block)
  expect(blocks).toContain(readFileSync(`${root}examples/counter.ts`, 'utf8'))
})

test('the example is one of 40 lines', () => {
  const lines = readFileSync(`${root}examples/counter.ts`, 'utf8').split('\n')
  const code = lines.filter((line) => line.trim() !== '' && !line.startsWith('//'))
  expect(code.length).toBeLessThanOrEqual(40)
})

test('the built example counts on three replicas and reads what it counted', () => {
  const args = [`${root}dist/examples/counter.js`]
  const ended = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 })
  expect(ended.stderr).toBe('')
  expect(ended.stdout.trimEnd().split('\n')).toEqual([
    'replica 1 adds 1: 1',
    'replica 1 reads: 1',
    'replica 2 adds 2: 3',
    'replica 2 reads: 3',
    'replica 3 adds 3: 6',
    'replica 3 reads: 6',
  ])
  expect(ended.status).toBe(0)
})
