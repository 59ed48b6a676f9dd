// For tests: the certificates of this folder as files with the modes they need.
import { X509Certificate } from 'node:crypto'
import { copyFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll } from 'vitest'
import type { TlsPaths } from '../tls-files.ts'

/** What is signed by `ca`, or by the authority its name ends with. */
export type CertificateName =
  | 's1'
  | 's2'
  | 's3'
  | 's1-next'
  | 's1-other'
  | 's2-other'
  | 's3-other'
  | 's1-expired'
  | 'wildcard'
  | 'operator'
  | 'operator-other'
  | 'client'

export const testdata = import.meta.dirname

const folders: string[] = []
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** A new directory with one certificate, its key and the authority `ca`, to be changed at will. */
export function certificateFiles(name: CertificateName, authority = 'ca'): TlsPaths {
  const folder = mkdtempSync(join(tmpdir(), 'damselfly-tls-'))
  folders.push(folder)
  const paths = {
    caFile: join(folder, 'ca.pem'),
    certFile: join(folder, 'own.pem'),
    keyFile: join(folder, 'own.key'),
  }
  copyFileSync(join(testdata, `${authority}.pem`), paths.caFile)
  putCertificate(paths, name)
  return paths
}

/** Replaces the authorities that are trusted. */
export function putAuthorities(paths: TlsPaths, ...authorities: readonly string[]): void {
  const texts = authorities.map((name) => readFileSync(join(testdata, `${name}.pem`), 'utf8'))
  writeFileSync(paths.caFile, texts.join(''))
}

/** Replaces certificate and key. */
export function putCertificate(paths: TlsPaths, name: CertificateName, keyOf = name): void {
  copyFileSync(join(testdata, `${name}.pem`), paths.certFile)
  copyFileSync(join(testdata, `${keyOf}.key`), paths.keyFile)
  chmodSync(paths.keyFile, 0o600)
}

/** Fingerprint of what a server shows to a new connection. */
export function shownBy(address: string, paths: TlsPaths): Promise<string> {
  const [host, port] = address.split(':')
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: host!,
      port: Number(port),
      ca: readFileSync(paths.caFile),
      cert: readFileSync(paths.certFile),
      key: readFileSync(paths.keyFile),
      ALPNProtocols: ['h2'],
    })
    socket.on('error', reject)
    socket.on('secureConnect', () => {
      resolve(socket.getPeerCertificate().fingerprint256)
      socket.destroy()
    })
  })
}

/** Fingerprint of one of the certificates of this folder. */
export const fingerprintOf = (name: CertificateName): string =>
  new X509Certificate(readFileSync(join(testdata, `${name}.pem`))).fingerprint256
