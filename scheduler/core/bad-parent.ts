// A peer whose own last piece took far longer than its others is a bad parent.
import { assert } from '../../base/index.ts'
import { pieceCostMsMax, pieceCostsMax } from './limits.ts'

/** Costs below this number tell nothing. */
const costsMin = 2

/** While the ring fills: bad when the last cost is over this many times the mean of the others. */
const meanFactor = 20

/** Once it is full: bad when the last cost is over the mean plus this many standard deviations. */
const deviationFactor = 3

/** Adds costs to a ring: the newest `pieceCostsMax`, in order of arrival, each capped. */
export function withCosts(ring: readonly number[], costsMs: readonly number[]): readonly number[] {
  if (costsMs.length === 0) return ring
  const all = ring.slice()
  for (const cost of costsMs) all.push(cost < pieceCostMsMax ? cost : pieceCostMsMax)
  return all.slice(-pieceCostsMax)
}

/**
 * Tells whether the costs (ms, in order of arrival) speak against a parent. Multiplied out instead
 * of divided: with n others of sum S and square sum Q, last > S/n + 3 sqrt(Q/n - (S/n)^2) becomes
 * (n*last - S)^2 > 9 (n*Q - S^2), all in exact integers.
 */
export function hasBadCosts(ring: readonly number[]): boolean {
  assert(ring.length <= pieceCostsMax, 'a ring of costs is bounded')
  if (ring.length < costsMin) return false
  const others = ring.length - 1
  const last = ring[others]!
  let sum = 0
  let squares = 0
  for (let i = 0; i < others; i += 1) {
    sum += ring[i]!
    squares += ring[i]! * ring[i]!
  }
  if (ring.length < pieceCostsMax) return last * others > meanFactor * sum
  const above = last * others - sum
  if (above <= 0) return false
  return above * above > deviationFactor * deviationFactor * (others * squares - sum * sum)
}
