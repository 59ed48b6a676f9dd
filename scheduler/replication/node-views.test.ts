import { describe, expect, test } from 'vitest'
import { encodeChange } from '../../raft/index.ts'
import { encodeChangeContext } from './change-context.ts'
import { memberProgressFeature } from './features.ts'
import { Replica, testDomain } from './harness.suite.ts'
import { setMemberProgress, setNodeState } from './node-state-commands.ts'
import { configurationIdOf, isVisible, nodesOf } from './node-views.ts'
import { fc, test as property } from './property.suite.ts'
import { ReplicatedState } from './replicated-state.ts'
import { memberTable } from './rows/member.ts'
import type { MemberOperation } from '../../raft/index.ts'
import type { SettableState } from './node-state-commands.ts'
import type { ViewName } from './node-views.ts'
import type { MemberState } from './rows/member.ts'

/** The table of design 6, row by row: shards, slots, nodes, nodes with hidden and left members. */
const table: readonly (readonly [MemberState, boolean, boolean, boolean, boolean])[] = [
  ['online', true, true, true, true],
  ['loading', true, false, true, true],
  ['joining', true, false, true, true],
  ['fail', true, false, true, true],
  ['draining', true, false, true, true],
  ['hidden', false, false, false, true],
  ['left', false, false, false, true],
]

const views: readonly ViewName[] = ['shards', 'slots', 'nodes', 'all-nodes']

const bootOf = (id: number): string => (0xb0 + id).toString(16).repeat(16)
const incarnationOf = (id: number): string => id.toString(16).padStart(2, '0').repeat(16)

/** Member 1 has the session that commands come through; the others have spoken once. */
function started(): Replica {
  const replica = new Replica()
  for (const id of [3, 2, 1]) replica.open({ replicaId: id, bootId: bootOf(id) })
  replica.run(replica.state.registry.enableFeature, { name: memberProgressFeature })
  return replica
}

function set(replica: Replica, replicaId: number, to: SettableState): void {
  const member = replica.state.reader.get(memberTable, replicaId)
  if (member === undefined) return
  const { incarnation, state } = member
  replica.run(setNodeState, { replicaId, incarnation, bootId: '', from: [state], to })
}

function load(replica: Replica, replicaId: number, bytesDone: number): void {
  const bytes = { bytesDone, bytesTotal: 1000, percent: Math.floor(bytesDone / 10) }
  const who = { replicaId, incarnation: incarnationOf(replicaId), bootId: bootOf(replicaId) }
  replica.run(setMemberProgress, { ...who, ...bytes })
}

/** One change of the membership, as the leader would propose it. */
function change(replica: Replica, op: MemberOperation['op'], id: number): void {
  const { state } = replica
  const raftAddress = `10.0.0.${id}:8003`
  const who = { replicaId: id, incarnation: incarnationOf(id), hostId: `s${id}`, raftAddress }
  const data = encodeChange({
    expectedId: state.configuration().id,
    transition: 'auto',
    operations: [{ op, id }],
    context: encodeChangeContext([who]),
  })
  replica.log.append(data, 'config')
}

function idsIn(replica: Replica, view: ViewName): number[] {
  return nodesOf(replica.state.reader, view).map(({ id }) => id)
}

/** Everything the views say, as text: what two replicas must say alike. */
function allViews({ reader }: ReplicatedState): string {
  return JSON.stringify([configurationIdOf(reader), ...views.map((view) => nodesOf(reader, view))])
}

