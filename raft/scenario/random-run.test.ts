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

test('R-9.3 R-11.1 R-11.2 R-11.9 R-13.4 B14: the same holds while members come and go and images are sent; majorities of neighbouring configurations meet, and those who are out find out', () => {
  const churns = 120
  const sums = { committed: 0, configurations: 0, images: 0, removed: 0 }
  for (let n = 0; n < churns; n += 1) {
    const figures = randomRun({ seed: `churn/${n}`, steps: 1000, churn: true })
    sums.committed += figures.committed
    sums.configurations += figures.configurations
    sums.images += figures.images
    sums.removed += figures.removed
  }
  expect(sums.committed).toBeGreaterThan(churns * 5)
  expect(sums.configurations).toBeGreaterThan((churns * 3) / 2)
  expect(sums.images).toBeGreaterThan(churns / 6)
  expect(sums.removed).toBeGreaterThan(churns / 12)
})

test('R-11.1 B14: a bare majority that is left of the members in force elects, commits and agrees, whatever change was under way', () => {
  const disasters = 150
  const sums = { dead: 0, configurations: 0, survived: 0 }
  for (let n = 0; n < disasters; n += 1) {
    const seed = `survivors/${n}`
    const { dead, configurations } = randomRun({ seed, steps: 100, churn: true, survivors: true })
    sums.dead += dead
    sums.configurations += configurations
    if (dead > 0) sums.survived += 1
  }
  expect(sums.survived).toBeGreaterThan((disasters * 2) / 3)
  expect(sums.dead).toBeGreaterThan(disasters)
  expect(sums.configurations).toBeGreaterThan(disasters)
})

test('decision 015: the same holds while a minority loses its states: their logs go on, and an image makes them whole', () => {
  const losses = 120
  const sums = { committed: 0, lostStates: 0, images: 0 }
  for (let n = 0; n < losses; n += 1) {
    const figures = randomRun({ seed: `state-loss/${n}`, steps: 1500, stateLoss: true })
    sums.committed += figures.committed
    sums.lostStates += figures.lostStates
    sums.images += figures.images
  }
  expect(sums.committed).toBeGreaterThan(losses * 5)
  expect(sums.lostStates).toBeGreaterThan(losses)
  expect(sums.images).toBeGreaterThan(sums.lostStates / 3)
})

test('the same seed repeats the same run', () => {
  const options = { seed: 'repeat', steps: 400 }
  expect(randomRun(options)).toEqual(randomRun(options))
})
