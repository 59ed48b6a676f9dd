// Whoever claims to know the order in which operations took effect can be checked without a search:
// the order must explain every answer, and put nothing before what had been answered when it was
// called. A claim that fails proves nothing; one that holds proves the history linearizable. It
// takes O(n log n).
import type { Operation } from './history.ts'
import type { Model } from './model.ts'

/** Does the order that `placeOf` claims explain the history? Undefined: had no effect, ever. */
export function isExplainedBy<State extends string | number, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  placeOf: (operation: Operation<Input, Output>) => number | undefined,
): boolean {
  const placed: { readonly place: number; readonly operation: Operation<Input, Output> }[] = []
  for (const operation of operations) {
    const place = placeOf(operation)
    const { outcome } = operation
    // What was answered took effect, what failed did not; of the rest nobody knows.
    if (outcome === 'ok' && place === undefined) return false
    if (outcome === 'fail' && place !== undefined) return false
    if (place !== undefined) placed.push({ place, operation })
  }
  placed.sort((a, b) => a.place - b.place || a.operation.calledAt - b.operation.calledAt)
  let state = model.initial
  let latestCall = -1
  for (const { operation } of placed) {
    const { input, output, calledAt, answeredAt } = operation
    if (answeredAt < latestCall) return false
    latestCall = Math.max(latestCall, calledAt)
    const next = model.step(state, input, output)
    if (next === undefined) return false
    state = next
  }
  return true
}
