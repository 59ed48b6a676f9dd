import { expect, test } from 'vitest'
import { writeFileSync } from 'node:fs'
import { runSeed } from './run-seed.ts'
test('seeds', async () => {
  const failed: string[] = []
  for (let seed = 880_001; seed <= 880_060; seed += 1) {
    const result = await new Promise<ReturnType<typeof runSeed>>((done) => setImmediate(() => done(runSeed(seed, {}))))
    if (result.failure) { failed.push(`${seed}: ${result.failure.message.slice(0, 300)}`); writeFileSync(`/tmp/fail-${seed}.txt`, result.failure.message + '\n' + result.failure.stack + '\n' + result.failure.lines.join('\n')) }
  }
  expect(failed).toEqual([])
}, 300_000)
