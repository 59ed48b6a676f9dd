// For tests: whole daemons in this process over real sockets and files, and commands run on them.
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GiB, nullLogger, Prng, secondMs } from '../base/index.ts'
import { FileDisk, SystemClock, UndiciHttp } from '../runtime/index.ts'
import type { CommandIo, ExitCode } from './cli/command-io.ts'
import { runDfcache } from './cli/run-dfcache.ts'
import { runDfget } from './cli/run-dfget.ts'
import type { DfdaemonOptions } from './config.ts'
import { Daemon } from './service.ts'

/** What a command left behind. */
export interface CommandResult {
  readonly code: ExitCode
  readonly stdout: string
  readonly stderr: string
}

const clock = new SystemClock()
const disk = new FileDisk()
let seeds = 0

/** One temporary directory with daemons, files and an origin in it. */
export class Harness {
  readonly directory: string
  readonly #daemons = new Map<string, Daemon>()
  readonly #https: UndiciHttp[] = []
  readonly #origins: Origin[] = []

  private constructor(directory: string) {
    this.directory = directory
  }

  static async create(): Promise<Harness> {
    return new Harness(await mkdtemp(join(tmpdir(), 'dfd-')))
  }

  path(name: string): string {
    return join(this.directory, name)
  }

  socket(daemon: string): string {
    return this.path(`${daemon}.sock`)
  }

  /** Starts (or starts again) the daemon of this name on its data. */
  async start(name: string, options: Partial<DfdaemonOptions> = {}): Promise<Daemon> {
    const http = new UndiciHttp()
    this.#https.push(http)
    seeds += 1
    const daemon = new Daemon(
      {
        clock,
        disk,
        http,
        random: new Prng(`daemon-${seeds}`),
        logger: nullLogger,
        readStats: async () => ({ os: 'test', platform: 'test' }),
        changeOwner: async () => {},
        version: '0.0.0-test',
        processId: process.pid,
      },
      {
        hostname: name,
        ip: '127.0.0.1',
        listenIp: '127.0.0.1',
        port: 0,
        uploadPort: 0,
        socket: this.socket(name),
        dataDir: this.path(`${name}-data`),
        scheduler: [],
        manager: undefined,
        seed: false,
        idc: '',
        location: '',
        announceInterval: 30 * secondMs,
        rateLimit: GiB,
        uploadRateLimit: GiB,
        leaveOnStop: false,
        logLevel: 'fatal',
        ...options,
      },
    )
    await daemon.start()
    this.#daemons.set(name, daemon)
    return daemon
  }

  async stop(name: string): Promise<void> {
    await this.#daemons.get(name)?.stop()
    this.#daemons.delete(name)
  }

  /** A file of random bytes. */
  async file(name: string, sizeBytes: number): Promise<string> {
    const path = this.path(name)
    await writeFile(path, randomBytes(sizeBytes))
    return path
  }

  async sha256(path: string): Promise<string> {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
  }

  /** dfcache against the daemon of this name. */
  dfcache(daemon: string, ...argv: string[]): Promise<CommandResult> {
    const [command = '', ...rest] = argv
    return this.#run(runDfcache, [command, '--daemon-sock', this.socket(daemon), ...rest])
  }

  /** dfget against the daemon of this name. */
  dfget(daemon: string, ...argv: string[]): Promise<CommandResult> {
    return this.#run(runDfget, ['--daemon-sock', this.socket(daemon), ...argv])
  }

  /** A command with exactly these arguments. */
  async #run(
    run: (io: CommandIo) => Promise<ExitCode>,
    argv: readonly string[],
  ): Promise<CommandResult> {
    const out = { stdout: '', stderr: '' }
    const http = new UndiciHttp()
    seeds += 1
    try {
      const code = await run({
        argv,
        env: {},
        cwd: this.directory,
        uid: -1,
        gid: -1,
        readFile: () => {
          throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
        },
        stdout: (text) => void (out.stdout += text),
        stderr: (text) => void (out.stderr += text),
        isTerminal: false,
        onInterrupt: () => () => {},
        version: '0.0.0-test',
        disk,
        clock,
        random: new Prng(`command-${seeds}`),
        http,
      })
      return { code, ...out }
    } finally {
      await http.close()
    }
  }

  /** An origin that serves `content` and counts the bytes it sent. */
  async origin(content: Buffer): Promise<Origin> {
    const origin = await Origin.listen(content)
    this.#origins.push(origin)
    return origin
  }

  async close(): Promise<void> {
    await Promise.all([...this.#daemons.keys()].map((name) => this.stop(name)))
    for (const http of this.#https) await http.close()
    for (const origin of this.#origins) await origin.close()
    await rm(this.directory, { recursive: true, force: true })
  }
}

/** A web server of the test's own. */
export class Origin {
  readonly url: string
  readonly #server: Server
  /** Body bytes that were sent over all requests. */
  sentBytes = 0
  requests = 0

  private constructor(server: Server, port: number) {
    this.#server = server
    this.url = `http://127.0.0.1:${port}`
  }

  static async listen(content: Buffer): Promise<Origin> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const origin = new Origin(server, (server.address() as AddressInfo).port)
    server.on('request', (request, response) => origin.#answer(content, request, response))
    return origin
  }

  #answer(content: Buffer, request: IncomingMessage, response: ServerResponse): void {
    this.requests += 1
    if (request.url?.startsWith('/missing') === true) {
      response.writeHead(404, { 'content-length': 0 }).end()
      return
    }
    const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
    const start = match === null ? 0 : Number(match[1])
    const end = match === null ? content.length : Math.min(Number(match[2]) + 1, content.length)
    response.writeHead(match === null ? 200 : 206, {
      'content-length': end - start,
      'accept-ranges': 'bytes',
      etag: '"1"',
      ...(match === null ? {} : { 'content-range': `bytes ${start}-${end - 1}/${content.length}` }),
    })
    if (request.method === 'HEAD') {
      response.end()
      return
    }
    this.sentBytes += end - start
    response.end(content.subarray(start, end))
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => {
      this.#server.close(resolve)
    })
  }
}

/** Waits until `isTrue`, which is asked often; fails after `deadlineMs`. */
export async function until(isTrue: () => boolean, deadlineMs = 20_000): Promise<void> {
  const endMs = clock.nowMs() + deadlineMs
  while (!isTrue()) {
    if (clock.nowMs() > endMs) throw new Error('what the test waits for did not happen')
    await clock.sleep(10)
  }
}
