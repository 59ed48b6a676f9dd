// `damselfly config set` and `unset`: read all settings, change some, and store all of them if
// nobody else was faster; else begin again.
import { readFile } from 'node:fs/promises'
import { isCoded, messageOf, utf8Encode } from '../base/index.ts'
import type { ClusterClient } from '../client/index.ts'
import { UsageError } from '../runtime/index.ts'
import type { Terminal } from './cluster-connection.ts'
import { defaultAt, valueText } from './config-defaults.ts'
import {
  flatten,
  isTree,
  parsePair,
  requiredPath,
  settingPath,
  settingsKey,
  treeOf,
  withValue,
} from './config-keys.ts'
import type { Tree } from './config-keys.ts'

export interface ConfigChangeDeps {
  readonly client: Pick<ClusterClient, 'getConfig' | 'swapConfig'>
  readonly terminal: Terminal
}

/** How often somebody else may be faster before the command gives up. */
const attemptsMax = 10

/** Stores settings; the exit code. */
export async function setConfig(
  deps: ConfigChangeDeps,
  asked: { readonly pairs: readonly string[]; readonly file: string; readonly json: boolean },
): Promise<number> {
  const whole = asked.file === '' ? undefined : await treeOfFile(asked.file)
  const pairs = asked.pairs.map(parsePair)
  const change = (tree: Tree): Tree =>
    whole ?? pairs.reduce((next, { path, value }) => withValue(next, path, value), tree)
  return apply(deps, 'set', change, asked.json)
}

/** Puts settings back to their defaults; the exit code. */
export async function unsetConfig(
  deps: ConfigChangeDeps,
  asked: { readonly keys: readonly string[]; readonly json: boolean },
): Promise<number> {
  const paths = asked.keys.map(requiredPath)
  const change = (tree: Tree): Tree =>
    paths.reduce((next, path) => withValue(next, path, undefined), tree)
  return apply(deps, 'unset', change, asked.json)
}

async function treeOfFile(file: string): Promise<Tree> {
  let value: unknown
  try {
    value = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    const message = `cannot read ${file}: ${messageOf(error)}`
    throw new UsageError('CONF_FILE_UNREADABLE', message, { cause: error })
  }
  if (isTree(value)) return value
  throw new UsageError('CONF_FILE_UNREADABLE', `${file} does not hold a JSON object`)
}

async function apply(
  { client, terminal }: ConfigChangeDeps,
  action: string,
  change: (tree: Tree) => Tree,
  isJson: boolean,
): Promise<number> {
  const { version, changes } = await store(client, change)
  if (isJson) {
    const settings = changes.map(({ key, before = null, after = null }) => ({ key, before, after }))
    await terminal.write(`${JSON.stringify({ action, version, changes: settings })}\n`)
    return 0
  }
  const lines = changes.map(({ key, before, after }) => {
    const standard = defaultAt(settingPath(key) ?? [])
    return `${key}: ${valueText(before, standard)} -> ${valueText(after, standard)}\n`
  })
  const end = changes.length === 0 ? 'nothing to change\n' : `done, at index ${version}\n`
  await terminal.write(lines.join('') + end)
  return 0
}

interface Change {
  readonly key: string
  readonly before: unknown
  readonly after: unknown
}

async function store(
  client: ConfigChangeDeps['client'],
  change: (tree: Tree) => Tree,
): Promise<{ readonly version: number; readonly changes: readonly Change[] }> {
  let first: Tree | undefined
  for (let attempt = 1; ; attempt += 1) {
    const item = await client.getConfig(settingsKey)
    const version = item?.version ?? 0
    const before = treeOf(Buffer.from(item?.value ?? '').toString('utf8'))
    const after = change(before)
    first ??= before
    const changes = changesOf(before, after)
    // Also when an attempt was carried out whose answer was lost.
    if (changes.length === 0) return { version, changes: changesOf(first, after) }
    const value = Buffer.from(utf8Encode(`${JSON.stringify(after, null, 2)}\n`))
    try {
      const request = { key: settingsKey, value, expectedVersion: version }
      return { version: await client.swapConfig(request), changes }
    } catch (error) {
      const mayTryAgain = isCoded(error) && againCodes.has(error.code) && attempt < attemptsMax
      if (!mayTryAgain) throw error
    }
  }
}

/** Somebody was faster, or nobody knows what became of it: what is stored now will tell. */
const againCodes: ReadonlySet<string> = new Set(['SCHED_VERSION_MISMATCH', 'SCHED_UNKNOWN_OUTCOME'])

function changesOf(before: Tree, after: Tree): readonly Change[] {
  const [old, now] = [new Map(flatten(before)), new Map(flatten(after))]
  const keys = [...new Set([...old.keys(), ...now.keys()])].toSorted()
  return keys.flatMap((key) => {
    const change = { key, before: old.get(key), after: now.get(key) }
    return JSON.stringify(change.before) === JSON.stringify(change.after) ? [] : [change]
  })
}
