// What a verified certificate says about whoever showed it.
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

/** Extended key usage `serverAuth`. */
const serverAuth = '1.3.6.1.5.5.7.3.1'

/** UTF-16 units of a common name that is passed on; X.520 allows 64 characters. */
export const commonNameLengthMax = 128

/** A certificate that the connection has verified against the configured authority. */
export interface PeerIdentity {
  /** CN; '' when there is none, more than one, or one over `commonNameLengthMax`. */
  readonly commonName: string
  /** OU, in the order of the certificate. */
  readonly organizationalUnits: readonly string[]
  /** Whether its authority says that it is for servers; one for anything says nothing. */
  readonly isForServers: boolean
  /** Whether it names `host`, a host name, host id or IP address, exactly: wildcards name nobody. */
  names(host: string): boolean
}

/** Reads a certificate in DER; undefined when it cannot be read. */
export function peerIdentity(der: Uint8Array): PeerIdentity | undefined {
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(der)
  } catch {
    return undefined
  }
  const { CN, OU } = certificate.toLegacyObject().subject as Readonly<Record<string, unknown>>
  return {
    commonName: typeof CN === 'string' && CN.length <= commonNameLengthMax ? CN : '',
    organizationalUnits: [OU].flat().filter((unit) => typeof unit === 'string'),
    isForServers: (certificate.keyUsage ?? []).includes(serverAuth),
    names: (host) => namesHost(certificate, host),
  }
}

function namesHost(certificate: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined
  // A leading dot asks for any name below, an asterisk for a wildcard by its letter.
  if (host === '' || host.startsWith('.') || /[*\0]/.test(host)) return false
  const exactly = { subject: 'always', wildcards: false, partialWildcards: false } as const
  return certificate.checkHost(host, exactly) !== undefined
}
