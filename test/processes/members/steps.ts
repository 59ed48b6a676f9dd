// What the items about members are made of.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { instanceOf } from '../damage.ts'
import { SchedulerStub } from '../scheduler-stubs.ts'
import { until } from '../local-cluster.ts'
import { missingAt, WriteStream } from '../write-stream.ts'
import type { MemberCluster, MemberProcess } from './member-cluster.ts'

/** How much of each item a run does. */
export interface MembersScale {
  /** Bounds are judged, not only printed. */
  readonly isFull: boolean
  /** Times one member is removed and added again. */
  readonly removals: number
  /** Rounds of a kind of loss. */
  readonly rounds: number
  /** Members a grown cluster has. */
  readonly grown: number
  /** Bytes of state a new member loads. */
  readonly loadedBytes: number
}

const MiB = 1024 * 1024

/** What `npm test` does. */
export const shortScale: MembersScale = {
  isFull: false,
  removals: 1,
  rounds: 1,
  grown: 3,
  loadedBytes: 8 * MiB,
}

/** The sizes and rounds of record. */
export const fullScale: MembersScale = {
  isFull: true,
  removals: 5,
  rounds: 5,
  grown: 5,
  loadedBytes: 1024 * MiB,
}

/** One thing a cluster of three must hold, and leaves behind as it found it. */
export interface MembersItem {
  readonly title: string
  run(cluster: MemberCluster, scale: MembersScale): Promise<string>
}

/** One thing that needs clusters of its own. */
export interface OwnClusterItem {
  readonly title: string
  run(scale: MembersScale): Promise<string>
}

/** Fails with the message unless the condition holds. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message)
}

let streams = 0

/**
 * Writes all the while `work` runs; afterwards `whole()` names the members, and every acknowledged
 * write must be at each of them. Says how many writes went in.
 */
export async function underLoad(
  cluster: MemberCluster,
  work: () => Promise<void>,
  whole: () => readonly MemberProcess[],
): Promise<string> {
  streams += 1
  const stream = new WriteStream(cluster.addresses, `load${streams}x`)
  try {
    await work()
    const before = stream.acknowledged.length
    await until('writes that still go in', 60_000, async () =>
      stream.acknowledged.length > before ? true : undefined,
    )
  } finally {
    await stream.stop()
  }
  const { acknowledged, refused } = stream
  for (const { hostId, addr } of whole()) {
    const missing = await missingAt(addr, acknowledged)
    check(missing.length === 0, `${hostId} lost ${missing.slice(0, 5).join(' ')} …`)
  }
  check(refused === 0, `${refused} writes ended with an error`)
  return `${acknowledged.length} writes, none lost, none refused`
}

/** Milliseconds that `work` took, rounded. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now()
  await work()
  return Math.round(performance.now() - beganMs)
}

/** Removes a part of an instance: `raft`, `state`, `identity.json`. */
export function removePart(member: MemberProcess, part: string): void {
  rmSync(join(instanceOf(member), part), { recursive: true, force: true })
}

/** Waits until every member has applied the same index with the same digest. */
export async function untilEqual(members: readonly MemberProcess[]): Promise<void> {
  await until('equal digests at one index', 60_000, async () => {
    const replies = await Promise.all(
      members.map(async ({ addr }) => {
        const stub = new SchedulerStub(addr)
        const reply = await stub.status().catch(() => undefined)
        stub.close()
        return reply
      }),
    )
    const indexes = new Set(replies.map((reply) => reply?.digestIndex))
    if (indexes.size !== 1 || replies.includes(undefined)) return undefined
    const digests = new Set(replies.map((reply) => reply?.digest))
    check(digests.size === 1, `replicas differ at one index: ${[...digests].join(' ')}`)
    return true
  })
}

/** The replica id a host has now. */
export async function idOf(cluster: MemberCluster, member: MemberProcess): Promise<number> {
  const rows = await cluster.rowsOf(member)
  check(rows.length === 1, `${member.hostId} has ${rows.length} replicas`)
  return rows[0]!.id
}
