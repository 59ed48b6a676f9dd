// When every write is unique and answers the value it replaced, the answers are a chain, and no
// search is needed: each value is replaced at most once, the chain starts at "absent", and nobody
// stands before an operation that had been answered when he was called. O(n).
import { absent } from './model.ts'
import type { Operation } from './history.ts'
import type { RegisterInput, RegisterOutput } from './model.ts'

/** What is wrong with the swaps of one key; undefined when nothing is. */
export function checkPredecessorChain(
  operations: readonly Operation<RegisterInput, RegisterOutput>[],
): string | undefined {
  const writers = new Map<string, Operation<RegisterInput, RegisterOutput>>()
  const replacedBy = new Map<string, Operation<RegisterInput, RegisterOutput>>()
  for (const operation of operations) {
    const { input, output, outcome } = operation
    if (input.kind !== 'swap' || outcome === 'fail') continue
    if (writers.has(input.value)) return `'${input.value}' was written by two operations`
    writers.set(input.value, operation)
    if (outcome !== 'ok' || output?.value === undefined) continue
    const other = replacedBy.get(output.value)
    if (other !== undefined) {
      return `operations ${other.id} and ${operation.id} both replaced '${output.value}'`
    }
    replacedBy.set(output.value, operation)
  }
  for (const [value, operation] of replacedBy) {
    if (value === absent) continue
    const writer = writers.get(value)
    if (writer === undefined) return `operation ${operation.id} replaced '${value}', a phantom`
  }
  return checkOrder(replacedBy)
}

/** Follows each piece of chain back to front: a successor must not have ended before its origin. */
function checkOrder(
  replacedBy: ReadonlyMap<string, Operation<RegisterInput, RegisterOutput>>,
): string | undefined {
  const inner = new Set<string>()
  for (const { input } of replacedBy.values()) {
    if (input.kind === 'swap') inner.add(input.value)
  }
  let visited = 0
  for (const [value] of replacedBy) {
    // A piece starts at a value that no answered operation wrote.
    if (inner.has(value)) continue
    let latestCall = -1
    let latest: Operation<RegisterInput, RegisterOutput> | undefined
    let next = replacedBy.get(value)
    while (next !== undefined) {
      visited += 1
      if (next.answeredAt < latestCall) {
        return `operation ${next.id} ended before its predecessor ${latest!.id} began`
      }
      if (next.calledAt > latestCall) {
        latestCall = next.calledAt
        latest = next
      }
      next = next.input.kind === 'swap' ? replacedBy.get(next.input.value) : undefined
    }
  }
  return visited === replacedBy.size ? undefined : 'operations replace each other in a circle'
}
