// seeds.txt: every seed that ever failed, with the reason beside it. They are run before any other.
import { appendFileSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The file in the source tree, from the sources as from the build. */
export function seedListPath(): string {
  const here = fileURLToPath(import.meta.url)
  const root = here.slice(0, here.lastIndexOf('/chaos-tests/')).replace(/\/dist$/, '')
  return `${root}/chaos-tests/seeds.txt`
}

/** Seeds of the lines; what follows a `#` is for people. */
export function parseSeedList(text: string): readonly number[] {
  const seeds = text.split('\n').map((line) => line.replace(/#.*/, '').trim())
  return [...new Set(seeds.filter((seed) => seed !== '').map(Number))]
}

export function readSeedList(path: string): readonly number[] {
  return parseSeedList(readFileSync(path, 'utf8'))
}

/** Adds a seed that is not in the list yet. */
export function addToSeedList(path: string, seed: number, reason: string): void {
  if (readSeedList(path).includes(seed)) return
  appendFileSync(path, `${seed} # ${reason.replaceAll('\n', ' ').slice(0, 120)}\n`)
}
