// Commands of the framework itself: the birth of a cluster, member sessions, time, and the steps of
// large jobs. Kinds 1 … 99; frozen with golden bytes.
import { compareUtf8 } from '../../base/index.ts'
import { encodeEnvelope, joinBatch } from './batch.ts'
import { CommandLimitError } from './state-access.ts'
import { defineCommand } from './command.ts'
import { StateError } from './errors.ts'
import { featuresMax, membersMax, sessionsMax } from './limits.ts'
import { nodeStateChanged, stateAfterBoot } from './node-state-commands.ts'
import { clusterIdKey, configTable } from './rows/config.ts'
import { continuationTable } from './rows/continuation.ts'
import { featureNameLengthMax, featureTable } from './rows/feature.ts'
import { idBytes, memberTable, memberTextLengthMax, readIdBytes } from './rows/member.ts'
import { memberProgressTable } from './rows/member-progress.ts'
import { memberSupportTable } from './rows/member-support.ts'
import { resultId, resultTable } from './rows/result.ts'
import { sessionTable } from './rows/session.ts'
import { findTombstone, putTombstone } from './rows/tombstone.ts'
import { FieldReader } from './wire.ts'
import type { CommandContext, ContinuationDefinition, Domain, SessionRef } from './command.ts'
import type { CommandDefinition } from './command.ts'
import type { ContinuationRow } from './rows/continuation.ts'
import type { MemberRow } from './rows/member.ts'
import type { SessionRow } from './rows/session.ts'
import type { Transaction } from './state-access.ts'
import type { Wire } from './wire.ts'

/** A member the cluster starts with. */
export interface InitialMember {
  readonly replicaId: number
  readonly hostId: string
  /** 32 lower-case hex characters. */
  readonly incarnation: string
  readonly raftAddress: string
}

/** What entry 1 says. */
export interface Bootstrap {
  /** 32 lower-case hex characters. */
  readonly clusterId: string
  readonly members: readonly InitialMember[]
  readonly features: readonly string[]
}

/** Asks for a session, outside any session. */
export interface OpenSession {
  readonly replicaId: number
  /** 32 lower-case hex characters. */
  readonly bootId: string
  /** Counts the sessions of this boot, from 1. */
  readonly generation: number
  /** host:port of this member's client services. */
  readonly clientAddress: string
  readonly programVersion: string
  /** Version of the replication protocol it speaks. */
  readonly protocolVersion: number
  /** Features its program knows, in any order. */
  readonly features: readonly string[]
}

export type OpenSessionResult =
  | { readonly ok: true; readonly sessionId: number }
  /** `stale`: a newer session of this member exists or existed. */
  | { readonly ok: false; readonly reason: 'not-a-member' | 'stale' }

export type CloseSessionResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'session-not-found' }

export type AdvanceResult =
  | { readonly ok: true; readonly isDone: boolean }
  | { readonly ok: false; readonly reason: 'continuation-not-found' }

/** Emitted when a session opens; its member may now send commands. */
export interface SessionOpened extends SessionRef {
  readonly type: 'session-opened'
}

/** Emitted when a session closes. */
export interface SessionClosed extends SessionRef {
  readonly type: 'session-closed'
}

const bootstrapKind = 1
const openSessionKind = 2

/** Kinds that travel outside sessions, alone in their entry; all others need a session. Frozen. */
export const outsideSessionKinds: readonly number[] = [bootstrapKind, openSessionKind]

const bootScope = 'boot'
const forgetResultsKind = 'forget-results'
const forgetResultsRows = 256

/** Makes an empty state a cluster: entry 1 and nothing else. */
export const bootstrapCommand = defineCommand<Bootstrap, { readonly ok: boolean }>({
  kind: bootstrapKind,
  kindVersion: 1,
  name: 'bootstrap',
  encode: (body) => [
    idBytes(body.clusterId),
    body.members.map((member) => [
      member.replicaId,
      member.hostId,
      idBytes(member.incarnation),
      member.raftAddress,
    ]),
    body.features,
  ],
  decode: (fields) => ({
    clusterId: readIdBytes(fields),
    members: fields.list(membersMax, (items) => items.nested(readInitialMember)),
    features: fields.list(featuresMax, (items) => items.text(featureNameLengthMax)),
  }),
  apply(tx, body, context) {
    if (context.index !== 1 || tx.count(memberTable) > 0) return { ok: false }
    for (const member of body.members) {
      tx.put(memberTable, {
        ...member,
        clientAddress: '',
        role: 'voter',
        state: 'joining',
        bootId: '',
        programVersion: '',
        joinedAtIndex: context.index,
        credential: '',
      })
    }
    for (const name of body.features) tx.put(featureTable, { name, enabledAtIndex: context.index })
    const value = idBytes(body.clusterId)
    tx.put(configTable, { key: clusterIdKey, value, actor: '', writtenWallMs: 0 })
    return { ok: true }
  },
})

