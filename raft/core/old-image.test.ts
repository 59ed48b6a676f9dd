// An image that covers less than the log has given up already: nothing in the log tells that it is
// old, only the commit index does.
import { expect, test } from 'vitest'
import { Prng } from '../../base/index.ts'
import { initialConfiguration } from './configuration.ts'
import { Raft } from './raft.ts'

test('R-13.1 an image from before what is committed and compacted is refused as old', () => {
  const configuration = initialConfiguration({ voters: [1, 2, 3] })
  const raft = new Raft(
    { random: new Prng('old-image') },
    {
      id: 1,
      configuration,
      contents: {
        hardState: { term: 2, votedFor: 0, commit: 9 },
        compacted: { index: 9, term: 2 },
        entries: [],
        announced: undefined,
      },
      applied: 9,
      clusterClockMs: 0,
      tickMsMax: 1000,
    },
  )
  const imageOf = (index: number) => ({ index, term: 1, configuration, clusterClockMs: 0 })
  for (const index of [5, 9]) {
    expect(raft.restore(imageOf(index))).toEqual({ ok: false, reason: 'old' })
  }
  expect(raft.status()).toMatchObject({ commit: 9, applied: 9, lastIndex: 9 })
  expect(raft.restore({ ...imageOf(10), term: 2 })).toEqual({ ok: true })
})
