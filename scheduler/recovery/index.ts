// What operators do to a cluster that is not running: the command line loads it when it is asked.
export type { FoundedInstance, RecoveryDeps } from './found-instance.ts'
export { recover } from './recover.ts'
export type { RecoverOptions, RecoverOutcome, RecoveryPlan } from './recover.ts'
export { restoreSnapshot } from './restore.ts'
export type { Restored, RestoreOptions } from './restore.ts'
export { inspectSnapshot, snapshotJson } from './snapshot-file.ts'
export type { SnapshotReport } from './snapshot-file.ts'
