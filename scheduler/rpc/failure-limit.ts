// Wrong credentials cost their sender time: an address that keeps failing is not even looked at.
import type { Clock } from '../../base/index.ts'
import { failureAddressesMax, failuresAtOnceMax, failurePauseMs } from './limits.ts'

interface Failures {
  /** Failures held against the address at `atMs`; one is forgiven each `failurePauseMs`. */
  readonly count: number
  readonly atMs: number
}

/** Counts failures by client address, for the newest `failureAddressesMax` of them. */
export class FailureLimit {
  readonly #clock: Clock
  readonly #failures = new Map<string, Failures>()

  constructor(deps: { readonly clock: Clock }) {
    this.#clock = deps.clock
  }

  /** Whether what `address` says next is refused unread. */
  isBlocked(address: string): boolean {
    return this.#count(address) >= failuresAtOnceMax
  }

  /** `address` has shown wrong credentials. */
  failed(address: string): void {
    const count = this.#count(address) + 1
    this.#failures.delete(address)
    const [oldest] = this.#failures.keys()
    if (this.#failures.size >= failureAddressesMax && oldest !== undefined) {
      this.#failures.delete(oldest)
    }
    this.#failures.set(address, { count, atMs: this.#clock.nowMs() })
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#failures.size
  }

  #count(address: string): number {
    const known = this.#failures.get(address)
    if (known === undefined) return 0
    const forgiven = (this.#clock.nowMs() - known.atMs) / failurePauseMs
    return Math.max(0, known.count - forgiven)
  }
}
