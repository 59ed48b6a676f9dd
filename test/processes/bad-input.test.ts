// What people and disks get wrong, on real processes: a clear line with a stable code, no crash,
// nothing lost.
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { status as codes } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { receiveBytesMax } from '../../scheduler/rpc/limits.ts'
import { run, runWell } from './commands.ts'
import { writeRandomFile, sha256 } from './files.ts'
import { NewestSegment } from './damage.ts'
import { LocalCluster, until } from './local-cluster.ts'
import type { SchedulerProcess } from './local-cluster.ts'
import { sendStream, sendUnary } from './raw-grpc.ts'
import { announcement, cacheTaskId, SchedulerStub } from './scheduler-stubs.ts'

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
  it.concurrent.each([
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
    const absent = await run('dfcache', [...missing, ...sock()])
    expect([absent.code, absent.stderr]).toEqual([
      1,
      expect.stringContaining('PEER_IMPORT_NOT_FOUND'),
    ])
    const directory = ['import', '--cid', 'a', '--input', folder]
    const ended = await run('dfcache', [...directory, ...sock()])
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain('PEER_IMPORT_NOT_A_FILE')
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

  it('an output that cannot be written is refused', async () => {
    const where = ['export', '--cid', 'out', '--output', '/proc/damselfly/out']
    const ended = await run('dfcache', [...where, ...sock()])
    expect([ended.code, ended.stderr]).toEqual([
      1,
      expect.stringContaining('PEER_OUTPUT_NOT_WRITABLE'),
    ])
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
    expect([ended.code, ended.stderr]).toEqual([
      1,
      expect.stringContaining('PEER_DAEMON_NOT_RUNNING'),
    ])
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
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringContaining('STORE_DIRECTORY_LOCKED'),
    ])
    const elsewhere = first!.argv
      .slice(2)
      .map((word) => (word === first!.dataDir ? join(folder, 'elsewhere') : word))
    const taken = await run('damselfly', elsewhere)
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining('SCHED_PORT_IN_USE')])
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

async function expectWhole(): Promise<void> {
  const { exitCode, status } = await cluster.status()
  const reachable = status.members.map((member) => member.reachable)
  expect([exitCode, reachable]).toEqual([0, [true, true, true]])
  for (const scheduler of cluster.line.schedulers) {
    expect(cluster.stderr).not.toContain(`pid ${scheduler.pid}`)
  }
}

describe('messages', () => {
  it('bytes that are no HTTP/2 harm neither the client nor the replication port', async () => {
    const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    for (const { addr, raftAddr } of cluster.line.schedulers) {
      for (const address of [addr, raftAddr]) {
        await poke(address, Buffer.alloc(4096, 0xff))
        await poke(address, Buffer.concat([preface, Buffer.alloc(512, 0x5a)]))
      }
    }
    await expectWhole()
  })

  // A field that claims more bytes than there are, a reserved wire type, an endless varint. What
  // the decoder itself lets through is refused by the field rules.
  const garbage = ['0aff01', '0f0f0f', 'ff'.repeat(64)].map((hex) => Buffer.from(hex, 'hex'))
  const isRefusal = (code: number): boolean =>
    code === codes.INTERNAL || code === codes.INVALID_ARGUMENT

  it('malformed protobuf on the client port is refused call by call', async () => {
    const unary = ['/scheduler.Scheduler/AnnounceTask', '/scheduler.v2.Scheduler/AnnounceHost']
    const stream = '/scheduler.Scheduler/ReportPieceResult'
    for (const { addr } of cluster.line.schedulers) {
      for (const bytes of garbage) {
        for (const method of unary) {
          expect(await sendUnary(addr, method, bytes), method).toSatisfy(isRefusal)
        }
        expect((await sendStream(addr, stream, bytes)).code, stream).toSatisfy(isRefusal)
      }
    }
    await expectWhole()
  })

  it('malformed protobuf and frames of garbage on the replication port are refused', async () => {
    const [probe, messages] = ['Probe', 'Messages'].map((name) => `/damselfly.raft.v1.Raft/${name}`)
    // Well-formed protobuf: a message of eight bytes that is none, under a wrong checksum.
    const frame = Buffer.from('0a085a5a5a5a5a5a5a5a1500000000', 'hex')
    const { term } = (await cluster.status()).status
    for (const { raftAddr } of cluster.line.schedulers) {
      for (const bytes of garbage) {
        expect(await sendUnary(raftAddr, probe!, bytes), probe).toSatisfy(isRefusal)
        expect((await sendStream(raftAddr, messages!, bytes)).code).toBe(codes.INTERNAL)
      }
      // A frame is refused by name and the stream lives on: messages behind it may be good.
      const { replies } = await sendStream(raftAddr, messages!, frame)
      expect(replies.map((reply) => reply.toString())).toEqual([expect.stringMatching('checksum')])
    }
    await expectWhole()
    expect((await cluster.status()).status.term).toBe(term)
  })

  it('a message over the limit is refused by its size and the connection goes on', async () => {
    for (const { addr } of cluster.line.schedulers) {
      const stub = new SchedulerStub(addr)
      const large = { ...announcement('large'), url: 'x'.repeat(receiveBytesMax) }
      await expect(stub.announceTask(large)).rejects.toMatchObject({
        code: codes.RESOURCE_EXHAUSTED,
      })
      await stub.announceTask(announcement('small'))
      expect(await stub.statTask(cacheTaskId('small'))).toMatchObject({ state: 'Succeeded' })
      stub.close()
    }
    await expectWhole()
  })
})

