// The priority a request counts with: its own, else that of its application. Patterns are matched
// here, by the member that takes the request, never in apply.
import type { Priority, SchedulerSettings } from '../core/index.ts'
import { patternStepsMax } from './limits.ts'
import { UrlPattern } from './url-pattern.ts'

/** What decides about the priority of a request. */
export interface PriorityQuestion {
  readonly application: string
  readonly url: string
  /** As the request says; 0 = it does not. */
  readonly priority: Priority
}

interface Rules {
  readonly priority: Priority
  readonly urls: readonly { readonly pattern: UrlPattern; readonly priority: Priority }[]
}

/** Settings do not change, so their patterns are made once. */
const rulesOfSettings = new WeakMap<object, ReadonlyMap<string, Rules>>()

/**
 * The request's own priority unless that is 0, else the first URL rule of its application that
 * matches, else the application's, else 0.
 */
export function effectivePriority(
  settings: Pick<SchedulerSettings, 'applications'>,
  { application, url, priority }: PriorityQuestion,
): Priority {
  if (priority !== 0 || settings.applications.length === 0) return priority
  const rules = rulesOf(settings).get(application)
  if (rules === undefined) return 0
  const budget = { left: patternStepsMax }
  return rules.urls.find((rule) => rule.pattern.matches(url, budget))?.priority ?? rules.priority
}

function rulesOf(settings: Pick<SchedulerSettings, 'applications'>): ReadonlyMap<string, Rules> {
  let rules = rulesOfSettings.get(settings)
  if (rules === undefined) {
    rules = new Map(
      settings.applications.map(({ name, priority, urls }) => [
        name,
        { priority, urls: compiled(urls) },
      ]),
    )
    rulesOfSettings.set(settings, rules)
  }
  return rules
}

/** A pattern that cannot be read matches nothing; the Store service takes none of these. */
function compiled(urls: SchedulerSettings['applications'][number]['urls']): Rules['urls'] {
  return urls.flatMap(({ regex, priority }) => {
    const pattern = patternOf(regex)
    return pattern === undefined ? [] : [{ pattern, priority }]
  })
}

function patternOf(regex: string): UrlPattern | undefined {
  try {
    return new UrlPattern(regex)
  } catch {
    return undefined
  }
}
