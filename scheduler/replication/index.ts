export type {
  AnyCommand,
  CommandContext,
  CommandDefinition,
  CommandOutcome,
  CommandRequest,
  ContinuationDefinition,
  Domain,
  FrameworkRefusal,
  SessionRef,
  StateEvent,
} from './command.ts'
export { commandRequest, defineCommand } from './command.ts'
export { decodeBatch, encodeEnvelope, joinBatch, stampBatch } from './batch.ts'
export type { Batch, BatchRefusal, Envelope } from './batch.ts'
export type { CommandFailure } from './entry-applier.ts'
export { StateError } from './errors.ts'
export type { StateErrorCode } from './errors.ts'
export { compareRows } from './sorted-cells.ts'
export type { OrderFields } from './sorted-cells.ts'
export { CommandLimitError } from './state-access.ts'
export type { IndexRange, StateReader, Transaction } from './state-access.ts'
export { defineTable, slottedTableBytes, tableBytes } from './table-definition.ts'
export type {
  AnyTable,
  IndexDefinition,
  KeyPart,
  OrderValue,
  RowFunction,
  RowId,
  TableDefinition,
} from './table-definition.ts'
export { FieldReader, WireFormatError } from './wire.ts'
export type { Wire } from './wire.ts'
export { bootstrapEntryData, clockTickCommand, sessionOfReplica } from './framework-commands.ts'
export type {
  AdvanceResult,
  Bootstrap,
  CloseSessionResult,
  ContinuationPlace,
  InitialMember,
  OpenSession,
  OpenSessionResult,
  SessionClosed,
  SessionOpened,
} from './framework-commands.ts'
export type {
  CommandReport,
  FrameListener,
  Outcome,
  RowChange,
  SessionRefusal,
  StateFrame,
} from './frame.ts'
export { encodeKey, slotCount, slotOf } from './keys.ts'
export { ReplicatedState } from './replicated-state.ts'
export type { EntryResult, ReplicatedStateOptions } from './replicated-state.ts'
export { encodeChangeContext } from './change-context.ts'
export type { MemberDetails } from './change-context.ts'
export type { MembersChanged, MembershipRefusal, MembershipResult } from './membership.ts'
export { operatorTokenKey, setOperatorToken } from './operator-token-command.ts'
export type { SetOperatorToken, SetOperatorTokenResult } from './operator-token-command.ts'
export { deleteConfigCommand, isReservedConfigKey, setConfigCommand } from './config-commands.ts'
export type { ConfigRefusal, ConfigResult, DeleteConfig, SetConfig } from './config-commands.ts'
export { noteAcknowledged } from './acknowledged-command.ts'
export type { NoteAcknowledged, NoteAcknowledgedResult } from './acknowledged-command.ts'
export { acknowledgedTable } from './rows/acknowledged.ts'
export type { AcknowledgedRow } from './rows/acknowledged.ts'
export { clockTable } from './rows/clock.ts'
export type { ClockRow } from './rows/clock.ts'
export {
  clusterIdKey,
  configKeyLengthMax,
  configTable,
  configValueBytesMax,
} from './rows/config.ts'
export type { ConfigRow } from './rows/config.ts'
export { continuationTable } from './rows/continuation.ts'
export type { ContinuationRow } from './rows/continuation.ts'
export { featureTable } from './rows/feature.ts'
export type { FeatureRow } from './rows/feature.ts'
export { memberTable } from './rows/member.ts'
export type { MemberRole, MemberRow, MemberState } from './rows/member.ts'
export { sessionTable } from './rows/session.ts'
export type { SessionRow } from './rows/session.ts'
export { findTombstone, putTombstone, removeTombstone, tombstoneTable } from './rows/tombstone.ts'
export type { TombstoneRow } from './rows/tombstone.ts'
export type { StateWrites } from './settlement.ts'
export { DurableState } from './durable-state.ts'
export type {
  DurableStateDeps,
  DurableStateOptions,
  RowSourcePort,
  RowsPort,
  StagedStatePort,
  StateStorePort,
} from './durable-state.ts'
export type { StateDescription } from './state-description.ts'
export { ClusterFounder, foundingConfiguration, foundingPlace } from './founding.ts'
export type { Founding, FoundingPlace, FoundingRule } from './founding.ts'
export { StateSurvey } from './state-survey.ts'
export type { StateSurveyed, TableSurvey } from './state-survey.ts'
export { LocalLog } from './local-log.ts'
export { Proposer } from './proposer.ts'
export type { ProposerDeps, ProposerOptions, ProposerStatus } from './proposer.ts'
export type { ProposalOutcome, ProposalRefusal, ProposeOptions } from './proposal.ts'
export type { ProposeAttempt, ProposerLog } from './proposer-log.ts'
export { featuresOn, isSupportedByAll } from './feature-commands.ts'
export type { EnableFeature, EnableFeatureResult, FeatureEnabled } from './feature-commands.ts'
export { frameworkFeatures, memberProgressFeature } from './features.ts'
export { maySetState, setMemberProgress, setNodeState } from './node-state-commands.ts'
export type {
  NodeStateChanged,
  NodeStateRefusal,
  SetMemberProgress,
  SetNodeState,
  SetNodeStateResult,
  SettableState,
} from './node-state-commands.ts'
export { isAskedForProgress, planNodeState, progressOf } from './node-state-plan.ts'
export type { MemberSight, ProgressAnswer } from './node-state-plan.ts'
export {
  dutyPauseMs,
  dutyTimeoutMs,
  failSilenceMs,
  featureLookMs,
  handoverPauseMs,
  nodeStateLookMs,
  progressAskMs,
  progressReportMs,
  progressReportPercent,
  recoveryContactMs,
} from './limits.ts'
export { configurationIdOf, isVisible, nodesOf } from './node-views.ts'
export type { NodeView, ViewName } from './node-views.ts'
export { memberProgressTable } from './rows/member-progress.ts'
export type { MemberProgressRow } from './rows/member-progress.ts'
export { memberSupportTable } from './rows/member-support.ts'
export type { MemberSupportRow } from './rows/member-support.ts'
export {
  joinIntentCommand,
  memberOfHost,
  noteJoinCommand,
  tokenCredential,
} from './join-commands.ts'
export type {
  JoinIntent,
  JoinIntentResult,
  JoinRefusal,
  JoinWithdrawal,
  JoinWithdrawn,
  NoteJoin,
  NoteJoinResult,
} from './join-commands.ts'
export { noteDivergedCommand } from './divergence-command.ts'
export type { MemberDiverged, NoteDiverged } from './divergence-command.ts'
export { createJoinTokenCommand, revokeJoinTokenCommand } from './token-commands.ts'
export type {
  CreateJoinToken,
  CreateJoinTokenResult,
  RevokeJoinTokenResult,
} from './token-commands.ts'
export { hostBlockTable } from './rows/host-block.ts'
export type { HostBlockRow } from './rows/host-block.ts'
export { hostJoinsTable } from './rows/host-joins.ts'
export type { HostJoinsRow } from './rows/host-joins.ts'
export { joinTokenTable } from './rows/join-token.ts'
export type { JoinTokenRow } from './rows/join-token.ts'
export { joinOfReplica, joinTable, listJoins } from './rows/joins.ts'
export type { JoinRow } from './rows/joins.ts'
export { removalReasons, removedMemberTable, wasMember } from './rows/removed-member.ts'
export type { RemovalReason, RemovedMemberRow } from './rows/removed-member.ts'
export { joinTokenTtlMsMax, joinTokenUsesMax, membersMax } from './limits.ts'
export { memberTextLengthMax } from './rows/member.ts'
export { LeaderDuties } from './leader-duties.ts'
export type { DutyProposer, LeaderDutiesDeps, LeadershipView, LeaderWork } from './leader-duties.ts'
export {
  announceHost,
  announceTask,
  attachStream,
  blockParent,
  deleteHost,
  deleteTask,
  detachStream,
  finishDownload,
  finishSeed,
  getHost,
  getPeer,
  getTask,
  leaveHost,
  leaveTask,
  listHosts,
  listPeersOfHost,
  listPeersOfTask,
  openSeeds,
  reattachStream,
  registerDownload,
  registerPeer,
  reportPeerResult,
  reportPieceFailure,
  reportPieces,
  reportSeed,
  reschedulePeer,
  schedulerDomain,
  settingsKey,
  settingsOf,
  startDownload,
  startSeed,
  statTask,
  sweep,
  takesSourcePlace,
} from './commands/index.ts'
export type {
  AnnounceHost,
  AnnounceHostResult,
  AnnounceTask,
  AnnounceTaskResult,
  AssignedParent,
  AttachStream,
  AttachStreamResult,
  BlockParent,
  DeleteTask,
  DeleteTaskResult,
  DetachStream,
  DetachStreamResult,
  DownloadRefusal,
  DownloadResult,
  EventOwner,
  FinishDownload,
  FinishSeed,
  HostInput,
  LeaveHost,
  LeaveHostResult,
  LeaveTask,
  LeaveTaskResult,
  PeerRef,
  PieceBits,
  PieceReport,
  PieceZero,
  ReattachStream,
  ReattachStreamResult,
  RegisterDownload,
  RegisterDownloadResult,
  RegisterPeer,
  RegisterPeerResult,
  ReportPeerResult,
  ReportPeerResultResult,
  ReportPieceFailure,
  ReportPieceFailureResult,
  ReportPieces,
  ReportPiecesResult,
  ReportSeed,
  ReschedulePeer,
  SchedulerEvent,
  SeedReportResult,
  SourceErrorInput,
  StartDownload,
  StartSeed,
  StartSeedResult,
  Sweep,
  SweepResult,
  SweepTarget,
  TaskInput,
  TaskStat,
} from './commands/index.ts'
export { edgesTable } from './rows/edge.ts'
export type { EdgeRow } from './rows/edge.ts'
export { hostsTable } from './rows/host.ts'
export type { HostRow } from './rows/host.ts'
export { outboxTable } from './rows/outbox.ts'
export type { OutboxRow, OutboxState } from './rows/outbox.ts'
export { peersTable } from './rows/peer.ts'
export type { PeerRow } from './rows/peer.ts'
export { tasksTable } from './rows/task.ts'
export type { TaskRow } from './rows/task.ts'
export { waitersTable } from './rows/waiter.ts'
export type { WaiterRow } from './rows/waiter.ts'
