// The options of the three commands, each with its unit, default and limits.
import { homedir, hostname, networkInterfaces } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { CodedError, GiB, hourMs, KiB, secondMs } from '../base/index.ts'
import { logLevels, tlsSchema } from '../runtime/index.ts'
import type { Config, ConfigSchema } from '../runtime/index.ts'

/** Where dfget and dfcache look for the daemon. */
export const socketPathDefault = '/var/run/dfdaemon.sock'

/** Longest path of a unix socket in bytes; Node cuts longer ones silently. */
export const socketPathBytesMax = 107

const portMax = 65_534

export const dfdaemonSchema = {
  hostname: { type: 'string', optional: true, help: 'name of this host (the machine’s name)' },
  ip: {
    type: 'string',
    optional: true,
    help: 'address others reach this host at (first external)',
  },
  listenIp: { type: 'string', default: '0.0.0.0', help: 'address the ports are bound to' },
  port: { type: 'integer', default: 65_000, max: portMax, help: 'gRPC port; 0 picks one' },
  uploadPort: { type: 'integer', default: 65_002, max: portMax, help: 'piece port; 0 picks one' },
  socket: { type: 'string', default: socketPathDefault, help: 'unix socket of the local API' },
  dataDir: { type: 'string', default: '/var/lib/damselfly/dfdaemon', help: 'where pieces live' },
  scheduler: { type: 'list', default: [], help: 'schedulers, host:port or dns:///name:port each' },
  manager: {
    type: 'string',
    optional: true,
    help: 'manager (host:port of its gRPC) that names schedulers',
  },
  ...tlsSchema,
  seed: { type: 'boolean', default: false, help: 'be a seed peer' },
  idc: { type: 'string', default: '', help: 'data centre of this host' },
  location: { type: 'string', default: '', help: 'location of this host, parts joined by |' },
  announceInterval: {
    type: 'duration',
    default: 300 * secondMs,
    min: secondMs,
    max: hourMs,
    help: 'pause between two announcements of this host',
  },
  rateLimit: {
    type: 'bytes',
    default: GiB,
    min: 64 * KiB,
    help: 'bytes a second over all downloads',
  },
  uploadRateLimit: {
    type: 'bytes',
    default: GiB,
    min: 64 * KiB,
    help: 'bytes a second over all uploads',
  },
  leaveOnStop: {
    type: 'boolean',
    default: false,
    help: 'take this host out of the cluster on stop',
  },
  logLevel: { type: 'string', default: 'info', choices: logLevels, help: 'least level logged' },
  readyJson: {
    type: 'boolean',
    default: false,
    flagOnly: true,
    help: 'print one JSON line on stdout once everything listens',
  },
} as const satisfies ConfigSchema

export type DfdaemonConfig = Config<typeof dfdaemonSchema>

const daemonSocket = {
  type: 'string',
  default: socketPathDefault,
  help: 'unix socket of the daemon',
} as const

const timeout = {
  type: 'duration',
  default: 0,
  flagOnly: true,
  help: 'give up after this time; 0 waits without limit',
} as const

export const dfgetSchema = {
  url: { type: 'string', optional: true, short: 'u', flagOnly: true, help: 'what to download' },
  output: { type: 'string', optional: true, short: 'O', flagOnly: true, help: 'file to write' },
  timeout,
  ratelimit: { type: 'bytes', default: GiB, min: 64 * KiB, help: 'bytes a second' },
  digest: { type: 'string', default: '', flagOnly: true, help: 'expected digest as algorithm:hex' },
  tag: { type: 'string', default: '', help: 'part of the task id' },
  application: { type: 'string', default: '', help: 'part of the task id' },
  filter: { type: 'string', default: '', help: 'query parameters to leave out, joined by &' },
  header: {
    type: 'list',
    default: [],
    short: 'H',
    isWhole: true,
    flagOnly: true,
    help: 'request header "Name: value"; may be repeated',
  },
  range: { type: 'string', default: '', flagOnly: true, help: 'bytes to download, such as 0-99' },
  disableBackSource: { type: 'boolean', default: false, help: 'never ask the origin' },
  priority: { type: 'integer', default: 0, max: 6, short: 'P', help: 'priority level' },
  overwrite: { type: 'boolean', default: false, help: 'replace an existing output' },
  showProgress: {
    type: 'boolean',
    optional: true,
    short: 'b',
    help: 'show progress; without it only on a terminal',
  },
  daemonSock: daemonSocket,
} as const satisfies ConfigSchema

