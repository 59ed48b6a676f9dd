// start-seed, report-seed, finish-seed: the leader calls a seed host for an outbox item. A result
// counts only in the term that started the item: a leader that lost its office may still be
// talking.
import { contentLengthMax, pieceCountMax, seedAttemptsMax } from '../../core/index.ts'
import { defineCommand } from '../command.ts'
import {
  optionalWire,
  pieceZeroWire,
  readId,
  readIdOrEmpty,
  readOptional,
  readPieceZero,
} from '../rows/fields.ts'
import { isOpenItem, outboxTable } from '../rows/outbox.ts'
import { changedPeer, peerKey, peersTable } from '../rows/peer.ts'
import { findTombstone } from '../rows/tombstone.ts'
import { runWork } from './agenda.ts'
import {
  pieceBitsWire,
  readCosts,
  readPieceBitsPart,
  readSourceError,
  sourceErrorWire,
} from './body.ts'
import { keepAlive, liveHost } from './hosts.ts'
import { addPeer, firePeer } from './peers.ts'
import { newPeer, peerTombstoneScope } from './registration.ts'
import { addPieces, storePieceZero } from './report-pieces.ts'
import { failItem, isUnreachable, passOn } from './seeds.ts'
import { failTask, succeedTask } from './tasks.ts'
import { Work } from './work.ts'
import type { OutboxRow } from '../rows/outbox.ts'
import type { PeerRow } from '../rows/peer.ts'
import type { FieldReader, Wire } from '../wire.ts'
import type {
  FinishSeed,
  ReportSeed,
  SeedReportResult,
  StartSeed,
  StartSeedResult,
} from './types.ts'

/** See `StartSeed`. */
export const startSeed = defineCommand({
  kind: 120,
  kindVersion: 1,
  name: 'start-seed',
  encode: (body: StartSeed) => [body.outboxId],
  decode: (fields): StartSeed => ({ outboxId: fields.integer(1) }),
  apply: (tx, body, context): StartSeedResult => {
    const work = new Work(tx, context)
    return runWork(work, () => start(work, body))
  },
})

/** See `ReportSeed`. */
export const reportSeed = defineCommand({
  kind: 121,
  kindVersion: 1,
  name: 'report-seed',
  encode: (body: ReportSeed) => [
    body.outboxId,
    body.term,
    body.peerId,
    ...pieceBitsWire(body.finished),
    body.costsMs,
    pieceZeroWire(body.pieceZero),
  ],
  decode: (fields): ReportSeed => ({
    outboxId: fields.integer(1),
    term: fields.integer(1),
    peerId: readId(fields),
    finished: readPieceBitsPart(fields),
    costsMs: readCosts(fields),
    pieceZero: readPieceZero(fields),
  }),
  apply: (tx, body, context): SeedReportResult => {
    const work = new Work(tx, context)
    return runWork(work, () => report(work, body))
  },
})

/** See `FinishSeed`. */
export const finishSeed = defineCommand({
  kind: 122,
  kindVersion: 1,
  name: 'finish-seed',
  encode: (body: FinishSeed) => [body.outboxId, body.term, body.peerId, outcomeWire(body.outcome)],
  decode: (fields): FinishSeed => ({
    outboxId: fields.integer(1),
    term: fields.integer(1),
    peerId: readIdOrEmpty(fields),
    outcome: fields.nested(readOutcome),
  }),
  apply: (tx, body, context): SeedReportResult => {
    const work = new Work(tx, context)
    return runWork(work, () => finish(work, body))
  },
})

const outcomes = ['done', 'failed', 'unreachable'] as const

function outcomeWire(outcome: FinishSeed['outcome']): readonly Wire[] {
  if (outcome.type === 'unreachable') return ['unreachable']
  if (outcome.type === 'done') return ['done', outcome.contentLength, outcome.totalPieceCount]
  return ['failed', outcome.retry, optionalWire(outcome.sourceError, sourceErrorWire)]
}

function readOutcome(fields: FieldReader): FinishSeed['outcome'] {
  const type = fields.oneOf(outcomes)
  if (type === 'unreachable') return { type }
  if (type === 'failed') {
    return { type, retry: fields.boolean(), sourceError: readOptional(fields, readSourceError) }
  }
  return {
    type,
    contentLength: fields.integer(-1, contentLengthMax),
    totalPieceCount: fields.integer(-1, pieceCountMax),
  }
}

function start(work: Work, body: StartSeed): StartSeedResult {
  const item = work.tx.get(outboxTable, body.outboxId)
  if (item === undefined || !isOpenItem(item)) return { ok: false, reason: 'not-found' }
  const { term } = work.context
  if (item.state === 'running' && item.term >= term) return { ok: false, reason: 'running' }
  if (liveHost(work, item.hostId) === undefined) {
    giveUp(work, item)
    return { ok: false, reason: 'host-left' }
  }
  // What one item has found out spares the others that wait for the same host.
  if (isUnreachable(work, item.hostId)) {
    giveUp(work, item)
    return { ok: false, reason: 'unreachable' }
  }
  if (item.deadlineMs <= work.stampMs || item.attempts >= seedAttemptsMax) {
    failItem(work, item, 'failed')
    passOn(work, item, false)
    return { ok: false, reason: 'deadline' }
  }
  work.tx.put(outboxTable, { ...item, state: 'running', term, attempts: item.attempts + 1 })
  work.emit({ type: 'outbox-changed', outboxId: item.id })
  return { ok: true, term }
}

