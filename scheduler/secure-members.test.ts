// Three whole members with certificates, as the command line puts them together: member N is host
// sN at 127.0.0.N. What they refuse, what operators may do, and a renewal under load.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nullLogger } from '../base/index.ts'
import { clientSecurity, ClusterClient, noSecurity, SchedulerClient } from '../client/index.ts'
import type { ClientSecurity } from '../client/index.ts'
import { FileDisk, randomId, SystemClock, systemRandom } from '../runtime/index.ts'
import { probeMember } from '../runtime/grpc-raft-transport.ts'
import { plainText } from '../runtime/grpc-tls.ts'
import {
  certificateFiles,
  fingerprintOf,
  putAuthorities,
  putCertificate,
  shownBy,
} from '../runtime/testdata/certificates.suite.ts'
import type { CertificateName } from '../runtime/testdata/certificates.suite.ts'
import { lockDirectory, openDataDirectory } from '../storage/index.ts'
import type { DataDirectory } from '../storage/index.ts'
import { openScheduler } from './boot/open-instance.ts'
import { fromProbeReply } from './boot/probe-wire.ts'
import { RaftPort } from './boot/raft-port.ts'
import { openSecurity } from './boot/security.ts'
import type { SchedulerSecurity } from './boot/security.ts'
import { startScheduler } from './service.ts'
import type { RunningScheduler } from './service.ts'
import type { TlsPaths } from '../runtime/index.ts'

const clock = new SystemClock()
const { random } = systemRandom()
const logger = nullLogger
const disk = new FileDisk()

/** Far above what anything here takes; only a broken test waits this long. */
const patienceMs = 20_000

interface Base {
  readonly n: 1 | 2 | 3
  readonly ip: string
  readonly root: string
  readonly raftAddress: string
  readonly paths: TlsPaths
  readonly secured: SchedulerSecurity
  readonly directory: DataDirectory
  readonly port: RaftPort
}

interface Member extends Base {
  readonly running: RunningScheduler
}

const cleanups: (() => unknown)[] = []
let members: readonly Member[] = []

const flagsOf = ({ certFile, keyFile, caFile }: TlsPaths) => ({
  tlsCertFile: certFile,
  tlsKeyFile: keyFile,
  tlsCaFile: caFile,
  tlsRequireClientCert: false,
})

async function prepare(n: Base['n']): Promise<Base> {
  const root = mkdtempSync(join(tmpdir(), 'damselfly-secure-'))
  cleanups.push(() => rmSync(root, { recursive: true, force: true }))
  const paths = certificateFiles(`s${n}`)
  const secured = await openSecurity({ clock, logger }, flagsOf(paths))
  cleanups.push(() => secured.stop())
  const directory = await openDataDirectory({ disk, random, logger, lockDirectory }, { root })
  const { security } = secured
  const port = new RaftPort(directory, { bootId: randomId(), security })
  const ip = `127.0.0.${n}`
  const raftAddress = `${ip}:${await port.listen(ip, 0)}`
  return { n, ip, root, raftAddress, paths, secured, directory, port }
}

async function start(base: Base, addresses: readonly string[]): Promise<Member> {
  const { n, ip, root, directory, port, raftAddress, secured } = base
  const { security, clientCertificates, tlsFiles } = secured
  const onFatal = (error: Error): void => {
    throw error
  }
  const probe = async (address: string) => {
    const fromIncarnation = directory.probeAnswer?.incarnation ?? ''
    const request = { addresses: [...addresses], fromAddress: raftAddress, fromIncarnation }
    const { credentials, options: channelOptions } = security.connect(address)
    const how = { timeoutMs: 1000, credentials, channelOptions }
    const outcome = await probeMember(address, request, how)
    return outcome.ok ? fromProbeReply(outcome.reply) : undefined
  }
  const opened = await openScheduler(
    { clock, disk, random, logger, directory, probe },
    { raftAddress, hostId: `s${n}`, addresses, signal: new AbortController().signal, onFatal },
  )
  const running = await startScheduler(
    { clock, random: random.fork(randomId()), logger, opened },
    {
      bootId: randomId(),
      pid: 1,
      programVersion: 'test',
      listenIp: ip,
      advertiseIp: ip,
      port: 0,
      metricsPort: 0,
      electionTimeoutMs: 1000,
      dialableIps: [],
      security,
      clientCertificates,
      tlsFiles,
      operatorTokenPath: join(root, 'operator.token'),
      onFatal,
      onTransport: (transport) => port.serve(transport),
    },
  )
  cleanups.push(async () => {
    await running.stop()
    await port.stop()
    await opened.close()
    await directory.close()
  })
  return { ...base, running }
}