export type DfgetConfig = Config<typeof dfgetSchema>

const cacheBase = {
  cid: { type: 'string', optional: true, short: 'i', flagOnly: true, help: 'id of the content' },
  tag: { type: 'string', default: '', short: 't', help: 'part of the task id' },
  timeout,
  daemonSock: daemonSocket,
} as const satisfies ConfigSchema

const local = {
  type: 'boolean',
  default: false,
  short: 'l',
  flagOnly: true,
  help: 'look only at this host',
} as const

export const dfcacheSchemas = {
  stat: { ...cacheBase, local },
  import: {
    ...cacheBase,
    input: { type: 'string', optional: true, short: 'I', flagOnly: true, help: 'file to import' },
  },
  export: {
    ...cacheBase,
    local,
    output: { type: 'string', optional: true, short: 'O', flagOnly: true, help: 'file to write' },
  },
  delete: cacheBase,
} as const satisfies Record<string, ConfigSchema>

export type DfcacheCommand = keyof typeof dfcacheSchemas

/** What the daemon's parts receive: every path absolute, every default filled in. */
export interface DfdaemonOptions extends Omit<
  DfdaemonConfig,
  'hostname' | 'ip' | 'readyJson' | 'tlsCaFile' | 'tlsCertFile' | 'tlsKeyFile'
> {
  readonly hostname: string
  readonly ip: string
}

/**
 * Fills in what only the machine knows and resolves the paths against `cwd`, once.
 * PEER_SOCKET_PATH_TOO_LONG.
 */
export function dfdaemonOptions(config: DfdaemonConfig, cwd: string): DfdaemonOptions {
  const { hostname: name, ip } = config
  const { readyJson: _, tlsCaFile: __, tlsCertFile: ___, tlsKeyFile: ____, ...rest } = config
  return {
    ...rest,
    hostname: name ?? hostname(),
    ip: ip ?? externalIp(),
    socket: socketPath(config.socket, cwd),
    dataDir: resolve(absolutePath(config.dataDir, cwd)),
  }
}

/**
 * `path` made absolute; `~` alone or before `/` is the home directory. A final slash stays: it says
 * that a directory is meant.
 */
export function absolutePath(path: string, cwd: string): string {
  const expanded = path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path
  const absolute = isAbsolute(expanded) ? resolve(expanded) : resolve(cwd, expanded)
  return path.endsWith('/') && absolute !== '/' ? `${absolute}/` : absolute
}

/** An absolute socket path that fits; PEER_SOCKET_PATH_TOO_LONG. */
export function socketPath(path: string, cwd: string): string {
  const absolute = absolutePath(path, cwd)
  const length = Buffer.byteLength(absolute)
  if (length > socketPathBytesMax) {
    throw new CodedError(
      'PEER_SOCKET_PATH_TOO_LONG',
      `the socket path has ${length} bytes, at most ${socketPathBytesMax} fit: ${absolute}`,
    )
  }
  return absolute
}

/** First address of this machine that others can reach; loopback when there is none. */
function externalIp(): string {
  for (const addresses of Object.values(networkInterfaces())) {
    for (const address of addresses ?? []) {
      if (!address.internal && address.family === 'IPv4') return address.address
    }
  }
  return '127.0.0.1'
}
