// A new member that takes long to load: who shows it meanwhile, and how soon it serves afterwards.
import { join } from 'node:path'
import { credentials } from '@grpc/grpc-js'
import { loadServices } from '../../../proto/index.ts'
import { flagsOf, launch, runWell } from '../commands.ts'
import type { CommandProcess } from '../commands.ts'
import { until } from '../local-cluster.ts'
import { ClusterStub, shown } from './cluster-stub.ts'
import { freePorts, MemberCluster } from './member-cluster.ts'
import type { MemberProcess } from './member-cluster.ts'
import { writeStateImage } from './state-image.ts'
import { check, untilEqual } from './steps.ts'
import type { OwnClusterItem } from './steps.ts'

const MiB = 1024 * 1024

/** Bytes of an image for each peer in it, about. */
const bytesPerPeer = 330

/** Longest a member may go unlisted once it has everything. */
const listedMsMax = 1000

const wholeDeadlineMs = 1_800_000

/** ListSchedulers of a manager that asks this cluster, as dfdaemons call it. */
class Manager {
  readonly #process: CommandProcess
  readonly #client

  private constructor(process: CommandProcess, port: number) {
    this.#process = process
    this.#client = new (loadServices().managerV2)(`127.0.0.1:${port}`, credentials.createInsecure())
  }

  static async start(scheduler: string): Promise<Manager> {
    const [restPort, grpcPort] = (await freePorts(2)) as [number, number]
    const options = { scheduler, 'listen-ip': '127.0.0.1' }
    const ports = { 'rest-port': restPort, 'grpc-port': grpcPort }
    const process = launch('damselfly', ['manager', ...flagsOf({ ...options, ...ports })])
    process.stdout.resume()
    process.stderr.resume()
    const manager = new Manager(process, grpcPort)
    await until('a manager', 60_000, async () => manager.listed().catch(() => undefined))
    return manager
  }

  /** Host ids. */
  listed(): Promise<readonly string[]> {
    const request = { sourceType: 'PEER_SOURCE', hostname: 'h', ip: '127.0.0.1' } as const
    return new Promise((resolve, reject) => {
      this.#client.listSchedulers(request, { deadline: Date.now() + 10_000 }, (error, reply) => {
        if (error === null) resolve(reply!.schedulers.map(({ hostname }) => hostname))
        else reject(error)
      })
    })
  }

  async stop(): Promise<void> {
    this.#client.close()
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGTERM')
    await ended
  }
}

interface Loading {
  /** Looks that found it loading. */
  readonly looks: number
  /** Percentages shown meanwhile, first and last. */
  readonly percents: readonly number[]
  /** From having everything, by its own word, to being listed. */
  readonly listedMs: number
}

/** Looks at every view until the manager lists the member. */
async function watchLoading(
  cluster: MemberCluster,
  stub: ClusterStub,
  manager: Manager,
  fresh: MemberProcess,
): Promise<Loading> {
  let looks = 0
  const percents: number[] = []
  let wholeAtMs: number | undefined
  return until('the member to be listed', wholeDeadlineMs, async () => {
    // What is asked first may show less than what is asked later, and never more.
    const listed = await manager.listed()
    const listedAtMs = performance.now()
    const slots = shown(await stub.slots())
    const overview = await cluster.status()
    const row = overview.members.find(({ hostId }) => hostId === fresh.hostId)
    if (row?.applied !== undefined && row.applied >= overview.commit && overview.commit > 0) {
      wholeAtMs ??= performance.now()
    }
    const state = shown(await stub.shards()).get(fresh.hostId)
    if (state === 'loading' || state === 'joining') {
      looks += 1
      if (row?.loadedPercent !== undefined) percents.push(Math.floor(row.loadedPercent))
      check(!slots.has(fresh.hostId), `slots name a member that is ${state}`)
      check(!listed.includes(fresh.hostId), `ListSchedulers names a member that is ${state}`)
    }
    if (!listed.includes(fresh.hostId)) return undefined
    check(state === 'online', `listed, and ${state} in shards`)
    return { looks, percents, listedMs: Math.round(listedAtMs - (wholeAtMs ?? listedAtMs)) }
  })
}

export const loadingShown: OwnClusterItem = {
  title:
    'a member that loads a large state: in shards, not in slots nor ListSchedulers until it is whole',
  run: async ({ isFull, loadedBytes }) => {
    const flags = ['--image-rate', isFull ? '64MiB' : '8MiB']
    const cluster = await MemberCluster.prepare({ initial: 1, spare: 1, flags })
    const [old, spare] = cluster.members.map(withRoom) as [MemberProcess, MemberProcess]
    const stub = new ClusterStub(old.addr)
    let manager: Manager | undefined
    try {
      const file = join(cluster.dir, 'large.image')
      const imageBytes = await writeStateImage(file, Math.ceil(loadedBytes / bytesPerPeer))
      const { dataDir, hostId, raftAddr } = old
      const place = { 'data-dir': dataDir, 'host-id': hostId, 'raft-address': raftAddr }
      await runWell('damselfly', ['snapshot', 'restore', file, ...flagsOf(place)])
      cluster.start(old)
      await cluster.untilOnline([old])
      manager = await Manager.start(old.addr)
      const { token } = await cluster.operateWell('member', 'add', spare.hostId)
      cluster.start(spare, ['--join-token', String(token)])
      const { looks, percents, listedMs } = await watchLoading(cluster, stub, manager, spare)
      check(looks > 1, `it was seen loading ${looks} times`)
      check(percents.length > 0, 'nobody said how far it is')
      if (isFull) check(listedMs <= listedMsMax, `listed ${listedMs} ms after it had everything`)
      await cluster.untilOnline([old, spare])
      await untilEqual([old, spare])
      const range = `${percents[0]} to ${percents.at(-1)} %`
      const size = `${Math.round(imageBytes / MiB)} MiB`
      return `${size}, seen loading ${looks} times, ${range}, listed after ${listedMs} ms (bound ${listedMsMax})`
    } finally {
      stub.close()
      await manager?.stop()
      await cluster.stop()
    }
  },
}

/** The same process with room for the tables of a large state. */
function withRoom(member: MemberProcess): MemberProcess {
  const [command, ...rest] = member.argv
  return { ...member, argv: [command!, '--max-old-space-size=10240', ...rest] }
}