async function oneFollower(): Promise<SchedulerProcess> {
  const leader = await cluster.leader()
  return cluster.line.schedulers.find(({ id }) => id !== leader.id)!
}

/** The same without proof of who it is: what is lost cannot be replaced by joining anew. */
function keyless({ argv }: SchedulerProcess): readonly string[] {
  const at = argv.indexOf('--cluster-key-file')
  return argv.toSpliced(at, 2)
}

/** Starts a scheduler that must refuse to run: the rest goes on, and it runs again once mended. */
async function expectRefused(
  argv: readonly string[],
  code: string,
  whileRefused: () => Promise<void> = async () => {},
): Promise<void> {
  const refused = await run('damselfly', argv.slice(2))
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(code)])
  expect((await cluster.status()).exitCode).toBe(0)
  await whileRefused()
}

it('status prints its JSON and fails when the majority is gone', async () => {
  const leader = await cluster.leader()
  const followers = cluster.line.schedulers.filter(({ id }) => id !== leader.id)
  await Promise.all(followers.map((scheduler) => cluster.kill(scheduler)))
  const { exitCode, status } = await until('a leader that has stepped down', 60_000, async () => {
    const asked = await cluster.status()
    return asked.status.leaderId === null ? asked : undefined
  })
  expect(exitCode).toBe(1)
  const fields = ['clusterId', 'leaderId', 'term', 'members']
  expect(Object.keys(status)).toEqual(expect.arrayContaining(fields))
  for (const member of status.members) {
    const known = ['id', 'addr', 'pid', 'role', 'state', 'term', 'commit', 'applied', 'reachable']
    expect(Object.keys(member)).toEqual(expect.arrayContaining(known))
  }
  const reachable = status.members.filter((member) => member.reachable)
  expect(reachable.map(({ id, pid }) => [id, pid])).toEqual([[leader.id, cluster.pidOf(leader)]])
  cluster.restart(followers[0]!)
  await cluster.bringBack(followers[1]!)
})

// One follower is down for all of these, and comes back with the last.
describe('disks', () => {
  let scheduler: SchedulerProcess

  beforeAll(async () => {
    scheduler = await oneFollower()
    await cluster.kill(scheduler)
  })

  it('a flipped bit in the middle of the log is refused, and the rest goes on', async () => {
    const segment = new NewestSegment(scheduler)
    segment.flipBitInTheMiddle()
    const damaged = segment.read()
    const input = join(folder, 'while-down')
    await writeRandomFile(input, 100)
    await expectRefused(keyless(scheduler), 'STORE_LOG_CORRUPT', async () => {
      await runWell('dfcache', ['import', '--cid', 'whiledown', '--input', input, ...sock()])
    })
    expect(segment.read().equals(damaged)).toBe(true)
    segment.mend()
  })

  // The last byte is the record's filling, some before it its payload.
  it.each([1, 12])('a bit flipped %i bytes before the log ends is refused', async (beforeEnd) => {
    const segment = new NewestSegment(scheduler)
    segment.flipBit(beforeEnd)
    const damaged = segment.read()
    await expectRefused(keyless(scheduler), 'STORE_LOG_CORRUPT')
    expect(segment.read().equals(damaged)).toBe(true)
    segment.mend()
  })

  it('a wiped member without proof of who it is refuses and never votes', async () => {
    const kept = join(folder, 'kept')
    renameSync(scheduler.dataDir, kept)
    await expectRefused(keyless(scheduler), 'STORE_WIPED_MEMBER')
    rmSync(scheduler.dataDir, { recursive: true })
    renameSync(kept, scheduler.dataDir)
  })

  it('a data directory of another cluster than the members it is told of is refused', async () => {
    const flags = ['--schedulers', '1', '--peers', '0', '--seed-peers', '0']
    const other = await LocalCluster.start({ flags })
    try {
      const { argv } = scheduler
      const hostId = argv[argv.indexOf('--host-id') + 1]!
      const foreign = `elsewhere=${other.line.schedulers[0]!.raftAddr}`
      const members = `${hostId}=${scheduler.raftAddr},${foreign}`
      const wrong = argv.with(argv.indexOf('--initial-members') + 1, members)
      await expectRefused(wrong, 'STORE_WRONG_CLUSTER')
      expect((await other.status()).exitCode).toBe(0)
    } finally {
      await other.stop()
    }
  })

  it('a torn tail is cut and the member catches up', async () => {
    new NewestSegment(scheduler).tearTail()
    await cluster.bringBack(scheduler)
    const output = join(folder, 'torn.out')
    const where = ['--output', output, '--daemon-sock', cluster.peer(2).socket]
    await runWell('dfcache', ['export', '--cid', 'whiledown', ...where])
    expect(await sha256(output)).toBe(await sha256(join(folder, 'while-down')))
  })
})
