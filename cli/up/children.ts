// The processes of a local cluster: started with nothing but their arguments, logged to files,
// reported when they die and stopped together.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { SystemClock } from '../../runtime/index.ts'

/** After this long a child that ignores SIGTERM gets SIGKILL. */
const stopDeadlineMs = 15_000

export interface Child {
  readonly name: string
  readonly pid: number
}

export class Children {
  readonly #logDir: string
  readonly #report: (line: string) => void
  readonly #running = new Map<string, ChildProcess>()
  #isStopping = false

  /** `report` gets a line for people whenever a child ends without being asked to. */
  constructor(logDir: string, report: (line: string) => void) {
    this.#logDir = logDir
    this.#report = report
    mkdirSync(logDir, { recursive: true, mode: 0o700 })
  }

  /** Starts one process in a group of its own, so that a Ctrl-C reaches it only through us. */
  start(name: string, argv: readonly string[]): Child {
    const log = openSync(join(this.#logDir, `${name}.log`), 'a', 0o600)
    const [command, ...args] = argv
    const child = spawn(command!, args, {
      cwd: '/',
      env: {},
      stdio: ['ignore', log, log],
      detached: true,
    })
    closeSync(log)
    this.#running.set(name, child)
    child.on('error', (error) => this.#report(`${name} did not start: ${error.message}`))
    child.on('exit', (code, signal) => {
      this.#running.delete(name)
      if (this.#isStopping) return
      const how = signal === null ? `code ${code}` : signal
      const where = join(this.#logDir, `${name}.log`)
      this.#report(`${name} (pid ${child.pid}) ended with ${how}; the others go on; see ${where}`)
    })
    return { name, pid: child.pid ?? 0 }
  }

  isRunning(name: string): boolean {
    return this.#running.has(name)
  }

  /** SIGKILL to all at once, for a process that is ending. */
  kill(): void {
    this.#isStopping = true
    for (const child of this.#running.values()) child.kill('SIGKILL')
  }

  /** SIGTERM to all, then SIGKILL to those that are still there. */
  async stop(): Promise<void> {
    this.#isStopping = true
    const clock = new SystemClock()
    const ends = [...this.#running.values()].map(
      (child) =>
        new Promise<void>((resolve) => {
          const timer = clock.setTimer(stopDeadlineMs, () => child.kill('SIGKILL'))
          child.once('exit', () => {
            timer.cancel()
            resolve()
          })
          child.kill('SIGTERM')
        }),
    )
    await Promise.all(ends)
  }
}
