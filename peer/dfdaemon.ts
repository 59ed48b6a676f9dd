#!/usr/bin/env node
// The dfdaemon process: reads its options, builds the real ports, serves until a signal.
import { readFileSync } from 'node:fs'
import { chown } from 'node:fs/promises'
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js'
import { secondMs } from '../base/index.ts'
import { clientSecurity } from '../client/index.ts'
import {
  createPinoLogger,
  errorLine,
  FileDisk,
  followTlsFiles,
  helpText,
  loadConfig,
  packageVersion,
  stopOnSignals,
  SystemClock,
  systemRandom,
  UndiciHttp,
  UsageError,
} from '../runtime/index.ts'
import type { LogLevel } from '../runtime/index.ts'
import { machineStats } from './announce/host-stats.ts'
import { dfdaemonOptions, dfdaemonSchema } from './config.ts'
import { Daemon } from './service.ts'

/** Longest an orderly stop may take before the process ends anyway. */
const stopDeadlineMs = 10 * secondMs

const usage = `usage: dfdaemon [flags]

Serves downloads, imports and exports of this host and uploads pieces to other peers.`

async function main(): Promise<void> {
  const argv = process.argv.slice(2)
  if (argv[0] === '--version') {
    process.stdout.write(`dfdaemon ${packageVersion()}\n`)
    return
  }
  const { config, isHelpAsked } = loadConfig(dfdaemonSchema, {
    argv,
    env: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
    envPrefix: 'DFDAEMON',
    defaultFile: '/etc/damselfly/dfdaemon.yaml',
  })
  if (isHelpAsked) {
    process.stdout.write(helpText(usage, dfdaemonSchema))
    return
  }
  // What the library would print reaches the log or the user as our own message.
  setLogVerbosity(logVerbosity.NONE)
  const options = dfdaemonOptions(config, process.cwd())
  const logger = createPinoLogger({ level: options.logLevel as LogLevel, component: 'dfdaemon' })
  const { random, seed } = systemRandom()
  logger.debug({ seed }, 'random seed')
  const clock = new SystemClock()
  const security = await clientSecurity({ clock, logger }, config)
  if (security.files !== undefined) await followTlsFiles(security.files, logger)
  const daemon = new Daemon(
    {
      clock,
      security,
      random,
      logger,
      disk: new FileDisk(),
      http: new UndiciHttp(),
      readStats: machineStats(options.dataDir),
      changeOwner: changeOwner,
      version: packageVersion(),
      processId: process.pid,
    },
    options,
  )
  stopOnSignals({ stop: () => daemon.stop(), deadlineMs: stopDeadlineMs, logger })
  await daemon.start()
  if (config.readyJson) {
    const ready = { event: 'listening', pid: process.pid, ...daemon.addresses }
    process.stdout.write(`${JSON.stringify(ready)}\n`)
  }
}

/** Only root can give files away; for everybody else the caller is the daemon's own user. */
async function changeOwner(path: string, uid: number, gid: number): Promise<void> {
  if (process.getuid?.() === uid && process.getgid?.() === gid) return
  await chown(path, uid, gid)
}

main().catch((error: unknown) => {
  process.stderr.write(errorLine('dfdaemon', error))
  process.exit(error instanceof UsageError ? 2 : 1)
})
