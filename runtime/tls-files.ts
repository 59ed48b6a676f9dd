// The certificate, key and authority of a process, as files that somebody renews while it runs. New
// content is taken up only as a whole and only when it fits together: until then, and when it never
// does, the old one stays in use. (grpc-js has a watcher of its own, which drops all connections
// while one of the files is missing, and takes a key for another certificate.)
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import type { SecureContextOptions } from 'node:tls'
import { CodedError, messageOf, secondMs } from '../base/index.ts'
import type { Clock, Logger, Service, Timer } from '../base/index.ts'
import { UsageError } from './config.ts'
import { readSecretFile } from './secret-file.ts'

/** How often the files are looked at; SIGHUP does it at once. */
export const tlsPollMs = 10 * secondMs

/** Bytes of a file of certificates. */
export const certificateFileBytesMax = 1024 * 1024

/** Certificates in such a file. */
export const certificatesMax = 256

/** Where the files are. Without a certificate of its own a process can only be a client. */
export interface TlsPaths {
  /** PEM: who signs everybody's certificates; several while one replaces another. */
  readonly caFile: string
  /** PEM: the own certificate, then what lies between it and the authority. '' = none */
  readonly certFile: string
  /** PEM, mode 0600 or stricter. '' = none */
  readonly keyFile: string
}

/** Content that fits together. */
export interface TlsMaterial {
  readonly ca: Buffer
  readonly own: { readonly cert: Buffer; readonly key: Buffer } | undefined
  /** Wall time at which the own certificate expires; undefined without one. */
  readonly expiresWallMs: number | undefined
}

/** What a look at the files has found. `refused`: the old content stays in use. */
export type TlsReload = 'unchanged' | 'changed' | 'refused'

/** What connections need, whoever makes them. */
export function secureContextOptions({ ca, own }: TlsMaterial): SecureContextOptions {
  return { ca, ...own, minVersion: 'TLSv1.2' }
}

/** Holds the newest content that fits together, and looks for newer from `start` to `stop`. */
export class TlsFiles implements Service {
  readonly name = 'tls-files'
  readonly #deps: { readonly clock: Clock; readonly logger: Logger }
  readonly #paths: TlsPaths
  readonly #listeners = new Set<(material: TlsMaterial) => void>()
  #material: TlsMaterial
  #isStopped = false
  #timer: Timer | undefined
  #loading: Promise<TlsReload> | undefined
  /** Begins when the one under way ends: that may have read what is old by now. */
  #waiting: Promise<TlsReload> | undefined
  /** What was refused last, so that it is logged once. */
  #refused: string | undefined
  #changes = 0
  #refusals = 0

  /** Reads the files. @throws CONF_FILE_UNREADABLE, CONF_TLS_INVALID, SCHED_SECRET_EXPOSED */
  static async open(
    deps: { readonly clock: Clock; readonly logger: Logger },
    paths: TlsPaths,
  ): Promise<TlsFiles> {
    const { caFile, certFile, keyFile } = paths
    const whole = (path: string): string => (path === '' ? '' : resolve(path))
    const resolved = { caFile: whole(caFile), certFile: whole(certFile), keyFile: whole(keyFile) }
    return new TlsFiles(deps, resolved, await readTlsFiles(resolved, deps.clock.wallMs()))
  }

  private constructor(
    deps: { readonly clock: Clock; readonly logger: Logger },
    paths: TlsPaths,
    material: TlsMaterial,
  ) {
    this.#deps = deps
    this.#paths = paths
    this.#material = material
  }

  get material(): TlsMaterial {
    return this.#material
  }

  /** For metrics: how often the content changed, or was refused, and until when it is valid. */
  get status(): {
    readonly changes: number
    readonly refusals: number
    readonly expiresInMs: number | undefined
    /** Ports and connections that follow the content. */
    readonly listeners: number
  } {
    const { expiresWallMs } = this.#material
    const nowMs = this.#deps.clock.wallMs()
    return {
      changes: this.#changes,
      refusals: this.#refusals,
      expiresInMs: expiresWallMs === undefined ? undefined : expiresWallMs - nowMs,
      listeners: this.#listeners.size,
    }
  }

