// Replicated configuration (design 9): small values by key, changed by compare-and-swap on the
// version, which is the log index of a row's last change. What the values mean is for others to
// say. Kinds 16 and 17; frozen with golden bytes.
import { defineCommand } from './command.ts'
import { configRowsMax } from './limits.ts'
import { configKeyLengthMax, configTable, configValueBytesMax } from './rows/config.ts'
import { WireFormatError } from './wire.ts'
import type { StateReader } from './state-access.ts'
import type { FieldReader } from './wire.ts'

/** Where keys begin that belong to the cluster itself: only its own commands write them. Frozen. */
export const reservedConfigPrefixes = ['cluster/', 'operator/'] as const

/** Stores a value; the envelope's actor is who did it. */
export interface SetConfig {
  readonly key: string
  readonly value: Uint8Array
  /** Version the row must have; 0 = there must be none. */
  readonly expectedVersion: number
}

/** Removes a row. */
export interface DeleteConfig {
  readonly key: string
  readonly expectedVersion: number
}

/** Why configuration stays as it is. */
export type ConfigRefusal = 'version-mismatch' | 'reserved-key' | 'too-many-rows'

/** `version`: that of the row now; 0 = there is none. */
export type ConfigResult =
  | { readonly ok: true; readonly version: number }
  | { readonly ok: false; readonly reason: ConfigRefusal; readonly version: number }

/** Whether a key belongs to the cluster itself. */
export function isReservedConfigKey(key: string): boolean {
  return reservedConfigPrefixes.some((prefix) => key.startsWith(prefix))
}

/** Stores a value if the row has the expected version. */
export const setConfigCommand = defineCommand<SetConfig, ConfigResult>({
  kind: 16,
  kindVersion: 1,
  name: 'set-config',
  encode: (body) => [body.key, body.value, body.expectedVersion],
  decode: (fields) => ({
    key: readKey(fields),
    value: fields.bytes(configValueBytesMax),
    expectedVersion: fields.integer(),
  }),
  apply(tx, { key, value, expectedVersion }, { actor, wallMs, index }) {
    const refusal = refusalOf(tx, { key, expectedVersion })
    if (refusal !== undefined) return refusal
    const isFull = expectedVersion === 0 && tx.count(configTable) >= configRowsMax
    if (isFull) return { ok: false, reason: 'too-many-rows', version: 0 }
    tx.put(configTable, { key, value, actor, writtenWallMs: wallMs })
    return { ok: true, version: index }
  },
})

/** Removes a row if it has the expected version. */
export const deleteConfigCommand = defineCommand<DeleteConfig, ConfigResult>({
  kind: 17,
  kindVersion: 1,
  name: 'delete-config',
  encode: (body) => [body.key, body.expectedVersion],
  decode: (fields) => ({ key: readKey(fields), expectedVersion: fields.integer(1) }),
  apply(tx, body) {
    const refusal = refusalOf(tx, body)
    if (refusal !== undefined) return refusal
    tx.delete(configTable, body.key)
    return { ok: true, version: 0 }
  },
})

function refusalOf(state: StateReader, body: DeleteConfig): ConfigResult | undefined {
  const { key, expectedVersion } = body
  if (isReservedConfigKey(key)) return { ok: false, reason: 'reserved-key', version: 0 }
  const version = state.modIndex(configTable, key)
  if (version === expectedVersion) return undefined
  return { ok: false, reason: 'version-mismatch', version }
}

function readKey(fields: FieldReader): string {
  const key = fields.text(configKeyLengthMax)
  if (key === '') throw new WireFormatError('expected a key')
  return key
}
