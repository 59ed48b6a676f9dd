// What a user installs: the packed tarball in an empty folder, run by npx.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root } from '../source-tree.ts'
import type { UpLine } from './local-cluster.ts'

let folder = ''
/** Where the packed tarball is installed, and nothing else. */
let home = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'damselfly-package-'))
  home = join(folder, 'home')
  npm(['pack', '--pack-destination', folder], root)
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  expect(tarball).toMatch(/^damselfly-\d+\.\d+\.\d+\.tgz$/)
  mkdirSync(home)
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n')
  npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', join(folder, tarball!)], home)
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** A user's environment: npm hands its own settings, this repository's included, to what it runs. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) && name !== 'NODE_ENV'),
)

const npm = (args: readonly string[], cwd: string): string =>
  execFileSync('npm', [...args], { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

it('the packed tarball, installed into an empty folder, runs a cluster by npx damselfly up', async () => {
  const flags = ['--schedulers', '1', '--peers', '1', '--seed-peers', '0', '--json']
  const up = spawn('npx', ['damselfly', 'up', ...flags], {
    cwd: home,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  try {
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: up.stdout }).once('line', resolve)
      up.once('exit', (code) => reject(new Error(`up ended with ${code}`)))
    })
    const { clusterId, schedulers, peers } = JSON.parse(line) as UpLine
    expect(clusterId).toMatch(/^[0-9a-f]{32}$/)
    expect([schedulers.length, peers.length]).toEqual([1, 1])
    const status = npm(
      ['exec', 'damselfly', '--', 'status', '--schedulers', schedulers[0]!.addr],
      home,
    )
    expect(status).toContain('s1 leads')
    // The other commands and the libraries a user imports are there as well.
    for (const command of ['dfdaemon', 'dfget', 'dfcache']) {
      expect(npm(['exec', command, '--', '--help'], home)).toContain('usage')
    }
    const script = `Promise.all(['raft', 'storage', 'client'].map((n) => import('damselfly/' + n)))
      .then(([raft, storage, client]) => console.log(
        typeof raft.Raft, typeof storage.openWriteAheadLog, typeof client.SchedulerClient))`
    expect(execFileSync('node', ['-e', script], { cwd: home, encoding: 'utf8' })).toBe(
      'function function function\n',
    )
  } finally {
    const ended = new Promise((resolve) => up.once('exit', resolve))
    // npx runs the command below a shell; the whole group gets what Ctrl-C would send.
    process.kill(-up.pid!, 'SIGINT')
    await ended
  }
})

it('the examples run against the installed package, and their types are found there', () => {
  cpSync(join(root, 'dist/examples/counter.js'), join(home, 'counter.mjs'))
  const said = execFileSync('node', ['counter.mjs'], { cwd: home, env, encoding: 'utf8' })
  expect(said.trimEnd().split('\n').at(-1)).toBe('replica 3 reads: 6')
  cpSync(join(root, 'dist/examples/scheduler-client.js'), join(home, 'scheduler-client.mjs'))
  const alone = spawnSync('node', ['scheduler-client.mjs', 'nonsense'], { cwd: home, env })
  expect(alone.stderr.toString()).toContain('CONF_ADDRESS')
  const clients = ['scheduler-client', 'download-attachment', 'peer-attachment', 'watch-hosts']
  const names = ['counter', ...clients]
  const sources = names.map((name) => `${name}.mts`)
  for (const name of names) cpSync(join(root, `examples/${name}.ts`), join(home, `${name}.mts`))
  const flags = '--noEmit --strict --target es2023 --lib es2023,dom --module nodenext --types'
  const tsc = join(root, 'node_modules/.bin/tsc')
  const checked = spawnSync(tsc, [...flags.split(' '), '', ...sources], {
    cwd: home,
    env,
    encoding: 'utf8',
  })
  expect([checked.status, checked.stdout]).toEqual([0, ''])
})

it('the tarball holds no tests, benchmarks or examples', () => {
  const installed = join(home, 'node_modules/damselfly')
  for (const name of ['test', 'bench', 'chaos-tests', 'examples', 'raft/scenario']) {
    expect(existsSync(join(installed, 'dist', name)), name).toBe(false)
  }
  expect(existsSync(join(installed, 'dist/raft/index.d.ts'))).toBe(true)
})
