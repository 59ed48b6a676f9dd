// Everything that goes wrong on purpose: processes, links, disks and clocks, each kind at its own
// random times. What is broken is mended again after a while, and all of it when the run heals.
import type { Random } from '../../base/index.ts'
import { mayHarm } from './atlas.ts'
import { calmNetwork } from './swarm.ts'
import { cutsOf, partitionShapes } from './partitions.ts'
import type { Cut } from './partitions.ts'
import type { MemberProcess } from './process.ts'
import type { World } from './world.ts'

/** Most effects a process has left when its end is planned by their number. */
const effectsMax = 60

/**
 * No disk is harmed this soon after a change of the membership: members that restart may go back to
 * the configuration before it, and need its majorities.
 */
const settledMs = 6000

/** Breaks a world. */
export class Nemesis {
  readonly #world: World
  readonly #random: Random
  readonly #mends = new Set<() => void>()
  #isOver = false
  /** When any member last came to another configuration. */
  #changedAtMs = 0

  constructor(world: World) {
    this.#world = world
    this.#random = world.random.fork('nemesis')
    world.listen(({ type }) => {
      if (type === 'configuration') this.#changedAtMs = world.nowMs()
    })
  }

  /** Begins; each kind of fault comes as often as the swarm says. */
  start(): void {
    const { faults } = this.#world.swarm
    this.#repeat(faults.crashMs, () => this.#crash())
    this.#repeat(faults.pauseMs, () => this.#pause())
    this.#repeat(faults.partitionMs, () => this.#partition())
    this.#repeat(faults.linkMs, () => this.#link())
    this.#repeat(faults.diskErrorMs, () => this.#diskError())
    this.#repeat(faults.diskSlowMs, () => this.#diskSlow())
    this.#repeat(faults.damageMs, () => this.#damage())
    this.#repeat(faults.clockMs, () => this.#clock())
  }