/** The seed is gone, for now: another one may fetch. */
function giveUp(work: Work, item: OutboxRow): void {
  failItem(work, item, 'unreachable')
  failSeedPeer(work, item)
  passOn(work, item, true)
}

/** What the seed had begun for an item, as far as it was reported for it, is not gone on with. */
function failSeedPeer(work: Work, { taskId, peerId }: OutboxRow): void {
  const peer = work.tx.get(peersTable, peerKey(taskId, peerId))
  if (peer !== undefined && peer.state !== 'Succeeded') firePeer(work, peer, 'fail')
}

/** The item of a report, if it is still this term's. */
function runningItem(
  work: Work,
  body: { readonly outboxId: number; readonly term: number },
): OutboxRow | Extract<SeedReportResult, { ok: false }> {
  const item = work.tx.get(outboxTable, body.outboxId)
  if (item === undefined) return { ok: false, reason: 'not-found' }
  const isOurs = item.state === 'running' && item.term === body.term
  if (!isOurs) return { ok: false, reason: 'other-term' }
  return item
}

function report(work: Work, body: ReportSeed): SeedReportResult {
  const item = runningItem(work, body)
  if ('ok' in item) return item
  if (liveHost(work, item.hostId) === undefined) {
    giveUp(work, item)
    return { ok: false, reason: 'host-left' }
  }
  keepAlive(work, item.hostId)
  const peer = seedPeer(work, item, body.peerId)
  if (peer?.state === 'Running' || peer?.state === 'BackToSource') addPieces(work, peer, body)
  storePieceZero(work, item.taskId, body.pieceZero)
  return { ok: true }
}

function finish(work: Work, body: FinishSeed): SeedReportResult {
  const item = runningItem(work, body)
  if ('ok' in item) return item
  const { outcome } = body
  if (outcome.type === 'unreachable') {
    giveUp(work, item)
    return { ok: true }
  }
  if (outcome.type === 'failed') {
    finishFailed(work, item, { outcome, isOwnWord: isToldByItself(item, body) })
    return { ok: true }
  }
  if (liveHost(work, item.hostId) === undefined) {
    giveUp(work, item)
    return { ok: false, reason: 'host-left' }
  }
  const peerId = isToldByItself(item, body) ? '' : body.peerId || item.peerId
  if (peerId !== '') {
    const peer = seedPeer(work, item, peerId)
    if (peer !== undefined) {
      succeedTask(work, item.taskId, outcome)
      firePeer(work, peer, 'succeed')
    }
  }
  work.tx.delete(outboxTable, item.id)
  work.emit({ type: 'outbox-changed', outboxId: item.id })
  return { ok: true }
}

interface SeedFailure {
  readonly outcome: Extract<FinishSeed['outcome'], { type: 'failed' }>
  /** The seed itself tells what becomes of its peer and the task. */
  readonly isOwnWord: boolean
}

function finishFailed(work: Work, item: OutboxRow, { outcome, isOwnWord }: SeedFailure): void {
  if (outcome.retry && item.attempts < seedAttemptsMax && liveHost(work, item.hostId)) {
    work.tx.put(outboxTable, { ...item, state: 'pending' })
    work.emit({ type: 'outbox-changed', outboxId: item.id })
    return
  }
  failItem(work, item, 'failed')
  if (!isOwnWord) failSeedPeer(work, item)
  if (!isOwnWord || outcome.sourceError !== null) failTask(work, item.taskId, outcome.sourceError)
  passOn(work, item, false)
}

/** A seed of API v2 registers and reports over a stream of its own, its failure included. */
function isToldByItself(item: OutboxRow, body: FinishSeed): boolean {
  return item.download.length > 0 && body.peerId === ''
}

/**
 * The seed's peer, which serves while it fetches. A known one of another host is left alone, and
 * one that was deleted does not come back.
 */
function seedPeer(work: Work, item: OutboxRow, peerId: string): PeerRow | undefined {
  const key = peerKey(item.taskId, peerId)
  const known = work.tx.get(peersTable, key)
  if (known !== undefined && known.hostId !== item.hostId) return undefined
  if (item.peerId !== peerId) work.tx.put(outboxTable, { ...item, peerId })
  if (known !== undefined) return known
  if (findTombstone(work.tx, peerTombstoneScope, key, work.stampMs) !== undefined) return undefined
  const described = newPeer(work, {
    taskId: item.taskId,
    peerId,
    hostId: item.hostId,
    api: 1,
    range: item.range,
    priority: 0,
    concurrentPieceCount: 0,
  })
  const peer = changedPeer(described, { state: 'ReceivedNormal' })
  addPeer(work, peer)
  const running = firePeer(work, peer, 'download')
  work.tasksToServe.add(item.taskId)
  return running ?? peer
}
