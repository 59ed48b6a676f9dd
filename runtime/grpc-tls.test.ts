import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import type { SecureVersion } from 'node:tls'
import { Server, status } from '@grpc/grpc-js'
import type { ServiceError } from '@grpc/grpc-js'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { nullLogger, VirtualClock } from '../base/index.ts'
import type { Logger } from '../base/index.ts'
import { loadServices } from '../proto/index.ts'
import type { clusterV1 } from '../proto/index.ts'
import { hostOf, identityOf, plainText, tlsSecurity } from './grpc-tls.ts'
import type { ClientCertificates, ConnectSecurity, TransportSecurity } from './grpc-tls.ts'
import { SystemClock } from './system-clock.ts'
import { TlsFiles, tlsPollMs } from './tls-files.ts'
import type { TlsPaths } from './tls-files.ts'
import type { PeerIdentity } from './tls-certificate.ts'
import {
  certificateFiles,
  fingerprintOf,
  putCertificate,
  shownBy,
  testdata,
} from './testdata/certificates.suite.ts'
import type { CertificateName } from './testdata/certificates.suite.ts'

let closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.toReversed()) await close()
  closers = []
})

const deps = { clock: new SystemClock(), logger: nullLogger }

async function securityOf(name: CertificateName): Promise<TransportSecurity> {
  return tlsSecurity(await TlsFiles.open(deps, certificateFiles(name)))
}

interface RunningServer {
  /** 127.0.0.1 and the port. */
  readonly address: string
  /** Of the last call. */
  readonly identity: () => PeerIdentity | undefined
  readonly stop: () => void
}

async function serve(
  security: TransportSecurity,
  clients: ClientCertificates,
): Promise<RunningServer> {
  let identity: PeerIdentity | undefined
  const server = new Server()
  closers.push(() => server.forceShutdown())
  const handlers: Pick<clusterV1.ClusterHandlers, 'Status'> = {
    Status: (call, callback) => {
      identity = identityOf(call)
      callback(null, { clusterId: 'here' })
    },
  }
  server.addService(loadServices().cluster.service, handlers)
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', security.server(clients), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(error)
    })
  })
  const stop = (): void => server.forceShutdown()
  return { address: `127.0.0.1:${port}`, identity: () => identity, stop }
}

function clientOf(
  address: string,
  { credentials: of, options }: ConnectSecurity,
): () => Promise<number> {
  const client = new (loadServices().cluster)(address, of, options)
  closers.push(() => client.close())
  return () =>
    new Promise((resolve) => {
      const done = (error: ServiceError | null): void => resolve(error?.code ?? status.OK)
      client.status({}, { deadline: new Date(Date.now() + 5_000) }, done)
    })
}

const ask = (address: string, connect: ConnectSecurity): Promise<number> =>
  clientOf(address, connect)()

describe('a port that demands certificates', () => {
  it('serves whoever has one of its authority, and knows who it is', async () => {
    const server = await serve(await securityOf('s1'), 'required')
    const client = await securityOf('operator')
    expect(await ask(server.address, client.connect(server.address))).toBe(status.OK)
    expect(server.identity()).toMatchObject({
      commonName: 'alice',
      organizationalUnits: ['operator'],
      isForServers: false,
    })
  })

  it('refuses one of another authority, no certificate and plain text', async () => {
    const { address } = await serve(await securityOf('s1'), 'required')
    const paths = certificateFiles('operator')
    const other = certificateFiles('operator-other', 'other-ca')
    // Its own authority signed it; of others it trusts the one that signed the server.
    const files = await TlsFiles.open(deps, other)
    copyFileSync(paths.caFile, other.caFile)
    appendFileSync(other.caFile, readCa('other-ca'))
    expect(await files.reload()).toBe('changed')
    const none = await TlsFiles.open(deps, { ...paths, certFile: '', keyFile: '' })
    expect(await ask(address, tlsSecurity(files).connect(address))).toBe(status.UNAVAILABLE)
    expect(await ask(address, tlsSecurity(none).connect(address))).toBe(status.UNAVAILABLE)
    expect(await ask(address, plainText.connect(address))).toBe(status.UNAVAILABLE)
  })
})

