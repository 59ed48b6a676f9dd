import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { peerIdentity } from './tls-certificate.ts'
import type { PeerIdentity } from './tls-certificate.ts'
import { testdata } from './testdata/certificates.suite.ts'
import type { CertificateName } from './testdata/certificates.suite.ts'

function identity(name: CertificateName): PeerIdentity {
  const { raw } = new X509Certificate(readFileSync(join(testdata, `${name}.pem`)))
  return peerIdentity(raw)!
}

it.each<[CertificateName, string, boolean]>([
  ['s1', 's1', true],
  ['s1', '127.0.0.1', true],
  ['s1', 's2', false],
  ['s1', '127.0.0.2', false],
  ['s1', 's', false],
  ['s1', 's1.example', false],
  ['s1', '', false],
  ['s1', '*', false],
  ['s1', '::1', false],
  ['operator', 'alice', true],
  ['operator', 'operator', false],
  ['wildcard', 's1', false],
  ['wildcard', '*', false],
  ['wildcard', 's1.cluster.example', false],
  ['wildcard', '.cluster.example', false],
  ['wildcard', '*.cluster.example', false],
  ['wildcard', 's1\0', false],
])('the certificate of %s names %j: %s', (name, host, expected) => {
  expect(identity(name).names(host)).toBe(expected)
})

it('reads who somebody is and what for', () => {
  expect(identity('s1')).toMatchObject({
    commonName: 's1',
    organizationalUnits: [],
    isForServers: true,
  })
  expect(identity('client')).toMatchObject({
    commonName: 'dfdaemon-1',
    organizationalUnits: ['peers'],
    isForServers: false,
  })
})

it('knows nobody by bytes that are no certificate', () => {
  expect(peerIdentity(Uint8Array.of(1, 2, 3))).toBeUndefined()
})
