// a new cluster from the state of one before.
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../../base/index.ts'
import { ClusterFounder, foundingConfiguration, foundingPlace } from '../founding.ts'
import { operatorTokenKey } from '../operator-token-command.ts'
import { ReplicatedState } from '../replicated-state.ts'
import { StateSurvey } from '../state-survey.ts'
import { tableBytes } from '../table-definition.ts'
import { clusterIdKey, configTable } from '../rows/config.ts'
import { continuationTable } from '../rows/continuation.ts'
import { edgesTable } from '../rows/edge.ts'
import { memberTable } from '../rows/member.ts'
import { peersTable } from '../rows/peer.ts'
import { removedMemberTable } from '../rows/removed-member.ts'
import { sessionTable } from '../rows/session.ts'
import { waitersTable } from '../rows/waiter.ts'
import { announceTask } from './announce-task.ts'
import { schedulerDomain } from './domain.ts'
import { schedulerFoundingRules } from './founding.ts'
import { takesSourcePlace } from './peers.ts'
import { getHost, getPeer, getTask } from './queries.ts'
import { registerPeer } from './register-peer.ts'
import { attachStream } from './streams.ts'
import {
  cacheTask,
  eventsOf,
  registration,
  SchedulerFixture,
  taskAnnounce,
  taskInput,
} from './scheduler-fixture.suite.ts'
import type { Founding } from '../founding.ts'
import type { StateDescription } from '../state-description.ts'

type StoredRow = readonly [Uint8Array, Uint8Array]

/** A download with a parent, one that waits, and the rest of a large job. */
function used(): SchedulerFixture {
  const fixture = new SchedulerFixture()
  fixture.run(announceTask, taskAnnounce(cacheTask('c'), 'holder'))
  fixture.run(registerPeer, registration(cacheTask('c'), 'a'))
  fixture.run(attachStream, { taskId: 'c', peerId: 'a', streamId: 1, begin: true })
  for (const peerId of ['first', 'w']) {
    fixture.run(registerPeer, registration(taskInput('d'), peerId), 2)
  }
  fixture.run(attachStream, { taskId: 'd', peerId: 'w', streamId: 2, begin: true }, 2)
  return fixture
}

function rowsOf(state: ReplicatedState): readonly StoredRow[] {
  return state.take()!.writes.puts
}

function describeRows(
  rows: readonly StoredRow[],
): StateDescription & { readonly clusterId: string } {
  const survey = new StateSurvey()
  for (const [key, value] of rows) survey.add(key, value)
  return survey.finish()
}

function found(rows: readonly StoredRow[], change: Partial<Founding> = {}) {
  const before = describeRows(rows)
  const founding: Founding = {
    ...foundingPlace(before),
    clusterId: 'ab'.repeat(16),
    hostId: 's2',
    incarnation: 'cd'.repeat(16),
    raftAddress: '127.0.0.1:7000',
    wallMs: 1_000_000,
    ...change,
  }
  const { tables } = newState().registry
  const founder = new ClusterFounder({ tables, rules: schedulerFoundingRules }, before, founding)
  const taken = rows.map((row) => founder.take(row)).filter((row) => row !== undefined)
  return { founding, rows: [...taken, ...founder.finish()], count: founder.rows }
}

function newState(): ReplicatedState {
  return new ReplicatedState(schedulerDomain, {
    onCommandFailed: ({ error }) => {
      throw error
    },
  })
}

function load(rows: readonly StoredRow[]): ReplicatedState {
  const state = newState()
  for (const [key, value] of rows) state.load(key, value)
  state.loaded()
  return state
}

