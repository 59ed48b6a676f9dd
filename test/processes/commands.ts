// The installed commands as a user runs them.
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const fromDist = fileURLToPath(new URL('../../', import.meta.url))

/** A built script. This file runs from the sources (tests) and from dist/ (npm run e2e). */
export function script(path: string): string {
  const inside = fromDist + path
  return existsSync(inside) ? inside : `${fromDist}dist/${path}`
}

const scripts = {
  damselfly: 'cli/damselfly.js',
  dfdaemon: 'peer/dfdaemon.js',
  dfget: 'peer/dfget.js',
  dfcache: 'peer/dfcache.js',
} as const

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly pid: number
  readonly ended: Promise<Ended>
}

export type CommandProcess = ChildProcessByStdio<null, Readable, Readable>

/** Starts a command and hands out the bare process. */
export function launch(name: keyof typeof scripts, args: readonly string[]): CommandProcess {
  return spawn(process.execPath, [script(scripts[name]), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Starts a command; `ended` resolves when it is over. */
export function start(name: keyof typeof scripts, args: readonly string[]): Started {
  const child = launch(name, args)
  const texts = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    texts.stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    texts.stderr += chunk.toString()
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code: code ?? signalCode(signal), ...texts }))
  })
  return { pid: child.pid ?? 0, ended }
}

/** Runs a command to its end. */
export function run(name: keyof typeof scripts, args: readonly string[]): Promise<Ended> {
  return start(name, args).ended
}

/** Runs a command that must succeed; fails with what it said otherwise. */
export async function runWell(name: keyof typeof scripts, args: readonly string[]): Promise<Ended> {
  const ended = await run(name, args)
  if (ended.code === 0) return ended
  throw new Error(`${name} ${args.join(' ')} ended with ${ended.code}: ${ended.stderr}`)
}

function signalCode(signal: NodeJS.Signals | null): number {
  return signal === null ? -1 : 128
}

/** Options as words: `{ 'host-id': 's1' }` is `--host-id s1`. */
export function flagsOf(values: Readonly<Record<string, string | number>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)])
}
