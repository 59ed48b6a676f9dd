// Faults that last longer than whatever the scheduler waits for: a member stopped for ten minutes,
// all of them, a machine that stood still for an hour, wall clocks set an hour off, a minute with
// no quorum, a leader whose disk crawls. Live hosts must not notice any of it, dead ones must go.
import type { Random } from '../../base/index.ts'
import { hourMs, minuteMs } from '../../base/index.ts'
import type { MemberProcess } from './process.ts'
import type { World } from './world.ts'

/** How long a stopped process stays stopped. */
const stoppedMs = 10 * minuteMs

/** What the others go through of it; the rest only the stopped member's own clock shows. */
const watchedMs = [12_000, 50_000] as const

/** Time without a quorum. */
const noQuorumMs = minuteMs

/** How long a leader's disk crawls, and how many times slower it is. */
const slowMs = 12_000
const slowFactor = 40

/** After a long fault at least this much time with faults is left. */
const aftermathMs = 15_000

/** Long faults of one run that put off its end. */
const lastingMax = 2

const kinds = [
  'stop-one',
  'stop-one',
  'stop-one',
  'stop-all',
  'stand-still',
  'stand-still',
  'set-clock',
  'set-clock',
  'no-quorum',
  'slow-leader',
] as const

/** Names of rare-events.ts by kind. */
const reachedNames = {
  'stop-one': 'member-stopped-long',
  'stop-all': 'all-stopped-long',
  'stand-still': 'machine-stood-still',
  'set-clock': 'wall-clock-set',
  'no-quorum': 'quorum-lost-long',
  'slow-leader': 'slow-leader',
} as const

/** Breaks a world for long; one thing at a time. */
export class LongFaults {
  readonly #world: World
  readonly #random: Random
  readonly #mends = new Set<() => void>()
  #isOver = false
  #lastingLeft = lastingMax

  constructor(world: World) {
    this.#world = world
    this.#random = world.random.fork('long-faults')
  }

  /** Begins, in a world with dfdaemons. */
  start(): void {
    const { longFaultMs, dfdaemons } = this.#world.swarm
    if (longFaultMs > 0 && dfdaemons > 0) this.#plan(longFaultMs)
  }

  /** Mends everything, for good. */
  heal(): void {
    this.#isOver = true
    for (const mend of this.#mends) mend()
    this.#mends.clear()
  }

  #plan(meanMs: number): void {
    const share = (1 + this.#random.below(0xffff)) / 0x1_0000
    this.#world.queue.after(-meanMs * Math.log(share), () => {
      if (this.#isOver) return
      if (this.#mends.size === 0) this.#act()
      this.#plan(meanMs)
    })
  }

  #act(): void {
    const kind = this.#pick(kinds)
    const up = this.#world.members.filter(({ isRunning, isPaused }) => isRunning && !isPaused)
    const anybody = up[this.#random.below(Math.max(1, up.length))]
    const target = this.#random.ratio(1, 2) ? (this.#world.leader ?? anybody) : anybody
    if (target === undefined) return
    const isLasting = kind === 'stop-one' || kind === 'stop-all' || kind === 'no-quorum'
    if (isLasting && this.#lastingLeft === 0) return
    if (isLasting) this.#lastingLeft -= 1
    this.#world.note(() => `${target.id}: ${kind}`)
    this.#world.emit({ type: 'reached', name: reachedNames[kind], member: target.id })
    switch (kind) {
      case 'stop-one':
        return this.#stop([target], { watchedMs: this.#pick(watchedMs), unwatchedMs: stoppedMs })
      case 'stop-all':
        return this.#stop(up, { watchedMs: stoppedMs, unwatchedMs: 0 })
      case 'stand-still':
        return this.#stop([target], {
          watchedMs: this.#pick([50, 400, 2000]),
          unwatchedMs: this.#pick([3000, minuteMs, hourMs]),
        })
      case 'set-clock':
        return target.clock?.jumpWall(this.#random.ratio(1, 2) ? hourMs : -hourMs)
      case 'no-quorum':
        return this.#stop(this.#someMajority(target, up), { watchedMs: noQuorumMs, unwatchedMs: 0 })
      case 'slow-leader':
        target.slowDown(slowFactor)
        this.#later(slowMs, () => target.slowDown(1))
    }
  }

  /** Stops processes; `unwatchedMs` more pass for them alone. */
  #stop(
    members: readonly MemberProcess[],
    { watchedMs: forMs, unwatchedMs }: { readonly watchedMs: number; readonly unwatchedMs: number },
  ): void {
    this.#world.isHeld = forMs >= watchedMs[0]
    for (const member of members) member.pause()
    const lives = members.map(({ life }) => life)
    this.#later(forMs, () => {
      this.#world.isHeld = false
      members.forEach((member, at) => {
        if (member.life !== lives[at] || !member.isPaused) return
        if (unwatchedMs > 0) member.clock?.jumpForward(unwatchedMs)
        member.resume()
      })
    })
  }

  #someMajority(target: MemberProcess, up: readonly MemberProcess[]): readonly MemberProcess[] {
    const voters = target.configuration()?.voters ?? []
    const count = Math.floor(voters.length / 2) + 1
    return up.filter(({ id }) => voters.includes(id)).slice(-count)
  }

  /** Undoes something after a while, or when everything heals; the run goes on until then. */
  #later(durationMs: number, mend: () => void): void {
    const { world, mends } = { world: this.#world, mends: this.#mends }
    const untilMs = world.nowMs() + durationMs + aftermathMs
    if (durationMs >= watchedMs[0]) world.faultsUntilMs = Math.max(world.faultsUntilMs, untilMs)
    mends.add(mend)
    world.queue.after(durationMs, () => {
      if (mends.delete(mend)) mend()
    })
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#random.below(items.length)]!
  }
}
