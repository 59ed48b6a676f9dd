// Settings as people write them: JSON with upstream's key names, times as text with a unit. Read in
// two ways. Strictly where somebody sets them, so that a mistake is told with its place. Leniently
// in apply, where every replica must come to some answer: what is wrong counts as its default, what
// is too small or too large as its bound.
import { hourMs, minuteMs, nearest, secondMs } from '../../base/index.ts'
import { readApplications, writeApplications } from './application-priority.ts'
import { durationOfText, textOfDuration } from './duration-text.ts'
import { aliveResolutionMs, concurrentUploadLimitMax, sampleVisitedMax } from './limits.ts'
import { isObject, SettingProblem } from './setting-problem.ts'
import { defaultSettings } from './settings.ts'
import type { ApplicationPriority, SchedulerSettings } from './settings.ts'

/** Fields that hold a number. */
type NumberField = Exclude<keyof SchedulerSettings, 'applications'>

/** Where one number stands in the text, and what it may be. */
export interface SettingRule {
  /** Keys from the outside in. */
  readonly path: readonly string[]
  readonly field: NumberField
  /** Durations are texts with a unit and milliseconds inside. */
  readonly kind: 'count' | 'duration'
  readonly min: number
  readonly max: number
}

const yearMs = 365 * 24 * hourMs

/** Every number of the settings, in the order of upstream's configuration file. */
export const settingRules: readonly SettingRule[] = [
  count('backToSourceCount', { min: 1, max: 100_000 }),
  count('retryBackToSourceLimit', { min: 1, max: 1000 }),
  count('retryLimit', { min: 1, max: 1000 }),
  duration(['retryInterval'], 'retryIntervalMs', { min: 10, max: minuteMs }),
  count('candidateParentLimit', { min: 1, max: 20 }),
  count('filterParentLimit', { min: 1, max: sampleVisitedMax }),
  count('loadLimit', { min: 1, max: concurrentUploadLimitMax }),
  count('seedLoadLimit', { min: 1, max: concurrentUploadLimitMax }),
  duration(['gc', 'pieceDownloadTimeout'], 'pieceDownloadTimeoutMs', oneSecondToOneYear()),
  duration(['gc', 'peerTTL'], 'peerTtlMs', oneSecondToOneYear()),
  // A host's signs of life are stored a second apart.
  duration(['gc', 'hostTTL'], 'hostTtlMs', { min: 2 * aliveResolutionMs, max: yearMs }),
  duration(['gc', 'taskGCInterval'], 'taskTtlMs', oneSecondToOneYear()),
  duration(['seedPeer', 'taskDownloadTimeout'], 'seedTaskDownloadTimeoutMs', oneSecondToOneYear()),
]

const applicationsKey = 'applications'

/** A setting as people name it: `scheduler.gc.hostTTL`. */
export function settingKey(path: readonly string[]): string {
  return ['scheduler', ...path].join('.')
}

interface Bounds {
  readonly min: number
  readonly max: number
}

function oneSecondToOneYear(): Bounds {
  return { min: secondMs, max: yearMs }
}

function count(field: NumberField, bounds: Bounds): SettingRule {
  return { path: [field], field, kind: 'count', ...bounds }
}

function duration(path: readonly string[], field: NumberField, bounds: Bounds): SettingRule {
  return { path, field, kind: 'duration', ...bounds }
}

/** Settings, or what is wrong with their text. */
export type SettingsReading =
  | { readonly ok: true; readonly settings: SchedulerSettings }
  /** `key`: as `settingKey` says it; '' = the text as a whole. */
  | { readonly ok: false; readonly key: string; readonly problem: string }

type JsonObject = Readonly<Record<string, unknown>>

/** Reads a whole text as somebody wants to set it; what it does not name is the default. */
export function readSettings(text: string): SettingsReading {
  try {
    const tree = parseObject(text)
    if (tree === undefined) throw new SettingProblem('', 'expected a JSON object')
    checkKeys(tree, [])
    const numbers: Partial<Record<NumberField, number>> = {}
    for (const rule of settingRules) {
      const value = valueAt(tree, rule.path)
      if (value !== undefined) numbers[rule.field] = strictNumber(rule, value)
    }
    const applications = applicationsIn(tree)
    return { ok: true, settings: { ...defaultSettings, ...numbers, applications } }
  } catch (error) {
    if (!(error instanceof SettingProblem)) throw error
    return { ok: false, key: error.key, problem: error.message }
  }
}