beforeAll(async () => {
  const bases = await Promise.all(([1, 2, 3] as const).map(prepare))
  const addresses = bases.map(({ raftAddress }) => raftAddress)
  members = await Promise.all(bases.map((base) => start(base, addresses)))
}, 3 * patienceMs)

afterAll(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup()
}, 3 * patienceMs)

/** What a client has that shows this certificate, or none. */
async function shows(
  name: CertificateName | 'nothing',
  { authority = 'ca', tokenFile = '' } = {},
): Promise<ClientSecurity> {
  const paths = certificateFiles(name === 'nothing' ? 'client' : name, authority)
  const own = { tlsCertFile: paths.certFile, tlsKeyFile: paths.keyFile }
  const none = { tlsCertFile: '', tlsKeyFile: '' }
  const flags = { ...(name === 'nothing' ? none : own), tlsCaFile: paths.caFile, tokenFile }
  return clientSecurity({ clock, logger }, flags)
}

function connect(security: ClientSecurity, deadlineMs = patienceMs): SchedulerClient {
  const addresses = members.map(({ running }) => running.addr)
  const client = new SchedulerClient({ clock, random, logger }, { addresses, deadlineMs, security })
  cleanups.push(() => client.close())
  return client
}

function operate(security: ClientSecurity): ClusterClient {
  const addresses = members.map(({ running }) => running.addr)
  const client = new ClusterClient(
    { clock, random, logger },
    { addresses, deadlineMs: patienceMs, security },
  )
  cleanups.push(() => client.close())
  return client
}

async function announce(client: SchedulerClient, id: string): Promise<void> {
  const at = { ip: '127.0.0.1', port: 20_000, downloadPort: 20_001, os: 'linux' }
  const host = { id, type: 0, hostname: id, ...at }
  await client.announceHost({ host, interval: { seconds: '600', nanos: 0 } })
}

async function metric({ running }: Member, name: string): Promise<number> {
  const page = await (await fetch(running.metricsUrl)).text()
  const line = page.split('\n').find((text) => text.startsWith(`damselfly_scheduler_${name} `))
  return Number(line?.slice(line.lastIndexOf(' ') + 1))
}

async function until(what: string, isDone: () => Promise<boolean>): Promise<void> {
  const endMs = clock.nowMs() + patienceMs
  while (!(await isDone())) {
    if (clock.nowMs() > endMs) throw new Error(`${what} within ${patienceMs} ms`)
    await clock.sleep(50)
  }
}

describe('members with certificates', () => {
  it('elect a leader and serve clients with a certificate or without one', async () => {
    await announce(connect(await shows('client')), 'h1')
    const { hosts } = await connect(await shows('nothing')).listHosts({})
    expect(hosts.map(({ id }) => id)).toEqual(['h1'])
    for (const member of members) {
      const seconds = await metric(member, 'tls_certificate_expires_seconds')
      expect(seconds).toBeGreaterThan(90 * 365 * 86_400)
    }
  })

  it('speak to nobody in the clear, and do not convince who trusts another authority', async () => {
    for (const security of [noSecurity, await shows('operator-other', { authority: 'other-ca' })]) {
      const client = connect(security, 1000)
      await expect(client.listHosts({})).rejects.toMatchObject({ code: 'SCHED_UNAVAILABLE' })
    }
  })

  it.each([
    ['nothing', plainText],
    ['s1 of another authority', undefined],
  ] as const)('do not answer a probe of who shows %s', async (_, plain) => {
    const other = await shows('s1-other', { authority: 'other-ca' })
    for (const { raftAddress } of members) {
      const how = (plain ?? other.transport).connect(raftAddress)
      const outcome = await probeMember(
        raftAddress,
        { addresses: [], fromAddress: '', fromIncarnation: randomId() },
        { timeoutMs: 2000, credentials: how.credentials, channelOptions: how.options },
      )
      expect(outcome).toMatchObject({ ok: false, reason: 'unreachable' })
    }
  })
})

