import { expect, test } from 'vitest'
import { initialConfiguration } from '../../raft/index.ts'
import { schedulerDomain } from '../replication/commands/index.ts'
import { bootstrapEntryData, LocalLog, ReplicatedState } from '../replication/index.ts'
import { quorumAlarm } from './join-alarm.ts'

/** Who asks while nobody leads, in a group of `voters`; what was logged about it. */
function said(voters: number, hostIds: readonly string[]): readonly unknown[] {
  const state = new ReplicatedState(schedulerDomain, { onCommandFailed: () => {} })
  const ids = Array.from({ length: voters }, (_, i) => i + 1)
  const members = ids.map((replicaId) => ({
    replicaId,
    hostId: `s${replicaId}`,
    incarnation: `0${replicaId}`.repeat(16),
    raftAddress: `s${replicaId}:1`,
  }))
  const data = bootstrapEntryData({ clusterId: 'c1'.repeat(16), members, features: [] })
  new LocalLog({ stateMachine: state }, { appliedIndex: 0 }).append(data)
  const configuration = initialConfiguration({ voters: ids })
  const lines: unknown[] = []
  const raft = { configuration: () => configuration }
  const logger = { error: (fields: object, text: string) => void lines.push({ ...fields, text }) }
  const alarm = quorumAlarm({ raft, state, logger })
  for (const hostId of hostIds) alarm(hostId)
  return lines
}

test('of two voters one without its disk takes an operator, which is said once', () => {
  expect(said(2, ['s2', 's2', 'stranger'])).toEqual([
    {
      hostId: 's2',
      replicaId: 2,
      voters: 2,
      text: expect.stringContaining('needs operator: quorum lost') as string,
    },
  ])
})

test('larger groups wait for a leader', () => {
  expect(said(3, ['s2'])).toEqual([])
  expect(said(4, ['s2'])).toEqual([])
})
