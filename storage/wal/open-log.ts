// Creating and opening a log: recovery, the one repair that is allowed (a torn tail, kept as a copy
// and cut), and what the log must agree on with the state.
import { assert } from '../../base/index.ts'
import type { Disk, Logger } from '../../base/index.ts'
import { unfinishedInstall } from '../../raft/index.ts'
import type { LogContents, UnfinishedInstall } from '../../raft/index.ts'
import { planBoot } from '../boot.ts'
import { StorageCorruptError, StorageRefusedError } from '../errors.ts'
import type { StorageCorruptCode } from '../errors.ts'
import {
  logCutCopiesMax,
  logPreallocateBytesDefault,
  logReserveBytesDefault,
  logSegmentBytesDefault,
  witnessSyncIntervalDefault,
} from '../limits.ts'
import type { LogIdentity } from './log-identity.ts'
import { recoverLog } from './recover.ts'
import type { RecoveredLog } from './recover.ts'
import { ReserveFile } from './reserve-file.ts'
import { createSegment, unfinishedSegmentName } from './segment-files.ts'
import { isSegmentName, segmentHeaderBytes } from './segment-header.ts'
import type { SegmentHeader } from './segment-header.ts'
import { TailSegment } from './tail-segment.ts'
import { WitnessFile, witnessName } from './witness.ts'
import { WriteAheadLog } from './write-ahead-log.ts'

export interface LogDeps {
  readonly disk: Disk
  readonly logger: Logger
}

export interface CreateLogOptions {
  /** Absolute path; created if absent. Nothing else may write to it. */
  readonly directory: string
  readonly identity: LogIdentity
}

export interface OpenLogOptions extends CreateLogOptions {
  /**
   * Index up to which the state is durable without the log; 0 for an empty state. The log must
   * reach it, and its commit index is never reported below it. Undefined: no state belongs to it.
   */
  readonly durableIndex: number | undefined
  /** There is no state that could be loaded, and why; `durableIndex` is 0. @default there is one */
  readonly lostState?: 'absent' | 'damaged' | undefined
  /** Somebody else may have the state: this is not the only voter. @default false */
  readonly canRefetch?: boolean
  /** Size at which a segment is sealed. @default logSegmentBytesDefault (64 MiB) */
  readonly segmentBytes?: number
  /** Zeros written ahead at a time. @default logPreallocateBytesDefault (8 MiB) */
  readonly preallocateBytes?: number
  /** Bytes kept back for a full disk. @default logReserveBytesDefault (4 MiB) */
  readonly reserveBytes?: number
  /** Syncs between two updates of the witness. @default witnessSyncIntervalDefault (256) */
  readonly witnessSyncInterval?: number
}

export interface OpenedLog {
  readonly log: WriteAheadLog
  readonly contents: LogContents
  /**
   * `replay`: the log goes on after `durableIndex`. `finish`: the state had been replaced by an
   * image, and the log was reset to it now. `rebuild`, `refetch`: see `BootPlan`; beginning the
   * state anew is up to the caller.
   */
  readonly plan: 'start' | 'replay' | 'rebuild' | 'refetch' | 'finish'
  /** Where the copy of a torn tail was put that was cut off now. */
  readonly cutCopy: string | undefined
}

const emptyHeader: SegmentHeader = {
  segmentNumber: 1,
  firstIndex: 1,
  previousTerm: 0,
  hardState: { term: 0, votedFor: 0, commit: 0 },
  compacted: { index: 0, term: 0 },
  chain: 0,
}

const cutFolder = 'cut'

/** Creates an empty log. `STORE_DIRECTORY_UNUSABLE` when there is one. */
export async function createWriteAheadLog(
  { disk }: LogDeps,
  { directory, identity }: CreateLogOptions,
): Promise<void> {
  await disk.makeDirectory(directory)
  const names = await disk.list(directory)
  if (names.some((name) => isSegmentName(name) || name === witnessName)) {
    throw new StorageRefusedError('STORE_DIRECTORY_UNUSABLE', 'there is a log already', directory)
  }
  const limits = { segmentBytes: segmentHeaderBytes, preallocateBytes: 0 }
  await createSegment(disk, emptyHeader, { directory, identity, ...limits })
  const mark = {
    segmentNumber: 1,
    endOffset: segmentHeaderBytes,
    term: 0,
    votedFor: 0,
    lastIndex: 0,
  }
  const witness = await WitnessFile.create(disk, `${directory}/${witnessName}`, { identity, mark })
  await witness.close()
  await disk.syncDirectory(directory)
}

