// A host of a replicated map: from a data directory to a running replica, and from the end of that
// to the next one. A host whose directory is empty, damaged or that of a removed member asks the
// others for admission by itself; what must not be run again goes to quarantine first, and only
// while somebody else of its cluster answers.
import { CodedError, messageOf } from '../base/index.ts'
import { bootstrapInstance } from './bootstrap-instance.ts'
import type { AdmissionOutcome } from './bootstrap-instance.ts'
import { openDataDirectory } from './data-directory.ts'
import type { DataDirectory } from './data-directory.ts'
import { lockDirectory } from './directory-lock.ts'
import { StorageCorruptError } from './errors.ts'
import type { JoinMarker } from './join-marker.ts'
import { MapMembers } from './map-members.ts'
import type { MapJoin, MapPeers, MapProbe } from './map-members.ts'
import { startMapReplica } from './map-replica.ts'
import type { MapReplica, MapReplicaDeps, MapReplicaOptions } from './map-replica.ts'
import { createLevelState } from './state/level-state-store.ts'
import { foundingGroup } from './state/replicated-map.ts'

export interface MapHostDeps extends MapReplicaDeps {
  readonly peers: MapPeers
}

export interface MapHostOptions extends MapReplicaOptions {
  /** Absolute path; created if absent, locked while the host is open. */
  readonly root: string
  /** Name of the host; stays when its data are lost. */
  readonly hostId: string
  /** host:port where it is asked and takes messages, as `addresses` spells it. */
  readonly raftAddress: string
  /** Of all hosts that begin the cluster together, and whom to ask for admission. */
  readonly addresses: readonly string[]
  /** Told of each replica that begins to run. @default nobody */
  readonly onReplica?: (replicaId: number) => void
}

/** Opens the data directory; `run` does the rest. @throws the codes of `openDataDirectory` */
export async function openMapHost(deps: MapHostDeps, options: MapHostOptions): Promise<MapHost> {
  const directory = await openDataDirectory({ ...deps, lockDirectory }, { root: options.root })
  return new MapHost(deps, options, directory)
}

/** Made by `openMapHost`. */
export class MapHost {
  readonly #deps: MapHostDeps
  readonly #options: MapHostOptions
  readonly #directory: DataDirectory
  readonly #stopping = new AbortController()
  readonly #stopped: Promise<undefined>
  #replica: MapReplica | undefined
  #members: MapMembers | undefined

  constructor(deps: MapHostDeps, options: MapHostOptions, directory: DataDirectory) {
    this.#deps = deps
    this.#options = options
    this.#directory = directory
    this.#stopped = new Promise((resolve) => {
      this.#stopping.signal.addEventListener('abort', () => resolve(undefined), { once: true })
    })
  }

  /** The replica that runs now; undefined while there is none. */
  get replica(): MapReplica | undefined {
    return this.#replica
  }

  /** What this host answers when others probe it; undefined until it may answer. */
  get probeAnswer(): MapProbe | undefined {
    const answer = this.#directory.probeAnswer
    return answer && { ...answer, appliedIndex: this.#replica?.map.appliedIndex ?? 0 }
  }

  /** Replication address of the leader when that is another host. */
  get leaderAddress(): string | undefined {
    const { role, leader } = this.#replica?.node.status() ?? { role: '', leader: 0 }
    return role === 'leader' ? undefined : this.#replica?.map.members.get(leader)?.raftAddress
  }

  /** Lets a host in, or asks the leader to. */
  async admit(request: MapJoin): Promise<AdmissionOutcome> {
    return (await this.#members?.admit(request)) ?? none
  }

  /** Takes a host's member out; on the leader only. That host joins anew by itself. */
  async remove(hostId: string): Promise<boolean> {
    return (await this.#members?.remove(hostId)) ?? false
  }

  /**
   * Runs one replica after another until `stop`. Rejects with what ended the last one when this
   * host cannot come back by itself; its data are left as they are.
   */
  async run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        const end = await this.#runOnce()
        if (end === undefined || signal.aborted) return
        if (end !== 'removed') throw end
        await this.#setAside(new CodedError('RAFT_REMOVED', 'its member was removed'))
      } catch (error) {
        if (signal.aborted) return
        const isLost = error instanceof StorageCorruptError
        if (!isLost || !(await this.#setAside(error))) throw error
      }
    }
  }

  /** Ends `run`, writes what is left and unlocks the directory. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#endReplica()
    await this.#directory.close()
  }

  /** Why the replica ended; undefined when `stop` was called. */
  async #runOnce(): Promise<'removed' | Error | undefined> {
    const { disk, random, clock, logger, peers } = this.#deps
    const { onReplica } = this.#options
    const { signal } = this.#stopping
    const instance = await bootstrapInstance(
      {
        ...this.#deps,
        directory: this.#directory,
        probe: (address) => peers.probe(address),
        createState: (where) => createLevelState({ disk, random }, where),
        firstGroup: foundingGroup,
        requestAdmission: (marker) => this.#requestAdmission(marker),
      },
      { ...this.#options, signal },
    )
    if (signal.aborted) return undefined
    const onOutvoted = (ids: readonly number[]): void => this.#members?.outvoted(ids)
    const replica = await startMapReplica(this.#deps, instance, { ...this.#options, onOutvoted })
    this.#replica = replica
    this.#members = new MapMembers({ clock, logger, peers, replica })
    onReplica?.(instance.identity.replicaId)
    const end = await Promise.race([replica.ended, this.#stopped])
    await this.#endReplica()
    return end
  }

  async #endReplica(): Promise<void> {
    const replica = this.#replica
    this.#members?.stop()
    this.#members = undefined
    this.#replica = undefined
    await replica?.stop()
  }

  /** Asks one host after another. */
  async #requestAdmission(marker: JoinMarker): Promise<AdmissionOutcome> {
    let last: AdmissionOutcome = none
    for (const address of this.#others) {
      const outcome = await this.#deps.peers.join(address, marker)
      if (outcome?.ok === true || outcome?.reason === 'burned') return outcome
      last = outcome ?? last
    }
    return last
  }

  get #others(): readonly string[] {
    const { addresses, raftAddress } = this.#options
    return addresses.filter((address) => address !== raftAddress)
  }

  /** Moves the instance to quarantine; false when nobody else of its cluster answers. */
  async #setAside(why: CodedError): Promise<boolean> {
    const { clock, logger, peers } = this.#deps
    const [place] = await this.#directory.places()
    const answers = await Promise.all(this.#others.map((address) => peers.probe(address)))
    const isKept = answers.some(
      (answer) =>
        answer?.state === 'member' &&
        answer.clusterId === place?.clusterId &&
        // Another one that is only starting may turn out to be lost as well.
        answer.appliedIndex > 0,
    )
    if (place === undefined || !isKept) return false
    logger.warn({ code: why.code, err: messageOf(why) }, 'this host joins anew')
    const { code, message } = why
    await this.#directory.quarantine(place, { code, message, atWallMs: clock.wallMs() })
    return true
  }
}

const none: AdmissionOutcome = { ok: false, reason: 'later', detail: 'nobody lets it in yet' }