/** Data of entry 1: the same bytes on every initial member, whatever order it knows them in. */
export function bootstrapEntryData(bootstrap: Bootstrap): Uint8Array {
  const members = [...bootstrap.members].sort((a, b) => a.replicaId - b.replicaId)
  const features = sortedNames(bootstrap.features)
  const body = bootstrapCommand.encode({ clusterId: bootstrap.clusterId, members, features })
  const envelope = encodeEnvelope({
    kind: bootstrapCommand.kind,
    kindVersion: bootstrapCommand.kindVersion,
    seq: 0,
    notAfterMs: 0,
    actor: '',
    opId: '',
    body,
  })
  return joinBatch(0, [envelope])
}

function sortedNames(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort(compareUtf8)
}

function readInitialMember(fields: FieldReader): InitialMember {
  return {
    replicaId: fields.integer(1),
    hostId: fields.text(memberTextLengthMax),
    incarnation: readIdBytes(fields),
    raftAddress: fields.text(memberTextLengthMax),
  }
}

/** Names a continuation. */
export type ContinuationPlace = Pick<ContinuationRow, 'index' | 'ordinal' | 'number'>

/** Commits the passing of time; its entry's stamp is what counts. */
export const clockTickCommand = defineCommand<null, { readonly ok: true }>({
  kind: 4,
  kindVersion: 1,
  name: 'clock-tick',
  encode: () => [],
  decode: () => null,
  apply: () => ({ ok: true }),
})

/** Opens the session of a member and closes the one it had. Travels outside sessions, alone. */
export function openSessionCommand(
  domain: Domain,
): CommandDefinition<OpenSession, OpenSessionResult> {
  return defineCommand<OpenSession, OpenSessionResult>({
    kind: openSessionKind,
    kindVersion: 1,
    name: 'open-session',
    encode: (body) => [
      body.replicaId,
      idBytes(body.bootId),
      body.generation,
      body.clientAddress,
      body.programVersion,
      body.protocolVersion,
      sortedNames(body.features),
    ],
    decode: (fields) => ({
      replicaId: fields.integer(1),
      bootId: readIdBytes(fields),
      generation: fields.integer(1),
      clientAddress: fields.text(memberTextLengthMax),
      programVersion: fields.text(memberTextLengthMax),
      protocolVersion: fields.integer(1),
      features: sortedNames(fields.list(featuresMax, (items) => items.text(featureNameLengthMax))),
    }),
    apply: (tx, body, context) => applyOpenSession(domain, tx, body, context),
  })
}

function applyOpenSession(
  domain: Domain,
  tx: Transaction,
  body: OpenSession,
  context: CommandContext,
): OpenSessionResult {
  const member = tx.get(memberTable, body.replicaId)
  if (member === undefined) return { ok: false, reason: 'not-a-member' }
  const current = sessionOfReplica(tx, body.replicaId)
  if (current?.bootId === body.bootId) {
    if (current.generation > body.generation) return { ok: false, reason: 'stale' }
    if (current.generation === body.generation) return { ok: true, sessionId: current.sessionId }
  }
  const bootName = `${body.replicaId}/${body.bootId}`
  if (findTombstone(tx, bootScope, bootName, context.stampMs) !== undefined) {
    return { ok: false, reason: 'stale' }
  }
  if (current !== undefined) closeSession(domain, tx, current, context)
  if (member.bootId !== '' && member.bootId !== body.bootId) {
    // A late request of the boot before must not push out the session of this one.
    putTombstone(tx, bootScope, `${body.replicaId}/${member.bootId}`, context)
  }
  if (tx.count(sessionTable) >= sessionsMax) throw new CommandLimitError('too many sessions')
  const { replicaId, bootId, generation } = body
  const sessionId = context.index
  const openedAtMs = context.stampMs
  tx.put(sessionTable, { sessionId, replicaId, bootId, generation, lastSeq: 0, openedAtMs })
  putBoot(tx, member, body, context)
  const opened: SessionOpened = { type: 'session-opened', sessionId, replicaId, bootId }
  context.emit(opened)
  return { ok: true, sessionId }
}

