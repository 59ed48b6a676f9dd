// A new member while it loads a large state: shown to operators, sent to nobody.
import { credentials } from '@grpc/grpc-js'
import { loadServices } from '../../../proto/index.ts'
import { flagsOf, launch } from '../commands.ts'
import type { CommandProcess } from '../commands.ts'
import { until } from '../local-cluster.ts'
import { ClusterStub, shown } from './cluster-stub.ts'
import { largeCluster } from './large-cluster.ts'
import { freePorts } from './member-cluster.ts'
import { check, timed } from './steps.ts'
import type { OwnClusterItem } from './steps.ts'

/** Longest the state may take to load on a busy machine. */
const loadDeadlineMs = 900_000

/** A manager, as dfdaemons ask it for schedulers. */
class Manager {
  readonly #process: CommandProcess
  readonly #client

  constructor(scheduler: string, [restPort, grpcPort]: readonly number[]) {
    const options = {
      scheduler,
      'listen-ip': '127.0.0.1',
      'rest-port': restPort!,
      'grpc-port': grpcPort!,
    }
    this.#process = launch('damselfly', ['manager', ...flagsOf(options)])
    this.#process.stdout.resume()
    this.#process.stderr.resume()
    const { managerV2: Client } = loadServices()
    this.#client = new Client(`127.0.0.1:${grpcPort}`, credentials.createInsecure())
  }

  /** Host names ListSchedulers answers with. */
  listed(): Promise<readonly string[]> {
    const deadline = new Date(Date.now() + 5000)
    return new Promise((resolve, reject) => {
      this.#client.listSchedulers(
        { hostname: 'x', ip: '127.0.0.1' },
        { deadline },
        (error, reply) => {
          if (error === null) resolve(reply!.schedulers.map(({ port }) => String(port)))
          else reject(error)
        },
      )
    })
  }

  async stop(): Promise<void> {
    this.#client.close()
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGTERM')
    await ended
  }
}

export const loadingShown: OwnClusterItem = {
  title: 'a member that loads is in shards as loading, in neither slots nor ListSchedulers',
  run: async (scale) => {
    // A quarter of the rate, so that loading takes several seconds whatever the size.
    const rate = `${Math.ceil(scale.loadedBytes / 4 / 1024)}KiB`
    const size = { peers: 1000, paddingBytes: scale.loadedBytes }
    const { cluster, old, fresh } = await largeCluster(size, ['--image-rate', rate])
    const manager = new Manager(old.addr, await freePorts(2))
    const stub = new ClusterStub(old.addr)
    const freshPort = fresh.addr.split(':')[1]!
    try {
      await until('the manager', 60_000, async () =>
        (await manager.listed().catch(() => [])).length === 1 ? true : undefined,
      )
      cluster.start(fresh)
      let looks = 0
      const percents = new Set<number>()
      await until('the end of loading', loadDeadlineMs, async () => {
        const state = shown(await stub.shards()).get(fresh.hostId)
        const inSlots = shown(await stub.slots()).has(fresh.hostId)
        const listed = (await manager.listed()).includes(freshPort)
        // It may have come online between the answers, never the other way round.
        const now = shown(await stub.shards()).get(fresh.hostId)
        if (now !== 'online') check(!inSlots && !listed, `${state} member shown to clients`)
        if (state === 'loading') looks += 1
        const { commit, members } = await cluster.status()
        const row = members.find(({ hostId }) => hostId === fresh.hostId)
        if (row?.loadedPercent !== undefined) percents.add(Math.floor(row.loadedPercent))
        return now === 'online' || (row?.applied ?? -1) >= commit ? true : undefined
      })
      // It has caught up: it shows what is committed.
      const listedMs = await timed(() =>
        until('the new member in slots and ListSchedulers', 60_000, async () => {
          const inSlots = shown(await stub.slots()).has(fresh.hostId)
          return inSlots && (await manager.listed()).includes(freshPort) ? true : undefined
        }),
      )
      check(looks > 0, 'it was never seen loading')
      check(percents.size > 1, `its percents were ${[...percents].join(' ')}`)
      if (scale.isFull)
        check(listedMs <= 1000, `shown to clients ${listedMs} ms after it caught up`)
      return `${looks} looks while it loaded, ${percents.size} percents; to clients after ${listedMs} ms`
    } finally {
      stub.close()
      await manager.stop()
      await cluster.stop()
    }
  },
}
