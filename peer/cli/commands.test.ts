// Usage of dfget and dfcache: what is refused before anybody is asked, with which words and codes.
import { mkdtemp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DiskError, Prng } from '../../base/index.ts'
import type { Disk } from '../../base/index.ts'
import { FileDisk, SystemClock, UndiciHttp } from '../../runtime/index.ts'
import type { CommandIo, ExitCode } from './command-io.ts'
import { runDfcache } from './run-dfcache.ts'
import { runDfget } from './run-dfget.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cli-'))
  await writeFile(join(directory, 'file'), 'content')
  await mkdir(join(directory, 'folder'))
})

afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

async function run(
  command: (io: CommandIo) => Promise<ExitCode>,
  argv: readonly string[],
  more: Partial<CommandIo> = {},
): Promise<{ readonly code: ExitCode; readonly stdout: string; readonly stderr: string }> {
  const out = { stdout: '', stderr: '' }
  const http = new UndiciHttp()
  try {
    const code = await command({
      argv,
      env: {},
      cwd: directory,
      uid: -1,
      gid: -1,
      readFile: () => {
        throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      },
      stdout: (text) => void (out.stdout += text),
      stderr: (text) => void (out.stderr += text),
      isTerminal: false,
      onInterrupt: () => () => {},
      version: '1.2.3',
      disk: new FileDisk(),
      clock: new SystemClock(),
      random: new Prng('commands'),
      http,
      ...more,
    })
    return { code, ...out }
  } finally {
    await http.close()
  }
}

const socket = ['--daemon-sock', 'none.sock'] as const

describe('dfcache', () => {
  it.each<[string, readonly string[], ExitCode, string, string]>([
    ['no command', [], 2, 'CONF_MISSING', 'stat|import|export|delete'],
    ['a misspelt command', ['improt'], 2, 'CONF_UNEXPECTED_ARGUMENT', 'did you mean import?'],
    ['a flag before the command', ['--cid', 'x'], 2, 'CONF_UNEXPECTED_ARGUMENT', 'comes first'],
    ['no id', ['stat'], 2, 'CONF_MISSING', '--cid is required'],
    ['an empty id', ['stat', '--cid', ''], 2, 'CONF_MISSING', '--cid is required'],
    ['an id of blanks', ['stat', '--cid', '  '], 2, 'CONF_INVALID_VALUE', 'blanks'],
    ['a long id', ['stat', '-i', 'x'.repeat(1025)], 2, 'CONF_INVALID_VALUE', '1024'],
    ['a misspelt flag', ['stat', '--cdi', 'x'], 2, 'CONF_UNKNOWN_FLAG', 'did you mean --cid?'],
    ['a flag of another command', ['delete', '--local'], 2, 'CONF_UNKNOWN_FLAG', '--local'],
    ['an argument too many', ['stat', '-i', 'x', 'y'], 2, 'CONF_UNEXPECTED_ARGUMENT', 'y'],
    ['no file', ['import', '-i', 'x'], 2, 'CONF_MISSING', '--input is required'],
    ['two files', ['import', '-i', 'x', '-I', 'a', 'b'], 2, 'CONF_UNEXPECTED_ARGUMENT', '--input'],
    ['no output', ['export', '-i', 'x'], 2, 'CONF_MISSING', '--output is required'],
    ['a bad timeout', ['stat', '-i', 'x', '--timeout', '5'], 2, 'CONF_INVALID_VALUE', 'duration'],
    ['a missing file', ['import', '-i', 'x', 'none'], 1, 'PEER_IMPORT_NOT_FOUND', '/none'],
    ['a directory', ['import', '-i', 'x', 'folder'], 1, 'PEER_IMPORT_NOT_A_FILE', 'directory'],
    ['a device', ['import', '-i', 'x', '/dev/null'], 1, 'PEER_IMPORT_NOT_A_FILE', 'regular'],
    ['an existing output', ['export', '-i', 'x', 'file'], 1, 'PEER_OUTPUT_EXISTS', '/file'],
    ['a directory', ['export', '-i', 'x', 'folder'], 1, 'PEER_OUTPUT_IS_DIRECTORY', '/folder'],
    ['a directory to be', ['export', '-i', 'x', 'new/'], 1, 'PEER_OUTPUT_IS_DIRECTORY', '/new/'],
    [
      'a place in /proc',
      ['export', '-i', 'x', '/proc/n/o'],
      1,
      'PEER_OUTPUT_NOT_WRITABLE',
      '/proc',
    ],
    ['a file as parent', ['export', '-i', 'x', 'file/o'], 1, 'PEER_OUTPUT_NOT_WRITABLE', 'file'],
    ['no daemon', ['stat', '-i', 'x', ...socket], 1, 'PEER_DAEMON_NOT_RUNNING', 'none.sock'],
    [
      'a long socket path',
      ['stat', '-i', 'x', '--daemon-sock', `/${'s'.repeat(107)}`],
      1,
      'PEER_SOCKET_PATH_TOO_LONG',
      '108 bytes',
    ],
  ])('refuses %s: %j', async (_, argv, exitCode, code, hint) => {
    const ended = await run(runDfcache, argv)
    expect(ended.code).toBe(exitCode)
    expect(ended.stdout).toBe('')
    expect(ended.stderr).toMatch(/^dfcache: /)
    expect(ended.stderr).toContain(`[${code}]`)
    expect(ended.stderr).toContain(hint)
  })

  it('shows help and version', async () => {
    expect((await run(runDfcache, ['--help'])).stdout).toContain('dfcache import')
    expect(await run(runDfcache, ['--version'])).toMatchObject({
      code: 0,
      stdout: 'dfcache 1.2.3\n',
    })
    const help = await run(runDfcache, ['export', '--help'])
    expect([help.code, help.stdout]).toEqual([0, expect.stringContaining('--output')])
  })

  it('says that nobody answers at a socket whose daemon is gone', async () => {
    const path = join(directory, 'dead.sock')
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(path, resolve))
    // The file of a killed process stays; closing here would remove it.
    await new FileDisk().link(path, join(directory, 'none.sock'))
    await new Promise((resolve) => server.close(resolve))
    const ended = await run(runDfcache, ['stat', '-i', 'x', ...socket])
    expect([ended.code, ended.stderr]).toEqual([
      1,
      expect.stringContaining('[PEER_DAEMON_NOT_RUNNING]'),
    ])
  })

  it('says that the disk of the output is full', async () => {
    const full: Disk = Object.assign(new FileDisk(), {
      open: async (path: string) => {
        throw new DiskError('STORE_DISK_FULL', path, 'no space left')
      },
    })
    const ended = await run(runDfcache, ['export', '-i', 'x', 'out'], { disk: full })
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('[PEER_DISK_FULL]')])
  })
})

