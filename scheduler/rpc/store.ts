// damselfly.store.v1.Store: replicated configuration for whoever needs to keep a few values safe.
// Deny by default: what the scheduler itself is set to may be read by everybody, all else is for
// operators, and what belongs to the cluster itself does not exist here.
import { CodedError, compareUtf8 } from '../../base/index.ts'
import type { storeV1 } from '../../proto/index.ts'
import {
  configKeyLengthMax,
  configTable,
  configValueBytesMax,
  deleteConfigCommand,
  isReservedConfigKey,
  setConfigCommand,
  settingsKey,
} from '../replication/index.ts'
import type { ConfigResult, ConfigRow, StateReader } from '../replication/index.ts'
import { FieldError, integer, requiredText, text } from './fields.ts'
import { storeListBytesMax, storeListItemsDefault, storeListItemsMax } from './limits.ts'
import type { OperatorGate } from './operator-gate.ts'
import type { Replica } from './replica.ts'
import { checkedSettings } from './settings-value.ts'
import { unary } from './unary.ts'
import type { Call, UnaryDeps } from './unary.ts'

export interface StoreDeps extends UnaryDeps {
  readonly operators: OperatorGate
  readonly replica: Replica
}

/** Where the keys of the scheduler's own settings begin; they are no secret. */
const publicPrefix = 'scheduler/'

/** The handlers for `grpc.Server.addService`. */
export function storeService(deps: StoreDeps): storeV1.StoreHandlers {
  return {
    Get: unary(deps, (request, call) => get(deps, request, call)),
    List: unary(deps, (request, call) => list(deps, request, call)),
    CompareAndSwap: unary(deps, (request, call) => compareAndSwap(deps, request, call)),
    Delete: unary(deps, (request, call) => remove(deps, request, call)),
  }
}

async function get(
  { operators, replica }: StoreDeps,
  request: storeV1.GetRequest__Output,
  call: Call,
): Promise<storeV1.GetReply> {
  const key = requiredText(request.key, 'key', configKeyLengthMax)
  const isOperator = mayRead(operators, key, call)
  const reader = await replica.fresh(call)
  const index = replica.appliedIndex
  const row = isReservedConfigKey(key) ? undefined : reader.get(configTable, key)
  return row === undefined ? { index } : { index, item: itemOf(reader, row, { isOperator }) }
}

async function list(
  { operators, replica }: StoreDeps,
  request: storeV1.ListRequest__Output,
  call: Call,
): Promise<storeV1.ListReply> {
  const prefix = text(request.prefix, 'prefix', configKeyLengthMax)
  const after = text(request.after, 'after', configKeyLengthMax)
  const limit = integer(request.limit, 'limit', 0, storeListItemsMax) || storeListItemsDefault
  const isOperator = mayRead(operators, prefix, call)
  const reader = await replica.fresh(call)
  const index = replica.appliedIndex
  const items: storeV1.Item[] = []
  let bytes = 0
  let more = false
  // Keys that begin with a text stand together, from that text on.
  const isBehind = compareUtf8(after, prefix) >= 0 && after !== ''
  reader.each(configTable, 'byKey', isBehind ? { after: [after] } : { from: [prefix] }, (row) => {
    if (!row.key.startsWith(prefix)) return false
    if (isReservedConfigKey(row.key)) return true
    bytes += 3 * (row.key.length + row.actor.length) + (request.keysOnly ? 0 : row.value.length)
    more = items.length === limit || (items.length > 0 && bytes > storeListBytesMax)
    if (more) return false
    items.push(itemOf(reader, row, { isOperator, isKeyOnly: request.keysOnly }))
    return true
  })
  return { items, more, index }
}

async function compareAndSwap(
  deps: StoreDeps,
  request: storeV1.CompareAndSwapRequest__Output,
  call: Call,
): Promise<storeV1.CompareAndSwapReply> {
  const actor = deps.operators.require(call)
  const key = writableKey(request.key)
  const { value } = request
  if (value.length > configValueBytesMax) {
    throw new FieldError('value', `must have at most ${configValueBytesMax} bytes`)
  }
  const { MAX_SAFE_INTEGER } = Number
  const expectedVersion = integer(request.expectedVersion, 'expected_version', 0, MAX_SAFE_INTEGER)
  if (key === settingsKey) checkedSettings(value)
  const body = { key, value: new Uint8Array(value), expectedVersion }
  const result = await deps.replica.command(call, setConfigCommand, body, actor)
  const version = versionOf(deps, result, { action: 'set-config', key, actor })
  return { version }
}

async function remove(
  deps: StoreDeps,
  request: storeV1.DeleteRequest__Output,
  call: Call,
): Promise<storeV1.DeleteReply> {
  const actor = deps.operators.require(call)
  const key = writableKey(request.key)
  const { MAX_SAFE_INTEGER } = Number
  const expectedVersion = integer(request.expectedVersion, 'expected_version', 1, MAX_SAFE_INTEGER)
  const body = { key, expectedVersion }
  const result = await deps.replica.command(call, deleteConfigCommand, body, actor)
  versionOf(deps, result, { action: 'delete-config', key, actor })
  return {}
}

/** Lets through who may read keys that begin with `prefix`; whether it is an operator. */
function mayRead(operators: OperatorGate, prefix: string, call: Call): boolean {
  if (prefix.startsWith(publicPrefix)) return operators.admits(call)
  operators.require(call)
  return true
}

function writableKey(value: string): string {
  const key = requiredText(value, 'key', configKeyLengthMax)
  if (isReservedConfigKey(key)) throw new FieldError('key', 'belongs to the cluster itself')
  if (key.startsWith(publicPrefix) && key !== settingsKey) {
    throw new FieldError('key', `is unknown; did you mean ${settingsKey}?`)
  }
  return key
}

function itemOf(
  reader: StateReader,
  row: ConfigRow,
  { isOperator, isKeyOnly = false }: { isOperator: boolean; isKeyOnly?: boolean },
): storeV1.Item {
  const { key, value, writtenWallMs } = row
  return {
    key,
    value: isKeyOnly ? Buffer.alloc(0) : Buffer.from(value),
    version: reader.modIndex(configTable, key),
    actor: isOperator ? row.actor : '',
    writtenWallMs,
  }
}

/** The new version; a refusal becomes an error. */
function versionOf(
  { logger }: StoreDeps,
  result: ConfigResult,
  fields: { readonly action: string; readonly key: string; readonly actor: string },
): number {
  const { version } = result
  if (result.ok) {
    logger.info({ ...fields, version }, 'operator command done')
    return version
  }
  const { reason } = result
  logger.warn({ ...fields, version, reason }, 'operator command not done')
  if (reason === 'version-mismatch') {
    const now = version === 0 ? 'it does not exist' : `it has version ${version}`
    throw new CodedError('SCHED_VERSION_MISMATCH', `${fields.key} was changed: ${now} now`)
  }
  throw new CodedError('SCHED_CONFLICT', `${fields.key} stays as it is: ${reason}`)
}
