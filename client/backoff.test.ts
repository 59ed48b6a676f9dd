import { expect, test } from 'vitest'
import { Prng } from '../base/index.ts'
import { backoffMs } from './backoff.ts'
import { clientBackoffMsMax, clientBackoffMsMin } from './limits.ts'

test('pauses double up to a bound; half of each is drawn anew by every client', () => {
  for (const round of [0, 1, 2, 5, 16, 1_000]) {
    const fullMs = Math.min(clientBackoffMsMin * 2 ** Math.min(round, 30), clientBackoffMsMax)
    const drawn = Array.from({ length: 200 }, (_, client) =>
      backoffMs(new Prng(`client-${client}`), round),
    )
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(fullMs / 2)
    expect(Math.max(...drawn)).toBeLessThanOrEqual(fullMs + 1)
    expect(Math.max(...drawn) - Math.min(...drawn)).toBeGreaterThan(fullMs / 4)
  }
})
