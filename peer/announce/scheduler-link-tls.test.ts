import { Server } from '@grpc/grpc-js'
import { afterEach, expect, it } from 'vitest'
import { nullLogger } from '../../base/index.ts'
import { clientSecurity } from '../../client/index.ts'
import { loadServices } from '../../proto/index.ts'
import type { schedulerV2 } from '../../proto/index.ts'
import { identityOf, tlsSecurity } from '../../runtime/grpc-tls.ts'
import { SystemClock, systemRandom, TlsFiles } from '../../runtime/index.ts'
import { certificateFiles } from '../../runtime/testdata/certificates.suite.ts'
import { SchedulerLink } from './scheduler-link.ts'

const deps = { clock: new SystemClock(), random: systemRandom().random, logger: nullLogger }
const host = { manager: undefined, hostname: 'h', ip: '127.0.0.1', idc: '', location: '' }

let closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.toReversed()) await close()
  closers = []
})

it('shows the certificate of its host to schedulers that demand one', async () => {
  const names: unknown[] = []
  const handlers: Pick<schedulerV2.SchedulerHandlers, 'AnnounceHost'> = {
    AnnounceHost: (call, callback) => {
      names.push(identityOf(call)?.commonName)
      callback(null, {})
    },
  }
  const server = new Server()
  server.addService(loadServices().schedulerV2.service, handlers)
  closers.push(() => server.forceShutdown())
  const security = tlsSecurity(await TlsFiles.open(deps, certificateFiles('s1')))
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', security.server('required'), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(error)
    })
  })
  const { caFile, certFile, keyFile } = certificateFiles('client')
  const flags = { tlsCaFile: caFile, tlsCertFile: certFile, tlsKeyFile: keyFile }
  const options = { ...host, scheduler: [`127.0.0.1:${port}`] }
  const link = new SchedulerLink({ ...deps, security: await clientSecurity(deps, flags) }, options)
  closers.push(() => link.stop())
  await link.announceHost({ host: { id: 'h', type: 0, hostname: 'h', ip: '127.0.0.1' } })
  expect(names).toEqual(['dfdaemon-1'])
})