describe('a cluster founded from the state of another one', () => {
  it('has one voter, a new id, and nothing that names the members before', () => {
    const fixture = used()
    const { appliedIndex } = fixture.state
    const { founding, rows, count } = found(rowsOf(fixture.state))
    expect(rows).toHaveLength(count)
    const state = load(rows)
    expect(founding).toMatchObject({ index: appliedIndex + 1, term: 2, replicaId: 4 })
    expect([state.appliedIndex, state.appliedTerm]).toEqual([appliedIndex + 1, 2])
    expect(state.configuration()).toEqual(foundingConfiguration(founding))
    expect(state.configuration()).toMatchObject({ voters: [4], highestId: 4 })
    expect(state.reader.list(memberTable, 'byReplica', { limit: 9 })).toMatchObject([
      { replicaId: 4, hostId: 's2', incarnation: 'cd'.repeat(16), state: 'joining', bootId: '' },
    ])
    expect(state.reader.get(configTable, clusterIdKey)?.value).toEqual(fromHex('ab'.repeat(16)))
    expect(state.reader.get(configTable, operatorTokenKey)).toBeUndefined()
    expect(state.reader.count(sessionTable)).toBe(0)
    const removed = state.reader.list(removedMemberTable, 'byAge', { limit: 9 })
    expect(removed.map(({ hostId, reason }) => [hostId, reason])).toEqual([
      ['s1', 'ghost'],
      ['s2', 'replaced'],
      ['s3', 'ghost'],
    ])
    expect(describeRows(rows)).toMatchObject({
      clusterId: 'ab'.repeat(16),
      index: appliedIndex + 1,
      digest: state.digest(),
    })
  })

  it('keeps hosts, tasks and peers, none of them on a stream', () => {
    const fixture = used()
    expect(getPeer(fixture.reader, { taskId: 'c', peerId: 'a' })?.ownerSessionId).toBeGreaterThan(0)
    expect(fixture.reader.count(waitersTable)).toBe(1)
    const state = load(found(rowsOf(fixture.state)).rows)
    const { reader } = state
    expect(getTask(reader, 'c')).toEqual(getTask(fixture.reader, 'c'))
    expect(getHost(reader, 'host-of-holder')).toEqual(getHost(fixture.reader, 'host-of-holder'))
    expect(reader.count(peersTable)).toBe(4)
    expect(reader.count(waitersTable)).toBe(0)
    expect(reader.count(edgesTable)).toBe(1)
    expect(getPeer(reader, { taskId: 'c', peerId: 'a' })).toMatchObject({
      ownerSessionId: 0,
      streamId: 0,
      detachDeadlineMs: fixture.nowMs + 30_000,
      parentCount: 1,
    })
    expect(getPeer(reader, { taskId: 'd', peerId: 'w' })).toMatchObject({
      ownerSessionId: 0,
      detachDeadlineMs: 0,
    })
    // What was on no stream is the same to the byte.
    const holder = (rows: readonly StoredRow[]): string[] =>
      rows
        .filter(([key]) => key[0] === tableBytes.peers || key[0] === tableBytes.hosts)
        .map(([key, value]) => `${toHex(key)} ${toHex(value)}`)
    const before = new Set(holder(rowsOf(fixture.replay(1))))
    const same = holder(found(rowsOf(fixture.replay(1))).rows).filter((row) => before.has(row))
    expect(same.length).toBe(before.size - 2)
  })

  it('keeps a place at the source for as long as its peer may come back', () => {
    const fixture = used()
    const events = fixture.advance(2000)
    expect(eventsOf(events, 'need-back-to-source')).toHaveLength(1)
    const state = load(found(rowsOf(fixture.state)).rows)
    expect(getTask(state.reader, 'd')?.backToSourceCount).toBe(1)
    const peer = getPeer(state.reader, { taskId: 'd', peerId: 'w' })!
    expect(peer).toMatchObject({ state: 'BackToSource', detachDeadlineMs: fixture.nowMs + 30_000 })
    expect(takesSourcePlace(peer)).toBe(true)
  })

  it('forgets the rest of a job that detaches peers, and goes on with others', () => {
    const rest = (kind: string, index: number) => ({
      index,
      ordinal: 0,
      number: 0,
      kind,
      cursor: [1],
    })
    const context = { clusterClockMs: 1 }
    const rule = schedulerFoundingRules.find(({ table }) => table === continuationTable)!
    const other = rest('serve-host', 3)
    expect(rule.found(rest('detach-session', 2), context)).toBeUndefined()
    expect(rule.found(other, context)).toBe(other)
  })

  it('refuses rows that are not the whole of one state, or of a table it does not know', () => {
    const rows = rowsOf(used().state)
    for (const left of rows.keys()) {
      const cut = rows.filter((_, at) => at !== left)
      expect(() => describeRows(cut)).toThrow(/digest|stands/)
    }
    const unknown: StoredRow = [Uint8Array.of(0xf0, 1), Uint8Array.of(0x90)]
    const before = describeRows(rows)
    const founding = { ...foundingPlace(before), clusterId: 'ab'.repeat(16) }
    const founder = new ClusterFounder(
      { tables: newState().registry.tables, rules: schedulerFoundingRules },
      before,
      { ...founding, hostId: 's', incarnation: 'cd'.repeat(16), raftAddress: 'a:1', wallMs: 0 },
    )
    expect(() => founder.take(unknown)).toThrow(/unknown table 240/)
  })
})
