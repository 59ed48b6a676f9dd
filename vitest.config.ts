import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Half as many again as cores: many a test waits for real sockets and disks.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    projects: [
      {
        test: {
          name: 'fast',
          // Loading the modules anew for each of some 400 files would take half of all the time.
          isolate: false,
          include: ['**/*.test.ts'],
          exclude: ['node_modules/**', 'dist/**', 'test/processes/**'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'processes',
          include: ['test/processes/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          // After the fast ones: a cluster beside busy workers measures the machine.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
