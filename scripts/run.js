// Runs the named steps one after another and stops at the first that fails.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { readCommandLine, refuse } from './command-line.js'

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
const usage = `usage: node scripts/run.js NAME...

plans, which npm run offers too:
${Object.entries(plans)
  .map(([name, steps]) => `  ${name.padEnd(7)}${steps.join(', ')}`)
  .join('\n')}
steps:
  ${Object.keys(steps).join(', ')}
`

const { words } = readCommandLine(usage, { wordsMax: Number.POSITIVE_INFINITY })
if (words.length === 0) refuse(usage, 'a plan or a step is missing')
const names = words.flatMap((name) => plans[name] ?? [name])
for (const name of names) {
  if (steps[name] === undefined) refuse(usage, `unknown step ${name}`)
}

for (const name of names) {
  const [tool, ...args] = steps[name]
  console.error(`> ${name}`)
  const { status } = spawnSync(`${root}node_modules/.bin/${tool}`, args, {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}
