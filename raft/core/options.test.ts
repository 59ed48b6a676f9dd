import { expect, test } from 'vitest'
import { Prng } from '../../base/index.ts'
import { emptyLogContents } from '../memory-log-storage.ts'
import { initialConfiguration, membersMax } from './configuration.ts'
import type { RaftOptions } from './options.ts'
import { Raft } from './raft.ts'

const valid: RaftOptions = {
  id: 1,
  configuration: initialConfiguration({ voters: [1, 2, 3] }),
  contents: emptyLogContents,
  applied: 0,
}

test('the defaults work', () => {
  const raft = new Raft({ random: new Prng('options') }, valid)
  expect(raft.status()).toMatchObject({ id: 1, role: 'follower', lastIndex: 0, progress: [] })
})

test('R-3.2 an election timeout of two heartbeats or less is refused, of three it is not', () => {
  const make = (electionTicks: number) => (): Raft =>
    new Raft({ random: new Prng('options') }, { ...valid, electionTicks, heartbeatTicks: 2 })
  for (const ticks of [1, 2, 3, 4]) expect(make(ticks)).toThrow('election')
  expect(make(6)).not.toThrow()
})

test.each([
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
