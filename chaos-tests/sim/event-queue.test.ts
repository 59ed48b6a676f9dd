import { describe, expect, it } from 'vitest'
import { afterThisTurn } from '../../runtime/index.ts'
import { EventQueue } from './event-queue.ts'
import { MemberClock } from './member-clock.ts'

/** Runs `act` where promises can settle between events. */
function outsidePromises<Result>(act: () => Result): Promise<Result> {
  return new Promise((resolve, reject) => {
    afterThisTurn(() => {
      try {
        resolve(act())
      } catch (error) {
        reject(error as Error)
      }
    })
  })
}

describe('the event queue', () => {
  it('lets things happen by time, then in the order in which they were planned', async () => {
    const seen = await outsidePromises(() => {
      const queue = new EventQueue(() => {})
      const order: string[] = []
      const say = (word: string) => () => order.push(`${word} ${queue.nowMs}`)
      queue.after(5, say('b'))
      queue.after(1, say('a'))
      queue.after(5, say('c'))
      queue.after(3, say('never')).cancel()
      queue.after(9, say('later'))
      queue.run(8)
      return [...order, `now ${queue.nowMs}`]
    })
    expect(seen).toEqual(['a 1', 'b 5', 'c 5', 'now 8'])
  })

  it('finishes every promise of an event before the next one, however long the chain', async () => {
    const seen = await outsidePromises(() => {
      const order: string[] = []
      const queue = new EventQueue(() => order.push('after'))
      const work = async (): Promise<void> => {
        for (let turn = 0; turn < 1000; turn += 1) await Promise.resolve()
        order.push('work')
      }
      queue.after(1, () => void work())
      queue.after(1, () => order.push('next'))
      queue.run(2)
      return order
    })
    expect(seen).toEqual(['work', 'after', 'next', 'after'])
  })

  it('stops as soon as what is waited for is there', async () => {
    const seen = await outsidePromises(() => {
      const queue = new EventQueue(() => {})
      let count = 0
      for (let n = 1; n <= 9; n += 1) queue.after(n, () => (count += 1))
      return [queue.run(100, () => count === 4), queue.nowMs, queue.run(100, () => count === 99)]
    })
    expect(seen).toEqual([true, 4, false])
  })
})

describe('the clock of a member', () => {
  it('runs at its own rate, and its wall clock may be set', async () => {
    const seen = await outsidePromises(() => {
      const queue = new EventQueue(() => {})
      const options = { rate: 2, startMs: 1000, wallStartMs: 50_000 }
      const clock = new MemberClock({ queue, deliver: (run) => run() }, options)
      let firedAtMs = 0
      clock.setTimer(10, () => {
        firedAtMs = queue.nowMs
      })
      queue.run(5)
      clock.jumpWall(-3000)
      return [firedAtMs, clock.nowMs(), clock.wallMs()]
    })
    expect(seen).toEqual([5, 1010, 47_010])
  })

  it('fires no timer that was taken back, and none twice', async () => {
    const fired = await outsidePromises(() => {
      const queue = new EventQueue(() => {})
      const waiting: (() => void)[] = []
      const clock = new MemberClock(
        { queue, deliver: (run) => waiting.push(run) },
        { rate: 1, startMs: 0, wallStartMs: 0 },
      )
      let count = 0
      const late = clock.setTimer(1, () => (count += 1))
      clock.setTimer(1, () => (count += 10))
      queue.run(2)
      late.cancel()
      for (const run of [...waiting, ...waiting]) run()
      return count
    })
    expect(fired).toBe(10)
  })
})
