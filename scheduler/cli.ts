// `damselfly scheduler`: reads its options, opens its data directory, finds or founds its cluster,
// and runs until a signal or a failure ends it.
import { statfs } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { CodedError } from '../base/index.ts'
import type { Clock, Logger } from '../base/index.ts'
import {
  createPinoLogger,
  FileDisk,
  packageVersion,
  ProcessHeap,
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
import type { DataDirectory, Probe, RequestAdmission } from '../storage/index.ts'
import { admissionRequests } from './boot/join-client.ts'
import { joinCredentials } from './boot/join-credentials.ts'
import type { JoinCredentials } from './boot/join-credentials.ts'
import { probeTimeoutMs } from './boot/limits.ts'
import { fromProbeReply } from './boot/probe-wire.ts'
import { supportedFeatures } from './boot/features.ts'
import { RaftPort } from './boot/raft-port.ts'
import { openSecurity } from './boot/security.ts'
import type { SchedulerSecurity } from './boot/security.ts'
import { parseInitialMembers, parseJoinSeeds, schedulerSchema } from './config.ts'
import type { SchedulerConfig } from './config.ts'
import { IdleCollection } from './idle-collection.ts'
import { MemberProcess } from './member-process.ts'
import type { MemberProcessOptions } from './member-process.ts'
import { settingsSeed } from './settings-options.ts'

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
      run: ({ config }) => run(config),
    },
    argv,
  )
}

async function run(config: SchedulerConfig): Promise<number | undefined> {
  const logger = createPinoLogger({ level: config.logLevel as LogLevel, component: 'scheduler' })
  const clock = new SystemClock()
  const { random, seed } = systemRandom()
  const disk = new FileDisk()
  const raftAddress = `${config.advertiseIp}:${config.raftPort}`
  const hostId = config.hostId === '' ? raftAddress : config.hostId
  const addresses = initialAddresses(config, raftAddress)
  const seeds = parseJoinSeeds(config.join)
  logger.info({ hostId, raftAddress, seed }, 'starting')

  const credentials = await joinCredentials(config)
  const secured = await openSecurity({ clock, logger }, config)
  const { security } = secured
  const root = resolve(config.dataDir)
  const directory = await openDataDirectory({ disk, random, logger, lockDirectory }, { root })
  const bootId = randomId()
  const raftPort = new RaftPort(directory, { bootId, security })
  await raftPort.listen(config.listenIp, config.raftPort)
  const probe = probeThrough({ addresses, raftAddress, directory, security, bootId })
  const stopping = new AbortController()
  const own = { credentials, secured, stopping, bootId, root }
  const member = new MemberProcess(
    {
      clock,
      disk,
      random,
      logger,
      directory,
      raftPort,
      probe,
      ...admissionThrough({ clock, logger }, config, own),
      exit: (code) => process.exit(code),
    },
    {
      boot: {
        raftAddress,
        hostId,
        addresses,
        seeds,
        supportedFeatures: supportedFeatures(config.holdFeatures),
      },
      ...memberOptions(config, own),
    },
  )
  const collection = new IdleCollection({ clock, logger, heap: new ProcessHeap() })
  await collection.start()
  const stop = async (): Promise<void> => {
    stopping.abort(new CodedError('SCHED_STOPPING', 'stopped while joining'))
    await member.stop()
    await secured.stop()
    await collection.stop()
  }
  stopOnSignals({ stop, deadlineMs: stopDeadlineMs, logger })
  const end = await member.run()
  // Whoever asked for the end has it already under way.
  if (end.kind === 'stopped') return undefined
  await stop()
  const { code, detail } = end
  logger.warn({ code, detail }, 'this host is no member any more and stays out: nothing left to do')
  return 0
}

/** What a process is made with besides its flags. */
interface Own {
  readonly credentials: JoinCredentials
  readonly secured: SchedulerSecurity
  /** Aborted when the process is told to end. */
  readonly stopping: AbortController
  readonly bootId: string
  /** Absolute path of the data directory. */
  readonly root: string
}

function memberOptions(
  config: SchedulerConfig,
  { credentials, secured, bootId, root }: Own,
): Pick<MemberProcessOptions, 'scheduler' | 'quarantine'> {
  const { clusterKey } = credentials
  return {
    scheduler: {
      ...config,
      bootId,
      pid: process.pid,
      programVersion: packageVersion(),
      electionTimeoutMs: config.electionTimeout,
      dialableIps: config.allowDial,
      countHostTraffic: config.metricsEnableHost,
      settingsSeed: settingsSeed(config),
      security: secured.security,
      clientCertificates: secured.clientCertificates,
      tlsFiles: secured.tlsFiles,
      ...(clusterKey === undefined ? {} : { clusterKey }),
      operatorTokenPath: operatorTokenPath(config),
    },
    quarantine: {
      retentionMs: config.quarantineRetention,
      totalBytes: () => fileSystemBytes(root),
    },
  }
}

/** Requests for admission, for a member that has something to prove itself with. */
function admissionThrough(
  deps: { readonly clock: Clock; readonly logger: Logger },
  config: SchedulerConfig,
  { credentials, secured, stopping }: Own,
): { readonly admission?: (wasRemoved: boolean) => RequestAdmission } {
  const { security } = secured
  const { joinToken, clusterKey, canJoin } = credentials
  if (!canJoin) return {}
  const features = supportedFeatures(config.holdFeatures)
  const { replaces, learner: isLearner } = config
  const asked = { joinToken, clusterKey, security, features, replaces, isLearner, randomId }
  const programVersion = packageVersion()
  const { signal } = stopping
  return {
    admission: (wasRemoved) =>
      admissionRequests(deps, { ...asked, programVersion, wasRemoved, signal }),
  }
}

/** Size of the file system; 0 when it does not say. */
async function fileSystemBytes(path: string): Promise<number> {
  const { blocks, bsize } = await statfs(path)
  return blocks * bsize
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
  readonly bootId: string
}): Probe {
  const { addresses, raftAddress, directory, security, bootId } = own
  return async (address) => {
    const self = directory.probeAnswer
    const request = {
      addresses: [...addresses],
      fromAddress: raftAddress,
      // Who has no incarnation yet asks as nobody in particular.
      fromIncarnation: self?.incarnation ?? bootId,
      ...(self?.state === 'member'
        ? { fromClusterId: self.clusterId, fromReplicaId: self.replicaId }
        : {}),
    }
    const { credentials, options: channelOptions } = security.connect(address)
    const how = { timeoutMs: probeTimeoutMs, credentials, channelOptions }
    const outcome = await probeMember(address, request, how)
    // An address of our own tells nothing about others.
    const isOther = outcome.ok && outcome.reply.bootId !== bootId
    return isOther ? fromProbeReply(outcome.reply) : undefined
  }
}