describe('a port that checks certificates when it is shown one', () => {
  it('knows nobody who shows none, or one of another authority', async () => {
    const server = await serve(await securityOf('s1'), 'optional')
    const paths = certificateFiles('s2')
    const none = tlsSecurity(await TlsFiles.open(deps, { ...paths, certFile: '', keyFile: '' }))
    expect(await ask(server.address, none.connect(server.address))).toBe(status.OK)
    expect(server.identity()).toBeUndefined()
    const forged = certificateFiles('operator-other', 'other-ca')
    appendFileSync(forged.caFile, readCa('ca'))
    const forger = tlsSecurity(await TlsFiles.open(deps, forged))
    expect(await ask(server.address, forger.connect(server.address))).toBe(status.OK)
    expect(server.identity()).toBeUndefined()
  })
})

describe('a client', () => {
  it.each<[CertificateName, readonly string[], number]>([
    ['s1', [], status.OK],
    ['s2', [], status.UNAVAILABLE],
    ['s2', ['s1'], status.UNAVAILABLE],
    ['s2', ['s2'], status.OK],
    ['wildcard', ['s1'], status.UNAVAILABLE],
  ])('at 127.0.0.1 is shown %s, expects %j: status %d', async (name, names, expected) => {
    const { address } = await serve(await securityOf(name), 'required')
    const client = await securityOf('client')
    expect(await ask(address, client.connect(address, names))).toBe(expected)
  })

  it('does not speak to a server of another authority', async () => {
    const paths = certificateFiles('s1-other', 'other-ca')
    const { address } = await serve(tlsSecurity(await TlsFiles.open(deps, paths)), 'optional')
    const client = await securityOf('client')
    expect(await ask(address, client.connect(address))).toBe(status.UNAVAILABLE)
  })

  it('puts no IP address where only names may be, whatever its kind', async () => {
    const warn = vi.spyOn(process, 'emitWarning')
    closers.push(() => warn.mockRestore())
    const { address } = await serve(await securityOf('s1'), 'required')
    const client = await securityOf('client')
    expect(await ask(address, client.connect(address))).toBe(status.OK)
    const { options } = client.connect('[2001:db8::1]:8003')
    expect(options).toEqual({ 'grpc.ssl_target_name_override': 'ip6-2001-db8--1.address' })
    expect(client.connect('s1.example:8003').options).toEqual({})
    expect(warn).not.toHaveBeenCalled()
    expect(hostOf('[2001:db8::1]:8003')).toBe('2001:db8::1')
    expect(hostOf('nonsense')).toBe('')
  })
})

it.each(['TLSv1', 'TLSv1.1'] as const)('refuses %s', async (version) => {
  const { address } = await serve(await securityOf('s1'), 'optional')
  const outcome = await new Promise<string>((resolve) => {
    const [host, port] = address.split(':')
    const socket = connectTls({
      host: host!,
      port: Number(port),
      rejectUnauthorized: false,
      minVersion: version,
      maxVersion: version,
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    socket.on('secureConnect', () => resolve(`connected with ${socket.getProtocol()}`))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)))
    closers.push(() => socket.destroy())
  })
  expect(outcome).toMatch(/PROTOCOL_VERSION|ECONNRESET/)
})

function readCa(name: string): string {
  return readFileSync(join(testdata, `${name}.pem`), 'utf8')
}

