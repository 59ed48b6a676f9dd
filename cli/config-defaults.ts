// What holds where nothing is set, as this program knows it: members of another version may have
// other defaults.
import { nearest } from '../base/index.ts'
import { UsageError } from '../runtime/index.ts'
import { defaultSettings, textOfSettings } from '../scheduler/core/index.ts'
import { flatten, treeOf, valueAt } from './config-keys.ts'

const defaults = { applications: [], ...treeOf(textOfSettings(defaultSettings)) }

/** The default of a setting, or those of a part; undefined when there is no such setting. */
export function defaultAt(path: readonly string[]): unknown {
  return valueAt(defaults, path)
}

/** What is wrong with the key of a setting that has neither value nor default. */
export function noSuchSetting(key: string): UsageError {
  const keys = flatten(defaults).map(([name]) => name)
  const near = nearest(key, keys)
  const hint = near === undefined ? '' : `; did you mean ${near}?`
  return new UsageError('CONF_UNKNOWN_KEY', `${key} is no setting${hint}`)
}

/** What is set, or else the default and that it is one. */
export function valueText(value: unknown, standard: unknown): string {
  if (value !== undefined) return textOf(value)
  return standard === undefined ? 'default' : `${textOf(standard)} (default)`
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