  /** Mends everything, for good, and starts whoever is down. */
  heal(): void {
    this.#isOver = true
    for (const mend of this.#mends) mend()
    this.#mends.clear()
    const { network, members } = this.#world
    network.setOptions(calmNetwork)
    for (const member of members) {
      member.heal()
      if (member.isPaused) member.resume()
      member.start()
    }
  }

  /** A process has ended: somebody starts it again, sooner or later. */
  memberEnded(member: MemberProcess): void {
    const { queue } = this.#world
    const downMs = this.#isOver ? 10 : this.#pick([0, 20, 200, 1000, 3000, 8000])
    const cut = this.#pick(['lose', 'keep', 'tear', 'tear'] as const)
    queue.after(downMs, () => member.start(member.injectedCause === 'disk-error' ? 'lose' : cut))
  }

  #repeat(meanMs: number, act: () => void): void {
    if (meanMs === 0) return
    const share = (1 + this.#random.below(0xffff)) / 0x1_0000
    this.#world.queue.after(-meanMs * Math.log(share), () => {
      if (this.#isOver) return
      if (!this.#world.isHeld) act()
      this.#repeat(meanMs, act)
    })
  }

  /** Undoes something after a while, or when everything heals. */
  #later(durationMs: number, mend: () => void): void {
    this.#mends.add(mend)
    this.#world.queue.after(durationMs, () => {
      if (this.#mends.delete(mend)) mend()
    })
  }

  #crash(): void {
    const { members } = this.#world
    const up = members.filter(({ isUp }) => isUp)
    const target = this.#target()
    if (target === undefined) return
    const roll = this.#random.below(10)
    const victims = roll === 0 ? up : roll === 1 ? this.#some(up) : [target]
    const how = this.#pick(['power', 'kill'] as const)
    for (const victim of victims) {
      this.#note(`${how} fails`, victim)
      if (roll === 2) victim.stop()
      else if (this.#random.ratio(2, 3)) victim.dieAtEffect(1 + this.#random.below(effectsMax), how)
      else victim.die(how)
    }
  }

  #pause(): void {
    const target = this.#target()
    if (target === undefined || target.isPaused) return
    this.#note('paused', target)
    target.pause()
    this.#later(this.#pick([100, 500, 2000, 6000]), () => target.resume())
  }

  #partition(): void {
    const { network, members, leader } = this.#world
    const ids = members.filter(({ isLost }) => !isLost).map(({ id }) => id)
    const target = this.#random.ratio(1, 2) && leader !== undefined ? leader : this.#pick(members)
    if (ids.length < 2) return
    const shape = this.#pick(partitionShapes)
    const cuts = cutsOf(shape, ids, target.id, this.#random).filter(
      ([a, b]) => !network.isCut(a, b),
    )
    this.#world.note(() => `partition: ${shape} around ${target.id}`)
    this.#cut(cuts, this.#pick([300, 1500, 4000, 9000]))
  }

  #cut(cuts: readonly Cut[], durationMs: number): void {
    const { network } = this.#world
    for (const [from, to] of cuts) network.cut(from, to)
    this.#later(durationMs, () => {
      for (const [from, to] of cuts) network.mend(from, to)
    })
  }

  #link(): void {
    const { network, members, queue } = this.#world
    if (members.length < 2) return
    const from = this.#pick(members).id
    const to = this.#pick(members).id
    if (from === to) return
    const kind = this.#pick(['cut', 'reset', 'clog', 'flap'] as const)
    this.#world.note(() => `link ${from}>${to}: ${kind}`)
    if (kind === 'reset') network.reset(from, to)
    else if (kind === 'clog') network.clog(from, to, 1 + this.#random.below(5000))
    else if (network.isCut(from, to)) return
    else if (kind === 'cut') this.#cut([[from, to]], this.#pick([500, 3000, 8000]))
    else {
      // As often as heartbeats and elections come.
      const { tickMs, heartbeatTicks, electionTicks } = this.#world.swarm.raft
      const periodMs = tickMs * this.#pick([heartbeatTicks, electionTicks])
      for (let n = 0; n < 6; n += 1) {
        queue.after(2 * n * periodMs, () => {
          if (!this.#isOver && !network.isCut(from, to)) this.#cut([[from, to]], periodMs)
        })
      }
    }
  }

  #diskError(): void {
    const target = this.#target()
    if (target === undefined || target.injectedCause !== undefined) return
    const kind = this.#pick(['write', 'sync', 'full'] as const)
    this.#note(`disk ${kind} fails`, target)
    if (kind === 'full') {
      const { disk } = target
      target.blame('disk-error')
      disk.capacityBytes = disk.usedBytes + this.#random.below(8000)
      this.#later(this.#pick([1000, 5000]), () => {
        disk.capacityBytes = Number.POSITIVE_INFINITY
      })
    } else {
      target.blame('disk-error')
      target.disk.failNext(kind, 'STORE_IO')
    }
  }

  #diskSlow(): void {
    const target = this.#target()
    if (target === undefined) return
    const factor = this.#pick([5, 30, 200])
    this.#note(`disk is ${factor} times as slow`, target)
    target.slowDown(factor)
    this.#later(this.#pick([500, 2000, 6000]), () => target.slowDown(1))
  }

  #damage(): void {
    const { members } = this.#world
    const target = this.#target()
    if (target === undefined || target.injectedCause !== undefined) return
    const isSettled = this.#world.nowMs() - this.#changedAtMs > settledMs
    if (!isSettled || !mayHarm(members, target)) return
    const kind = this.#pick(['lie', 'flip', 'state', 'digest'] as const)
    this.#note(`damage: ${kind}`, target)
    if (kind === 'digest') return target.lieAboutDigest()
    if (kind === 'lie') {
      target.blame('disk-lie')
      target.disk.lieOnSync((path) => path.endsWith('.wal'))
      this.#later(this.#pick([1000, 5000]), () => {
        target.die('power')
        target.disk.lieOnSync(() => false)
      })
      return
    }
    target.die('kill')
    if (kind === 'state') return target.damageState(this.#random)
    target.blame('disk-damage')
    const files = target.disk.files().filter((path) => path.includes('/instances/'))
    if (files.length === 0) return
    const path = this.#pick(files)
    const bytes = target.disk.content(path).length
    if (bytes > 0) target.disk.flipBit(path, this.#random.below(bytes), this.#random.below(8))
  }

  #clock(): void {
    const target = this.#target()
    const byMs = (this.#random.ratio(1, 2) ? 1 : -1) * this.#pick([500, 60_000, 3_600_000])
    if (target === undefined) return
    this.#note(`wall clock jumps by ${byMs} ms`, target)
    target.clock?.jumpWall(byMs)
  }

  /** As often the leader as anybody; somebody with a process. */
  #target(): MemberProcess | undefined {
    const up = this.#world.members.filter(({ isUp }) => isUp)
    if (up.length === 0) return undefined
    const { leader } = this.#world
    return leader !== undefined && this.#random.ratio(1, 2) ? leader : this.#pick(up)
  }

  #some(members: readonly MemberProcess[]): readonly MemberProcess[] {
    return members.filter(() => this.#random.ratio(1, 2))
  }

  #note(what: string, { id }: MemberProcess): void {
    this.#world.note(() => `${id}: ${what}`)
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#random.below(items.length)]!
  }
}
