import { describe, expect, test } from 'vitest'
import { CodedError, Prng } from '../../base/index.ts'
import { announceHost } from '../replication/commands/index.ts'
import { hostAnnounce, newState } from '../replication/commands/scheduler-fixture.suite.ts'
import { memberTable, setNodeState } from '../replication/index.ts'
import { watchCheckMs, watchesMax, watchListsMax, watchStallMsMax } from './limits.ts'
import { rowsOf, WatchedLog, WatchedMember, Watcher } from './watch-fixture.suite.ts'
import type { FakeCall } from './watch-fixture.suite.ts'

const rounds = 24
const stepsPerRound = 60

/** Indexes behind `after` that changed what everybody may see. */
function changedIndexes(log: WatchedLog, after: number): number[] {
  const indexes: number[] = []
  for (let index = after + 1; index <= log.lastIndex; index += 1) {
    const [before, now] = [log.at.get(index - 1)!, log.at.get(index)!]
    const isSame = before.size === now.size && [...now].every(([id, row]) => before.get(id) === row)
    if (!isSame) indexes.push(index)
  }
  return indexes
}

describe('random logs', () => {
  let cutShort = 0

  test.each(Array.from({ length: rounds }, (_, round) => round))(
    'round %i: a watcher knows the state at every index, whichever member it asks',
    async (round) => {
      const random = new Prng(`watch-${round}`)
      const log = new WatchedLog(`log-${round}`)
      const members = [0, 1].map(() => new WatchedMember(log, { listRowsMax: 3 }))
      for (let step = 0; step < stepsPerRound; step += 1) log.step()
      for (const member of members) member.applyTo(4 + random.below(log.lastIndex - 4))
      const watcher = new Watcher(log)
      let at = members[0]!
      let call = await at.watch(watcher)
      while (watcher.token?.index !== log.lastIndex) {
        const member = members[random.below(2)]!
        member.applyTo(member.state.appliedIndex + 1 + random.below(4))
        member.turn(random.below(3))
        if (random.ratio(1, 3)) call.read(random.below(4))
        if (random.ratio(1, 12)) {
          call.emit('cancelled')
          watcher.cutOff()
          at = members[random.below(2)]!
          call = await at.watch(watcher)
        }
        expect(['', 'SCHED_TOKEN_AHEAD']).toContain(call.code)
        if (members.every(({ state }) => state.appliedIndex === log.lastIndex)) {
          call.read()
          at.turn()
          await at.clock.advance(1_000)
        }
      }
      expect(watcher.rows).toEqual(rowsOf(log.fixture.reader))
      // Each once and in order (the watcher checks the order), from the list on.
      expect(watcher.indexes).toEqual(changedIndexes(log, watcher.listedAt))
      cutShort += watcher.lists > 1 ? 1 : 0
      call.emit('cancelled')
      expect(members.map(({ watches }) => watches.size)).toEqual([0, 0])
    },
  )

  test('some of them began with a list that was cut short', () => {
    expect(cutShort).toBeGreaterThan(0)
    expect(cutShort).toBeLessThan(rounds)
  })
})

async function watched(
  options: ConstructorParameters<typeof WatchedMember>[1] = {},
): Promise<{ log: WatchedLog; member: WatchedMember; watcher: Watcher }> {
  const log = new WatchedLog('rows')
  for (let step = 0; step < 30; step += 1) log.step()
  const member = new WatchedMember(log, options)
  member.applyTo(log.lastIndex)
  return { log, member, watcher: new Watcher(log) }
}

/** Entries that each change one host. */
function announceHosts(log: WatchedLog, count: number, first = 0): void {
  for (let n = first; n < first + count; n += 1) {
    log.fixture.run(announceHost, hostAnnounce(`more-${n}`))
  }
}

