import { actorLengthMax, joinTokenUsesMax } from '../limits.ts'
import { defineTable, tableBytes } from '../table-definition.ts'
import { memberTextLengthMax } from './member.ts'

/** A join token: whoever knows its secret may become a member. */
export interface JoinTokenRow {
  /** 16 lower-case hex characters. */
  readonly tokenId: string
  /** SHA-256 of the secret, 32 bytes; the secret itself is nowhere. */
  readonly secretHash: Uint8Array
  /** Only for this host; '' = any. */
  readonly hostId: string
  /** Admits learners that stay learners only. */
  readonly isLearner: boolean
  /** 0 = used up; the row stays until it is pushed out, so that the refusal can say so. */
  readonly usesLeft: number
  /** Wall time (the state's) after which it admits nobody, ms since the Unix epoch. */
  readonly expiresWallMs: number
  readonly createdBy: string
}

/** Bytes of SHA-256. */
export const secretHashBytes = 32

/** Length of a tokenId. Frozen. */
export const tokenIdLength = 16

/** Join tokens by id. */
export const joinTokenTable = defineTable<JoinTokenRow, 'byExpiry'>({
  name: 'join-tokens',
  tableByte: tableBytes.joinTokens,
  rowVersion: 1,
  id: (row) => row.tokenId,
  keyParts: (row) => [row.tokenId],
  encode: (row) => [
    row.tokenId,
    row.secretHash,
    row.hostId,
    row.isLearner,
    row.usesLeft,
    row.expiresWallMs,
    row.createdBy,
  ],
  decode: (fields) => ({
    tokenId: fields.text(tokenIdLength),
    secretHash: fields.bytes(secretHashBytes),
    hostId: fields.text(memberTextLengthMax),
    isLearner: fields.boolean(),
    usesLeft: fields.integer(0, joinTokenUsesMax),
    expiresWallMs: fields.integer(),
    createdBy: fields.text(actorLengthMax),
  }),
  indexes: { byExpiry: { order: [(row) => row.expiresWallMs, (row) => row.tokenId] } },
})