describe('an operator', () => {
  /** The token of the first leader. */
  async function tokenFile(): Promise<string> {
    const files = members.map(({ root }) => join(root, 'operator.token'))
    const texts = (): readonly string[] => files.filter((file) => isThere(file))
    await until('an operator token', async () => texts().length > 0)
    expect(texts()).toHaveLength(1)
    return texts()[0]!
  }

  const isThere = (file: string): boolean => {
    try {
      return readFileSync(file).length > 0
    } catch {
      return false
    }
  }

  it('is known by certificate and by the token that the first leader left', async () => {
    for (const security of [
      await shows('operator'),
      await shows('nothing', { tokenFile: await tokenFile() }),
      await shows('client', { tokenFile: await tokenFile() }),
    ]) {
      const { token } = await operate(security).createJoinToken({ hostId: 's9', dryRun: false })
      expect(token).toMatch(/^dfj1\.[0-9a-f]{16}\.[0-9a-f]{32}$/)
    }
  })

  it('is nobody without credentials, nor with the certificate of a client or a member', async () => {
    const create = (security: ClientSecurity): Promise<unknown> =>
      operate(security).createJoinToken({ hostId: 's9', dryRun: false })
    const code = 'SCHED_FORBIDDEN'
    await expect(create(await shows('client'))).rejects.toMatchObject({ code })
    await expect(create(await shows('s1'))).rejects.toMatchObject({ code })
    const nobody = await shows('nothing')
    const unknown = { code: 'SCHED_UNAUTHENTICATED' }
    await expect(create(nobody)).rejects.toMatchObject(unknown)
    const guess = { ...nobody, bearerToken: 'f'.repeat(64) }
    await expect(create(guess)).rejects.toMatchObject(unknown)
  })
})

it('takes up new certificates under load, and loses no call', async () => {
  const client = connect(await shows('client'))
  let isOver = false
  let calls = 0
  const load = Promise.all(
    Array.from({ length: 4 }, async (_, worker) => {
      for (let i = 0; !isOver; i += 1) {
        await announce(client, `load-${worker}-${i % 20}`)
        calls += 1
      }
    }),
  )
  const [first] = members
  putCertificate(first!.paths, 's1-next')
  // As `kill -HUP` does.
  process.emit('SIGHUP')
  await until('new certificates', async () => {
    return (await metric(first!, 'tls_certificate_changes_total')) === 1
  })
  const seen = calls
  await until('calls after the renewal', async () => calls > seen + 50)
  expect(await shownBy(first!.running.addr, certificateFiles('client'))).toBe(
    fingerprintOf('s1-next'),
  )
  await announce(connect(await shows('client')), 'new')
  isOver = true
  await load

  // The key of another host: what was good stays in use.
  putCertificate(first!.paths, 's1', 's2')
  process.emit('SIGHUP')
  await until('a refusal', async () => {
    return (await metric(first!, 'tls_certificate_refusals_total')) === 1
  })
  await announce(connect(await shows('client')), 'after')
  expect(await shownBy(first!.running.addr, certificateFiles('client'))).toBe(
    fingerprintOf('s1-next'),
  )
})

it('changes its authority under load, step by step, and loses no call', async () => {
  const client = connect(await shows('client'))
  let isOver = false
  const load = (async () => {
    for (let i = 0; !isOver; i += 1) await announce(client, `rotation-${i % 20}`)
  })()
  const metrics = (name: string): Promise<readonly number[]> =>
    Promise.all(members.map((member) => metric(member, name)))
  const step = async (act: (member: Member) => void): Promise<void> => {
    const before = await metrics('tls_certificate_changes_total')
    for (const member of members) act(member)
    // As `kill -HUP` of every one of them does.
    process.emit('SIGHUP')
    await until('new certificates', async () => {
      const after = await metrics('tls_certificate_changes_total')
      return after.every((count, i) => count === before[i]! + 1)
    })
    // Others are met, the old ones are as good as they were.
    await announce(client, 'step')
  }
  await step(({ n, paths }) => {
    putAuthorities(paths, 'ca', 'other-ca')
    putCertificate(paths, `s${n}`)
  })
  await step(({ n, paths }) => putCertificate(paths, `s${n}-other`))
  await step(({ paths }) => putAuthorities(paths, 'other-ca'))
  isOver = true
  await load

  const renewed = await shows('s1-other', { authority: 'other-ca' })
  await announce(connect(renewed), 'renewed')
  for (const { n, raftAddress, running } of members) {
    const shown = await shownBy(running.addr, certificateFiles('client', 'other-ca'))
    expect(shown).toBe(fingerprintOf(`s${n}-other`))
    const request = { addresses: [], fromAddress: '', fromIncarnation: randomId() }
    const probe = ({ transport }: ClientSecurity): ReturnType<typeof probeMember> => {
      const { credentials, options: channelOptions } = transport.connect(raftAddress)
      return probeMember(raftAddress, request, { timeoutMs: 2000, credentials, channelOptions })
    }
    expect(await probe(renewed)).toMatchObject({ ok: true })
    expect(await probe(await shows('s1'))).toMatchObject({ ok: false })
  }
})
