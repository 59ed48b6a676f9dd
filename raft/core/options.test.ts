import { expect, test } from 'vitest'
import { Prng } from '../../base/index.ts'
import { initialConfiguration, membersMax } from './configuration.ts'
import type { RaftOptions } from './options.ts'
import { Raft } from './raft.ts'

const valid: RaftOptions = {
  id: 1,
  configuration: initialConfiguration({ voters: [1, 2, 3] }),
  contents: {
    hardState: { term: 0, votedFor: 0, commit: 0 },
    compacted: { index: 0, term: 0 },
    entries: [],
    announced: undefined,
  },
  applied: 0,
}

test('the defaults work', () => {
  const raft = new Raft({ random: new Prng('options') }, valid)
  expect(raft.status()).toMatchObject({ id: 1, role: 'follower', lastIndex: 0, progress: [] })
})

test.each([
  ['R-3.2 an election timeout of two heartbeats', { electionTicks: 4, heartbeatTicks: 2 }],
  ['replicaId 0', { id: 0 }],
  ['a limit of 0', { inflightMessagesMax: 0 }],
  ['a fractional limit', { appendBytesMax: 1.5 }],
  ['no voter', { configuration: initialConfiguration({ voters: [], learners: [1] }) }],
  ['a member twice', { configuration: initialConfiguration({ voters: [1, 2], learners: [2] }) }],
  ['a member without id', { configuration: initialConfiguration({ voters: [1, 0] }) }],
  [
    'too many members',
    {
      configuration: initialConfiguration({
        voters: Array.from({ length: membersMax + 1 }, (_, i) => i + 1),
      }),
    },
  ],
])('%s is refused', (_what, change) => {
  expect(() => new Raft({ random: new Prng('options') }, { ...valid, ...change })).toThrow()
})