/**
 * Opens the log. Rejects with `StorageCorruptError` on damage and `StorageRefusedError` when it is
 * another replica's; then nothing was changed.
 */
export async function openWriteAheadLog(
  deps: LogDeps,
  options: OpenLogOptions,
): Promise<OpenedLog> {
  const { disk, logger } = deps
  const { directory, identity, durableIndex } = options
  const settings = {
    directory,
    identity,
    segmentBytes: options.segmentBytes ?? logSegmentBytesDefault,
    preallocateBytes: options.preallocateBytes ?? logPreallocateBytesDefault,
    witnessSyncInterval: options.witnessSyncInterval ?? witnessSyncIntervalDefault,
  }
  assert(settings.segmentBytes <= 0xffff_ffff, 'offsets in a segment fit 32 bits')
  const recovered = await recoverLog(disk, { directory, identity })
  const unfinished =
    durableIndex === undefined ? undefined : unfinishedInstall(recovered.contents, durableIndex)
  const plan =
    durableIndex === undefined
      ? 'start'
      : reconcile(recovered.contents, { ...options, durableIndex, unfinished })
  const cutCopy = await repair(deps, directory, recovered)
  const segment = recovered.segments.at(-1)!
  const { endOffset: offset, chain, torn } = recovered
  const fileBytes = torn === undefined ? recovered.fileBytes : offset
  const tail = await TailSegment.open(disk, segment, { offset, chain, fileBytes }, settings)
  await syncPrevious(disk, directory, recovered)
  await tail.sync()
  const witness = await reopenWitness(deps, options, { recovered, tail })
  const reserve = new ReserveFile(disk, directory, options.reserveBytes ?? logReserveBytesDefault)
  if (!(await reserve.acquire())) logger.warn({ directory }, 'no room for the reserve of the log')
  const { segments } = recovered
  const position = { segments, tail, witness, reserve }
  if (plan === 'finish') {
    assert(unfinished !== undefined, 'an image was announced and installed')
    const log = new WriteAheadLog(deps, settings, { ...position, contents: recovered.contents })
    const contents = await finishInstall(log, unfinished, deps)
    return { log, contents, plan, cutCopy }
  }
  const contents = withCommit(recovered.contents, durableIndex)
  const log = new WriteAheadLog(deps, settings, { ...position, contents })
  return { log, contents, plan, cutCopy }
}

/** Does what the crash kept the replica from doing: the log goes on after the installed image. */
async function finishInstall(
  log: WriteAheadLog,
  { mark, contents }: UnfinishedInstall,
  { logger }: LogDeps,
): Promise<LogContents> {
  try {
    await log.reset(mark, contents.hardState)
  } catch (error) {
    await log.close()
    throw error
  }
  logger.warn({ ...mark }, 'the log is reset to an image that was installed before')
  return contents
}

/** Judges the log against the state, by the table of docs/boot.md. */
function reconcile(
  contents: LogContents,
  options: OpenLogOptions & {
    readonly durableIndex: number
    readonly unfinished: UnfinishedInstall | undefined
  },
): OpenedLog['plan'] {
  const { durableIndex, unfinished, lostState, directory, canRefetch = false } = options
  const { compacted, entries, announced } = contents
  const lastIndex = compacted.index + entries.length
  const plan = planBoot({
    identity: 'intact',
    log: lastIndex > durableIndex ? 'ahead' : 'intact',
    state:
      lostState ??
      (durableIndex > lastIndex ? 'ahead' : durableIndex < compacted.index ? 'behind' : 'intact'),
    image: announced === undefined ? 'none' : unfinished === undefined ? 'announced' : 'installed',
    isLogWhole: compacted.index === 0,
    canRefetch,
  })
  switch (plan.action) {
    case 'start':
    case 'replay':
    case 'rebuild':
    case 'refetch':
    case 'finish':
      return plan.action
    case 'bootstrap':
    case 'refuse': {
      assert(plan.action === 'refuse', 'the log is there')
      const range = `${compacted.index + 1} … ${lastIndex}`
      const message = `the log holds ${range}, the state has applied ${durableIndex}`
      throw new StorageCorruptError(plan.code as StorageCorruptCode, message, { path: directory })
    }
  }
}

