// Which members serve now, as whoever kills and restarts them knows it: an error is a client's due
// only from a member that was not up when it came, or when there was no leader for too long.
import type { MemberCluster, MemberProcess } from '../members/member-cluster.ts'
import { until } from '../local-cluster.ts'
import { MemberStub } from './member-stub.ts'

/** Without a leader this long members end streams of API v1, as they should. */
export const leaderlessMsMax = 2_000

/** A call that met such a time may end so much later: a wait for a leader, and some more. */
const afterMs = 6_000

export class Uptimes {
  readonly #members: readonly MemberProcess[]
  readonly #down = new Set<string>()
  readonly #leaderless: { readonly fromMs: number; readonly toMs: number }[] = []

  constructor(members: readonly MemberProcess[]) {
    this.#members = members
  }

  isUp(address: string): boolean {
    return !this.#down.has(address)
  }

  /** Whether there was no leader for so long that members say so. */
  wasLeaderless(atMs: number): boolean {
    return this.#leaderless.some(
      ({ fromMs, toMs }) =>
        toMs - fromMs > leaderlessMsMax && atMs > fromMs && atMs < toMs + afterMs,
    )
  }

  /** Longest time from the death of a leader until the others followed the next one. */
  get longestLeaderlessMs(): number {
    return Math.max(0, ...this.#leaderless.map(({ fromMs, toMs }) => Math.round(toMs - fromMs)))
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
    const { term } = await cluster.status()
    this.#down.add(leader.addr)
    const fromMs = performance.now()
    await cluster.kill(leader)
    await Promise.all(
      this.#members.filter((member) => member !== leader).map((member) => untilLed(member, term)),
    )
    this.#leaderless.push({ fromMs, toMs: performance.now() })
    cluster.start(leader)
    await cluster.untilOnline(this.#members)
    this.#down.delete(leader.addr)
    return leader
  }
}

/** Waits until a member leads, or follows a leader, in a later term than this. */
async function untilLed({ addr }: MemberProcess, term: number): Promise<void> {
  const stub = new MemberStub(addr)
  try {
    await until(`a leader of ${addr}`, 60_000, async () => {
      const status = await stub.status()
      return status.term > term && status.leaderId !== 0 ? true : undefined
    })
  } finally {
    stub.close()
  }
}
