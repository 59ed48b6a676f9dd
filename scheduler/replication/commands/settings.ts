// The settings in force, as the state has them: part of the replicated configuration, so that every
// replica decides alike.
import { utf8Decode } from '../../../base/index.ts'
import { defaultSettings, settingsOfText } from '../../core/index.ts'
import { configTable } from '../rows/config.ts'
import type { SchedulerSettings } from '../../core/index.ts'
import type { StateReader } from '../state-access.ts'
import type { ConfigRow } from '../rows/config.ts'

/** Key of the configuration row with the settings, a JSON text. Frozen. */
export const settingsKey = 'scheduler/settings'

/** Rows do not change, so what one says is read once. */
const settingsOfRow = new WeakMap<ConfigRow, SchedulerSettings>()

/** The settings of this state; the defaults where it does not say, or says nothing one can read. */
export function settingsOf(state: Pick<StateReader, 'get'>): SchedulerSettings {
  const row = state.get(configTable, settingsKey)
  if (row === undefined) return defaultSettings
  let settings = settingsOfRow.get(row)
  if (settings === undefined) {
    settings = settingsOfBytes(row.value)
    settingsOfRow.set(row, settings)
  }
  return settings
}

function settingsOfBytes(value: Uint8Array): SchedulerSettings {
  let text: string
  try {
    text = utf8Decode(value)
  } catch {
    // Not UTF-8: whoever stored it did not ask what it would mean.
    return defaultSettings
  }
  return settingsOfText(text)
}
