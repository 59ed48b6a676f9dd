// A broken assertion is a bug: it stops the process (a supervisor restarts it), in production too.

/** Thrown when an internal invariant does not hold. Nobody catches it but the process entry. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

/** Requires an invariant to hold. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}

/** Marks the branch that the compiler has proven empty. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`)
}
