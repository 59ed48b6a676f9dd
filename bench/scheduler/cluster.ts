// Members of a scheduler cluster as processes of their own: `damselfly scheduler`, as an operator
// starts it, on loopback.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { credentials } from '@grpc/grpc-js'
import { loadServices } from '../../proto/index.ts'
import type { clusterV1 } from '../../proto/index.ts'
import { freePorts } from '../free-ports.ts'
import { Worker } from '../worker.ts'

/** Longest wait for members that have found each other and agree on a leader. */
const startMsMax = 60_000

/** Pause between two looks. */
const lookMs = 50

/** Calls per second a member takes: far more than it can do, so that the limit is never met. */
const requestRateLimit = 1_000_000

/** One member. */
export interface ClusterMember {
  /** host:port of its client services. */
  readonly address: string
  /** Another one after a restart. */
  worker: Worker
  readonly start: () => Worker
}

/** A running cluster; its data and logs are below its directory. */
export class SchedulerCluster {
  readonly members: readonly ClusterMember[]

  private constructor(members: readonly ClusterMember[]) {
    this.members = members
  }

  /** Starts new members and waits until all of them serve. */
  static async start(directory: string, count = 3): Promise<SchedulerCluster> {
    const ports = await freePorts(count * 2)
    const hosts = Array.from({ length: count }, (_, i) => ({
      name: `s${i + 1}`,
      client: ports[i * 2]!,
      raft: ports[i * 2 + 1]!,
    }))
    const initial = hosts.map(({ name, raft }) => `${name}=127.0.0.1:${raft}`).join(',')
    const cluster = new SchedulerCluster(
      hosts.map((host) => {
        const start = (): Worker => startMember(join(directory, host.name), host, initial)
        return { address: `127.0.0.1:${host.client}`, worker: start(), start }
      }),
    )
    try {
      await cluster.leader()
      return cluster
    } catch (error) {
      await cluster.stop()
      throw error
    }
  }

  get addresses(): readonly string[] {
    return this.members.map(({ address }) => address)
  }

  /** The member all of them take for the leader, once every one is online. */
  async leader(): Promise<ClusterMember> {
    for (let waitedMs = 0; waitedMs < startMsMax; waitedMs += lookMs) {
      const all = await Promise.all(this.members.map(({ address }) => statusOf(address)))
      const [first] = all
      const isReady = all.every(
        (status) =>
          status !== undefined &&
          status.leaderId !== 0 &&
          status.leaderId === first?.leaderId &&
          status.members.length === this.members.length &&
          status.members.every(({ state }) => state === 'online'),
      )
      const leader = first?.members.find(({ id }) => id === first.leaderId)
      const member = this.members.find(({ address }) => address === leader?.addr)
      if (isReady && member !== undefined) return member
      await sleep(lookMs)
    }
    throw new Error('the schedulers do not agree on a leader')
  }

  /** `kill -9` of every member, then a start with what each has on disk; waits until all serve. */
  async restart(): Promise<void> {
    await this.stop()
    for (const member of this.members) member.worker = member.start()
    await this.leader()
  }

  /** Ends every member at once: nobody needs the cluster any more. */
  async stop(): Promise<void> {
    await Promise.all(this.members.map(({ worker }) => worker.kill()))
  }
}

function startMember(
  directory: string,
  host: { readonly name: string; readonly client: number; readonly raft: number },
  initialMembers: string,
): Worker {
  mkdirSync(directory, { recursive: true })
  const flags = {
    'data-dir': join(directory, 'data'),
    'host-id': host.name,
    'initial-members': initialMembers,
    'listen-ip': '127.0.0.1',
    port: host.client,
    'raft-port': host.raft,
    'metrics-port': 0,
    'request-rate-limit': requestRateLimit,
  }
  const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)])
  return Worker.start('../cli/damselfly.js', {
    args: ['scheduler', ...args],
    preload: './scheduler/member-probe.js',
    logPath: join(directory, 'member.log'),
  })
}

/** What a member says of the cluster; undefined while it does not answer. */
async function statusOf(address: string): Promise<clusterV1.StatusReply__Output | undefined> {
  const client = new (loadServices().cluster)(address, credentials.createInsecure())
  try {
    return await new Promise((resolve) => {
      client.status({}, { deadline: Date.now() + 1000 }, (_, reply) => resolve(reply))
    })
  } finally {
    client.close()
  }
}
