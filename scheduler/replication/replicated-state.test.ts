import { describe, expect, test } from 'vitest'
import { toHex } from '../../base/index.ts'
import { encodeEnvelope, joinBatch } from './batch.ts'
import { StateError } from './errors.ts'
import { bootstrapCommand, bootstrapEntryData, clockTickCommand } from './framework-commands.ts'
import {
  account,
  accounts,
  batchOf,
  bootId,
  bootstrapData,
  clusterId,
  gated,
  inspect,
  large,
  numbered,
  putAccount,
  removeOwner,
  Replica,
  testDomain,
  transfer,
} from './harness.suite.ts'
import {
  digestIntervalIndexes,
  entryRowsVisitedTarget,
  sessionWindowCommands,
  tombstoneTtlMs,
} from './limits.ts'
import { ReplicatedState } from './replicated-state.ts'
import { clusterIdKey, configTable } from './rows/config.ts'
import { continuationTable } from './rows/continuation.ts'
import { featureTable } from './rows/feature.ts'
import { memberTable } from './rows/member.ts'
import { resultTable } from './rows/result.ts'
import { sessionTable } from './rows/session.ts'
import { tombstoneTable } from './rows/tombstone.ts'
import { defineCommand } from './command.ts'
import { tableBytes } from './table-definition.ts'
import { initialConfiguration } from '../../raft/index.ts'
import type { Entry } from '../../raft/index.ts'
import type { Domain } from './command.ts'

function opened(): Replica {
  const replica = new Replica()
  replica.open()
  return replica
}

describe('bootstrap', () => {
  test('golden bytes of entry 1, the same whatever order its maker knew', () => {
    const data = bootstrapEntryData({
      clusterId,
      members: [
        { replicaId: 2, hostId: 's2', incarnation: '02'.repeat(16), raftAddress: 'b:2' },
        { replicaId: 1, hostId: 's1', incarnation: '01'.repeat(16), raftAddress: 'a:1' },
      ],
      features: ['b', 'a', 'b'],
    })
    const parts = [
      '9401cb000000000000000000',
      '91980101010000a0a0',
      `93c410${clusterId}`,
      '9294',
      `01a27331c410${'01'.repeat(16)}a3613a31`,
      `9402a27332c410${'02'.repeat(16)}a3623a32`,
      '92a161a162',
    ]
    expect(toHex(data)).toBe(parts.join(''))
  })

  test('makes members, features and the clusterId', () => {
    const { state } = new Replica()
    expect(state.configuration()).toEqual(initialConfiguration({ voters: [1, 2, 3] }))
    expect(state.reader.get(featureTable, 'old-math')?.enabledAtIndex).toBe(1)
    expect(toHex(state.reader.get(configTable, clusterIdKey)!.value)).toBe(clusterId)
    expect(state.reader.get(memberTable, 2)).toMatchObject({ hostId: 's2', state: 'joining' })
  })

  test('a second bootstrap changes nothing', () => {
    const replica = new Replica()
    const [report] = replica.log.append(bootstrapData)
    expect(report?.outcome).toEqual({ ok: true, result: { ok: false } })
    expect(replica.state.reader.count(memberTable)).toBe(3)
  })
})

