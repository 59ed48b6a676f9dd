// The operator token at the birth of a cluster. Its maker keeps the token; the state keeps a hash,
// and the first one stays: whoever comes later has no say.
import { defineCommand } from './command.ts'
import { configTable } from './rows/config.ts'
import { WireFormatError } from './wire.ts'

/** Key of the row with the SHA-256 of the operator token. */
export const operatorTokenKey = 'operator/token'

/** Bytes of that hash. Frozen. */
const hashBytes = 32

export interface SetOperatorToken {
  /** SHA-256 of the token's characters. */
  readonly hash: Uint8Array
}

export type SetOperatorTokenResult =
  | { readonly ok: true }
  /** There is a token already; it stays. */
  | { readonly ok: false; readonly reason: 'token-exists' }

/** Stores the hash of the operator token, once. Kind 11, frozen. */
export const setOperatorToken = defineCommand<SetOperatorToken, SetOperatorTokenResult>({
  kind: 11,
  kindVersion: 1,
  name: 'set-operator-token',
  encode: (body) => [body.hash],
  decode: (fields) => {
    const hash = fields.bytes(hashBytes)
    if (hash.length !== hashBytes) throw new WireFormatError('expected the hash of a token')
    return { hash }
  },
  apply(tx, body, context) {
    if (tx.get(configTable, operatorTokenKey) !== undefined) {
      return { ok: false, reason: 'token-exists' }
    }
    const { actor, wallMs } = context
    tx.put(configTable, {
      key: operatorTokenKey,
      value: body.hash,
      actor,
      writtenWallMs: wallMs,
    })
    return { ok: true }
  },
})
