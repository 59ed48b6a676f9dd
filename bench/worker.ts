// A process of a benchmark, seen from the one that runs it: questions with one answer each. Workers
// are killed by the pid they were started with.
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Longest a worker may take for an answer beyond the time it was asked to work. */
const answerMsMax = 60_000

interface Answer {
  readonly question: number
  readonly value?: unknown
  readonly error?: string
}

interface Waiter {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** How a worker's process is started. */
export interface WorkerOptions {
  /** Its command line. */
  readonly args?: readonly string[]
  /** A compiled file relative to this one that is loaded before the program: what answers. */
  readonly preload?: string
  /** Where its output goes. @default where that of this process goes */
  readonly logPath?: string
}

/** One child process that runs a program of this project. */
export class Worker {
  readonly #child: ChildProcess
  readonly #program: string
  readonly #waiters = new Map<number, Waiter>()
  #lastQuestion = 0

  private constructor(program: string, child: ChildProcess) {
    this.#program = program
    this.#child = child
    child.on('message', (answer: Answer) => this.#answered(answer))
    child.on('exit', (code, signal) => this.#ended(`${program} ended with ${code ?? signal}`))
  }

  /** Starts `program`, a compiled file relative to this one, such as `./raft/member.js`. */
  static start(program: string, { args = [], preload, logPath }: WorkerOptions = {}): Worker {
    const resolve = (path: string): URL => new URL(path, import.meta.url)
    const log = logPath === undefined ? undefined : openSync(logPath, 'a')
    const output = log ?? 'inherit'
    const child = fork(fileURLToPath(resolve(program)), args, {
      // Benchmarks measure the product as it runs: none of the parent's own flags.
      execArgv: preload === undefined ? [] : ['--import', resolve(preload).href],
      serialization: 'advanced',
      stdio: ['ignore', output, output, 'ipc'],
    })
    if (log !== undefined) closeSync(log)
    return new Worker(program, child)
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** The worker's answer; `workMs` is how long the work itself takes. Rejects when it dies. */
  ask<Value>(type: string, details?: unknown, workMs = 0): Promise<Value> {
    this.#lastQuestion += 1
    const question = this.#lastQuestion
    return new Promise<Value>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(question)
        reject(new Error(`${this.#program} does not answer ${type}`))
      }, workMs + answerMsMax)
      this.#waiters.set(question, {
        resolve: (value) => {
          clearTimeout(timer)
          resolve(value as Value)
        },
        reject: (error) => {
          clearTimeout(timer)
          reject(error)
        },
      })
      this.#child.send({ question, type, details })
    })
  }

  /** `kill -9`. Resolves when the process is gone. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    process.kill(this.pid, 'SIGKILL')
    await gone
  }

  #answered({ question, value, error }: Answer): void {
    const waiter = this.#waiters.get(question)
    this.#waiters.delete(question)
    if (error === undefined) waiter?.resolve(value)
    else waiter?.reject(new Error(`${this.#program}: ${error}`))
  }

  #ended(reason: string): void {
    for (const { reject } of this.#waiters.values()) reject(new Error(reason))
    this.#waiters.clear()
  }
}