/** The commit index may be older than what was applied, since it is not always synced (B05). */
function withCommit(contents: LogContents, durableIndex: number | undefined): LogContents {
  const { hardState, compacted } = contents
  const commit = Math.max(hardState.commit, durableIndex ?? 0, compacted.index)
  return { ...contents, hardState: { ...hardState, commit } }
}

/** Cuts a torn tail, after a copy of it is durable, and removes what was begun and never used. */
async function repair(
  { disk, logger }: LogDeps,
  directory: string,
  recovered: RecoveredLog,
): Promise<string | undefined> {
  const { torn, unusedSegment, segments } = recovered
  const { name } = segments.at(-1)!
  let cutCopy: string | undefined
  if (torn !== undefined) {
    cutCopy = await keepCopy(disk, directory, `${name}.${torn.offset}`, torn.bytes)
    const file = await disk.open(`${directory}/${name}`, 'write')
    try {
      await file.truncate(torn.offset)
      await file.sync()
    } finally {
      await file.close()
    }
    logger.warn(
      { segment: name, offset: torn.offset, bytes: torn.bytes.length, cutCopy },
      'cut a torn tail off the log',
    )
  }
  const names = await disk.list(directory)
  const unused = [unusedSegment, unfinishedSegmentName]
  for (const each of names.filter((found) => unused.includes(found))) {
    await disk.remove(`${directory}/${each}`)
  }
  await disk.syncDirectory(directory)
  return cutCopy
}

/**
 * What a killed process wrote and did not sync is read back, and from now on is relied on. Besides
 * the last segment that can be the seal of the one before.
 */
async function syncPrevious(
  disk: Disk,
  directory: string,
  { segments }: RecoveredLog,
): Promise<void> {
  const previous = segments.at(-2)
  if (previous === undefined) return
  const file = await disk.open(`${directory}/${previous.name}`, 'write')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

async function keepCopy(
  disk: Disk,
  directory: string,
  name: string,
  bytes: Uint8Array,
): Promise<string> {
  const folder = `${directory}/${cutFolder}`
  await disk.makeDirectory(folder)
  const old = (await disk.list(folder)).filter((each) => each !== name)
  for (const each of old.slice(0, Math.max(0, old.length - logCutCopiesMax + 1))) {
    await disk.remove(`${folder}/${each}`)
  }
  const path = `${folder}/${name}`
  const file = await disk.open(path, 'write')
  try {
    await file.truncate(0)
    await file.write(0, [bytes])
    await file.sync()
  } finally {
    await file.close()
  }
  await disk.syncDirectory(folder)
  await disk.syncDirectory(directory)
  return path
}

/** Opens the witness and makes both slots say where the log stands. */
async function reopenWitness(
  { disk, logger }: LogDeps,
  { directory, identity }: CreateLogOptions,
  { recovered, tail }: { readonly recovered: RecoveredLog; readonly tail: TailSegment },
): Promise<WitnessFile> {
  const path = `${directory}/${witnessName}`
  if (recovered.isWitnessSlotDamaged) logger.warn({ path }, 'one slot of the witness was damaged')
  const { contents } = recovered
  const mark = {
    segmentNumber: tail.info.header.segmentNumber,
    endOffset: tail.offset,
    term: contents.hardState.term,
    votedFor: contents.hardState.votedFor,
    lastIndex: contents.compacted.index + contents.entries.length,
  }
  const file = await disk.open(path, 'write')
  const witness = new WitnessFile(file, identity, recovered.witness.sequence)
  await witness.write(mark)
  await witness.write(mark)
  return witness
}
