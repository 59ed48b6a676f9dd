// From an empty directory to an instance: probe the seeds, decide, persist, repeat. Either all
// initial members create a cluster together, or a cluster that is there admits this one.
import { assert, unreachable } from '../base/index.ts'
import type { CancelSignal, Clock, Logger, Random } from '../base/index.ts'
import type { LogGroup } from '../raft/index.ts'
import type { BootstrapMarker, ClusterPlan, Probe, ProbeAnswer } from './bootstrap.ts'
import type { DataDirectory, FoundInstance } from './data-directory.ts'
import { StorageRefusedError } from './errors.ts'
import type { Identity } from './identity.ts'
import type { CreateState, Instance } from './instance.ts'
import type { JoinMarker } from './join-marker.ts'
import { planJoin } from './join-plan.ts'
import type { JoinPlan } from './join-plan.ts'
import type { KnownMembers } from './known-members.ts'
import { joinClientAddressesMax, joinPauseMsMax, joinPauseMsMin, joinQuietTries } from './limits.ts'

type Answers = ReadonlyMap<string, ProbeAnswer | undefined>

/** What a cluster says to a member that it admits. */
export interface Admission {
  /** Safe integer from 1; never given to anybody before. */
  readonly replicaId: number
  /** Index of the entry that admitted it. */
  readonly joinedAtIndex: number
  /** The members as of then, this one included; configuration id 0. */
  readonly knownMembers: KnownMembers
}

/** The end of one request for admission. */
export type AdmissionOutcome =
  | { readonly ok: true; readonly admission: Admission }
  /** `burned`: this incarnation was used up; draw another one. `later`: ask again. */
  | { readonly ok: false; readonly reason: 'burned' | 'later'; readonly detail: string }

/**
 * Asks members of a cluster for admission; `clientAddresses` (host:port) is what probes named.
 * Rejects when asking again would not help.
 */
export type RequestAdmission = (
  marker: JoinMarker,
  clientAddresses: readonly string[],
) => Promise<AdmissionOutcome>

export interface BootstrapDeps {
  readonly directory: DataDirectory
  readonly clock: Clock
  /** Spreads the pauses between requests for admission. @default none: they are not spread */
  readonly random?: Random
  readonly logger: Logger
  readonly probe: Probe
  readonly createState: CreateState
  /** The group that begins the log, byte for byte the same on every initial member. */
  readonly firstGroup: (plan: ClusterPlan) => LogGroup
  /** @default nothing to prove itself with: it only creates clusters */
  readonly requestAdmission?: RequestAdmission
}

export interface BootstrapOptions {
  /** This member's own address; one of `addresses`, unless these are none. */
  readonly raftAddress: string
  readonly hostId: string
  /** All initial members, this one included; none for a member that only joins. */
  readonly addresses: readonly string[]
  /** Replication addresses of more members to ask. @default none */
  readonly seeds?: readonly string[]
  /**
   * The same, of members that were known before: what answers there for another cluster has taken
   * their place since, and is not listened to. @default none
   */
  readonly remembered?: readonly string[]
  /** Pause between two rounds of probes. @default 100 */
  readonly retryMs?: number
  readonly signal?: CancelSignal
  /** Told whom the member waits for, when that changes. */
  readonly onWait?: (decision: JoinPlan & { readonly action: 'wait' }) => void
}

/**
 * Creates this member's instance. The caller answers probes with `directory.probeAnswer` all the
 * while. Waits as long as nobody answers, or the cluster that is there cannot admit it. Rejects
 * with `STORE_WIPED_MEMBER` (a cluster is there and this member has no credentials),
 * `STORE_MEMBERS_MISMATCH`, `STORE_WRONG_CLUSTER` or `STORE_QUARANTINED` (nobody to ask), with what
 * `requestAdmission` rejects with, or with the signal's reason.
 */
export async function bootstrapInstance(
  deps: BootstrapDeps,
  options: BootstrapOptions,
): Promise<Instance> {
  return new Beginning(deps, options).run()
}

