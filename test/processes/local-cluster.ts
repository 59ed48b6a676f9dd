// A cluster of real processes, driven only through what `damselfly up --json` prints.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { appendFileSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { run, script } from './commands.ts'
import { overviewOf } from './overview.ts'

export interface SchedulerProcess {
  readonly id: string
  readonly pid: number
  readonly addr: string
  readonly raftAddr: string
  readonly metricsUrl: string
  readonly dataDir: string
  readonly argv: readonly string[]
}

export interface PeerProcess {
  readonly name: string
  readonly pid: number
  readonly seed: boolean
  readonly socket: string
  readonly addr: string
  readonly uploadAddr: string
  readonly dataDir: string
  readonly argv: readonly string[]
}

export interface UpLine {
  readonly clusterId: string
  readonly schedulers: readonly SchedulerProcess[]
  readonly manager: {
    readonly pid: number
    readonly restUrl: string
    readonly grpcAddr: string
    readonly argv: readonly string[]
  }
  readonly peers: readonly PeerProcess[]
}

export interface MemberStatus {
  readonly id: string
  readonly hostId: string
  readonly addr: string
  readonly pid: number | null
  readonly role: string
  readonly state: string
  readonly term: number | null
  readonly commit: number | null
  readonly applied: number | null
  readonly reachable: boolean
}

export interface ClusterStatus {
  readonly clusterId: string | null
  readonly leaderId: string | null
  readonly term: number
  readonly members: readonly MemberStatus[]
}

/** Longest a cluster may take to start, elections and first announcements included. */
const startDeadlineMs = 120_000

export class LocalCluster {
  readonly dir: string
  readonly line: UpLine
  readonly #up: ChildProcess
  readonly #ownsDir: boolean
  /** Processes this object restarted, by the argv that starts them. */
  readonly #restarted = new Map<readonly string[], ChildProcess>()
  readonly #stderr: readonly string[]

  private constructor(parts: {
    readonly dir: string
    readonly line: UpLine
    readonly up: ChildProcess
    readonly ownsDir: boolean
    readonly stderr: readonly string[]
  }) {
    this.dir = parts.dir
    this.line = parts.line
    this.#up = parts.up
    this.#ownsDir = parts.ownsDir
    this.#stderr = parts.stderr
  }

