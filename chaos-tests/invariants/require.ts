// How invariants speak.
import { Violation } from '../sim/observation.ts'

/** Ends the run unless `condition` holds; `what` is only computed when it does not. */
export function require(
  condition: boolean,
  invariant: string,
  what: () => string,
): asserts condition {
  if (!condition) throw new Violation(invariant, what())
}
