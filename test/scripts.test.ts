// The scripts of this repository as somebody calls them who has never seen them.
import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { root } from './source-tree.ts'

const scripts = ['run', 'test', 'gen-limits', 'gen-proto']

function call(name: string, args: readonly string[]) {
  const path = `scripts/${name}.js`
  return spawnSync(process.execPath, [path, ...args], { cwd: root, encoding: 'utf8' })
}

it.each(scripts)('%s shows its usage when asked', (name) => {
  const { status, stdout, stderr } = call(name, ['--help'])
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^usage: /)
})

it.each([
  ['run', []],
  ['run', ['check', 'no-such-step']],
  ...scripts.map((name) => [name, ['--no-such-flag']] as const),
  ...scripts.slice(1).map((name) => [name, ['extra']] as const),
  ['gen-proto', ['--out']],
] as const)('%s %j is refused in one line before anything is done', (name, args) => {
  const { status, stdout, stderr } = call(name, args)
  expect([status, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(/^[^\n]+; usage: [^\n]+\n$/)
})
