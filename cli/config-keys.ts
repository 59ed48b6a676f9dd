// Settings by their dotted keys, as a tree of JSON. What the keys may be is for the cluster to say:
// it refuses what it does not know, with the nearest key it does.
import { UsageError } from '../runtime/index.ts'

/** A JSON object. */
export type Tree = Readonly<Record<string, unknown>>

/** Key of the stored settings. */
export const settingsKey = 'scheduler/settings'

/** What the dotted keys of settings begin with. */
const root = 'scheduler'

/** Parts a dotted key may have. */
const depthMax = 8

/**
 * Keys from the outside in; none = all settings. Undefined: it is no key of a setting.
 * @throws UsageError CONF_UNKNOWN_KEY when it is one and misspelt
 */
export function settingPath(key: string): readonly string[] | undefined {
  const [first, ...path] = key.split('.')
  if (first !== root) return undefined
  if (path.length > depthMax || path.some((part) => part === '' || part === '__proto__')) {
    throw new UsageError('CONF_UNKNOWN_KEY', `${key} is no setting`)
  }
  return path
}

/** As `settingPath`, for what must be a setting. */
export function requiredPath(key: string): readonly string[] {
  const path = settingPath(key)
  if (path !== undefined && path.length > 0) return path
  const hint = `settings are called ${root}.gc.hostTTL and the like`
  throw new UsageError('CONF_UNKNOWN_KEY', `${key} is no setting; ${hint}`)
}

/** `KEY=VALUE`: numbers and lists as JSON, all else as text. */
export function parsePair(pair: string): { readonly path: readonly string[]; value: unknown } {
  const at = pair.indexOf('=')
  if (at <= 0) throw new UsageError('CONF_INVALID_VALUE', `"${pair}" is not KEY=VALUE`)
  const text = pair.slice(at + 1)
  return { path: requiredPath(pair.slice(0, at)), value: jsonOr(text) }
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The settings of a stored text; what is no object counts as none. */
export function treeOf(text: string): Tree {
  const value = jsonOr(text)
  return isTree(value) ? value : {}
}

/** What stands at a place; undefined = nothing. */
export function valueAt(tree: Tree, path: readonly string[]): unknown {
  let value: unknown = tree
  for (const key of path) {
    if (!isTree(value) || !Object.hasOwn(value, key)) return undefined
    value = value[key]
  }
  return value
}

/** The tree with another value at a place; undefined takes away what is there, and empty parts. */
export function withValue(tree: Tree, path: readonly string[], value: unknown): Tree {
  const [key, ...rest] = path
  if (key === undefined) return isTree(value) ? value : {}
  const before = Object.hasOwn(tree, key) ? tree[key] : undefined
  const after = rest.length === 0 ? value : withValue(isTree(before) ? before : {}, rest, value)
  const others = Object.entries(tree).filter(([name]) => name !== key)
  const isGone = after === undefined || (isTree(after) && Object.keys(after).length === 0)
  return Object.fromEntries(isGone ? others : [...others, [key, after]])
}

/** Every value with its dotted key, sorted by key; lists count as values. */
export function flatten(tree: Tree, prefix = root): readonly (readonly [string, unknown])[] {
  const rows = Object.entries(tree).flatMap(([key, value]) => {
    const name = `${prefix}.${key}`
    return isTree(value) ? flatten(value, name) : [[name, value] as const]
  })
  return rows.toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** Whether a value of JSON is an object. */
export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
