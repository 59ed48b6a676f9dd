// Everything at once, by seeds: power cuts at any moment, disks that are lost again and again,
// hosts that are cut off, leaders that hand over, and clients that write all the while. One host at
// a time may be without its disk, as a group of three bears.
import { afterEach, expect, test } from 'vitest'
import { Prng } from '../../base/index.ts'
import {
  createJoinTokenCommand,
  joinIntentCommand,
  joinTable,
  joinTokenTable,
  memberTable,
} from '../replication/index.ts'
import { JoinCluster } from './join-cluster.suite.ts'
import type { Member, Remains } from './join-cluster.suite.ts'

const hostIds = ['s1', 's2', 's3'] as const
const steps = 150
const secretHash = new Uint8Array(32).fill(9)
const seeds = Array.from({ length: 6 }, (_, i) => `storm-${i}`)

type Act = () => Promise<void> | void

class Storm {
  readonly cluster: JoinCluster
  readonly #random: Prng
  /** Hosts without power, with what is on their disks. */
  readonly #down = new Map<string, Remains>()
  /** The host that lost its disk and is no voter yet; '' = none. */
  #lost = ''
  #isAsking = false
  #writes = 0
  readonly acknowledged: string[] = []
  losses = 0

  constructor(seed: string) {
    this.cluster = new JoinCluster(seed)
    this.#random = new Prng(seed)
  }

