// etcd as a yardstick: three processes on loopback, puts of the same size at the leader, from
// clients in this process.
import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js'
import type { Client, ServiceError } from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'
import { cpuMsOf } from '../cpu.ts'
import { freePorts } from '../free-ports.ts'
import { runLoad } from '../load.ts'
import type { Load, LoadResult } from '../load.ts'

/** Longest wait for a leader. */
const electionMsMax = 30_000

/** The few fields of etcd's public API that a put and a look for the leader need. */
const descriptor = {
  nested: {
    etcdserverpb: {
      nested: {
        PutRequest: { fields: { key: { type: 'bytes', id: 1 }, value: { type: 'bytes', id: 2 } } },
        PutResponse: { fields: {} },
        StatusRequest: { fields: {} },
        ResponseHeader: { fields: { member_id: { type: 'uint64', id: 2 } } },
        StatusResponse: {
          fields: { header: { type: 'ResponseHeader', id: 1 }, leader: { type: 'uint64', id: 4 } },
        },
        KV: {
          methods: { Put: { requestType: 'PutRequest', responseType: 'PutResponse', comment: '' } },
        },
        Maintenance: {
          methods: {
            Status: { requestType: 'StatusRequest', responseType: 'StatusResponse', comment: '' },
          },
        },
      },
    },
  },
}

type Reply<Value> = (error: ServiceError | null, value: Value | undefined) => void

interface KvClient {
  put(request: { key: Uint8Array; value: Uint8Array }, reply: Reply<unknown>): void
  close(): void
}

interface MaintenanceClient {
  status(
    request: object,
    options: { deadline: number },
    reply: Reply<{ header: { member_id: string }; leader: string }>,
  ): void
  close(): void
}

/** Its version when it is installed. */
export function findEtcd(): string | undefined {
  try {
    const said = execFileSync('etcd', ['--version'], { encoding: 'utf8', stdio: 'pipe' })
    return /Version: (\S+)/.exec(said)?.[1]
  } catch {
    return undefined
  }
}

/** A running etcd cluster. */
export class Etcd {
  readonly #processes: readonly ChildProcess[]
  readonly #client: KvClient

  private constructor(processes: readonly ChildProcess[], client: KvClient) {
    this.#processes = processes
    this.#client = client
  }

  static async start(directory: string): Promise<Etcd> {
    const ports = await freePorts(6)
    const members = [0, 1, 2].map((i) => ({
      name: `e${i}`,
      client: `127.0.0.1:${ports[i * 2]}`,
      peer: `http://127.0.0.1:${ports[i * 2 + 1]}`,
    }))
    const cluster = members.map(({ name, peer }) => `${name}=${peer}`).join(',')
    const processes = members.map(({ name, client, peer }) => {
      const flags = {
        name,
        'data-dir': join(directory, name),
        'listen-client-urls': `http://${client}`,
        'advertise-client-urls': `http://${client}`,
        'listen-peer-urls': peer,
        'initial-advertise-peer-urls': peer,
        'initial-cluster': cluster,
        'initial-cluster-state': 'new',
        logger: 'zap',
        'log-level': 'error',
        'log-outputs': 'stderr',
      }
      const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value])
      return spawn('etcd', args, { stdio: 'ignore' })
    })
    try {
      const address = await leaderOf(members.map(({ client }) => client))
      return new Etcd(processes, connect('KV', address) as unknown as KvClient)
    } catch (error) {
      await stopAll(processes)
      throw error
    }
  }

  /** Puts of `payloadBytes` in keys and values together, over 1,024 keys. */
  measure(load: Load, payloadBytes: number): Promise<LoadResult> {
    const value = new Uint8Array(payloadBytes - 8).fill(0x61)
    let count = 0
    return runLoad(load, () => {
      count += 1
      const key = Buffer.from(String(count % 1024).padStart(8, '0'))
      return new Promise((resolve) => {
        this.#client.put({ key, value }, (error) => resolve(error === null))
      })
    })
  }

  /** CPU its processes have used since they started, ms; Linux only, elsewhere NaN. */
  cpuMs(): number {
    return this.#processes.reduce((sum, { pid }) => sum + cpuMsOf(pid!), 0)
  }

  async stop(): Promise<void> {
    this.#client.close()
    await stopAll(this.#processes)
  }
}

async function stopAll(processes: readonly ChildProcess[]): Promise<void> {
  const isRunning = (child: ChildProcess): boolean =>
    child.pid !== undefined && child.exitCode === null && child.signalCode === null
  await Promise.all(
    processes.filter(isRunning).map(async (child) => {
      const gone = once(child, 'exit')
      process.kill(child.pid!, 'SIGKILL')
      await gone
    }),
  )
}

/** The address of the member that says it leads. */
async function leaderOf(addresses: readonly string[]): Promise<string> {
  for (let waitedMs = 0; waitedMs < electionMsMax; waitedMs += 200) {
    for (const address of addresses) {
      const client = connect('Maintenance', address) as unknown as MaintenanceClient
      const reply = await new Promise<boolean>((resolve) => {
        client.status({}, { deadline: Date.now() + 1000 }, (error, status) => {
          const isLeader = status !== undefined && status.header.member_id === status.leader
          resolve(error === null && isLeader)
        })
      })
      client.close()
      if (reply) return address
    }
    await sleep(200)
  }
  throw new Error('no etcd process leads')
}

function connect(service: string, address: string): Client {
  const definition = fromJSON(descriptor, {
    longs: String,
    keepCase: true,
  })
  const found = definition[`etcdserverpb.${service}`] as Parameters<
    typeof makeGenericClientConstructor
  >[0]
  const Constructor = makeGenericClientConstructor(found, service)
  return new Constructor(address, credentials.createInsecure())
}
