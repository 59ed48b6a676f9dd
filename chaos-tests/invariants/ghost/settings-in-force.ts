// The scheduler's settings as the log has set them last.
import { utf8Decode } from '../../../base/index.ts'
import { defaultSettings, settingsOfText } from '../../../scheduler/core/index.ts'
import { configTable } from '../../../scheduler/replication/index.ts'
import type { SchedulerSettings } from '../../../scheduler/core/index.ts'
import type { ConfigRow } from '../../../scheduler/replication/index.ts'
import type { SimEventOf } from '../../sim/observation.ts'

/** Where the scheduler keeps its settings. */
export const settingsKey = 'scheduler/settings'

export class SettingsInForce {
  /** After the last event's entry, and before it. */
  now: SchedulerSettings = defaultSettings
  before: SchedulerSettings = defaultSettings

  on({ changes }: SimEventOf<'applied'>): void {
    this.before = this.now
    for (const { table, row } of changes) {
      if (table.tableByte !== configTable.tableByte) continue
      const config = row as ConfigRow | undefined
      if (config?.key === settingsKey) this.now = settingsOfText(utf8Decode(config.value))
    }
  }
}
