// What a scheduler's flags say of certificates, made into how it speaks on both its ports.
import type { Clock, Logger } from '../../base/index.ts'
import { plainText, tlsSecurity } from '../../runtime/grpc-tls.ts'
import type { ClientCertificates, TransportSecurity } from '../../runtime/grpc-tls.ts'
import { followTlsFiles, TlsFiles, UsageError } from '../../runtime/index.ts'

export interface SecurityFlags {
  readonly tlsCertFile: string
  readonly tlsKeyFile: string
  readonly tlsCaFile: string
  readonly tlsRequireClientCert: boolean
}

export interface SchedulerSecurity {
  readonly security: TransportSecurity
  /** For the client port; on the replication port they are always required. */
  readonly clientCertificates: ClientCertificates
  /** Undefined without TLS. */
  readonly tlsFiles: TlsFiles | undefined
  stop(): Promise<void>
}

/**
 * Reads the files and follows them: by itself, and at once on SIGHUP.
 * @throws CONF_MISSING, CONF_FILE_UNREADABLE, CONF_TLS_INVALID, SCHED_SECRET_EXPOSED
 */
export async function openSecurity(
  deps: { readonly clock: Clock; readonly logger: Logger },
  flags: SecurityFlags,
): Promise<SchedulerSecurity> {
  const { tlsCertFile: certFile, tlsKeyFile: keyFile, tlsCaFile: caFile } = flags
  const clientCertificates = flags.tlsRequireClientCert ? 'required' : 'optional'
  const given = [certFile, keyFile, caFile].filter((path) => path !== '').length
  if (given === 0 && !flags.tlsRequireClientCert) {
    const stop = (): Promise<void> => Promise.resolve()
    return { security: plainText, clientCertificates, tlsFiles: undefined, stop }
  }
  if (given < 3) {
    const message = '--tls-cert-file, --tls-key-file and --tls-ca-file are given together'
    throw new UsageError('CONF_MISSING', message)
  }
  const tlsFiles = await TlsFiles.open(deps, { certFile, keyFile, caFile })
  const stop = await followTlsFiles(tlsFiles, deps.logger)
  return { security: tlsSecurity(tlsFiles), clientCertificates, tlsFiles, stop }
}
