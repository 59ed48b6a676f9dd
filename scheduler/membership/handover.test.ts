import { expect, test } from 'vitest'
import { handoverPauseMs, nodeStateLookMs } from '../replication/index.ts'
import { Handover } from './handover.ts'
import { LeaderFixture } from './leader-fixture.suite.ts'
import { NodeStates } from './node-states.ts'

/** Three online members. */
async function started(): Promise<LeaderFixture> {
  const fixture = new LeaderFixture()
  const { deps } = fixture
  await fixture.lead(new NodeStates(deps, { electionTimeoutMs: 1000 }), new Handover(deps))
  for (const id of [2, 3]) {
    await fixture.boot(id)
    fixture.catchUp(id)
  }
  await fixture.clock.advance(2 * nodeStateLookMs)
  expect([1, 2, 3].map((id) => fixture.stateOf(id))).toEqual(['online', 'online', 'online'])
  return fixture
}

test('an online leader keeps leadership', async () => {
  const fixture = await started()
  await fixture.clock.advance(10_000)
  expect(fixture.transfers).toEqual([])
})

test.each(['hidden', 'draining'] as const)('a %s leader hands over to who has most', async (to) => {
  const fixture = await started()
  fixture.matches.set(2, 5)
  fixture.matches.set(3, 9)
  await fixture.set(1, to)
  await fixture.clock.advance(2 * nodeStateLookMs)
  expect(fixture.transfers).toEqual([3])
})

test('it tries again after a pause, as long as it leads', async () => {
  const fixture = await started()
  await fixture.set(1, 'hidden')
  await fixture.clock.advance(3 * handoverPauseMs)
  expect(fixture.transfers.length).toBeGreaterThanOrEqual(2)
  expect(fixture.transfers.length).toBeLessThanOrEqual(4)
  const before = fixture.transfers.length
  await fixture.leadAgain()
  expect(fixture.transfers.length).toBe(before + 1)
})

test('only online members in contact take over; without one it goes on', async () => {
  const fixture = await started()
  await fixture.set(2, 'draining')
  fixture.silent.add(3)
  await fixture.set(1, 'hidden')
  await fixture.clock.advance(3 * handoverPauseMs)
  expect(fixture.transfers).toEqual([])
  await fixture.set(2, 'loading')
  await fixture.clock.advance(handoverPauseMs)
  expect(fixture.transfers[0]).toBe(2)
})
