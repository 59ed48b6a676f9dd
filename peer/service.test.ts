import { randomBytes } from 'node:crypto'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MiB } from '../base/index.ts'
import { Harness, until } from './daemon-harness.suite.ts'
import { FakeCluster } from './fake-scheduler.suite.ts'

let harness: Harness
let cluster: FakeCluster

beforeEach(async () => {
  harness = await Harness.create()
  cluster = new FakeCluster()
})

afterEach(async () => {
  await harness.close()
  cluster.stop()
})

const silentSuccess = { code: 0, stdout: '', stderr: '' }

async function startPair(): Promise<readonly string[]> {
  const { address } = await cluster.listen()
  const scheduler = [address]
  await harness.start('one', { scheduler })
  await harness.start('two', { scheduler })
  return scheduler
}

describe('dfcache between two daemons', () => {
  it.each([
    ['no bytes', 0],
    ['one byte', 1],
    ['exactly one piece', 4 * MiB],
    ['one byte more than a piece', 4 * MiB + 1],
    ['several pieces', 13 * MiB + 7],
  ])('imports here, finds and exports there: %s', async (_, sizeBytes) => {
    await startPair()
    const file = await harness.file('in', sizeBytes)
    expect(await harness.dfcache('one', 'import', '--cid', 'x', file)).toEqual(silentSuccess)
    expect(await harness.dfcache('two', 'stat', '--cid', 'x')).toEqual(silentSuccess)
    const out = harness.path('sub/out')
    expect(await harness.dfcache('two', 'export', '--cid', 'x', '-O', out)).toEqual(silentSuccess)
    expect(await harness.sha256(out)).toBe(await harness.sha256(file))
    // The second copy is known, so the first host may go.
    await harness.stop('one')
    expect(await harness.dfcache('two', 'stat', '--cid', 'x')).toEqual(silentSuccess)
  })

  it('says that a file does not exist, also after the only copy was deleted', async () => {
    await startPair()
    const missing = {
      code: 1,
      stdout: '',
      stderr: 'dfcache: file does not exist [PEER_TASK_NOT_FOUND]\n',
    }
    expect(await harness.dfcache('two', 'stat', '--cid', 'x')).toEqual(missing)
    expect(await harness.dfcache('two', 'export', '--cid', 'x', 'out')).toEqual(missing)
    expect(await harness.dfcache('one', 'delete', '--cid', 'x')).toEqual(silentSuccess)
    const file = await harness.file('in', 100)
    await harness.dfcache('one', 'import', '--cid', 'x', file)
    expect(await harness.dfcache('two', 'stat', '--cid', 'x', '--local')).toEqual(missing)
    expect(await harness.dfcache('one', 'delete', '--cid', 'x')).toEqual(silentSuccess)
    expect(await harness.dfcache('one', 'stat', '--cid', 'x')).toEqual(missing)
    expect(await harness.dfcache('two', 'stat', '--cid', 'x')).toEqual(missing)
    expect(await harness.dfcache('one', 'import', '--cid', 'x', file)).toEqual(silentSuccess)
    expect(await harness.dfcache('two', 'stat', '--cid', 'x')).toEqual(silentSuccess)
  })

  it('says that the schedulers are away, and tells them of a deletion later', async () => {
    await startPair()
    const file = await harness.file('in', 100)
    await harness.dfcache('one', 'import', '--cid', 'x', file)
    cluster.refused.add('stat').add('leave')
    const unknown = await harness.dfcache('two', 'stat', '--cid', 'x', '--timeout', '500ms')
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      expect.stringContaining('[PEER_SCHEDULER_UNAVAILABLE]'),
    ])
    const deleted = await harness.dfcache('one', 'delete', '--cid', 'x', '--timeout', '500ms')
    expect([deleted.code, deleted.stderr]).toEqual([
      1,
      expect.stringContaining('[PEER_LEAVE_PENDING]'),
    ])
    cluster.refused.clear()
    await until(() => [...cluster.tasks.values()].every((task) => task.peers.size === 0))
    expect((await harness.dfcache('two', 'stat', '--cid', 'x')).stderr).toContain('does not exist')
  })

  it('keeps contents with another tag apart', async () => {
    await startPair()
    const file = await harness.file('in', 100)
    await harness.dfcache('one', 'import', '--cid', 'x', '--tag', 'a', file)
    expect((await harness.dfcache('two', 'stat', '--cid', 'x', '-t', 'a')).code).toBe(0)
    expect((await harness.dfcache('two', 'stat', '--cid', 'x', '-t', 'b')).code).toBe(1)
  })

  it('takes the same import twice and refuses another content under the same id', async () => {
    await startPair()
    const file = await harness.file('in', 5 * MiB)
    expect((await harness.dfcache('one', 'import', '--cid', 'x', file)).code).toBe(0)
    expect((await harness.dfcache('one', 'import', '--cid', 'x', file)).code).toBe(0)
    const bytes = await readFile(file)
    bytes[5 * MiB - 1]! ^= 1
    await writeFile(file, bytes)
    const refused = await harness.dfcache('one', 'import', '--cid', 'x', file)
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('PEER_TASK_EXISTS')])
  })
})

