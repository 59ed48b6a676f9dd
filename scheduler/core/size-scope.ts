// How large a task is. Only `empty` changes what a registration is answered: tiny content is never
// fetched by a scheduler (design 10) and upstream never grants `small`.
import type { SizeScope } from './vocabulary.ts'

/** Content up to this many bytes is tiny. */
export const tinyBytesMax = 128

/** Scope of a task; -1 means unknown for both numbers. The order of the rules matters. */
export function sizeScopeOf(contentLength: number, totalPieceCount: number): SizeScope {
  if (contentLength < 0 || totalPieceCount < 0) return 'unknown'
  if (contentLength === 0) return 'empty'
  if (contentLength <= tinyBytesMax) return 'tiny'
  if (totalPieceCount === 1) return 'small'
  return 'normal'
}
