// What each failure says of the request and of the member that was asked.
import { Metadata, status } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { CodedError } from '../base/index.ts'
import { DfError, StatusError, toWireStatus } from '../proto/index.ts'
import { clientCooldownMs, clientCooldownMsMax } from './limits.ts'
import { MemberList } from './member-list.ts'
import { judge, mayAskAgain, mayBeDone, mayOpenAgain } from './outcomes.ts'
import type { Failure } from './outcomes.ts'

const asked = '127.0.0.1:1001'
const other = '127.0.0.1:1002'

const bare = (code: status): Failure => new StatusError(code, 'told', new Metadata())
function coded(code: string): Failure {
  const { code: grpcStatus } = toWireStatus(new CodedError(code, 'told'))
  return new StatusError(grpcStatus, 'told', new Metadata(), { code })
}

const soon = clientCooldownMs
const late = clientCooldownMsMax

/** How long the member is asked last after this; 0 = not at all. */
function cooledMs(failure: Failure): number {
  const members = new MemberList([asked, other])
  judge(members, { address: asked, nowMs: 0 }, failure)
  const isLast = (nowMs: number): boolean =>
    [0, 1].every(() => members.choose(new Set(), nowMs) === other)
  return [late, soon].find((ms) => isLast(ms - 1)) ?? 0
}

interface Case {
  readonly what: string
  readonly failure: Failure
  /** Whether the call may be made again, may have been carried out, a stream be opened again. */
  readonly may: readonly ['again' | '', 'done' | '', 'open' | '']
  readonly cooled: number
}

const everything = ['again', 'done', 'open'] as const
const nothingDone = ['again', '', 'open'] as const
const streamsOnly = ['', '', 'open'] as const
const nothing = ['', '', ''] as const

const codes: readonly [code: string, may: Case['may'], cooled: number][] = [
  ['SCHED_NO_LEADER', nothingDone, soon],
  ['SCHED_STOPPING', nothingDone, soon],
  ['SCHED_UNKNOWN_OUTCOME', everything, soon],
  ['SCHED_EXPIRED', everything, soon],
  ['SCHED_HIDDEN', nothingDone, late],
  ['SCHED_DRAINING', nothingDone, late],
  ['SCHED_OVERLOADED', nothingDone, 0],
  ['SCHED_ATTACHMENT_LOST', streamsOnly, 0],
  ['SCHED_INTERNAL', nothing, 0],
  ['SCHED_HOST_NOT_FOUND', nothing, 0],
]

const statuses: readonly [code: status, may: Case['may'], cooled: number][] = [
  [status.UNAVAILABLE, everything, soon],
  [status.DEADLINE_EXCEEDED, everything, soon],
  [status.CANCELLED, everything, soon],
  [status.RESOURCE_EXHAUSTED, nothingDone, 0],
  [status.ABORTED, streamsOnly, 0],
  [status.INTERNAL, streamsOnly, 0],
  [status.UNKNOWN, streamsOnly, 0],
  [status.NOT_FOUND, nothing, 0],
]

const cases: readonly Case[] = [
  ...codes.map(([code, may, cooled]) => ({ what: code, failure: coded(code), may, cooled })),
  ...statuses.map(([code, may, cooled]) => ({
    what: status[code],
    failure: bare(code),
    may,
    cooled,
  })),
  { what: '5007', failure: new DfError(5007, 'told'), may: nothingDone, cooled: 0 },
  { what: '1404', failure: new DfError(1404, 'told'), may: nothing, cooled: 0 },
]

test.each(cases)('$what', ({ failure, may, cooled }) => {
  const found = [
    mayAskAgain(failure) ? 'again' : '',
    mayBeDone(failure) ? 'done' : '',
    mayOpenAgain(failure) ? 'open' : '',
  ]
  expect(found).toEqual(may)
  expect(cooledMs(failure)).toBe(cooled)
})
