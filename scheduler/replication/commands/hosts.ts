// Hosts as requests tell them, and how a host leaves.
import { aliveResolutionMs } from '../../core/index.ts'
import { hostsTable, noHostCounters } from '../rows/host.ts'
import { peersTable } from '../rows/peer.ts'
import { removePeer } from './peers.ts'
import { settingsOf } from './settings.ts'
import type { HostType } from '../../core/index.ts'
import type { HostRow } from '../rows/host.ts'
import type { HostInput } from './types.ts'
import type { Work } from './work.ts'

/** Kind of the continuation that removes the peers of a host that left. */
export const removeHostPeersKind = 'remove-host-peers'

/** Peers looked at per step. */
const peersPerStep = 50

/** A live host; undefined when there is none. */
export function liveHost(work: Pick<Work, 'tx'>, hostId: string): HostRow | undefined {
  const host = work.tx.get(hostsTable, hostId)
  return host !== undefined && host.state === 'live' ? host : undefined
}

/** Children at once of a host that does not say. */
export function defaultUploadLimit(work: Pick<Work, 'tx'>, type: HostType): number {
  const { loadLimit, seedLoadLimit } = settingsOf(work.tx)
  return type === 'normal' ? loadLimit : seedLoadLimit
}

/**
 * The host of a registration or an announcement, made or brought up to date; undefined when it has
 * left after the request was accepted.
 */
export function storeHost(
  work: Work,
  input: HostInput,
  acceptedIndex: number,
): HostRow | undefined {
  const known = work.tx.get(hostsTable, input.id)
  if (known !== undefined && known.leftIndex > acceptedIndex) return undefined
  const next = known === undefined ? newHost(work, input) : updatedHost(work, known, input)
  if (next !== known) work.tx.put(hostsTable, next)
  return next
}

function newHost(work: Work, input: HostInput): HostRow {
  return {
    ...noHostCounters,
    ...input,
    type: 'normal',
    objectStoragePort: 0,
    os: '',
    platform: '',
    platformFamily: '',
    platformVersion: '',
    kernelVersion: '',
    schedulerClusterId: 0,
    disableShared: false,
    maxTxBandwidth: 0,
    txBandwidth: 0,
    announceIntervalMs: 0,
    concurrentUploadLimit: defaultUploadLimit(work, 'normal'),
    stats: new Uint8Array(0),
    state: 'live',
    leftIndex: 0,
    leftMs: 0,
    createdMs: work.stampMs,
    announcedMs: work.stampMs,
    aliveMs: work.stampMs,
  }
}

/**
 * What a registration tells anew; the row itself when that is nothing. What was announced with
 * another address is void: it may say that the scheduler is allowed to call the host there.
 */
function updatedHost(work: Work, known: HostRow, input: HostInput): HostRow {
  const ip = input.ip === '' ? known.ip : input.ip
  const port = input.port === 0 ? known.port : input.port
  const downloadPort = input.downloadPort === 0 ? known.downloadPort : input.downloadPort
  const proxyPort = input.proxyPort === 0 ? known.proxyPort : input.proxyPort
  const location = input.location === '' ? known.location : input.location
  const idc = input.idc === '' ? known.idc : input.idc
  const isThere = ip === known.ip && port === known.port
  const isSame =
    known.state === 'live' &&
    isThere &&
    downloadPort === known.downloadPort &&
    proxyPort === known.proxyPort &&
    location === known.location &&
    idc === known.idc &&
    work.stampMs - known.aliveMs < aliveResolutionMs
  if (isSame) return known
  const told = { ip, port, downloadPort, proxyPort, location, idc }
  const stats = isThere ? known.stats : new Uint8Array(0)
  return { ...known, ...told, stats, state: 'live', aliveMs: work.stampMs }
}

/** Notes a sign of life of a live host. */
export function keepAlive(work: Work, hostId: string): void {
  const host = liveHost(work, hostId)
  if (host === undefined || work.stampMs - host.aliveMs < aliveResolutionMs) return
  work.tx.put(hostsTable, { ...host, aliveMs: work.stampMs })
}

/**
 * A host leaves: it is out of every choice at once, its peers are removed in bounded steps. False
 * when it is not there.
 */
export function leaveHost(
  work: Work,
  hostId: string,
  cause: 'left' | 'deleted' | 'expired',
): boolean {
  const host = liveHost(work, hostId)
  if (host === undefined) return false
  const { index } = work.context
  work.tx.put(hostsTable, { ...host, state: 'left', leftIndex: index, leftMs: work.stampMs })
  work.emit({ type: 'host-left', hostId, cause })
  removeHostPeers(work, { hostId, leftIndex: index, afterTaskId: '', afterPeerId: '' })
  return true
}

/** Where the removal of a host's peers goes on. */
export interface HostPeersCursor {
  readonly hostId: string
  /** Peers created or announced again after this log index belong to the host come back. */
  readonly leftIndex: number
  readonly afterTaskId: string
  readonly afterPeerId: string
}

/** Removes peers of a host that left until none are left or the command is full. */
export function removeHostPeers(work: Work, cursor: HostPeersCursor): void {
  let { afterTaskId, afterPeerId } = cursor
  for (;;) {
    const after = afterTaskId === '' ? {} : { after: [afterTaskId, afterPeerId] }
    const range = { group: cursor.hostId, ...after, limit: peersPerStep }
    const peers = work.tx.list(peersTable, 'byHost', range)
    for (const peer of peers) {
      if (!work.hasBudget) {
        const { hostId, leftIndex } = cursor
        const rest = [hostId, leftIndex, afterTaskId, afterPeerId]
        work.context.continueWith(removeHostPeersKind, rest)
        return
      }
      if (peer.createdIndex <= cursor.leftIndex) removePeer(work, peer)
      afterTaskId = peer.taskId
      afterPeerId = peer.peerId
    }
    if (peers.length < peersPerStep) return
  }
}