/** Reads a stored text so that something holds whatever it says. */
export function settingsOfText(text: string): SchedulerSettings {
  const tree = parseObject(text)
  if (tree === undefined) return defaultSettings
  const numbers: Partial<Record<NumberField, number>> = {}
  for (const rule of settingRules) {
    const value = numberOf(rule, valueAt(tree, rule.path))
    if (value !== undefined) numbers[rule.field] = Math.min(Math.max(value, rule.min), rule.max)
  }
  return { ...defaultSettings, ...numbers, applications: lenientApplications(tree) }
}

/** One setting in the words of its text: `30m`, 200. */
export function settingText(rule: SettingRule, settings: SchedulerSettings): string | number {
  const value = settings[rule.field]
  return rule.kind === 'count' ? value : textOfDuration(value)
}

/** The text of settings; all keys stand in it. Applications are left out when there are none. */
export function textOfSettings(settings: SchedulerSettings): string {
  const tree: Record<string, unknown> = {}
  for (const rule of settingRules) {
    let place = tree
    for (const key of rule.path.slice(0, -1)) place = (place[key] ??= {}) as typeof tree
    place[rule.path.at(-1)!] = settingText(rule, settings)
  }
  const { applications } = settings
  const all =
    applications.length === 0 ? tree : { ...tree, applications: writeApplications(applications) }
  return JSON.stringify(all, null, 2)
}

function parseObject(text: string): JsonObject | undefined {
  let tree: unknown
  try {
    tree = JSON.parse(text)
  } catch {
    return undefined
  }
  return isObject(tree) ? tree : undefined
}

function valueAt(tree: JsonObject, path: readonly string[]): unknown {
  let value: unknown = tree
  for (const key of path) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined
    value = value[key]
  }
  return value
}

function numberOf(rule: SettingRule, value: unknown): number | undefined {
  if (rule.kind === 'duration') return typeof value === 'string' ? durationOfText(value) : undefined
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
}

function strictNumber(rule: SettingRule, value: unknown): number {
  const { kind, min, max } = rule
  const key = settingKey(rule.path)
  const number = numberOf(rule, value)
  const wanted = kind === 'duration' ? 'a text such as "30m"' : 'a whole number'
  if (number === undefined) throw new SettingProblem(key, `expected ${wanted}`)
  if (number >= min && number <= max) return number
  const text = kind === 'duration' ? textOfDuration : String
  throw new SettingProblem(key, `expected ${text(min)} to ${text(max)}`)
}

/** Objects hold known keys only; `path`: where this one stands. */
function checkKeys(tree: JsonObject, path: readonly string[]): void {
  const known = keysAt(path)
  for (const [key, value] of Object.entries(tree)) {
    const at = [...path, key]
    if (!known.includes(key)) {
      const near = nearest(key, known)
      const hint = near === undefined ? '' : `; did you mean ${settingKey([...path, near])}?`
      throw new SettingProblem(settingKey(at), `unknown key${hint}`)
    }
    if (keysAt(at).length === 0) continue
    if (!isObject(value)) throw new SettingProblem(settingKey(at), 'expected an object')
    checkKeys(value, at)
  }
}

/** Keys that may stand in the object at `path`; none for a value. */
function keysAt(path: readonly string[]): readonly string[] {
  const paths = [...settingRules.map((rule) => rule.path), [applicationsKey]]
  const below = paths.filter((other) => path.every((key, at) => other[at] === key))
  const keys = below.flatMap((other) => other.slice(path.length, path.length + 1))
  return [...new Set(keys)]
}

function applicationsIn(tree: JsonObject): readonly ApplicationPriority[] {
  return readApplications(tree[applicationsKey] ?? [], settingKey([applicationsKey]))
}

function lenientApplications(tree: JsonObject): readonly ApplicationPriority[] {
  try {
    return applicationsIn(tree)
  } catch (error) {
    if (error instanceof SettingProblem) return []
    throw error
  }
}