/** One member on its way to an instance. */
class Beginning {
  readonly #deps: BootstrapDeps
  readonly #options: BootstrapOptions
  /** Whom to ask. */
  readonly #others: readonly string[]
  /** Those of them that nobody named to this process. */
  readonly #remembered: ReadonlySet<string>
  #marker: BootstrapMarker | undefined
  #join: JoinMarker | undefined
  #pinnedClusterId = ''
  #hasQuarantine = false
  #isBurned = false
  #waitedFor = ''
  /** Requests for admission that were not granted, one after another. */
  #tries = 0

  constructor(deps: BootstrapDeps, options: BootstrapOptions) {
    this.#deps = deps
    this.#options = options
    const { addresses, seeds = [], remembered = [], raftAddress } = options
    const named = new Set([...addresses, ...seeds])
    this.#others = [...new Set([...named, ...remembered])].filter((each) => each !== raftAddress)
    this.#remembered = new Set(remembered.filter((address) => !named.has(address)))
  }

  async run(): Promise<Instance> {
    const found = await this.#deps.directory.find()
    if (found.kind === 'instance') return found.instance
    await this.#begin(found)
    for (;;) {
      const answers = await this.#ask()
      const instance = await this.#act(this.#plan(answers), answers)
      if (instance !== undefined) return instance
    }
  }

  /** Says who this member is, durably, before it is asked. */
  async #begin(found: FoundInstance & { readonly kind: 'empty' }): Promise<void> {
    const { directory } = this.#deps
    const { addresses } = this.#options
    this.#pinnedClusterId = directory.pinnedClusterId(found)
    this.#hasQuarantine = found.quarantined.length > 0
    if (found.join !== undefined) await this.#startJoin(found.join.clusterId)
    else if (addresses.length > 0 && !this.#hasQuarantine) await this.#startFresh()
    if (this.#others.length > 0 || this.#marker !== undefined) return
    const message = 'its instance is in quarantine, and no member is named to ask for admission'
    throw new StorageRefusedError('STORE_QUARANTINED', message, directory.root)
  }

  async #startFresh(): Promise<void> {
    this.#marker = await this.#deps.directory.startBootstrap(this.#options)
  }

