// `damselfly up` as a user lives with it: one at a time on a directory, the same ports again, a
// child that dies, Ctrl-C.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run, runWell } from './commands.ts'
import { sha256, writeRandomFile } from './files.ts'
import { isAlive, LocalCluster, until } from './local-cluster.ts'
import type { UpLine } from './local-cluster.ts'

let dir = ''

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'damselfly-up-'))
})

afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

const small = ['--schedulers', '1', '--peers', '1', '--seed-peers', '0']

const pidsOf = ({ schedulers, manager, peers }: UpLine): readonly number[] =>
  [...schedulers, manager, ...peers].map(({ pid }) => pid)

/** What must be the same the next time: everything but the pids. */
function withoutPids(line: UpLine): unknown {
  return JSON.parse(JSON.stringify(line, (key, value: unknown) => (key === 'pid' ? 0 : value)))
}

describe('a directory', () => {
  it('serves one up at a time, keeps its shape, its ports and its data', async () => {
    const input = join(dir, 'in')
    const output = join(dir, 'out')
    const dataDir = join(dir, 'data')
    const digest = await writeRandomFile(input, 100_000)
    const first = await LocalCluster.start({ dir: dataDir, flags: small })
    const sock = ['--daemon-sock', first.peer(1).socket]
    try {
      const second = await run('damselfly', ['up', '--data-dir', dataDir, ...small])
      expect([second.code, second.stderr]).toEqual([
        1,
        expect.stringContaining('CONF_DIRECTORY_IN_USE'),
      ])
      expect((await first.status()).exitCode).toBe(0)
      await runWell('dfcache', ['import', '--cid', 'kept', '--input', input, ...sock])
    } finally {
      await first.stop()
    }
    for (const pid of pidsOf(first.line)) expect(isAlive(pid)).toBe(false)

    const other = await run('damselfly', ['up', '--data-dir', dataDir, '--schedulers', '3'])
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('CONF_LAYOUT_CHANGED')])

    const again = await LocalCluster.start({ dir: dataDir, flags: small })
    try {
      expect(withoutPids(again.line)).toEqual(withoutPids(first.line))
      await runWell('dfcache', ['export', '--cid', 'kept', '--output', output, ...sock])
      expect(await sha256(output)).toBe(digest)
      const { dataDir: schedulerDir } = again.line.schedulers[0]!
      // Nothing but the state of its process lies in a data directory.
      expect(readdirSync(schedulerDir).filter((name) => /log|json|pid|sock/.test(name))).toEqual([])
    } finally {
      await again.stop()
    }
  })
})

/** The first port of so many free ones in a row, below those that connections are given. */
async function freeRange(count: number): Promise<number> {
  return until('a range of free ports', 30_000, async () => {
    const base = 20_000 + Math.floor(Math.random() * 12_000)
    const held = []
    try {
      for (let port = base; port < base + count; port += 1) {
        const server = createServer()
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject)
          server.listen(port, '127.0.0.1', resolve)
        })
        held.push(server)
      }
      return base
    } catch {
      return undefined
    } finally {
      await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))))
    }
  })
}

const portOf = (address: string): number => Number(/:(\d+)(\/|$)/.exec(address)![1])

describe('with a base port', () => {
  it('a port that is taken is named, and nothing is left running', async () => {
    const base = await freeRange(30)
    const taken = createServer()
    await new Promise<void>((resolve) => {
      taken.listen(base, '127.0.0.1', resolve)
    })
    try {
      const flags = [...small, '--base-port', String(base)]
      const ended = await run('damselfly', ['up', '--json', '--data-dir', dir, ...flags])
      expect([ended.code, ended.stdout]).toEqual([1, ''])
      expect(ended.stderr).toContain('CONF_START_FAILED')
      const log = readFileSync(join(dir, 'logs', 's1.log'), 'utf8')
      expect(log).toContain('SCHED_PORT_IN_USE')
      await expect(fetch(`http://127.0.0.1:${base + 10}/healthy`)).rejects.toThrow('fetch failed')
    } finally {
      taken.close()
    }
  })
})

/** Process k owns the ports N+10k to N+10k+9. */
function expectOwnPorts({ schedulers, manager, peers }: UpLine, base: number): void {
  const owners = [
    ...schedulers.map(({ addr, raftAddr, metricsUrl }) => [addr, raftAddr, metricsUrl]),
    [manager.restUrl, manager.grpcAddr],
    ...peers.map(({ addr, uploadAddr }) => [addr, uploadAddr]),
  ]
  expect(peers.map(({ name }) => name)).toEqual(['seed-1', 'peer-1'])
  for (const [k, addresses] of owners.entries()) {
    const ports = addresses.map(portOf)
    expect(new Set(ports).size).toBe(ports.length)
    for (const port of ports) expect(Math.floor((port - base) / 10)).toBe(k)
  }
}

describe('a running up', () => {
  it('owns its ports, says which child died and goes on; Ctrl-C ends all the others', async () => {
    const base = await freeRange(60)
    const flags = ['--peers', '1', '--seed-peers', '1', '--base-port', String(base)]
    const cluster = await LocalCluster.start({ dir, flags })
    expectOwnPorts(cluster.line, base)
    const [dead] = cluster.line.schedulers
    await cluster.kill(dead!)
    await until('a line about the dead child', 10_000, async () =>
      cluster.stderr.includes(`s1 (pid ${dead!.pid}) ended with SIGKILL`) ? true : undefined,
    )
    await cluster.leader()
    const beganMs = performance.now()
    expect(await cluster.interrupt()).toBe(0)
    console.log(`all ended ${Math.round(performance.now() - beganMs)} ms after Ctrl-C`)
    for (const pid of pidsOf(cluster.line)) expect(isAlive(pid)).toBe(false)
  })
})
