export { announceHost } from './announce-host.ts'
export { announceTask } from './announce-task.ts'
export { blockParent } from './block-parent.ts'
export { deleteTask } from './delete-task.ts'
export { schedulerDomain } from './domain.ts'
export { finishDownload } from './finish-download.ts'
export { schedulerFoundingRules } from './founding.ts'
export { deleteHost, leaveHost } from './leave-host.ts'
export { leaveTask } from './leave-task.ts'
export { takesSourcePlace } from './peers.ts'
export {
  getHost,
  getPeer,
  getTask,
  isDeletedAfter,
  isSeedRunning,
  listHosts,
  listPeersOfHost,
  listPeersOfTask,
  openSeeds,
  startedSeeds,
  statTask,
} from './queries.ts'
export { reattachStream } from './reattach-stream.ts'
export { registerDownload } from './register-download.ts'
export { registerPeer } from './register-peer.ts'
export { reportPeerResult } from './report-peer-result.ts'
export { reportPieceFailure } from './report-piece-failure.ts'
export { reportPieces } from './report-pieces.ts'
export { reschedulePeer } from './reschedule-peer.ts'
export { finishSeed, reportSeed, startSeed } from './seed-commands.ts'
export { startDownload } from './start-download.ts'
export { attachStream, detachStream } from './streams.ts'
export { sweep } from './sweep.ts'
export { settingsKey, settingsOf } from './settings.ts'
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
} from './types.ts'
export type { HostRow } from '../rows/host.ts'
export type { OutboxRow } from '../rows/outbox.ts'
export type { PeerRow } from '../rows/peer.ts'
export type { TaskRow } from '../rows/task.ts'
