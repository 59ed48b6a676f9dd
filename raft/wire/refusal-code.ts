// Numbers of proposal and read refusals on the wire. Frozen; 0 is "not refused".
import type { ProposalRefusal } from '../core/message.ts'

const refusals: readonly (ProposalRefusal | undefined)[] = [
  undefined,
  'not-leader',
  'overloaded',
  'too-large',
  'stopped',
]

/** Wire number of `refusal`. */
export function refusalCode(refusal: ProposalRefusal | undefined): number {
  return refusals.indexOf(refusal)
}

/** Refusal of a wire number; a number this version does not know is not a refusal it can name. */
export function refusalOf(code: number): {
  readonly known: boolean
  readonly refusal: ProposalRefusal | undefined
} {
  return { known: code < refusals.length, refusal: refusals[code] }
}
