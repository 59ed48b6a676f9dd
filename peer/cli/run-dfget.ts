// dfget: downloads a URL through the daemon of this host. Without a daemon it fetches from the
// origin itself and says so.
import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import { CodedError, isCoded, messageOf } from '../../base/index.ts'
import { helpText, loadConfig, UsageError } from '../../runtime/index.ts'
import type { commonV1, dfdaemonV1 } from '../../proto/index.ts'
import { absolutePath, dfgetSchema, socketPath } from '../config.ts'
import type { DfgetConfig } from '../config.ts'
import { parseRangeText } from '../core/index.ts'
import { existingOutputHeader } from '../rpc/headers.ts'
import { checkDigest, headersMax } from '../task-request.ts'
import { downloadToFile, RateLimiter } from '../transfer/index.ts'
import { reportFailures } from './command-io.ts'
import type { CommandIo, ExitCode } from './command-io.ts'
import { connectDaemon, daemonNotRunning, isNotServing } from './daemon-connection.ts'
import type { DaemonConnection } from './daemon-connection.ts'
import { probeOutput } from './files.ts'
import { ProgressBar } from './progress-bar.ts'

const usage = `usage: dfget URL [-O FILE] [flags]

Downloads URL to FILE (the last part of the URL's path). Exit code 0 is done, 1 is failed, 2 is
wrong usage.`

interface Request {
  readonly config: DfgetConfig
  readonly url: string
  /** Absolute path. */
  readonly output: string
  readonly range: string
  readonly header: Readonly<Record<string, string>>
  /** As upstream: a digest names the content, so the tag is left out of the task id. */
  readonly tag: string
}

/** Runs dfget to its exit code. */
export function runDfget(io: CommandIo): Promise<ExitCode> {
  return reportFailures('dfget', io, async () => {
    const request = readRequest(io)
    if (request === undefined) return 0
    const { config, output } = request
    await probeOutput(io, output, config.overwrite)
    const socket = socketPath(config.daemonSock, io.cwd)
    const daemon = await connectDaemon(io, socket)
    if (daemon === undefined) {
      await withoutDaemon(request, io, daemonNotRunning(socket))
      return 0
    }
    try {
      await throughDaemon(daemon, request, io)
    } catch (error) {
      if (!isNotServing(error)) throw explained(error, config)
      const reason = `the daemon went away: ${messageOf(error)}`
      await withoutDaemon(request, io, new CodedError('PEER_DAEMON_LOST', reason))
    } finally {
      daemon.close()
    }
    return 0
  })
}

/** What the flags ask for; undefined when it was help or the version. */
function readRequest(io: CommandIo): Request | undefined {
  if (io.argv[0] === '--version') {
    io.stdout(`dfget ${io.version}\n`)
    return undefined
  }
  const { config, positionals, isHelpAsked } = loadConfig(dfgetSchema, {
    argv: io.argv,
    env: io.env,
    readFile: io.readFile,
    envPrefix: 'DFGET',
    positionalsMax: 1,
  })
  if (isHelpAsked) {
    io.stdout(helpText(usage, dfgetSchema))
    return undefined
  }
  if (config.url !== undefined && positionals[0] !== undefined) {
    throw new UsageError('CONF_UNEXPECTED_ARGUMENT', `--url and ${positionals[0]} both name a URL`)
  }
  const text = config.url ?? positionals[0] ?? ''
  const url = httpUrl(text)
  const header = headersOf(config.header)
  const output = outputName(config.output, url)
  asUsage('--digest', () => checkDigest(config.digest))
  return {
    config,
    // As typed: the task id is made of the text, and other clients do not rewrite it either.
    url: text,
    output: absolutePath(output, io.cwd),
    range: rangeOf(config.range, header),
    header: withoutRange(header),
    tag: config.digest === '' ? config.tag : '',
  }
}

function httpUrl(text: string): URL {
  if (text === '') throw new UsageError('CONF_MISSING', 'a URL is missing; see --help')
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new UsageError('CONF_INVALID_VALUE', `"${text}" is no http or https URL`)
  }
  return url
}

function outputName(named: string | undefined, url: URL): string {
  if (named !== undefined && named !== '') return named
  let last = basename(url.pathname)
  try {
    last = decodeURIComponent(last)
  } catch {
    // A stray percent sign: the raw name is as good.
  }
  if (last === '' || last === '.' || last === '..' || last.includes('/') || last.includes('\0')) {
    throw new UsageError('CONF_MISSING', '--output is required: the URL names no file')
  }
  return last
}

