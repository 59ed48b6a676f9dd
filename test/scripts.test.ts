// The scripts of this repository as somebody calls them who has never seen them.
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { root } from './source-tree.ts'

const scripts = ['run', 'test', 'gen-limits', 'gen-proto']

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

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

it('finish-build removes outputs whose source is gone, and only those', () => {
  const folder = mkdtempSync(join(tmpdir(), 'damselfly-build-'))
  folders.push(folder)
  const sources = ['base/a.ts', 'cli/run.ts', 'proto/a.proto', 'manager/web/app.js']
  const current = [
    '.tsbuild/base.tsbuildinfo',
    'base/a.d.ts',
    'base/a.js',
    'base/a.js.map',
    'cli/run.js',
    'manager/web/app.js',
    'proto/a.proto',
  ]
  const stale = ['base/b.d.ts', 'base/b.js', 'base/b.js.map', 'gone/c/d.js', 'proto/b.proto']
  const outputs = [...current, ...stale].map((path) => `dist/${path}`)
  for (const path of [...sources, ...outputs]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), '')
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module","bin":{"run":"dist/cli/run.js"}}')
  cpSync(join(root, 'scripts/finish-build.js'), join(folder, 'scripts/finish-build.js'))
  // Twice: a build that finds nothing to do changes nothing.
  for (let round = 0; round < 2; round += 1) {
    const ended = spawnSync(process.execPath, ['scripts/finish-build.js'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect([ended.status, ended.stdout, ended.stderr]).toEqual([0, '', ''])
    const left = readdirSync(join(folder, 'dist'), { recursive: true, withFileTypes: true })
      .filter((item) => item.isFile())
      .map((item) => join(item.parentPath, item.name).slice(`${folder}/dist/`.length))
    expect(left.toSorted()).toEqual(current.toSorted())
  }
  expect(statSync(join(folder, 'dist/cli/run.js')).mode & 0o111).toBe(0o111)
})
