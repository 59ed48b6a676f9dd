// Runs the named steps one after another and stops at the first that fails.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const sources = ['--type-aware', '.']

const steps = {
  'format-check': ['oxfmt', '--check', '.'],
  format: ['oxfmt', '.'],
  lint: ['oxlint', ...sources],
  'lint-fix': ['oxlint', '--fix', ...sources],
  types: ['tsc', '-b'],
  'types-tests': ['tsc', '-p', 'tsconfig.test.json'],
  'tests-fast': ['vitest', 'run', '--project', 'fast'],
  'tests-processes': ['vitest', 'run', '--project', 'processes'],
}

/** Read-only: what a change must pass. */
const check = ['format-check', 'lint', 'types', 'types-tests', 'tests-fast']

/** The same, mending what can be mended. */
const fix = ['format', 'lint-fix', 'types', 'types-tests', 'tests-fast']

const plans = { check, fix }
const wanted = process.argv.slice(2)
const names = wanted.flatMap((name) => plans[name] ?? [name])

for (const name of names) {
  const step = steps[name]
  if (step === undefined) {
    console.error(
      `unknown step ${name}; known: ${[...Object.keys(plans), ...Object.keys(steps)].join(' ')}`,
    )
    process.exit(2)
  }
  const [tool, ...args] = step
  console.error(`> ${name}`)
  const { status } = spawnSync(`${root}node_modules/.bin/${tool}`, args, {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}