test('a list of many rows is the state at its index although entries change rows meanwhile', async () => {
  const { log, member, watcher } = await watched()
  log.isRecording = false
  announceHosts(log, 1_000)
  member.applyTo(log.lastIndex)
  const listedAt = log.lastIndex
  log.at.set(listedAt, rowsOf(log.fixture.reader))
  // Announced anew, gone and added: before and behind the place where the list is.
  for (const n of [0, 1, 500, 999]) announceHosts(log, 1, n)
  for (const n of [2, 501, 998]) log.fixture.run(announceHost, hostAnnounce(`more-${n}`))
  log.fixture.advance(45_000)
  announceHosts(log, 5, 2_000)
  const call = await member.watch(watcher)
  call.room = 1
  let framesRead = 0
  while (watcher.token === undefined) {
    member.applyTo(member.state.appliedIndex + 1)
    member.turn(1)
    call.read(1)
    framesRead += 1
  }
  expect(watcher.listedAt).toBe(listedAt)
  expect(framesRead).toBeGreaterThan(8)
  call.read()
  member.applyTo(log.lastIndex)
  member.turn()
  expect(watcher.rows).toEqual(rowsOf(log.fixture.reader))
})

test('a slow reader that falls behind the history is told to list anew', async () => {
  const { log, member, watcher } = await watched({ history: { framesMax: 10, bytesMax: 1e9 } })
  const call = await member.watch(watcher)
  member.turn()
  call.read(1)
  announceHosts(log, 12)
  while (member.state.appliedIndex < log.lastIndex) {
    member.applyTo(member.state.appliedIndex + 1)
    member.turn()
    call.read(1)
  }
  expect([call.code, watcher.indexes.length]).toEqual(['', 12])
  call.room = 1
  announceHosts(log, 12, 100)
  member.applyTo(log.lastIndex)
  member.turn()
  // It need not read on to be given up: nothing is kept for whoever reads no more.
  expect(call.code).toBe('SCHED_COMPACTED')
  expect(member.watches.size).toBe(0)
  watcher.token = undefined
  await member.watch(watcher)
  member.turn()
  expect(watcher.rows).toEqual(rowsOf(log.fixture.reader))
})

test('the history is bounded in bytes, and a token behind it is compacted', async () => {
  const { log, member, watcher } = await watched({ history: { framesMax: 1e6, bytesMax: 20_000 } })
  watcher.token = { clusterId: 'c'.repeat(32), index: log.lastIndex }
  announceHosts(log, 100)
  member.applyTo(log.lastIndex)
  expect(member.watches.history.sizeBytes).toBeLessThanOrEqual(20_000)
  expect(member.watches.history.frames).toBeGreaterThan(2)
  expect((await member.watch(watcher)).code).toBe('SCHED_COMPACTED')
  expect(member.watches.size).toBe(0)
})

test('a frame that is larger than the whole history ends the watches', async () => {
  const { log, member, watcher } = await watched({ history: { framesMax: 9, bytesMax: 100 } })
  const call = await member.watch(watcher)
  member.turn()
  announceHosts(log, 1)
  member.applyTo(log.lastIndex)
  member.turn()
  expect([call.code, member.watches.history.frames]).toEqual(['SCHED_COMPACTED', 0])
})

test('after an image the watches end and begin anew with a list', async () => {
  const { log, member, watcher } = await watched()
  const call = await member.watch(watcher)
  member.turn()
  announceHosts(log, 5)
  const image = newState()
  image.apply(log.fixture.entries)
  const settled = newState()
  const taken = image.take()!
  for (const [key, value] of taken.writes.puts) settled.load(key, value)
  settled.loaded()
  member.state.replaceBy(settled)
  expect(call.code).toBe('SCHED_COMPACTED')
  expect((await member.watch(watcher)).code).toBe('SCHED_COMPACTED')
  watcher.token = undefined
  await member.watch(watcher)
  member.turn()
  expect(watcher.rows).toEqual(rowsOf(log.fixture.reader))
  expect([watcher.lists, member.watches.size]).toEqual([2, 1])
})

