// What people and disks get wrong, on real processes: a clear line with a stable code, no crash,
// nothing lost.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run, runWell } from './commands.ts'
import { writeRandomFile, sha256 } from './files.ts'
import { LocalCluster, until } from './local-cluster.ts'
import type { SchedulerProcess } from './local-cluster.ts'

let cluster: LocalCluster
let folder = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'damselfly-bad-'))
  cluster = await LocalCluster.start({ flags: ['--announce-interval', '2s'] })
})

afterAll(async () => {
  await cluster?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const sock = (): string[] => ['--daemon-sock', cluster.peer(1).socket]

describe('commands', () => {
  it.each([
    ['dfget', ['--outptu', 'x', 'http://127.0.0.1:1/'], 2, 'CONF_UNKNOWN_FLAG', '--output'],
    ['dfcache', ['stat', '--cdi', 'x'], 2, 'CONF_UNKNOWN_FLAG', '--cid'],
    ['damselfly', ['up', '--pers', '2'], 2, 'CONF_UNKNOWN_FLAG', '--peers'],
    ['damselfly', ['statsu'], 2, 'CONF_UNKNOWN_COMMAND', 'status'],
    ['dfdaemon', ['--data-dri', 'x'], 2, 'CONF_UNKNOWN_FLAG', '--data-dir'],
  ] as const)('%s %j is refused with the nearest name', async (name, args, code, error, near) => {
    const ended = await run(name, args)
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(error)])
    expect(ended.stderr).toContain(near)
  })

  it('an unknown configuration key is named with the nearest one', async () => {
    const file = join(folder, 'daemon.yaml')
    writeFileSync(file, 'dataDri: /tmp/x\n')
    const ended = await run('dfdaemon', ['--config', file])
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain('CONF_UNKNOWN_KEY')
    expect(ended.stderr).toContain('dataDir')
  })

  it('a missing file and a directory cannot be imported', async () => {
    const missing = ['import', '--cid', 'a', '--input', join(folder, 'none')]
    expect(await run('dfcache', [...missing, ...sock()])).toMatchObject({ code: 1 })
    const directory = ['import', '--cid', 'a', '--input', folder]
    const ended = await run('dfcache', [...directory, ...sock()])
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/directory.*\[PEER_\w+\]/)
  })

  it('an existing output is kept and a missing file is not found', async () => {
    const input = join(folder, 'in')
    const taken = join(folder, 'taken')
    await writeRandomFile(input, 10)
    writeFileSync(taken, 'mine')
    await runWell('dfcache', ['import', '--cid', 'out', '--input', input, ...sock()])
    const existing = ['export', '--cid', 'out', '--output', taken]
    const ended = await run('dfcache', [...existing, ...sock()])
    expect([ended.code, readFileSync(taken, 'utf8')]).toEqual([1, 'mine'])
    expect(ended.stderr).toContain('PEER_OUTPUT_EXISTS')
    const absent = ['export', '--cid', 'absent', '--output', join(folder, 'o')]
    expect((await run('dfcache', [...absent, ...sock()])).stderr).toContain('file does not exist')
  })

  it('a wrong digest delivers nothing', async () => {
    const output = join(folder, 'digest.out')
    const url = `${cluster.line.manager.restUrl}/healthy`
    const wrong = ['--digest', `sha256:${'0'.repeat(64)}`]
    const ended = await run('dfget', [url, '-O', output, ...wrong, ...sock()])
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain('PEER_DIGEST_MISMATCH')
    expect(readdirSync(folder)).not.toContain('digest.out')
  })

  it('a socket without a daemon and an overlong socket path are said to be that', async () => {
    const dead = ['stat', '--cid', 'a', '--daemon-sock', join(folder, 'none.sock')]
    const ended = await run('dfcache', dead)
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('PEER_DAEMON')])
    const long = ['stat', '--cid', 'a', '--daemon-sock', `/${'x'.repeat(120)}`]
    expect((await run('dfcache', long)).stderr).toContain('PEER_SOCKET_PATH_TOO_LONG')
  })

  it('a port and a directory in use are refused', async () => {
    const [first] = cluster.line.schedulers
    const [, port] = cluster.line.manager.restUrl.split(/:(?=\d+$)/)
    const manager = [
      'manager',
      '--listen-ip',
      '127.0.0.1',
      '--rest-port',
      port!,
      '--grpc-port',
      '0',
    ]
    expect((await run('damselfly', manager)).stderr).toContain('MGR_PORT_IN_USE')
    const again = await run('damselfly', first!.argv.slice(2))
    expect(again.code).toBe(1)
    expect(again.stderr).toMatch(/STORE_DIRECTORY_LOCKED|SCHED_PORT_IN_USE/)
    const up = await run('damselfly', ['up', '--data-dir', cluster.dir])
    expect(up.stderr).toContain('CONF_DIRECTORY_IN_USE')
  })
})

