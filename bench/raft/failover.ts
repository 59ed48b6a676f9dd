// P4: from kill -9 of the leader to the next commit of a client that never stops trying. The client
// is at a follower that lives on; the clock is the machine's monotonic one, the same in every
// process. What counts is an entry of a later term: an answer the dead leader had already sent does
// not. The killed member starts again with its log before the next round.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { quantile } from '../statistics.ts'
import { Group } from './group.ts'
import type { FirstCommit } from './member-port.ts'

/** Longest a round may take; only a broken group comes near it. */
const roundMsMax = 60_000

/** How long the client writes before the leader dies. */
const quietMs = 300

export interface FailoverOptions {
  readonly directory: string
  readonly kills: number
  readonly onProgress: (line: string) => void
}

export interface FailoverResult {
  readonly kills: number
  readonly medianMs: number
  readonly p90Ms: number
  readonly worstMs: number
  /** In the order they were measured. */
  readonly eachMs: readonly number[]
}

export async function measureFailover(options: FailoverOptions): Promise<FailoverResult> {
  const directory = join(options.directory, 'failover')
  mkdirSync(directory, { recursive: true })
  const group = await Group.start(directory)
  const eachMs: number[] = []
  try {
    for (let round = 1; round <= options.kills; round += 1) {
      const failoverMs = await killOnce(group, round)
      eachMs.push(failoverMs)
      options.onProgress(`kill ${round}: ${failoverMs.toFixed(0)} ms`)
    }
  } finally {
    await group.stop()
  }
  const sorted = eachMs.toSorted((a, b) => a - b)
  return {
    kills: eachMs.length,
    medianMs: quantile(sorted, 0.5),
    p90Ms: quantile(sorted, 0.9),
    worstMs: sorted.at(-1) ?? Number.NaN,
    eachMs,
  }
}

/** Kills the leader once; the time to the next commit in ms. */
async function killOnce(group: Group, round: number): Promise<number> {
  const { member: leader, term } = await group.leader()
  const followers = group.members.filter(({ id }) => id !== leader.id)
  const client = followers[round % followers.length]!
  const next = client.worker.ask<FirstCommit>('retry', { afterTerm: term }, roundMsMax)
  await sleep(quietMs)
  const killedNs = process.hrtime.bigint()
  const gone = leader.worker.kill()
  const { atNs } = await next
  await gone
  await group.restart(leader)
  return Number(atNs - killedNs) / 1e6
}
