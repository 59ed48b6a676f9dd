// Whole members over sockets and files of this machine, as the command line puts them together: a
// test starts, stops and restarts them by their place.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { credentials } from '@grpc/grpc-js'
import { nullLogger } from '../base/index.ts'
import { loadServices } from '../proto/index.ts'
import type { clusterV1 } from '../proto/index.ts'
import { FileDisk, randomId, SystemClock, systemRandom } from '../runtime/index.ts'
import { probeMember } from '../runtime/grpc-raft-transport.ts'
import { plainText } from '../runtime/grpc-tls.ts'
import { lockDirectory, openDataDirectory } from '../storage/index.ts'
import type { DataDirectory } from '../storage/index.ts'
import { openScheduler } from './boot/open-instance.ts'
import { admissionRequests } from './boot/join-client.ts'
import type { BootDeps, OpenedScheduler } from './boot/open-instance.ts'
import { fromProbeReply } from './boot/probe-wire.ts'
import { RaftPort } from './boot/raft-port.ts'
import { frameworkFeatures } from './replication/index.ts'
import { startScheduler } from './service.ts'
import type { RunningScheduler } from './service.ts'
import type { SettingsSeed } from './settings-options.ts'

const ip = '127.0.0.1'
const clock = new SystemClock()
const { random } = systemRandom()
const disk = new FileDisk()

/** Far above what anything here takes; only a broken test waits this long. */
export const patienceMs = 20_000

/** Where a member lives, from start to start. */
export interface Place {
  readonly hostId: string
  readonly root: string
  readonly raftPort: number
}

/** How a member is started. */
export interface StartOptions {
  /** @default all the program knows */
  readonly supportedFeatures?: readonly string[]
  /** @default a failure of the test */
  readonly onFatal?: (error: Error) => void
  /** What its options say of the settings. @default nothing is stored */
  readonly settingsSeed?: SettingsSeed
  /** It joins instead of being one of the first. */
  readonly join?: { readonly token: string; readonly isLearner: boolean }
}

export interface RunningMember {
  readonly place: Place
  readonly running: RunningScheduler
  readonly opened: OpenedScheduler
  readonly cluster: clusterV1.ClusterClient
  stop(): Promise<void>
}

interface Base {
  readonly place: Place
  readonly bootId: string
  readonly directory: DataDirectory
  readonly port: RaftPort
}

/** The members of one test; `stop` ends what still runs and removes their files. */
export class RunningMembers {
  readonly #cleanups: (() => Promise<unknown>)[] = []
  #places: readonly Place[] = []

  async start(count: number, options: StartOptions = {}): Promise<readonly RunningMember[]> {
    const bases: Base[] = []
    for (let i = 1; i <= count; i += 1) {
      const root = await mkdtemp(join(tmpdir(), 'damselfly-members-'))
      this.#cleanups.push(() => rm(root, { recursive: true, force: true }))
      bases.push(await prepare({ hostId: `s${i}`, root, raftPort: 0 }))
    }
    this.#places = bases.map(({ place }) => place)
    return Promise.all(bases.map((base) => this.#run(base, options)))
  }

  /** Starts a new member, which asks the others for admission. */
  async join(hostId: string, options: StartOptions): Promise<RunningMember> {
    const root = await mkdtemp(join(tmpdir(), 'damselfly-members-'))
    this.#cleanups.push(() => rm(root, { recursive: true, force: true }))
    return this.#run(await prepare({ hostId, root, raftPort: 0 }), options)
  }

  /** Starts a member again that was stopped. */
  async restart(place: Place, options: StartOptions = {}): Promise<RunningMember> {
    return this.#run(await prepare(place), options)
  }

  async stop(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0).toReversed()) await cleanup()
  }

