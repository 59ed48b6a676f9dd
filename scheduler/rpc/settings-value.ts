// Settings are checked whole before they are proposed: in apply, what is wrong would count as its
// default, and whoever set it would never know.
import { CodedError } from '../../base/index.ts'
import { readSettings } from '../core/index.ts'
import type { SchedulerSettings } from '../core/index.ts'
import { UrlPattern } from './url-pattern.ts'

/**
 * The settings of a stored value, all of them sound.
 * @throws CodedError SCHED_SETTINGS_INVALID naming the place of what is wrong
 */
export function checkedSettings(value: Uint8Array): SchedulerSettings {
  const reading = readSettings(textOf(value))
  if (!reading.ok) throw invalid(reading.key, reading.problem)
  for (const [n, { urls }] of reading.settings.applications.entries()) {
    for (const [m, { regex }] of urls.entries()) {
      checkPattern(`scheduler.applications[${n}].priority.urls[${m}].regex`, regex)
    }
  }
  return reading.settings
}

function textOf(value: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(value)
  } catch {
    throw invalid('', 'expected UTF-8')
  }
}

function checkPattern(key: string, regex: string): void {
  try {
    return void new UrlPattern(regex)
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    throw invalid(key, error.message)
  }
}

function invalid(key: string, problem: string): CodedError {
  const place = key === '' ? 'the settings' : key
  return new CodedError('SCHED_SETTINGS_INVALID', `${place}: ${problem}`)
}
