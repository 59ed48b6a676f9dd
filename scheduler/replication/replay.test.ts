// The same log gives the same state, however it was cut into chunks, whenever it was written, and
// whether it is replayed from the start or continued from stored rows (design 4.8).
import { expect, test } from 'vitest'
import { toHex } from '../../base/index.ts'
import { Replica, rowsOf, testDomain } from './harness.suite.ts'
import { account, numbered, putAccount, removeAccount, transfer } from './harness.suite.ts'
import { expireAccount, inspect, large, removeOwner } from './harness.suite.ts'
import { fc, test as property } from './property.suite.ts'
import { ReplicatedState } from './replicated-state.ts'
import { continuationTable } from './rows/continuation.ts'
import type { NumberedCommand } from './harness.suite.ts'
import type { Entry } from '../../raft/index.ts'

type Stored = Map<string, readonly [Uint8Array, Uint8Array]>

const name: fc.Arbitrary<string> = fc.constantFrom('a', 'b', 'c', 'd', 'é', '𝒟', '\uff5e')
const owner: fc.Arbitrary<string> = fc.constantFrom('anna', 'bert', 'ćel', '𝒟', '\uff5e')
const step = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    name,
    owner,
    balance: fc.nat({ max: 50 }),
    expiryMs: fc.nat({ max: 90 }),
  }),
  fc.record({
    kind: fc.constant('transfer' as const),
    from: name,
    to: name,
    amount: fc.nat({ max: 9 }),
    fault: fc.constantFrom('none' as const, 'none' as const, 'throw' as const, 'limit' as const),
  }),
  fc.record({ kind: fc.constant('remove' as const), name }),
  fc.record({ kind: fc.constant('expire' as const), name }),
  fc.record({ kind: fc.constant('remove-owner' as const), owner }),
  fc.record({ kind: fc.constantFrom('inspect' as const, 'large' as const, 'advance' as const) }),
  fc.record({ kind: fc.constant('reopen' as const), boot: fc.nat({ max: 3 }) }),
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

function commandOf(replica: Replica, step: Exclude<Step, { kind: 'reopen' }>): NumberedCommand {
  replica.seq += 1
  const { seq } = replica
  switch (step.kind) {
    case 'put':
      return numbered(seq, putAccount, account(step.name, step))
    case 'transfer':
      return numbered(seq, transfer, step)
    case 'remove':
      return numbered(seq, removeAccount, step)
    case 'expire':
      return numbered(seq, expireAccount, step)
    case 'remove-owner':
      return numbered(seq, removeOwner, step)
    case 'inspect':
      return numbered(seq, inspect, null)
    case 'large':
      return numbered(seq, large, null)
    case 'advance': {
      const row = replica.state.reader.first(continuationTable, 'byAge')
      const body = row ?? { index: 1, ordinal: 0, number: 0 }
      return numbered(seq, replica.state.registry.advance, body)
    }
  }
}

/** Runs the steps on a first replica, which makes the log. */
function record(steps: readonly (readonly Step[])[]): Replica {
  const replica = new Replica()
  replica.open()
  for (const group of steps) {
    replica.log.clusterClockMs += 7
    replica.log.wallMs += 3
    const commands: NumberedCommand[] = []
    for (const step of group) {
      if (step.kind === 'reopen') replica.open({ bootId: `0${step.boot}`.repeat(16) })
      else if (commands.length === 0) replica.send([commandOf(replica, step)])
      else commands.push(commandOf(replica, step))
    }
    if (commands.length > 0) replica.send(commands)
  }
  return replica
}

function store(stored: Stored, state: ReplicatedState): void {
  const taken = state.take()
  for (const [key, value] of taken?.writes.puts ?? []) stored.set(toHex(key), [key, value])
  for (const key of taken?.writes.deletes ?? []) expect(stored.delete(toHex(key))).toBe(true)
}

function empty(): ReplicatedState {
  return new ReplicatedState(testDomain, { onCommandFailed: () => {} })
}

function reload(stored: Stored): ReplicatedState {
  const state = empty()
  for (const [key, value] of stored.values()) state.load(key, value)
  state.loaded()
  return state
}

