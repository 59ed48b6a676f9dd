// The scheduler's own commands, at random and in any order: what they do is compared between
// replicas by digests; here it only matters that all kinds of them are in the log.
import type { Random } from '../../base/index.ts'
import {
  announceHost,
  announceTask,
  attachStream,
  commandRequest,
  detachStream,
  leaveHost,
  leaveTask,
  registerPeer,
  reportPeerResult,
  reportPieces,
} from '../../scheduler/replication/index.ts'
import type { CommandRequest, HostInput, TaskInput } from '../../scheduler/replication/index.ts'
import type { MemberProcess } from './process.ts'

const hostCount = 5
const taskCount = 3
const peersPerHost = 2
const timeoutMs = 3000

/** Draws and sends commands of hosts, tasks and peers. */
export class DomainLoad {
  readonly #random: Random
  #streamId = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** Sends one command through `member`; nobody waits for its end. */
  send(member: MemberProcess): void {
    const { proposer, state } = member
    if (proposer === undefined || state === undefined) return
    const { command, body } = this.#draw(state.appliedIndex)
    void proposer.propose(command, body, { timeoutMs })
  }

  #draw(acceptedIndex: number): CommandRequest {
    const host = this.#random.below(hostCount)
    const task = this.#random.below(taskCount)
    const peer = {
      taskId: `task-${task}`,
      peerId: `peer-${task}-${host}-${this.#random.below(peersPerHost)}`,
    }
    this.#streamId += 1
    const stream = { ...peer, streamId: 1 + this.#random.below(this.#streamId) }
    switch (this.#random.below(10)) {
      case 0:
        return commandRequest(announceHost, announcement(host, acceptedIndex))
      case 1:
        return this.#random.ratio(1, 3)
          ? commandRequest(leaveHost, { hostId: `host-${host}` })
          : commandRequest(announceHost, announcement(host, acceptedIndex))
      case 2:
      case 3:
        return commandRequest(registerPeer, registration(peer.peerId, task, host, acceptedIndex))
      case 4:
        return commandRequest(attachStream, {
          ...peer,
          streamId: this.#streamId,
          begin: this.#random.ratio(4, 5),
        })
      case 5:
        return commandRequest(detachStream, stream)
      case 6:
        return commandRequest(reportPieces, {
          items: [
            {
              ...stream,
              finished: { firstPiece: 8 * this.#random.below(3), bytes: Uint8Array.of(5) },
              costsMs: [3, 4],
              parentIds: [],
              pieceZero: null,
            },
          ],
        })
      case 7:
        return commandRequest(reportPeerResult, {
          ...peer,
          success: this.#random.ratio(2, 3),
          contentLength: 9_000_000,
          totalPieceCount: 3,
          costMs: 20,
          sourceError: null,
        })
      case 8:
        return commandRequest(announceTask, {
          acceptedIndex,
          task: taskInput(task),
          host: hostInput(host),
          peerId: peer.peerId,
          contentLength: 9_000_000,
          totalPieceCount: 3,
          pieceZero: null,
        })
      default:
        return commandRequest(leaveTask, peer)
    }
  }
}

function hostInput(host: number): HostInput {
  return {
    id: `host-${host}`,
    ip: '10.1.0.1',
    hostname: `host-${host}`,
    port: 65_000,
    downloadPort: 65_002,
    proxyPort: 0,
    location: '',
    idc: '',
  }
}

function taskInput(task: number): TaskInput {
  return {
    id: `task-${task}`,
    type: task === 0 ? 'persistent-cache' : 'standard',
    url: task === 0 ? 'd7y:/task-0' : `http://origin.test/${task}`,
    digest: '',
    tag: '',
    application: '',
    filteredQueryParams: [],
    headers: [],
    pieceLength: 0,
  }
}

function announcement(host: number, acceptedIndex: number) {
  return {
    ...hostInput(host),
    acceptedIndex,
    type: host === 0 ? ('super' as const) : ('normal' as const),
    objectStoragePort: 0,
    os: 'linux',
    platform: 'debian',
    platformFamily: 'debian',
    platformVersion: '13',
    kernelVersion: '6.1',
    schedulerClusterId: 1,
    disableShared: false,
    maxTxBandwidth: 0,
    txBandwidth: 0,
    announceIntervalMs: 10_000,
    concurrentUploadLimit: 1 + (host % 3),
    stats: new Uint8Array(0),
  }
}

function registration(peerId: string, task: number, host: number, acceptedIndex: number) {
  return {
    acceptedIndex,
    task: taskInput(task),
    host: hostInput(host),
    peerId,
    range: '',
    priority: 0 as const,
    effectivePriority: 0 as const,
    concurrentPieceCount: 0,
    needBackToSource: false,
    prefetch: null,
  }
}
