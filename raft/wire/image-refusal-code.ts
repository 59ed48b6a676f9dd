// Numbers of the reasons a receiver wants no more of an image. Frozen; 0 is "not refused".
import type { ImageRefusal } from '../core/message.ts'

const refusals: readonly (ImageRefusal | undefined)[] = [
  undefined,
  'busy',
  'old',
  'out-of-order',
  'damaged',
  'not-member',
]

/** Wire number of `refusal`. */
export function imageRefusalCode(refusal: ImageRefusal | undefined): number {
  return refusals.indexOf(refusal)
}

/** Refusal of a wire number; a number this version does not know is not a refusal it can name. */
export function imageRefusalOf(code: number): {
  readonly known: boolean
  readonly refusal: ImageRefusal | undefined
} {
  return { known: code < refusals.length, refusal: refusals[code] }
}