describe('sessions', () => {
  test('R-8.1 a command sent again is answered from the kept results and not applied again', () => {
    const replica = opened()
    replica.send([numbered(1, putAccount, account('a')), numbered(2, putAccount, account('b'))])
    const body = { from: 'a', to: 'b', amount: 10, fault: 'none' } as const
    const first = replica.send([numbered(3, transfer, body)])
    const again = replica.send([
      numbered(2, putAccount, account('b')),
      numbered(3, transfer, body),
      numbered(4, transfer, body),
      numbered(4, transfer, body),
    ])
    expect(first[0]).toEqual({
      seq: 3,
      outcome: { ok: true, result: { ok: true, left: 90 } },
      isRepeated: false,
    })
    expect(again.map(({ isRepeated }) => isRepeated)).toEqual([true, true, false, true])
    expect(again[1]?.outcome).toEqual(first[0]?.outcome)
    expect(again[3]?.outcome).toEqual(again[2]?.outcome)
    expect(replica.state.reader.get(accounts, 'a')?.balance).toBe(80)
  })

  test('a gap is refused and uses up nothing', () => {
    const replica = opened()
    const reports = replica.send([
      numbered(2, putAccount, account('b')),
      numbered(1, putAccount, account('a')),
      numbered(3, putAccount, account('c')),
    ])
    expect(reports.map(({ outcome }) => (outcome.ok ? 'ok' : outcome.reason))).toEqual([
      'gap',
      'ok',
      'gap',
    ])
    expect(replica.state.reader.count(accounts)).toBe(1)
  })

  test('refusals are kept as results are', () => {
    const replica = opened()
    const expired = numbered(1, putAccount, account('a'), { notAfterMs: 5 })
    replica.log.clusterClockMs = 6
    expect(replica.send([expired])[0]?.outcome).toEqual({ ok: false, reason: 'expired' })
    expect(replica.send([expired])[0]).toEqual({
      seq: 1,
      outcome: { ok: false, reason: 'expired' },
      isRepeated: true,
    })
  })

  test('R-8.2 results leave with the window and large ones are not kept', () => {
    const replica = opened()
    for (let i = 0; i < sessionWindowCommands + 5; i += 1) replica.run(inspect, null)
    const { reader } = replica.state
    expect(reader.groupSize(resultTable, 'bySession', replica.sessionId)).toBe(
      sessionWindowCommands,
    )
    const reports = replica.send([5, 6].map((seq) => numbered(seq, inspect, null)))
    expect(reports[0]?.outcome).toEqual({ ok: false, reason: 'forgotten' })
    expect(reports[1]?.outcome.ok).toBe(true)
    const { seq } = replica.run(large, null)
    const [report] = replica.send([numbered(seq, large, null)])
    expect(report).toEqual({ seq, outcome: { ok: false, reason: 'forgotten' }, isRepeated: true })
  })

  test('a new boot closes the session before; late commands and requests of it are refused', () => {
    const replica = opened()
    const before = replica.sessionId
    replica.run(putAccount, account('a'))
    const closedBefore = testDomain.closed.length
    const newer = 'b1'.repeat(16)
    expect(replica.open({ bootId: newer }).outcome.ok).toBe(true)
    expect(testDomain.closed.slice(closedBefore)).toEqual([before])
    const [late] = replica.log.append(batchOf(before, [numbered(2, putAccount, account('b'))]))
    expect(late?.outcome).toEqual({ ok: false, reason: 'session-closed' })
    expect(replica.open().outcome).toEqual({ ok: true, result: { ok: false, reason: 'stale' } })
    expect(replica.state.reader.count(sessionTable)).toBe(1)
    expect(replica.state.reader.get(memberTable, 1)?.bootId).toBe(newer)
  })

  test('a session is opened once however often it is asked for, and again by generation', () => {
    const replica = opened()
    const first = replica.sessionId
    expect(replica.open().outcome).toEqual({ ok: true, result: { ok: true, sessionId: first } })
    replica.open({ generation: 2 })
    expect(replica.sessionId).toBeGreaterThan(first)
    expect(replica.open({ generation: 1 }).outcome).toMatchObject({ result: { reason: 'stale' } })
    expect(replica.open({ replicaId: 9 }).outcome).toMatchObject({
      result: { reason: 'not-a-member' },
    })
  })

  test('R-17.5 the leader closes a session; its results go in bounded steps', () => {
    const replica = opened()
    replica.open({ replicaId: 2, bootId: 'b2'.repeat(16) })
    const silent = replica.sessionId
    for (let i = 0; i < 600; i += 1) replica.run(inspect, null)
    replica.open({ replicaId: 3, bootId: 'b3'.repeat(16) })
    const { closeSession, advance } = replica.state.registry
    expect(replica.run(closeSession, { sessionId: silent }).outcome).toMatchObject({
      result: { ok: true },
    })
    expect(replica.run(closeSession, { sessionId: silent }).outcome).toMatchObject({
      result: { reason: 'session-not-found' },
    })
    const { reader } = replica.state
    const place = reader.first(continuationTable, 'byAge')!
    const left: number[] = []
    for (let step = 0; step < 3; step += 1) {
      replica.run(advance, place)
      left.push(reader.groupSize(resultTable, 'bySession', silent))
    }
    expect(left).toEqual([344, 88, 0])
    expect(reader.count(continuationTable)).toBe(0)
    expect(replica.run(advance, place).outcome).toMatchObject({
      result: { reason: 'continuation-not-found' },
    })
  })

  test('only what opens sessions travels outside them, and alone', () => {
    const replica = new Replica()
    const malformed = { ok: false, reason: 'malformed' }
    const [put] = replica.log.append(batchOf(0, [numbered(0, putAccount, account('a'))]))
    expect(put?.outcome).toEqual(malformed)
    const { openSession } = replica.state.registry
    const said = { clientAddress: '', programVersion: '', protocolVersion: 1, features: [] }
    const body = { replicaId: 1, bootId, generation: 1, ...said }
    const open = numbered(0, openSession, body)
    const both = replica.log.append(batchOf(0, [open, open]))
    expect(both.map(({ outcome }) => outcome)).toEqual([malformed, malformed])
    replica.open()
    const inside = { ...body, generation: 2 }
    expect(replica.run(openSession, inside).outcome).toEqual(malformed)
    expect(replica.state.reader.count(sessionTable)).toBe(1)
  })

  test('a command that closes its own session ends the entry for it', () => {
    const replica = opened()
    const { closeSession } = replica.state.registry
    const reports = replica.send([
      numbered(1, closeSession, { sessionId: replica.sessionId }),
      numbered(2, putAccount, account('a')),
    ])
    expect(reports[0]?.outcome.ok).toBe(true)
    expect(reports[1]?.outcome).toEqual({ ok: false, reason: 'session-closed' })
    expect(replica.state.reader.count(resultTable)).toBe(0)
  })
})

