// How a host becomes a member, as far as the state decides (design 6): a request is a row until the
// leader has admitted it, and everything that must hold is looked at here, for only the log knows
// which of two requests came first. Kinds 6 and 13; frozen with golden bytes.
import { equalBytes } from '../../base/index.ts'
import { defineCommand } from './command.ts'
import {
  featuresMax,
  joinHoldMs,
  joinsMax,
  joinsUnderWayMax,
  joinTokenUsesMax,
  membersMax,
} from './limits.ts'
import { featureNameLengthMax, featureTable } from './rows/feature.ts'
import { hostBlockTable } from './rows/host-block.ts'
import { isJoinRateLimited } from './rows/host-joins.ts'
import { joinTokenTable, secretHashBytes } from './rows/join-token.ts'
import { joinTable, listJoins } from './rows/joins.ts'
import { idBytes, memberTable, memberTextLengthMax, readIdBytes } from './rows/member.ts'
import { removedMemberTable, wasMember } from './rows/removed-member.ts'
import { WireFormatError } from './wire.ts'
import type { CommandContext, StateEvent } from './command.ts'
import type { JoinTokenRow } from './rows/join-token.ts'
import type { JoinRow } from './rows/joins.ts'
import type { MemberRow } from './rows/member.ts'
import type { StateReader, Transaction } from './state-access.ts'

/** A host asks to become a member. Who proposes it has verified the credential. */
export interface JoinIntent extends Pick<
  JoinRow,
  'incarnation' | 'hostId' | 'raftAddress' | 'replaces' | 'isLearner' | 'credential'
> {
  /** SHA-256 of the secret when `credential` is a token, else empty. */
  readonly secretHash: Uint8Array
  /** Every feature the asking program supports. */
  readonly features: readonly string[]
}

/** Why a host is not admitted now. */
export type JoinRefusal =
  | 'token-invalid'
  | 'token-expired'
  | 'token-used'
  /** The cluster does not know the host, so it takes a token. */
  | 'unproven'
  /** An operator removed the host; a token for it lifts that. */
  | 'host-blocked'
  /** Another live data directory goes by that host id. */
  | 'host-id-in-use'
  | 'address-in-use'
  /** This data directory has replicated before: what it acknowledged may be lost. */
  | 'incarnation-burned'
  /** Admitted too often lately. */
  | 'rate-limited'
  /** Others are being admitted; ask again. */
  | 'too-many-joins'
  /** The program does not support a feature that is on. */
  | 'feature-missing'

export type JoinIntentResult =
  /** `replicaId` 0: not admitted yet, the leader is about to. */
  | { readonly ok: true; readonly replicaId: number }
  | { readonly ok: false; readonly reason: JoinRefusal }

/** Why a join was given up before it was admitted. */
export type JoinWithdrawal =
  /** Nobody answers as this incarnation at the address. */
  | 'unreachable'
  /** The host asked again with another data directory. */
  | 'superseded'
  | 'host-id-in-use'
  | 'address-in-use'
  | 'host-blocked'
  | 'token-revoked'
  | 'too-many-members'
  /** The cluster has begun to need a feature; the host has to say again what it supports. */
  | 'feature-enabled'

const withdrawals: readonly JoinWithdrawal[] = [
  'unreachable',
  'superseded',
  'host-id-in-use',
  'address-in-use',
  'host-blocked',
  'token-revoked',
  'too-many-members',
  'feature-enabled',
]

/** Emitted when a join is given up, for whoever waits for it. */
export interface JoinWithdrawn extends StateEvent {
  readonly type: 'join-withdrawn'
  readonly incarnation: string
  readonly reason: JoinWithdrawal
}

/** What the leader has seen of a join: its disk acknowledged something, or it is given up. */
export type NoteJoin =
  | { readonly what: 'acted'; readonly incarnation: string }
  | {
      readonly what: 'withdrawn'
      readonly incarnation: string
      readonly reason: JoinWithdrawal
    }

export type NoteJoinResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'join-not-found' | 'not-admitted' | 'admitted' }

const tokenPrefix = 'token:'

/** What a join that showed the token `tokenId` has as its `credential`. */
export function tokenCredential(tokenId: string): string {
  return tokenPrefix + tokenId
}

/** Asks for admission; asking again with the same incarnation changes nothing. */
export const joinIntentCommand = defineCommand<JoinIntent, JoinIntentResult>({
  kind: 6,
  kindVersion: 1,
  name: 'join-intent',
  encode: (body) => [
    idBytes(body.incarnation),
    body.hostId,
    body.raftAddress,
    body.replaces,
    body.isLearner,
    body.credential,
    body.secretHash,
    body.features,
  ],
  decode: (fields) => ({
    incarnation: readIdBytes(fields),
    hostId: fields.text(memberTextLengthMax),
    raftAddress: fields.text(memberTextLengthMax),
    replaces: fields.text(memberTextLengthMax),
    isLearner: fields.boolean(),
    credential: fields.text(memberTextLengthMax),
    secretHash: fields.bytes(secretHashBytes),
    features: fields.list(featuresMax, (items) => items.text(featureNameLengthMax)),
  }),
  apply: applyJoinIntent,
})

