// Figure 3 of the paper over seeded runs with loss, doubling, reordering, lag and crashes.
import { expect, test } from 'vitest'
import { randomRun } from './random-run.ts'

const runs = 300

test('R-1.3 R-5.1 R-6.1 R-9.2 B09: election safety, log matching, leader completeness, state machine safety and linearizable reads hold in random runs, which then heal', () => {
  const sums = { committed: 0, leaders: 0, crashes: 0, reads: 0 }
  for (let n = 0; n < runs; n += 1) {
    const figures = randomRun({ seed: `random-run/${n}`, steps: 600 })
    sums.committed += figures.committed
    sums.leaders += figures.leaders
    sums.crashes += figures.crashes
    sums.reads += figures.reads
  }
  // Idle runs would prove nothing.
  expect(sums.committed).toBeGreaterThan(runs * 5)
  expect(sums.leaders).toBeGreaterThan(runs)
  expect(sums.crashes).toBeGreaterThan(runs)
  expect(sums.reads).toBeGreaterThan(runs)
})

test('the same seed repeats the same run', () => {
  const options = { seed: 'repeat', steps: 400 }
  expect(randomRun(options)).toEqual(randomRun(options))
})
