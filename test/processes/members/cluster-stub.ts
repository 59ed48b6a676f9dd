// The cluster's own service of one chosen member, as any client calls it.
import { credentials, Metadata } from '@grpc/grpc-js'
import type { ServiceError } from '@grpc/grpc-js'
import { loadServices } from '../../../proto/index.ts'
import type { clusterV1 } from '../../../proto/index.ts'

type Reply<T> = (error: ServiceError | null, reply?: T) => void

function call<T>(invoke: (done: Reply<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    invoke((error, reply) => {
      if (error === null) resolve(reply as T)
      else reject(error)
    })
  })
}

const deadline = (): { deadline: number } => ({ deadline: Date.now() + 10_000 })

function headers(isStale: boolean): Metadata {
  const metadata = new Metadata()
  if (isStale) metadata.set('x-damselfly-consistency', 'stale')
  return metadata
}

export class ClusterStub {
  readonly #client

  constructor(address: string) {
    this.#client = new (loadServices().cluster)(address, credentials.createInsecure())
  }

  shards(isStale = false): Promise<clusterV1.ShardsReply__Output> {
    return call((done) => this.#client.shards({}, headers(isStale), deadline(), done))
  }

  slots(isStale = false): Promise<clusterV1.SlotsReply__Output> {
    return call((done) => this.#client.slots({}, headers(isStale), deadline(), done))
  }

  nodes(): Promise<clusterV1.NodesReply__Output> {
    return call((done) => this.#client.nodes({}, headers(false), deadline(), done))
  }

  join(request: clusterV1.JoinRequest): Promise<clusterV1.JoinReply__Output> {
    return call((done) => this.#client.join(request, deadline(), done))
  }

  changeMember(request: clusterV1.ChangeMemberRequest): Promise<unknown> {
    return call((done) => this.#client.changeMember(request, deadline(), done))
  }

  close(): void {
    this.#client.close()
  }
}

/** Host ids a view names, with their states. */
export function shown(reply: {
  readonly shards: readonly clusterV1.Shard__Output[]
}): ReadonlyMap<string, string> {
  const nodes = reply.shards.flatMap((shard) => shard.nodes)
  return new Map(nodes.map(({ hostId, state }) => [hostId, state]))
}