describe('commands', () => {
  test('know their place, the two times, who asked, and a repeatable randomness', () => {
    const replica = opened()
    replica.log.clusterClockMs = 500
    replica.log.wallMs = 7000
    const command = numbered(1, inspect, null, { actor: 'op', opId: 'x1' })
    const [report] = replica.send([command])
    expect(report?.outcome).toEqual({
      ok: true,
      result: {
        index: 3,
        ordinal: 0,
        stampMs: 500,
        wallMs: 7000,
        session: replica.sessionId,
        actor: 'op',
        opId: 'x1',
        // Frozen: replicas of every version must draw the same numbers.
        random: [914_299, 217_574],
      },
    })
  })

  test('neither time goes back', () => {
    const replica = opened()
    replica.log.clusterClockMs = 500
    replica.log.wallMs = 7000
    replica.run(inspect, null)
    replica.log.clusterClockMs = 400
    replica.log.wallMs = 6000
    const { outcome } = replica.run(inspect, null)
    expect(outcome).toMatchObject({ result: { stampMs: 500, wallMs: 7000 } })
  })

  test.each([
    ['throw', 'internal', 1],
    ['limit', 'limit', 0],
    ['events', 'limit', 0],
  ] as const)('fault %s is undone and yields %s', (fault, reason, failures) => {
    const replica = opened()
    replica.run(putAccount, account('a'))
    replica.run(putAccount, account('b'))
    const before = replica.state.reader.list(accounts, 'byOwner', { group: 'anna', limit: 9 })
    const { outcome } = replica.run(transfer, { from: 'a', to: 'b', amount: 1, fault })
    expect(outcome).toEqual({ ok: false, reason })
    expect(replica.state.reader.list(accounts, 'byOwner', { group: 'anna', limit: 9 })).toEqual(
      before,
    )
    expect(replica.failures).toHaveLength(failures)
    expect(replica.frames.at(-1)?.events).toEqual([])
  })

  test('a body that does not decode is malformed', () => {
    const replica = opened()
    const { kind, kindVersion } = putAccount
    const envelope = { kind, kindVersion, seq: 1, notAfterMs: 0, actor: '', opId: '', body: [7] }
    const [report] = replica.log.append(joinBatch(replica.sessionId, [encodeEnvelope(envelope)]))
    expect(report?.outcome).toEqual({ ok: false, reason: 'malformed' })
  })

  test('a command behind a feature is refused while that is off', () => {
    const replica = opened()
    expect(replica.run(gated, null).outcome).toEqual({ ok: false, reason: 'feature-off' })
  })

  test('a large job leaves a continuation and is done in steps', () => {
    const replica = opened()
    for (let i = 0; i < 7; i += 1) replica.run(putAccount, account(`a${i}`))
    expect(replica.run(removeOwner, { owner: 'anna' }).outcome).toMatchObject({
      result: { job: '10.0.0' },
    })
    const { reader, registry } = replica.state
    const row = reader.first(continuationTable, 'byAge')!
    const done = [1, 2, 3].map(() => replica.run(registry.advance, row).outcome)
    expect(done.map((outcome) => outcome.ok && outcome.result)).toEqual([
      { ok: true, isDone: false },
      { ok: true, isDone: false },
      { ok: true, isDone: true },
    ])
    expect(reader.count(accounts)).toBe(0)
  })

  test('frames carry reports, events and each changed row once', () => {
    const replica = opened()
    replica.run(putAccount, account('a'))
    replica.run(putAccount, account('b'))
    const changes: unknown[] = []
    const end = replica.state.subscribe((frame) => {
      changes.push(frame.changes().filter(({ table }) => table.name === 'accounts'))
    })
    replica.run(transfer, { from: 'a', to: 'b', amount: 5, fault: 'none' })
    end()
    replica.run(transfer, { from: 'a', to: 'b', amount: 5, fault: 'none' })
    expect(changes).toEqual([
      [
        {
          table: accounts,
          id: 'a',
          row: account('a', { balance: 95 }),
          before: account('a'),
          beforeModIndex: 3,
        },
        {
          table: accounts,
          id: 'b',
          row: account('b', { balance: 105 }),
          before: account('b'),
          beforeModIndex: 4,
        },
      ],
    ])
    expect(replica.frames.at(-1)).toMatchObject({
      index: 6,
      term: 1,
      sessionId: replica.sessionId,
      events: [{ type: 'transferred' }],
      reports: [{ seq: 4, isRepeated: false }],
    })
  })

  test('tombstones are cleared away as new ones come', () => {
    const replica = opened()
    const boot = (n: number): string => n.toString(16).padStart(2, '0').repeat(16)
    for (let n = 1; n <= 10; n += 1) replica.open({ bootId: boot(n) })
    const { reader } = replica.state
    expect(reader.count(tombstoneTable)).toBe(10)
    replica.log.clusterClockMs += tombstoneTtlMs
    for (let n = 11; n <= 16; n += 1) replica.open({ bootId: boot(n) })
    expect(reader.count(tombstoneTable)).toBe(6)
    expect(replica.open({ bootId: boot(3) }).outcome.ok).toBe(true)
  })
})

