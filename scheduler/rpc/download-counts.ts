// What one AnnouncePeer stream adds to the metrics, each thing once.
import type { Clock } from '../../base/index.ts'
import type { schedulerV2 } from '../../proto/index.ts'
import { getHost, getPeer, getTask } from '../replication/commands/index.ts'
import type { PeerRef, RegisterDownload } from '../replication/commands/index.ts'
import type { StatePort } from './ports.ts'
import type { DownloadLabels, FailedStep, RequestMetrics } from './request-metrics.ts'

export interface DownloadCountsDeps {
  readonly clock: Clock
  readonly metrics: RequestMetrics
  readonly state: Pick<StatePort, 'reader'>
}

const unknownLabels: DownloadLabels = { priority: 0, taskType: 'standard', hostType: 'normal' }

/** Counts for one stream. */
export class DownloadCounts {
  readonly #deps: DownloadCountsDeps
  #labels = unknownLabels
  /** Monotonic time of the registration that has no answer yet. */
  #registeredMs: number | undefined
  /** What is being done: that is what fails when the stream does. */
  #step: FailedStep | undefined

  constructor(deps: DownloadCountsDeps) {
    this.#deps = deps
    deps.metrics.called('announce_peer')
    deps.metrics.streamOpened()
  }

  /** A registration was read. */
  registered(body: RegisterDownload): void {
    const { clock, metrics, state } = this.#deps
    this.#labels = {
      priority: body.priority,
      taskType: body.task.type,
      hostType: getHost(state.reader, body.hostId)?.type ?? 'normal',
    }
    this.#registeredMs = clock.nowMs()
    this.#step = 'register_peer'
    metrics.step('register_peer', this.#labels)
  }

  /** Something was written. */
  answered(response: schedulerV2.AnnouncePeerResponse): void {
    this.#step = undefined
    const startMs = this.#registeredMs
    if (startMs === undefined) return
    this.#registeredMs = undefined
    const isScheduled = response.normalTaskResponse ?? response.needBackToSourceResponse
    if (isScheduled) this.#deps.metrics.scheduleTook(this.#deps.clock.nowMs() - startMs)
  }

  /** The client begins to fetch. */
  started(backToSource: boolean): void {
    const name = backToSource ? 'download_peer_back_to_source_started' : 'download_peer_started'
    this.#step = name
    this.#deps.metrics.step(name, this.#labels)
  }

  /** The peer is to be marked as ended; what fails from here on is that. */
  finishing(how: { readonly backToSource: boolean }): void {
    this.#step = how.backToSource
      ? 'download_peer_back_to_source_finished'
      : 'download_peer_finished'
  }

  /** The client has said how it ended, and the state shows it. */
  finished(peer: PeerRef, how: { readonly success: boolean }): void {
    const { metrics, state } = this.#deps
    const step = this.#step
    this.#step = undefined
    if (!how.success) {
      if (step !== undefined) metrics.stepFailed(step, this.#labels)
      return
    }
    metrics.step('download_peer_finished', this.#labels)
    const row = getPeer(state.reader, peer)
    const task = getTask(state.reader, peer.taskId)
    if (row !== undefined) metrics.downloadTook(task?.contentLength ?? -1, row.costMs)
  }

  /** A step was done without an answer. */
  done(): void {
    this.#step = undefined
  }

  /** The stream ends with an error. */
  failed(): void {
    const { metrics } = this.#deps
    metrics.callFailed('announce_peer')
    if (this.#step !== undefined) metrics.stepFailed(this.#step, this.#labels)
  }

  /** The stream has ended in whatever way. */
  ended(): void {
    this.#deps.metrics.streamEnded()
  }
}