test('progress comes every second, with the age of the contact with the leader', async () => {
  const { member, watcher } = await watched()
  await member.watch(watcher)
  member.turn()
  for (const second of [1, 2, 3]) {
    await member.clock.advance(1_000)
    expect(watcher.progress).toBe(second)
  }
})

test('3 s without contact with the leader end the watches, and none begins', async () => {
  const { member, watcher } = await watched()
  const call = await member.watch(watcher)
  member.turn()
  member.leaderContactAgeMs = 3_000
  await member.clock.advance(250)
  expect(call.code).toBe('')
  member.leaderContactAgeMs = 3_001
  await member.clock.advance(250)
  expect([call.code, member.watches.size]).toEqual(['SCHED_NO_LEADER', 0])
  expect((await member.watch(watcher)).code).toBe('SCHED_NO_LEADER')
})

test('a token that is ahead is waited for, up to the longest time of a call', async () => {
  const { log, member, watcher } = await watched()
  announceHosts(log, 3)
  watcher.token = { clusterId: 'c'.repeat(32), index: log.lastIndex - 1 }
  for (const [id, row] of log.at.get(log.lastIndex - 1)!) watcher.rows.set(id, row)
  const call = await member.watch(watcher)
  member.applyTo(log.lastIndex - 2)
  member.turn()
  expect(watcher.indexes).toEqual([])
  member.applyTo(log.lastIndex)
  member.turn()
  expect([watcher.indexes, call.code]).toEqual([[log.lastIndex], ''])

  const ahead = new Watcher(log)
  ahead.token = { clusterId: 'c'.repeat(32), index: log.lastIndex + 1 }
  const late = await member.watch(ahead)
  await member.clock.advance(4_999)
  expect(late.code).toBe('')
  await member.clock.advance(1)
  expect([late.code, member.watches.size]).toEqual(['SCHED_TOKEN_AHEAD', 1])
})

test.each([
  { why: 'a token of another cluster', token: 'd', tables: [], code: 'SCHED_WRONG_CLUSTER' },
  { why: 'an unknown table', token: '', tables: ['sessions'], code: 'PROTO_FIELD_INVALID' },
  {
    why: 'too many tables',
    token: '',
    tables: Array(33).fill('hosts'),
    code: 'PROTO_FIELD_INVALID',
  },
])('$why is refused and leaves nothing behind', async ({ token, tables, code }) => {
  const { member, watcher } = await watched()
  if (token !== '') watcher.token = { clusterId: token.repeat(32), index: 1 }
  const call = await member.watch(watcher, { tables })
  expect([call.code, member.watches.size]).toEqual([code, 0])
})

test('only the tables that were asked for are told', async () => {
  const { log, member } = await watched()
  const watcher = new Watcher(log, { isExpected: false })
  await member.watch(watcher, { tables: ['features', 'members'] })
  member.turn()
  expect(watcher.rows.size).toBeGreaterThan(0)
  expect([...watcher.rows.keys()].filter((name) => !name.startsWith('members '))).toEqual([])
  announceHosts(log, 3)
  member.applyTo(log.lastIndex)
  member.turn()
  expect(watcher.indexes).toEqual([])
})

test('a read that no leader confirms ends the watch before its list', async () => {
  const { member, watcher } = await watched()
  member.readFailure = new CodedError('SCHED_NO_LEADER', 'no leader')
  const call = await member.watch(watcher)
  expect([call.code, member.watches.size, watcher.lists]).toEqual(['SCHED_NO_LEADER', 0, 0])
})

