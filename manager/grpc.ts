// The manager's gRPC side: which schedulers there are, for API v1 and v2 clients, and health.
// RPCs this service declares and does not serve answer UNIMPLEMENTED.
import { Server, ServerCredentials, status } from '@grpc/grpc-js'
import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js'
import { CodedError, messageOf } from '../base/index.ts'
import type { Logger } from '../base/index.ts'
import { loadServices } from '../proto/index.ts'
import type { managerV1, managerV2 } from '../proto/index.ts'
import { Health } from '../runtime/grpc-services.ts'
import type { ClusterView, ListedScheduler } from './cluster-view.ts'
import { schedulerCluster, schedulerFeatures, splitAddress } from './shapes.ts'

/** Bytes of one request message. */
export const requestBytesMax = 64 * 1024

/** Characters of a hostname, idc, location, version or commit (upstream's rule). */
const textLengthMax = 1024

/** Upstream cuts connections at these ages, so that clients spread again. */
const channelOptions = {
  'grpc.max_receive_message_length': requestBytesMax,
  'grpc.max_connection_idle_ms': 10 * 60_000,
  'grpc.max_connection_age_ms': 12 * 3_600_000,
  'grpc.max_connection_age_grace_ms': 5 * 60_000,
  'grpc.max_concurrent_streams': 1000,
} as const

/** JSON that upstream's clients read from `bytes` fields. */
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

const clusterMessage = {
  id: schedulerCluster.id,
  name: schedulerCluster.name,
  bio: '',
  config: json({ candidate_parent_limit: 3, filter_parent_limit: 15, job_rate_limit: 10 }),
  clientConfig: json({ load_limit: 200 }),
  scopes: json({}),
} as const

function schedulerMessage(member: ListedScheduler): managerV2.Scheduler & managerV1.Scheduler {
  return {
    id: member.id,
    hostname: member.hostId,
    ...splitAddress(member.addr),
    state: 'active',
    schedulerClusterId: schedulerCluster.id,
    schedulerCluster: clusterMessage,
    features: json(schedulerFeatures),
  }
}

interface Asked {
  readonly hostname: string
  readonly ip: string
  readonly version: string
  readonly commit: string
}

function checkAsked(asked: Asked): void {
  for (const field of ['hostname', 'ip', 'version', 'commit'] as const) {
    if (asked[field].length > textLengthMax) {
      throw new CodedError('MGR_BAD_REQUEST', `${field}: at most ${textLengthMax} characters`)
    }
  }
}

type Reply = { schedulers: (managerV1.Scheduler & managerV2.Scheduler)[] }

/** The manager's gRPC server on one port. */
export class ManagerGrpcServer {
  readonly #server: Server
  readonly #logger: Logger
  readonly #view: ClusterView

  constructor(deps: { readonly view: ClusterView; readonly logger: Logger }) {
    this.#view = deps.view
    this.#logger = deps.logger
    this.#server = new Server(channelOptions)
    const { managerV1: v1, managerV2: v2 } = loadServices()
    this.#server.addService(v1.service, {
      ListSchedulers: (call: ServerUnaryCall<Asked, Reply>, done: sendUnaryData<Reply>) =>
        this.#answer(call, done),
    })
    this.#server.addService(v2.service, {
      ListSchedulers: (call: ServerUnaryCall<Asked, Reply>, done: sendUnaryData<Reply>) =>
        this.#answer(call, done),
    })
    const health = new Health([''])
    health.setStatus('SERVING')
    health.addToServer(this.#server)
  }

  /** Listens and resolves with the bound port. */
  listen(address: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
        if (error !== null) reject(new CodedError('MGR_PORT_IN_USE', error.message))
        else resolve(port)
      })
    })
  }

  stop(): void {
    this.#server.forceShutdown()
  }

  #answer(call: ServerUnaryCall<Asked, Reply>, done: sendUnaryData<Reply>): void {
    try {
      checkAsked(call.request)
    } catch (error) {
      done({ code: status.INVALID_ARGUMENT, details: messageOf(error) })
      return
    }
    this.#view.listed().then(
      (members) => done(null, { schedulers: members.map(schedulerMessage) }),
      (error: unknown) => {
        this.#logger.warn({ err: messageOf(error) }, 'list schedulers failed')
        done({ code: status.UNAVAILABLE, details: messageOf(error) })
      },
    )
  }
}
