// Numbers of refusals on the wire: each is its place in a list. Frozen; 0 is "not refused".
import type { ImageRefusal, ProposalRefusal } from '../core/message.ts'

/** A number this version does not know is not a refusal it can name. */
export interface DecodedRefusal<Refusal> {
  readonly known: boolean
  readonly refusal: Refusal | undefined
}

const proposalRefusals: readonly (ProposalRefusal | undefined)[] = [
  undefined,
  'not-leader',
  'overloaded',
  'too-large',
  'stopped',
]

const imageRefusals: readonly (ImageRefusal | undefined)[] = [
  undefined,
  'busy',
  'old',
  'out-of-order',
  'damaged',
  'not-member',
  'unsupported',
]

/** Wire number of why a proposal or a read was refused. */
export function refusalCode(refusal: ProposalRefusal | undefined): number {
  return proposalRefusals.indexOf(refusal)
}

/** Why a proposal or a read was refused, by its wire number. */
export function refusalOf(code: number): DecodedRefusal<ProposalRefusal> {
  return decoded(proposalRefusals, code)
}

/** Wire number of why a receiver wants no more of an image. */
export function imageRefusalCode(refusal: ImageRefusal | undefined): number {
  return imageRefusals.indexOf(refusal)
}

/** Why a receiver wants no more of an image, by its wire number. */
export function imageRefusalOf(code: number): DecodedRefusal<ImageRefusal> {
  return decoded(imageRefusals, code)
}

function decoded<Refusal>(
  refusals: readonly (Refusal | undefined)[],
  code: number,
): DecodedRefusal<Refusal> {
  return { known: code < refusals.length, refusal: refusals[code] }
}
