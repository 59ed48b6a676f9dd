export { assertConfiguration, membersMax } from './core/configuration.ts'
export type { Configuration } from './core/configuration.ts'
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
  Message,
  ProposalRefusal,
  ProposalReply,
  ReadReply,
  TimeoutNow,
  VoteReply,
  VoteRequest,
} from './core/message.ts'
export type { RaftDeps, RaftOptions } from './core/options.ts'
export type {
  CampaignResult,
  ProposeResult,
  ReadIndexResult,
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
export type { LogContents, LogGroup, LogStorage } from './log-storage.ts'
export { checkHeader, protocolVersion } from './wire/header.ts'
export type { HeaderRefusal, HeaderSelf, MessageHeader } from './wire/header.ts'
export { ByteReader, ByteWriter } from './wire/byte-cursor.ts'
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
export { MemoryNetwork } from './driver/memory-transport.ts'
export { appendBucketsMs } from './driver/metrics.ts'
export type { RaftGauges, RaftMetrics } from './driver/metrics.ts'
export type {
  DigestMismatch,
  LeadershipChange,
  ProposeOutcome,
  ProposeRefusal,
  ReadIndexOutcome,
} from './driver/outcomes.ts'
export { RaftNode } from './driver/raft-node.ts'
export type { RaftNodeDeps, RaftNodeOptions, RaftNodeStatus } from './driver/raft-node.ts'
export type { StateMachine } from './driver/state-machine.ts'
export { emptyLogContents, MemoryLogStorage } from './memory-log-storage.ts'
