import { expect, it } from 'vitest'
import type { raftV1 } from '../../proto/index.ts'
import type { ProbeAnswer } from '../../storage/index.ts'
import { fromProbeReply, toProbeReply } from './probe-wire.ts'

const members = [
  { replicaId: 1, hostId: 's1', incarnation: 'a'.repeat(32), raftAddress: '127.0.0.1:1' },
  { replicaId: 2, hostId: 's2', incarnation: 'b'.repeat(32), raftAddress: '127.0.0.1:2' },
]
const own = {
  raftAddress: '127.0.0.1:1',
  incarnation: 'a'.repeat(32),
  hostId: 's1',
  addresses: ['127.0.0.1:1', '127.0.0.1:2'],
}
const clusterId = 'c'.repeat(32)

/** What the loader makes of a reply: every field is there. */
function received(reply: raftV1.ProbeReply): raftV1.ProbeReply__Output {
  const empty = { state: '', incarnation: '', clusterId: '', replicaId: 0 }
  const rest = { raftAddress: '', hostId: '', addresses: [], members: [], clientAddresses: [] }
  return {
    ...empty,
    ...rest,
    acknowledgedIndex: 0,
    isRemoved: false,
    ...reply,
  } as raftV1.ProbeReply__Output
}

const answers: readonly ProbeAnswer[] = [
  { state: 'fresh', ...own },
  { state: 'bootstrapping', ...own, plan: { clusterId, members } },
  {
    state: 'member',
    clusterId,
    replicaId: 2,
    incarnation: 'b'.repeat(32),
    initialMembers: members,
    clientAddresses: ['127.0.0.1:9', '127.0.0.1:10'],
    acknowledgedIndex: 12,
    isRemoved: true,
  },
  { state: 'joining', ...own, clusterId },
]

it.each(answers)('carries an answer $state over the wire and back', (answer) => {
  expect(fromProbeReply(received(toProbeReply(answer)))).toEqual(answer)
})

it.each([
  { state: 'unheard-of', clusterId },
  { incarnation: 'x' },
  { state: 'member', clusterId: '' },
  { members: [{ ...members[0]!, replicaId: 0 }] },
  { members: [{ ...members[0]!, incarnation: '' }] },
])('takes the nonsense %j for no answer', (nonsense) => {
  const reply = { ...toProbeReply(answers[1]!), ...nonsense }
  expect(fromProbeReply(received(reply))).toBeUndefined()
})
