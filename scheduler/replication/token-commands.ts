// Join tokens (design 6): an operator makes one, a new host shows it. The state keeps a hash of the
// secret. A token for one host says besides that the host is wanted again: it lifts a block, and
// the admissions that were counted. Kinds 9 and 10; frozen with golden bytes.
import { defineCommand } from './command.ts'
import { tokenCredential, withdrawJoins } from './join-commands.ts'
import { joinTokensMax, joinTokenTtlMsMax, joinTokenUsesMax } from './limits.ts'
import { hostBlockTable } from './rows/host-block.ts'
import { hostJoinsTable } from './rows/host-joins.ts'
import { joinTokenTable, secretHashBytes, tokenIdLength } from './rows/join-token.ts'
import { memberTextLengthMax } from './rows/member.ts'
import type { JoinTokenRow } from './rows/join-token.ts'
import type { Transaction } from './state-access.ts'

/** A new token; the envelope's actor is who made it. */
export interface CreateJoinToken extends Pick<
  JoinTokenRow,
  'tokenId' | 'secretHash' | 'hostId' | 'isLearner'
> {
  readonly uses: number
  /** From the moment it is applied, wall time. */
  readonly ttlMs: number
}

export type CreateJoinTokenResult =
  | { readonly ok: true; readonly expiresWallMs: number }
  /** `token-exists`: draw another id. `too-many-tokens`: none of them has expired. */
  | { readonly ok: false; readonly reason: 'token-exists' | 'too-many-tokens' }

export type RevokeJoinTokenResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'token-not-found' }

/** Makes a token. */
export const createJoinTokenCommand = defineCommand<CreateJoinToken, CreateJoinTokenResult>({
  kind: 9,
  kindVersion: 1,
  name: 'create-join-token',
  encode: (body) => [
    body.tokenId,
    body.secretHash,
    body.hostId,
    body.isLearner,
    body.uses,
    body.ttlMs,
  ],
  decode: (fields) => ({
    tokenId: fields.text(tokenIdLength),
    secretHash: fields.bytes(secretHashBytes),
    hostId: fields.text(memberTextLengthMax),
    isLearner: fields.boolean(),
    uses: fields.integer(1, joinTokenUsesMax),
    ttlMs: fields.integer(1, joinTokenTtlMsMax),
  }),
  apply(tx, body, context) {
    const { tokenId, secretHash, hostId, isLearner, uses, ttlMs } = body
    if (tx.get(joinTokenTable, tokenId) !== undefined) return { ok: false, reason: 'token-exists' }
    if (!makeRoom(tx, context.wallMs)) return { ok: false, reason: 'too-many-tokens' }
    const expiresWallMs = context.wallMs + ttlMs
    tx.put(joinTokenTable, {
      tokenId,
      secretHash,
      hostId,
      isLearner,
      usesLeft: uses,
      expiresWallMs,
      createdBy: context.actor,
    })
    if (hostId !== '') {
      tx.delete(hostBlockTable, hostId)
      tx.delete(hostJoinsTable, hostId)
    }
    return { ok: true, expiresWallMs }
  },
})

/** Takes a token back, and the joins that it alone let in and that are not admitted yet. */
export const revokeJoinTokenCommand = defineCommand<
  { readonly tokenId: string },
  RevokeJoinTokenResult
>({
  kind: 10,
  kindVersion: 1,
  name: 'revoke-join-token',
  encode: (body) => [body.tokenId],
  decode: (fields) => ({ tokenId: fields.text(tokenIdLength) }),
  apply(tx, { tokenId }, context) {
    if (!tx.delete(joinTokenTable, tokenId)) return { ok: false, reason: 'token-not-found' }
    const shown = tokenCredential(tokenId)
    withdrawJoins(tx, ({ credential }) => credential === shown, 'token-revoked', context)
    return { ok: true }
  },
})

/** Expired tokens stay to say so, until their place is needed. */
function makeRoom(tx: Transaction, wallMs: number): boolean {
  if (tx.count(joinTokenTable) < joinTokensMax) return true
  const oldest = tx.first(joinTokenTable, 'byExpiry')
  if (oldest === undefined || oldest.expiresWallMs > wallMs) return false
  return tx.delete(joinTokenTable, oldest.tokenId)
}