/** Notes what became of a join. */
export const noteJoinCommand = defineCommand<NoteJoin, NoteJoinResult>({
  kind: 13,
  kindVersion: 1,
  name: 'note-join',
  encode: (body) => [
    idBytes(body.incarnation),
    body.what,
    body.what === 'withdrawn' ? body.reason : null,
  ],
  decode(fields) {
    const incarnation = readIdBytes(fields)
    const what = fields.oneOf(['acted', 'withdrawn'] as const)
    if (what === 'withdrawn') return { what, incarnation, reason: fields.oneOf(withdrawals) }
    if (!fields.isNull()) throw new WireFormatError('an acted join has no reason')
    return { what, incarnation }
  },
  apply(tx, body, context) {
    const join = tx.get(joinTable, body.incarnation)
    if (join === undefined) return { ok: false, reason: 'join-not-found' }
    if (body.what === 'acted') {
      if (join.replicaId === 0) return { ok: false, reason: 'not-admitted' }
      tx.put(joinTable, { ...join, hasActed: true })
      return { ok: true }
    }
    if (join.replicaId !== 0) return { ok: false, reason: 'admitted' }
    withdrawJoin(tx, join, body.reason, context)
    return { ok: true }
  },
})

/** Gives a join up that was not admitted; its token may be used again. */
function withdrawJoin(
  tx: Transaction,
  join: JoinRow,
  reason: JoinWithdrawal,
  context: Pick<CommandContext, 'emit'>,
): void {
  tx.delete(joinTable, join.incarnation)
  const token = tokenOf(tx, join.credential)
  if (token !== undefined && token.usesLeft < joinTokenUsesMax) {
    tx.put(joinTokenTable, { ...token, usesLeft: token.usesLeft + 1 })
  }
  const withdrawn: JoinWithdrawn = {
    type: 'join-withdrawn',
    incarnation: join.incarnation,
    reason,
  }
  context.emit(withdrawn)
}

/** Gives up every join that was not admitted and that `isMeant` says. */
export function withdrawJoins(
  tx: Transaction,
  isMeant: (join: JoinRow) => boolean,
  reason: JoinWithdrawal,
  context: Pick<CommandContext, 'emit'>,
): void {
  for (const join of listJoins(tx)) {
    if (join.replicaId === 0 && isMeant(join)) withdrawJoin(tx, join, reason, context)
  }
}

/** The member of a host, of several the newest. */
export function memberOfHost(reader: StateReader, hostId: string): MemberRow | undefined {
  return reader
    .list(memberTable, 'byReplica', { limit: membersMax })
    .findLast((member) => member.hostId === hostId)
}

function applyJoinIntent(
  tx: Transaction,
  body: JoinIntent,
  context: CommandContext,
): JoinIntentResult {
  const known = tx.get(joinTable, body.incarnation)
  if (known !== undefined) {
    const isSame = known.hostId === body.hostId && known.raftAddress === body.raftAddress
    if (known.hasActed || (known.replicaId !== 0 && !isSame)) {
      return { ok: false, reason: 'incarnation-burned' }
    }
    if (isSame) return { ok: true, replicaId: known.replicaId }
  }
  const joins = listJoins(tx)
  const superseded = joins.filter((join) => isSuperseded(join, body, context.stampMs))
  const others = joins.filter((join) => !superseded.includes(join))
  const reason =
    refusalOfHost(tx, body, context) ??
    refusalOfCredential(tx, body, { superseded, wallMs: context.wallMs }) ??
    refusalOfPlace(tx, body, { others, nowMs: context.stampMs })
  if (reason !== undefined) return { ok: false, reason }
  for (const join of superseded) {
    // Whoever waits for this incarnation goes on waiting.
    const isOwn = join.incarnation === body.incarnation
    withdrawJoin(tx, join, 'superseded', isOwn ? { emit: () => {} } : context)
  }
  const token = tokenOf(tx, body.credential)
  if (token !== undefined) tx.put(joinTokenTable, { ...token, usesLeft: token.usesLeft - 1 })
  const { incarnation, hostId, raftAddress, credential } = body
  tx.put(joinTable, {
    incarnation,
    hostId,
    raftAddress,
    replaces: replacedHost(tx, body),
    isLearner: body.isLearner || token?.isLearner === true,
    replicaId: 0,
    hasActed: false,
    askedAtMs: context.stampMs,
    askedWallMs: context.wallMs,
    credential,
  })
  return { ok: true, replicaId: 0 }
}

