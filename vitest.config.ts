import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // By itself it would leave one core idle.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'fast',
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
