// Plain gRPC calls to one chosen scheduler: the leader-aware client would ask the leader instead.
import { createHash } from 'node:crypto'
import { Client, credentials } from '@grpc/grpc-js'
import type { ServiceError } from '@grpc/grpc-js'
import { loadServices } from '../../proto/index.ts'
import type { clusterV1, schedulerV1 } from '../../proto/index.ts'

type Reply<T> = (error: ServiceError | null, reply?: T) => void

function call<T>(invoke: (done: Reply<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    invoke((error, reply) => {
      if (error === null) resolve(reply as T)
      else reject(error)
    })
  })
}

const deadline = (): { deadline: number } => ({ deadline: Date.now() + 20_000 })

/** API v1 of one member. */
export class SchedulerStub {
  readonly #v1
  readonly #cluster
  readonly #health

  constructor(address: string) {
    this.#health = new Client(address, credentials.createInsecure())
    const { schedulerV1: V1, cluster: Cluster } = loadServices()
    this.#v1 = new V1(address, credentials.createInsecure())
    this.#cluster = new Cluster(address, credentials.createInsecure())
  }

  statTask(taskId: string): Promise<schedulerV1.Task__Output> {
    return call((done) => this.#v1.statTask({ taskId }, deadline(), done))
  }

  announceTask(request: schedulerV1.AnnounceTaskRequest): Promise<unknown> {
    return call((done) => this.#v1.announceTask(request, deadline(), done))
  }

  status(): Promise<clusterV1.StatusReply__Output> {
    return call((done) => this.#cluster.status({}, deadline(), done))
  }

  /** SERVING, NOT_SERVING or UNKNOWN, as load balancers ask for it. */
  async health(): Promise<string> {
    const words = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']
    // The reply is one enum in field 1; an absent field is 0.
    const [, value = 0] = await call<Buffer>((done) =>
      this.#health.makeUnaryRequest(
        '/grpc.health.v1.Health/Check',
        () => Buffer.alloc(0),
        (bytes: Buffer) => bytes,
        {},
        deadline(),
        done,
      ),
    )
    return words[value] ?? 'UNKNOWN'
  }

  close(): void {
    this.#health.close()
    this.#v1.close()
    this.#cluster.close()
  }
}

/** The task id of an imported cid made of letters and digits. */
export function cacheTaskId(cid: string): string {
  return createHash('sha256').update(`d7y:/${cid}`).digest('hex')
}

/** An announcement of a one-piece task, as a dfdaemon would make it. */
export function announcement(cid: string): schedulerV1.AnnounceTaskRequest {
  const taskId = cacheTaskId(cid)
  const peerId = `127.0.0.1-1-${cid}`
  return {
    taskId,
    url: `d7y:/${cid}`,
    urlMeta: {},
    peerHost: {
      id: '127.0.0.1-writer',
      ip: '127.0.0.1',
      rpcPort: 65000,
      downPort: 65002,
      hostname: 'writer',
    },
    piecePacket: {
      taskId,
      dstPid: peerId,
      dstAddr: '127.0.0.1:65002',
      pieceInfos: [{ pieceNum: 0, rangeStart: 0, rangeSize: 1, pieceMd5: 'c'.repeat(32) }],
      totalPiece: 1,
      contentLength: 1,
    },
    taskType: 'DfCache',
  }
}
