// Runs a check in a workshop and says what it found. Only a test that failed, or an invariant that
// spoke, counts: a copy that does not build or a run that never ends has caught nothing.
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { buildFile } from './workshop.ts'
import type { Check } from './mutation.ts'
import type { Workshop } from './workshop.ts'

export type Finding =
  /** `by`: the test or invariant; `seeds`: how many it took, 0 for tests. */
  | { readonly found: true; readonly by: string; readonly seeds: number }
  | { readonly found: false; readonly why: string }

/** Why tests found nothing, when that is as it should be. */
export const allTestsPass = 'every test passes'

/** A check that takes longer has found nothing. */
export const checkSecondsMax = 600

/** Ends a check that takes too long, and nothing else does. */
const timeoutSignal = 'SIGKILL'

/** Output kept of a process, for messages. */
const outputLengthMax = 4000

interface Ended {
  readonly code: number | null
  readonly output: string
  readonly isTimeout: boolean
}

export async function runCheck(workshop: Workshop, check: Check): Promise<Finding> {
  return check.kind === 'tests' ? runTests(workshop, check.paths) : runSeeds(workshop, check.seeds)
}

async function runTests({ root }: Workshop, paths: readonly string[]): Promise<Finding> {
  const report = join(root, 'report.json')
  const ended = await runNode(root, [
    join('node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--project=fast',
    '--bail=1',
    '--reporter=json',
    `--outputFile=${report}`,
    ...paths,
  ])
  if (ended.isTimeout) return { found: false, why: `no end within ${checkSecondsMax} s` }
  const failed = failedTest(JSON.parse(await readFile(report, 'utf8')), root)
  if (failed !== undefined) return { found: true, by: failed, seeds: 0 }
  const why = ended.code === 0 ? allTestsPass : `no test ran: ${ended.output}`
  return { found: false, why }
}

/** File and name of the first failed test in vitest's report. */
function failedTest(report: unknown, root: string): string | undefined {
  const { testResults } = report as {
    readonly testResults: readonly {
      readonly name: string
      readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
    }[]
  }
  for (const { name, assertionResults } of testResults) {
    const failed = assertionResults.find(({ status }) => status === 'failed')
    if (failed !== undefined) return `${relative(root, name)}: ${failed.fullName}`
  }
  return undefined
}

async function runSeeds(workshop: Workshop, seeds: number): Promise<Finding> {
  const ended = await buildAndRun(workshop, 1, seeds)
  if (ended.isTimeout) return { found: false, why: `no end within ${checkSecondsMax} s` }
  const line = ended.output.trim().split('\n').at(-1) ?? ''
  if (ended.code === 0) return { found: false, why: `nothing in ${seeds} seeds` }
  if (!line.startsWith('{')) return { found: false, why: `did not run: ${ended.output}` }
  const { message, seed } = JSON.parse(line) as { message: string; seed: number }
  return { found: true, by: message, seeds: seed }
}

/** Does this seed pass in the workshop as it is now? */
export async function isSeedClean(workshop: Workshop, seed: number): Promise<boolean> {
  return (await buildAndRun(workshop, seed, 1)).code === 0
}

/** Runs `count` seeds until one fails; a copy that does not build ends like a run that does not. */
async function buildAndRun({ root }: Workshop, first: number, count: number): Promise<Ended> {
  const compiler = join('node_modules', 'typescript', 'bin', 'tsc')
  const built = await runNode(root, [compiler, '-p', buildFile])
  if (built.code !== 0) return { ...built, code: 1, output: `does not build: ${built.output}` }
  const program = join('dist', 'chaos-tests', 'mutations', 'first-failing-seed.js')
  return runNode(root, [program, String(first), String(count)])
}

function runNode(cwd: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment(),
      timeout: checkSecondsMax * 1000,
      killSignal: timeoutSignal,
    })
    let output = ''
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-outputLengthMax)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      resolve({ code, output, isTimeout: signal === timeoutSignal })
    })
  })
}

/** A test run inside a test run must not take itself for the outer one. */
function environment(): NodeJS.ProcessEnv {
  const outer = ['VITEST', 'NODE_OPTIONS', 'NODE_V8_COVERAGE']
  const isOwn = ([name]: [string, unknown]): boolean => !outer.some((each) => name.startsWith(each))
  return { ...Object.fromEntries(Object.entries(process.env).filter(isOwn)), CI: '1' }
}
