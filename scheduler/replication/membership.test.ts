import { describe, expect, test } from 'vitest'
import { toHex } from '../../base/index.ts'
import { encodeChange, initialConfiguration, isVoter, membersOf } from '../../raft/index.ts'
import { decodeChangeContext, encodeChangeContext } from './change-context.ts'
import { StateError } from './errors.ts'
import { account, putAccount, Replica, rowsOf, testDomain } from './harness.suite.ts'
import { fc, test as property } from './property.suite.ts'
import { ReplicatedState } from './replicated-state.ts'
import { configTable } from './rows/config.ts'
import { configurationKey, configurationRow, readConfiguration } from './rows/configuration.ts'
import { memberTable } from './rows/member.ts'
import { metaTable } from './rows/meta.ts'
import { sessionTable } from './rows/session.ts'
import type { Configuration, ConfigurationChange, Entry } from '../../raft/index.ts'
import type { MemberDetails } from './change-context.ts'
import type { MembershipResult } from './membership.ts'

const incarnationOf = (id: number): string => id.toString(16).padStart(2, '0').repeat(16)

/** Who replica `id` is; members 1 … 3 of the harness are called the same way. */
const who = (id: number, fields: Partial<MemberDetails> = {}): MemberDetails => ({
  replicaId: id,
  incarnation: incarnationOf(id),
  hostId: `s${id}`,
  raftAddress: `10.0.0.${id}:8003`,
  ...fields,
})

/** What is asked for, as `+learner 4`, `+voter 4`, `^4` (promote), `v4` (demote), `-4`, `=4`. */
type Asked = readonly (readonly [op: ConfigurationChange['operations'][number]['op'], id: number])[]

interface Request {
  readonly asked: Asked
  readonly details?: readonly MemberDetails[]
  readonly expectedId?: number
  readonly transition?: ConfigurationChange['transition']
}

function change(state: ReplicatedState, request: Request): Entry {
  const { asked, transition = 'auto' } = request
  const details = request.details ?? asked.map(([, id]) => who(id))
  const data = encodeChange({
    expectedId: request.expectedId ?? state.configuration().id,
    transition,
    operations: asked.map(([op, id]) => ({ op, id })),
    context: encodeChangeContext(details),
  })
  const index = state.appliedIndex + 1
  return { index, term: 1, type: 'config', stampMs: index, data }
}

function apply(state: ReplicatedState, request: Request): MembershipResult {
  return state.apply([change(state, request)])[0] as MembershipResult
}

const leave: Request = { asked: [], details: [] }

function reasonOf(result: MembershipResult): string {
  return result.ok ? 'done' : result.reason
}

function started(): ReplicatedState {
  return new Replica().state
}

/** The same rows in a state of their own, as after a restart. */
function reloaded(state: ReplicatedState): ReplicatedState {
  const again = new ReplicatedState(testDomain, { onCommandFailed: () => {} })
  for (const [key, value] of state.take()?.writes.puts ?? []) again.load(key, value)
  again.loaded()
  return again
}

describe('R-18.2 B26 the configuration is part of the state', () => {
  test('before the first change it is the members the cluster began with, in old states too', () => {
    const state = started()
    const expected = initialConfiguration({ voters: [1, 2, 3] })
    expect(state.configuration()).toEqual(expected)
    expect(state.reader.get(configTable, configurationKey)).toBeUndefined()
    expect(reloaded(state).configuration()).toEqual(expected)
  })

  test('an empty state knows nobody', () => {
    const state = new ReplicatedState(testDomain, { onCommandFailed: () => {} })
    expect(state.configuration()).toMatchObject({ id: 0, voters: [], highestId: 0 })
  })

  test('after a change it is a row, and is there after a restart', () => {
    const state = started()
    expect(apply(state, { asked: [['add-learner', 4]] })).toMatchObject({ ok: true })
    const expected: Configuration = {
      ...initialConfiguration({ voters: [1, 2, 3], learners: [4] }),
      id: 2,
      highestId: 4,
    }
    expect(state.configuration()).toEqual(expected)
    expect(readConfiguration(state.reader.get(configTable, configurationKey)!)).toEqual(expected)
    expect(reloaded(state).configuration()).toEqual(expected)
  })

  test('R-18.1 one batch holds the change, its rows and the index they belong to', () => {
    const state = started()
    state.take()
    apply(state, { asked: [['add-learner', 4]] })
    const { writes, index } = state.take()!
    expect(index).toBe(2)
    const tables = writes.puts.map(([key]) => key[0])
    expect(new Set(tables)).toEqual(
      new Set([memberTable.tableByte, configTable.tableByte, metaTable.tableByte, 0x07]),
    )
    expect(state.reader.get(metaTable, 0)?.appliedIndex).toBe(2)
  })

  test('the bytes of its row are frozen', () => {
    const configuration: Configuration = {
      id: 4000,
      highestId: 9,
      autoLeave: true,
      voters: [1, 2, 9],
      votersOutgoing: [1, 2, 3],
      learners: [8],
      learnersNext: [3],
    }
    const row = configurationRow(configuration, 77)
    expect(toHex(row.value)).toBe('9801cd0fa009c3930102099301020391089103')
    expect(row).toMatchObject({ key: 'cluster/configuration', actor: '', writtenWallMs: 77 })
    expect(readConfiguration(row)).toEqual(configuration)
    const newer = { ...row, value: row.value.with(1, 2) }
    expect(() => readConfiguration(newer)).toThrow(StateError)
    const cut = { ...row, value: row.value.subarray(0, 9) }
    expect(() => readConfiguration(cut)).toThrow('the configuration')
    const wrong = { ...row, value: row.value.with(6, 1) }
    expect(() => readConfiguration(wrong)).toThrow('the configuration')
  })
})