  async run(): Promise<void> {
    await this.cluster.start()
    for (let step = 0; step < steps; step += 1) {
      await this.#act()
      await this.#rejoin()
      await this.cluster.clock.advance(20 + this.#random.below(1500))
      this.#check()
    }
    await this.#calm()
  }

  #pick<Item>(items: readonly Item[]): Item | undefined {
    return items.length === 0 ? undefined : items[this.#random.below(items.length)]
  }

  async #act(): Promise<void> {
    const acts: readonly (readonly [weight: number, act: Act])[] = [
      [40, () => this.#write()],
      [10, () => this.#cutPower()],
      [20, () => this.#powerOn()],
      [8, () => this.#loseDisk()],
      [5, () => this.#cutOff()],
      [12, () => this.cluster.heal()],
      [5, () => this.#handOver()],
    ]
    let at = this.#random.below(acts.reduce((sum, [weight]) => sum + weight, 0))
    for (const [weight, act] of acts) {
      if (at < weight) return act()
      at -= weight
    }
  }

  #write(): void {
    const tokenId = this.#writes.toString(16).padStart(16, '0')
    this.#writes += 1
    const body = { tokenId, secretHash, hostId: '', isLearner: false, uses: 1, ttlMs: 1000 }
    const member = this.#pick(this.cluster.members)
    const sent = member?.proposer.propose(createJoinTokenCommand, body, { timeoutMs: 5000 })
    void sent?.then((outcome) => {
      if (outcome.ok && outcome.result.ok) this.acknowledged.push(tokenId)
    })
  }

  #cutPower(): void {
    const member = this.#pick(this.cluster.members)
    if (member === undefined) return
    const { hostId } = member.host
    this.#down.set(hostId, this.cluster.crash(hostId))
  }

  async #powerOn(): Promise<void> {
    const found = this.#pick([...this.#down])
    if (found === undefined) return
    const [hostId, remains] = found
    this.#down.delete(hostId)
    await this.cluster.restart(hostId, remains)
  }

  #loseDisk(): void {
    const hostId = this.#lost === '' ? this.#pick(hostIds)! : this.#lost
    if (this.#down.delete(hostId)) this.cluster.host(hostId).incarnation = ''
    else if (this.cluster.host(hostId).member !== undefined) this.cluster.wipe(hostId)
    this.cluster.host(hostId).incarnation = ''
    this.#lost = hostId
    this.losses += 1
  }

  #cutOff(): void {
    const member = this.#pick(this.cluster.members)
    if (member !== undefined) this.cluster.cutOff(member.host.hostId)
  }

  #handOver(): void {
    const { leader, members } = this.cluster
    const other = this.#pick(members.filter(({ id }) => id !== leader?.id))
    if (leader !== undefined && other !== undefined) {
      void leader.node.transferLeadership(other.id, { timeoutMs: 2000 })
    }
  }

  /** What the processes of the lost host do by themselves. */
  async #rejoin(): Promise<void> {
    const host = this.cluster.host(this.#lost === '' ? 's1' : this.#lost)
    if (this.#lost === '' || this.#down.has(this.#lost) || host.member !== undefined) return
    if (host.incarnation === '') host.incarnation = this.cluster.newIncarnation()
    const { incarnation } = host
    const via = this.cluster.members.find(
      ({ state }) => (state.reader.get(joinTable, incarnation)?.replicaId ?? 0) !== 0,
    )
    if (via !== undefined) await this.cluster.run(this.#lost, via)
    else if (!this.#isAsking) this.#ask()
  }

  #ask(): void {
    const via = this.#pick(this.cluster.members)
    if (via === undefined) return
    const host = this.cluster.host(this.#lost)
    const intent = this.cluster.intentOf(host, {}, via)
    this.#isAsking = true
    // A member that dies answers nobody; the host asks another one then.
    this.cluster.clock.setTimer(6000, () => (this.#isAsking = false))
    const sent = via.proposer.propose(joinIntentCommand, intent, { timeoutMs: 5000 })
    void sent.then((outcome) => {
      const reason = outcome.ok && !outcome.result.ok ? outcome.result.reason : ''
      if (reason === 'incarnation-burned' && host.incarnation === intent.incarnation) {
        host.incarnation = ''
      }
      if (reason === 'rate-limited') this.#allow(host.hostId, via)
    })
  }

  /** An operator wants the host back however often it has been lost. */
  #allow(hostId: string, via: Member): void {
    const tokenId = `f${this.#writes.toString(16).padStart(15, '0')}`
    this.#writes += 1
    const body = { tokenId, secretHash, hostId, isLearner: false, uses: 1, ttlMs: 1000 }
    void via.proposer.propose(createJoinTokenCommand, body, { timeoutMs: 5000 })
  }

  #check(): void {
    for (const { state } of this.cluster.members) {
      const { voters, votersOutgoing, learners } = state.configuration()
      // A joiner's state is empty until its first entries arrive.
      if (state.appliedIndex === 0) continue
      expect(voters).toHaveLength(3)
      expect([0, 3]).toContain(votersOutgoing.length)
      expect(learners.length).toBeLessThan(3)
    }
    const row = this.cluster.leader?.state.reader
      .list(memberTable, 'byReplica', { limit: 64 })
      .find(({ incarnation }) => incarnation === this.cluster.host(this.#lost || 's1').incarnation)
    if (this.#lost !== '' && row?.role === 'voter') this.#lost = ''
  }

  /** The faults end: everybody is a voter again by itself, and nothing was lost. */
  async #calm(): Promise<void> {
    this.cluster.heal()
    while (this.#down.size > 0) await this.#powerOn()
    const isWhole = (): boolean =>
      this.cluster.members.length === 3 && this.#lost === '' && this.cluster.leader !== undefined
    for (let tries = 0; tries < 2000 && !isWhole(); tries += 1) {
      await this.#rejoin()
      await this.cluster.clock.advance(500)
      this.#check()
    }
    await this.cluster.untilRoles(hostIds)
    await this.cluster.converge()
    for (const { state } of this.cluster.members) {
      for (const tokenId of this.acknowledged) {
        expect(state.reader.get(joinTokenTable, tokenId), tokenId).toBeDefined()
      }
    }
  }
}

let storm: Storm | undefined

afterEach(() => storm?.cluster.end())

test.each(seeds)('J01–J10 J20 nothing is lost and everybody comes back: %s', async (seed) => {
  storm = new Storm(seed)
  await storm.run()
  expect(storm.losses).toBeGreaterThan(0)
  expect(storm.acknowledged.length).toBeGreaterThan(0)
})
