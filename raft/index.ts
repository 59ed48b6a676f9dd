// What a user of `damselfly/raft` sees. The ports it has to provide, and the helpers that satisfy
// them in tests and examples, come from the base folder, which is no entry of the package.
export { CodedError, isCoded, nullLogger, Prng, VirtualClock } from '../base/index.ts'
export type {
  CancelSignal,
  Clock,
  LogFields,
  Logger,
  Random,
  Timer,
  Transport,
} from '../base/index.ts'
export {
  assertConfiguration,
  configurationFlaw,
  initialConfiguration,
  isJoint,
  isMember,
  isRemoved,
  isVoter,
  membersMax,
  membersOf,
  noMembers,
} from './core/configuration.ts'
export type { Configuration } from './core/configuration.ts'
export {
  changeConfiguration,
  changeContextBytesMax,
  changeOperationsMax,
  checkChange,
  nextConfiguration,
} from './core/configuration-change.ts'
export type {
  ChangeResult,
  ConfigurationChange,
  MemberOperation,
} from './core/configuration-change.ts'
export { entryDataBytesMax, entrySizeBytes, entryTypeCodes } from './core/entry.ts'
export type { Entry, EntryType, HardState } from './core/entry.ts'
export { entriesPerMessageMax, messageTypeCodes } from './core/message.ts'
export type {
  AppendReply,
  AppendRequest,
  CoreMessage,
  DigestMark,
  ForwardedProposal,
  ForwardedRead,
  ForwardMessage,
  HeartbeatReply,
  HeartbeatRequest,
  ImageChunk,
  ImageMessage,
  ImageRefusal,
  ImageReply,
  InstallSnapshot,
  Message,
  ProposalRefusal,
  ProposalReply,
  ReadReply,
  RemovedNotice,
  Snapshot,
  TimeoutNow,
  VoteReply,
  VoteRequest,
} from './core/message.ts'
export type { RaftDeps, RaftOptions } from './core/options.ts'
export type {
  CampaignResult,
  ChangeRefusal,
  ForgetLeaderResult,
  ProposeChangeResult,
  ProposeResult,
  ReadIndexResult,
  RestoreResult,
  StepRefusal,
  StepResult,
  TransferResult,
} from './core/outcome.ts'
export { Raft } from './core/raft.ts'
export type {
  AppendCompletion,
  AppendWork,
  ApplyWork,
  ReadOutcome,
  Ready,
  Role,
  SoftState,
} from './core/ready.ts'
export type { ProgressStatus, RaftStatus } from './core/status.ts'
export { imageChunkBytesMax } from './images.ts'
export type { ImageReader, Images, ImageWriter } from './images.ts'
export type { LogContents, LogGroup, LogMark, LogStorage } from './log-storage.ts'
export { planMemberChange } from './membership/change-plan.ts'
export { faultTolerance } from './membership/fault-tolerance.ts'
export type { FaultTolerance } from './membership/fault-tolerance.ts'
export type {
  ChangePlan,
  MemberAction,
  MemberRequest,
  MembersView,
  OperatorState,
  PlannedAct,
  PlanRefusal,
  PlanRefused,
} from './membership/member-plan.ts'
export { ghostReason, mayStopCorrupt } from './membership/ghosts.ts'
export type { LearnerPresence } from './membership/ghosts.ts'
export { advancePromotion, beginPromotion, promotionRoundsMax } from './membership/promotion.ts'
export type { LearnerView, PromotionDecision, PromotionProgress } from './membership/promotion.ts'
export { planAdmission, planReplacement, replacedSilenceMs } from './membership/replacement.ts'
export type { AdmissionPlan, OldReplica, ReplacementPlan } from './membership/replacement.ts'
export { checkHeader, protocolVersion } from './wire/header.ts'
export type { HeaderRefusal, HeaderSelf, MessageHeader } from './wire/header.ts'
export { ByteReader, ByteWriter } from './wire/byte-cursor.ts'
export { changeEncodedBytes, decodeChange, encodeChange } from './wire/change-codec.ts'
export type { DecodeChangeResult } from './wire/change-codec.ts'
export {
  decodeConfiguration,
  encodeConfiguration,
  readSnapshot,
  snapshotEncodedBytes,
  writeSnapshot,
} from './wire/configuration-codec.ts'
export {
  decodeEntry,
  decodeHardState,
  encodeEntry,
  encodeHardState,
  entryEncodedBytes,
  hardStateEncodedBytes,
  writeEntry,
} from './wire/log-codec.ts'
export type {
  DecodeEntryResult,
  DecodeHardStateResult,
  LogDecodeRefusal,
} from './wire/log-codec.ts'
export { decodeMessage, encodeMessage } from './wire/message-codec.ts'
export type { DecodeRefusal, DecodeResult } from './wire/message-codec.ts'
export { RaftFatalError } from './driver/errors.ts'
export type { RaftFatalCode } from './driver/errors.ts'
export { ImageThrottle } from './driver/image-throttle.ts'
export { imageBytesPerSecondDefault, imageBytesPerSecondMin } from './driver/limits.ts'
export { MemoryNetwork } from './driver/memory-transport.ts'
export { appendBucketsMs, loopDelayBucketsMs } from './driver/metrics.ts'
export type { ImageMetrics, RaftGauges, RaftMetrics } from './driver/metrics.ts'
export type {
  ChangeOutcome,
  ChangeProposalRefusal,
  DigestMismatch,
  LeadershipChange,
  ProposeOutcome,
  ProposeRefusal,
  ReadIndexOutcome,
  TransferOutcome,
} from './driver/outcomes.ts'
export { RaftNode } from './driver/raft-node.ts'
export type { RaftNodeDeps, RaftNodeOptions, RaftNodeStatus } from './driver/raft-node-options.ts'
export type { StateMachine } from './driver/state-machine.ts'
export { unfinishedInstall } from './install-recovery.ts'
export type { UnfinishedInstall } from './install-recovery.ts'
export { MemoryImages } from './memory-images.ts'
export type { CapturableState, CapturedState } from './memory-images.ts'
export { emptyLogContents, MemoryLogStorage } from './memory-log-storage.ts'
