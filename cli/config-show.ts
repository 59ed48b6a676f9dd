// `damselfly config get` and `list`.
import { CodedError } from '../base/index.ts'
import type { CallOptions, ClusterClient } from '../client/index.ts'
import type { Terminal } from './cluster-connection.ts'
import { defaultAt, noSuchSetting, valueText } from './config-defaults.ts'
import { flatten, isTree, settingPath, settingsKey, treeOf, valueAt } from './config-keys.ts'
import { textFields, textTable } from './text-table.ts'

export interface ConfigShowDeps {
  readonly client: Pick<ClusterClient, 'getConfig' | 'listConfig'>
  readonly terminal: Terminal
}

interface Asked {
  readonly stale: boolean
  readonly json: boolean
}

/** Shows settings, or one value; the exit code. */
export async function getConfig(
  { client, terminal }: ConfigShowDeps,
  { key, stale, json }: Asked & { readonly key: string },
): Promise<number> {
  const path = settingPath(key)
  const item = await client.getConfig(path === undefined ? key : settingsKey, options(stale))
  const text = Buffer.from(item?.value ?? '').toString('utf8')
  if (path === undefined) {
    if (item === undefined) throw new CodedError('CONF_KEY_NOT_SET', `there is no ${key}`)
    const shape = { key, value: text, version: item.version }
    await terminal.write(`${json ? JSON.stringify(shape) : text}\n`)
    return 0
  }
  const value = valueAt(treeOf(text), path)
  const standard = defaultAt(path)
  if (value === undefined && standard === undefined) throw noSuchSetting(key)
  if (json) {
    const version = item?.version ?? 0
    const shape = { key, value: value ?? null, default: standard ?? null, version }
    await terminal.write(`${JSON.stringify(shape)}\n`)
    return 0
  }
  await terminal.write(settingsText(key, value, standard))
  return 0
}

/** One value, or all of a part, those that are not set as well. */
function settingsText(key: string, value: unknown, standard: unknown): string {
  if (!isTree(value ?? standard)) return `${valueText(value, standard)}\n`
  const own = new Map(isTree(value) ? flatten(value, key) : [])
  const defaults = new Map(isTree(standard) ? flatten(standard, key) : [])
  const names = [...new Set([...defaults.keys(), ...own.keys()])].toSorted()
  return textFields(names.map((name) => [name, valueText(own.get(name), defaults.get(name))]))
}

/** Lists the keys that have a value; the exit code. */
export async function listConfig(
  { client, terminal }: ConfigShowDeps,
  { prefix, stale, json }: Asked & { readonly prefix: string },
): Promise<number> {
  const items = []
  for (let after = '', more = true; more;) {
    const part = await client.listConfig({ prefix, after, keysOnly: true }, options(stale))
    items.push(...part.items)
    after = items.at(-1)?.key ?? ''
    more = part.more
  }
  if (json) {
    const shape = items.map(({ key, version, actor, writtenWallMs }) => ({
      key,
      version,
      actor,
      writtenWallMs,
    }))
    await terminal.write(`${JSON.stringify({ items: shape })}\n`)
    return 0
  }
  const rows = items.map(({ key, version, actor }) => [
    key,
    String(version),
    actor === '' ? '-' : actor,
  ])
  await terminal.write(textTable(['KEY', 'VERSION', 'BY'], rows))
  return 0
}

function options(isStale: boolean): CallOptions {
  return { consistency: isStale ? 'stale' : 'linearizable' }
}
