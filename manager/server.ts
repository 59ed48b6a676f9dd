// Puts the manager together and listens.
import { CodedError, messageOf } from '../base/index.ts'
import type { Logger } from '../base/index.ts'
import { createApp } from './app.ts'
import { ClusterView } from './cluster-view.ts'
import type { ClusterSource } from './cluster-view.ts'
import { ManagerGrpcServer } from './grpc.ts'

export interface ManagerServerOptions {
  readonly listenIp: string
  readonly restPort: number
  readonly grpcPort: number
  /** Scheduler client addresses that are known now. */
  readonly seeds: () => readonly string[]
  /** Let anyone read although `listenIp` is not loopback. */
  readonly publicRead: boolean
}

export interface RunningManager {
  readonly restUrl: string
  readonly grpcAddr: string
  stop(): Promise<void>
}

/** Starts both servers. @throws MGR_PORT_IN_USE */
export async function startManager(
  deps: { readonly source: ClusterSource; readonly logger: Logger },
  options: ManagerServerOptions,
): Promise<RunningManager> {
  const { listenIp } = options
  const view = new ClusterView(deps.source, options.seeds)
  const isPublicRead = options.publicRead || isLoopback(listenIp)
  const app = createApp({ view, logger: deps.logger }, { isPublicRead })
  const grpc = new ManagerGrpcServer({ view, logger: deps.logger })
  const host = listenIp.includes(':') ? `[${listenIp}]` : listenIp
  try {
    const restUrl = await app.listen({ host: listenIp, port: options.restPort })
    const grpcPort = await grpc.listen(`${host}:${options.grpcPort}`)
    return {
      restUrl,
      grpcAddr: `${host}:${grpcPort}`,
      stop: async () => {
        grpc.stop()
        await app.close()
      },
    }
  } catch (error) {
    grpc.stop()
    await app.close()
    const isInUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
    throw isInUse ? new CodedError('MGR_PORT_IN_USE', messageOf(error), { cause: error }) : error
  }
}

function isLoopback(ip: string): boolean {
  return ip === '::1' || ip === 'localhost' || ip.startsWith('127.')
}
