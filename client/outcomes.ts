// What a failed attempt says: about the request, and about the member that was asked.
import { status } from '@grpc/grpc-js'
import { isRetryable, StatusError } from '../proto/index.ts'
import type { DfError } from '../proto/index.ts'
import type { MemberList } from './member-list.ts'

/** A failure of one attempt. */
export type Failure = DfError | StatusError

/**
 * Nothing was said: the connection failed, the time was up, or the member cut its answer short. The
 * request may have been carried out.
 */
export function isSilence(failure: Failure): boolean {
  if (!(failure instanceof StatusError) || !failure.code.startsWith('PROTO_')) return false
  return silent.has(failure.grpcStatus)
}

const silent: ReadonlySet<status> = new Set([
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.CANCELLED,
])

/** Whether the request may have been carried out although the attempt failed. */
export function mayBeDone(failure: Failure): boolean {
  return isSilence(failure) || doneUnknown.has(failure.code)
}

const doneUnknown: ReadonlySet<string> = new Set(['SCHED_UNKNOWN_OUTCOME', 'SCHED_EXPIRED'])

/** Whether another attempt may fare better: silence, UNAVAILABLE, RESOURCE_EXHAUSTED, v1's 5007. */
export function mayAskAgain(failure: Failure): boolean {
  return isRetryable(failure) || isSilence(failure) || isLate(failure)
}

/** Whether its time was up. */
export function isLate(failure: Failure): boolean {
  return failure instanceof StatusError && failure.grpcStatus === status.DEADLINE_EXCEEDED
}

/** Notes what a failed attempt says of the member at `address`. */
export function judge(
  members: MemberList,
  { address, nowMs }: { readonly address: string; readonly nowMs: number },
  failure: Failure,
): void {
  if (failure.code === 'SCHED_HIDDEN' || failure.code === 'SCHED_DRAINING') {
    members.withdrew(address, nowMs)
  } else if (isSilence(failure) || isLate(failure) || isUnavailable(failure)) {
    members.failed(address, nowMs)
  } else if (!isRetryable(failure)) {
    members.answered(address)
  }
}

function isUnavailable(failure: Failure): boolean {
  return failure instanceof StatusError && failure.grpcStatus === status.UNAVAILABLE
}

/** Whether a stream may be opened again after this: all but what a scheduler refuses for good. */
export function mayOpenAgain(failure: Failure): boolean {
  if (mayAskAgain(failure)) return true
  if (!(failure instanceof StatusError)) return false
  if (failure.grpcStatus === status.ABORTED || failure.grpcStatus === status.CANCELLED) return true
  // A connection that breaks within a stream has no status of its own, and no code of ours.
  return failure.code.startsWith('PROTO_') && broken.has(failure.grpcStatus)
}

const broken: ReadonlySet<status> = new Set([status.INTERNAL, status.UNKNOWN])
