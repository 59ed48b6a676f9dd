// Options of `damselfly scheduler` that seed the settings of a new cluster, spelt in a file as
// upstream spells them. Once the cluster has settings these count no more: a member whose options
// say otherwise only says so (settings-work.ts).
import { assert } from '../base/index.ts'
import { defaultSettings, settingRules } from './core/index.ts'
import type { SchedulerSettings, SettingRule } from './core/index.ts'
import { dutyPauseMs } from './replication/index.ts'
import type { Config, ConfigSchema } from '../runtime/index.ts'

/** Bounds of a setting, and where it stands in a file. None has a default: what is not told is. */
function seed(place: string, path: string = `scheduler.${place}`) {
  const { min, max } = ruleAt(place)
  return { optional: true, min, max, path } as const
}

function ruleAt(place: string): SettingRule {
  const rule = settingRules.find((known) => known.path.join('.') === place)
  assert(rule !== undefined, 'an option seeds a setting there is')
  return rule
}

/** Part of the schema of `damselfly scheduler`. */
export const settingsSchema = {
  backToSourceCount: {
    type: 'integer',
    ...seed('backToSourceCount'),
    help: 'seeds a new cluster (200): peers of a task at the source at once',
  },
  retryBackToSourceLimit: {
    type: 'integer',
    ...seed('retryBackToSourceLimit'),
    help: 'seeds a new cluster (4): tries for a parent before a peer goes to the source',
  },
  retryLimit: {
    type: 'integer',
    ...seed('retryLimit'),
    help: 'seeds a new cluster (5): tries before a peer that cannot go there fails',
  },
  retryInterval: {
    type: 'duration',
    ...seed('retryInterval'),
    help: 'seeds a new cluster (500ms): pause between two tries',
  },
  candidateParentLimit: {
    type: 'integer',
    ...seed('candidateParentLimit'),
    help: 'seeds a new cluster (3): parents a peer gets at once',
  },
  filterParentLimit: {
    type: 'integer',
    ...seed('filterParentLimit'),
    help: 'seeds a new cluster (15): possible parents that are compared',
  },
  loadLimit: {
    type: 'integer',
    ...seed('loadLimit'),
    help: 'seeds a new cluster (200): children of a host that does not say how many it serves',
  },
  seedLoadLimit: {
    type: 'integer',
    ...seed('seedLoadLimit'),
    help: 'seeds a new cluster (2000): the same of a seed host',
  },
  pieceDownloadTimeout: {
    type: 'duration',
    ...seed('gc.pieceDownloadTimeout'),
    help: 'seeds a new cluster (30m): life of a download without a piece',
  },
  peerTtl: {
    type: 'duration',
    ...seed('gc.peerTTL'),
    help: 'seeds a new cluster (24h): life of a peer without a change',
  },
  hostTtl: {
    type: 'duration',
    ...seed('gc.hostTTL'),
    help: 'seeds a new cluster (1h): life of a silent host that announces no interval',
  },
  taskGcInterval: {
    type: 'duration',
    ...seed('gc.taskGCInterval'),
    help: 'seeds a new cluster (30m): life of a task without peers',
  },
  seedTaskDownloadTimeout: {
    type: 'duration',
    ...seed('seedPeer.taskDownloadTimeout', 'seedPeer.taskDownloadTimeout'),
    help: 'seeds a new cluster (10h): longest download of a seed peer',
  },
  hostGcInterval: {
    type: 'duration',
    default: 5 * 60_000,
    min: dutyPauseMs,
    path: 'scheduler.gc.hostGCInterval',
    help: 'longest pause between two looks for expired hosts; the leader looks every 100ms',
  },
  peerGcInterval: {
    type: 'duration',
    default: 10_000,
    min: dutyPauseMs,
    path: 'scheduler.gc.peerGCInterval',
    help: 'the same for peers',
  },
} as const satisfies ConfigSchema

/** Options that seed settings. */
export type SettingsConfig = Config<typeof settingsSchema>

/** What the options of one member say of the settings; all else is left to the cluster. */
export type SettingsSeed = Partial<SchedulerSettings>

/** The settings that the options tell. */
export function settingsSeed(config: SettingsConfig): SettingsSeed {
  const told: Readonly<Record<string, number | undefined>> = {
    backToSourceCount: config.backToSourceCount,
    retryBackToSourceLimit: config.retryBackToSourceLimit,
    retryLimit: config.retryLimit,
    retryIntervalMs: config.retryInterval,
    candidateParentLimit: config.candidateParentLimit,
    filterParentLimit: config.filterParentLimit,
    loadLimit: config.loadLimit,
    seedLoadLimit: config.seedLoadLimit,
    pieceDownloadTimeoutMs: config.pieceDownloadTimeout,
    peerTtlMs: config.peerTtl,
    hostTtlMs: config.hostTtl,
    taskTtlMs: config.taskGcInterval,
    seedTaskDownloadTimeoutMs: config.seedTaskDownloadTimeout,
  } satisfies Record<SettingRule['field'], number | undefined>
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined))
}

/** The settings a new cluster begins with at a member with these options. */
export function firstSettings(seed: SettingsSeed): SchedulerSettings {
  return { ...defaultSettings, ...seed }
}