/**
 * Whether a join that was not admitted makes way: its host or its address asks anew, from the same
 * place or after it had time enough.
 */
function isSuperseded(join: JoinRow, body: JoinIntent, nowMs: number): boolean {
  if (join.replicaId !== 0) return false
  if (join.incarnation === body.incarnation) return true
  const isSameHost = join.hostId === body.hostId
  const isSameAddress = join.raftAddress === body.raftAddress
  if (isSameHost && isSameAddress) return true
  return (isSameHost || isSameAddress) && nowMs - join.askedAtMs >= joinHoldMs
}

/** Who asks may be refused whatever it shows. */
function refusalOfHost(
  tx: Transaction,
  { incarnation, hostId, features }: JoinIntent,
  { stampMs }: CommandContext,
): JoinRefusal | undefined {
  const members = tx.list(memberTable, 'byReplica', { limit: membersMax })
  const isBurned =
    members.some((member) => member.incarnation === incarnation) ||
    tx.groupSize(removedMemberTable, 'byIncarnation', incarnation) > 0
  if (isBurned) return 'incarnation-burned'
  if (tx.get(hostBlockTable, hostId) !== undefined) return 'host-blocked'
  const needed = tx.list(featureTable, 'byName', { limit: featuresMax })
  if (needed.some(({ name }) => !features.includes(name))) return 'feature-missing'
  return isJoinRateLimited(tx, hostId, stampMs) ? 'rate-limited' : undefined
}

function refusalOfCredential(
  tx: Transaction,
  body: JoinIntent,
  place: { readonly superseded: readonly JoinRow[]; readonly wallMs: number },
): JoinRefusal | undefined {
  if (!body.credential.startsWith(tokenPrefix)) {
    const isKnown = memberOfHost(tx, body.hostId) !== undefined || wasMember(tx, body.hostId)
    return isKnown && body.credential !== '' ? undefined : 'unproven'
  }
  const token = tokenOf(tx, body.credential)
  if (token === undefined || !equalBytes(token.secretHash, body.secretHash)) return 'token-invalid'
  if (token.hostId !== '' && token.hostId !== body.hostId) return 'token-invalid'
  // Whoever got hold of a token for any host must not take the place of one that is away.
  if (token.hostId === '' && replacedHost(tx, body) !== '') return 'unproven'
  if (place.wallMs >= token.expiresWallMs) return 'token-expired'
  const { superseded } = place
  const givenBack = superseded.filter(({ credential }) => credential === body.credential).length
  return token.usesLeft + givenBack > 0 ? undefined : 'token-used'
}

/** Host id and address have to be free, apart from whom the host takes the place of. */
function refusalOfPlace(
  tx: Transaction,
  body: JoinIntent,
  { others, nowMs }: { readonly others: readonly JoinRow[]; readonly nowMs: number },
): JoinRefusal | undefined {
  const { hostId, raftAddress } = body
  const replaces = replacedHost(tx, body)
  for (const member of tx.list(memberTable, 'byReplica', { limit: membersMax })) {
    if (member.hostId === hostId || member.hostId === replaces) continue
    if (member.raftAddress === raftAddress) return 'address-in-use'
  }
  for (const join of others) {
    if (join.replicaId !== 0) continue
    if (join.hostId === hostId) return 'host-id-in-use'
    if (join.raftAddress === raftAddress) return 'address-in-use'
  }
  if (others.length >= joinsMax) return 'too-many-joins'
  // A member that has lost its disk waits for nobody: without it the group can lose fewer.
  if (memberOfHost(tx, hostId) !== undefined) return undefined
  const underWay = others.filter((join) => isUnderWay(join, nowMs))
  return underWay.length >= joinsUnderWayMax ? 'too-many-joins' : undefined
}

/** Who could not be admitted for a while keeps nobody else waiting. */
function isUnderWay(
  { replicaId, isLearner, hasActed, askedAtMs }: JoinRow,
  nowMs: number,
): boolean {
  if (replicaId === 0) return nowMs - askedAtMs < joinHoldMs
  return !(isLearner && hasActed)
}

/**
 * The other host whose member makes way; '' when the host itself has a member, or the other none.
 */
function replacedHost(reader: StateReader, { hostId, replaces }: JoinIntent): string {
  if (replaces === '' || memberOfHost(reader, hostId) !== undefined) return ''
  return memberOfHost(reader, replaces) === undefined ? '' : replaces
}

function tokenOf(reader: StateReader, credential: string): JoinTokenRow | undefined {
  if (!credential.startsWith(tokenPrefix)) return undefined
  return reader.get(joinTokenTable, credential.slice(tokenPrefix.length))
}
