// The gate: every mistake of the catalogue has to be noticed by each check that it names, and the
// sources without a mistake have to pass all those checks.
import { messageOf } from '../../base/index.ts'
import { runCheck } from './checks.ts'
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
  /** Milliseconds of any clock that only goes forward. */
  readonly nowMs: () => number
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
  { onLine, nowMs }: GateOptions,
): Promise<readonly GateLine[]> {
  const lines: GateLine[] = []
  for (const check of mutation.caughtBy) {
    const startedMs = nowMs()
    let finding: Finding
    try {
      finding = await workshop.with(mutation, () => runCheck(workshop, check))
    } catch (error) {
      finding = { found: false, why: messageOf(error) }
    }
    const line = { id: mutation.id, check, finding, seconds: (nowMs() - startedMs) / 1000 }
    onLine(line)
    lines.push(line)
  }
  return lines
}

/** Runs every check that the mistakes name on the sources as they are: none may find anything. */
export async function runWithoutMistake(
  mutations: readonly Mutation[],
  { from }: Pick<GateOptions, 'from'>,
): Promise<string | undefined> {
  const checks = mutations.flatMap(({ caughtBy }) => caughtBy)
  const paths = checks.flatMap((check) => (check.kind === 'tests' ? check.paths : []))
  const seeds = Math.max(
    0,
    ...checks.map((check) => (check.kind === 'simulator' ? check.seeds : 0)),
  )
  const workshop = await Workshop.open(from)
  try {
    const whole: Check[] = []
    if (paths.length > 0) whole.push({ kind: 'tests', paths: [...new Set(paths)] })
    if (seeds > 0) whole.push({ kind: 'simulator', seeds })
    for (const check of whole) {
      const finding = await runCheck(workshop, check)
      if (finding.found) return `without a mistake: ${finding.by}`
      const isClean = finding.why === 'every test passes' || finding.why.startsWith('nothing in')
      if (!isClean) return `without a mistake: ${finding.why}`
    }
    return undefined
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