  /** Starts `damselfly up` in a new folder, or in `dir`, and waits for its line. */
  static async start(
    options: { dir?: string; flags?: readonly string[] } = {},
  ): Promise<LocalCluster> {
    const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'damselfly-'))
    const args = ['up', '--json', '--data-dir', dir, ...(options.flags ?? [])]
    const up = spawn(process.execPath, [script('cli/damselfly.js'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const stderr: string[] = []
    up.stderr.on('data', (chunk: Buffer) => stderr.push(chunk.toString()))
    const line = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => {
        up.kill('SIGTERM')
        reject(new Error(`up printed no line within ${startDeadlineMs} ms: ${stderr.join('')}`))
      }, startDeadlineMs)
      createInterface({ input: up.stdout }).once('line', (text) => {
        clearTimeout(timer)
        resolve(text)
      })
      up.once('exit', (code) => {
        clearTimeout(timer)
        reject(new Error(`up ended with ${code}: ${stderr.join('')}`))
      })
    })
    const ownsDir = options.dir === undefined
    return new LocalCluster({ dir, line: JSON.parse(line) as UpLine, up, ownsDir, stderr })
  }

  /** What `up` has said on stderr so far. */
  get stderr(): string {
    return this.#stderr.join('')
  }

  get addresses(): string {
    return this.addressList.join(',')
  }

  get addressList(): readonly string[] {
    return this.line.schedulers.map(({ addr }) => addr)
  }

  /** An ordinary peer by its number from 1. */
  peer(number: number): PeerProcess {
    const found = this.line.peers.find(({ name }) => name === `peer-${number}`)
    if (found === undefined) throw new Error(`there is no peer-${number}`)
    return found
  }

  /** `damselfly status --json` as a user runs it. */
  async status(): Promise<{ readonly exitCode: number; readonly status: ClusterStatus }> {
    const asked = await run('damselfly', ['status', '--schedulers', this.addresses, '--json'])
    return { exitCode: asked.code, status: JSON.parse(asked.stdout) as ClusterStatus }
  }

  /** Waits until a leader serves. */
  async leader(): Promise<SchedulerProcess> {
    return until('a leader', 60_000, async () => {
      const { members, leaderId } = await overviewOf(this.addressList)
      const leader = members.find(({ id }) => id === leaderId)
      return this.line.schedulers.find(({ addr }) => addr === leader?.addr)
    })
  }

  /** Ends a process by SIGKILL; resolves when it is gone. */
  async kill(target: { readonly argv: readonly string[]; readonly pid: number }): Promise<void> {
    this.killNow(target)
    const pid = this.pidOf(target)
    await until(`the end of ${pid}`, 30_000, async () => (isAlive(pid) ? undefined : true))
  }

  /** Sends SIGKILL before it returns. A process that ended by itself is an error that says why. */
  killNow(target: { readonly argv: readonly string[]; readonly pid: number }): void {
    this.checkRuns(target)
    process.kill(this.pidOf(target), 'SIGKILL')
  }

  /** Fails, with the last lines it logged, when a restarted process has ended by itself. */
  checkRuns(target: { readonly argv: readonly string[] }): void {
    const child = this.#restarted.get(target.argv)
    if (child === undefined || child.exitCode === null) return
    const log = readFileSync(this.#restartLog(), 'utf8').trimEnd().split('\n').slice(-5).join('\n')
    throw new Error(`a restarted process ended with ${child.exitCode}: ${log}`)
  }

  /** Starts a killed scheduler and waits until all are in reach again. */
  async bringBack(scheduler: SchedulerProcess): Promise<void> {
    this.restart(scheduler)
    await this.untilWhole()
  }

  /** Waits until there is a leader and every scheduler is in reach. */
  async untilWhole(): Promise<void> {
    await until('all schedulers in reach', 60_000, async () => {
      for (const scheduler of this.line.schedulers) this.checkRuns(scheduler)
      const { isServing, members } = await overviewOf(this.addressList)
      return isServing && members.every(({ isReachable }) => isReachable) ? true : undefined
    })
  }

  /** Starts a killed process again from its argv alone, from another folder and environment. */
  restart(target: { readonly argv: readonly string[] }): void {
    const log = openSync(this.#restartLog(), 'a')
    appendFileSync(log, `${target.argv.join(' ')}\n`)
    const [command, ...args] = target.argv
    const child = spawn(command!, args, { cwd: tmpdir(), env: {}, stdio: ['ignore', log, log] })
    closeSync(log)
    this.#restarted.set(target.argv, child)
  }

  #restartLog(): string {
    return join(this.dir, 'logs', 'restarted.log')
  }

  pidOf(target: { readonly argv: readonly string[]; readonly pid: number }): number {
    return this.#restarted.get(target.argv)?.pid ?? target.pid
  }

  /** What Ctrl-C sends, to `up` alone; resolves with its exit code. */
  async interrupt(): Promise<number | null> {
    await ended(this.#up, 'SIGINT')
    return this.#up.exitCode
  }

  /** Stops every process and removes the folder if it was made here. */
  async stop(options: { readonly isKept?: boolean } = {}): Promise<void> {
    const ends = [...this.#restarted.values(), this.#up].map((child) => ended(child, 'SIGTERM'))
    await Promise.all(ends)
    if (this.#ownsDir && options.isKept !== true) rmSync(this.dir, { recursive: true, force: true })
  }
}

/** Signals a child and waits for its end; SIGKILL after 30 s. */
async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
    child.kill(signal)
  })
}

/** Tells whether a process exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Asks again until there is an answer; fails with what was waited for. */
export async function until<T>(
  what: string,
  deadlineMs: number,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const endMs = performance.now() + deadlineMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > endMs) throw new Error(`${what}: not within ${deadlineMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
