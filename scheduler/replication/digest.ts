// The digest of the state: the sum over all rows of hash(key, value), each lane modulo 2^32. A sum
// does not depend on order, so one changed row costs one subtraction and one addition. The rows of
// the tables `digest` and `meta` are left out: they are about the digest and the chunk written, and
// differ between replicas that write at different times. The meta row's check vouches for both.
import { tableBytes } from './table-definition.ts'
import { hashInto, lanesToBytes } from './hash.ts'
import type { Cell } from './sorted-cells.ts'

/** Tables whose rows the digest does not cover. Frozen. */
export const tablesOutsideDigest: readonly number[] = [tableBytes.digest, tableBytes.meta]

/** Running sum of the hashes of all rows. */
export class StateDigest {
  readonly #sum = new Int32Array(4)

  /** Adds the hash a cell carries. */
  add(cell: Cell): void {
    this.#sum[0]! += cell.hash0
    this.#sum[1]! += cell.hash1
    this.#sum[2]! += cell.hash2
    this.#sum[3]! += cell.hash3
  }

  /** Takes the hash a cell carries out again. */
  subtract(cell: Cell): void {
    this.#sum[0]! -= cell.hash0
    this.#sum[1]! -= cell.hash1
    this.#sum[2]! -= cell.hash2
    this.#sum[3]! -= cell.hash3
  }

  /** Becomes the same sum as `other`. */
  set(other: StateDigest): void {
    this.#sum.set(other.#sum)
  }

  /** The 16 bytes. */
  bytes(): Uint8Array {
    return lanesToBytes(this.#sum)
  }
}

const lanes = new Int32Array(4)

/** Puts hash(key, value) into the cell. */
export function hashCell(cell: Cell, key: Uint8Array, value: Uint8Array): void {
  lanes.fill(0)
  hashInto(lanes, key)
  hashInto(lanes, value)
  cell.hash0 = lanes[0]!
  cell.hash1 = lanes[1]!
  cell.hash2 = lanes[2]!
  cell.hash3 = lanes[3]!
}
