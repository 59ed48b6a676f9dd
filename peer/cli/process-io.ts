// The doors of a command that runs as a process.
import { readFileSync } from 'node:fs'
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js'
import {
  FileDisk,
  packageVersion,
  SystemClock,
  systemRandom,
  UndiciHttp,
} from '../../runtime/index.ts'
import type { CommandIo, ExitCode } from './command-io.ts'

/** A second signal ends the process as if nobody listened. */
function onInterrupt(listener: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.once(signal, listener)
  return () => {
    for (const signal of signals) process.off(signal, listener)
  }
}

/** Runs a command with the process's own arguments, streams and files, and ends with its code. */
export async function runAsProcess(run: (io: CommandIo) => Promise<ExitCode>): Promise<void> {
  // What the library would print reaches the user as our own message.
  setLogVerbosity(logVerbosity.NONE)
  const http = new UndiciHttp()
  const io: CommandIo = {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    uid: process.getuid?.() ?? -1,
    gid: process.getgid?.() ?? -1,
    readFile: (path) => readFileSync(path, 'utf8'),
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true,
    onInterrupt,
    version: packageVersion(),
    disk: new FileDisk(),
    clock: new SystemClock(),
    random: systemRandom().random,
    http,
  }
  process.exitCode = await run(io)
  await http.close()
}