describe('who a change is about', () => {
  test('the bytes of its details are frozen', () => {
    const leaving = who(5, { hostId: '', raftAddress: '', reason: 'ghost' })
    const bytes = encodeChangeContext([who(4), leaving])
    expect(toHex(bytes)).toBe(
      `9201929504c410${'04'.repeat(16)}a27334ad31302e302e302e343a38303033a0` +
        `9505c410${'05'.repeat(16)}a0a0a567686f7374`,
    )
    expect([...decodeChangeContext(bytes)!.values()]).toEqual([who(4), leaving])
    expect(encodeChangeContext([])).toHaveLength(0)
    expect(decodeChangeContext(new Uint8Array(0))?.size).toBe(0)
  })

  test('what is none is refused, what is newer stops the replica', () => {
    const bytes = encodeChangeContext([who(4)])
    expect(decodeChangeContext(bytes.subarray(0, 9))).toBeUndefined()
    expect(decodeChangeContext(bytes.with(2, 0x90))).toBeUndefined()
    expect(decodeChangeContext(Uint8Array.of(1))).toBeUndefined()
    expect(decodeChangeContext(encodeChangeContext([who(4), who(4)]))).toBeUndefined()
    expect(() => decodeChangeContext(bytes.with(1, 2))).toThrow(StateError)
  })
})

test('R-18.3 stored changes lead to the digests they led to when they were written', () => {
  const stored = [
    [
      '0100000000000000000001010000000000000004000000299201919504c41004' +
        '040404040404040404040404040404a27334ad31302e302e302e343a38303033a0',
      '8baf7388e476793830b4eeffe224950c',
    ],
    [
      '010000000000000002000202000000000000000404000000000000000300000057' +
        '9201929504c41004040404040404040404040404040404a27334ad31302e302e' +
        '302e343a38303033a09503c41003030303030303030303030303030303a27333' +
        'ad31302e302e302e333a38303033a87265706c61636564',
      '35205b647414bc13d95a1e45c19f48b0',
    ],
    ['010000000000000003000000000000', '6fec428de43e128fd214bcedac8a574d'],
  ] as const
  const state = started()
  const found: (readonly [string, string])[] = []
  const asked: readonly Request[] = [
    { asked: [['add-learner', 4]] },
    {
      asked: [
        ['promote', 4],
        ['remove', 3],
      ],
      details: [who(4), who(3, { reason: 'replaced' })],
    },
    leave,
  ]
  for (const request of asked) {
    const entry = change(state, request)
    expect(reasonOf(state.apply([entry])[0] as MembershipResult)).toBe('done')
    found.push([toHex(entry.data), toHex(state.digest())])
  }
  expect(found).toEqual(stored)
})