  async #startJoin(clusterId: string): Promise<JoinMarker> {
    const { raftAddress, hostId, addresses } = this.#options
    const isBurned = this.#isBurned
    const flags = { clusterId, raftAddress, hostId, addresses }
    const join = await this.#deps.directory.startJoin(flags, { isBurned })
    this.#isBurned = false
    this.#marker = undefined
    this.#join = join
    this.#pinnedClusterId = clusterId
    return join
  }

  async #ask(): Promise<Answers> {
    const { probe } = this.#deps
    const probed = this.#others.map(async (address) => [address, await probe(address)] as const)
    const answers = new Map(await Promise.all(probed))
    for (const address of this.#remembered) {
      const answer = answers.get(address)
      const isForeign = answer?.state === 'member' && answer.clusterId !== this.#pinnedClusterId
      if (isForeign) answers.set(address, undefined)
    }
    return answers
  }

  #plan(answers: Answers): JoinPlan {
    const { addresses, raftAddress } = this.#options
    return planJoin({
      marker: this.#marker,
      pinnedClusterId: this.#pinnedClusterId,
      isJoining: this.#join !== undefined,
      hasQuarantine: this.#hasQuarantine,
      initialAddresses: addresses.filter((address) => address !== raftAddress),
      hasCredentials: this.#deps.requestAdmission !== undefined,
      answers,
    })
  }

  async #act(plan: JoinPlan, answers: Answers): Promise<Instance | undefined> {
    const { directory, logger } = this.#deps
    switch (plan.action) {
      case 'refuse': {
        const message = `cannot begin: ${plan.address}: ${plan.message}`
        throw new StorageRefusedError(plan.code, message, directory.root)
      }
      case 'plan':
        assert(this.#marker !== undefined, 'only an initial member plans a cluster')
        this.#marker = { ...this.#marker, plan: plan.plan }
        await directory.writeMarker(this.#marker)
        return undefined
      case 'create':
        return this.#create(plan)
      case 'join':
        return this.#askForAdmission(plan.clusterId, answers)
      case 'forget-join':
        logger.error(
          { clusterId: this.#pinnedClusterId },
          'no initial member has data of this cluster any more: they begin a new, empty one',
        )
        await directory.forgetJoin()
        this.#join = undefined
        this.#pinnedClusterId = ''
        await this.#startFresh()
        return undefined
      case 'wait':
        await this.#wait(plan)
        return undefined
      default:
        return unreachable(plan)
    }
  }

  async #create({ identity, plan }: JoinPlan & { readonly action: 'create' }): Promise<Instance> {
    const { directory, logger, createState, firstGroup } = this.#deps
    logger.warn(
      { clusterId: plan.clusterId, replicaId: identity.replicaId },
      'a new, empty cluster is created; had these members one before, its data are gone',
    )
    return directory.createInstance(identity, { firstGroup: firstGroup(plan), createState })
  }

  async #askForAdmission(clusterId: string, answers: Answers): Promise<Instance | undefined> {
    const { directory, logger, requestAdmission, createState } = this.#deps
    assert(requestAdmission !== undefined, 'only who has credentials asks')
    const join = await this.#startJoin(clusterId)
    const outcome = await requestAdmission(join, clientAddressesOf(answers))
    if (outcome.ok) {
      const { replicaId, joinedAtIndex, knownMembers } = outcome.admission
      logger.info({ clusterId, replicaId, joinedAtIndex }, 'admitted')
      const { incarnation, hostId } = join
      const identity: Identity = {
        clusterId,
        replicaId,
        incarnation,
        hostId,
        createdAtIndex: joinedAtIndex,
        createdBy: 'join',
        initialMembers: [],
      }
      return directory.createInstance(identity, { createState, knownMembers })
    }
    this.#isBurned = outcome.reason === 'burned'
    this.#tries += 1
    const { detail } = outcome
    const fields = { clusterId, detail, tries: this.#tries }
    // A cluster without a quorum admits nobody: that needs people, when it lasts.
    if (this.#tries < joinQuietTries) logger.info(fields, 'not admitted yet')
    else logger.warn(fields, 'still not admitted; has the cluster a quorum?')
    await this.#pause()
    return undefined
  }

  async #wait(plan: JoinPlan & { readonly action: 'wait' }): Promise<void> {
    const { clock, logger } = this.#deps
    const { retryMs = 100, signal, onWait } = this.#options
    const { reason, addresses } = plan
    const waitedFor = `${reason} ${addresses.join(' ')}`
    if (waitedFor !== this.#waitedFor) {
      const fields = { reason, addresses }
      if (reason === 'no-member') logger.warn(fields, 'no member of the cluster answers')
      else logger.info(fields, 'waiting for initial members')
      onWait?.(plan)
    }
    this.#waitedFor = waitedFor
    await clock.sleep(retryMs, signal)
  }

  /** Longer with every request that was not granted, and not the same for everybody. */
  async #pause(): Promise<void> {
    const { clock, random } = this.#deps
    const longest = Math.min(joinPauseMsMin * 2 ** Math.min(this.#tries, 16), joinPauseMsMax)
    const spread = random === undefined ? 0 : random.below(Math.ceil(longest / 2))
    await clock.sleep(longest - spread, this.#options.signal)
  }
}

/** Client addresses that members named, without repetition, in the order of the seeds. */
function clientAddressesOf(answers: Answers): readonly string[] {
  const addresses = new Set<string>()
  for (const answer of answers.values()) {
    if (answer?.state !== 'member') continue
    for (const address of answer.clientAddresses) addresses.add(address)
  }
  return [...addresses].slice(0, joinClientAddressesMax)
}
