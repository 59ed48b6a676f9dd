// A ready-made state machine: what an ordered log of commands makes of a map of bytes, kept in
// memory and, behind it, in a state store. Who is a member lives in the same rows, so that an image
// or a restart brings both or neither. Commands mean what the user says; its keys never meet ours.
//
//   0x01              one row of JSON: position, digest, configuration, members
//   0x02 | key UTF-8  the user's rows
import { createHash } from 'node:crypto'
import { assert, fromHex, messageOf, toHex, utf8Decode, utf8Encode } from '../../base/index.ts'
import type { Clock } from '../../base/index.ts'
import { changeConfiguration, initialConfiguration, isMember, noMembers } from '../../raft/index.ts'
import type { ChangeResult, Configuration, DigestMark, Entry } from '../../raft/index.ts'
import type { LogGroup, StateMachine } from '../../raft/index.ts'
import type { ClusterPlan } from '../bootstrap.ts'
import { StorageCorruptError, StorageStoppedError } from '../errors.ts'
import type { InitialMember } from '../identity.ts'
import type { ImageContent } from '../images/image-format.ts'
import type { ImageState, StagedState } from '../images/store-images.ts'
import type { KnownMembers } from '../known-members.ts'
import {
  mapBurnedMax,
  mapDigestIndexes,
  mapFlushMs,
  mapLagBytesMax,
  mapLagEntriesMax,
} from '../limits.ts'
import type { RowSource, StateSnapshot, StateStore } from './state-store.ts'

/** Who a member is, beyond its id. */
export interface MapMember {
  readonly hostId: string
  /** 32 lower-case hex characters. */
  readonly incarnation: string
  /** host:port where it takes messages. */
  readonly raftAddress: string
}

/** The user's rows, as commands see them. */
export interface MapRows {
  get(key: string): Uint8Array | undefined
  /** The value must not be changed afterwards. */
  set(key: string, value: Uint8Array): void
  /** True when there was a row. */
  delete(key: string): boolean
}

/**
 * Carries out one command; what it returns is the result of `RaftNode.propose`. Synchronous, and a
 * function of rows and data alone. Throwing ends the replica for good: a refusal is a result.
 */
export type ApplyCommand = (rows: MapRows, data: Uint8Array) => unknown

export interface ReplicatedMapDeps {
  readonly clock: Clock
  readonly store: StateStore
}

export interface ReplicatedMapOptions {
  readonly apply: ApplyCommand
  /** Members to begin with, of a replica that was admitted and has no state yet. @default nobody */
  readonly known?: KnownMembers | undefined
  /** The store refused a write: the replica must stop. Called once. */
  readonly onFatal: (error: Error) => void
}

/** The first group of a new cluster's log, the same bytes on every initial member. */
export function foundingGroup({ members }: ClusterPlan): LogGroup {
  const data = utf8Encode(JSON.stringify(members))
  const entry: Entry = { index: 1, term: 1, type: 'command', stampMs: 0, data }
  return { entries: [entry], hardState: { term: 1, votedFor: 0, commit: 1 }, sync: true }
}

/** The context of a change that adds one member. */
export function admissionContext(member: MapMember): Uint8Array {
  return utf8Encode(JSON.stringify(mapMember(member)))
}

function mapMember({ hostId, incarnation, raftAddress }: MapMember): MapMember {
  return { hostId, incarnation, raftAddress }
}

function mapMembers(members: readonly InitialMember[]): Map<number, MapMember> {
  return new Map(members.map((member) => [member.replicaId, mapMember(member)]))
}

const metaKey = Uint8Array.of(1)
const rowTag = 2

/** Everything a replica shows, as of one index. */
class Shown implements MapRows {
  readonly rows = new Map<string, Uint8Array>()
  readonly changed = new Set<string>()
  readonly sums = new Uint32Array(4)
  index = 0
  term = 0
  clusterClockMs = 0
  mark: DigestMark = { index: 0, digest: new Uint8Array(0) }
  configuration: Configuration = noMembers
  members = new Map<number, MapMember>()
  burned: readonly string[] = []
  changedBytes = 0

  get(key: string): Uint8Array | undefined {
    return this.rows.get(key)
  }

  set(key: string, value: Uint8Array): void {
    this.#account(key, value)
    this.rows.set(key, value)
  }

  delete(key: string): boolean {
    this.#account(key, undefined)
    return this.rows.delete(key)
  }

  digest(): Uint8Array {
    const bytes = new Uint8Array(16)
    const view = new DataView(bytes.buffer)
    this.sums.forEach((sum, i) => view.setUint32(4 * i, sum))
    return bytes
  }

  content(): ImageContent {
    const { index, term, configuration, clusterClockMs } = this
    return { index, term, configuration, clusterClockMs, digest: this.digest() }
  }

