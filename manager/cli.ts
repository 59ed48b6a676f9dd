// `damselfly manager`: the composition root.
import {
  runCommand,
  stopOnSignals,
  createPinoLogger,
  followTlsFiles,
  SystemClock,
  systemRandom,
} from '../runtime/index.ts'
import type { LogLevel } from '../runtime/index.ts'
import { clientSecurity, ClusterClient, SchedulerClient } from '../client/index.ts'
import type { ClusterSource } from './cluster-view.ts'
import { managerSchema } from './config.ts'
import type { ManagerConfig } from './config.ts'
import { startManager } from './server.ts'

/** Longest one member may take to answer a status question. */
const statusDeadlineMs = 1000

/** Longest a list of hosts may take, elections included. */
const listDeadlineMs = 5000

const stopDeadlineMs = 10_000

/** Runs until a signal ends it. */
export async function main(argv: readonly string[]): Promise<void> {
  await runCommand(
    {
      name: 'damselfly manager',
      usage: 'usage: damselfly manager [options]\n\nServes REST, console and gRPC for a cluster.',
      schema: managerSchema,
      envPrefix: 'DAMSELFLY_MANAGER',
      defaultFile: '/etc/damselfly/manager.yaml',
      run: async ({ config }) => {
        await run(config)
        return undefined
      },
    },
    argv,
  )
}

async function run(config: ManagerConfig): Promise<void> {
  const level = config.logLevel as LogLevel
  const logger = createPinoLogger({ level, component: 'manager' })
  const deps = { clock: new SystemClock(), random: systemRandom().random, logger }
  const security = await clientSecurity(deps, config)
  const unfollow = security.files && (await followTlsFiles(security.files, logger))
  const client = new SchedulerClient(deps, { addresses: config.scheduler, security })
  const operated = { addresses: config.scheduler, deadlineMs: listDeadlineMs, security }
  const cluster = new ClusterClient(deps, operated)
  const source: ClusterSource = {
    listHosts: async () => (await client.listHosts({}, { deadlineMs: listDeadlineMs })).hosts,
    status: (address: string) => client.status(address, { deadlineMs: statusDeadlineMs }),
    views: {
      shards: (options) => cluster.shards(options),
      slots: (options) => cluster.slots(options),
      nodes: (options) => cluster.nodes(false, options),
    },
  }
  const running = await startManager(
    { source, logger },
    { ...config, seeds: () => client.addresses },
  )
  const stop = async (): Promise<void> => {
    await running.stop()
    client.close()
    cluster.close()
    await unfollow?.()
  }
  stopOnSignals({ stop, deadlineMs: stopDeadlineMs, logger })
  logger.info({ restUrl: running.restUrl, grpcAddr: running.grpcAddr }, 'listening')
}
