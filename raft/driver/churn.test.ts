// Short random lives of clusters whose members change while they crash, are killed, cut off and
// left so far behind that only an image helps. Afterwards everything heals, and what callers were
// told must be true.
import { describe, expect, test } from 'vitest'
import { Prng } from '../../base/index.ts'
import { isJoint, isMember, membersOf } from '../core/configuration.ts'
import type { Configuration } from '../core/configuration.ts'
import type { MemberOperation } from '../core/configuration-change.ts'
import { Cluster } from './cluster.suite.ts'
import type { ChangeOutcome } from './outcomes.ts'
import { Writes } from './storm.suite.ts'

const seeds = Array.from({ length: 24 }, (_, i) => `churn-${i + 1}`)

const seen = { changes: 0, images: 0, removed: 0, suspicions: 0, joint: 0, crashes: 0 }

class Life {
  readonly cluster: Cluster
  readonly #random: Prng
  readonly writes: Writes
  readonly changes: ChangeOutcome[] = []
  readonly #down = new Set<number>()
  #highestId: number

  constructor(seed: string) {
    this.#random = new Prng(seed)
    const voters = 1 + 2 * this.#random.below(3)
    this.#highestId = voters
    this.cluster = new Cluster({
      voters,
      seed,
      syncMs: this.#random.below(8),
      delayMs: this.#random.below(4),
      imageChunkBytes: 32 + this.#random.below(400),
      member: { retainEntries: 5 + this.#random.below(20) },
    })
    this.writes = new Writes(this.cluster, this.#random)
  }

  async run(steps: number): Promise<void> {
    await this.cluster.start()
    for (let i = 0; i < steps; i += 1) {
      await this.#step()
      await this.cluster.clock.advance(this.#random.below(400))
    }
  }

  /** Everybody up and connected: the members that are left must agree. */
  async heal(): Promise<readonly string[]> {
    const { cluster } = this
    cluster.network.heal()
    cluster.network.setFilter(undefined)
    for (const id of this.#down) await cluster.restart(id)
    const isSettled = (): boolean => {
      const configuration = this.#configuration()
      if (configuration === undefined || isJoint(configuration)) return false
      const leader = cluster.leader!
      return membersOf(configuration).every(
        (id) =>
          cluster.members.has(id) &&
          cluster.node(id).configuration().id === configuration.id &&
          cluster.node(id).leadership().leader === leader.id,
      )
    }
    const isDone = await cluster.clock.advanceUntil(isSettled, 120_000)
    expect(isDone, 'the members agree on a leader and on who they are').toBe(true)
    await this.#settleChanges()
    return cluster.converge(membersOf(this.#configuration()!))
  }

  #configuration(): Configuration | undefined {
    return this.cluster.leader?.node.configuration()
  }

  async #settleChanges(): Promise<void> {
    await this.cluster.clock.advance(12_000)
  }

  async #step(): Promise<void> {
    const { cluster } = this
    const ids = [...cluster.members.keys()]
    const id = ids[this.#random.below(ids.length)]!
    const other = ids[this.#random.below(ids.length)]!
    switch (this.#random.below(16)) {
      case 0:
      case 1:
        return this.#end(id)
      case 2:
      case 3:
      case 4:
        return this.#back()
      case 5:
        return cluster.network.cut(id, other)
      case 6:
        cluster.network.reset(id, other)
        return cluster.network.heal()
      case 7:
        return cluster.network.setFilter(() => !this.#random.ratio(1, 10))
      case 8:
        return cluster.network.setFilter(undefined)
      case 9:
        void cluster.leader?.node.transferLeadership(id, { timeoutMs: 3000 })
        return
      case 10:
      case 11:
      case 12:
        return this.#change()
      default:
        return this.writes.add(id, 1 + this.#random.below(40))
    }
  }

  /** Ends a member's process, as long as the others can go on without it. */
  #end(id: number): void {
    const { cluster } = this
    const configuration = this.#configuration()
    if (configuration === undefined || this.#down.has(id) || this.#down.size > 1) return
    const isUp = (voter: number): boolean =>
      voter !== id && !this.#down.has(voter) && cluster.members.has(voter)
    const halves = [configuration.voters, configuration.votersOutgoing]
    if (halves.some((half) => half.length > 0 && half.filter(isUp).length * 2 <= half.length))
      return
    seen.crashes += 1
    if (this.#random.ratio(1, 2)) cluster.kill(id)
    else cluster.crash(id, this.#random.below(3))
    this.#down.add(id)
  }

  async #back(): Promise<void> {
    const [id] = this.#down
    if (id === undefined) return
    this.#down.delete(id)
    await this.cluster.restart(id)
  }

  async #change(): Promise<void> {
    const configuration = this.#configuration()
    if (configuration === undefined) return
    const operations = this.#operations(configuration)
    const { node } = this.cluster.leader!
    const transitions = ['auto', 'auto', 'joint-implicit'] as const
    const change = {
      expectedId: configuration.id,
      transition: transitions[this.#random.below(3)]!,
      operations,
      context: new Uint8Array(0),
    }
    for (const { op, id } of operations) {
      if (op.startsWith('add')) await this.cluster.join(id)
    }
    void node.changeConfiguration(change, { timeoutMs: 3000 }).then((outcome) => {
      this.changes.push(outcome)
      if (outcome.ok) seen.changes += 1
    })
  }

  #operations(configuration: Configuration): readonly MemberOperation[] {
    const { voters, learners } = configuration
    const voter = voters[this.#random.below(voters.length)]!
    const learner = learners[this.#random.below(Math.max(learners.length, 1))]
    const choice = this.#random.below(5)
    if (learner !== undefined && choice === 0) return [{ op: 'promote', id: learner }]
    if (learner !== undefined && choice <= 2) {
      return [
        { op: 'promote', id: learner },
        { op: 'remove', id: voter },
      ]
    }
    if (choice === 3) return [{ op: this.#random.ratio(1, 2) ? 'remove' : 'demote', id: voter }]
    if (learners.length > 1) return [{ op: 'remove', id: learners[0]! }]
    this.#highestId += 1
    return [{ op: 'add-learner', id: this.#highestId }]
  }
}

describe('what callers were told is true whoever the members are', () => {
  test.each(seeds)('seed %s', async (seed) => {
    const life = new Life(seed)
    const { cluster } = life
    await life.run(80)
    const list = await life.heal()
    const configuration = cluster.leader!.node.configuration()
    await cluster.stop()
    life.writes.check(list)
    for (const { id, removals, fatal, node } of cluster.members.values()) {
      expect(fatal).toEqual([])
      if (removals > 0) expect(isMember(configuration, id), `${id} was removed`).toBe(false)
      seen.images += node.metrics.images.installed
      seen.removed += removals
      seen.suspicions += node.metrics.leaderSuspicions
      seen.joint += node.configuration().votersOutgoing.length
    }
  })

  test('the lives above had what they are about', () => {
    expect(seen.changes).toBeGreaterThan(seeds.length)
    expect(seen.images).toBeGreaterThan(seeds.length)
    expect(seen.removed).toBeGreaterThan(seeds.length / 2)
    expect(seen.suspicions).toBeGreaterThan(seeds.length / 4)
    expect(seen.crashes).toBeGreaterThan(seeds.length)
  })
})
