import { expect, test } from 'vitest'
import { featureLookMs, featuresOn, schedulerDomain } from '../replication/index.ts'
import { Features } from './features.ts'
import { LeaderFixture } from './leader-fixture.suite.ts'

const newer = { ...schedulerDomain, supportedFeatures: ['a-new-one', 'member-progress'] }

/** A leader of the newer program. */
async function started(): Promise<LeaderFixture> {
  const fixture = new LeaderFixture(newer)
  await fixture.lead(new Features(fixture.deps))
  return fixture
}

test('a feature turns on only when every member supports it', async () => {
  const fixture = await started()
  const { clock, state } = fixture
  await fixture.boot(2)
  await clock.advance(2 * featureLookMs)
  expect(featuresOn(state.reader)).toEqual([])
  await fixture.boot(3, 0, ['member-progress'])
  await clock.advance(2 * featureLookMs)
  expect(featuresOn(state.reader)).toEqual(['member-progress'])
  await fixture.boot(3, 1)
  await clock.advance(2 * featureLookMs)
  expect(featuresOn(state.reader)).toEqual(['a-new-one', 'member-progress'])
})

test('a leader does not switch on what it does not know itself', async () => {
  const fixture = new LeaderFixture()
  await fixture.lead(new Features(fixture.deps))
  for (const id of [2, 3]) await fixture.boot(id, 1, ['a-new-one', 'member-progress'])
  await fixture.clock.advance(5 * featureLookMs)
  expect(featuresOn(fixture.state.reader)).toEqual(['member-progress'])
})

test('nothing is proposed again once all is on, and nothing after the leader stepped down', async () => {
  const fixture = new LeaderFixture(newer)
  const features = new Features(fixture.deps)
  await fixture.lead(features)
  features.stepDown()
  for (const id of [2, 3]) await fixture.boot(id)
  const before = fixture.log.entries.length
  await fixture.clock.advance(5 * featureLookMs)
  expect(fixture.log.entries.length).toBe(before)
  features.lead()
  await fixture.clock.advance(5 * featureLookMs)
  expect(fixture.log.entries.length).toBe(before + 2)
})