describe('fail-stop', () => {
  const entry = (data: Uint8Array, fields: Partial<Entry> = {}): Entry => ({
    index: 2,
    term: 1,
    type: 'command',
    stampMs: 1,
    data,
    ...fields,
  })

  function code(run: () => void): string {
    try {
      run()
    } catch (error) {
      return error instanceof StateError ? error.code : String(error)
    }
    return 'nothing thrown'
  }

  function unknownCommand(kind: number, kindVersion: number): Uint8Array {
    const rest = { seq: 0, notAfterMs: 0, actor: '', opId: '', body: [] }
    return joinBatch(0, [encodeEnvelope({ kind, kindVersion, ...rest })])
  }

  test('an unknown kind, version or format stops before anything changes', () => {
    const cases = [
      entry(unknownCommand(999, 1)),
      entry(unknownCommand(100, 2)),
      entry(Uint8Array.of(0x91, 2)),
    ]
    for (const bad of cases) {
      const { state } = new Replica()
      const before = toHex(state.digest())
      expect(code(() => state.apply([bad]))).toBe('SCHED_UNSUPPORTED_COMMAND')
      expect(toHex(state.digest())).toBe(before)
      expect(code(() => state.apply([entry(bootstrapData)]))).toContain('not used again')
    }
  })

  test('bytes that are no batch stop as damaged', () => {
    const { state } = new Replica()
    expect(code(() => state.apply([entry(Uint8Array.of(0xc1))]))).toBe('SCHED_ENTRY_DAMAGED')
  })

  test('an unknown continuation stops', () => {
    const orphan = defineCommand<null, string>({
      kind: 110,
      kindVersion: 1,
      name: 'orphan',
      encode: () => [],
      decode: () => null,
      apply: (_, __, context) => context.continueWith('nobody', []),
    })
    const domain: Domain = { ...testDomain, commands: [orphan] }
    const replica = new Replica(domain)
    replica.open()
    replica.run(orphan, null)
    const place = { index: 3, ordinal: 0, number: 0 }
    const { advance } = replica.state.registry
    expect(code(() => replica.run(advance, place))).toBe('SCHED_UNSUPPORTED_COMMAND')
  })

  test('what depends on the process is never a result', () => {
    const deep = defineCommand<null, number>({
      kind: 111,
      kindVersion: 1,
      name: 'deep',
      encode: () => [],
      decode: () => null,
      apply(tx, body, context) {
        return 1 + this.apply(tx, body, context)
      },
    })
    const domain: Domain = { ...testDomain, commands: [deep] }
    const replica = new Replica(domain)
    replica.open()
    expect(() => replica.run(deep, null)).toThrow(RangeError)
  })

  test('reads make an entry long as well, those of a command that was undone included', () => {
    const read = defineCommand<{ readonly isUndone: boolean }, boolean>({
      kind: 112,
      kindVersion: 1,
      name: 'read',
      encode: ({ isUndone }) => [isUndone],
      decode: (fields) => ({ isUndone: fields.boolean() }),
      apply(tx, { isUndone }, context) {
        // Three of these pass the mark of an entry, two do not.
        for (let i = 0; i < 0.4 * entryRowsVisitedTarget; i += 1) tx.get(accounts, 'nobody')
        if (isUndone) throw new Error('undone')
        return context.isEntryLong
      },
    })
    const replica = new Replica({ ...testDomain, commands: [...testDomain.commands, read] })
    replica.open()
    const reports = replica.send(
      [false, true, false, false].map((isUndone, i) => numbered(i + 1, read, { isUndone })),
    )
    expect(reports.map(({ outcome }) => outcome)).toEqual([
      { ok: true, result: false },
      { ok: false, reason: 'internal' },
      { ok: true, result: false },
      { ok: true, result: true },
    ])
  })

  test('when time is up the entries behind the first wait, and come to the same', () => {
    const { state, log } = new Replica()
    const whole = new Replica()
    whole.open()
    for (let i = 0; i < 3; i += 1) whole.run(putAccount, account(`a${i}`))
    const entries = whole.log.entries.slice(log.entries.length)
    let at = 0
    while (at < entries.length) {
      const results = state.apply(entries.slice(at), () => true)
      expect(results).toHaveLength(1)
      at += 1
    }
    expect(state.appliedIndex).toBe(whole.state.appliedIndex)
    expect(toHex(state.digest())).toBe(toHex(whole.state.digest()))
  })

  test('entries out of order are a bug', () => {
    const { state } = new Replica()
    expect(() => state.apply([entry(bootstrapData, { index: 3 })])).toThrow('in order')
  })

  test('kinds are unique and the framework keeps its own', () => {
    const twice: Domain = { ...testDomain, commands: [inspect, inspect] }
    expect(() => new ReplicatedState(twice, { onCommandFailed: () => {} })).toThrow('unique')
    const own: Domain = { ...testDomain, commands: [clockTickCommand] }
    expect(() => new ReplicatedState(own, { onCommandFailed: () => {} })).toThrow('framework')
  })
})