describe('announcing', () => {
  it('fails an import that no scheduler took, keeps the data and announces it later', async () => {
    const { address } = await cluster.listen()
    cluster.refused.add('announce')
    await harness.start('one', { scheduler: [address] })
    await harness.start('two', { scheduler: [address] })
    const file = await harness.file('in', 100)
    const failed = await harness.dfcache('one', 'import', '--cid', 'x', '--timeout', '1s', file)
    expect(failed.code).toBe(1)
    expect(failed.stderr).toContain('stored locally and not yet announced')
    expect(failed.stderr).toContain('[PEER_NOT_ANNOUNCED]')
    cluster.refused.clear()
    await until(() => cluster.tasks.size === 1)
    expect(await harness.dfcache('two', 'export', '--cid', 'x', 'out')).toEqual(silentSuccess)
    expect(await harness.sha256(harness.path('out'))).toBe(await harness.sha256(file))
  })

  it('does not repeat what the schedulers refuse for good', async () => {
    const { address } = await cluster.listen()
    cluster.forbidden.add('announce')
    await harness.start('one', { scheduler: [address] })
    const file = await harness.file('in', 100)
    const failed = await harness.dfcache('one', 'import', '--cid', 'x', file)
    expect([failed.code, failed.stderr]).toEqual([
      1,
      expect.stringContaining('not allowed [PEER_ANNOUNCE_REFUSED]'),
    ])
    expect(cluster.calls.filter((call) => call === 'announce')).toHaveLength(1)
  })

  it('announces the host through v2 with its interval', async () => {
    const { address } = await cluster.listen()
    await harness.start('one', { scheduler: [address], announceInterval: 1500, idc: 'a' })
    await until(() => cluster.hosts.has('127.0.0.1-one'))
    const { host, interval } = cluster.hosts.get('127.0.0.1-one')!
    expect(interval).toEqual({ seconds: 1, nanos: 500_000_000 })
    expect(host).toMatchObject({ type: 0, hostname: 'one', ip: '127.0.0.1', os: 'test' })
    expect(host!.network).toMatchObject({ idc: 'a' })
  })

  it('announces finished copies again after either side restarted', async () => {
    const { address } = await cluster.listen()
    const options = { scheduler: [address], announceInterval: 1000 }
    await harness.start('one', options)
    const file = await harness.file('in', 100)
    await harness.dfcache('one', 'import', '--cid', 'x', file)
    await harness.stop('one')
    cluster.forget()
    await harness.start('one', options)
    await until(() => cluster.tasks.size === 1)
    cluster.forget()
    await until(() => cluster.tasks.size === 1)
    await harness.start('two', { scheduler: [address] })
    expect(await harness.dfcache('two', 'export', '--cid', 'x', 'out')).toEqual(silentSuccess)
  })
})