function headersOf(lines: readonly string[]): Readonly<Record<string, string>> {
  const header: Record<string, string> = {}
  if (lines.length > headersMax) {
    throw new UsageError('CONF_INVALID_VALUE', `over ${headersMax} headers`)
  }
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0)).trim()
    if (name === '' || /[\s\0]/.test(name) || /[\0\r\n]/.test(line)) {
      throw new UsageError('CONF_INVALID_VALUE', `--header must be "Name: value", not "${line}"`)
    }
    header[name] = line.slice(colon + 1).trim()
  }
  return header
}

function rangeOf(flag: string, header: Readonly<Record<string, string>>): string {
  const name = Object.keys(header).find((key) => key.toLowerCase() === 'range')
  const text = (flag === '' && name !== undefined ? header[name]! : flag).replace(/^bytes=/, '')
  if (text !== '' && !parseRangeText(text).ok) {
    throw new UsageError('CONF_INVALID_VALUE', `"${text}" is no range such as 0-99`)
  }
  return text
}

function withoutRange(header: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(header).filter(([name]) => name.toLowerCase() !== 'range'),
  )
}

function asUsage(flag: string, check: () => void): void {
  try {
    check()
  } catch (error) {
    throw new UsageError('CONF_INVALID_VALUE', `${flag}: ${messageOf(error)}`, { cause: error })
  }
}

async function throughDaemon(
  daemon: DaemonConnection,
  request: Request,
  io: CommandIo,
): Promise<void> {
  const { config } = request
  const bar = progressBar(request, io)
  const headers = { [existingOutputHeader]: config.overwrite ? 'replace' : 'refuse' }
  // The daemon keeps to the timeout by itself; the call waits a little longer for its word.
  const callMs = config.timeout === 0 ? 0 : config.timeout + 1000
  let note = ''
  try {
    for await (const event of daemon.download(downRequest(request, io), headers, callMs)) {
      if (event.kind === 'length') bar?.setTotal(event.contentLengthBytes)
      else if (event.kind === 'note') note = event.text
      else bar?.update(event.completedBytes)
    }
  } finally {
    bar?.finish()
  }
  if (note !== '') io.stderr(`dfget: ${note}\n`)
}

function downRequest(request: Request, io: CommandIo): dfdaemonV1.DownRequest {
  const { config, url, output } = request
  return {
    uuid: randomUUID(),
    url,
    output,
    timeout: config.timeout * 1_000_000,
    limit: config.ratelimit,
    disableBackSource: config.disableBackSource,
    urlMeta: urlMetaOf(request),
    uid: Math.max(io.uid, 0),
    gid: Math.max(io.gid, 0),
  }
}

function urlMetaOf(request: Request): commonV1.UrlMeta {
  const { config, range, header, tag } = request
  return {
    digest: config.digest,
    tag,
    range,
    filter: config.filter,
    header: { ...header },
    application: config.application,
    priority: `LEVEL${config.priority as 0 | 1 | 2 | 3 | 4 | 5 | 6}`,
  }
}

async function withoutDaemon(request: Request, io: CommandIo, why: CodedError): Promise<void> {
  const { config, url, output, header, range } = request
  if (config.disableBackSource) throw why
  io.stderr(`dfget: ${why.message}; downloading directly from the origin\n`)
  const bar = progressBar(request, io)
  const ending = new AbortController()
  const timer =
    config.timeout === 0
      ? undefined
      : io.clock.setTimer(config.timeout, () => {
          const text = `timeout after ${config.timeout / 1000}s`
          ending.abort(new CodedError('PEER_TIMEOUT', text))
        })
  const stopListening = io.onInterrupt(() => {
    ending.abort(new CodedError('PEER_CANCELLED', 'interrupted'))
  })
  const limiter = new RateLimiter({ clock: io.clock }, { bytesPerSecond: config.ratelimit })
  try {
    await downloadToFile(
      { ...io, limiters: [limiter] },
      {
        url,
        header,
        range,
        digest: config.digest,
        output,
        overwrite: config.overwrite,
        signal: ending.signal,
        onProgress: (writtenBytes, totalBytes) => {
          bar?.setTotal(totalBytes)
          bar?.update(writtenBytes)
        },
      },
    )
  } finally {
    stopListening()
    timer?.cancel()
    bar?.finish()
  }
}

function progressBar(request: Request, io: CommandIo): ProgressBar | undefined {
  const isShown = request.config.showProgress ?? io.isTerminal
  return isShown ? new ProgressBar({ clock: io.clock, write: io.stderr }) : undefined
}

function explained(error: unknown, config: DfgetConfig): unknown {
  if (isCoded(error, 'PROTO_DEADLINE_EXCEEDED')) {
    const text = `timeout after ${config.timeout / 1000}s`
    return new CodedError('PEER_TIMEOUT', text, { cause: error })
  }
  return error
}