describe('member rows follow the configuration', () => {
  test('a new member joins as it was described; its state is nothing of its role', () => {
    const state = started()
    apply(state, { asked: [['add-learner', 4]] })
    expect(state.reader.get(memberTable, 4)).toEqual({
      replicaId: 4,
      hostId: 's4',
      incarnation: incarnationOf(4),
      raftAddress: '10.0.0.4:8003',
      clientAddress: '',
      role: 'learner',
      state: 'joining',
      bootId: '',
      programVersion: '',
      joinedAtIndex: 2,
      credential: '',
    })
    apply(state, { asked: [['promote', 4]] })
    expect(state.reader.get(memberTable, 4)).toMatchObject({ role: 'voter', state: 'joining' })
    apply(state, { asked: [['demote', 4]] })
    expect(state.reader.get(memberTable, 4)).toMatchObject({ role: 'learner', state: 'joining' })
  })

  test('a removed member has none any more, and its session is for the leader to close', () => {
    const replica = new Replica()
    replica.open({ replicaId: 3 })
    expect(reasonOf(apply(replica.state, { asked: [['remove', 3]] }))).toBe('done')
    const { reader } = replica.state
    expect(reader.get(memberTable, 3)).toBeUndefined()
    expect(reader.count(sessionTable)).toBe(1)
    expect(replica.state.configuration()).toMatchObject({ voters: [1, 2], highestId: 3 })
  })

  test('one that leaves a joint configuration stays until that is left', () => {
    const state = started()
    const asked: Asked = [
      ['add-voter', 4],
      ['remove', 3],
      ['demote', 2],
    ]
    expect(reasonOf(apply(state, { asked }))).toBe('done')
    expect(state.configuration()).toMatchObject({ votersOutgoing: [1, 2, 3], autoLeave: true })
    const roleOf = (id: number) => state.reader.get(memberTable, id)?.role
    expect([1, 2, 3, 4].map(roleOf)).toEqual(['voter', 'voter', 'voter', 'voter'])
    expect(reloaded(state).configuration()).toEqual(state.configuration())
    expect(reasonOf(apply(state, { asked: [['add-learner', 5]] }))).toBe('change-in-progress')
    expect(reasonOf(apply(state, leave))).toBe('done')
    expect([1, 2, 3, 4].map(roleOf)).toEqual(['voter', 'learner', undefined, 'voter'])
    expect(state.configuration()).toMatchObject({ id: 4, voters: [1, 4], learners: [2] })
  })

  test('an update moves a member to another address', () => {
    const state = started()
    const details = [who(2, { hostId: '', raftAddress: 'b:2' })]
    expect(reasonOf(apply(state, { asked: [['update', 2]], details }))).toBe('done')
    expect(state.reader.get(memberTable, 2)).toMatchObject({ hostId: 's2', raftAddress: 'b:2' })
    expect(state.configuration()).toMatchObject({ id: 2, voters: [1, 2, 3] })
  })

  test('listeners hear of it, with the rows', () => {
    const replica = new Replica()
    apply(replica.state, { asked: [['add-learner', 4]] })
    const frame = replica.frames.at(-1)!
    expect(frame.events).toEqual([{ type: 'members-changed', configurationId: 2 }])
    expect(frame.reports).toEqual([])
    apply(replica.state, { asked: [['add-learner', 4]] })
    expect(replica.frames.at(-1)?.events).toEqual([])
  })
})

describe('R-11.4 R-11.5 a change that does not fit is a no-op', () => {
  const cases: readonly (readonly [title: string, reason: string, request: Request])[] = [
    [
      'of a configuration that is past',
      'stale-configuration',
      { asked: [['remove', 3]], expectedId: 1 },
    ],
    ['of a member there is', 'already-member', { asked: [['add-learner', 2]] }],
    ['of nobody', 'not-member', { asked: [['remove', 9]] }],
    ['that leaves nothing', 'not-joint', leave],
    ['without details', 'missing-details', { asked: [['add-voter', 4]], details: [] }],
    [
      'without an address',
      'missing-details',
      { asked: [['add-voter', 4]], details: [who(4, { raftAddress: '' })] },
    ],
    ['with details of somebody else', 'malformed', { asked: [['remove', 3]], details: [who(9)] }],
    [
      'to the address of another',
      'address-in-use',
      { asked: [['add-learner', 4]], details: [who(4, { raftAddress: '10.0.0.2:8003' })] },
    ],
    [
      'with the host id of another',
      'host-id-in-use',
      { asked: [['add-learner', 4]], details: [who(4, { hostId: 's2' })] },
    ],
    [
      'that moves to the address of another',
      'address-in-use',
      { asked: [['update', 1]], details: [who(1, { raftAddress: '10.0.0.2:8003' })] },
    ],
    [
      'R-12.2 of another incarnation of a member',
      'wrong-incarnation',
      { asked: [['remove', 3]], details: [who(3, { incarnation: incarnationOf(9) })] },
    ],
  ]

  test.each(cases)('%s', (_title, reason, request) => {
    const replica = new Replica()
    const { state } = replica
    const other = new Replica()
    other.state.apply([{ index: 2, term: 1, type: 'noop', stampMs: 2, data: new Uint8Array(0) }])
    const result = apply(state, request)
    expect(reasonOf(result)).toBe(reason)
    expect(result.configuration).toEqual(initialConfiguration({ voters: [1, 2, 3] }))
    expect(rowsOf(state)).toBe(rowsOf(other.state))
    expect(toHex(state.digest())).toBe(toHex(other.state.digest()))
  })

  test('of two new ones at one address, and of a removed id', () => {
    const state = started()
    const asked: Asked = [
      ['add-learner', 4],
      ['add-learner', 5],
    ]
    const details = [who(4), who(5, { raftAddress: who(4).raftAddress })]
    expect(reasonOf(apply(state, { asked, details }))).toBe('address-in-use')
    expect(reasonOf(apply(state, { asked }))).toBe('done')
    expect(reasonOf(apply(state, { asked: [['remove', 5]], details: [] }))).toBe('done')
    expect(reasonOf(apply(state, { asked: [['add-learner', 5]] }))).toBe('removed-id')
  })

  test('unless the change removes the one whose address and host id are taken', () => {
    const state = started()
    const asked: Asked = [
      ['add-voter', 4],
      ['remove', 3],
    ]
    const heir = who(4, { hostId: 's3', raftAddress: who(3).raftAddress })
    expect(reasonOf(apply(state, { asked, details: [heir] }))).toBe('done')
    // While the configuration is joint both have them.
    expect(state.reader.get(memberTable, 3)?.raftAddress).toBe(heir.raftAddress)
    expect(reasonOf(apply(state, leave))).toBe('done')
    expect(state.reader.get(memberTable, 3)).toBeUndefined()
    expect(state.reader.get(memberTable, 4)).toMatchObject({ hostId: 's3', role: 'voter' })
  })

  test('R-12.2 a promotion counts only for the incarnation it was decided for', () => {
    const state = started()
    apply(state, { asked: [['add-learner', 4]] })
    const asked: Asked = [['promote', 4]]
    const other = [who(4, { incarnation: incarnationOf(7) })]
    expect(reasonOf(apply(state, { asked, details: other }))).toBe('wrong-incarnation')
    expect(reasonOf(apply(state, { asked, details: [] }))).toBe('missing-details')
    expect(state.configuration()).toMatchObject({ learners: [4], id: 2 })
    expect(reasonOf(apply(state, { asked }))).toBe('done')
  })

  test('of bytes that are no change; one of a newer format stops the replica', () => {
    const state = started()
    const entry = { index: 2, term: 1, type: 'config', stampMs: 2, data: Uint8Array.of(1) } as const
    expect(reasonOf(state.apply([entry])[0] as MembershipResult)).toBe('malformed')
    const newer = { ...change(state, { asked: [['remove', 3]] }) }
    const data = newer.data.with(0, 9)
    const code = (run: () => unknown): unknown => {
      try {
        return run()
      } catch (error) {
        return error instanceof StateError ? error.code : error
      }
    }
    expect(code(() => state.apply([{ ...newer, data }]))).toBe('SCHED_UNSUPPORTED_COMMAND')
  })
})

