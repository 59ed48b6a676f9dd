// The leader-aware client of a scheduler cluster, for daemons, tools and library users.
export { clientSecurity, noSecurity, operatorSchema, tokenWarning } from './client-security.ts'
export type { ClientSecurity, ClientSecurityOptions } from './client-security.ts'
export { ClusterClient } from './cluster-client.ts'
export type { ClusterClientDeps, ClusterClientOptions, MemberChanged } from './cluster-client.ts'
export { emptyOverview, readClusterOverview, withoutHidden } from './cluster-overview.ts'
export type {
  AlarmOverview,
  AskStatus,
  ClusterOverview,
  DiskOverview,
  MemberOverview,
  NotShownOverview,
  QuorumOverview,
} from './cluster-overview.ts'
export { watchCluster } from './cluster-watch.ts'
export type {
  ClusterWatch,
  ClusterWatchDeps,
  ClusterWatchListener,
  ClusterWatchOptions,
  WatchedRow,
  WatchToken,
} from './cluster-watch.ts'
export { verdictOf } from './cluster-verdict.ts'
export type { Verdict, VerdictWord } from './cluster-verdict.ts'
export { callRules } from './calls.ts'
export type { CallName, CallRule, Repeatable } from './calls.ts'
export type { Lookup } from './dns-source.ts'
export { DownloadAttachment } from './download-attachment.ts'
export type {
  DownloadAttachmentDeps,
  DownloadAttachmentListener,
  DownloadAttachmentOptions,
  DownloadIds,
} from './download-attachment.ts'
export { askedMembers, ClientClosedError, SchedulerUnavailableError } from './errors.ts'
export * from './limits.ts'
export type { Asker } from './manager-source.ts'
export { isAddress, joinAddress } from './member-list.ts'
export { parseMemberSources } from './member-source.ts'
export type { MemberSource, MemberSourceDeps } from './member-source.ts'
export type {
  AnnouncePeerStream,
  MemberStream,
  PieceResultStream,
  StreamEnd,
  StreamListener,
} from './member-stream.ts'
export { beginOfPiece, endOfPiece, PeerAttachment } from './peer-attachment.ts'
export type {
  PeerAttachmentDeps,
  PeerAttachmentListener,
  PeerAttachmentOptions,
} from './peer-attachment.ts'
export { downloadSnapshot } from './snapshot-download.ts'
export type { SnapshotDownload, SnapshotDownloadOptions } from './snapshot-download.ts'
export { isCancelled, SchedulerClient } from './scheduler-client.ts'
export type { SchedulerClientDeps, SchedulerClientOptions } from './scheduler-client.ts'
export type { CallOptions } from './unary-caller.ts'
// The messages of both APIs, as they are sent and as they arrive.
export type { clusterV1, commonV1, commonV2, schedulerV1, schedulerV2 } from '../proto/index.ts'
// What callers need to look into failures, so that library users import one module.
export { dfCodes, DfError, isRetryable, StatusError } from '../proto/index.ts'
// The ports a client is made with, and the machine's own.
export { nullLogger } from '../base/index.ts'
export type { CancelSignal, Clock, Logger, Random } from '../base/index.ts'
export { SystemClock, systemRandom } from '../runtime/index.ts'
