import { describe, expect, it } from 'vitest'
import { KiB, MiB } from '../../base/index.ts'
import type { Clock } from '../../base/index.ts'
import { ProgressBar, progressLine } from './progress-bar.ts'

describe('progressLine', () => {
  it.each([
    [0, 0, 0, '[########################] 100%  0 B of 0 B  0 B/s'],
    [0, 100, 0, '[........................]   0%  0 B of 100 B  0 B/s'],
    [MiB, 4 * MiB, KiB, '[######..................]  25%  1.0 MiB of 4.0 MiB  1.0 KiB/s'],
    [5, 4, 1, '[########################] 100%  5 B of 4 B  1 B/s'],
    [2048 * MiB, -1, 512, '2.00 GiB of unknown length  512 B/s'],
  ])('shows %i of %i bytes', (done, total, rate, line) => {
    expect(progressLine(done, total, rate)).toBe(line)
  })
})

describe('ProgressBar', () => {
  it('draws over its line, not more often than it may, and ends it', () => {
    let nowMs = 0
    let text = ''
    const clock = { nowMs: () => nowMs } as Clock
    const bar = new ProgressBar({ clock, write: (part) => void (text += part) })
    bar.finish()
    expect(text).toBe('')
    bar.setTotal(10)
    nowMs = 1000
    bar.update(5)
    bar.update(6)
    expect(text.split('\r')).toHaveLength(2)
    expect(text).toContain('50%  5 B of 10 B  5 B/s')
    nowMs = 1100
    bar.update(10)
    bar.finish()
    expect(text.split('\r')).toHaveLength(4)
    expect(text.endsWith('\n')).toBe(true)
    expect(text).toContain('100%')
  })
})
