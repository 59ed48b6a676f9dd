// How far a long batch has come, in a file, so that the next run goes on where this one was ended.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { addCounts } from '../reachability.ts'
import type { ReachedCounts } from '../reachability.ts'
import type { SeedResult } from './run-seed.ts'

/** Sums over the seeds of a batch. */
export interface Figures {
  readonly first: number
  /** Every seed of the batch below it is done. */
  next: number
  seeds: number
  virtualMs: number
  events: number
  acknowledged: number
  undecidedKeys: number
  readonly failed: number[]
  readonly reached: ReachedCounts
}

export function emptyFigures(first: number): Figures {
  return {
    first,
    next: first,
    seeds: 0,
    virtualMs: 0,
    events: 0,
    acknowledged: 0,
    undecidedKeys: 0,
    failed: [],
    reached: {},
  }
}

/** Adds a seed that has ended. */
export function addResult(figures: Figures, result: SeedResult): void {
  figures.seeds += 1
  figures.virtualMs += result.virtualMs
  figures.events += result.events
  figures.acknowledged += result.acknowledged
  figures.undecidedKeys += result.undecidedKeys.length
  if (result.failure !== undefined) figures.failed.push(result.seed)
  addCounts(figures.reached, result.reached)
}

/** What an earlier run wrote; undefined without a file. Throws on one of another first seed. */
export function readProgress(path: string, first: number): Figures | undefined {
  if (!existsSync(path)) return undefined
  const figures = JSON.parse(readFileSync(path, 'utf8')) as Figures
  if (figures.first === first) return figures
  throw new Error(`${path} belongs to a batch that begins with seed ${figures.first}`)
}

export function writeProgress(path: string, figures: Figures): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(figures, null, 2)}\n`)
  renameSync(`${path}.new`, path)
}