/** What a member says of itself when it opens a session; a new boot has to catch up first. */
function putBoot(
  tx: Transaction,
  member: MemberRow,
  body: OpenSession,
  context: CommandContext,
): void {
  const { replicaId, bootId, clientAddress, programVersion, protocolVersion, features } = body
  const state = bootId === member.bootId ? member.state : stateAfterBoot(member)
  tx.put(memberTable, { ...member, bootId, clientAddress, programVersion, state })
  tx.put(memberSupportTable, { replicaId, protocolVersion, features })
  // A joiner loads before it can open its first session: that progress is of this very boot.
  const progress = tx.get(memberProgressTable, replicaId)
  if (progress !== undefined && progress.bootId !== bootId) {
    tx.delete(memberProgressTable, replicaId)
  }
  if (state !== member.state) context.emit(nodeStateChanged(member, state))
}

/** Closes a session, whose member has been silent for too long or left. */
export function closeSessionCommand(
  domain: Domain,
): CommandDefinition<{ readonly sessionId: number }, CloseSessionResult> {
  return defineCommand<{ readonly sessionId: number }, CloseSessionResult>({
    kind: 3,
    kindVersion: 1,
    name: 'close-session',
    encode: (body) => [body.sessionId],
    decode: (fields) => ({ sessionId: fields.integer(1) }),
    apply(tx, body, context) {
      const session = tx.get(sessionTable, body.sessionId)
      if (session === undefined) return { ok: false, reason: 'session-not-found' }
      closeSession(domain, tx, session, context)
      return { ok: true }
    },
  })
}

function closeSession(
  domain: Domain,
  tx: Transaction,
  session: SessionRow,
  context: CommandContext,
): void {
  const { sessionId, replicaId, bootId } = session
  tx.delete(sessionTable, sessionId)
  if (tx.groupSize(resultTable, 'bySession', sessionId) > 0) {
    context.continueWith(forgetResultsKind, [sessionId])
  }
  const closed: SessionClosed = { type: 'session-closed', sessionId, replicaId, bootId }
  context.emit(closed)
  domain.sessionClosed(tx, { sessionId, replicaId, bootId }, context)
}

/** The open session of a member. */
export function sessionOfReplica(
  state: Pick<Transaction, 'first'>,
  replicaId: number,
): SessionRow | undefined {
  return state.first(sessionTable, 'byReplica', { from: [replicaId], until: [replicaId] })
}

/** Removes the kept results of a closed session, some at a time. */
export const forgetResults: ContinuationDefinition = {
  kind: forgetResultsKind,
  advance(tx, cursor) {
    const sessionId = cursor.integer(1)
    const range = { group: sessionId, limit: forgetResultsRows }
    const rows = tx.list(resultTable, 'bySession', range)
    for (const row of rows) tx.delete(resultTable, resultId(row.sessionId, row.firstSeq))
    return rows.length < forgetResultsRows ? undefined : [sessionId]
  },
}

/** Does the next step of a continuation. */
export function advanceCommand(
  continuations: ReadonlyMap<string, ContinuationDefinition>,
): CommandDefinition<ContinuationPlace, AdvanceResult> {
  return defineCommand<ContinuationPlace, AdvanceResult>({
    kind: 5,
    kindVersion: 1,
    name: 'advance-continuation',
    encode: (body) => [body.index, body.ordinal, body.number],
    decode: (fields) => ({
      index: fields.integer(1),
      ordinal: fields.integer(),
      number: fields.integer(),
    }),
    apply(tx, body, context) {
      const id = `${body.index}.${body.ordinal}.${body.number}`
      const row = tx.get(continuationTable, id)
      if (row === undefined) return { ok: false, reason: 'continuation-not-found' }
      const definition = continuations.get(row.kind)
      if (definition === undefined) {
        throw new StateError('SCHED_UNSUPPORTED_COMMAND', `unknown continuation ${row.kind}`)
      }
      const cursor: readonly Wire[] | undefined = definition.advance(
        tx,
        new FieldReader(row.cursor),
        context,
      )
      if (cursor === undefined) tx.delete(continuationTable, id)
      else tx.put(continuationTable, { ...row, cursor })
      return { ok: true, isDone: cursor === undefined }
    },
  })
}
