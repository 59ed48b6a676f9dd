// One seed from its swarm options to its verdict.
import { Prng } from '../../base/index.ts'
import { Invariants } from '../invariants/index.ts'
import { Reachability } from '../reachability.ts'
import type { ReachedCounts } from '../reachability.ts'
import { Churn } from './churn.ts'
import { letHeal } from './heal.ts'
import { InstallCrashes } from './install-crashes.ts'
import { LongFaults } from './long-faults.ts'
import { Nemesis } from './nemesis.ts'
import type { Observer } from './observation.ts'
import type { MemberProcess } from './process.ts'
import { drawSwarm } from './swarm.ts'
import type { SwarmOptions } from './swarm.ts'
import { SwarmLoad } from './swarm-load/swarm-load.ts'
import { Workload } from './workload.ts'
import { World } from './world.ts'

/** Virtual time with faults, ms. */
export const faultPhaseMs = 60_000

/** Virtual time without faults in which dead dfdaemons have to go, ms. */
const swarmCalmMs = 20_000

/** Lines of the trace that a failure shows. */
const linesShown = 200

export interface SeedOptions {
  /** More of those who watch; new ones for every run. @default none */
  readonly observers?: readonly Observer[]
  /** @default faultPhaseMs */
  readonly faultMs?: number
  /** Gets every line of the trace at once. */
  readonly print?: (line: string) => void
}

/** What became of a run. */
export interface SeedResult {
  readonly seed: number
  readonly hash: string
  readonly virtualMs: number
  readonly events: number
  /** Writes that clients were told of. */
  readonly acknowledged: number
  readonly swarm: SwarmOptions
  /** Rare events that this run came across. */
  readonly reached: ReachedCounts
  /** Keys whose histories were too large to be decided. */
  readonly undecidedKeys: readonly string[]
  /** Undefined when everything held. */
  readonly failure:
    | { readonly message: string; readonly stack: string; readonly lines: readonly string[] }
    | undefined
}

/** Runs one seed. Not from a promise reaction: see `EventQueue.run`. */
export function runSeed(seed: number, options: SeedOptions): SeedResult {
  const swarm = drawSwarm(new Prng(`swarm-${seed}`))
  const { print, faultMs = faultPhaseMs } = options
  const invariants = new Invariants()
  const reachability = new Reachability(invariants.ghost)
  const observers = [invariants, reachability, ...(options.observers ?? [])]
  const world = new World({ seed, swarm, observers, ...(print === undefined ? {} : { print }) })
  const workload = new Workload(world)
  const nemesis = new Nemesis(world)
  const swarmLoad = new SwarmLoad(world)
  const longFaults = new LongFaults(world)
  const adopt = (member: MemberProcess): void => {
    member.onServe = (parts) => swarmLoad.memberServes(member, parts)
    member.onEnd = () => {
      workload.memberEnded(member.id)
      swarmLoad.memberEnded(member)
      nemesis.memberEnded(member)
    }
  }
  const churn = new Churn(world, adopt)
  for (const member of world.members) adopt(member)
  try {
    for (const member of world.members) member.start()
    workload.start()
    swarmLoad.start()
    nemesis.start()
    new InstallCrashes(world).start()
    churn.start()
    longFaults.start()
    runFaults(world, faultMs)
    if (world.failure === undefined) {
      world.phase = 'healing'
      world.note(() => 'healing')
      workload.stop()
      churn.heal()
      longFaults.heal()
      nemesis.heal()
      if (swarm.dfdaemons > 0) calmDown(world, swarmLoad)
      letHeal(world, workload)
      if (world.failure === undefined) world.end()
    }
  } catch (error) {
    world.failure ??= error as Error
  }
  return {
    seed,
    hash: world.trace.hash,
    virtualMs: Math.round(world.queue.nowMs),
    events: world.queue.handled,
    acknowledged: workload.acknowledged,
    swarm,
    reached: reachability.counts,
    undecidedKeys: invariants.undecidedKeys,
    failure: world.failure && {
      message: world.failure.message,
      stack: world.failure.stack ?? '',
      lines: world.trace.last(linesShown),
    },
  }
}

/** Until the faults end, which a long one puts off. */
function runFaults(world: World, faultMs: number): void {
  const { queue } = world
  world.faultsUntilMs = faultMs
  while (queue.nowMs < world.faultsUntilMs && world.failure === undefined) {
    queue.run(world.faultsUntilMs, () => world.failure !== undefined)
  }
}

/** The dfdaemons go on without faults for a while, half of them silent. */
function calmDown(world: World, swarmLoad: SwarmLoad): void {
  const { queue } = world
  swarmLoad.thin()
  queue.run(queue.nowMs + swarmCalmMs, () => world.failure !== undefined)
  swarmLoad.stop()
}
