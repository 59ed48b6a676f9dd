// When each host was last heard from, in cluster time, by the commands that the log carried out;
// what the state itself remembers of it is not asked.
import {
  announceHost,
  announceTask,
  FieldReader,
  registerPeer,
  reportPieces,
  reportSeed,
} from '../../../scheduler/replication/index.ts'
import { keyOf } from './swarm-mirror.ts'
import type { AppliedCommand, AppliedLog } from './applied-log.ts'
import type { SettingsInForce } from './settings-in-force.ts'
import type { SwarmMirror, SwarmMirrors } from './swarm-mirror.ts'
import type { SimEventOf } from '../../sim/observation.ts'

/** Signs of life that come closer together than this may be one (design 7), ms. */
const resolutionMs = 1000

/** What is known of one host. */
export interface Sign {
  /** The last sign that can have counted. */
  readonly latestMs: number
  /** The last sign that must have counted. */
  readonly leastMs: number
  /** Life after a sign. */
  readonly ttlMs: number
}

/** Without a TTL: the host has told no interval, and the settings say how long it lives. */
interface Heard {
  readonly latestMs: number
  readonly leastMs: number
  readonly ttlMs: number | undefined
}

export class SignsOfLife {
  readonly #applied: AppliedLog
  readonly #swarm: SwarmMirrors
  readonly #settings: SettingsInForce
  readonly #signs = new Map<string, Heard>()
  /** What was known of the hosts heard from in the last event's entry, before it. */
  readonly #before = new Map<string, Heard | undefined>()

  constructor(applied: AppliedLog, swarm: SwarmMirrors, settings: SettingsInForce) {
    this.#applied = applied
    this.#swarm = swarm
    this.#settings = settings
  }

  /** Undefined when the host was never heard from. */
  of(hostId: string): Sign | undefined {
    return this.#sign(this.#signs.get(hostId))
  }

  /** What was known before the last event's entry. */
  beforeEntry(hostId: string): Sign | undefined {
    return this.#sign((this.#before.has(hostId) ? this.#before : this.#signs).get(hostId))
  }

  on({ member, stampMs }: SimEventOf<'applied'>): void {
    this.#before.clear()
    if (!this.#swarm.isFresh) return
    const mirror = this.#swarm.of(member)
    for (const command of this.#applied.fresh) {
      if (command.isExecuted && command.report.outcome.ok) this.#command(command, mirror, stampMs)
    }
  }

  #sign(heard: Heard | undefined): Sign | undefined {
    return heard && { ...heard, ttlMs: heard.ttlMs ?? this.#settings.now.hostTtlMs }
  }

  #command({ kind, body, report }: AppliedCommand, mirror: SwarmMirror, stampMs: number): void {
    const { result } = report.outcome as { readonly result: { ok?: boolean; outcome?: string } }
    if (result.ok !== true) return
    const fields = new FieldReader(body)
    switch (kind) {
      case announceHost.kind: {
        if (result.outcome === 'dropped') return
        const { id, announceIntervalMs } = announceHost.decode(fields)
        const ttlMs = announceIntervalMs > 0 ? 2 * announceIntervalMs : undefined
        this.#heard(id, stampMs, { ttlMs, isCertain: result.outcome === 'stored' })
        break
      }
      case registerPeer.kind:
        this.#heard(registerPeer.decode(fields).host.id, stampMs)
        break
      case announceTask.kind:
        this.#heard(announceTask.decode(fields).host.id, stampMs)
        break
      case reportPieces.kind:
        for (const { taskId, parentIds } of reportPieces.decode(fields).items) {
          for (const parentId of parentIds) {
            this.#served(mirror.peers.get(keyOf(taskId, parentId))?.hostId, stampMs)
          }
        }
        break
      case reportSeed.kind: {
        const { peerId } = reportSeed.decode(fields)
        for (const peer of mirror.peers.values()) {
          if (peer.peerId === peerId) this.#served(peer.hostId, stampMs)
        }
        break
      }
      default:
        break
    }
  }

  /** Only a host that is there gets older by serving. */
  #served(hostId: string | undefined, stampMs: number): void {
    if (hostId === undefined) return
    const sign = this.#signs.get(hostId)
    // A report that came from an old stream changes nothing: it may have counted.
    if (sign === undefined) return
    if (!this.#before.has(hostId)) this.#before.set(hostId, sign)
    this.#signs.set(hostId, { ...sign, latestMs: stampMs })
  }

  #heard(
    hostId: string,
    stampMs: number,
    { ttlMs, isCertain = false }: { ttlMs?: number | undefined; isCertain?: boolean } = {},
  ): void {
    const known = this.#signs.get(hostId)
    if (!this.#before.has(hostId)) this.#before.set(hostId, known)
    const leastMs = isCertain ? stampMs : stampMs - resolutionMs
    this.#signs.set(hostId, {
      latestMs: stampMs,
      leastMs: Math.max(known?.leastMs ?? 0, leastMs),
      ttlMs: ttlMs ?? known?.ttlMs,
    })
  }
}
