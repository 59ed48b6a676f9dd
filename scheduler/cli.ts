// `damselfly scheduler`: reads its options, opens its data directory, finds or founds its cluster,
// and runs until a signal or a failure ends it.
import { join, resolve } from 'node:path'
import { CodedError } from '../base/index.ts'
import {
  createPinoLogger,
  FileDisk,
  packageVersion,
  randomId,
  runCommand,
  stopOnSignals,
  SystemClock,
  systemRandom,
} from '../runtime/index.ts'
import type { LogLevel } from '../runtime/index.ts'
import { probeMember } from '../runtime/grpc-raft-transport.ts'
import type { TransportSecurity } from '../runtime/grpc-tls.ts'
import { lockDirectory, openDataDirectory } from '../storage/index.ts'
import type { DataDirectory, Probe } from '../storage/index.ts'
import { openScheduler } from './boot/open-instance.ts'
import type { OpenedScheduler } from './boot/open-instance.ts'
import { fromProbeReply } from './boot/probe-wire.ts'
import { openSecurity } from './boot/security.ts'
import type { LoadProgress } from './boot/load-progress.ts'
import { RaftPort } from './boot/raft-port.ts'
import { parseInitialMembers, schedulerSchema } from './config.ts'
import type { SchedulerConfig } from './config.ts'
import { FatalStop } from './fatal-stop.ts'
import { startScheduler } from './service.ts'
import type { RunningScheduler } from './service.ts'

/** Longest one probe of another member takes. */
const probeTimeoutMs = 1000

/** Longest a stop may take, leadership handed over and state written. */
const stopDeadlineMs = 15_000

/** Runs until a signal ends it. */
export async function main(argv: readonly string[]): Promise<void> {
  // LevelDB and file writes share the pool; a slow sync must not hold up the rest. Read once, at
  // the pool's first use.
  process.env['UV_THREADPOOL_SIZE'] ??= '8'
  await runCommand(
    {
      name: 'damselfly scheduler',
      usage: 'usage: damselfly scheduler [options]\n\nRuns one member of a scheduler cluster.',
      schema: schedulerSchema,
      envPrefix: 'DAMSELFLY_SCHEDULER',
      defaultFile: '/etc/damselfly/scheduler.yaml',
      run: async ({ config }) => {
        await run(config)
        return undefined
      },
    },
    argv,
  )
}

async function run(config: SchedulerConfig): Promise<void> {
  const logger = createPinoLogger({ level: config.logLevel as LogLevel, component: 'scheduler' })
  const clock = new SystemClock()
  const { random, seed } = systemRandom()
  const disk = new FileDisk()
  const raftAddress = `${config.advertiseIp}:${config.raftPort}`
  const hostId = config.hostId === '' ? raftAddress : config.hostId
  const addresses = initialAddresses(config, raftAddress)
  logger.info({ hostId, raftAddress, seed }, 'starting')

  const secured = await openSecurity({ clock, logger }, config)
  const { security } = secured
  const directory = await openDataDirectory(
    { disk, random, logger, lockDirectory },
    { root: resolve(config.dataDir) },
  )
  const bootId = randomId()
  const raftPort = new RaftPort(directory, { bootId, security })
  await raftPort.listen(config.listenIp, config.raftPort)
  const aborted = new AbortController()
  let opened: OpenedScheduler | undefined
  let starting: Promise<RunningScheduler> | undefined
  const stop = async (): Promise<void> => {
    aborted.abort(new CodedError('SCHED_STOPPING', 'stopped while starting'))
    // What is being started still uses the log: it is stopped once it stands.
    await (await starting)?.stop()
    await raftPort.stop()
    await opened?.close()
    await directory.close()
    await secured.stop()
  }
  stopOnSignals({ stop, deadlineMs: stopDeadlineMs, logger })
  const fatal = new FatalStop({ clock, disk, logger, exit: (code) => process.exit(code) })
  const onFatal = (error: Error): void => {
    void fatal.end(error, opened?.instance)
  }

  const probe = probeThrough({ addresses, raftAddress, directory, security })
  const boot = { clock, disk, random, logger, directory, probe }
  const { signal } = aborted
  const onProgress = (look: () => LoadProgress): void => raftPort.report(look)
  try {
    const own = { raftAddress, hostId, addresses, signal, onFatal, onProgress }
    opened = await openScheduler(boot, own)
  } catch (error) {
    if (!signal.aborted) throw error
  }
  // Whoever asked for the end has it already under way.
  if (signal.aborted || opened === undefined) return
  starting = startScheduler(
    { clock, random, logger, opened },
    {
      ...config,
      bootId,
      pid: process.pid,
      programVersion: packageVersion(),
      electionTimeoutMs: config.electionTimeout,
      dialableIps: config.allowDial,
      security,
      clientCertificates: secured.clientCertificates,
      tlsFiles: secured.tlsFiles,
      operatorTokenPath: operatorTokenPath(config),
      onFatal,
      onTransport: (transport) => raftPort.serve(transport),
      onProgress,
    },
  )
  const running = await starting
  logger.info({ addr: running.addr, metricsUrl: running.metricsUrl }, 'serving')
}

function operatorTokenPath({ dataDir, operatorTokenFile }: SchedulerConfig): string {
  return resolve(operatorTokenFile === '' ? join(dataDir, 'operator.token') : operatorTokenFile)
}

/** Replication addresses of the initial members; the own one must be among them. */
function initialAddresses(config: SchedulerConfig, raftAddress: string): readonly string[] {
  const members = parseInitialMembers(config.initialMembers)
  const own = members.find(({ address }) => address === raftAddress)
  if (members.length > 0 && own === undefined) {
    const message = `--initial-members does not name this member's address ${raftAddress}`
    throw new CodedError('CONF_INVALID_VALUE', message)
  }
  if (own !== undefined && config.hostId !== '' && own.hostId !== config.hostId) {
    const message = `--initial-members calls ${raftAddress} ${own.hostId}, not ${config.hostId}`
    throw new CodedError('CONF_INVALID_VALUE', message)
  }
  return members.map(({ address }) => address)
}

/** Asks other members over their replication ports; one that does not answer well is silent. */
function probeThrough(own: {
  readonly addresses: readonly string[]
  readonly raftAddress: string
  readonly directory: DataDirectory
  readonly security: TransportSecurity
}): Probe {
  const { addresses, raftAddress, directory, security } = own
  return async (address) => {
    const request = {
      addresses: [...addresses],
      fromAddress: raftAddress,
      fromIncarnation: directory.probeAnswer?.incarnation ?? '',
    }
    const { credentials, options: channelOptions } = security.connect(address)
    const how = { timeoutMs: probeTimeoutMs, credentials, channelOptions }
    const outcome = await probeMember(address, request, how)
    return outcome.ok ? fromProbeReply(outcome.reply) : undefined
  }
}
