// What the leader of a replicated map does about its members: it lets hosts in as learners, makes
// those voters that keep pace, and with that takes out the replica that ran on the same host
// before.
import type { Clock, Logger, Timer } from '../base/index.ts'
import {
  advancePromotion,
  beginPromotion,
  ghostReason,
  isVoter,
  mayStopCorrupt,
  planAdmission,
  planReplacement,
} from '../raft/index.ts'
import type { ChangeResult, MemberOperation, OldReplica } from '../raft/index.ts'
import type { PromotionProgress } from '../raft/index.ts'
import type { ProbeAnswer } from './bootstrap.ts'
import type { AdmissionOutcome } from './bootstrap-instance.ts'
import type { JoinMarker } from './join-marker.ts'
import { mapChangeMsMax, mapElectionLooks, mapLookMs } from './limits.ts'
import type { MapReplica } from './map-replica.ts'
import { admissionContext } from './state/replicated-map.ts'
import type { MapMember } from './state/replicated-map.ts'

/** What a host answers when it is probed. */
export type MapProbe = ProbeAnswer & {
  /** Last index its map shows; 0 without a replica. */
  readonly appliedIndex: number
}

/** How hosts ask each other, by replication address; undefined when one does not answer in time. */
export interface MapPeers {
  probe(raftAddress: string): Promise<MapProbe | undefined>
  /** Asks a host for admission: what its `MapHost.admit` says. */
  join(raftAddress: string, request: MapJoin): Promise<AdmissionOutcome | undefined>
}

/** A request for admission. */
export interface MapJoin extends JoinMarker {
  /** It was handed on once already. */
  readonly isForwarded?: boolean
}

export interface MapMembersDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly peers: MapPeers
  readonly replica: Pick<MapReplica, 'node' | 'map'>
}

/** Works while its replica leads. */
export class MapMembers {
  readonly #deps: MapMembersDeps
  readonly #promotions = new Map<number, PromotionProgress>()
  /** Members whose rows a majority contradicts. */
  readonly #outvoted = new Set<number>()
  #looks = 0
  #timer: Timer | undefined
  #isStopped = false

  constructor(deps: MapMembersDeps) {
    this.#deps = deps
    this.#lookLater()
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  /**
   * Lets a host in; asked again, it says the same again, until the disk of that incarnation has
   * acknowledged something: who asks then has lost that.
   */
  async admit(request: MapJoin): Promise<AdmissionOutcome> {
    const { node, map } = this.#deps.replica
    const { role, leader } = node.status()
    if (role !== 'leader') {
      const address = map.members.get(leader)?.raftAddress
      if (address === undefined || request.isForwarded === true) return later('nobody leads')
      const forwarded = { ...request, isForwarded: true }
      return (await this.#deps.peers.join(address, forwarded)) ?? later('the leader is silent')
    }
    if (map.isBurned(request.incarnation) || this.#hasActed(request)) {
      return { ok: false, reason: 'burned', detail: 'this incarnation was a member' }
    }
    const refusal = this.#admitted(request) === undefined ? await this.#add(request) : undefined
    return refusal ?? this.#admitted(request) ?? later('the change was not made')
  }

  /** Takes the member of a host out; false when there is none, or it cannot be now. */
  async remove(hostId: string): Promise<boolean> {
    const found = this.#find((member) => member.hostId === hostId)
    return found !== undefined && this.#change([{ op: 'remove', id: found[0] }])
  }

  /** Takes these members out as soon as the others can do without; their hosts join anew. */
  outvoted(ids: readonly number[]): void {
    for (const id of ids) this.#outvoted.add(id)
  }

  async #add(request: MapJoin): Promise<AdmissionOutcome | undefined> {
    const { map } = this.#deps.replica
    const probed = await this.#deps.peers.probe(request.raftAddress)
    if (probed?.incarnation !== request.incarnation) {
      return later('another one, or nobody, answers at this address')
    }
    const plan = planAdmission(map.configuration(), this.#replacedBy(request, probed))
    if (plan.action !== 'change') return later('another replica of this host is alive')
    await this.#change(plan.operations, admissionContext(request))
    return undefined
  }

  #admitted({ incarnation }: MapJoin): AdmissionOutcome | undefined {
    const { map } = this.#deps.replica
    const found = this.#find((member) => member.incarnation === incarnation)
    if (found === undefined) return undefined
    const configuration = map.configuration()
    const members = [...map.members].map(([replicaId, member]) => {
      return { ...member, replicaId, clientAddress: '' }
    })
    const knownMembers = { configuration: { ...configuration, id: 0 }, members }
    const admission = { replicaId: found[0], joinedAtIndex: configuration.id, knownMembers }
    return { ok: true, admission }
  }

  #hasActed({ incarnation }: MapJoin): boolean {
    const [id = 0] = this.#find((member) => member.incarnation === incarnation) ?? []
    const { configuration, progress } = this.#deps.replica.node.status()
    return isVoter(configuration, id) || progress.some((one) => one.id === id && one.match > 0)
  }

