// When an instance cannot be run any more, and its host may come back as a new member: what is left
// of it goes to quarantine, but only while another member of that very cluster answers. The data of
// a lone survivor are never moved.
import { CodedError, isCoded, messageOf } from '../../base/index.ts'
import type { Clock, Disk, Logger } from '../../base/index.ts'
import { readKnownMembers, StorageCorruptError } from '../../storage/index.ts'
import type {
  DataDirectory,
  FatalReason,
  Identity,
  InstancePlace,
  KnownMembers,
  MemberAnswer,
  Probe,
} from '../../storage/index.ts'
import { rejoinPauseMs, rejoinRoundsMax } from './limits.ts'

/** Damage after which the votes or acknowledgements of a replica are lost. */
const lostCodes: ReadonlySet<string> = new Set([
  'STORE_IDENTITY_CORRUPT',
  'STORE_IDENTITY_MISSING',
  'STORE_LOG_BEHIND_STATE',
  'STORE_LOG_CORRUPT',
  'STORE_LOG_MISSING',
  'STORE_LOG_ROLLED_BACK',
  'STORE_REVERTED',
])

/** Reasons of a fail-stop after which what is on disk must not be run again. */
const lostReasons: ReadonlySet<string> = new Set([
  'RAFT_DUPLICATE_IDENTITY',
  'SCHED_STATE_DIVERGED',
])

/** The last run ended so that its data are not to be trusted; the code is that of its end. */
export class LastStopError extends CodedError {
  override readonly name = 'LastStopError'
}

/** @throws LastStopError when what the last run left must not be run again */
export function refuseLossReason({ code, message }: FatalReason): void {
  if (lostReasons.has(code)) throw new LastStopError(code, message)
}

export interface RejoinDeps {
  readonly clock: Clock
  readonly disk: Disk
  readonly logger: Logger
  readonly directory: DataDirectory
  readonly probe: Probe
}

export interface RejoinOptions {
  /** Own replication address. */
  readonly raftAddress: string
  /** Replication addresses of members, as far as the flags name them. */
  readonly seeds: readonly string[]
  /** It has something to prove itself with; without it a rejoin would be refused. */
  readonly canJoin: boolean
  readonly signal: AbortSignal
}

/** The members an instance knew last; undefined when it left none that read. */
export async function rememberedMembers(
  { disk, logger }: Pick<RejoinDeps, 'disk' | 'logger'>,
  path: string,
): Promise<KnownMembers | undefined> {
  try {
    return await readKnownMembers(disk, path)
  } catch (error) {
    logger.warn({ path, err: messageOf(error) }, 'the known members do not read')
    return undefined
  }
}

/** Whom to ask about a cluster: the seeds, and the members that were known last. */
export function addressesToAsk(
  known: KnownMembers | undefined,
  { seeds, raftAddress }: Pick<RejoinOptions, 'seeds' | 'raftAddress'>,
): readonly string[] {
  const remembered = known?.members.map((member) => member.raftAddress) ?? []
  return [...new Set([...seeds, ...remembered])].filter((address) => address !== raftAddress)
}

/**
 * Moves the instance at `place` aside if it is lost by `error` and its host may rejoin. Resolves to
 * true when it was moved; to false when `error` has to be refused, with everything left as it was.
 */
export async function quarantineLost(
  deps: RejoinDeps,
  { place, error }: { readonly place: InstancePlace | undefined; readonly error: unknown },
  options: RejoinOptions,
): Promise<boolean> {
  if (place === undefined || !isLoss(error, place) || !options.canJoin) return false
  const known = await rememberedMembers(deps, place.path)
  const answering = await findMember(deps, { place, known }, options)
  const { logger, clock, directory } = deps
  const fields = { path: place.path, code: error.code, err: messageOf(error) }
  if (answering === undefined) {
    logger.error(fields, 'no other member of its cluster answers: what is left stays where it is')
    return false
  }
  logger.error({ ...fields, answering }, 'its data are lost; this host joins anew')
  const reason = { code: error.code, message: messageOf(error), atWallMs: clock.wallMs() }
  await directory.quarantine(place, reason)
  return true
}

function isLoss(error: unknown, { path }: InstancePlace): error is CodedError {
  if (!isCoded(error)) return false
  // Of files of the whole directory none is an instance's.
  if (error instanceof StorageCorruptError && !error.path.startsWith(path)) return false
  return lostCodes.has(error.code) || error instanceof LastStopError
}

/**
 * Address of another member of the cluster that lay at `place`; asks for a while. One counts that
 * runs and knows where members are served: others that are starting may turn out to be lost as
 * well, and one without a state can send nobody anything.
 */
async function findMember(
  { clock, probe }: RejoinDeps,
  { place, known }: { readonly place: InstancePlace; readonly known: KnownMembers | undefined },
  options: RejoinOptions,
): Promise<string | undefined> {
  const addresses = addressesToAsk(known, options)
  for (let round = 0; round < rejoinRoundsMax && addresses.length > 0; round += 1) {
    if (round > 0) await clock.sleep(rejoinPauseMs, options.signal)
    const answers = await Promise.all(addresses.map((address) => probe(address)))
    const at = answers.findIndex(
      (answer) =>
        answer?.state === 'member' &&
        answer.clusterId === place.clusterId &&
        answer.clientAddresses.length > 0 &&
        String(answer.replicaId) !== place.replica,
    )
    if (at >= 0) return addresses[at]
  }
  return undefined
}

/** What other members say about an instance that is about to run. */
export type StandingOfSelf =
  | { readonly kind: 'sound'; readonly acknowledgedIndex: number }
  /** It is a member no more. */
  | { readonly kind: 'removed' }
  /** Another process runs with this very identity, at this address. */
  | { readonly kind: 'duplicate'; readonly address: string }
  /** A seed is in another cluster. */
  | { readonly kind: 'foreign'; readonly address: string }

/**
 * Judges the answers of members to one with an identity. Silence is no obstacle: what nobody says
 * is found out by Raft, later. A member's word is the state's, so one is enough.
 */
export function judgeSelf(
  identity: Pick<Identity, 'clusterId' | 'replicaId' | 'incarnation'>,
  answers: ReadonlyMap<string, MemberAnswer>,
  { seeds }: Pick<RejoinOptions, 'seeds'>,
): StandingOfSelf {
  let acknowledgedIndex = 0
  let isRemoved = false
  for (const [address, answer] of answers) {
    if (answer.clusterId !== identity.clusterId) {
      if (seeds.includes(address)) return { kind: 'foreign', address }
      // Somebody else has taken the place of a member that was remembered.
      continue
    }
    const isSame = answer.replicaId === identity.replicaId
    if (isSame && answer.incarnation === identity.incarnation) return { kind: 'duplicate', address }
    isRemoved ||= answer.isRemoved
    acknowledgedIndex = Math.max(acknowledgedIndex, answer.acknowledgedIndex)
  }
  return isRemoved ? { kind: 'removed' } : { kind: 'sound', acknowledgedIndex }
}

/** Asks members about an instance; each at most as long as one probe takes. */
export async function askAboutSelf(
  { probe }: Pick<RejoinDeps, 'probe'>,
  addresses: readonly string[],
): Promise<ReadonlyMap<string, MemberAnswer>> {
  const answers = new Map<string, MemberAnswer>()
  await Promise.all(
    addresses.map(async (address) => {
      const answer = await probe(address)
      if (answer?.state === 'member') answers.set(address, answer)
    }),
  )
  return answers
}