/** Any request about members 1 … 8, most of which do not fit. */
const requests = fc.array(
  fc.record({
    asked: fc.array(
      fc.tuple(
        fc.constantFrom(
          'add-voter' as const,
          'add-learner' as const,
          'promote' as const,
          'demote' as const,
          'remove' as const,
          'update' as const,
        ),
        fc.integer({ min: 1, max: 8 }),
      ),
      { maxLength: 3 },
    ),
    transition: fc.constantFrom(
      'auto' as const,
      'joint-implicit' as const,
      'joint-explicit' as const,
    ),
    isStale: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    /** Whose place the first one takes; 0 = its own. */
    place: fc.integer({ min: 0, max: 4 }),
  }),
  { maxLength: 25 },
)

property(
  'R-18.1 R-18.3 rows and configuration agree after any changes, on every replica',
  requests,
  (list) => {
    const replicas = [started(), started()]
    const [first, second] = replicas as [ReplicatedState, ReplicatedState]
    for (const { asked, transition, isStale, place } of list) {
      const details = asked.map(([, id], i) =>
        who(id, i === 0 && place > 0 ? { raftAddress: who(place).raftAddress } : {}),
      )
      const unique = [...new Map(details.map((each) => [each.replicaId, each])).values()]
      const expectedId = first.configuration().id + (isStale ? 1 : 0)
      const entry = change(first, { asked, transition, details: unique, expectedId })
      const results = replicas.map((state) => state.apply([entry])[0])
      expect(results[0]).toEqual(results[1])
      const configuration = first.configuration()
      const rows = first.reader.list(memberTable, 'byReplica', { limit: 64 })
      expect(rows.map(({ replicaId }) => replicaId)).toEqual(membersOf(configuration))
      for (const { replicaId, role } of rows) {
        expect(role === 'voter').toBe(isVoter(configuration, replicaId))
      }
    }
    expect(toHex(first.digest())).toBe(toHex(second.digest()))
    const again = reloaded(first)
    expect(again.configuration()).toEqual(second.configuration())
    expect(toHex(again.digest())).toBe(toHex(second.digest()))
  },
  150,
)

test('commands go on between changes', () => {
  const replica = new Replica()
  replica.open()
  replica.run(putAccount, account('a'))
  const entry = change(replica.state, { asked: [['add-learner', 4]] })
  expect(reasonOf(replica.state.apply([entry])[0] as MembershipResult)).toBe('done')
  expect(replica.state.appliedIndex).toBe(4)
  expect(replica.state.configuration().id).toBe(4)
})