/** Sends bytes to a port and waits until the other side has closed or answered. */
async function poke(address: string, bytes: Uint8Array): Promise<void> {
  const [host, port] = address.split(':')
  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), host!, () => socket.end(bytes))
    socket.on('data', () => {})
    socket.on('error', () => {})
    socket.on('close', () => resolve())
  })
}

it('malformed bytes on the client and replication ports harm nobody', async () => {
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  for (const { addr, raftAddr } of cluster.line.schedulers) {
    for (const address of [addr, raftAddr]) {
      await poke(address, Buffer.alloc(4096, 0xff))
      await poke(address, Buffer.concat([preface, Buffer.alloc(512, 0x5a)]))
    }
  }
  const { exitCode, status } = await cluster.status()
  expect([exitCode, status.members.map(({ reachable }) => reachable)]).toEqual([
    0,
    [true, true, true],
  ])
})

/** Ends when the process does; resolves with what its log gained. */
async function startAgain(scheduler: SchedulerProcess): Promise<{ code: number; stderr: string }> {
  const [command, ...args] = scheduler.argv
  const child = spawn(command!, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const code = await new Promise<number>((resolve) => {
    child.once('exit', (exitCode) => resolve(exitCode ?? -1))
  })
  return { code, stderr }
}

async function oneFollower(): Promise<SchedulerProcess> {
  const leader = await cluster.leader()
  return cluster.line.schedulers.find(({ id }) => id !== leader.id)!
}

async function bringBack(scheduler: SchedulerProcess): Promise<void> {
  cluster.restart(scheduler)
  await until('all members in reach', 60_000, async () => {
    const { status } = await cluster.status()
    return status.members.every(({ reachable }) => reachable) ? true : undefined
  })
}

function instanceOf(scheduler: SchedulerProcess): string {
  const instances = join(scheduler.dataDir, 'instances')
  const clusterId = readdirSync(instances)[0]!
  return join(instances, clusterId, readdirSync(join(instances, clusterId))[0]!)
}

function newestSegment(scheduler: SchedulerProcess): string {
  const raft = join(instanceOf(scheduler), 'raft')
  const segments = readdirSync(raft).filter((name) => name.endsWith('.wal'))
  return join(raft, segments.sort().at(-1)!)
}

describe('disks', () => {
  it('a flipped bit in the middle of the log is refused, and the rest goes on', async () => {
    const scheduler = await oneFollower()
    await cluster.kill(scheduler)
    const segment = newestSegment(scheduler)
    const intact = readFileSync(segment)
    const damaged = Buffer.from(intact)
    const at = Math.floor(lastNonZero(intact) / 2)
    damaged[at] = damaged[at]! ^ 1
    writeFileSync(segment, damaged)
    const ended = await startAgain(scheduler)
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain('STORE_LOG_CORRUPT')
    expect(readFileSync(segment).equals(damaged)).toBe(true)
    const input = join(folder, 'while-down')
    await writeRandomFile(input, 100)
    await runWell('dfcache', ['import', '--cid', 'whiledown', '--input', input, ...sock()])
    writeFileSync(segment, intact)
    await bringBack(scheduler)
  })

  it('a torn tail is cut and the member catches up', async () => {
    const scheduler = await oneFollower()
    await cluster.kill(scheduler)
    const segment = newestSegment(scheduler)
    const torn = readFileSync(segment)
    // A record that began and never ended: its first sector holds something, the rest is zeros.
    const end = Math.ceil((lastNonZero(torn) + 1) / 8) * 8
    torn.writeUInt32LE(4096, end)
    torn.writeUInt32LE(0x1234_5678, end + 4)
    writeFileSync(segment, torn)
    await bringBack(scheduler)
    const output = join(folder, 'torn.out')
    const where = ['--output', output, '--daemon-sock', cluster.peer(2).socket]
    await runWell('dfcache', ['export', '--cid', 'whiledown', ...where])
    expect(await sha256(output)).toBe(await sha256(join(folder, 'while-down')))
  })

  it('a wiped member started with its old flags refuses and never votes', async () => {
    const scheduler = await oneFollower()
    await cluster.kill(scheduler)
    const kept = join(folder, 'kept')
    mkdirSync(kept)
    const { renameSync } = await import('node:fs')
    renameSync(scheduler.dataDir, join(kept, 'data'))
    const ended = await startAgain(scheduler)
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain('STORE_WIPED_MEMBER')
    const { exitCode } = await cluster.status()
    expect(exitCode).toBe(0)
    rmSync(scheduler.dataDir, { recursive: true, force: true })
    renameSync(join(kept, 'data'), scheduler.dataDir)
    await bringBack(scheduler)
  })
})

function lastNonZero(bytes: Uint8Array): number {
  let at = bytes.length - 1
  while (at > 0 && bytes[at] === 0) at -= 1
  return at
}