  /** Told of every change, for the connections to come; the result ends that. */
  onChange(listener: (material: TlsMaterial) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  start(): Promise<void> {
    this.#schedule()
    return Promise.resolve()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.cancel()
    await (this.#waiting ?? this.#loading)
  }

  /** Looks at the files as they are now; never rejects. */
  reload(): Promise<TlsReload> {
    if (this.#loading === undefined) return this.#begin()
    this.#waiting ??= this.#loading.then(() => {
      this.#waiting = undefined
      return this.#begin()
    })
    return this.#waiting
  }

  #begin(): Promise<TlsReload> {
    const loading = this.#reload().finally(() => {
      if (this.#loading === loading) this.#loading = undefined
    })
    this.#loading = loading
    return loading
  }

  #schedule(): void {
    if (this.#isStopped) return
    const look = (): void => {
      void this.reload().then(() => this.#schedule())
    }
    this.#timer = this.#deps.clock.setTimer(tlsPollMs, look, { keepAlive: false })
  }

  async #reload(): Promise<TlsReload> {
    const { clock, logger } = this.#deps
    let material: TlsMaterial
    try {
      material = await readTlsFiles(this.#paths, clock.wallMs())
    } catch (error) {
      const reason = messageOf(error)
      if (reason !== this.#refused) {
        this.#refusals += 1
        logger.error({ reason }, 'new certificates refused, the old ones stay in use')
      }
      this.#refused = reason
      return 'refused'
    }
    this.#refused = undefined
    if (isSame(material, this.#material)) return 'unchanged'
    this.#material = material
    this.#changes += 1
    logger.info({ expiresWallMs: material.expiresWallMs }, 'new certificates in use')
    for (const listener of this.#listeners) listener(material)
    return 'changed'
  }
}

function isSame(left: TlsMaterial, right: TlsMaterial): boolean {
  const parts = ({ ca, own }: TlsMaterial): readonly Buffer[] =>
    own === undefined ? [ca] : [ca, own.cert, own.key]
  const others = parts(right)
  return parts(left).every((part, i) => others[i]?.equals(part) === true)
}

async function readTlsFiles(paths: TlsPaths, wallMs: number): Promise<TlsMaterial> {
  const { caFile, certFile, keyFile } = paths
  if ((certFile === '') !== (keyFile === '')) {
    throw new UsageError('CONF_MISSING', 'a certificate and its key are given together')
  }
  const ca = await readCertificates(caFile)
  if (certFile === '') return { ca: ca.bytes, own: undefined, expiresWallMs: undefined }
  const chain = await readCertificates(certFile)
  const key = Buffer.from((await readSecretFile(keyFile)).bytes)
  const [certificate, ...between] = chain.certificates
  if (certificate === undefined) throw invalid(certFile, 'holds no certificate')
  checkKey(certificate, key, paths)
  if (!isIssued(certificate, between, ca.certificates)) {
    throw invalid(certFile, `is not signed by an authority of ${caFile}`)
  }
  const expiresWallMs = Date.parse(certificate.validTo)
  if (expiresWallMs <= wallMs) throw invalid(certFile, `has expired on ${certificate.validTo}`)
  const material = { ca: ca.bytes, own: { cert: chain.bytes, key }, expiresWallMs }
  try {
    createSecureContext(secureContextOptions(material))
  } catch (error) {
    throw invalid(certFile, messageOf(error))
  }
  return material
}

function checkKey(certificate: X509Certificate, key: Buffer, paths: TlsPaths): void {
  let isOwn: boolean
  try {
    isOwn = certificate.checkPrivateKey(createPrivateKey(key))
  } catch (error) {
    throw invalid(paths.keyFile, messageOf(error))
  }
  if (!isOwn) throw invalid(paths.keyFile, `is not the key of ${paths.certFile}`)
}

/** Whether a chain leads from `certificate` to one of `roots`. */
function isIssued(
  certificate: X509Certificate,
  between: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): boolean {
  let last = certificate
  const left = new Set(between)
  for (;;) {
    const isIssuer = (issuer: X509Certificate): boolean =>
      last.checkIssued(issuer) && last.verify(issuer.publicKey)
    if (roots.some(isIssuer)) return true
    const next = [...left].find(isIssuer)
    if (next === undefined) return false
    left.delete(next)
    last = next
  }
}

interface CertificateFile {
  readonly bytes: Buffer
  readonly certificates: readonly X509Certificate[]
}

async function readCertificates(path: string): Promise<CertificateFile> {
  const bytes = await readFile(path).catch((error: unknown): never => {
    const message = `cannot read ${path}: ${messageOf(error)}`
    throw new CodedError('CONF_FILE_UNREADABLE', message, { cause: error })
  })
  if (bytes.length > certificateFileBytesMax) throw invalid(path, 'is too large')
  const blocks = bytes
    .toString('latin1')
    .match(/-----BEGIN CERTIFICATE-----[^-]{1,65536}-----END CERTIFICATE-----/g)
  if (blocks === null) throw invalid(path, 'holds no certificate')
  if (blocks.length > certificatesMax) throw invalid(path, `has over ${certificatesMax} of them`)
  try {
    return { bytes, certificates: blocks.map((block) => new X509Certificate(block)) }
  } catch (error) {
    throw invalid(path, messageOf(error))
  }
}

function invalid(path: string, what: string): CodedError {
  return new CodedError('CONF_TLS_INVALID', `${path} ${what}`)
}
