// Dfdaemons of a run: some hosts, one of them perhaps a seed, who live through everything that
// happens to the members.
import { utf8Encode } from '../../../base/index.ts'
import { setConfigCommand } from '../../../scheduler/replication/index.ts'
import type { LeaderWork } from '../../../scheduler/replication/index.ts'
import type { MemberProcess, ServingParts } from '../process.ts'
import type { World } from '../world.ts'
import { Dfdaemon } from './dfdaemon.ts'
import { MemberPort } from './member-port.ts'
import { SeedWork } from './seed-work.ts'
import { ServedStreams } from './streams.ts'

/** Where the scheduler keeps its settings. */
const settingsKey = 'scheduler/settings'

/** Life of a host that tells no interval. */
const hostTtl = '10s'

/** All dfdaemons of a world. */
export class SwarmLoad {
  readonly #world: World
  readonly #port: MemberPort
  readonly #streams = new Map<number, ServedStreams>()
  readonly #dfdaemons: readonly Dfdaemon[]

  constructor(world: World) {
    this.#world = world
    const random = world.random.fork('swarm-load')
    this.#port = new MemberPort(world, random.fork('port'))
    const { dfdaemons, announceIntervalMs, uploadSlots } = world.swarm
    const deps = { world, port: this.#port, streamsOf: (member: MemberProcess) => this.#of(member) }
    this.#dfdaemons = Array.from({ length: dfdaemons }, (_, at) => {
      const own = random.fork(`dfdaemon-${at}`)
      const isSeed = at === 0 && random.ratio(1, 2)
      const api = random.ratio(1, 2) ? 1 : 2
      const slots = 1 + random.below(uploadSlots)
      const tellsInterval = api === 2 || random.ratio(1, 2)
      const said = { number: at, api, isSeed, tellsInterval, uploadSlots: slots } as const
      return new Dfdaemon({ ...deps, random: own }, { ...said, intervalMs: announceIntervalMs })
    })
  }

  start(): void {
    if (this.#dfdaemons.length > 0) this.#configure()
    for (const dfdaemon of this.#dfdaemons) dfdaemon.start()
  }

  /** About half of them die now and stay dead: the leader has to notice. */
  thin(): void {
    this.#dfdaemons.forEach((dfdaemon, at) => {
      if (at % 2 === 0 && dfdaemon.isUp) dfdaemon.crash(true, 0)
    })
  }

  /** Nobody does anything more. */
  stop(): void {
    for (const dfdaemon of this.#dfdaemons) dfdaemon.end()
  }

  /** A process is about to serve. */
  memberServes(member: MemberProcess, parts: ServingParts): readonly LeaderWork[] {
    if (this.#dfdaemons.length === 0) return []
    this.#port.memberServes(member.id, parts)
    this.#streams.set(member.id, new ServedStreams(parts))
    return [new SeedWork(parts)]
  }

  /** A process is gone, and every connection with it. */
  memberEnded(member: MemberProcess): void {
    this.#streams.delete(member.id)
    this.#port.memberEnded(member.id)
    for (const dfdaemon of this.#dfdaemons) dfdaemon.memberEnded(member)
  }

  /** An operator sets smaller numbers than anybody would, and tries until they are set. */
  #configure(): void {
    const { queue, swarm } = this.#world
    const text = `{"backToSourceCount":${swarm.backToSourceCount},"gc":{"hostTTL":"${hostTtl}"}}`
    const body = () => ({ key: settingsKey, value: utf8Encode(text), expectedVersion: 0 })
    const member = this.#port.choose()
    const again = (): void => void queue.after(200, () => this.#configure())
    if (member === undefined) return again()
    const call = { command: setConfigCommand, body, isLinearizable: false, timeoutMs: 1000 }
    this.#port.call(member, call, ({ ok }) => {
      if (!ok) again()
    })
  }

  #of(member: MemberProcess): ServedStreams | undefined {
    return this.#world.members.includes(member) ? this.#streams.get(member.id) : undefined
  }
}