  meta(): Uint8Array {
    const { index, term, clusterClockMs, configuration, burned, mark } = this
    const digests = { digest: toHex(this.digest()), mark: [mark.index, toHex(mark.digest)] }
    const members = [...this.members]
    const place = { index, term, clusterClockMs }
    return utf8Encode(JSON.stringify({ ...place, ...digests, configuration, members, burned }))
  }

  /** Takes a stored row; the digest is checked by `loaded`. */
  load(key: Uint8Array, value: Uint8Array): Meta | undefined {
    if (key[0] !== rowTag) return metaOf(value)
    this.set(utf8Decode(key.subarray(1)), value)
    return undefined
  }

  /** Becomes what `meta` says; false when the rows are not those it speaks of. */
  loaded(meta: Meta | undefined): boolean {
    this.changed.clear()
    this.changedBytes = 0
    if (meta === undefined) return this.rows.size === 0
    const { index, term, clusterClockMs, configuration, burned, mark } = meta
    Object.assign(this, { index, term, clusterClockMs, configuration, burned })
    this.mark = { index: mark[0], digest: fromHex(mark[1]) ?? new Uint8Array(0) }
    this.members = new Map(meta.members)
    return toHex(this.digest()) === meta.digest
  }

  #account(key: string, value: Uint8Array | undefined): void {
    const before = this.rows.get(key)
    if (before !== undefined) this.#add(key, before, -1)
    if (value !== undefined) this.#add(key, value, 1)
    this.changed.add(key)
    this.changedBytes += key.length + (value?.length ?? 0)
  }

  /** The digest is a sum over all rows, so their order does not matter. */
  #add(key: string, value: Uint8Array, sign: 1 | -1): void {
    const hash = createHash('sha256').update(`${key.length}:${key}`, 'utf8').update(value).digest()
    for (let i = 0; i < 4; i += 1) this.sums[i]! += sign * hash.readUInt32BE(4 * i)
  }
}

interface Meta {
  readonly index: number
  readonly term: number
  readonly clusterClockMs: number
  readonly digest: string
  readonly mark: readonly [number, string]
  readonly configuration: Configuration
  readonly members: readonly (readonly [number, MapMember])[]
  readonly burned: readonly string[]
}

/** Our own bytes, which LevelDB and images check. */
function metaOf(value: Uint8Array): Meta {
  return JSON.parse(utf8Decode(value)) as Meta
}

function rowKey(key: string): Uint8Array {
  return Uint8Array.of(rowTag, ...utf8Encode(key))
}

/** A replicated map: `StateMachine` for the replica, `ImageState` for its images. */
export class ReplicatedMap implements StateMachine, ImageState {
  readonly #deps: ReplicatedMapDeps
  readonly #options: ReplicatedMapOptions
  #shown: Shown
  #durableIndex: number
  #writing: Promise<void> | undefined
  #isReplacing = false
  #failure: Error | undefined

  private constructor(deps: ReplicatedMapDeps, options: ReplicatedMapOptions, shown: Shown) {
    this.#deps = deps
    this.#options = options
    this.#shown = shown
    this.#durableIndex = shown.index
  }

  /** Loads what is stored. @throws StorageCorruptError `STORE_STATE_CORRUPT` */
  static async open(
    deps: ReplicatedMapDeps,
    options: ReplicatedMapOptions,
  ): Promise<ReplicatedMap> {
    const shown = new Shown()
    let meta: Meta | undefined
    await deps.store.load((key, value) => {
      meta = shown.load(key, value) ?? meta
    })
    if (!shown.loaded(meta)) {
      const message = 'the rows of the map do not add up to its digest'
      throw new StorageCorruptError('STORE_STATE_CORRUPT', message, { path: 'state' })
    }
    if (shown.index === 0 && options.known !== undefined) {
      shown.configuration = options.known.configuration
      shown.members = mapMembers(options.known.members)
    }
    return new ReplicatedMap(deps, options, shown)
  }

  get appliedIndex(): number {
    return this.#shown.index
  }

  /** Cluster time of the last applied entry, for `RaftNodeOptions.clusterClockMs`. */
  get clusterClockMs(): number {
    return this.#shown.clusterClockMs
  }

  /** The members now, by replicaId. */
  get members(): ReadonlyMap<number, MapMember> {
    return this.#shown.members
  }

  /** The user's rows; behind `RaftNode.readIndex` they are linearizable. */
  get rows(): ReadonlyMap<string, Uint8Array> {
    return this.#shown.rows
  }

  /** Whether an incarnation was a member and is none any more, as far as is remembered. */
  isBurned(incarnation: string): boolean {
    return this.#shown.burned.includes(incarnation)
  }

