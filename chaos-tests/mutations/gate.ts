// The gate: every mistake of the catalogue has to be noticed by each check that it names, and the
// sources without a mistake have to pass what noticed it.
import { messageOf } from '../../base/index.ts'
import type { Clock } from '../../base/index.ts'
import { allTestsPass, isSeedClean, runCheck } from './checks.ts'
import type { Finding } from './checks.ts'
import type { Check, Mutation } from './mutation.ts'
import { Workshop } from './workshop.ts'

/** What became of one check of one mistake. */
export interface GateLine {
  readonly id: string
  readonly check: Check
  readonly finding: Finding
  readonly seconds: number
}

export interface GateOptions {
  /** Folder with the sources. */
  readonly from: string
  /** Copies that work side by side. */
  readonly workers: number
  readonly onLine: (line: GateLine) => void
  readonly clock: Clock
}

/** Is the mistake noticed as the catalogue says? */
export function isCaught({ finding }: GateLine): boolean {
  return finding.found
}

/** Makes each mistake and runs its checks; resolves with every line. */
export async function runMutations(
  mutations: readonly Mutation[],
  options: GateOptions,
): Promise<readonly GateLine[]> {
  const waiting = [...mutations]
  const lines: GateLine[] = []
  const work = async (): Promise<void> => {
    const workshop = await Workshop.open(options.from)
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        lines.push(...(await runMutation(workshop, next, options)))
      }
    } finally {
      await workshop.close()
    }
  }
  await Promise.all(Array.from({ length: Math.min(options.workers, waiting.length) }, work))
  return lines
}

async function runMutation(
  workshop: Workshop,
  mutation: Mutation,
  { onLine, clock }: GateOptions,
): Promise<readonly GateLine[]> {
  const lines: GateLine[] = []
  for (const check of mutation.caughtBy) {
    const startedMs = clock.nowMs()
    let finding: Finding
    try {
      finding = await workshop.with(mutation, () => runCheck(workshop, check))
      // A seed that fails anyway has not noticed the mistake.
      if (finding.found && finding.seeds > 0 && !(await isSeedClean(workshop, finding.seeds))) {
        finding = { found: false, why: `seed ${finding.seeds} fails without the mistake` }
      }
    } catch (error) {
      finding = { found: false, why: messageOf(error) }
    }
    const line = { id: mutation.id, check, finding, seconds: (clock.nowMs() - startedMs) / 1000 }
    onLine(line)
    lines.push(line)
  }
  return lines
}

/**
 * Runs the test files that the mistakes name on the sources as they are: what is wrong with them,
 * or undefined. (A seed that noticed a mistake is run again without it.)
 */
export async function runWithoutMistake(
  mutations: readonly Mutation[],
  { from }: Pick<GateOptions, 'from'>,
): Promise<string | undefined> {
  const checks = mutations.flatMap(({ caughtBy }) => caughtBy)
  const paths = new Set(checks.flatMap((check) => (check.kind === 'tests' ? check.paths : [])))
  if (paths.size === 0) return undefined
  const workshop = await Workshop.open(from)
  try {
    const finding = await runCheck(workshop, { kind: 'tests', paths: [...paths] })
    if (finding.found) return `without a mistake: ${finding.by}`
    return finding.why === allTestsPass ? undefined : `without a mistake: ${finding.why}`
  } finally {
    await workshop.close()
  }
}

/** For people: what was to catch it, what did, how many seeds and seconds it took. */
export function describeLine({ id, check, finding, seconds }: GateLine): string {
  const by = check.kind === 'tests' ? check.paths.join(' ') : `simulator, ${check.seeds} seeds`
  const found = finding.found ? `caught    ${finding.by}` : `SURVIVED  ${by}: ${finding.why}`
  const seeds = finding.found && finding.seeds > 0 ? String(finding.seeds) : '-'
  return `${id.padEnd(36)} ${seeds.padStart(5)} ${seconds.toFixed(1).padStart(7)}  ${found}`
}
