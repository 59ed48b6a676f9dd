import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Server } from '@grpc/grpc-js'
import { afterEach, expect, it } from 'vitest'
import { nullLogger } from '../base/index.ts'
import { loadServices } from '../proto/index.ts'
import type { clusterV1 } from '../proto/index.ts'
import { identityOf, plainText, tlsSecurity } from '../runtime/grpc-tls.ts'
import type { TransportSecurity } from '../runtime/grpc-tls.ts'
import { SystemClock, systemRandom, TlsFiles } from '../runtime/index.ts'
import { certificateFiles } from '../runtime/testdata/certificates.suite.ts'
import { clientSecurity, noSecurity, tokenWarning } from './client-security.ts'
import type { ClientSecurity } from './client-security.ts'
import { SchedulerClient } from './scheduler-client.ts'

let closers: (() => unknown)[] = []

afterEach(() => {
  for (const close of closers.toReversed()) close()
  closers = []
})

const deps = { clock: new SystemClock(), random: systemRandom().random, logger: nullLogger }
const none = { tlsCaFile: '', tlsCertFile: '', tlsKeyFile: '', tokenFile: '' }

function tokenFile(content: string, mode = 0o600): string {
  const path = join(mkdtempSync(join(tmpdir(), 'damselfly-token-')), 'operator.token')
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

interface Caller {
  readonly authorization: readonly unknown[]
  readonly commonName: string | undefined
}

/** A member that says nothing but who has asked. */
async function member(
  security: TransportSecurity,
): Promise<{ readonly address: string; readonly callers: readonly Caller[] }> {
  const callers: Caller[] = []
  const handlers: Pick<clusterV1.ClusterHandlers, 'Status'> = {
    Status: (call, callback) => {
      const authorization = call.metadata.get('authorization')
      callers.push({ authorization, commonName: identityOf(call)?.commonName })
      callback(null, {})
    },
  }
  const server = new Server()
  server.addService(loadServices().cluster.service, handlers)
  closers.push(() => server.forceShutdown())
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', security.server('optional'), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(error)
    })
  })
  return { address: `127.0.0.1:${port}`, callers }
}

async function ask(address: string, security: ClientSecurity): Promise<void> {
  const client = new SchedulerClient(deps, { addresses: [address], security })
  closers.push(() => client.close())
  await client.status(address, { deadlineMs: 5_000 })
}

it('says nothing of itself unless it is told to', async () => {
  const { address, callers } = await member(plainText)
  expect(await clientSecurity(deps, none)).toEqual(noSecurity)
  await ask(address, noSecurity)
  expect(callers).toEqual([{ authorization: [], commonName: undefined }])
})

it('shows the token of a file with every call', async () => {
  const { address, callers } = await member(plainText)
  await ask(address, await clientSecurity(deps, { ...none, tokenFile: tokenFile('t0ken\n') }))
  expect(callers[0]?.authorization).toEqual(['Bearer t0ken'])
})

it('shows its certificate, or none, to a member that its authority has signed', async () => {
  const paths = certificateFiles('s1')
  const { address, callers } = await member(tlsSecurity(await TlsFiles.open(deps, paths)))
  const { caFile, certFile, keyFile } = certificateFiles('operator')
  const tls = { ...none, tlsCaFile: caFile }
  await ask(address, await clientSecurity(deps, tls))
  const own = { ...tls, tlsCertFile: certFile, tlsKeyFile: keyFile }
  await ask(address, await clientSecurity(deps, own))
  expect(callers.map(({ commonName }) => commonName)).toEqual([undefined, 'alice'])
})

// GHSA-98x5-jw98-6c97: outgoing connections that checked no certificate.
it('does not speak to a member that another authority has signed, nor in the clear', async () => {
  const paths = certificateFiles('s1-other', 'other-ca')
  const other = await member(tlsSecurity(await TlsFiles.open(deps, paths)))
  const plain = await member(plainText)
  const tls = { ...none, tlsCaFile: certificateFiles('client').caFile }
  const security = await clientSecurity(deps, { ...tls, tokenFile: tokenFile('t0ken') })
  for (const { address, callers } of [other, plain]) {
    const code = 'PROTO_UNAVAILABLE'
    await expect(ask(address, security)).rejects.toMatchObject({ code })
    expect(callers).toEqual([])
  }
})

it('takes a certificate in the name that a source of addresses vouches for, and no other', async () => {
  const { address } = await member(tlsSecurity(await TlsFiles.open(deps, certificateFiles('s2'))))
  const tls = { ...none, tlsCaFile: certificateFiles('client').caFile }
  const security = await clientSecurity(deps, tls)
  const statusOf = (serverNames: readonly string[]): Promise<unknown> => {
    const source = { text: 'dns:///s2:8002', known: [address], serverNames }
    const client = new SchedulerClient(deps, { addresses: [source], security })
    closers.push(() => client.close())
    return client.status(address, { deadlineMs: 5_000 })
  }
  const refusal = { code: 'PROTO_UNAVAILABLE' }
  await expect(statusOf([])).rejects.toMatchObject(refusal)
  await expect(statusOf(['s3'])).rejects.toMatchObject(refusal)
  expect(await statusOf(['s2'])).toMatchObject({ clusterId: '' })
})

it.each([
  ['a certificate without an authority', { tlsCertFile: 'x', tlsKeyFile: 'y' }, 'CONF_MISSING'],
  ['a certificate without its key', { tlsCaFile: 'x', tlsCertFile: 'y' }, 'CONF_MISSING'],
  ['an authority that is not there', { tlsCaFile: '/nonexistent' }, 'CONF_FILE_UNREADABLE'],
  ['a token that is not there', { tokenFile: '/nonexistent' }, 'CONF_FILE_UNREADABLE'],
  ['an empty token', { tokenFile: tokenFile('\n') }, 'SCHED_SECRET_INVALID'],
  ['a token of two words', { tokenFile: tokenFile('a b') }, 'SCHED_SECRET_INVALID'],
  ['a token for everybody', { tokenFile: tokenFile('t', 0o644) }, 'SCHED_SECRET_EXPOSED'],
])('refuses %s', async (_, options, code) => {
  await expect(clientSecurity(deps, { ...none, ...options })).rejects.toMatchObject({ code })
})

it.each<[readonly string[], boolean, string, boolean]>([
  [['127.0.0.1:8002', 'localhost:8002', '[::1]:8002'], false, 't', false],
  [['127.0.0.1:8002', '10.0.0.1:8002'], false, 't', true],
  [['dns:///localhost:8002', 'dns:localhost:8002', 'manager://10.0.0.9:65003'], false, 't', false],
  [['dns:///schedulers.example:8002'], false, 't', true],
  [['127.0.0.1.example:8002'], false, 't', true],
  [['[2001:db8::1]:8002'], false, 't', true],
  [['10.0.0.1:8002'], true, 't', false],
  [['10.0.0.1:8002'], false, '', false],
])('warns of a token that goes to %j (TLS: %s): token %j', (addresses, isSecure, token, isTold) => {
  const transport = { ...plainText, isSecure }
  const warning = tokenWarning(addresses, { transport, bearerToken: token })
  expect(warning !== undefined).toBe(isTold)
})
