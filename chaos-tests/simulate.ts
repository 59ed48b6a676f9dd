#!/usr/bin/env node
// `npm run simulate`: whole clusters in virtual time, one for each seed, with faults of every kind.
// A failing seed prints the one command that repeats it and the end of its trace.
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort } from 'node:worker_threads'
import { messageOf, minuteMs } from '../base/index.ts'
import { SystemClock } from '../runtime/index.ts'
import { neverReached, reachabilityTable } from './reachability.ts'
import { runBatch } from './sim/batch.ts'
import type { SeedEnd } from './sim/batch.ts'
import { addResult, emptyFigures, readProgress, writeProgress } from './sim/progress.ts'
import type { Figures } from './sim/progress.ts'
import { addToSeedList, readSeedList, seedListPath } from './sim/seed-list.ts'
import { serveSeeds } from './sim/seed-worker.ts'

const usage = `usage: npm run simulate -- [--seeds N] [--first N] [--seed N] [--trace]

Runs clusters of 1 to 5 members in one process, in virtual time, with the real log, state and Raft
over a simulated disk and network: first 60 s with faults of every kind, then everything must heal.
Each seed is another cluster, load and choice of faults; the same seed is always the same run.
Seeds that failed before (chaos-tests/seeds.txt) come first.

  --seeds N          how many seeds (default 100)
  --first N          the first of them (default 1)
  --seed N           this one alone, with its figures
  --trace            print every step of every seed
  --workers N        threads (default: one for each core)
  --until-minutes N  begin no new seed after N minutes
  --resume FILE      keep the progress in FILE, and go on from there the next time
  --reached          print how often each rare event was met
`

/** Batches of this size must come across every rare event. */
const seedsThatReachAll = 2000

/** Seeds between two writes of the progress file. */
const seedsPerWrite = 20

interface Request {
  readonly first: number
  readonly seeds: number
  readonly single: number | undefined
  readonly workers: number
  readonly untilMs: number
  readonly resume: string | undefined
  readonly isTraced: boolean
  readonly isTableShown: boolean
}

class UsageError extends Error {}

function readRequest(): Request | undefined {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '100' },
      first: { type: 'string', default: '1' },
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
      workers: { type: 'string', default: String(availableParallelism()) },
      'until-minutes': { type: 'string' },
      resume: { type: 'string' },
      reached: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const { seed, resume } = values
  const until = values['until-minutes']
  return {
    first: wholeNumber('first', values.first),
    seeds: seed === undefined ? wholeNumber('seeds', values.seeds) : 1,
    single: seed === undefined ? undefined : wholeNumber('seed', seed),
    workers: wholeNumber('workers', values.workers),
    untilMs: until === undefined ? Infinity : wholeNumber('until-minutes', until) * minuteMs,
    resume,
    isTraced: values.trace,
    isTableShown: values.reached,
  }
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 1 && value <= 0xffff_ffff) return value
  throw new UsageError(`--${name} ${text} is not a whole number from 1`)
}

/** The seeds of a request in order: those that failed before, then the batch's own. */
function* seedsOf(request: Request, figures: Figures, before: readonly number[]) {
  if (request.single !== undefined) {
    yield request.single
    return
  }
  yield* before
  const end = request.first + request.seeds
  for (let seed = figures.next; seed < end; seed += 1) yield seed
}

/** Keeps `next` below every seed that is not done. */
class Watermark {
  readonly #figures: Figures
  readonly #done = new Set<number>()

  constructor(figures: Figures) {
    this.#figures = figures
  }

  add(seed: number): void {
    this.#done.add(seed)
    while (this.#done.delete(this.#figures.next)) this.#figures.next += 1
  }
}

function report(end: SeedEnd): void {
  const command = `npm run simulate -- --seed ${end.seed} --trace`
  if ('error' in end) {
    console.log(`\nFAILED  seed ${end.seed}: ${end.error}\n  ${command}\n`)
    return
  }
  const { failure, swarm, virtualMs, hash } = end.result
  if (failure === undefined) return
  for (const line of failure.lines) console.log(line)
  console.log(`\nFAILED  seed ${end.seed} at ${virtualMs} ms (${hash}): ${failure.message}`)
  console.log(failure.stack.split('\n').slice(1, 8).join('\n'))
  console.log(`  options: ${JSON.stringify(swarm)}`)
  console.log(`  ${command}\n`)
}

async function run(request: Request): Promise<number> {
  const clock = new SystemClock()
  const startedMs = clock.nowMs()
  const { resume, single, first, isTraced } = request
  const found = resume === undefined ? undefined : readProgress(resume, first)
  const figures = found ?? emptyFigures(first)
  const path = seedListPath()
  const before = found === undefined ? readSeedList(path) : []
  const seeds = seedsOf(request, figures, before)
  const batchSeeds = new Watermark(figures)
  let unsaved = 0
  let failures = figures.failed.length
  const onEnd = (end: SeedEnd): void => {
    report(end)
    const reason = 'error' in end ? end.error : end.result.failure?.message
    if (reason !== undefined) {
      failures += 1
      addToSeedList(path, end.seed, reason)
    }
    if ('result' in end) addResult(figures, end.result)
    else figures.failed.push(end.seed)
    if (end.seed >= first) batchSeeds.add(end.seed)
    unsaved += 1
    if (resume !== undefined && unsaved >= seedsPerWrite) {
      writeProgress(resume, figures)
      unsaved = 0
    }
    if (single !== undefined && 'result' in end) {
      const { hash, virtualMs, events, acknowledged } = end.result
      const what = `${virtualMs} ms, ${events} events, ${acknowledged} writes acknowledged`
      console.log(`seed ${end.seed}: ${hash}, ${what}`)
    }
  }
  const next = (): number | undefined => {
    if (clock.nowMs() - startedMs > request.untilMs) return undefined
    const { value } = seeds.next()
    return value === undefined ? undefined : value
  }
  await runBatch(
    { clock },
    {
      program: new URL(import.meta.url),
      workers: single === undefined ? request.workers : 1,
      next,
      onEnd,
      ...(isTraced ? { print: (line: string) => console.log(line) } : {}),
    },
  )
  if (resume !== undefined) writeProgress(resume, figures)
  const missing = figures.seeds >= seedsThatReachAll ? neverReached(figures.reached) : []
  if (request.isTableShown || missing.length > 0) {
    for (const line of reachabilityTable(figures.reached)) console.log(line)
  }
  if (missing.length > 0) console.log(`FAILED  never reached: ${missing.join(', ')}`)
  const seconds = ((clock.nowMs() - startedMs) / 1000).toFixed(1)
  const hours = (figures.virtualMs / 3_600_000).toFixed(1)
  const undecided = figures.undecidedKeys === 0 ? '' : `, ${figures.undecidedKeys} keys undecided`
  console.log(
    `${figures.seeds} seeds, ${failures} failed, ${hours} h of virtual time, ` +
      `${figures.events} events, ${figures.acknowledged} writes, ${seconds} s${undecided}`,
  )
  return failures + missing.length === 0 ? 0 : 1
}

async function main(): Promise<number> {
  let request: Request | undefined
  try {
    request = readRequest()
  } catch (error) {
    console.error(`${messageOf(error).split('\n')[0]}; ${usage.split('\n')[0]}`)
    return 2
  }
  if (request === undefined) {
    console.log(usage.trimEnd())
    return 0
  }
  return run(request)
}

if (isMainThread) process.exitCode = await main()
else serveSeeds(parentPort!)
