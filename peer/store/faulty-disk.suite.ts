// A real disk that fails on purpose, for tests: dies after a number of changes (kill -9), loses
// what was not synced (power cut), is full, or refuses what a test names.
import { DiskError } from '../../base/index.ts'
import type { Disk, DiskErrorCode, DiskFile, DiskStat, OpenMode } from '../../base/index.ts'
import type { MetadataBatch, MemoryMetadata, MetadataStore } from './metadata.ts'

/** Thrown by everything after the death of the "process". */
export class KilledError extends Error {
  override readonly name = 'KilledError'
}

/** Counts changes; the one after the last allowed and all later ones fail. */
export class Lifetime {
  #left: number
  #used = 0

  constructor(changes = Infinity) {
    this.#left = changes
  }

  get used(): number {
    return this.#used
  }

  get isOver(): boolean {
    return this.#left <= 0
  }

  /** Called before each change. */
  spend(): void {
    if (this.isOver) throw new KilledError('killed')
    this.#left -= 1
    this.#used += 1
  }
}

/** One refusal: the operation on a path fails with `code`. */
export interface Refusal {
  readonly operation: string
  readonly path: RegExp
  readonly code: DiskErrorCode
}

export class FaultyDisk implements Disk {
  readonly #disk: Disk
  readonly #lifetime: Lifetime
  /** Bytes still free; writes beyond are STORE_DISK_FULL. */
  freeBytesLeft = Infinity
  refusals: Refusal[] = []
  /** Awaited before each write, to let something else happen just then. */
  beforeWrite: (path: string) => Promise<void> = async () => {}
  readonly #openFiles = new Set<DiskFile>()
  /** Ranges written and not synced, by path. */
  readonly #unsynced = new Map<string, { offset: number; length: number }[]>()

  constructor(disk: Disk, lifetime: Lifetime = new Lifetime()) {
    this.#disk = disk
    this.#lifetime = lifetime
  }

  /** What the end of a process does with its files. */
  async closeAll(): Promise<void> {
    for (const file of this.#openFiles) await file.close()
  }

  /** What a power cut leaves: unsynced bytes are zeros. */
  async powerCut(): Promise<void> {
    for (const [path, ranges] of this.#unsynced) {
      if ((await this.#disk.stat(path)) === undefined) continue
      const file = await this.#disk.open(path, 'write')
      for (const { offset, length } of ranges) await file.write(offset, [new Uint8Array(length)])
      await file.close()
    }
    this.#unsynced.clear()
  }

  async open(path: string, mode: OpenMode, permissions?: number): Promise<DiskFile> {
    this.#refuse('open', path)
    if (mode !== 'read') this.#lifetime.spend()
    const file = await this.#disk.open(path, mode, permissions)
    this.#openFiles.add(file)
    return new FaultyFile(this, path, file, () => this.#openFiles.delete(file))
  }

  async readFile(path: string, sizeBytesMax: number): Promise<Uint8Array> {
    this.#refuse('readFile', path)
    return await this.#disk.readFile(path, sizeBytesMax)
  }

  async stat(path: string): Promise<DiskStat | undefined> {
    this.#refuse('stat', path)
    return await this.#disk.stat(path)
  }

  async list(path: string): Promise<readonly string[]> {
    this.#refuse('list', path)
    return await this.#disk.list(path)
  }

  makeDirectory(path: string): Promise<void> {
    return this.change('makeDirectory', path, () => this.#disk.makeDirectory(path))
  }

  rename(from: string, to: string): Promise<void> {
    return this.change('rename', to, () => this.#disk.rename(from, to))
  }

  link(from: string, to: string): Promise<void> {
    return this.change('link', to, () => this.#disk.link(from, to))
  }

  remove(path: string): Promise<void> {
    return this.change('remove', path, () => this.#disk.remove(path))
  }

  removeTree(path: string): Promise<void> {
    return this.change('removeTree', path, () => this.#disk.removeTree(path))
  }

  syncDirectory(path: string): Promise<void> {
    return this.change('syncDirectory', path, () => this.#disk.syncDirectory(path))
  }

  async freeBytes(path: string): Promise<number> {
    return Math.min(this.freeBytesLeft, await this.#disk.freeBytes(path))
  }

  async change(operation: string, path: string, act: () => Promise<void>): Promise<void> {
    this.#refuse(operation, path)
    this.#lifetime.spend()
    await act()
  }

  wrote(path: string, offset: number, length: number): void {
    this.freeBytesLeft -= length
    if (this.freeBytesLeft < 0) throw new DiskError('STORE_DISK_FULL', path, 'full')
    const ranges = this.#unsynced.get(path) ?? []
    ranges.push({ offset, length })
    this.#unsynced.set(path, ranges)
  }

  synced(path: string): void {
    this.#unsynced.delete(path)
  }

  #refuse(operation: string, path: string): void {
    const found = this.refusals.find((one) => one.operation === operation && one.path.test(path))
    if (found !== undefined) throw new DiskError(found.code, path, `${operation} refused`)
  }
}

class FaultyFile implements DiskFile {
  readonly #disk: FaultyDisk
  readonly #path: string
  readonly #file: DiskFile

  readonly #onClose: () => void

  constructor(disk: FaultyDisk, path: string, file: DiskFile, onClose: () => void) {
    this.#disk = disk
    this.#path = path
    this.#file = file
    this.#onClose = onClose
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return this.#file.read(offset, length)
  }

  write(offset: number, parts: readonly Uint8Array[]): Promise<void> {
    return this.#disk.change('write', this.#path, async () => {
      await this.#disk.beforeWrite(this.#path)
      let length = 0
      for (const part of parts) length += part.length
      this.#disk.wrote(this.#path, offset, length)
      await this.#file.write(offset, parts)
    })
  }

  sync(): Promise<void> {
    return this.#disk.change('sync', this.#path, async () => {
      await this.#file.sync()
      this.#disk.synced(this.#path)
    })
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#disk.change('truncate', this.#path, () => this.#file.truncate(sizeBytes))
  }

  size(): Promise<number> {
    return this.#file.size()
  }

  close(): Promise<void> {
    this.#onClose()
    return this.#file.close()
  }
}

/** Metadata of a process that may die: it keeps what was written before. */
export class MortalMetadata implements MetadataStore {
  readonly #metadata: MemoryMetadata
  readonly #lifetime: Lifetime

  constructor(metadata: MemoryMetadata, lifetime: Lifetime) {
    this.#metadata = metadata
    this.#lifetime = lifetime
  }

  load(visit: (key: string, value: string) => void): Promise<void> {
    return this.#metadata.load(visit)
  }

  async write(batch: MetadataBatch): Promise<void> {
    this.#lifetime.spend()
    await this.#metadata.write(batch)
  }

  async close(): Promise<void> {}
}
