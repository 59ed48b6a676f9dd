import { describe, expect, it } from 'vitest'
import { isCoded, nullLogger, VirtualClock } from '../base/index.ts'
import { GuardedState } from './guarded-state.ts'
import type { DurableState } from './replication/index.ts'

function bench() {
  const clock = new VirtualClock({ settle: () => new Promise((done) => setImmediate(done)) })
  const fatal: Error[] = []
  const disk = { isDiskFull: false, looks: 0 }
  const durable = { isOverloaded: () => false } as Partial<DurableState> as DurableState
  const log = {
    get isDiskFull() {
      return disk.isDiskFull
    },
    checkSpace: async () => {
      disk.looks += 1
      return !disk.isDiskFull
    },
  }
  const guarded = new GuardedState(
    { clock, logger: nullLogger, durable, log },
    { replicaId: 2, onFatal: (error) => fatal.push(error) },
  )
  return { clock, disk, fatal, guarded }
}

describe('GuardedState', () => {
  it('takes nothing while the disk is full, looks again each second, and goes on', async () => {
    const { clock, disk, guarded } = bench()
    await guarded.start()
    expect(guarded.isOverloaded()).toBe(false)
    disk.isDiskFull = true
    expect(guarded.isOverloaded()).toBe(true)
    await clock.advance(3100)
    expect(disk.looks).toBe(3)
    disk.isDiskFull = false
    expect(guarded.isOverloaded()).toBe(false)
    await guarded.stop()
    await clock.advance(5000)
    expect(disk.looks).toBe(3)
  })

  it('stops for good when a majority has another state', () => {
    const { fatal, guarded } = bench()
    guarded.onDigestMismatch({ index: 4096, outvoted: [3], hasMajority: true })
    expect(fatal).toEqual([])
    expect(guarded.isOverloaded()).toBe(false)
    guarded.onDigestMismatch({ index: 8192, outvoted: [2], hasMajority: true })
    expect(fatal.map((error) => isCoded(error, 'SCHED_STATE_DIVERGED'))).toEqual([true])
  })

  it('stops writes, and nobody else, when no majority agrees', () => {
    const { fatal, guarded } = bench()
    guarded.onDigestMismatch({ index: 4096, outvoted: [], hasMajority: false })
    expect([guarded.isDiverged, guarded.isOverloaded(), fatal.length]).toEqual([true, true, 0])
  })
})