/** Opens a connection as HTTP/2 does, perhaps with what is left of an earlier one. */
function greet(
  address: string,
  paths: TlsPaths,
  { version, session }: { readonly version: SecureVersion; readonly session?: Buffer | undefined },
): Promise<{
  readonly isReused: boolean
  /** The server has sent its settings. */
  readonly isAnswered: boolean
  readonly session: Buffer | undefined
}> {
  const [host, port] = address.split(':')
  return new Promise((resolve) => {
    let isAnswered = false
    let left: Buffer | undefined
    const socket = connectTls({
      host: host!,
      port: Number(port),
      ca: readFileSync(paths.caFile),
      cert: readFileSync(paths.certFile),
      key: readFileSync(paths.keyFile),
      ALPNProtocols: ['h2'],
      minVersion: version,
      maxVersion: version,
      ...(session === undefined ? {} : { session }),
    })
    const end = (): void => {
      resolve({ isReused: socket.isSessionReused() === true, isAnswered, session: left })
      socket.destroy()
    }
    const endIfWhole = (): void => {
      if (isAnswered && (left !== undefined || socket.isSessionReused())) end()
    }
    socket.on('session', (bytes) => {
      left = bytes
      endIfWhole()
    })
    socket.on('data', () => {
      isAnswered = true
      endIfWhole()
    })
    socket.on('error', end)
    socket.on('close', end)
    socket.on('secureConnect', () => {
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
      // An empty SETTINGS frame.
      socket.write(Buffer.from('000000040000000000', 'hex'))
    })
  })
}