test('a member that hides is gone for everybody, and stays for operators, whom it serves on', async () => {
  const { log, member } = await watched()
  const { reader } = log.fixture
  const hide = (replicaId: number): void => {
    const { incarnation, state } = reader.get(memberTable, replicaId)!
    const body = { replicaId, incarnation, bootId: '', from: [state], to: 'hidden' } as const
    log.fixture.run(setNodeState, body)
    member.applyTo(log.lastIndex)
    member.turn()
  }
  const everybody = new Watcher(log)
  const operator = new Watcher(log, { isExpected: false })
  const calls = [
    await member.watch(everybody),
    await member.watch(operator, { isOperator: true }),
  ] as const
  member.turn()
  const { state } = reader.get(memberTable, 2)!
  if (state !== 'hidden') hide(2)
  expect(everybody.rows.has('members 2')).toBe(false)
  expect(operator.rows.get('members 2')).toContain('"state":"hidden"')
  if (reader.get(memberTable, 1)!.state !== 'hidden') hide(1)
  await member.clock.advance(250)
  expect(calls.map(({ code }) => code)).toEqual(['SCHED_HIDDEN', ''])
  expect((await member.watch(everybody)).code).toBe('SCHED_HIDDEN')
  expect(operator.rows).toEqual(rowsOf(reader, true))
})

test('a member that stops ends its watches, those that wait included', async () => {
  const { log, member, watcher } = await watched()
  const ahead = new Watcher(log)
  ahead.token = { clusterId: 'c'.repeat(32), index: log.lastIndex + 9 }
  const calls = [await member.watch(watcher), await member.watch(ahead)]
  member.watches.stop()
  expect(calls.map(({ code }) => code)).toEqual(['SCHED_STOPPING', 'SCHED_STOPPING'])
  expect(member.watches.size).toBe(0)
  expect((await member.watch(watcher)).code).toBe('SCHED_STOPPING')
})

test('lists that are made at once are limited; whoever has a token may come', async () => {
  const { log, member } = await watched({ listRowsMax: 1 })
  const opened = (): Promise<FakeCall> => member.watch(new Watcher(log))
  for (let n = 0; n < watchListsMax; n += 1) expect((await opened()).code).toBe('')
  expect((await opened()).code).toBe('SCHED_OVERLOADED')
  const resuming = new Watcher(log)
  resuming.token = { clusterId: 'c'.repeat(32), index: log.lastIndex }
  expect((await member.watch(resuming)).code).toBe('')
  member.turn()
  expect((await opened()).code).toBe('')
})

test('watches are limited', async () => {
  const { log, member } = await watched()
  const opened = async (): Promise<string> => {
    const watcher = new Watcher(log)
    watcher.token = { clusterId: 'c'.repeat(32), index: log.lastIndex }
    return (await member.watch(watcher)).code
  }
  for (let n = 0; n < watchesMax; n += 1) expect(await opened()).toBe('')
  expect([await opened(), member.watches.size]).toEqual(['SCHED_TOO_MANY_STREAMS', watchesMax])
})

test('whoever takes nothing for a minute makes room, and goes on with its token', async () => {
  const { log, member } = await watched({ listRowsMax: 1 })
  const resuming = (): Watcher =>
    Object.assign(new Watcher(log, { isExpected: false }), { token: tokenOf(log) })
  const lists: FakeCall[] = []
  for (let n = 0; n < watchListsMax; n += 1) {
    const call = await member.watch(new Watcher(log))
    call.room = 0
    lists.push(call)
  }
  const idle = await member.watch(resuming())
  const slow = resuming()
  const behind = await member.watch(slow)
  behind.room = 0
  member.turn()
  announceHosts(log, 1)
  member.applyTo(log.lastIndex)
  member.turn()
  await member.clock.advance(watchStallMsMax - watchCheckMs)
  expect((await member.watch(new Watcher(log))).code).toBe('SCHED_OVERLOADED')
  await member.clock.advance(2 * watchCheckMs)
  expect([...lists, behind].map(({ code }) => code)).toEqual(
    Array.from({ length: watchListsMax + 1 }, () => 'SCHED_EXPIRED'),
  )
  expect([idle.code, member.watches.size]).toEqual(['', 1])
  expect((await member.watch(new Watcher(log))).code).toBe('')
  await member.watch(slow)
  member.turn()
  expect(slow.token?.index).toBe(log.lastIndex)
})

const tokenOf = (log: WatchedLog): { clusterId: string; index: number } => ({
  clusterId: 'c'.repeat(32),
  index: log.lastIndex,
})