  apply(entries: readonly Entry[]): readonly unknown[] {
    const results = entries.map((entry) => this.#applyEntry(entry))
    if (entries.length > 0) this.#writeSoon()
    return results
  }

  configuration(): Configuration {
    return this.#shown.configuration
  }

  durableIndex(): number {
    return this.#durableIndex
  }

  digestMark(): DigestMark {
    return this.#shown.mark
  }

  isOverloaded(): boolean {
    if (this.#failure !== undefined) return true
    const { index, changedBytes } = this.#shown
    return index - this.#durableIndex > mapLagEntriesMax || changedBytes > mapLagBytesMax
  }

  async flushThrough(index: number): Promise<void> {
    while (this.#durableIndex < index) {
      if (this.#failure !== undefined) throw this.#failure
      await (this.#writing ?? this.#write())
    }
  }

  async describe(snapshot: Pick<StateSnapshot, 'get'>): Promise<ImageContent> {
    const value = await snapshot.get(metaKey)
    const shown = new Shown()
    if (value === undefined) return shown.content()
    const meta = metaOf(value)
    shown.loaded(meta)
    return { ...shown.content(), digest: fromHex(meta.digest)! }
  }

  stage(): StagedState {
    const staged = new Shown()
    let meta: Meta | undefined
    return {
      add: (key, value) => {
        meta = staged.load(key, value) ?? meta
      },
      complete: () => {
        if (staged.loaded(meta)) return staged.content()
        const message = 'the rows do not add up to their digest'
        throw new StorageCorruptError('STORE_STATE_CORRUPT', message, { path: 'image' })
      },
      install: (rows) => this.#replaceBy(staged, rows),
    }
  }

  /** Writes what is left; the store stays open. */
  async stop(): Promise<void> {
    if (this.#failure === undefined) await this.flushThrough(this.#shown.index)
  }

  #applyEntry(entry: Entry): unknown {
    const shown = this.#shown
    assert(entry.index === shown.index + 1, 'entries are applied in order')
    const result = this.#carryOut(entry)
    shown.index = entry.index
    shown.term = entry.term
    shown.clusterClockMs = Math.max(shown.clusterClockMs, entry.stampMs)
    if (entry.index % mapDigestIndexes === 0) {
      shown.mark = { index: entry.index, digest: shown.digest() }
    }
    return result
  }

  #carryOut(entry: Entry): unknown {
    if (entry.type === 'noop') return undefined
    if (entry.type === 'config') return this.#changeMembers(entry)
    if (entry.index > 1) return this.#options.apply(this.#shown, entry.data)
    const members = JSON.parse(utf8Decode(entry.data)) as ClusterPlan['members']
    const voters = members.map(({ replicaId }) => replicaId)
    this.#shown.configuration = initialConfiguration({ voters })
    this.#shown.members = mapMembers(members)
    return undefined
  }

  #changeMembers(entry: Entry): ChangeResult {
    const shown = this.#shown
    const changed = changeConfiguration(shown.configuration, entry)
    if (!changed.ok) {
      assert(changed.reason !== 'unsupported', 'the change is of a newer format')
      return changed
    }
    shown.configuration = changed.configuration
    for (const { op, id } of changed.change.operations) {
      if (op !== 'add-learner' && op !== 'add-voter') continue
      shown.members.set(id, JSON.parse(utf8Decode(changed.change.context)) as MapMember)
    }
    for (const [id, { incarnation }] of shown.members) {
      if (isMember(shown.configuration, id)) continue
      shown.members.delete(id)
      shown.burned = [...shown.burned, incarnation].slice(-mapBurnedMax)
    }
    return changed
  }

  /** What is applied in a moment is written together. */
  #writeSoon(): void {
    if (this.#writing !== undefined || this.#isReplacing || this.#failure !== undefined) return
    this.#writing = this.#deps.clock.sleep(mapFlushMs).then(() => this.#write())
  }

  async #write(): Promise<void> {
    const shown = this.#shown
    const { index, changed } = shown
    const puts: (readonly [Uint8Array, Uint8Array])[] = [[metaKey, shown.meta()]]
    const deletes: Uint8Array[] = []
    for (const key of changed) {
      const value = shown.rows.get(key)
      if (value === undefined) deletes.push(rowKey(key))
      else puts.push([rowKey(key), value])
    }
    changed.clear()
    shown.changedBytes = 0
    const written = this.#deps.store.write({ puts, deletes })
    this.#writing = written.catch(() => undefined)
    try {
      await written
      this.#durableIndex = Math.max(this.#durableIndex, index)
    } catch (error) {
      this.#fail(error)
    }
    this.#writing = undefined
    if (this.#shown.index > this.#durableIndex) this.#writeSoon()
  }

  async #replaceBy(staged: Shown, rows: RowSource): Promise<void> {
    assert(staged.index > this.#shown.index, 'a state never goes back')
    this.#isReplacing = true
    try {
      await this.#writing
      await this.#deps.store.replaceWith(rows, staged)
      this.#shown = staged
      this.#durableIndex = staged.index
    } finally {
      this.#isReplacing = false
      if (this.#shown.index > this.#durableIndex) this.#writeSoon()
    }
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return
    const message = `the map cannot be written: ${messageOf(error)}`
    this.#failure = new StorageStoppedError('STORE_STATE_FAILED', message, error)
    this.#options.onFatal(this.#failure)
  }
}