  async #run(base: Base, options: StartOptions): Promise<RunningMember> {
    const { place, directory, port, bootId } = base
    const addresses = this.#places.map(addressOf)
    const release = async (): Promise<void> => {
      await port.stop()
      await directory.close()
    }
    const opened = await open(base, addresses, options).catch(async (error: unknown) => {
      await release()
      throw error
    })
    const running = await startScheduler(
      { clock, random: random.fork(bootId), logger: nullLogger, opened },
      {
        bootId,
        pid: 1,
        programVersion: 'test',
        listenIp: ip,
        advertiseIp: ip,
        port: 0,
        metricsPort: 0,
        electionTimeoutMs: 1000,
        dialableIps: [],
        operatorTokenPath: join(place.root, 'operator.token'),
        ...(options.settingsSeed === undefined ? {} : { settingsSeed: options.settingsSeed }),
        onFatal: options.onFatal ?? onFatal,
        onTransport: (transport) => port.serve(transport),
        onProgress: (look) => port.report(look),
        onKnowledge: (knowledge) => port.inform(knowledge),
      },
    )
    const cluster = new (loadServices().cluster)(running.addr, credentials.createInsecure())
    let stopped: Promise<void> | undefined
    const stop = async (): Promise<void> => {
      cluster.close()
      await running.stop()
      await opened.close()
      await release()
    }
    const member = { place, running, opened, cluster, stop: () => (stopped ??= stop()) }
    this.#cleanups.push(member.stop)
    return member
  }
}

/** Waits until `look` has a value; fails after `patienceMs`. The value, and how long it took. */
export async function until<Value>(
  what: string,
  look: () => Value | undefined | Promise<Value | undefined>,
): Promise<{ readonly value: Value; readonly tookMs: number }> {
  const startMs = clock.nowMs()
  for (;;) {
    const value = await look()
    const tookMs = clock.nowMs() - startMs
    if (value !== undefined) return { value, tookMs }
    if (tookMs > patienceMs) throw new Error(`${what} within ${patienceMs} ms`)
    await clock.sleep(20)
  }
}

/** Locks the directory and binds the replication port: then others can be told of it. */
async function prepare(place: Place): Promise<Base> {
  const directory = await openDataDirectory(
    { disk, random, logger: nullLogger, lockDirectory },
    { root: place.root },
  )
  const bootId = randomId()
  const port = new RaftPort(directory, { bootId, security: plainText })
  const raftPort = await port.listen(ip, place.raftPort)
  return { place: { ...place, raftPort }, bootId, directory, port }
}

function open(
  { place, directory, port, bootId }: Base,
  addresses: readonly string[],
  options: StartOptions,
): Promise<OpenedScheduler> {
  const raftAddress = addressOf(place)
  const { supportedFeatures } = options
  const { signal } = new AbortController()
  const probe = async (address: string) => {
    const fromIncarnation = directory.probeAnswer?.incarnation ?? bootId
    const request = { addresses: [...addresses], fromAddress: raftAddress, fromIncarnation }
    const outcome = await probeMember(address, request, { timeoutMs: 1000 })
    return outcome.ok ? fromProbeReply(outcome.reply) : undefined
  }
  return openScheduler(
    { clock, disk, random, logger: nullLogger, directory, probe, ...admission(options, signal) },
    {
      raftAddress,
      hostId: place.hostId,
      ...(options.join === undefined ? { addresses } : { addresses: [], seeds: addresses }),
      signal,
      ...(supportedFeatures === undefined ? {} : { supportedFeatures }),
      onFatal,
      onProgress: (look) => port.report(look),
    },
  )
}

/** Asks to be admitted with a token. */
function admission(
  { join: asked }: StartOptions,
  signal: AbortSignal,
): Pick<BootDeps, 'admission'> {
  if (asked === undefined) return {}
  const { token: joinToken, isLearner } = asked
  const nothing = { clusterKey: undefined, features: [...frameworkFeatures], replaces: '' }
  const how = { security: plainText, programVersion: 'test', randomId, signal }
  return {
    admission: (wasRemoved) =>
      admissionRequests(
        { clock, logger: nullLogger },
        { ...nothing, ...how, joinToken, isLearner, wasRemoved },
      ),
  }
}

function addressOf({ raftPort }: Place): string {
  return `${ip}:${raftPort}`
}

function onFatal(error: Error): void {
  throw error
}