describe('a view', () => {
  test.each(table)('of members that are %s', (state, ...shown) => {
    expect(views.map((view) => isVisible(state, view))).toEqual(shown)
  })

  test('lists members by rising id, with what they have loaded', () => {
    const replica = started()
    load(replica, 2, 250)
    set(replica, 1, 'online')
    set(replica, 3, 'hidden')
    expect(nodesOf(replica.state.reader, 'shards')).toEqual([
      {
        id: 1,
        hostId: 's1',
        addr: '10.0.0.1:8002',
        raftAddr: '10.0.0.1:8003',
        role: 'voter',
        state: 'online',
      },
      {
        id: 2,
        hostId: 's2',
        addr: '10.0.0.1:8002',
        raftAddr: '10.0.0.2:8003',
        role: 'voter',
        state: 'loading',
        progress: { bytesDone: 250, bytesTotal: 1000, percent: 25 },
      },
    ])
    expect(idsIn(replica, 'slots')).toEqual([1])
    expect(idsIn(replica, 'nodes')).toEqual([1, 2])
    expect(idsIn(replica, 'all-nodes')).toEqual([1, 2, 3])
  })

  test('shows who left to operators only', () => {
    const replica = started()
    change(replica, 'remove', 2)
    expect(idsIn(replica, 'nodes')).toEqual([1, 3])
    expect(nodesOf(replica.state.reader, 'all-nodes')[1]).toEqual({
      id: 2,
      hostId: 's2',
      addr: '',
      raftAddr: '10.0.0.2:8003',
      role: '',
      state: 'left',
    })
  })

  test('names the entry that made the configuration', () => {
    const replica = started()
    expect(configurationIdOf(replica.state.reader)).toBe(0)
    change(replica, 'remove', 3)
    expect(configurationIdOf(replica.state.reader)).toBe(replica.state.appliedIndex)
  })
})

type Act =
  | { readonly act: 'set'; readonly id: number; readonly to: SettableState }
  | { readonly act: 'load'; readonly id: number; readonly bytes: number }
  | { readonly act: 'boot'; readonly id: number; readonly boot: number }
  | { readonly act: 'add' | 'promote' | 'demote' | 'remove'; readonly id: number }

const ids = fc.integer({ min: 1, max: 6 })
const states = fc.constantFrom<SettableState>('loading', 'online', 'draining', 'hidden', 'fail')
const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ act: fc.constant('set' as const), id: ids, to: states }) },
  fc.record({
    act: fc.constant('load' as const),
    id: ids,
    bytes: fc.integer({ min: 0, max: 999 }),
  }),
  fc.record({ act: fc.constant('boot' as const), id: ids, boot: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ act: fc.constantFrom('add', 'promote', 'demote', 'remove'), id: ids }),
)

function perform(replica: Replica, act: Act): void {
  if (act.act === 'set') set(replica, act.id, act.to)
  else if (act.act === 'load') load(replica, act.id, act.bytes)
  else if (act.act === 'boot') boot(replica, act)
  else if (act.id !== 1) change(replica, act.act === 'add' ? 'add-learner' : act.act, act.id)
}

/** Another member starts again; the session of member 1 stays the one commands come through. */
function boot(replica: Replica, { id, boot: number }: Extract<Act, { act: 'boot' }>): void {
  if (id === 1) return
  const { sessionId, seq } = replica
  replica.open({ replicaId: id, bootId: (0xd0 + number).toString(16).repeat(16) })
  replica.sessionId = sessionId
  replica.seq = seq
}

function reloaded(state: ReplicatedState): ReplicatedState {
  const again = new ReplicatedState(testDomain, { onCommandFailed: () => {} })
  for (const [key, value] of state.take()?.writes.puts ?? []) again.load(key, value)
  again.loaded()
  return again
}

property(
  'whatever happens, each view holds exactly the states of its column, on every replica alike',
  fc.array(acts, { maxLength: 60 }),
  (sequence) => {
    const replica = started()
    const twin = started()
    for (const act of sequence) {
      perform(replica, act)
      perform(twin, act)
      const { reader } = replica.state
      for (const [column, view] of views.entries()) {
        const expected: number[] = []
        reader.each(memberTable, 'byReplica', {}, ({ replicaId, state }) => {
          const [, ...shown] = table.find(([name]) => name === state)!
          if (shown[column]!) expected.push(replicaId)
        })
        const members = nodesOf(reader, view).filter(({ state }) => state !== 'left')
        expect(members.map(({ id }) => id)).toEqual(expected)
        for (const { state, progress } of members) {
          if (progress !== undefined) expect(['joining', 'loading']).toContain(state)
        }
      }
      expect(allViews(twin.state)).toBe(allViews(replica.state))
    }
    expect(replica.failures).toEqual([])
    expect(allViews(reloaded(replica.state))).toBe(allViews(twin.state))
  },
  60,
)
