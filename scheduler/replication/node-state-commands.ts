// How node states change (design 6): by commands only, proposed by the leader or for an operator,
// so that every replica shows the same states at the same index. Whoever proposed saw an older
// state; apply checks the incarnation, the boot and the present state again, so that of two leaders
// or two operators only one can be right.
import { defineCommand } from './command.ts'
import { memberProgressFeature } from './features.ts'
import { idBytes, memberTable, readIdBytes } from './rows/member.ts'
import { memberProgressTable } from './rows/member-progress.ts'
import { memberSupportTable } from './rows/member-support.ts'
import type { StateEvent } from './command.ts'
import type { MemberRow, MemberState } from './rows/member.ts'
import type { MemberProgressRow } from './rows/member-progress.ts'
import type { Transaction } from './state-access.ts'
import type { FieldReader, Wire } from './wire.ts'

/** States a command may set; `joining` and `left` come with changes of the membership. */
export type SettableState = 'loading' | 'online' | 'draining' | 'hidden' | 'fail'

const settable: readonly SettableState[] = ['loading', 'online', 'draining', 'hidden', 'fail']

/**
 * What may follow what. Only a member that loads becomes online, so that whoever was away, hidden
 * or draining shows first that it has caught up.
 */
const successors: Readonly<Record<MemberState, readonly SettableState[]>> = {
  joining: ['loading', 'fail', 'draining', 'hidden'],
  loading: ['online', 'fail', 'draining', 'hidden'],
  online: ['fail', 'draining', 'hidden'],
  fail: ['loading', 'draining', 'hidden'],
  draining: ['loading', 'hidden'],
  hidden: ['loading', 'draining'],
  left: [],
}

/** Whether a command may turn `from` into `to`. */
export function maySetState(from: MemberState, to: SettableState): boolean {
  return successors[from].includes(to)
}

/** Sets the state of one member, if it still is who and how it was seen. */
export interface SetNodeState {
  readonly replicaId: number
  /** 32 lower-case hex characters. */
  readonly incarnation: string
  /** 32 lower-case hex characters; '' = any boot. */
  readonly bootId: string
  /** The present state must be one of these. */
  readonly from: readonly MemberState[]
  readonly to: SettableState
}

export type NodeStateRefusal =
  | 'not-a-member'
  | 'wrong-incarnation'
  | 'wrong-boot'
  /** It is in another state by now, or `to` may not follow this one. */
  | 'wrong-state'

export type SetNodeStateResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: NodeStateRefusal }

/** Emitted when a member's state changed. */
export interface NodeStateChanged extends StateEvent {
  readonly type: 'node-state-changed'
  readonly replicaId: number
  readonly from: MemberState
  readonly to: MemberState
}

const anyState: readonly MemberState[] = ['joining', ...settable, 'left']

/** Sets a member's node state. */
export const setNodeState = defineCommand<SetNodeState, SetNodeStateResult>({
  kind: 7,
  kindVersion: 1,
  name: 'set-node-state',
  encode: (body) => [
    body.replicaId,
    idBytes(body.incarnation),
    bootWire(body.bootId),
    body.from,
    body.to,
  ],
  decode: (fields) => ({
    replicaId: fields.integer(1),
    incarnation: readIdBytes(fields),
    bootId: readBoot(fields),
    from: fields.list(anyState.length, (items) => items.oneOf(anyState)),
    to: fields.oneOf(settable),
  }),
  apply(tx, body, context) {
    const member = memberAsSeen(tx, body)
    if (typeof member === 'string') return { ok: false, reason: member }
    const { state: from } = member
    if (!body.from.includes(from) || !maySetState(from, body.to)) {
      return { ok: false, reason: 'wrong-state' }
    }
    tx.put(memberTable, { ...member, state: body.to })
    if (body.to !== 'loading') tx.delete(memberProgressTable, member.replicaId)
    context.emit(nodeStateChanged(member, body.to))
    return { ok: true }
  },
})

/** Says how far a joining or loading member has come. */
export interface SetMemberProgress extends MemberProgressRow {
  /** 32 lower-case hex characters. */
  readonly incarnation: string
}

/** Keeps a loading member's progress; needs the feature `member-progress`. */
export const setMemberProgress = defineCommand<SetMemberProgress, SetNodeStateResult>({
  kind: 8,
  kindVersion: 1,
  name: 'set-member-progress',
  feature: memberProgressFeature,
  encode: (body) => [
    body.replicaId,
    idBytes(body.incarnation),
    idBytes(body.bootId),
    body.bytesDone,
    body.bytesTotal,
    body.percent,
  ],
  decode: (fields) => ({
    replicaId: fields.integer(1),
    incarnation: readIdBytes(fields),
    bootId: readIdBytes(fields),
    bytesDone: fields.integer(),
    bytesTotal: fields.integer(),
    percent: fields.integer(0, 100),
  }),
  apply(tx, body) {
    const seen = tx.get(memberTable, body.replicaId)
    // A joiner receives its first image before it can open a session.
    const bootId = seen?.bootId === '' ? '' : body.bootId
    const member = memberAsSeen(tx, { ...body, bootId })
    if (typeof member === 'string') return { ok: false, reason: member }
    const isLoading = member.state === 'joining' || member.state === 'loading'
    if (!isLoading) return { ok: false, reason: 'wrong-state' }
    const { replicaId, bytesDone, bytesTotal, percent } = body
    const row = { replicaId, bootId: body.bootId, bytesDone, bytesTotal, percent }
    tx.put(memberProgressTable, row)
    return { ok: true }
  },
})

/** What opening a session with a new bootId makes of a member's state. */
export function stateAfterBoot({ state }: Pick<MemberRow, 'state'>): MemberState {
  // The operator's word holds across restarts.
  return state === 'draining' || state === 'hidden' ? state : 'loading'
}

/** The event that a member's state changed. */
export function nodeStateChanged(before: MemberRow, to: MemberState): NodeStateChanged {
  return { type: 'node-state-changed', replicaId: before.replicaId, from: before.state, to }
}

/** Deletes the rows that go with the row of a member. */
export function forgetMember(tx: Pick<Transaction, 'delete'>, replicaId: number): void {
  tx.delete(memberProgressTable, replicaId)
  tx.delete(memberSupportTable, replicaId)
}

function memberAsSeen(
  tx: Pick<Transaction, 'get'>,
  seen: Pick<SetNodeState, 'replicaId' | 'incarnation' | 'bootId'>,
): MemberRow | NodeStateRefusal {
  const member = tx.get(memberTable, seen.replicaId)
  if (member === undefined) return 'not-a-member'
  if (member.incarnation !== seen.incarnation) return 'wrong-incarnation'
  if (seen.bootId !== '' && member.bootId !== seen.bootId) return 'wrong-boot'
  return member
}

function bootWire(bootId: string): Wire {
  return bootId === '' ? null : idBytes(bootId)
}

function readBoot(fields: FieldReader): string {
  return fields.isNull() ? '' : readIdBytes(fields)
}
