// Images of a replica's state over its store and the disk: sent from a snapshot of the
// store, received into a file in `tmp/`, verified as a whole, and only then made the state.
import { assert, CodedError, DiskError, equalBytes, isCoded, toHex } from '../../base/index.ts'
import type { Disk, DiskFile, Logger, Random } from '../../base/index.ts'
import type { ImageReader, Images, ImageWriter, Snapshot } from '../../raft/index.ts'
import { imageSpareBytes } from '../limits.ts'
import type { RowSource, StateSnapshot, StateStore } from '../state/state-store.ts'
import { ImageEncoder } from './image-encoder.ts'
import { imageDamaged, ImageFile, imageUnsupported } from './image-file.ts'
import { formatOfPrefix, imageFormat, imageMagic } from './image-format.ts'
import type { ImageContent } from './image-format.ts'

/** The replicated state as images see it. */
export interface ImageState {
  /** Resolves when everything up to `index`, which was applied, is in the store. */
  flushThrough(index: number): Promise<void>
  /** What the rows of a snapshot are, read from the rows themselves. */
  describe(snapshot: Pick<StateSnapshot, 'get' | 'list'>): Promise<ImageContent>
  /** Begins a state beside the current one. */
  stage(): StagedState
}

/** A state under construction; forgotten unless it is installed. */
export interface StagedState {
  /** Takes one row, in the order of the keys. Throws when it can be no row of a state. */
  add(key: Uint8Array, value: Uint8Array): void
  /** Gets ready for `complete`, a little at a time. @default all of it is done there */
  prepare?(): Promise<void>
  /** Proves that all rows together are one whole state, and says which. */
  complete(): ImageContent
  /** Replaces the current state, durably, by the rows added, which `rows` yields once more. */
  install(rows: RowSource): Promise<void>
}

export interface StoreImagesDeps {
  readonly disk: Disk
  readonly random: Random
  readonly logger: Logger
  readonly store: StateStore
  readonly state: ImageState
}

export interface StoreImagesOptions {
  /** Absolute path, on the file system of the state; emptied of old images at each receipt. */
  readonly tmpDirectory: string
  /** 32 lower-case hex characters; images of other clusters are refused. */
  readonly clusterId: string
}

const namePrefix = 'image-'

/** Raft's `Images` for a stored state. */
export class StoreImages implements Images {
  readonly #deps: StoreImagesDeps
  readonly #options: StoreImagesOptions
  #receiving: StoreImageWriter | undefined

  constructor(deps: StoreImagesDeps, options: StoreImagesOptions) {
    this.#deps = deps
    this.#options = options
  }

