import { afterEach, describe, expect, it } from 'vitest'
import { nullLogger } from '../../base/index.ts'
import { plainText } from '../../runtime/grpc-tls.ts'
import { SystemClock, UsageError } from '../../runtime/index.ts'
import { certificateFiles, putCertificate } from '../../runtime/testdata/certificates.suite.ts'
import { openSecurity } from './security.ts'
import type { SchedulerSecurity, SecurityFlags } from './security.ts'

const deps = { clock: new SystemClock(), logger: nullLogger }
const { certFile: tlsCertFile, keyFile: tlsKeyFile, caFile: tlsCaFile } = certificateFiles('s1')
const none = { tlsCertFile: '', tlsKeyFile: '', tlsCaFile: '', tlsRequireClientCert: false }
const all = { ...none, tlsCertFile, tlsKeyFile, tlsCaFile }

const opened: SchedulerSecurity[] = []
afterEach(async () => {
  for (const { stop } of opened.splice(0)) await stop()
})

async function open(flags: SecurityFlags): Promise<SchedulerSecurity> {
  const secured = await openSecurity(deps, flags)
  opened.push(secured)
  return secured
}

describe('flags of TLS', () => {
  it('none of them: in the clear', async () => {
    const { security, tlsFiles } = await open(none)
    expect(security).toBe(plainText)
    expect(tlsFiles).toBeUndefined()
  })

  it.each([false, true])('all of them; clients must have certificates: %s', async (isRequired) => {
    const secured = await open({ ...all, tlsRequireClientCert: isRequired })
    expect(secured.security.isSecure).toBe(true)
    expect(secured.clientCertificates).toBe(isRequired ? 'required' : 'optional')
    expect(secured.tlsFiles?.status.expiresInMs).toBeGreaterThan(0)
  })

  // Half of TLS would be none: a member that was meant to be closed must not run open.
  it.each<[string, Partial<SecurityFlags>]>([
    ['no authority', { tlsCaFile: '' }],
    ['no certificate', { tlsCertFile: '' }],
    ['no key', { tlsKeyFile: '' }],
    ['only an authority', { tlsCertFile: '', tlsKeyFile: '' }],
    ['only the wish for certificates', { ...none, tlsRequireClientCert: true }],
  ])('%s: wrong usage', async (_, flags) => {
    const refusal = open({ ...all, ...flags })
    await expect(refusal).rejects.toBeInstanceOf(UsageError)
    await expect(refusal).rejects.toMatchObject({ code: 'CONF_MISSING' })
  })
})

it('listens to SIGHUP until it is stopped', async () => {
  const paths = certificateFiles('s1')
  const before = process.listenerCount('SIGHUP')
  const { tlsFiles, stop } = await openSecurity(deps, {
    ...none,
    tlsCertFile: paths.certFile,
    tlsKeyFile: paths.keyFile,
    tlsCaFile: paths.caFile,
  })
  expect(process.listenerCount('SIGHUP')).toBe(before + 1)
  putCertificate(paths, 's1-next')
  const changed = new Promise((resolve) => tlsFiles!.onChange(resolve))
  process.emit('SIGHUP')
  await changed
  await stop()
  expect(process.listenerCount('SIGHUP')).toBe(before)
})
