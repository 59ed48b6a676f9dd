// The example of a key-value store with real processes: whatever a host loses, it comes back by
// itself, started with the same arguments.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from './local-cluster.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = `${root}dist/examples/ondisk/main.js`
const names = ['a', 'b', 'c'] as const
type Name = (typeof names)[number]

interface Members {
  readonly voters: readonly number[]
  readonly votersOutgoing: readonly number[]
  readonly learners: readonly number[]
  readonly hosts: Readonly<Record<string, { readonly hostId: string }>>
}

let directory: string
let addresses: Record<Name, string>
let processes: Map<Name, ChildProcess>

/** A port that was free a moment ago. */
async function freeAddress(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `127.0.0.1:${port}`
}

function start(name: Name): void {
  const args = ['--name', name, '--listen', addresses[name], '--data', `data-${name}`]
  const members = ['--members', Object.values(addresses).join(',')]
  // A relative path: all three have one working directory and never meet in it.
  const child = spawn(process.execPath, [program, ...args, ...members], {
    cwd: directory,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  processes.set(name, child)
}

async function end(name: Name, signal: NodeJS.Signals): Promise<number | null> {
  const child = processes.get(name)!
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code))
    child.kill(signal)
  })
}

async function ask<Reply>(name: Name, path: string, method = 'GET', body?: string) {
  const options = { method, signal: AbortSignal.timeout(6_000), ...(body && { body }) }
  const reply = await fetch(`http://${addresses[name]}${path}`, options).catch(() => undefined)
  return reply?.ok === true ? ((await reply.json()) as Reply) : undefined
}

const put = (name: Name, key: string, value: string): Promise<object> =>
  until(`put ${key}`, 30_000, () => ask<object>(name, `/kv/${key}`, 'PUT', value))

async function get(name: Name, key: string): Promise<string | null> {
  const read = () => ask<{ readonly value: string | null }>(name, `/kv/${key}`)
  return (await until(`get ${key}`, 30_000, read)).value
}

/** All hosts are voters, `name` as another replica than those in `before`. */
async function rejoined(name: Name, before: readonly number[]): Promise<Members> {
  const startMs = performance.now()
  const members = await until(`${name} is a voter again`, 60_000, async () => {
    const seen = await ask<Members>(name === 'a' ? 'b' : 'a', '/members')
    const isSettled = seen?.voters.length === 3 && seen.votersOutgoing.length === 0
    const isNew = seen?.voters.some((id) => !before.includes(id) && seen.hosts[id]?.hostId === name)
    return isSettled && isNew === true ? seen : undefined
  })
  console.log(`${name} was a voter again after ${(performance.now() - startMs).toFixed(0)} ms`)
  return members
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'damselfly-ondisk-'))
  const [a, b, c] = [await freeAddress(), await freeAddress(), await freeAddress()]
  addresses = { a, b, c }
  processes = new Map()
  for (const name of names) start(name)
})

afterEach(async () => {
  for (const name of processes.keys()) await end(name, 'SIGKILL')
  rmSync(directory, { recursive: true, force: true })
})

test('a wiped host and a removed one are voters again by themselves, and nothing is lost', async () => {
  await put('a', 'first', 'value')
  // More than the log keeps, so that only an image brings a new replica up to date.
  const keys = Array.from({ length: 200 }, (_, n) => `key-${n}`)
  await Promise.all(keys.map((key) => put('b', key, `value of ${key}`)))

  await end('c', 'SIGKILL')
  rmSync(`${directory}/data-c`, { recursive: true })
  await put('a', 'while-c-was-away', 'written')
  start('c')
  const afterWipe = await rejoined('c', [1, 2, 3])
  const values = await Promise.all(keys.map((key) => get('c', key)))
  expect(values).toEqual(keys.map((key) => `value of ${key}`))
  expect(await get('c', 'while-c-was-away')).toBe('written')

  expect(await until('remove b', 30_000, () => ask<boolean>('a', '/remove/b', 'POST'))).toBe(true)
  const afterRemoval = await rejoined('b', afterWipe.voters)
  expect(Math.max(...afterRemoval.voters)).toBeGreaterThan(Math.max(...afterWipe.voters))
  for (const key of ['first', 'key-0', 'key-199']) expect(await get('b', key)).not.toBeNull()

  await put('b', 'last', 'value')
  for (const name of names) expect(await end(name, 'SIGTERM')).toBe(0)
  for (const name of names) start(name)
  expect(await get('c', 'last')).toBe('value')
  expect(await get('a', 'nothing')).toBeNull()
})

test('the example has less than 200 lines and imports nothing of this repository', () => {
  const texts = ['main.ts', 'transport.ts'].map((name) =>
    readFileSync(`${root}examples/ondisk/${name}`, 'utf8'),
  )
  expect(texts.join('').split('\n').length).toBeLessThan(200)
  const imported = texts.flatMap((text) =>
    [...text.matchAll(/from '([^']+)'/g)].map(([, from]) => from),
  )
  const allowed = /^(node:[a-z/]+|damselfly\/(raft|storage)|\.\/transport\.ts)$/
  expect(imported.filter((from) => !allowed.test(from!))).toEqual([])
})
