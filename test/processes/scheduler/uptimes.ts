// Which members serve now, as whoever kills and restarts them knows it: an error is a client's due
// only from a member that was not up when it came.
import type { MemberCluster, MemberProcess } from '../members/member-cluster.ts'
import { pause } from './steps.ts'

export class Uptimes {
  readonly #members: readonly MemberProcess[]
  readonly #down = new Set<string>()

  constructor(members: readonly MemberProcess[]) {
    this.#members = members
  }

  isUp(address: string): boolean {
    return !this.#down.has(address)
  }

  /** Member of a client by its number. */
  at(number: number): string {
    return this.#members[number % this.#members.length]!.addr
  }

  /** A member that is up, another one than this; which one it is depends on the client. */
  other(address: string, number: number): string {
    const up = this.#members.filter(({ addr }) => addr !== address && this.isUp(addr))
    const chosen = up[number % Math.max(1, up.length)]
    if (chosen === undefined) throw new Error('no member is up')
    return chosen.addr
  }

  /** SIGKILL of the leader, and its restart; resolves when it is a voter again. */
  async killLeader(cluster: MemberCluster): Promise<MemberProcess> {
    const leader = await cluster.leader()
    this.#down.add(leader.addr)
    await cluster.kill(leader)
    // Long enough for the others to notice by themselves that it is gone.
    await pause(100)
    cluster.start(leader)
    await cluster.untilOnline(this.#members)
    this.#down.delete(leader.addr)
    return leader
  }
}
