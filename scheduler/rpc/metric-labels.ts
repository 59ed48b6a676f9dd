// Whose downloads and pieces are counted: labels from the rows of the peer, its task and its host.
import { getHost, getPeer, getTask } from '../replication/commands/index.ts'
import type { HostRow, PeerRef } from '../replication/commands/index.ts'
import type { StateReader } from '../replication/index.ts'
import type { PieceLabels, Traffic } from './piece-counts.ts'
import type { DownloadLabels, RequestMetrics } from './request-metrics.ts'

/** Labels of a peer's download; what is not known is told as the usual. */
export function downloadLabels(reader: StateReader, ref: PeerRef): DownloadLabels {
  const peer = getPeer(reader, ref)
  const host = peer === undefined ? undefined : getHost(reader, peer.hostId)
  return {
    priority: peer?.priority ?? 0,
    taskType: getTask(reader, ref.taskId)?.type ?? 'standard',
    hostType: host?.type ?? 'normal',
  }
}

export interface PieceMeterDeps {
  readonly metrics: RequestMetrics
  readonly reader: StateReader
}

/** Counts the pieces of one stream's peer. Rows are looked up once: pieces come by thousands. */
export class PieceMeter {
  readonly #deps: PieceMeterDeps
  readonly #peer: PeerRef
  #labels: Readonly<Record<Traffic, PieceLabels>> | undefined

  constructor(deps: PieceMeterDeps, peer: PeerRef) {
    this.#deps = deps
    this.#peer = peer
  }

  /** `parentId`: '' = from the source, or from nobody who can be named. */
  finished(parentId: string, sizeBytes: number, traffic = trafficOf(parentId)): void {
    const { metrics } = this.#deps
    const labels = this.#all()[traffic]
    metrics.pieceFinished(labels, sizeBytes)
    if (metrics.countsHostTraffic) this.#hostTraffic(parentId, labels, sizeBytes)
  }

  /** `parentId`: '' = the source, or nobody who can be named. */
  failed(parentId: string, traffic = trafficOf(parentId)): void {
    this.#deps.metrics.pieceFailed(this.#all()[traffic])
  }

  #all(): Readonly<Record<Traffic, PieceLabels>> {
    if (this.#labels !== undefined) return this.#labels
    const { taskType, hostType } = downloadLabels(this.#deps.reader, this.#peer)
    const labels = {
      'back-to-source': { traffic: 'back-to-source', taskType, hostType },
      'remote-peer': { traffic: 'remote-peer', taskType, hostType },
      'local-peer': { traffic: 'local-peer', taskType, hostType },
    } as const
    // A stream may speak before its member has applied the registration: then look again.
    if (getPeer(this.#deps.reader, this.#peer) !== undefined) this.#labels = labels
    return labels
  }

  #hostTraffic(parentId: string, { taskType }: PieceLabels, sizeBytes: number): void {
    const { metrics } = this.#deps
    const child = this.#hostOf(this.#peer.peerId)
    if (child !== undefined) metrics.hostTraffic('download', child, taskType, sizeBytes)
    const parent = parentId === '' ? undefined : this.#hostOf(parentId)
    if (parent !== undefined) metrics.hostTraffic('upload', parent, taskType, sizeBytes)
  }

  #hostOf(peerId: string): HostRow | undefined {
    const { reader } = this.#deps
    const peer = getPeer(reader, { taskId: this.#peer.taskId, peerId })
    return peer === undefined ? undefined : getHost(reader, peer.hostId)
  }
}

function trafficOf(parentId: string): Traffic {
  return parentId === '' ? 'back-to-source' : 'remote-peer'
}
