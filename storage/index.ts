// The machine's own ports, for library users; the folder itself knows only the interfaces.
export { FileDisk, randomId, SystemClock, systemRandom } from '../runtime/ports.ts'
export { planBoot } from './boot.ts'
export type { BootCondition, BootFindings, BootPlan } from './boot.ts'
export {
  answerFromIdentity,
  answerFromMarker,
  checkSeeds,
  planBootstrap,
  planCluster,
} from './bootstrap.ts'
export type {
  BootstrapDecision,
  BootstrapMarker,
  ClusterPlan,
  MemberAnswer,
  Probe,
  ProbeAnswer,
} from './bootstrap.ts'
export { bootstrapInstance } from './bootstrap-instance.ts'
export type {
  Admission,
  AdmissionOutcome,
  BootstrapDeps,
  BootstrapOptions,
  RequestAdmission,
} from './bootstrap-instance.ts'
export { openDataDirectory } from './data-directory.ts'
export type {
  DataDirectory,
  DataDirectoryDeps,
  DataDirectoryOptions,
  FoundInstance,
  InstancePlace,
} from './data-directory.ts'
export { lockDirectory } from './directory-lock.ts'
export type { DirectoryLock, LockDirectory } from './directory-lock.ts'
export { StorageCorruptError, StorageRefusedError, StorageStoppedError } from './errors.ts'
export type { StorageCorruptCode, StorageRefusedCode, StorageStoppedCode } from './errors.ts'
export type { Identity, IdentityOrigin, InitialMember } from './identity.ts'
export { ImageFile } from './images/image-file.ts'
export { imageMagic } from './images/image-format.ts'
export { StoreImages } from './images/store-images.ts'
export type {
  ImageState,
  StagedState,
  StoreImagesDeps,
  StoreImagesOptions,
} from './images/store-images.ts'
export type { ImageContent } from './images/image-format.ts'
export {
  clearFatal,
  forgetLostState,
  instanceIn,
  openInstance,
  readFatal,
  writeFatal,
} from './instance.ts'
export type {
  CreateState,
  FatalReason,
  Instance,
  InstanceContents,
  OpenedInstance,
  OpenState,
} from './instance.ts'
export type { JoinMarker } from './join-marker.ts'
export { planJoin } from './join-plan.ts'
export type { JoinFindings, JoinPlan } from './join-plan.ts'
export { readKnownMembers, writeKnownMembers } from './known-members.ts'
export type { KnownMember, KnownMembers } from './known-members.ts'
export { MapHost, openMapHost } from './map-host.ts'
export type { MapHostDeps, MapHostOptions } from './map-host.ts'
export type { MapJoin, MapPeers, MapProbe } from './map-members.ts'
export { startMapReplica } from './map-replica.ts'
export type {
  MapReplica,
  MapReplicaDeps,
  MapReplicaEnd,
  MapReplicaOptions,
  MapSelf,
} from './map-replica.ts'
export { isShortOfRoom, planReclaim, treeBytes } from './quarantine.ts'
export type { Quarantined, QuarantineReason, ReclaimFacts } from './quarantine.ts'
export { imageSpareBytes } from './limits.ts'
export { createLevelState, openLevelState } from './state/level-state-store.ts'
export type {
  LevelStateStore,
  StateStoreDeps,
  StateStoreOptions,
} from './state/level-state-store.ts'
export { MemoryStateStore } from './state/memory-state-store.ts'
export type { StateRows } from './state/memory-state-store.ts'
export { admissionContext, foundingGroup, ReplicatedMap } from './state/replicated-map.ts'
export type {
  ApplyCommand,
  MapMember,
  MapRows,
  ReplicatedMapDeps,
  ReplicatedMapOptions,
} from './state/replicated-map.ts'
export type {
  RowSource,
  StateBatch,
  StateRow,
  StateSnapshot,
  StateStore,
} from './state/state-store.ts'
export type { LogIdentity } from './wal/log-identity.ts'
export { createWriteAheadLog, openWriteAheadLog } from './wal/open-log.ts'
export type { CreateLogOptions, LogDeps, OpenedLog, OpenLogOptions } from './wal/open-log.ts'
export type { LogFigures, WriteAheadLog } from './wal/write-ahead-log.ts'
