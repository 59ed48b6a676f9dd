// A disk that behaves as badly as real ones may, and never worse: until a file is synced each
// 512-byte sector of it is, after a power cut, either as it was or as it became; until a directory
// is synced its latest creates, renames and removals may be undone. Sectors are atomic, and a sync
// that returned is kept, unless the test asks for a lying one.
//
// What a running process sees is the volatile image; `powerOff` makes the durable one current.
import { assert, DiskError } from '../../base/index.ts'
import type { Disk, DiskErrorCode, DiskFile, DiskStat, OpenMode, Random } from '../../base/index.ts'
import { SimulatedFile } from './simulated-file.ts'
import type { PowerCut } from './simulated-file.ts'

export type { PowerCut } from './simulated-file.ts'

/** The operations that faults are aimed at. */
export type DiskOperation =
  | 'write'
  | 'sync'
  | 'truncate'
  | 'create'
  | 'rename'
  | 'remove'
  | 'syncDirectory'

interface Fault {
  readonly operation: DiskOperation
  readonly code: DiskErrorCode
  readonly matches: (path: string) => boolean
}

/** One view of the tree. */
interface Names {
  readonly files: Map<string, SimulatedFile>
  readonly directories: Set<string>
}

/** A change of names that a power cut may undo. */
interface NameChange {
  readonly directories: readonly string[]
  readonly apply: (names: Names) => void
}

/** One simulated file system. */
export class DiskSimulator implements Disk {
  readonly #random: Random
  readonly #delayTurnsMax: number
  #names: Names = { files: new Map(), directories: new Set(['/']) }
  readonly #durableNames: Names = { files: new Map(), directories: new Set(['/']) }
  #pendingNames: NameChange[] = []
  #faults: Fault[] = []
  #faultsStruck = 0
  #generation = 0
  #isOff = false
  #powerOffAt = Number.POSITIVE_INFINITY
  #lies: (path: string) => boolean = () => false
  readonly #takes:
    | ((operation: 'read' | DiskOperation, path: string) => Promise<void> | undefined)
    | undefined
  readonly #onOperation: ((operation: DiskOperation, path: string) => void) | undefined
  /** All files together; writes beyond it fail with `STORE_DISK_FULL`. */
  capacityBytes: number
  /** Operations that changed something, so far; the clock of `powerOffAt`. */
  operationCount = 0
  /** File syncs that were asked for, by path. */
  readonly syncCounts = new Map<string, number>()

  constructor(
    deps: { readonly random: Random },
    options: {
      /** @default no bound */
      readonly capacityBytes?: number
      /** File operations take effect up to this many microtask turns late. @default 0 */
      readonly delayTurnsMax?: number
      /** How long an operation takes; undefined = no time. @default no time */
      readonly takes?: (
        operation: 'read' | DiskOperation,
        path: string,
      ) => Promise<void> | undefined
      /** Told before an operation takes effect; may let the power fail right there. */
      readonly onOperation?: (operation: DiskOperation, path: string) => void
    } = {},
  ) {
    this.#random = deps.random
    this.#takes = options.takes
    this.#onOperation = options.onOperation
    this.capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY
    this.#delayTurnsMax = options.delayTurnsMax ?? 0
  }

  get isOff(): boolean {
    return this.#isOff
  }

  /** A fault waits for its operation, or the disk is bounded. */
  get isFaulty(): boolean {
    return this.#faults.length > 0 || this.capacityBytes < Number.POSITIVE_INFINITY
  }

  /** Operations that a fault or a full disk has failed so far. */
  get faultsStruck(): number {
    return this.#faultsStruck
  }

  /** Takes back every fault that has not struck, lies and the bound included. */
  mend(): void {
    this.#faults = []
    this.#lies = () => false
    this.capacityBytes = Number.POSITIVE_INFINITY
  }

