// The ceiling of this machine for what Raft has to do: entries to two follower processes over one
// grpc-js stream each, one fdatasync at each of the three, an answer when two have it.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Load, LoadResult } from '../load.ts'
import { Worker } from '../worker.ts'
import type { BareLoad, BareOpen } from './bare-leader.ts'

/** A running group of three processes without a protocol. */
export class BareReplication {
  readonly #leader: Worker
  readonly #followers: readonly Worker[]

  private constructor(leader: Worker, followers: readonly Worker[]) {
    this.#leader = leader
    this.#followers = followers
  }

  static async start(directory: string): Promise<BareReplication> {
    const start = (program: string): Worker => Worker.start(`./yardsticks/${program}.js`)
    const leader = start('bare-leader')
    const followers = [start('bare-follower'), start('bare-follower')]
    const bare = new BareReplication(leader, followers)
    try {
      const addresses: string[] = []
      for (const [i, worker] of followers.entries()) {
        addresses.push(await worker.ask<string>('open', { directory: folder(directory, i + 1) }))
      }
      const open: BareOpen = { directory: folder(directory, 0), followers: addresses }
      await leader.ask('open', open)
      return bare
    } catch (error) {
      await bare.stop()
      throw error
    }
  }

  measure(load: Load, payloadBytes: number): Promise<LoadResult> {
    const details: BareLoad = { load, payloadBytes }
    return this.#leader.ask('load', details, load.warmupMs + load.measureMs)
  }

  async stop(): Promise<void> {
    await Promise.all([this.#leader, ...this.#followers].map((worker) => worker.kill()))
  }
}

function folder(directory: string, number: number): string {
  const path = join(directory, String(number))
  mkdirSync(path, { recursive: true })
  return path
}
