import { describe, expect, it } from 'vitest'
import { EventQueue } from './event-queue.ts'
import { MemberClock } from './member-clock.ts'

function clockOf(rate: number): { readonly queue: EventQueue; readonly clock: MemberClock } {
  const queue = new EventQueue(() => {})
  const deps = { queue, deliver: (run: () => void) => run() }
  return { queue, clock: new MemberClock(deps, { rate, startMs: 500, wallStartMs: 9000 }) }
}

describe('the clock of a member', () => {
  it('runs at its rate, and its timers with it', () => {
    const { queue, clock } = clockOf(2)
    let firedMs = 0
    clock.setTimer(100, () => {
      firedMs = queue.nowMs
    })
    queue.run(1000)
    expect(firedMs).toBe(50)
    expect(clock.nowMs()).toBe(2500)
    expect(clock.wallMs()).toBe(11_000)
  })

  it('jumps forward with what was due meanwhile, and keeps the rest of what was not', () => {
    const { queue, clock } = clockOf(1)
    const fired: string[] = []
    clock.setTimer(1000, () => fired.push(`due at ${queue.nowMs}`))
    clock.setTimer(10_000, () => fired.push(`later at ${queue.nowMs}`))
    clock.setTimer(700, () => fired.push('never')).cancel()
    queue.run(200)
    clock.jumpForward(6000)
    expect(clock.nowMs()).toBe(6700)
    expect(clock.wallMs()).toBe(15_200)
    queue.run(9000)
    expect(fired).toEqual(['due at 200', 'later at 4000'])
  })

  it('has its wall time set without a timer noticing', () => {
    const { queue, clock } = clockOf(1)
    const fired: number[] = []
    clock.setTimer(1000, () => fired.push(queue.nowMs))
    clock.jumpWall(-3_600_000)
    queue.run(2000)
    expect(fired).toEqual([1000])
    expect(clock.nowMs()).toBe(2500)
    expect(clock.wallMs()).toBe(9000 - 3_600_000 + 2000)
  })
})
