// What a command line says of certificates and tokens, made into what a client needs.
import { isIP } from 'node:net'
import { CodedError } from '../base/index.ts'
import type { Clock, Logger } from '../base/index.ts'
import { hostOf, plainText, tlsSecurity } from '../runtime/grpc-tls.ts'
import type { TransportSecurity } from '../runtime/grpc-tls.ts'
import { readSecretFile, TlsFiles, tlsSchema, UsageError } from '../runtime/index.ts'
import type { ConfigSchema } from '../runtime/index.ts'

/** Options of commands for operators: those of TLS, and a token. */
export const operatorSchema = {
  ...tlsSchema,
  tokenFile: {
    type: 'string',
    default: '',
    help: 'file with the token of an operator, 0600; not needed with the certificate of one',
  },
} as const satisfies ConfigSchema

export interface ClientSecurityOptions {
  /** PEM files; '' = none. Without `tlsCaFile` there is no TLS. */
  readonly tlsCaFile: string
  readonly tlsCertFile: string
  readonly tlsKeyFile: string
  /** @default no token */
  readonly tokenFile?: string
}

/** How a client connects and who it says it is. */
export interface ClientSecurity {
  readonly transport: TransportSecurity
  /** Sent as `authorization: Bearer …`; '' = none. */
  readonly bearerToken: string
  /** For `followTlsFiles` of processes that live long; undefined without TLS. */
  readonly files: TlsFiles | undefined
}

/** No TLS, no token. */
export const noSecurity: ClientSecurity = {
  transport: plainText,
  bearerToken: '',
  files: undefined,
}

/**
 * Reads what the options name.
 * @throws CONF_MISSING, CONF_FILE_UNREADABLE, CONF_TLS_INVALID, SCHED_SECRET_EXPOSED,
 * SCHED_SECRET_INVALID
 */
export async function clientSecurity(
  deps: { readonly clock: Clock; readonly logger: Logger },
  options: ClientSecurityOptions,
): Promise<ClientSecurity> {
  const { tlsCaFile: caFile, tlsCertFile: certFile, tlsKeyFile: keyFile } = options
  const bearerToken = await readToken(options.tokenFile ?? '')
  if (caFile === '') {
    if (certFile === '' && keyFile === '') return { ...noSecurity, bearerToken }
    throw new UsageError('CONF_MISSING', 'a certificate without --tls-ca-file')
  }
  const files = await TlsFiles.open(deps, { caFile, certFile, keyFile })
  return { transport: tlsSecurity(files), bearerToken, files }
}

/**
 * What to tell people whose token goes over a network in the clear; undefined: it does not, as far
 * as `addresses` tell. Whom a manager will name is not known yet; managers get no token.
 */
export function tokenWarning(
  addresses: readonly string[],
  { transport, bearerToken }: Pick<ClientSecurity, 'transport' | 'bearerToken'>,
): string | undefined {
  if (bearerToken === '' || transport.isSecure) return undefined
  const far = addresses.find(
    (address) => !address.startsWith('manager:') && !isLoopback(hostOf(nameOf(address))),
  )
  return far === undefined
    ? undefined
    : `the token goes to ${far} in the clear: whoever can read the network can use it`
}

/** An address, or the name and port of one that is looked up. */
function nameOf(address: string): string {
  return address.replace(/^dns:(?:\/\/\/)?/, '')
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** Characters of a token that fit into a header; none of them white space. */
const tokenForm = /^[\x21-\x7e]{1,512}$/

async function readToken(path: string): Promise<string> {
  if (path === '') return ''
  const { text } = await readSecretFile(path)
  if (tokenForm.test(text)) return text
  throw new CodedError('SCHED_SECRET_INVALID', `${path} holds no token`)
}
