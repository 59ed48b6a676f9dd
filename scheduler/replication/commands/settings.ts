// The settings in force, as the state has them.
import { defaultSettings } from '../../core/index.ts'
import type { SchedulerSettings } from '../../core/index.ts'
import type { StateReader } from '../state-access.ts'

/** The settings of this state. */
export function settingsOf(_state: StateReader): SchedulerSettings {
  return defaultSettings
}
