// `damselfly scheduler`: reads its options, opens its data directory, finds or founds its cluster,
// and runs until a signal or a failure ends it.
import { resolve } from 'node:path'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { CodedError, isCoded, messageOf } from '../base/index.ts'
import type { Logger } from '../base/index.ts'
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
import {
  probeMember,
  raftServerOptions,
  registerRaftService,
} from '../runtime/grpc-raft-transport.ts'
import type { GrpcRaftTransport } from '../runtime/grpc-raft-transport.ts'
import { lockDirectory, openDataDirectory, writeFatal } from '../storage/index.ts'
import type { DataDirectory, Probe } from '../storage/index.ts'
import { openScheduler } from './boot/open-instance.ts'
import type { OpenedScheduler } from './boot/open-instance.ts'
import { fromProbeReply, toProbeReply } from './boot/probe-wire.ts'
import { parseInitialMembers, schedulerSchema } from './config.ts'
import type { SchedulerConfig } from './config.ts'
import { startScheduler } from './service.ts'

/** Longest one probe of another member takes. */
const probeTimeoutMs = 1000

/** Longest a stop may take, leadership handed over and state written. */
const stopDeadlineMs = 15_000

/** Exit code of a replica that stopped for good; the reason is in FATAL.json. */
const fatalExitCode = 74

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

  const directory = await openDataDirectory(
    { disk, random, logger, lockDirectory },
    { root: resolve(config.dataDir) },
  )
  const raftPort = new RaftPort(directory)
  await raftPort.listen(config)
  const aborted = new AbortController()
  let opened: OpenedScheduler | undefined
  let stopRunning = async (): Promise<void> => {}
  const stop = async (): Promise<void> => {
    aborted.abort(new CodedError('SCHED_STOPPING', 'stopped while starting'))
    await stopRunning()
    await raftPort.stop()
    await opened?.close()
    await directory.close()
  }
  stopOnSignals({ stop, deadlineMs: stopDeadlineMs, logger })
  const onFatal = (error: Error): void => {
    void endFatally({ disk, logger, wallMs: clock.wallMs() }, opened, error)
  }

  const bootId = randomId()
  const probe = probeThrough({ addresses, raftAddress, directory })
  const boot = { clock, disk, random, logger, directory, probe }
  const { signal } = aborted
  opened = await openScheduler(boot, { raftAddress, hostId, addresses, signal, onFatal })
  const running = await startScheduler(
    { clock, random, logger, opened },
    {
      ...config,
      bootId,
      pid: process.pid,
      programVersion: packageVersion(),
      electionTimeoutMs: config.electionTimeout,
      onFatal,
      onTransport: (transport) => raftPort.serve(transport),
    },
  )
  stopRunning = () => running.stop()
  logger.info({ addr: running.addr, metricsUrl: running.metricsUrl }, 'serving')
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

/** The replication port: answers probes from the start, carries messages once there is Raft. */
class RaftPort {
  readonly #server = new Server(raftServerOptions)
  #transport: GrpcRaftTransport | undefined

  constructor(directory: DataDirectory) {
    registerRaftService(this.#server, {
      transport: () => this.#transport,
      probe: () => {
        const answer = directory.probeAnswer
        // Nothing is said before the incarnation is on disk.
        if (answer === undefined) throw new CodedError('SCHED_STOPPING', 'not ready yet')
        return toProbeReply(answer)
      },
    })
  }

  serve(transport: GrpcRaftTransport): void {
    this.#transport = transport
  }

  async listen({ listenIp, raftPort }: SchedulerConfig): Promise<void> {
    const host = listenIp.includes(':') ? `[${listenIp}]` : listenIp
    const address = `${host}:${raftPort}`
    await new Promise<void>((done, fail) => {
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error) => {
        if (error === null) done()
        else fail(new CodedError('SCHED_PORT_IN_USE', `${address}: ${messageOf(error)}`))
      })
    })
  }

  async stop(): Promise<void> {
    await this.#transport?.close()
    this.#server.forceShutdown()
  }
}

/** Asks other members over their replication ports; one that does not answer well is silent. */
function probeThrough(own: {
  readonly addresses: readonly string[]
  readonly raftAddress: string
  readonly directory: DataDirectory
}): Probe {
  const { addresses, raftAddress, directory } = own
  return async (address) => {
    const request = {
      addresses: [...addresses],
      fromAddress: raftAddress,
      fromIncarnation: directory.probeAnswer?.incarnation ?? '',
    }
    const outcome = await probeMember(address, request, { timeoutMs: probeTimeoutMs })
    return outcome.ok ? fromProbeReply(outcome.reply) : undefined
  }
}

/** Leaves the reason on disk and ends the process: nothing it says could be trusted. */
async function endFatally(
  deps: { readonly disk: FileDisk; readonly logger: Logger; readonly wallMs: number },
  opened: OpenedScheduler | undefined,
  error: Error,
): Promise<void> {
  const code = isCoded(error) ? error.code : 'SCHED_INTERNAL'
  const message = `${error.message}${error.cause === undefined ? '' : `: ${messageOf(error.cause)}`}`
  try {
    if (opened !== undefined) {
      const { disk, wallMs: atWallMs } = deps
      await writeFatal(disk, opened.instance, { code, message, atWallMs })
    }
  } catch (failure) {
    deps.logger.error({ err: messageOf(failure) }, 'the reason could not be written')
  }
  deps.logger.fatal({ code, reason: message }, 'stopped for good')
  process.exit(fatalExitCode)
}
