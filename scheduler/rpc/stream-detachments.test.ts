import { expect, test } from 'vitest'
import { nullLogger, VirtualClock } from '../../base/index.ts'
import { detachmentTriesMax, detachRetryMs } from './limits.ts'
import { StreamDetachments } from './stream-detachments.ts'
import type { StreamDetachmentsDeps } from './stream-detachments.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const owner = { taskId: 't', peerId: 'p', streamId: 3 }

/** Proposals end as `reasons` says, one after another, then in good order. */
function over(reasons: readonly string[]): {
  readonly detachments: StreamDetachments
  readonly clock: VirtualClock
  readonly proposed: readonly unknown[]
} {
  const clock = new VirtualClock({ settle: turn })
  const proposed: unknown[] = []
  const left = [...reasons]
  const propose = (_command: unknown, body: unknown): Promise<unknown> => {
    proposed.push(body)
    const reason = left.shift()
    return Promise.resolve(reason === undefined ? { ok: true } : { ok: false, reason })
  }
  const commands = { propose } as unknown as StreamDetachmentsDeps['commands']
  return {
    detachments: new StreamDetachments({ clock, logger: nullLogger, commands }),
    clock,
    proposed,
  }
}

test('a detachment without a result is tried again until it has one', async () => {
  const { detachments, clock, proposed } = over(['overloaded', 'unavailable', 'unknown-outcome'])
  detachments.detach(owner)
  expect(proposed).toEqual([owner])
  await turn()
  expect(detachments.waiting).toBe(1)
  for (let tries = 2; tries <= 4; tries += 1) {
    await clock.advance(detachRetryMs)
    expect(proposed).toHaveLength(tries)
  }
  await clock.advance(10 * detachRetryMs)
  expect(proposed).toHaveLength(4)
  expect(detachments.waiting).toBe(0)
})

test('a detachment is not tried for ever, nor at a member that stops', async () => {
  const endless = over(Array.from({ length: 1_000 }, () => 'unavailable'))
  endless.detachments.detach(owner)
  await turn()
  for (let tries = 0; tries < 2 * detachmentTriesMax; tries += 1) {
    await endless.clock.advance(detachRetryMs)
  }
  expect(endless.proposed).toHaveLength(detachmentTriesMax)
  expect(endless.detachments.waiting).toBe(0)
  const stopped = over(['stopped'])
  stopped.detachments.detach(owner)
  await turn()
  expect(stopped.detachments.waiting).toBe(0)
})
