// Pure decisions of the scheduler: no state, no clock, no IO.
export { hasBadCosts, withCosts } from './bad-parent.ts'
export { candidateRefusal } from './candidate.ts'
export type { Candidate, CandidateHost, CandidateRefusal, Child } from './candidate.ts'
export { rankCandidates, scoreOf } from './evaluator.ts'
export { firstDownload } from './first-download.ts'
export type { FirstDownload, FirstDownloadInput } from './first-download.ts'
export { descendantsOf } from './graph.ts'
export type { ChildrenOf } from './graph.ts'
export { spreadHash } from './hash.ts'
export {
  aliveResolutionMs,
  announceIntervalMsMax,
  announceMergeMs,
  backToSourceLimit,
  blockedParentsMax,
  candidateParentLimit,
  concurrentPieceCountDefault,
  concurrentPieceCountMax,
  concurrentUploadLimitMax,
  concurrentUploadLimitNormal,
  concurrentUploadLimitSeed,
  contentLengthMax,
  descendantsVisitedMax,
  detachGraceMs,
  edgeContentLengthMax,
  failedPeerCountLimit,
  failedPeerTtlMs,
  filterParentLimit,
  filtersMax,
  headersMax,
  headerValueLengthMax,
  hostStatsBytesMax,
  hostTtlMs,
  idLengthMax,
  labelLengthMax,
  leftHostTtlMs,
  nameLengthMax,
  outboxItemsMax,
  parentUseResolutionMs,
  peerTtlMs,
  pieceCostMsMax,
  pieceCostsMax,
  pieceCountMax,
  pieceDownloadTimeoutMs,
  pieceLengthMax,
  reportItemsMax,
  reportParentsMax,
  retryBackToSourceLimit,
  retryIntervalMs,
  retryLimit,
  sampleVisitedMax,
  seedAttemptsMax,
  seedDeadlineMs,
  seedDownloadBytesMax,
  seedFailedTtlMs,
  seedHostsVisitedMax,
  seedUnreachableTtlMs,
  slotWaitersVisitedMax,
  sourceErrorBytesMax,
  sourceStartMs,
  taskTtlMs,
  unseededWaitersMax,
  urlLengthMax,
} from './limits.ts'
export { isAvailableState, isSchedulableState, peerAfter } from './peer-machine.ts'
export type { PeerEvent } from './peer-machine.ts'
export { countPieces, isWithinPieces, withPieces } from './piece-bits.ts'
export { defaultSettings } from './settings.ts'
export type { ApplicationPriority, SchedulerSettings } from './settings.ts'
export {
  settingRules,
  settingsOfText,
  readSettings,
  settingKey,
  settingText,
  textOfSettings,
} from './settings-text.ts'
export type { SettingRule, SettingsReading } from './settings-text.ts'
export { sizeScopeOf, tinyBytesMax } from './size-scope.ts'
export { taskAfter } from './task-machine.ts'
export type { TaskEvent } from './task-machine.ts'
export { hostTypes, peerStates, taskStates, taskTypes } from './vocabulary.ts'
export type {
  HostType,
  PeerState,
  Priority,
  SizeScope,
  StreamApi,
  TaskState,
  TaskType,
} from './vocabulary.ts'