  /** Makes the next matching operation fail. A failed sync leaves its data undurable for good. */
  failNext(
    operation: DiskOperation,
    code: DiskErrorCode = 'STORE_IO',
    matches: (path: string) => boolean = () => true,
  ): void {
    this.#faults.push({ operation, code, matches })
  }

  /** From now on syncs of matching files return without making anything durable. */
  lieOnSync(matches: (path: string) => boolean): void {
    this.#lies = matches
  }

  /** The power fails in the middle of the `operation`-th changing operation from the start. */
  powerOffAt(operation: number): void {
    this.#powerOffAt = operation
  }

  /** The power fails now: every operation under way or to come on open files rejects. */
  powerOff(): void {
    this.#isOff = true
    this.#generation += 1
  }

  /** The process dies, the system stays: files opened before are unusable, nothing is lost. */
  kill(): void {
    this.#generation += 1
    this.#powerOffAt = Number.POSITIVE_INFINITY
    this.#faults = []
    this.#isOff = false
  }

  /** Power is back; what was not synced suffers `cut`. Files opened before stay unusable. */
  powerOn(cut: PowerCut): void {
    this.powerOff()
    const kept = cut === 'keep' ? this.#pendingNames.length : this.#keptNameChanges(cut)
    for (const change of this.#pendingNames.slice(0, kept)) change.apply(this.#durableNames)
    this.#pendingNames = []
    const { files, directories } = this.#durableNames
    this.#names = { files: new Map(files), directories: new Set(directories) }
    for (const file of new Set(files.values())) file.powerCut(cut, this.#random)
    this.#powerOffAt = Number.POSITIVE_INFINITY
    this.#faults = []
    this.#isOff = false
  }

  /** Bytes of all files together. */
  get usedBytes(): number {
    let used = 0
    for (const file of new Set(this.#names.files.values())) used += file.sizeBytes
    return used
  }

  /** Flips one bit of a file, on the disk and in every cache. */
  flipBit(path: string, offset: number, bit: number): void {
    this.#fileAt(path).corrupt(offset, 1, (byte) => byte ^ (1 << bit))
  }

  /** Zeros a range of a file, as a lost sector reads. */
  zero(path: string, offset: number, length: number): void {
    this.#fileAt(path).corrupt(offset, length, () => 0)
  }

  /** The content a process sees. */
  content(path: string): Uint8Array {
    return this.#fileAt(path).content()
  }

  /** Replaces a file's content durably, behind everybody's back. */
  overwrite(path: string, bytes: Uint8Array): void {
    const file = new SimulatedFile()
    file.write(0, bytes)
    file.sync()
    this.#names.files.set(path, file)
    this.#durableNames.files.set(path, file)
  }

  /** Removes a file or tree durably, behind everybody's back. */
  destroy(path: string): void {
    for (const names of [this.#names, this.#durableNames]) removeFrom(names, path)
  }

  /** Paths of all files, sorted. */
  files(): readonly string[] {
    return [...this.#names.files.keys()].sort()
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    this.#checkPower(path)
    let file = this.#names.files.get(path)
    if (mode === 'create' && file !== undefined) throw diskError('STORE_EXISTS', path)
    if (this.#names.directories.has(path)) throw diskError('STORE_WRONG_KIND', path)
    if (file === undefined) {
      if (mode === 'read') throw diskError('STORE_NOT_FOUND', path)
      this.#requireParent(path)
      this.#begin('create', path)
      const created = new SimulatedFile()
      file = created
      this.#change([parentOf(path)], ({ files }) => files.set(path, created))
    }
    return this.#handle(path, file)
  }

  async readFile(path: string, sizeBytesMax: number): Promise<Uint8Array> {
    this.#checkPower(path)
    const content = this.#fileAt(path).content()
    if (content.length > sizeBytesMax) throw diskError('STORE_IO', path)
    return content
  }

  async stat(path: string): Promise<DiskStat | undefined> {
    this.#checkPower(path)
    const file = this.#names.files.get(path)
    if (file !== undefined) return { kind: 'file', sizeBytes: file.sizeBytes }
    return this.#isDirectory(path) ? { kind: 'directory', sizeBytes: 0 } : undefined
  }

  async list(path: string): Promise<readonly string[]> {
    this.#checkPower(path)
    if (!this.#isDirectory(path)) throw diskError('STORE_NOT_FOUND', path)
    const prefix = path === '/' ? '/' : `${path}/`
    const found = new Set<string>()
    for (const name of [...this.#names.files.keys(), ...this.#names.directories]) {
      if (name.startsWith(prefix) && name !== prefix) {
        found.add(name.slice(prefix.length).split('/')[0]!)
      }
    }
    return [...found].sort()
  }

  async makeDirectory(path: string): Promise<void> {
    this.#checkPower(path)
    const missing: string[] = []
    for (let at = path; !this.#isDirectory(at); at = parentOf(at)) missing.push(at)
    if (missing.length === 0) return
    this.#change(missing.map(parentOf), ({ directories }) => {
      for (const each of missing) directories.add(each)
    })
  }

  async rename(from: string, to: string): Promise<void> {
    this.#checkPower(from)
    this.#requireParent(to)
    const isTree = this.#names.directories.has(from)
    if (!isTree) this.#fileAt(from)
    else if (this.#isDirectory(to) && (await this.list(to)).length > 0) {
      throw diskError('STORE_NOT_EMPTY', to)
    }
    this.#begin('rename', from)
    this.#change([parentOf(to)], (names) => {
      const isMoved = (name: string): boolean => name === from || name.startsWith(`${from}/`)
      const files = [...names.files].filter(([name]) => isMoved(name))
      const directories = [...names.directories].filter(isMoved)
      removeFrom(names, from)
      for (const [name, file] of files) names.files.set(to + name.slice(from.length), file)
      for (const name of directories) names.directories.add(to + name.slice(from.length))
    })
  }

  async link(from: string, to: string): Promise<void> {
    this.#checkPower(from)
    const file = this.#fileAt(from)
    if (this.#names.files.has(to)) throw diskError('STORE_EXISTS', to)
    this.#requireParent(to)
    this.#begin('create', to)
    this.#change([parentOf(to)], ({ files }) => files.set(to, file))
  }

  async remove(path: string): Promise<void> {
    this.#checkPower(path)
    this.#fileAt(path)
    this.#begin('remove', path)
    this.#change([parentOf(path)], ({ files }) => files.delete(path))
  }

  async removeTree(path: string): Promise<void> {
    this.#checkPower(path)
    this.#begin('remove', path)
    this.#change([parentOf(path)], (names) => removeFrom(names, path))
  }

  async syncDirectory(path: string): Promise<void> {
    this.#checkPower(path)
    if (!this.#isDirectory(path)) throw diskError('STORE_NOT_FOUND', path)
    this.#begin('syncDirectory', path)
    // A journal is written in order: what happened before in any directory becomes durable too.
    const last = this.#pendingNames.findLastIndex(({ directories }) => directories.includes(path))
    for (const change of this.#pendingNames.splice(0, last + 1)) change.apply(this.#durableNames)
  }

  async freeBytes(path: string): Promise<number> {
    this.#checkPower(path)
    return Math.max(0, this.capacityBytes - this.usedBytes)
  }

  #handle(path: string, file: SimulatedFile): DiskFile {
    const generation = this.#generation
    let isOpen = true
    const check = (): void => {
      this.#checkPower(path)
      if (!isOpen || generation !== this.#generation) throw diskError('STORE_IO', path)
    }
    const write = async (offset: number, bytes: Uint8Array): Promise<void> => {
      await this.#delay('write', path)
      check()
      this.#begin('write', path, () => file.write(offset, bytes))
      const growth = Math.max(0, offset + bytes.length - file.sizeBytes)
      const room = this.capacityBytes - this.usedBytes
      if (growth > room) {
        file.write(offset, bytes.subarray(0, Math.max(0, bytes.length - growth + room)))
        this.#faultsStruck += 1
        throw diskError('STORE_DISK_FULL', path)
      }
      file.write(offset, bytes)
    }
    const sync = async (act: () => void): Promise<void> => {
      await this.#delay('sync', path)
      check()
      this.syncCounts.set(path, (this.syncCounts.get(path) ?? 0) + 1)
      this.#begin('sync', path, undefined, () => file.forgetPending())
      if (!this.#lies(path)) act()
    }
    return {
      read: async (offset, length) => {
        await this.#delay('read', path)
        check()
        return file.read(offset, length)
      },
      write: async (offset, parts) => write(offset, Buffer.concat(parts)),
      sync: async () => sync(() => file.sync()),
      // The power may fail, and faults strike, between the two.
      writeSynced: async (offset, parts) => {
        const bytes = Buffer.concat(parts)
        await write(offset, bytes)
        await sync(() => file.syncRange(offset, bytes.length))
      },
      truncate: async (sizeBytes) => {
        await this.#delay('truncate', path)
        check()
        this.#begin('truncate', path)
        file.truncate(sizeBytes)
      },
      size: async () => {
        check()
        return file.sizeBytes
      },
      close: async () => {
        isOpen = false
      },
    }
  }

  async #delay(operation: 'read' | DiskOperation, path: string): Promise<void> {
    const taken = this.#takes?.(operation, path)
    if (taken !== undefined) await taken
    if (this.#delayTurnsMax === 0) return
    for (let n = this.#random.below(this.#delayTurnsMax + 1); n > 0; n -= 1) {
      await Promise.resolve()
    }
  }

  /** Counts a changing operation and lets it meet its fault or the power cut. */
  #begin(
    operation: DiskOperation,
    path: string,
    actBeforeCut?: () => void,
    actBeforeFault?: () => void,
  ): void {
    this.operationCount += 1
    this.#onOperation?.(operation, path)
    if (this.#isOff || this.operationCount >= this.#powerOffAt) {
      // The write that the power cut interrupts has reached the cache; the cut tears it.
      actBeforeCut?.()
      this.powerOff()
      throw diskError('STORE_IO', path)
    }
    const at = this.#faults.findIndex((f) => f.operation === operation && f.matches(path))
    if (at < 0) return
    const [fault] = this.#faults.splice(at, 1)
    this.#faultsStruck += 1
    actBeforeFault?.()
    throw diskError(fault!.code, path)
  }

  #change(directories: readonly string[], apply: (names: Names) => void): void {
    apply(this.#names)
    this.#pendingNames.push({ directories, apply })
  }

  #keptNameChanges(cut: PowerCut): number {
    return cut === 'lose' ? 0 : this.#random.below(this.#pendingNames.length + 1)
  }

  #isDirectory(path: string): boolean {
    return this.#names.directories.has(path)
  }

  #requireParent(path: string): void {
    if (!this.#isDirectory(parentOf(path))) throw diskError('STORE_NOT_FOUND', path)
  }

  #checkPower(path: string): void {
    if (this.#isOff) throw diskError('STORE_IO', path)
  }

  #fileAt(path: string): SimulatedFile {
    const file = this.#names.files.get(path)
    if (file !== undefined) return file
    throw diskError(this.#isDirectory(path) ? 'STORE_WRONG_KIND' : 'STORE_NOT_FOUND', path)
  }
}

function removeFrom({ files, directories }: Names, path: string): void {
  for (const names of [files, directories]) {
    for (const name of names.keys()) {
      if (name === path || name.startsWith(`${path}/`)) names.delete(name)
    }
  }
}

function parentOf(path: string): string {
  assert(path.startsWith('/'), 'paths are absolute')
  const at = path.lastIndexOf('/')
  return at === 0 ? '/' : path.slice(0, at)
}

function diskError(code: DiskErrorCode, path: string): DiskError {
  return new DiskError(code, path, `simulated: ${code} at ${path}`)
}
