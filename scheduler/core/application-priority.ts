// Priorities of applications as settings hold them. Their regular expressions are texts here: the
// member that takes a request evaluates them before it proposes anything.
import {
  applicationRegexLengthMax,
  applicationsMax,
  applicationUrlsMax,
  labelLengthMax,
} from './limits.ts'
import { isObject, SettingProblem } from './setting-problem.ts'
import type { ApplicationPriority } from './settings.ts'
import type { Priority } from './vocabulary.ts'

const priorities: readonly Priority[] = [0, 1, 2, 3, 4, 5, 6]

/**
 * Applications in upstream's form: `[{name, priority: {value, urls: [{regex, value}]}}]`.
 * @throws SettingProblem with the place of what is wrong
 */
export function readApplications(value: unknown, at: string): readonly ApplicationPriority[] {
  const applications = listAt(value, at, applicationsMax).map((item, n) =>
    readApplication(item, `${at}[${n}]`),
  )
  const names = new Set<string>()
  for (const [n, { name }] of applications.entries()) {
    if (names.has(name)) throw new SettingProblem(`${at}[${n}].name`, `"${name}" stands twice`)
    names.add(name)
  }
  return applications
}

/** The form `readApplications` reads. */
export function writeApplications(applications: readonly ApplicationPriority[]): unknown {
  return applications.map(({ name, priority, urls }) => ({
    name,
    priority: {
      value: priority,
      urls: urls.map(({ regex, priority: value }) => ({ regex, value })),
    },
  }))
}

function readApplication(value: unknown, at: string): ApplicationPriority {
  const item = objectAt(value, at, ['name', 'priority'])
  const name = textAt(item['name'], `${at}.name`, labelLengthMax)
  const inner = `${at}.priority`
  const rule = objectAt(item['priority'], inner, ['value', 'urls'])
  const urls = listAt(rule['urls'] ?? [], `${inner}.urls`, applicationUrlsMax)
  return {
    name,
    priority: priorityAt(rule['value'], `${inner}.value`),
    urls: urls.map((url, n) => readUrlRule(url, `${inner}.urls[${n}]`)),
  }
}

function readUrlRule(value: unknown, at: string): ApplicationPriority['urls'][number] {
  const rule = objectAt(value, at, ['regex', 'value'])
  return {
    regex: textAt(rule['regex'], `${at}.regex`, applicationRegexLengthMax),
    priority: priorityAt(rule['value'], `${at}.value`),
  }
}

function listAt(value: unknown, at: string, itemsMax: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new SettingProblem(at, 'expected a list')
  if (value.length > itemsMax) throw new SettingProblem(at, `more than ${itemsMax}`)
  return value
}

function objectAt(
  value: unknown,
  at: string,
  keys: readonly string[],
): Readonly<Record<string, unknown>> {
  if (!isObject(value)) throw new SettingProblem(at, 'expected an object')
  for (const key of Object.keys(value)) {
    if (!keys.includes(key)) throw new SettingProblem(`${at}.${key}`, 'unknown key')
  }
  return value
}

function textAt(value: unknown, at: string, lengthMax: number): string {
  if (typeof value === 'string' && value !== '' && value.length <= lengthMax) return value
  throw new SettingProblem(at, `expected a text of 1 to ${lengthMax} characters`)
}

function priorityAt(value: unknown, at: string): Priority {
  const priority = priorities.find((known) => known === value)
  if (priority === undefined) throw new SettingProblem(at, 'expected 0 to 6')
  return priority
}
