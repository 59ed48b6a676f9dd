export { DownloadPlan, parentsMax } from './download-plan.ts'
export type { DownloadPlanOptions, NoRequest, OfferedPiece, PieceRequest } from './download-plan.ts'
export { hostIdOf, isTaskId, newPeerId, newUuid } from './ids.ts'
export { ParentScore } from './parent-score.ts'
export { PieceMap } from './piece-map.ts'
export {
  contentLengthBytesMax,
  inferPieceSize,
  lengthUnknown,
  pieceCountOf,
  pieceRangeOf,
  pieceSizeBytesDefault,
  pieceSizeBytesMax,
  pieceSizeBytesOf,
  piecesPerTaskMax,
} from './piece-size.ts'
export {
  decimal,
  parseContentRange,
  parseRangeHeader,
  parseRangeText,
  rangeHeader,
  rangeTextLengthMax,
  resolveRange,
} from './range.ts'
export type { ByteRange, RangeText } from './range.ts'
export { cacheUrlOf, parentTaskIdOf, taskIdOf } from './task-id.ts'
export type { Sha256Hex, TaskIdMeta } from './task-id.ts'
export { TokenBucket } from './token-bucket.ts'
export { filterQuery, queryEscape } from './url-filter.ts'
