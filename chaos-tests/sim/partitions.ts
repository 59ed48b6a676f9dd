// The shapes in which a network falls apart, as lists of directed links that are cut.
import type { Random } from '../../base/index.ts'

/** A directed link. */
export type Cut = readonly [from: number, to: number]

/** How the network falls apart. */
export type PartitionShape =
  /** Two sides of any size; they do not hear each other. */
  | 'halves'
  /** One member, perhaps the leader, against all others. */
  | 'single'
  /** As `single`, but it is heard, and hears nothing. */
  | 'deaf'
  /** As `single`, but it hears everything, and is not heard. */
  | 'mute'
  /** Two sides that only meet in one member, which both reach. */
  | 'bridge'
  /** Everybody reaches only its two neighbours in a circle. */
  | 'ring'
  /** Each directed link by chance. */
  | 'torn'

export const partitionShapes: readonly PartitionShape[] = [
  'halves',
  'single',
  'deaf',
  'mute',
  'bridge',
  'ring',
  'torn',
]

/** The links that a partition of `shape` cuts; `single` is the member of the one-sided shapes. */
export function cutsOf(
  shape: PartitionShape,
  ids: readonly number[],
  single: number,
  random: Random,
): readonly Cut[] {
  switch (shape) {
    case 'halves': {
      const left = new Set(ids.filter(() => random.ratio(1, 2)))
      return between(ids, (a, b) => left.has(a) !== left.has(b))
    }
    case 'single':
      return between(ids, (a, b) => a === single || b === single)
    case 'deaf':
      return between(ids, (_, b) => b === single)
    case 'mute':
      return between(ids, (a) => a === single)
    case 'bridge': {
      const others = ids.filter((id) => id !== single)
      const left = new Set(others.slice(0, Math.floor(others.length / 2)))
      const isBridge = (a: number, b: number): boolean => a === single || b === single
      return between(ids, (a, b) => !isBridge(a, b) && left.has(a) !== left.has(b))
    }
    case 'ring': {
      const place = (id: number): number => ids.indexOf(id)
      const isNext = (a: number, b: number): boolean => (place(a) + 1) % ids.length === place(b)
      return between(ids, (a, b) => !isNext(a, b) && !isNext(b, a))
    }
    case 'torn':
      return between(ids, () => random.ratio(1, 2))
  }
}

function between(ids: readonly number[], isCut: (from: number, to: number) => boolean): Cut[] {
  return ids.flatMap((from) =>
    ids.filter((to) => from !== to && isCut(from, to)).map((to): Cut => [from, to]),
  )
}
