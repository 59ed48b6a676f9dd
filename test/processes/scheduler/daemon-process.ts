// A real dfdaemon that announces itself to every member.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { flagsOf, launch } from '../commands.ts'
import type { CommandProcess } from '../commands.ts'
import { within } from './steps.ts'

/** Longest a daemon may take to listen on a busy machine. */
const listenMsMax = 60_000

export interface DaemonOptions {
  readonly name: string
  readonly dir: string
  readonly schedulers: readonly string[]
  /** As on the command line: `2s`. */
  readonly announceInterval: string
}

export class DaemonProcess {
  readonly hostId: string
  readonly rpcPort: number
  readonly socket: string
  readonly #child: CommandProcess

  private constructor(
    child: CommandProcess,
    ready: { readonly hostId: string; readonly rpcPort: number; readonly socket: string },
  ) {
    this.#child = child
    this.hostId = ready.hostId
    this.rpcPort = ready.rpcPort
    this.socket = ready.socket
  }

  static async start(options: DaemonOptions): Promise<DaemonProcess> {
    const dir = join(options.dir, options.name)
    mkdirSync(dir)
    const flags = flagsOf({
      hostname: options.name,
      ip: '127.0.0.1',
      'listen-ip': '127.0.0.1',
      port: 0,
      'upload-port': 0,
      socket: join(dir, 'sock'),
      'data-dir': join(dir, 'data'),
      scheduler: options.schedulers.join(),
      'announce-interval': options.announceInterval,
    })
    const child = launch('dfdaemon', [...flags, '--ready-json'])
    child.stderr.resume()
    const line = new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', resolve)
      child.once('exit', (code) => reject(new Error(`${options.name} ended with ${code}`)))
    })
    try {
      const ready = await within(`${options.name} to listen`, listenMsMax, line)
      return new DaemonProcess(child, JSON.parse(ready) as DaemonProcess)
    } catch (error) {
      child.kill('SIGKILL')
      throw error
    }
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await ended
  }
}
