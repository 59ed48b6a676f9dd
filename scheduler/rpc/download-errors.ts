// What clients of API v2 are told when a download cannot go on: the first thing that went wrong,
// where upstream names what its clean-up stumbled over afterwards.
import { CodedError } from '../../base/index.ts'
import type {
  DownloadRefusal,
  RegisterDownloadResult,
  SchedulerEvent,
} from '../replication/commands/index.ts'

/** Why the scheduler had no answer for a peer. */
export type NotScheduled = Extract<SchedulerEvent, { readonly type: 'schedule-failed' }>['reason']

const notScheduledText: Readonly<Record<NotScheduled, string>> = {
  'no-available-peer': 'no peer has this content, and it has no source',
  'no-parent': 'no parent was found in time, and the source may not be asked',
  'not-running': 'the peer cannot be scheduled in its state',
  'too-many-failures': 'too many peers failed at the source of this task',
}

/** Neither parent nor source for a peer. */
export function notScheduledError(reason: NotScheduled): CodedError {
  return new CodedError('SCHED_NOT_SCHEDULED', notScheduledText[reason])
}

/** Why a registration was refused. */
export function registerError(
  reason: Extract<RegisterDownloadResult, { ok: false }>['reason'],
  hostId: string,
): CodedError {
  switch (reason) {
    case 'host-not-found':
      return new CodedError('SCHED_HOST_NOT_FOUND', `the host ${hostId} has not announced itself`)
    case 'host-mismatch':
      return new CodedError('SCHED_HOST_MISMATCH', 'the peer belongs to another host')
    case 'forbidden':
      return new CodedError(
        'SCHED_PRIORITY_FORBIDDEN',
        'the priority of this task forbids downloads',
      )
    case 'no-available-peer':
      return new CodedError(
        'SCHED_NO_AVAILABLE_PEER',
        'no peer has this task and its priority is low',
      )
    case 'deleted':
      return new CodedError('SCHED_PEER_DELETED', 'the peer was deleted')
  }
}

/** What the client of a stream is told about a command that was refused. */
export function downloadError(reason: DownloadRefusal): CodedError {
  switch (reason) {
    case 'peer-not-found':
      return new CodedError('SCHED_PEER_NOT_FOUND', 'the peer is not registered')
    case 'stale-attachment':
      return new CodedError('SCHED_ATTACHMENT_LOST', 'another stream announces this peer')
    case 'illegal-state':
      return new CodedError('SCHED_ILLEGAL_STATE', 'the peer cannot do this in its state')
  }
}