describe('new certificates', () => {
  it('are used by new connections of both sides, while old connections go on', async () => {
    const serverPaths = certificateFiles('s1')
    const serverFiles = await TlsFiles.open(deps, serverPaths)
    const server = await serve(tlsSecurity(serverFiles), 'required')
    const clientPaths = certificateFiles('client')
    const clientFiles = await TlsFiles.open(deps, clientPaths)
    const client = tlsSecurity(clientFiles)
    const old = clientOf(server.address, client.connect(server.address))
    expect(await old()).toBe(status.OK)

    putCertificate(serverPaths, 's1-next')
    putCertificate(clientPaths, 's2')
    expect(await serverFiles.reload()).toBe('changed')
    expect(await clientFiles.reload()).toBe('changed')
    expect(await old()).toBe(status.OK)
    expect(server.identity()?.commonName).toBe('dfdaemon-1')
    expect(await ask(server.address, client.connect(server.address))).toBe(status.OK)
    expect(server.identity()?.commonName).toBe('s2')
    expect(await shownBy(server.address, clientPaths)).toBe(fingerprintOf('s1-next'))
  })

  it('written while others are being read are not missed', async () => {
    const paths = certificateFiles('s1')
    const files = await TlsFiles.open(deps, paths)
    const before = files.reload()
    putCertificate(paths, 's1-next')
    const outcomes = await Promise.all([files.reload(), files.reload(), before])
    expect(outcomes).toContain('changed')
    expect(await files.reload()).toBe('unchanged')
    expect(files.status.changes).toBe(1)
  })

  it('are of no interest to connections and ports that are closed', async () => {
    const serverFiles = await TlsFiles.open(deps, certificateFiles('s1'))
    const { address, stop } = await serve(tlsSecurity(serverFiles), 'required')
    const files = await TlsFiles.open(deps, certificateFiles('client'))
    const security = tlsSecurity(files)
    for (let i = 0; i < 3; i += 1) {
      expect(await ask(address, security.connect(address))).toBe(status.OK)
      expect(files.status.listeners).toBeGreaterThan(0)
      for (const close of closers.splice(1).toReversed()) await close()
    }
    stop()
    // The library closes what it does not use after a while.
    const endMs = deps.clock.nowMs() + 20_000
    while (files.status.listeners + serverFiles.status.listeners > 0) {
      expect(deps.clock.nowMs(), 'still followed').toBeLessThan(endMs)
      await deps.clock.sleep(50)
    }
  })

  it('that do not fit are refused once, and the old ones stay in use', async () => {
    const errors: unknown[] = []
    const logger: Logger = { ...nullLogger, error: (fields) => errors.push(fields) }
    const paths = certificateFiles('s1')
    const files = await TlsFiles.open({ ...deps, logger }, paths)
    const { address } = await serve(tlsSecurity(files), 'required')
    const client = await securityOf('client')
    const breaks: readonly (() => void)[] = [
      () => putCertificate(paths, 's1-next', 's2'),
      () => writeFileSync(paths.keyFile, 'nonsense'),
      () => putCertificate(paths, 's1-other'),
      () => putCertificate(paths, 's1-expired'),
      () => rmSync(paths.certFile),
      () => (putCertificate(paths, 's1-next'), chmodSync(paths.keyFile, 0o644)),
      () => (putCertificate(paths, 's1-next'), writeFileSync(paths.caFile, 'nonsense')),
    ]
    for (const [i, spoil] of breaks.entries()) {
      spoil()
      expect(await files.reload(), String(i)).toBe('refused')
      expect(await files.reload(), String(i)).toBe('refused')
      expect(errors).toHaveLength(i + 1)
      expect(await ask(address, client.connect(address))).toBe(status.OK)
    }
    expect(files.status).toMatchObject({ changes: 0, refusals: breaks.length })
    copyFileSync(join(testdata, 'ca.pem'), paths.caFile)
    expect(await files.reload()).toBe('changed')
    expect(await files.reload()).toBe('unchanged')
  })

  it('keep out whom an authority had signed that is trusted no more', async () => {
    const paths = certificateFiles('s1')
    appendFileSync(paths.caFile, readCa('other-ca'))
    const files = await TlsFiles.open(deps, paths)
    const { address } = await serve(tlsSecurity(files), 'required')
    const otherPaths = certificateFiles('operator-other', 'other-ca')
    appendFileSync(otherPaths.caFile, readCa('ca'))
    const other = tlsSecurity(await TlsFiles.open(deps, otherPaths))
    expect(await ask(address, other.connect(address))).toBe(status.OK)
    writeFileSync(paths.caFile, readCa('ca'))
    expect(await files.reload()).toBe('changed')
    expect(await ask(address, other.connect(address))).toBe(status.UNAVAILABLE)
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('end what could be resumed with %s', async (version) => {
    const paths = certificateFiles('s1')
    appendFileSync(paths.caFile, readCa('other-ca'))
    const files = await TlsFiles.open(deps, paths)
    const server = await serve(tlsSecurity(files), 'required')
    const other = certificateFiles('operator-other', 'other-ca')
    appendFileSync(other.caFile, readCa('ca'))
    const first = await greet(server.address, other, { version })
    expect(first).toMatchObject({ isReused: false })
    const { session } = first
    expect(await greet(server.address, other, { version, session })).toMatchObject({
      isReused: true,
    })
    writeFileSync(paths.caFile, readCa('ca'))
    expect(await files.reload()).toBe('changed')
    const after = await greet(server.address, other, { version, session })
    expect(after.isReused).toBe(false)
    expect(after.isAnswered).toBe(false)
  })

  it('are looked for every tlsPollMs', async () => {
    const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
    const clock = new VirtualClock({ settle, wallStartMs: Date.UTC(2026, 0, 1) })
    const paths = certificateFiles('s1')
    const files = await TlsFiles.open({ clock, logger: nullLogger }, paths)
    closers.push(() => files.stop())
    const changed = new Promise((resolve) => files.onChange(resolve))
    await files.start()
    putCertificate(paths, 's1-next')
    await clock.advance(tlsPollMs)
    await changed
    expect(files.status.changes).toBe(1)
    expect(files.status.expiresInMs).toBeGreaterThan(90 * 365 * 24 * 3_600_000)
  })
})

describe('files that cannot be used', () => {
  const cases: readonly [string, string, (paths: TlsPaths) => TlsPaths | void][] = [
    ['a key without certificate', 'CONF_MISSING', (paths) => ({ ...paths, certFile: '' })],
    ['a file that is not there', 'CONF_FILE_UNREADABLE', (paths) => rmSync(paths.caFile)],
    ['a key others may read', 'SCHED_SECRET_EXPOSED', (paths) => chmodSync(paths.keyFile, 0o640)],
    ['no certificate', 'CONF_TLS_INVALID', (paths) => writeFileSync(paths.certFile, '')],
    ['another key', 'CONF_TLS_INVALID', (paths) => putCertificate(paths, 's1', 's2')],
    ['another authority', 'CONF_TLS_INVALID', (paths) => putCertificate(paths, 's1-other')],
    ['an expired one', 'CONF_TLS_INVALID', (paths) => putCertificate(paths, 's1-expired')],
  ]
  it.each(cases)('%s: %s', async (_, code, spoil) => {
    const paths = certificateFiles('s1')
    await expect(TlsFiles.open(deps, spoil(paths) ?? paths)).rejects.toMatchObject({ code })
  })
})
