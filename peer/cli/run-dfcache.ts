// dfcache: puts files into the cluster under an id of the user's choice and takes them out again.
import { CodedError, nearest, secondMs } from '../../base/index.ts'
import { helpText, loadConfig, UsageError } from '../../runtime/index.ts'
import type { ConfigSchema } from '../../runtime/index.ts'
import { cacheUrlOf } from '../core/index.ts'
import { absolutePath, dfcacheSchemas, socketPath } from '../config.ts'
import type { DfcacheCommand } from '../config.ts'
import { checkInput, probeOutput } from './files.ts'
import { reportFailures } from './command-io.ts'
import type { CommandIo, ExitCode } from './command-io.ts'
import { connectDaemon, daemonNotRunning, isNotServing } from './daemon-connection.ts'
import type { DaemonConnection } from './daemon-connection.ts'

const commands = Object.keys(dfcacheSchemas) as DfcacheCommand[]

const usage = `usage: dfcache import|stat|export|delete --cid ID [flags]

  import   put a file into the cluster        dfcache import --cid ID [--input] FILE
  stat     tell whether a file is there       dfcache stat --cid ID
  export   write a file out of the cluster    dfcache export --cid ID [--output] FILE
  delete   remove this host's copy            dfcache delete --cid ID

Success is silent with exit code 0; 1 is failed, 2 is wrong usage.
dfcache COMMAND --help shows the flags of a command.
`

/** Longest content id in characters. */
export const contentIdLengthMax = 1_024

/** Time the daemon may take beyond the user's timeout to say why it failed. */
const answerGraceMs = secondMs

interface Request {
  readonly command: DfcacheCommand
  readonly url: string
  readonly tag: string
  readonly timeoutMs: number
  readonly daemonSock: string
  readonly isLocal: boolean
  /** Absolute path of the file read or written; empty for stat and delete. */
  readonly path: string
}

/** Runs dfcache to its exit code. */
export function runDfcache(io: CommandIo): Promise<ExitCode> {
  return reportFailures('dfcache', io, async () => {
    const command = commandOf(io)
    if (command === undefined) return 0
    const request = readRequest(command, io)
    if (request === undefined) return 0
    if (request.command === 'import') await checkInput(io.disk, request.path)
    if (request.command === 'export') await probeOutput(io, request.path, false)
    const socket = socketPath(request.daemonSock, io.cwd)
    const daemon = await connectDaemon(io, socket)
    if (daemon === undefined) throw daemonNotRunning(socket)
    try {
      await perform(daemon, request, io)
    } catch (error) {
      throw explained(error, request)
    } finally {
      daemon.close()
    }
    return 0
  })
}

/** The command word, or undefined when help or the version was all that was wanted. */
function commandOf(io: CommandIo): DfcacheCommand | undefined {
  const word = io.argv[0]
  if (word === undefined)
    throw new UsageError('CONF_MISSING', `a command is missing: one of ${commands.join('|')}`)
  if (word === '--help' || word === '-h' || word === 'help') {
    io.stdout(usage)
    return undefined
  }
  if (word === '--version' || word === 'version') {
    io.stdout(`dfcache ${io.version}\n`)
    return undefined
  }
  const found = commands.find((command) => command === word)
  if (found !== undefined) return found
  const near = nearest(word, commands)
  const hint = near === undefined ? `one of ${commands.join(', ')}` : `did you mean ${near}?`
  if (word.startsWith('-')) {
    throw new UsageError('CONF_UNEXPECTED_ARGUMENT', `the command comes first: ${hint}`)
  }
  throw new UsageError('CONF_UNEXPECTED_ARGUMENT', `unknown command ${word}; ${hint}`)
}

/** What the flags ask for; undefined when it was the help text. */
function readRequest(command: DfcacheCommand, io: CommandIo): Request | undefined {
  const takesPath = command === 'import' || command === 'export'
  const schema: (typeof dfcacheSchemas)[DfcacheCommand] = dfcacheSchemas[command]
  const loaded = loadConfig<ConfigSchema>(schema, {
    argv: io.argv.slice(1),
    env: io.env,
    readFile: io.readFile,
    envPrefix: 'DFCACHE',
    positionalsMax: takesPath ? 1 : 0,
  })
  if (loaded.isHelpAsked) {
    io.stdout(helpText(`usage: dfcache ${command} --cid ID${takesPath ? ' FILE' : ''}`, schema))
    return undefined
  }
  const config = loaded.config as Readonly<Record<string, string | number | boolean | undefined>>
  const flag = command === 'import' ? 'input' : 'output'
  const path = takesPath
    ? onePath(flag, config[flag] as string | undefined, loaded.positionals[0])
    : ''
  return {
    command,
    url: cacheUrlOf(contentId(config['cid'] as string | undefined)),
    tag: config['tag'] as string,
    timeoutMs: config['timeout'] as number,
    daemonSock: config['daemonSock'] as string,
    isLocal: config['local'] === true,
    path: path === '' ? '' : absolutePath(path, io.cwd),
  }
}

function contentId(text: string | undefined): string {
  if (text === undefined || text === '') {
    throw new UsageError('CONF_MISSING', '--cid is required: the id of the content')
  }
  if (text.trim() === '') {
    throw new UsageError('CONF_INVALID_VALUE', '--cid holds nothing but blanks')
  }
  if (text.length > contentIdLengthMax) {
    throw new UsageError(
      'CONF_INVALID_VALUE',
      `--cid has ${text.length} characters, at most ${contentIdLengthMax} are taken`,
    )
  }
  return text
}

function onePath(flag: string, named: string | undefined, positional: string | undefined): string {
  if (named !== undefined && positional !== undefined) {
    throw new UsageError('CONF_UNEXPECTED_ARGUMENT', `--${flag} and ${positional} both name a file`)
  }
  const path = named ?? positional ?? ''
  if (path === '') throw new UsageError('CONF_MISSING', `--${flag} is required: the file`)
  return path
}

async function perform(daemon: DaemonConnection, request: Request, io: CommandIo): Promise<void> {
  const { url, timeoutMs, isLocal, path } = request
  const urlMeta = { tag: request.tag }
  switch (request.command) {
    case 'stat':
      return daemon.statTask({ url, urlMeta, localOnly: isLocal }, timeoutMs)
    case 'delete':
      return daemon.deleteTask({ url, urlMeta }, timeoutMs)
    case 'import':
      // The daemon keeps to the deadline by itself and says what it has reached.
      return daemon.importTask({ type: 'DfCache', url, urlMeta, path }, timeoutMs)
    case 'export':
      return daemon.exportTask(
        {
          url,
          urlMeta,
          output: path,
          timeout: timeoutMs * 1_000_000,
          limit: 0,
          uid: Math.max(io.uid, 0),
          gid: Math.max(io.gid, 0),
          localOnly: isLocal,
        },
        timeoutMs === 0 ? 0 : timeoutMs + answerGraceMs,
      )
  }
}

/** Says in the user's words what the daemon's failure means. */
function explained(error: unknown, request: Request): unknown {
  if (!(error instanceof CodedError)) return error
  if (error.code === 'PEER_TASK_NOT_FOUND') {
    return new CodedError(error.code, 'file does not exist', { cause: error })
  }
  if (error.code === 'PROTO_DEADLINE_EXCEEDED') {
    const text = `${request.command} timeout(${request.timeoutMs / 1000}s)`
    return new CodedError('PEER_TIMEOUT', text, { cause: error })
  }
  if (isNotServing(error)) {
    return new CodedError('PEER_DAEMON_LOST', `the daemon went away: ${error.message}`, {
      cause: error,
    })
  }
  return error
}