property(
  'chunks, writes and reloads in between lead to the digest of one that never stopped',
  fc.record({
    steps: fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 40 }),
    cuts: fc.array(fc.record({ length: fc.integer({ min: 1, max: 9 }), isReload: fc.boolean() }), {
      minLength: 1,
      maxLength: 10,
    }),
  }),
  ({ steps, cuts }) => {
    const original = record(steps)
    const { entries } = original.log
    const whole = empty()
    whole.apply(entries)

    const stored: Stored = new Map()
    let restarted = empty()
    for (let at = 0, turn = 0; at < entries.length; turn += 1) {
      const { length, isReload } = cuts[turn % cuts.length]!
      const chunk: readonly Entry[] = entries.slice(at, at + length)
      at += chunk.length
      restarted.apply(chunk)
      if (!isReload) continue
      store(stored, restarted)
      // What was applied after the write is lost with the process and replayed from the log.
      restarted.apply(entries.slice(at, at + 2))
      restarted = reload(stored)
      expect(restarted.appliedIndex).toBe(at)
    }
    const digest = toHex(original.state.digest())
    expect(toHex(whole.digest())).toBe(digest)
    expect(toHex(restarted.digest())).toBe(digest)
    expect(rowsOf(whole)).toBe(rowsOf(original.state))
    expect(rowsOf(restarted)).toBe(rowsOf(original.state))
    store(stored, restarted)
    expect(toHex(reload(stored).digest())).toBe(digest)
  },
  150,
)

property(
  'a stored state that lost, gained or changed a byte is refused',
  fc.record({ at: fc.nat(), bit: fc.nat({ max: 7 }), row: fc.nat(), fault: fc.nat({ max: 2 }) }),
  ({ at, bit, row, fault }) => {
    const replica = record([[{ kind: 'put', name: 'a', owner: 'anna', balance: 1, expiryMs: 2 }]])
    const stored: Stored = new Map()
    store(stored, replica.state)
    const keys = [...stored.keys()]
    const chosen = keys[row % keys.length]!
    const [key, value] = stored.get(chosen)!
    // The newest digest mark is only compared with other replicas, not with the rows.
    if (fault === 0) {
      stored.delete(chosen)
    } else if (fault === 1) {
      const damaged = value.slice()
      damaged[at % value.length]! ^= 1 << bit
      stored.set(chosen, [key, damaged])
    } else {
      stored.set('twice', [key, value])
    }
    expect(() => reload(stored)).toThrow(expect.objectContaining({ code: codePattern }))
  },
  300,
)

const codePattern = expect.stringMatching(/^SCHED_(STATE_DAMAGED|UNSUPPORTED_COMMAND)$/) as string

test('what a new replica starts from is nothing', () => {
  const state = empty()
  state.loaded()
  expect(state.take()).toBeUndefined()
  expect(state.appliedIndex).toBe(0)
})

test('R-18.3 a frozen log leads to a frozen digest', () => {
  const steps: (readonly Step[])[] = []
  for (let i = 0; i < 40; i += 1) {
    const [a, b] = [`n${i % 7}`, `n${(i * 3) % 7}`] as const
    steps.push([
      { kind: 'put', name: a, owner: i % 2 === 0 ? 'anna' : 'bert', balance: i, expiryMs: i * 9 },
      { kind: 'transfer', from: a, to: b, amount: 2, fault: i % 5 === 0 ? 'throw' : 'none' },
      { kind: i % 4 === 0 ? 'advance' : 'inspect' },
    ])
    if (i % 10 === 9) steps.push([{ kind: 'remove-owner', owner: 'anna' }])
    if (i % 13 === 12) steps.push([{ kind: 'reopen', boot: i % 3 }])
    if (i % 6 === 5) steps.push([{ kind: 'expire', name: a }, { kind: 'large' }])
  }
  const { state, log } = record(steps)
  // Changed only together with a feature: replicas of two versions must agree (design 4.14).
  expect([log.entries.length, toHex(state.digest())]).toEqual([
    141,
    'e23b405a69313d228c5415295939763c',
  ])
})
