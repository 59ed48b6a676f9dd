import { expect, test } from 'vitest'
import { account, numbered, putAccount, Replica } from './harness.suite.ts'
import { resultTable } from './rows/result.ts'
import { sessionTable } from './rows/session.ts'

const yearMs = 365 * 86_400_000

test('R-8.3 however much time the log says has passed, only an entry ends a session', () => {
  const replica = new Replica()
  replica.open()
  const first = replica.sessionId
  replica.run(putAccount, account('a'))
  for (let year = 1; year <= 5; year += 1) {
    replica.log.clusterClockMs = year * yearMs
    replica.log.wallMs = year * yearMs
    replica.open({ replicaId: 2, bootId: 'b2'.repeat(16), generation: year })
  }
  const rows = replica.state.reader.list(sessionTable, 'byReplica', { limit: 9 })
  expect(rows.map(({ replicaId, sessionId }) => [replicaId, sessionId])).toEqual([
    [1, first],
    [2, replica.sessionId],
  ])
  // Its kept results are as old, and still answer.
  replica.sessionId = first
  const [again] = replica.send([numbered(1, putAccount, account('a'))])
  expect(again?.outcome.ok).toBe(true)
  expect(replica.state.reader.groupSize(resultTable, 'bySession', first)).toBe(1)

  replica.open({ bootId: 'c1'.repeat(16) })
  const left = replica.state.reader.list(sessionTable, 'byReplica', { limit: 9 })
  expect(left.map(({ sessionId }) => sessionId)).not.toContain(first)
})