describe('dfget', () => {
  it('serves three peers at once from one copy of the origin', async () => {
    const { address } = await cluster.listen()
    const origin = await harness.origin(randomBytes(30 * MiB))
    const names = ['one', 'two', 'three']
    for (const name of names) await harness.start(name, { scheduler: [address] })
    const url = `${origin.url}/file?b=1&a=2`
    const ended = await Promise.all(names.map((name) => harness.dfget(name, url, '-O', name)))
    expect(ended).toEqual(names.map(() => silentSuccess))
    const sums = await Promise.all(names.map((name) => harness.sha256(harness.path(name))))
    expect(new Set(sums).size).toBe(1)
    expect(origin.sentBytes).toBeLessThanOrEqual(30 * MiB * 1.1)
    expect(cluster.peerResults.filter((result) => result.success)).toHaveLength(3)
  })

  it('lets a seed peer fetch for the others', async () => {
    const { address } = await cluster.listen()
    const seed = await harness.start('seed', { scheduler: [address], seed: true })
    await harness.start('one', { scheduler: [address] })
    cluster.seedAddress = `127.0.0.1:${seed.addresses.rpcPort}`
    const origin = await harness.origin(randomBytes(9 * MiB))
    const ended = await harness.dfget('one', `${origin.url}/file`, '-O', 'out')
    expect(ended).toEqual(silentSuccess)
    expect(origin.sentBytes).toBeLessThanOrEqual(9 * MiB + 1)
    const fromSeed = cluster.pieceResults.filter((result) => result.dstPid.endsWith('_Seed'))
    expect(fromSeed.length).toBeGreaterThanOrEqual(3)
  })

  it('delivers from the origin and says so when no scheduler answers', async () => {
    const member = await cluster.listen()
    await harness.start('one', { scheduler: [member.address] })
    member.kill()
    const content = randomBytes(5 * MiB)
    const origin = await harness.origin(content)
    const ended = await harness.dfget('one', `${origin.url}/file`, '-O', 'out')
    expect(ended.code).toBe(0)
    expect(ended.stderr).toContain('no scheduler answered; downloaded from the origin')
    expect((await readFile(harness.path('out'))).equals(content)).toBe(true)
  })

  it('downloads directly without a daemon, says so, and refuses to when told not to', async () => {
    const content = randomBytes(3 * MiB)
    const origin = await harness.origin(content)
    const ended = await harness.dfget('nobody', `${origin.url}/file.bin`)
    expect(ended.code).toBe(0)
    expect(ended.stderr).toContain('downloading directly from the origin')
    expect((await readFile(harness.path('file.bin'))).equals(content)).toBe(true)
    const refused = await harness.dfget(
      'nobody',
      `${origin.url}/file`,
      '--output=x',
      '--disable-back-source',
    )
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('[PEER_DAEMON_NOT_RUNNING]'),
    ])
  })

  it('checks the digest of the whole file and leaves nothing behind', async () => {
    const { address } = await cluster.listen()
    await harness.start('one', { scheduler: [address] })
    const origin = await harness.origin(randomBytes(MiB))
    const digest = `sha256:${'0'.repeat(64)}`
    for (const daemon of ['one', 'nobody']) {
      const ended = await harness.dfget(daemon, `${origin.url}/f`, '-O', 'out', '--digest', digest)
      expect([ended.code, ended.stderr]).toEqual([
        1,
        expect.stringContaining('[PEER_DIGEST_MISMATCH]'),
      ])
      await expect(stat(harness.path('out'))).rejects.toThrow('ENOENT')
    }
  })

  it('passes on what the origin answered', async () => {
    const { address } = await cluster.listen()
    await harness.start('one', { scheduler: [address] })
    const origin = await harness.origin(randomBytes(1))
    const ended = await harness.dfget('one', `${origin.url}/missing`)
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('404')])
    expect(ended.stderr).toContain('[PEER_SOURCE_STATUS]')
    const [result] = cluster.peerResults
    expect(result).toMatchObject({ success: false, code: 'ClientBackSourceError' })
    expect(result!.sourceError).toMatchObject({ temporary: false, metadata: { statusCode: 404 } })
  })

  it('keeps an existing output unless told otherwise, and shows progress when asked', async () => {
    const { address } = await cluster.listen()
    await harness.start('one', { scheduler: [address] })
    const content = randomBytes(MiB)
    const origin = await harness.origin(content)
    await writeFile(harness.path('out'), 'mine')
    const refused = await harness.dfget('one', `${origin.url}/f`, '-O', 'out')
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('[PEER_OUTPUT_EXISTS]'),
    ])
    expect(await readFile(harness.path('out'), 'utf8')).toBe('mine')
    const replaced = await harness.dfget('one', `${origin.url}/f`, '-O', 'out', '--overwrite', '-b')
    expect([replaced.code, replaced.stderr]).toEqual([0, expect.stringContaining('1.0 MiB')])
    expect((await readFile(harness.path('out'))).equals(content)).toBe(true)
  })

  it('downloads a range as a content of its own', async () => {
    const { address } = await cluster.listen()
    await harness.start('one', { scheduler: [address] })
    const content = randomBytes(MiB)
    const origin = await harness.origin(content)
    const ended = await harness.dfget(
      'one',
      `${origin.url}/f`,
      '-O',
      'out',
      '-H',
      'Range: bytes=5-9',
    )
    expect(ended).toEqual(silentSuccess)
    expect((await readFile(harness.path('out'))).equals(content.subarray(5, 10))).toBe(true)
  })
})

function fetchedPieces(): number[] {
  return cluster.pieceResults
    .filter((result) => result.success && result.dstPid !== '')
    .map((result) => result.pieceInfo!.pieceNum)
}

