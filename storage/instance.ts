// One instance's directory: `<root>/instances/<clusterId>/<replicaId>`.
import { assert, isCoded } from '../base/index.ts'
import type { Disk, Logger } from '../base/index.ts'
import type { HardState, LogContents, LogGroup, LogMark } from '../raft/index.ts'
import { StorageCorruptError } from './errors.ts'
import { identityFields } from './identity.ts'
import type { Identity } from './identity.ts'
import { directoryFormat } from './instance-format.ts'
import { writeKnownMembers } from './known-members.ts'
import type { KnownMembers } from './known-members.ts'
import { isText } from './sealed-json.ts'
import { readSealedFile, writeSealedFile } from './sealed-file.ts'
import type { StateStore } from './state/state-store.ts'
import { createWriteAheadLog, openWriteAheadLog } from './wal/open-log.ts'
import type { OpenedLog, OpenLogOptions } from './wal/open-log.ts'
import { ReserveFile } from './wal/reserve-file.ts'
import type { WriteAheadLog } from './wal/write-ahead-log.ts'

export const identityName = 'identity.json'
export const formatName = 'FORMAT'
const fatalName = 'FATAL.json'
/** A state that could not be used, until another one stands. */
const lostStateFolder = 'lost-state'

/** Paths of one instance. */
export interface Instance {
  readonly identity: Identity
  readonly directory: string
  readonly raftDirectory: string
  readonly stateDirectory: string
  /** For files under construction; emptied when the instance is opened. */
  readonly tmpDirectory: string
}

/** The instance that lives in `directory`. */
export function instanceIn(directory: string, identity: Identity): Instance {
  return {
    identity,
    directory,
    raftDirectory: `${directory}/raft`,
    stateDirectory: `${directory}/state`,
    tmpDirectory: `${directory}/tmp`,
  }
}

/** Creates an empty state store in a directory. */
export type CreateState = (options: { readonly directory: string }) => Promise<void>

/** Opens the state store in a directory. */
export type OpenState = (options: { readonly directory: string }) => Promise<StateStore>

/** What an instance begins with. */
export interface InstanceContents {
  readonly createState: CreateState
  /** First group of the log. @default none: the log is empty and begins with entry 1 */
  readonly firstGroup?: LogGroup
  /** The log begins after `mark`, up to which `createState` makes a state. @default it does not */
  readonly founded?: { readonly mark: LogMark; readonly hardState: HardState }
  /** For a replica that begins without a state. @default nobody */
  readonly knownMembers?: KnownMembers
}

/**
 * Builds a whole instance in `directory`, which does not exist yet: a state, a durable log and the
 * identity. The caller moves the directory to where it counts.
 */
export async function buildInstance(
  deps: { readonly disk: Disk; readonly logger: Logger },
  directory: string,
  { identity, ...contents }: InstanceContents & { readonly identity: Identity },
): Promise<void> {
  const { disk } = deps
  const { createState, firstGroup, founded, knownMembers } = contents
  const { raftDirectory, stateDirectory, tmpDirectory } = instanceIn(directory, identity)
  await disk.makeDirectory(tmpDirectory)
  await createState({ directory: stateDirectory })
  const log = { directory: raftDirectory, identity }
  await createWriteAheadLog(deps, log)
  const limits = { reserveBytes: 0, preallocateBytes: 0 }
  const opened = await openWriteAheadLog(deps, { ...log, ...limits, durableIndex: 0 })
  try {
    if (firstGroup !== undefined) await opened.log.append(firstGroup)
    if (founded !== undefined) await opened.log.reset(founded.mark, founded.hardState)
  } finally {
    await opened.log.close()
  }
  if (knownMembers !== undefined) await writeKnownMembers(disk, directory, knownMembers)
  await writeSealedFile(disk, { directory, name: formatName, format: directoryFormat }, {})
  const file = { directory, name: identityName, format: directoryFormat }
  await writeSealedFile(disk, file, identityFields(identity))
}