describe('dfget', () => {
  const url = 'http://127.0.0.1:1/dir/name.bin'

  it.each<[string, readonly string[], ExitCode, string, string]>([
    ['no URL', [], 2, 'CONF_MISSING', 'a URL is missing'],
    ['two URLs', [url, '--url', url], 2, 'CONF_UNEXPECTED_ARGUMENT', '--url'],
    ['a relative URL', ['name.bin'], 2, 'CONF_INVALID_VALUE', 'http or https'],
    ['a foreign scheme', ['ftp://h/x'], 2, 'CONF_INVALID_VALUE', 'http or https'],
    ['no name in the URL', ['http://h/'], 2, 'CONF_MISSING', '--output'],
    ['a name that leads elsewhere', ['http://h/a%2Fb'], 2, 'CONF_MISSING', '--output'],
    ['a misspelt flag', [url, '--ouput', 'x'], 2, 'CONF_UNKNOWN_FLAG', 'did you mean --output?'],
    ['recursion', [url, '--recursive'], 2, 'CONF_UNKNOWN_FLAG', '--recursive'],
    ['a bad digest', [url, '--digest', 'sha256:xyz'], 2, 'CONF_INVALID_VALUE', '--digest'],
    ['an unknown digest', [url, '--digest', 'crc:00'], 2, 'CONF_INVALID_VALUE', 'sha256'],
    ['a bad range', [url, '--range', '9-1'], 2, 'CONF_INVALID_VALUE', 'range'],
    ['a bad header', [url, '-H', 'nothing'], 2, 'CONF_INVALID_VALUE', '--header'],
    ['a header with a line break', [url, '-H', 'A: b\nC: d'], 2, 'CONF_INVALID_VALUE', '--header'],
    ['a bad priority', [url, '-P', '7'], 2, 'CONF_INVALID_VALUE', '0 to 6'],
    ['a tiny rate', [url, '--ratelimit', '1KiB'], 2, 'CONF_INVALID_VALUE', '--ratelimit'],
    ['an existing output', [url, '-O', 'file'], 1, 'PEER_OUTPUT_EXISTS', '/file'],
    ['a directory', [url, '-O', 'folder'], 1, 'PEER_OUTPUT_IS_DIRECTORY', '/folder'],
    ['an origin that is not there', [url, ...socket], 1, 'PEER_SOURCE_UNREACHABLE', '127.0.0.1:1'],
    [
      'no daemon when the origin is forbidden',
      [url, ...socket, '--disable-back-source'],
      1,
      'PEER_DAEMON_NOT_RUNNING',
      'none.sock',
    ],
  ])('refuses %s: %j', async (_, argv, exitCode, code, hint) => {
    const ended = await run(runDfget, argv)
    expect(ended.code).toBe(exitCode)
    expect(ended.stderr).toContain(`[${code}]`)
    expect(ended.stderr).toContain(hint)
  })

  it('leaves nothing behind when it is interrupted without a daemon', async () => {
    let interrupt = (): void => {}
    const origin = createHttpServer((request, response) => {
      response.writeHead(200, { 'content-length': '1000', 'accept-ranges': 'bytes' })
      if (request.method === 'HEAD') response.end()
      else response.write('some', () => interrupt())
    })
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = origin.address() as AddressInfo
      const ended = await run(runDfget, [`http://127.0.0.1:${port}/new`, ...socket], {
        onInterrupt: (listener) => {
          interrupt = listener
          return () => {}
        },
      })
      expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('[PEER_CANCELLED]')])
      expect((await readdir(directory)).toSorted()).toEqual(['file', 'folder'])
    } finally {
      origin.closeAllConnections()
      origin.close()
    }
  })

  it('shows help and version', async () => {
    expect((await run(runDfget, ['--help'])).stdout).toContain('--disable-back-source')
    expect((await run(runDfget, ['--version'])).stdout).toBe('dfget 1.2.3\n')
  })
})