  #find(is: (member: MapMember) => boolean): [number, MapMember] | undefined {
    return [...this.#deps.replica.map.members].find(([, member]) => is(member))
  }

  async #change(operations: readonly MemberOperation[], context = noContext): Promise<boolean> {
    const { node, map } = this.#deps.replica
    const expectedId = map.configuration().id
    const change = { expectedId, transition: 'auto', operations, context } as const
    const outcome = await node.changeConfiguration(change, { timeoutMs: mapChangeMsMax })
    const isMade = outcome.ok && (outcome.result as ChangeResult).ok
    this.#deps.logger.info({ operations, isMade }, 'members change')
    return isMade
  }

  /** Other replicas of the same host, and whether this one has taken their address over. */
  #replacedBy(member: MapMember, probed: MapProbe): readonly OldReplica[] {
    const { node, map } = this.#deps.replica
    const { hostId, raftAddress, incarnation } = member
    return [...map.members]
      .filter(([, old]) => old.hostId === hostId && old.incarnation !== incarnation)
      .map(([id, old]) => ({
        id,
        isAddressTaken: old.raftAddress === raftAddress && probed.incarnation === incarnation,
        silentMs: node.contactAgeMs(id) ?? 0,
      }))
  }

  #lookLater(): void {
    this.#timer = this.#deps.clock.setTimer(mapLookMs, () => {
      this.#look()
        .catch((error: unknown) => this.#deps.logger.warn({ err: error }, 'members not looked at'))
        .finally(() => {
          if (!this.#isStopped) this.#lookLater()
        })
    })
  }

  async #look(): Promise<void> {
    this.#looks += 1
    const { role, configuration } = this.#deps.replica.node.status()
    if (role !== 'leader') {
      this.#promotions.clear()
      this.#outvoted.clear()
      return
    }
    await Promise.all(configuration.learners.map((id) => this.#promote(id)))
    for (const id of this.#outvoted) await this.#removeOutvoted(id)
  }

  async #removeOutvoted(id: number): Promise<void> {
    const { node, map } = this.#deps.replica
    const { id: ownId, progress } = node.status()
    const isActive = (other: number): boolean =>
      other === ownId || progress.some((one) => one.id === other && one.isRecentlyActive)
    if (!map.members.has(id)) this.#outvoted.delete(id)
    else if (mayStopCorrupt(id, map.configuration(), isActive)) {
      await this.#change([{ op: 'remove', id }])
    }
  }

  async #promote(id: number): Promise<void> {
    const { peers, replica } = this.#deps
    const { node, map } = replica
    const member = map.members.get(id)
    if (member === undefined) return
    const probed = await peers.probe(member.raftAddress)
    const silentMs = node.contactAgeMs(id) ?? 0
    if (ghostReason({ isStanding: false, waitingMs: 0, silentMs }) !== undefined) {
      await this.#change([{ op: 'remove', id }])
    }
    const { term, lastIndex, commit, progress } = node.status()
    const known = progress.find((one) => one.id === id)
    if (probed === undefined || known === undefined) return
    const { incarnation, appliedIndex: applied } = probed
    const own = { tick: this.#looks, term, lastIndex, commit, incarnation, applied }
    const { match, isRecentlyActive, state } = known
    const theirs = { match, isRecentlyActive, isReceivingImage: state === 'snapshot' }
    const before = this.#promotions.get(id) ?? beginPromotion(member.incarnation)
    const view = { ...own, ...theirs, isDigestWrong: false }
    const next = advancePromotion(before, view, mapElectionLooks)
    this.#promotions.set(id, next.progress)
    const { decision } = next.decision
    if (decision !== 'wait') this.#promotions.delete(id)
    if (decision !== 'promote') return
    const plan = planReplacement(map.configuration(), id, this.#replacedBy(member, probed))
    if (plan.action === 'change') await this.#change(plan.operations)
  }
}

const noContext: Uint8Array = new Uint8Array(0)

function later(detail: string): AdmissionOutcome {
  return { ok: false, reason: 'later', detail }
}
