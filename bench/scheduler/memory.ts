// What a peer takes in a member's memory: a cluster of one member, asked before and after it was
// told of many peers. Each task has a hundred of them, so little of it belongs to tasks.
import { setTimeout as sleep } from 'node:timers/promises'
import type { SchedulerCluster } from './cluster.ts'
import { Downloads } from './downloads.ts'
import { inTurns } from './in-turns.ts'
import type { MemberMemory } from './member-probe.ts'
import { peerOf, taskIdOf } from './requests.ts'

const peersPerTask = 100
const hosts = 1_000

/** Announcements under way at a time. */
const announcedAtOnce = 256

/** Until the member has written what it was told, and kept nothing of that in memory. */
const settleMs = 1_500

export interface MemoryOptions {
  /** Without a past, for figures that mean something. */
  readonly cluster: SchedulerCluster
  readonly peers: number
  readonly isQuick: boolean
  readonly onProgress: (line: string) => void
}

export interface MemoryResult {
  readonly peers: number
  readonly before: MemberMemory
  readonly after: MemberMemory
  /**
   * The same state read from disk: no changes for watchers and little of the log beside it.
   * Undefined in a short look.
   */
  readonly restarted: MemberMemory | undefined
  /** Differences divided by the peers, tasks and hosts included. */
  readonly bytesPerPeer: BytesPerPeer
  readonly bytesPerPeerRestarted: BytesPerPeer | undefined
}

export interface BytesPerPeer {
  readonly heap: number
  readonly resident: number
}

/** Peers announced between two signs of life. */
const peersPerSign = 100_000

export async function measureMemory(options: MemoryOptions): Promise<MemoryResult> {
  const { cluster, isQuick, onProgress } = options
  const peers = isQuick ? Math.min(options.peers, 200) : options.peers
  const downloads = new Downloads(cluster.addresses)
  try {
    const before = await memoryOf(cluster)
    await inTurns(peers, announcedAtOnce, async (number) => {
      const task = taskIdOf(`memory ${Math.floor(number / peersPerTask)}`)
      await downloads.hold(peerOf(task, number, number % hosts))
      if ((number + 1) % peersPerSign === 0) onProgress(`${number + 1} peers announced`)
    })
    if (!isQuick) await sleep(settleMs)
    const after = await memoryOf(cluster)
    const told = { peers, before, after, bytesPerPeer: bytesPerPeer(before, after, peers) }
    if (isQuick) return { ...told, restarted: undefined, bytesPerPeerRestarted: undefined }
    await cluster.restart()
    const restarted = await memoryOf(cluster)
    return { ...told, restarted, bytesPerPeerRestarted: bytesPerPeer(before, restarted, peers) }
  } finally {
    downloads.close()
  }
}

/** Growth divided by peers; what lies outside of JavaScript's heap counts as its objects do. */
export function bytesPerPeer(
  before: MemberMemory,
  after: MemberMemory,
  peers: number,
): BytesPerPeer {
  const heap = (memory: MemberMemory): number => memory.heapBytes + memory.externalBytes
  return {
    heap: (heap(after) - heap(before)) / peers,
    resident: (after.residentBytes - before.residentBytes) / peers,
  }
}

function memoryOf(cluster: SchedulerCluster): Promise<MemberMemory> {
  return cluster.members[0]!.worker.ask<MemberMemory>('memory')
}