describe('failures under way', () => {
  it('goes on at another scheduler when the one it talks to dies', async () => {
    const members = [await cluster.listen(), await cluster.listen()]
    const scheduler = members.map((member) => member.address)
    await harness.start('one', { scheduler, uploadRateLimit: 8 * MiB })
    await harness.start('two', { scheduler })
    const file = await harness.file('in', 12 * MiB)
    await harness.dfcache('one', 'import', '--cid', 'x', file)
    const exporting = harness.dfcache('two', 'export', '--cid', 'x', 'out')
    await until(() => fetchedPieces().length > 0)
    members[0]!.kill()
    expect(await exporting).toEqual(silentSuccess)
    expect(await harness.sha256(harness.path('out'))).toBe(await harness.sha256(file))
    expect(cluster.peerResults.at(-1)).toMatchObject({ success: true, totalPieceCount: 3 })
  })

  it('registers again under the same peer id when its scheduler forgot it', async () => {
    const { address } = await cluster.listen()
    await harness.start('one', { scheduler: [address], uploadRateLimit: 8 * MiB })
    await harness.start('two', { scheduler: [address] })
    const file = await harness.file('in', 12 * MiB)
    await harness.dfcache('one', 'import', '--cid', 'x', file)
    const exporting = harness.dfcache('two', 'export', '--cid', 'x', 'out')
    await until(() => fetchedPieces().length > 0)
    const task = [...cluster.tasks.values()][0]!
    const { srcPid } = cluster.pieceResults.at(-1)!
    task.peers.delete(srcPid)
    expect(await exporting).toEqual(silentSuccess)
    expect(cluster.calls.filter((call) => call === 'register')).toHaveLength(2)
    expect([...task.peers.keys()]).toContain(srcPid)
  })

  it('keeps what it fetched when the only holder leaves, and goes on when it is back', async () => {
    const { address } = await cluster.listen()
    await harness.start('one', { scheduler: [address], uploadRateLimit: 8 * MiB })
    await harness.start('two', { scheduler: [address] })
    const file = await harness.file('in', 32 * MiB)
    await harness.dfcache('one', 'import', '--cid', 'x', file)
    const exporting = harness.dfcache('two', 'export', '--cid', 'x', 'out')
    await until(() => fetchedPieces().length > 0)
    await harness.stop('one')
    expect((await exporting).code).toBe(1)
    await expect(stat(harness.path('out'))).rejects.toThrow('ENOENT')
    await harness.stop('two')
    await harness.start('one', { scheduler: [address] })
    await harness.start('two', { scheduler: [address] })
    await until(() => [...cluster.tasks.values()].some((task) => task.peers.size > 0))
    expect(await harness.dfcache('two', 'export', '--cid', 'x', 'out')).toEqual(silentSuccess)
    expect(await harness.sha256(harness.path('out'))).toBe(await harness.sha256(file))
    expect(fetchedPieces().toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('fails an export whose only holder is gone, with the reason', async () => {
    const { address } = await cluster.listen()
    await harness.start('one', { scheduler: [address] })
    await harness.start('two', { scheduler: [address] })
    const file = await harness.file('in', 100)
    await harness.dfcache('one', 'import', '--cid', 'x', file)
    await harness.stop('one')
    const ended = await harness.dfcache('two', 'export', '--cid', 'x', 'out')
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/\[PEER_[A-Z_]+\]\n$/)
    await expect(stat(harness.path('out'))).rejects.toThrow('ENOENT')
  })
})

describe('starting', () => {
  it('opens its socket to its own user only, and replaces the file of a dead daemon', async () => {
    await harness.start('one')
    const found = await stat(harness.socket('one'))
    expect(found.mode & 0o777).toBe(0o600)
    await expect(harness.start('other', { socket: harness.socket('one') })).rejects.toMatchObject({
      code: 'PEER_SOCKET_IN_USE',
    })
    await harness.stop('one')
    const dead = createServer()
    await new Promise<void>((resolve) => dead.listen(harness.path('dead.sock'), resolve))
    await writeFile(harness.path('plain'), '')
    await expect(harness.start('two', { socket: harness.path('plain') })).rejects.toMatchObject({
      code: 'PEER_LISTEN_FAILED',
    })
    dead.close()
  })

  it('says which port is in use, and which data directory', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo
    await expect(harness.start('one', { port })).rejects.toMatchObject({
      code: 'PEER_PORT_IN_USE',
      message: expect.stringContaining(String(port)) as string,
    })
    await expect(harness.start('one', { uploadPort: port })).rejects.toMatchObject({
      code: 'PEER_PORT_IN_USE',
    })
    taken.close()
    await harness.start('one')
    await expect(harness.start('two', { dataDir: harness.path('one-data') })).rejects.toMatchObject(
      { code: 'PEER_STORE_IN_USE' },
    )
  })

  it('does without the socket file, and with a file nobody listens at', async () => {
    const gone = await harness.dfcache('nobody', 'stat', '--cid', 'x')
    expect([gone.code, gone.stderr]).toEqual([
      1,
      expect.stringContaining('[PEER_DAEMON_NOT_RUNNING]'),
    ])
    await harness.start('one')
    await harness.stop('one')
    await rm(harness.socket('one'), { force: true })
    await writeFile(harness.socket('one'), '')
    const dead = await harness.dfcache('one', 'stat', '--cid', 'x')
    expect([dead.code, dead.stderr]).toEqual([
      1,
      expect.stringContaining('[PEER_DAEMON_NOT_RUNNING]'),
    ])
  })
})
