// How a process speaks gRPC: in the clear, or with TLS whose certificates may change while it runs.
// Connections that stand keep what they were made with; new ones use the newest.
import { isIP } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import type { PeerCertificate } from 'node:tls'
import {
  credentials as grpcCredentials,
  experimental,
  ServerCredentials as GrpcServerCredentials,
} from '@grpc/grpc-js'
import type { ChannelCredentials, ChannelOptions, ServerCredentials } from '@grpc/grpc-js'
import { peerIdentity } from './tls-certificate.ts'
import type { PeerIdentity } from './tls-certificate.ts'
import { secureContextOptions } from './tls-files.ts'
import type { TlsFiles, TlsMaterial } from './tls-files.ts'

/** Whether clients must show a certificate; one that is shown is always checked. */
export type ClientCertificates = 'required' | 'optional'

/** What a connection to one address is made with. */
export interface ConnectSecurity {
  readonly credentials: ChannelCredentials
  readonly options: ChannelOptions
}

/** How a process speaks on all its gRPC ports. */
export interface TransportSecurity {
  readonly isSecure: boolean
  /** For a port this process serves. */
  server(clients: ClientCertificates): ServerCredentials
  /**
   * For a connection to `address` (host:port). Its certificate names that host, or else one of
   * `names`, such as the host id of the member that should be there.
   */
  connect(address: string, names?: readonly string[]): ConnectSecurity
}

/** No TLS at all. */
export const plainText: TransportSecurity = {
  isSecure: false,
  server: () => GrpcServerCredentials.createInsecure(),
  connect: () => ({ credentials: grpcCredentials.createInsecure(), options: {} }),
}

/** TLS 1.2 or newer with the content of `files`, as it changes. */
export function tlsSecurity(files: TlsFiles): TransportSecurity {
  const provider = new FilesProvider(files)
  const own = files.material.own === undefined ? null : provider
  return {
    isSecure: true,
    server: (clients) => new ReloadingServerCredentials(files, clients),
    connect: (address, names = []) => ({
      credentials: experimental.createCertificateProviderChannelCredentials(provider, own, {
        checkServerIdentity: (asked, certificate) => checkServer(asked, certificate, names),
      }),
      options: targetOptions(address),
    }),
  }
}

/** Who is at the other end of a call or stream; undefined without a verified certificate. */
export function identityOf(call: {
  getAuthContext(): { readonly sslPeerCertificate?: PeerCertificate } | null
}): PeerIdentity | undefined {
  const certificate = call.getAuthContext()?.sslPeerCertificate
  return certificate === undefined ? undefined : peerIdentity(certificate.raw)
}

type Watcher = Parameters<ServerCredentials['_addWatcher']>[0]

class ReloadingServerCredentials extends GrpcServerCredentials {
  readonly #files: TlsFiles
  #unsubscribe: (() => void) | undefined

  constructor(files: TlsFiles, clients: ClientCertificates) {
    // Node lets in whom it is not told to reject; what such a client shows is then checked where
    // it is used, by `authorized`.
    const isRequired = clients === 'required'
    super(
      { requestCert: true, rejectUnauthorized: isRequired },
      secureContextOptions(files.material),
    )
    this.#files = files
  }

  override _addWatcher(watcher: Watcher): void {
    if (this.getWatcherCount() === 0) {
      this.#unsubscribe = this.#files.onChange((material) => this.#use(material))
      this.#use(this.#files.material)
    }
    super._addWatcher(watcher)
  }

  override _removeWatcher(watcher: Watcher): void {
    super._removeWatcher(watcher)
    if (this.getWatcherCount() === 0) this.#unsubscribe?.()
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other
  }

  #use(material: TlsMaterial): void {
    this.updateSecureContextOptions(secureContextOptions(material))
  }
}

type CaListener = Parameters<experimental.CertificateProvider['addCaCertificateListener']>[0]
type OwnListener = Parameters<experimental.CertificateProvider['addIdentityCertificateListener']>[0]

/** Tells the channels of grpc-js what the files hold, now and whenever it changes. */
class FilesProvider implements experimental.CertificateProvider {
  readonly #files: TlsFiles
  readonly #unsubscribe = new Map<CaListener | OwnListener, () => void>()

  constructor(files: TlsFiles) {
    this.#files = files
  }

  addCaCertificateListener(listener: CaListener): void {
    this.#add(listener, ({ ca }) => listener({ caCertificate: ca }))
  }

  removeCaCertificateListener(listener: CaListener): void {
    this.#remove(listener)
  }

  addIdentityCertificateListener(listener: OwnListener): void {
    this.#add(listener, ({ own }) =>
      listener(own === undefined ? null : { certificate: own.cert, privateKey: own.key }),
    )
  }

  removeIdentityCertificateListener(listener: OwnListener): void {
    this.#remove(listener)
  }

  #add(listener: CaListener | OwnListener, tell: (material: TlsMaterial) => void): void {
    this.#remove(listener)
    this.#unsubscribe.set(listener, this.#files.onChange(tell))
    // A caller that has yet to note its own listener expects no answer within the call.
    queueMicrotask(() => {
      if (this.#unsubscribe.has(listener)) tell(this.#files.material)
    })
  }

  #remove(listener: CaListener | OwnListener): void {
    this.#unsubscribe.get(listener)?.()
    this.#unsubscribe.delete(listener)
  }
}

/** A name that stands for an IP address, and what its parts are separated by. */
const addressName = /^ip(4|6)-([0-9a-f-]+)\.address$/
const separators: Readonly<Record<string, string>> = { 4: '.', 6: ':' }

/**
 * TLS has no place for an IP address in its greeting, and Node warns whoever puts one there: it is
 * sent as a name, and compared as the address it is.
 */
function targetOptions(address: string): ChannelOptions {
  const host = hostOf(address)
  const kind = isIP(host)
  if (kind === 0) return {}
  const name = `ip${kind}-${host.toLowerCase().replaceAll(/[.:]/g, '-')}.address`
  return { 'grpc.ssl_target_name_override': name }
}

function checkServer(
  asked: string,
  certificate: PeerCertificate,
  names: readonly string[],
): Error | undefined {
  const [, kind, parts] = addressName.exec(asked) ?? []
  const host = parts?.replaceAll('-', separators[kind!]!) ?? asked
  const error = checkServerIdentity(host, certificate)
  if (error === undefined || names.length === 0) return error
  const identity = peerIdentity(certificate.raw)
  return names.some((name) => identity?.names(name) === true) ? undefined : error
}

/** The host part of `host:port` and `[host]:port`. */
export function hostOf(address: string): string {
  const at = address.lastIndexOf(':')
  return address.slice(0, Math.max(at, 0)).replace(/^\[(.*)\]$/, '$1')
}
