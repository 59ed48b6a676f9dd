// Properties with a fixed seed: a failure repeats, and fast-check prints the smallest case.
import * as fc from 'fast-check'
import { test as vitestTest } from 'vitest'

export { fc }

/** A test that holds for every generated value. */
export function test<Value>(
  title: string,
  values: fc.Arbitrary<Value>,
  holds: (value: Value) => void | Promise<void>,
  runs = 300,
): void {
  vitestTest(title, async () => {
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        await holds(value)
      }),
      { seed: 1, numRuns: runs },
    )
  })
}
