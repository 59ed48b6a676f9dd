export { DigestCheck, parseDigest, pieceMd5SignOf } from './digest.ts'
export type { ExpectedDigest } from './digest.ts'
export { StoreError } from './errors.ts'
export type { StoreErrorCode } from './errors.ts'
export { openLevelMetadata } from './level-metadata.ts'
export { MemoryMetadata } from './metadata.ts'
export type { MetadataBatch, MetadataStore } from './metadata.ts'
export { checkOutput, OutputFile } from './output-file.ts'
export type { OutputDeps } from './output-file.ts'
export { openPieceStore, PieceStoreOnDisk, tasksMaxDefault } from './piece-store.ts'
export type { PieceStoreDeps, PieceStoreOptions } from './piece-store.ts'
export type {
  ExportOptions,
  FinishOptions,
  ImportOptions,
  NewTask,
  PieceOrigin,
  PieceRecord,
  PieceStore,
  SourceValidator,
  TaskCopy,
  TaskInfo,
  TaskProgress,
  TaskState,
  TaskType,
  TaskUrlMeta,
  WritePieceOptions,
} from './types.ts'
