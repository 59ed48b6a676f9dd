// One gRPC server of the daemon, at a unix socket or a TCP port, with health and reflection.
import { connect } from 'node:net'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js'
import { CodedError, messageOf } from '../../base/index.ts'
import type { Clock, Disk } from '../../base/index.ts'
import { addReflection, Health } from '../../runtime/grpc-services.ts'
import { daemonReceiveBytesMax, daemonStreamsPerConnectionMax, socketProbeMs } from './limits.ts'

/** A service with its handlers. */
export interface ServedService {
  readonly service: ServiceDefinition
  readonly handlers: UntypedServiceImplementation
}

/** A gRPC server that can be asked and stopped. */
export class RpcServer {
  readonly #server: Server
  readonly #health = new Health([''])

  constructor() {
    this.#server = new Server({
      'grpc.max_receive_message_length': daemonReceiveBytesMax,
      'grpc.max_concurrent_streams': daemonStreamsPerConnectionMax,
    })
  }

  /** Adds what is served. Call it right after binding, before anything else is awaited. */
  serve(services: readonly ServedService[]): void {
    for (const { service, handlers } of services) this.#server.addService(service, handlers)
    this.#health.addToServer(this.#server)
    addReflection(this.#server, ['dragonfly/dfdaemon-v1.proto', 'dragonfly/cdnsystem-v1.proto'])
  }

  /** Binds a TCP port and returns it; 0 picks one. PEER_PORT_IN_USE, PEER_LISTEN_FAILED. */
  async listenTcp(ip: string, port: number): Promise<number> {
    const address = ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
    try {
      return await this.#bind(address)
    } catch (error) {
      throw listenError(error, `gRPC address ${address}`)
    }
  }

  /**
   * Binds a unix socket that only this user may open. PEER_SOCKET_IN_USE, PEER_LISTEN_FAILED. The
   * file of a dead process is replaced, one that somebody answers at is not.
   */
  async listenUnix(deps: { disk: Disk; clock: Clock }, path: string): Promise<void> {
    await clearSocket(deps, path)
    // The rights count from the moment the file exists, so the mask is set before, not after.
    const mask = process.umask(0o177)
    try {
      await this.#bind(`unix:${path}`)
    } catch (error) {
      throw listenError(error, `unix socket ${path}`)
    } finally {
      process.umask(mask)
    }
  }

  setServing(isServing: boolean): void {
    this.#health.setStatus(isServing ? 'SERVING' : 'NOT_SERVING')
  }

  /** Lets running calls end for up to `graceMs`, then cuts them. */
  async stop(clock: Clock, graceMs: number): Promise<void> {
    this.setServing(false)
    await new Promise<void>((resolve) => {
      const timer = clock.setTimer(graceMs, () => {
        this.#server.forceShutdown()
        resolve()
      })
      this.#server.tryShutdown(() => {
        timer.cancel()
        resolve()
      })
    })
  }

  #bind(address: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(port)
        else reject(error)
      })
    })
  }
}

function listenError(error: unknown, what: string): CodedError {
  const text = messageOf(error)
  const isInUse = text.includes('EADDRINUSE')
  const code = isInUse ? 'PEER_PORT_IN_USE' : 'PEER_LISTEN_FAILED'
  const why = isInUse ? 'is in use' : `cannot be listened on: ${text}`
  return new CodedError(code, `${what} ${why}`, { cause: error })
}

async function clearSocket(deps: { disk: Disk; clock: Clock }, path: string): Promise<void> {
  const found = await deps.disk.stat(path)
  if (found === undefined) return
  if (found.kind !== 'other') {
    throw new CodedError('PEER_LISTEN_FAILED', `${path} exists and is no socket`)
  }
  if (await isAnswered(deps.clock, path)) {
    throw new CodedError('PEER_SOCKET_IN_USE', `a daemon serves at ${path} already`)
  }
  await deps.disk.remove(path)
}

/** Whether a process listens at the socket; one that does not accept in time counts as one. */
function isAnswered(clock: Clock, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const timer = clock.setTimer(socketProbeMs, () => end(true))
    const end = (isListening: boolean): void => {
      timer.cancel()
      socket.destroy()
      resolve(isListening)
    }
    socket.once('connect', () => end(true))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      end(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT')
    })
  })
}