test('golden bytes of the framework commands', () => {
  const { registry } = new Replica().state
  const bytes = (kind: number, body: readonly unknown[]): string => {
    const rest = { kindVersion: 1, seq: 1, notAfterMs: 0, actor: '', opId: '' }
    return toHex(encodeEnvelope({ kind, ...rest, body: body as readonly number[] }))
  }
  const open = {
    replicaId: 1,
    bootId,
    generation: 2,
    clientAddress: 'c:1',
    programVersion: 'v',
    protocolVersion: 1,
    features: ['b', 'a'],
  }
  expect(bytes(registry.openSession.kind, registry.openSession.encode(open))).toBe(
    `980102010100a0a09701c410${bootId}02a3633a31a1760192a161a162`,
  )
  expect(bytes(registry.closeSession.kind, registry.closeSession.encode({ sessionId: 300 }))).toBe(
    '980103010100a0a091cd012c',
  )
  expect(bytes(clockTickCommand.kind, clockTickCommand.encode(null))).toBe('980104010100a0a090')
  const place = { index: 300, ordinal: 2, number: 1 }
  expect(bytes(registry.advance.kind, registry.advance.encode(place))).toBe(
    '980105010100a0a093cd012c0201',
  )
  expect(bootstrapCommand.kind).toBe(1)
})

test('R-17.3 the digest is marked at every interval, and stored rows have to add up to it', () => {
  const replica = opened()
  expect(replica.state.digestMark.index).toBe(0)
  while (replica.state.appliedIndex < digestIntervalIndexes) {
    replica.log.append(
      batchOf(replica.sessionId, [numbered(++replica.seq, clockTickCommand, null)]),
    )
  }
  expect(replica.state.digestMark.index).toBe(digestIntervalIndexes)
  expect(replica.state.digestMark.digest).toEqual(replica.state.digest())

  const puts = replica.state.take()!.writes.puts
  const reload = (rows: typeof puts): ReplicatedState => {
    const state = new ReplicatedState(testDomain, { onCommandFailed: () => {} })
    for (const [key, value] of rows) state.load(key, value)
    state.loaded()
    return state
  }
  expect(reload(puts).digestMark).toEqual(replica.state.digestMark)
  const damaged = puts.map(([key, value]): [Uint8Array, Uint8Array] => {
    const copy = new Uint8Array(value)
    if (key[0] === tableBytes.digest) copy[copy.length - 1]! ^= 1
    return [key, copy]
  })
  expect(() => reload(damaged)).toThrow('does not add up')
})
