// Classes of task sizes, upstream's: so that durations of small and large downloads do not mix.
import { GiB, MiB } from '../../base/index.ts'

/** Upper bounds, not part of the class, of the levels 1 to 19, bytes. */
const upperBounds = [
  MiB,
  4 * MiB,
  8 * MiB,
  16 * MiB,
  32 * MiB,
  64 * MiB,
  128 * MiB,
  256 * MiB,
  512 * MiB,
  GiB,
  4 * GiB,
  8 * GiB,
  16 * GiB,
  32 * GiB,
  64 * GiB,
  128 * GiB,
  256 * GiB,
  512 * GiB,
  1024 * GiB,
] as const

/** Level 0 to 20 of a content length; 0 = unknown or empty. */
export function taskSizeLevel(contentLength: number): number {
  if (contentLength <= 0) return 0
  const above = upperBounds.findIndex((bound) => contentLength < bound)
  return above < 0 ? upperBounds.length + 1 : above + 1
}
