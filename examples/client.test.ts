// The examples of the client, as docs/client.md shows them, against a real member.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nullLogger } from '../base/index.ts'
import { SchedulerClient } from '../client/index.ts'
import { SystemClock, systemRandom } from '../runtime/index.ts'
import { RunningMembers } from '../scheduler/running-members.suite.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const members = new RunningMembers()
let addresses: readonly string[] = []

beforeAll(async () => {
  const started = await members.start(1)
  addresses = started.map(({ running }) => running.addr)
}, 60_000)

afterAll(() => members.stop())

interface Run {
  /** The next line it prints; undefined when it has ended. */
  next(): Promise<string | undefined>
  readonly ended: Promise<number | null>
  interrupt(): void
}

/** Runs a built example; it ends with the test, or is interrupted by it. */
function run(name: string, args: readonly string[] = addresses): Run {
  const script = `${root}dist/examples/${name}.js`
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return {
    async next() {
      const { value, done } = await lines.next()
      return done === true ? undefined : value
    },
    ended,
    interrupt: () => void child.kill('SIGINT'),
  }
}

async function linesOf(example: Run): Promise<readonly string[]> {
  const lines: string[] = []
  for (let line = await example.next(); line !== undefined; line = await example.next()) {
    lines.push(line)
  }
  expect(await example.ended).toBe(0)
  return lines
}

test('the page of the client shows the examples as they are', () => {
  const page = readFileSync(`${root}docs/client.md`, 'utf8')
  const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block)
  for (const name of [
    'scheduler-client',
    'download-attachment',
    'peer-attachment',
    'watch-hosts',
  ]) {
    expect(blocks).toContain(readFileSync(`${root}examples/${name}.ts`, 'utf8'))
  }
})

test('scheduler-client announces, lists and is refused as it says', async () => {
  const said = ['hosts: example-host', 'refused with 1404', 'members asked: 1']
  expect(await linesOf(run('scheduler-client'))).toEqual(said)
})

test('download-attachment gives the second peer the first as its parent', async () => {
  const said = ['one is told: fetch from the origin', 'two is told: fetch from one']
  expect(await linesOf(run('download-attachment'))).toEqual(said)
})

test('peer-attachment gives the second peer the first as its parent', async () => {
  const said = ['one fetches from the origin', 'two fetches from one']
  expect(await linesOf(run('peer-attachment'))).toEqual(said)
})

test('watch-hosts sees a host come and go, and ends when it is told to', async () => {
  const deps = { clock: new SystemClock(), random: systemRandom().random, logger: nullLogger }
  const client = new SchedulerClient(deps, { addresses })
  const others = await client.listHosts({})
  for (const { id } of others.hosts) await client.leaveHost({ id })
  const port = addresses[0]!.split(':')[1]!
  const example = run('watch-hosts', [`dns:///localhost:${port}`])
  expect(await example.next()).toBe('hosts: ')
  const host = { id: 'h1', hostname: 'h1', ip: '127.0.0.1', port: 65_000, downloadPort: 65_002 }
  await client.announceHost({ host, interval: { seconds: 60 } })
  expect(await example.next()).toBe('hosts: h1')
  await client.deleteHost({ hostId: 'h1' })
  expect(await example.next()).toBe('hosts: ')
  client.close()
  example.interrupt()
  expect(await example.ended).toBe(0)
})