/** An instance whose parts agree. */
export interface OpenedInstance {
  readonly state: StateStore
  readonly log: WriteAheadLog
  readonly contents: LogContents
  /** Index that `loadState` reported. */
  readonly durableIndex: number
  /**
   * `replay`: the log holds entries after it. `rebuild`: the same, and the state was lost.
   * `refetch`: the state was lost and is empty now, and the log does not begin with entry 1: run
   * the replica with `lacksState`. `finish`: the log was reset to an image that the state had been
   * replaced by.
   */
  readonly plan: OpenedLog['plan']
  /** Where the copy of a torn tail was put that was cut off the log now. */
  readonly cutCopy: string | undefined
}

export interface OpenInstanceDeps {
  readonly disk: Disk
  readonly logger: Logger
  readonly openState: OpenState
  readonly createState: CreateState
}

export interface OpenInstanceOptions extends Omit<
  OpenLogOptions,
  'directory' | 'identity' | 'durableIndex' | 'lostState'
> {
  /**
   * Loads the state and resolves to the index it has applied; 0 for an empty one. Called once more
   * when the first state was lost (`STORE_STATE_CORRUPT`, or behind the log) and begun anew.
   */
  readonly loadState: (state: StateStore) => Promise<number>
}

/**
 * Opens state and log of an instance and checks them against each other. On any failure both are
 * closed again. Rejects with the codes of docs/boot.md.
 */
export async function openInstance(
  deps: OpenInstanceDeps,
  instance: Instance,
  options: OpenInstanceOptions,
): Promise<OpenedInstance> {
  const found = await openParts(deps, instance, options)
  const { state, log, plan, durableIndex, cutCopy } = found
  // What is left of a refetch that a crash has interrupted is empty, and good enough.
  if (state !== undefined && (plan !== 'refetch' || durableIndex === 0)) {
    await removeUnfinished(deps, instance)
    if (plan !== 'refetch' && durableIndex > 0) await forgetLostState(deps, instance)
    return { ...found, state }
  }
  await log.close()
  await state?.close()
  await renewState(deps, instance)
  const renewed = await openParts(deps, instance, options)
  assert(renewed.state !== undefined && renewed.durableIndex === 0, 'a new state is empty')
  await removeUnfinished(deps, instance)
  return { ...renewed, state: renewed.state, plan, cutCopy }
}

interface FoundState {
  readonly state: StateStore | undefined
  readonly durableIndex: number
  /** Why there is none. */
  readonly lostState: 'absent' | 'damaged' | undefined
  readonly damage?: unknown
}

/** Opens the log, and the state unless it is lost and may be begun anew. */
async function openParts(
  deps: OpenInstanceDeps,
  instance: Instance,
  { loadState, ...options }: OpenInstanceOptions,
): Promise<Omit<OpenedInstance, 'state'> & Pick<FoundState, 'state'>> {
  const { state, durableIndex, lostState, damage } = await openFound(deps, instance, loadState)
  try {
    const { log, contents, plan, cutCopy } = await openWriteAheadLog(deps, {
      ...options,
      directory: instance.raftDirectory,
      identity: instance.identity,
      durableIndex,
      lostState,
    })
    return { state, log, contents, durableIndex, plan, cutCopy }
  } catch (error) {
    await state?.close()
    // Whoever found the damage says more about it.
    throw isCoded(error, 'STORE_STATE_CORRUPT') ? (damage ?? error) : error
  }
}

async function openFound(
  { disk, openState }: OpenInstanceDeps,
  { stateDirectory }: Instance,
  loadState: OpenInstanceOptions['loadState'],
): Promise<FoundState> {
  const none = { state: undefined, durableIndex: 0 }
  if ((await disk.stat(stateDirectory)) === undefined) return { ...none, lostState: 'absent' }
  let state: StateStore | undefined
  try {
    state = await openState({ directory: stateDirectory })
    return { state, durableIndex: await loadState(state), lostState: undefined }
  } catch (damage) {
    await state?.close()
    const isLost = isCoded(damage, 'STORE_STATE_CORRUPT') || isCoded(damage, 'STORE_STATE_MISSING')
    if (!isLost) throw damage
    return { ...none, lostState: 'damaged', damage }
  }
}

