// What happens to a scheduler's log while it is not running.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { finishRecord, recordBytes, sectorBytes } from '../../storage/wal/record.ts'
import { decodeSegmentHeader, segmentSalt } from '../../storage/wal/segment-header.ts'
import type { SchedulerProcess } from './local-cluster.ts'

/** The newest segment of a scheduler's log, to be damaged and mended. */
export class NewestSegment {
  readonly #path: string
  readonly #intact: Buffer
  /** Right after the last record: what was reserved ahead is zeros, and no record ends with one. */
  readonly #endOffset: number

  constructor(scheduler: Pick<SchedulerProcess, 'dataDir'>) {
    const raft = join(instanceOf(scheduler), 'raft')
    const names = readdirSync(raft).filter((name) => name.endsWith('.wal'))
    this.#path = join(raft, names.sort().at(-1)!)
    this.#intact = readFileSync(this.#path)
    this.#endOffset = this.#intact.findLastIndex((byte) => byte !== 0) + 1
  }

  /** Flips one bit so many bytes before the end of the last record. */
  flipBit(beforeEndBytes: number): void {
    const damaged = Buffer.from(this.#intact)
    const at = this.#endOffset - beforeEndBytes
    damaged[at] = damaged[at]! ^ 1
    writeFileSync(this.#path, damaged)
  }

  /** Flips one bit halfway through what is written. */
  flipBitInTheMiddle(): void {
    this.flipBit(Math.floor(this.#endOffset / 2))
  }

  /** Appends the first sector of a record whose other sectors never reached the disk. */
  tearTail(): void {
    const decoded = decodeSegmentHeader(this.#intact)
    if (!decoded.ok) throw new Error(`${this.#path} has no header: ${decoded.reason}`)
    const payloadBytes = 4 * sectorBytes
    const record = new Uint8Array(recordBytes(payloadBytes)).fill(0x5a)
    const salt = segmentSalt(decoded.identity, decoded.header.segmentNumber)
    const offset = this.#endOffset
    finishRecord(
      record,
      { type: 'group', payloadBytes, syncedBytes: 0 },
      { offset, salt, chain: 0 },
    )
    const torn = Buffer.from(this.#intact)
    torn.set(record.subarray(0, sectorBytes - (offset % sectorBytes)), offset)
    writeFileSync(this.#path, torn)
  }

  mend(): void {
    writeFileSync(this.#path, this.#intact)
  }

  read(): Buffer {
    return readFileSync(this.#path)
  }
}

/** The only instance in a scheduler's data directory. */
export function instanceOf(scheduler: Pick<SchedulerProcess, 'dataDir'>): string {
  const instances = join(scheduler.dataDir, 'instances')
  const [clusterId] = readdirSync(instances)
  const [replicaId] = readdirSync(join(instances, clusterId!))
  return join(instances, clusterId!, replicaId!)
}