  async open(indexMin: number): Promise<ImageReader> {
    const { state, store } = this.#deps
    await state.flushThrough(indexMin)
    const rows = await store.snapshot()
    try {
      const content = await state.describe(rows)
      if (content.index < indexMin) {
        const message = `the stored state ends at ${content.index}, before ${indexMin}`
        throw new CodedError('RAFT_IMAGE_NOT_READY', message)
      }
      return new StoreImageReader({ ...content, clusterId: this.#options.clusterId }, rows)
    } catch (error) {
      await rows.close()
      throw error
    }
  }

  async receive(snapshot: Snapshot): Promise<ImageWriter> {
    assert(this.#receiving === undefined, 'one image is received at a time (R-13.2)')
    const { disk, random } = this.#deps
    const { tmpDirectory } = this.#options
    await disk.makeDirectory(tmpDirectory)
    for (const name of await disk.list(tmpDirectory)) {
      if (name.startsWith(namePrefix)) await disk.remove(`${tmpDirectory}/${name}`)
    }
    const nonce = toHex(random.bytes(8))
    const path = `${tmpDirectory}/${namePrefix}${snapshot.index}-${nonce}`
    const file = await disk.open(path, 'create')
    const place = { path, file, snapshot, clusterId: this.#options.clusterId }
    this.#receiving = new StoreImageWriter(this.#deps, place, () => {
      this.#receiving = undefined
    })
    return this.#receiving
  }
}

class StoreImageReader implements ImageReader {
  readonly snapshot: Snapshot
  readonly #rows: StateSnapshot
  readonly #encoder: ImageEncoder

  constructor(head: ImageContent & { readonly clusterId: string }, rows: StateSnapshot) {
    const { index, term, configuration, clusterClockMs } = head
    this.snapshot = { index, term, configuration, clusterClockMs }
    this.#rows = rows
    this.#encoder = new ImageEncoder(head, rows)
  }

  next(): Promise<Uint8Array | undefined> {
    return this.#encoder.next()
  }

  close(): Promise<void> {
    return this.#rows.close()
  }
}

interface ReceivePlace {
  readonly path: string
  readonly file: DiskFile
  readonly snapshot: Snapshot
  readonly clusterId: string
}

class StoreImageWriter implements ImageWriter {
  readonly #deps: StoreImagesDeps
  readonly #place: ReceivePlace
  readonly #onEnd: () => void
  #bytes = 0
  #staged: StagedState | undefined
  #isOpen = true
  #isEnded = false

  constructor(deps: StoreImagesDeps, place: ReceivePlace, onEnd: () => void) {
    this.#deps = deps
    this.#place = place
    this.#onEnd = onEnd
  }

  async write(chunk: Uint8Array): Promise<void> {
    assert(this.#isOpen, 'an image is written before it is finished')
    if (this.#bytes === 0) refuseForeignFormat(chunk)
    await this.#checkRoom(chunk.length)
    await this.#place.file.write(this.#bytes, [chunk])
    this.#bytes += chunk.length
  }

  async finish(): Promise<void> {
    assert(this.#isOpen && this.#staged === undefined, 'an image is finished once')
    const { disk, state } = this.#deps
    const { file, path } = this.#place
    await file.sync()
    this.#isOpen = false
    await file.close()
    await this.#checkRoom(this.#bytes)
    const staged = state.stage()
    const image = await ImageFile.open(disk, path)
    try {
      this.#checkHead(image)
      for (let rows = await image.next(); rows.length > 0; rows = await image.next()) {
        addRows(staged, rows)
      }
      await staged.prepare?.()
      checkContent(staged, image)
    } finally {
      await image.close()
    }
    this.#staged = staged
  }

  async install(): Promise<void> {
    const staged = this.#staged
    assert(staged !== undefined && !this.#isEnded, 'only a finished image is installed, and once')
    const { disk } = this.#deps
    const { path, snapshot } = this.#place
    const image = await ImageFile.open(disk, path)
    try {
      await staged.install(image)
    } finally {
      await image.close()
    }
    this.#deps.logger.info({ index: snapshot.index, term: snapshot.term }, 'an image is installed')
    await this.#end()
  }

  async abort(): Promise<void> {
    if (this.#isEnded) return
    try {
      if (this.#isOpen) await this.#place.file.close()
    } finally {
      this.#isOpen = false
      await this.#end()
    }
  }

  /**
   * Refuses the image while it still can be refused. What it leaves free is for the log and the
   * state in use, whose failed writes stop the replica, as a failed install does: the new state is
   * built beside the file.
   */
  async #checkRoom(bytes: number): Promise<void> {
    const { disk } = this.#deps
    const { path } = this.#place
    const neededBytes = bytes + imageSpareBytes
    if ((await disk.freeBytes(path)) >= neededBytes) return
    const message = `no room for an image: ${neededBytes} bytes must be free (${path})`
    throw new DiskError('STORE_DISK_FULL', path, message)
  }

  /** The file is of no use any more; what cannot be removed goes at the next start. */
  async #end(): Promise<void> {
    const { disk, logger } = this.#deps
    const { path } = this.#place
    this.#isEnded = true
    this.#staged = undefined
    this.#onEnd()
    try {
      await disk.remove(path)
    } catch (error) {
      if (!isCoded(error, 'STORE_NOT_FOUND')) logger.warn({ path, err: error }, 'an image stays')
    }
  }

  #checkHead({ head }: ImageFile): void {
    const { clusterId, snapshot } = this.#place
    if (head.clusterId !== clusterId) throw imageDamaged(`it is of cluster ${head.clusterId}`)
    const isSame =
      head.index === snapshot.index &&
      head.term === snapshot.term &&
      head.clusterClockMs === snapshot.clusterClockMs &&
      isEqual(head.configuration, snapshot.configuration)
    if (!isSame) throw imageDamaged(`it was announced as ${snapshot.index} and is ${head.index}`)
  }
}

/** A whole image need not travel to be refused; that it is damaged is found out at its end. */
function refuseForeignFormat(beginning: Uint8Array): void {
  const format = formatOfPrefix(beginning)
  const isImage = equalBytes(beginning.subarray(0, imageMagic.length), imageMagic)
  if (isImage && format !== undefined && format !== imageFormat) throw imageUnsupported(format)
}

function addRows(staged: StagedState, rows: readonly (readonly [Uint8Array, Uint8Array])[]): void {
  try {
    for (const [key, value] of rows) staged.add(key, value)
  } catch (error) {
    throw asDamaged(error)
  }
}

function checkContent(staged: StagedState, { head }: ImageFile): void {
  let content: ImageContent
  try {
    content = staged.complete()
  } catch (error) {
    throw asDamaged(error)
  }
  const isSame =
    content.index === head.index &&
    content.term === head.term &&
    content.clusterClockMs === head.clusterClockMs &&
    equalBytes(content.digest, head.digest) &&
    isEqual(content.configuration, head.configuration)
  if (!isSame) throw imageDamaged(`its rows are the state at ${content.index}`)
}

/** Rows that make no state are damage; what this release is too old for keeps its own code. */
function asDamaged(error: unknown): unknown {
  const isForeign = isCoded(error, 'SCHED_UNSUPPORTED_COMMAND') || !isCoded(error)
  return isForeign ? error : imageDamaged('its rows are no state', error)
}

/** Configurations hold numbers, flags and lists of numbers, always with the same fields. */
function isEqual(a: Snapshot['configuration'], b: Snapshot['configuration']): boolean {
  const listed = ({ voters, votersOutgoing, learners, learnersNext, ...rest }: typeof a) =>
    JSON.stringify([
      voters,
      votersOutgoing,
      learners,
      learnersNext,
      rest.id,
      rest.highestId,
      rest.autoLeave,
    ])
  return listed(a) === listed(b)
}