/** Files that nobody finished; one that cannot be removed does no harm but to the disk's room. */
async function removeUnfinished(
  { disk, logger }: Pick<OpenInstanceDeps, 'disk' | 'logger'>,
  { tmpDirectory }: Instance,
): Promise<void> {
  try {
    if ((await disk.stat(tmpDirectory)) === undefined) return
    for (const name of await disk.list(tmpDirectory)) {
      await disk.removeTree(`${tmpDirectory}/${name}`)
      logger.info({ tmpDirectory, name }, 'removed what was never finished')
    }
  } catch (error) {
    logger.warn({ tmpDirectory, err: error }, 'unfinished files stay')
  }
}

/**
 * Begins an empty state. The one that is lost stays beside it until another one stands; of several
 * only the first, because the others had only just been begun.
 */
async function renewState(deps: OpenInstanceDeps, instance: Instance): Promise<void> {
  const { disk, logger, createState } = deps
  const { directory, stateDirectory, tmpDirectory } = instance
  const built = `${tmpDirectory}/state`
  await disk.removeTree(built)
  await disk.makeDirectory(tmpDirectory)
  await createState({ directory: built })
  if ((await disk.stat(stateDirectory)) !== undefined) {
    const lost = lostStateIn(instance)
    if ((await disk.stat(lost)) === undefined) await disk.rename(stateDirectory, lost)
    else await disk.removeTree(stateDirectory)
    await disk.syncDirectory(directory)
  }
  await disk.rename(built, stateDirectory)
  await disk.syncDirectory(tmpDirectory)
  await disk.syncDirectory(directory)
  logger.warn({ stateDirectory }, 'the state was lost; an empty one takes its place')
}

/**
 * Removes a state that was lost, once another one stands: the next start does it, and whoever
 * installs an image may. What cannot be removed does no harm but to the disk's room.
 */
export async function forgetLostState(
  { disk, logger }: Pick<OpenInstanceDeps, 'disk' | 'logger'>,
  instance: Instance,
): Promise<void> {
  const lost = lostStateIn(instance)
  try {
    if ((await disk.stat(lost)) === undefined) return
    await disk.removeTree(lost)
    logger.info({ lost }, 'removed the state that was lost')
  } catch (error) {
    logger.warn({ lost, err: error }, 'the state that was lost stays')
  }
}

function lostStateIn({ directory }: Instance): string {
  return `${directory}/${lostStateFolder}`
}

/** Why a replica stopped for good. */
export interface FatalReason {
  /** Stable code of the failure. */
  readonly code: string
  readonly message: string
  /** Wall clock of the process when it stopped, for people. */
  readonly atWallMs: number
}

const fatalMessageLengthMax = 2_000

/**
 * Leaves the reason of a fail-stop for whoever looks next. On a full disk, often the reason itself,
 * the log's reserve makes room: nothing will be appended any more.
 */
export async function writeFatal(
  disk: Disk,
  instance: Instance,
  reason: FatalReason,
): Promise<void> {
  const { code, atWallMs } = reason
  const message = reason.message.slice(0, fatalMessageLengthMax)
  const write = () => writeSealedFile(disk, fatalFile(instance), { code, message, atWallMs })
  try {
    await write()
  } catch (error) {
    if (!isCoded(error, 'STORE_DISK_FULL')) throw error
    await new ReserveFile(disk, instance.raftDirectory, 0).release()
    await write()
  }
}

/** The reason of the last fail-stop; undefined when there was none. */
export async function readFatal(disk: Disk, instance: Instance): Promise<FatalReason | undefined> {
  const file = fatalFile(instance)
  const fields = await readSealedFile(disk, file, 'STORE_IDENTITY_CORRUPT')
  if (fields === undefined) return undefined
  const { code, message, atWallMs } = fields
  if (!isText(code) || typeof message !== 'string' || typeof atWallMs !== 'number') {
    const path = `${file.directory}/${file.name}`
    throw new StorageCorruptError('STORE_IDENTITY_CORRUPT', 'it is no reason of a stop', { path })
  }
  return { code, message, atWallMs }
}

/** Forgets the reason of the last fail-stop, once the replica runs again. */
export async function clearFatal(disk: Disk, instance: Instance): Promise<void> {
  const { directory, name } = fatalFile(instance)
  if ((await disk.stat(`${directory}/${name}`)) === undefined) return
  await disk.remove(`${directory}/${name}`)
  await disk.syncDirectory(directory)
}

function fatalFile({ directory }: Instance) {
  return { directory, name: fatalName, format: directoryFormat }
}
