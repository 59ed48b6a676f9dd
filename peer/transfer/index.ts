export { isTemporarySourceError, SourceError } from './errors.ts'
export type { SourceAnswer, SourceErrorCode } from './errors.ts'
export { pieceFailureCodes, PieceDownloader } from './piece-downloader.ts'
export type {
  PieceDownloaderDeps,
  PieceDownloadRequest,
  PieceFailure,
  PieceOutcome,
} from './piece-downloader.ts'
export { RateLimiter } from './rate-limiter.ts'
export { downloadFromSource } from './source/download-from-source.ts'
export type {
  PieceTiming,
  SourceDownloadDeps,
  SourceDownloadOptions,
  SourceStart,
} from './source/download-from-source.ts'
export { downloadToFile } from './source/download-to-file.ts'
export type { FileDownloadDeps, FileDownloadOptions } from './source/download-to-file.ts'
export { isSourceUrl, SourceClient } from './source/source-client.ts'
export type { SourceInfo, SourceRequest } from './source/source-client.ts'
