// Three member processes that form one group.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from '../worker.ts'
import type { MemberOpen, MemberStatus } from './member-port.ts'

/** Members of the measured group. */
const voters: readonly number[] = [1, 2, 3]

/** Longest wait for a leader everybody knows. */
const electionMsMax = 60_000

/** Pause between two looks. */
const lookMs = 20

export interface GroupMember {
  readonly id: number
  worker: Worker
  address: string
}

/** A running group; its logs are below `directory`. */
export class Group {
  readonly #directory: string
  readonly #clusterId: string
  readonly #members: readonly GroupMember[]

  private constructor(directory: string, clusterId: string, members: readonly GroupMember[]) {
    this.#directory = directory
    this.#clusterId = clusterId
    this.#members = members
  }

  /** Starts three members in new directories and waits until they agree on a leader. */
  static async start(directory: string): Promise<Group> {
    const clusterId = 'b'.repeat(32)
    const members = voters.map((id) => ({ id, worker: startMember(), address: '' }))
    const group = new Group(directory, clusterId, members)
    try {
      for (const member of members) {
        mkdirSync(join(directory, String(member.id)), { recursive: true })
        member.address = await member.worker.ask('open', group.#openOptions(member.id, true))
      }
      for (const { worker } of members) await worker.ask('start', { addresses: group.#addresses })
      await group.leader()
      return group
    } catch (error) {
      await group.stop()
      throw error
    }
  }

  get members(): readonly GroupMember[] {
    return this.#members
  }

  /** The member that every member takes for its leader and that has applied all it knows. */
  async leader(): Promise<{ readonly member: GroupMember; readonly term: number }> {
    for (let waitedMs = 0; waitedMs < electionMsMax; waitedMs += lookMs) {
      const all = await Promise.all(
        this.#members.map(({ worker }) => worker.ask<MemberStatus>('status')),
      )
      const [first] = all
      const member = this.#members.find(({ id }) => id === first?.leader)
      const commit = Math.max(...all.map((status) => status.commit))
      const isAgreed = all.every(
        ({ term, leader, applied }) =>
          leader === member?.id && term === first?.term && applied === commit && commit > 0,
      )
      if (member !== undefined && isAgreed) return { member, term: first!.term }
      await sleep(lookMs)
    }
    throw new Error('the members do not agree on a leader')
  }

  /** Starts a killed member again, with its old log at its old address. */
  async restart(member: GroupMember): Promise<void> {
    member.worker = startMember()
    await member.worker.ask('open', this.#openOptions(member.id, false))
    await member.worker.ask('start', { addresses: this.#addresses })
  }

  /** Ends every member at once: nobody needs the group any more. */
  async stop(): Promise<void> {
    await Promise.all(this.#members.map(({ worker }) => worker.kill()))
  }

  get #addresses(): ReadonlyMap<number, string> {
    return new Map(this.#members.map(({ id, address }) => [id, address]))
  }

  #openOptions(replicaId: number, isNew: boolean): MemberOpen {
    return {
      clusterId: this.#clusterId,
      replicaId,
      directory: join(this.#directory, String(replicaId)),
      voters,
      isNew,
      port: Number(this.#members.find(({ id }) => id === replicaId)?.address.split(':')[1] ?? 0),
    }
  }
}

function startMember(): Worker {
  return Worker.start('./raft/member.js')
}
