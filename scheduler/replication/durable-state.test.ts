import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nullLogger, Prng, toHex } from '../../base/index.ts'
import { FileDisk } from '../../runtime/index.ts'
import { createLevelState, openLevelState } from '../../storage/index.ts'
import { DurableState } from './durable-state.ts'
import { decodeBatch } from './batch.ts'
import {
  account,
  accounts,
  batchOf,
  bootId,
  bootstrapData,
  clusterId,
  inspect,
  numbered,
  putAccount,
  removeAccount,
  Replica,
  testDomain,
  virtualClock,
} from './harness.suite.ts'
import { StateError } from './errors.ts'
import { flushLagEntriesMax, flushLagMsMax } from './limits.ts'
import { Registry } from './registry.ts'
import { ReplicatedState } from './replicated-state.ts'
import type { VirtualClock } from '../../base/index.ts'
import type { RowSourcePort, StateStorePort } from './durable-state.ts'
import type { StateWrites } from './settlement.ts'
import type { NumberedCommand } from './harness.suite.ts'
import type { Entry } from '../../raft/index.ts'

/** Keeps rows; a write waits for `release` while `isHeld`, and fails once `failure` is set. */
class HeldStore implements StateStorePort {
  readonly rows = new Map<string, readonly [Uint8Array, Uint8Array]>()
  writes = 0
  isHeld = false
  failure: Error | undefined
  #release: (() => void)[] = []

  load(visit: (key: Uint8Array, value: Uint8Array) => void): Promise<void> {
    for (const [key, value] of this.rows.values()) visit(key, value)
    return Promise.resolve()
  }

  async write(writes: StateWrites): Promise<void> {
    this.writes += 1
    if (this.isHeld) await new Promise<void>((done) => this.#release.push(done))
    if (this.failure !== undefined) throw this.failure
    for (const [key, value] of writes.puts) this.rows.set(toHex(key), [key, value])
    for (const key of writes.deletes) this.rows.delete(toHex(key))
  }

  async replaceWith(rows: RowSourcePort): Promise<void> {
    if (this.failure !== undefined) throw this.failure
    const replaced: (readonly [Uint8Array, Uint8Array])[] = []
    for (let next = await rows.next(); next.length > 0; next = await rows.next()) {
      replaced.push(...next)
    }
    if (this.isHeld) await new Promise<void>((done) => this.#release.push(done))
    this.rows.clear()
    for (const [key, value] of replaced) this.rows.set(toHex(key), [key, value])
  }

  release(): void {
    for (const done of this.#release.splice(0)) done()
  }
}

interface Setup<Store> {
  readonly clock: VirtualClock
  readonly store: Store
  readonly durable: DurableState
  readonly fatal: StateError[]
  apply(commands: readonly NumberedCommand[]): void
}

/** Opens a state; an empty one gets a cluster and a session first, unless it stays `as it is`. */
async function open<Store extends StateStorePort = HeldStore>(
  store: Store = new HeldStore() as StateStorePort as Store,
  clock = virtualClock(),
  start: 'in a session' | 'as it is' = 'in a session',
): Promise<Setup<Store>> {
  const fatal: StateError[] = []
  const state = new ReplicatedState(testDomain, { onCommandFailed: () => {} })
  const durable = await DurableState.open(
    { clock, logger: nullLogger, store, state },
    { onFatal: (error) => fatal.push(error) },
  )
  const setup: Setup<Store> = {
    clock,
    store,
    durable,
    fatal,
    apply(commands) {
      const index = state.appliedIndex + 1
      const data = index === 1 ? bootstrapData : index === 2 ? openData : inSession(index, commands)
      const entry: Entry = { index, term: 1, type: 'command', stampMs: index, data }
      durable.apply([entry])
    },
  }
  if (start === 'as it is' || state.appliedIndex > 0) return setup
  setup.apply([])
  setup.apply([])
  await clock.advance(1000)
  if (store instanceof HeldStore) store.writes = 0
  return setup
}

/** Entries 3 … carry commands 1 … of the session that entry 2 opened. */
function inSession(index: number, commands: readonly NumberedCommand[]): Uint8Array {
  return batchOf(
    2,
    commands.map((command) => ({ ...command, seq: index - 2 })),
  )
}

const openData = batchOf(0, [
  numbered(0, new Registry(testDomain).openSession, {
    replicaId: 1,
    bootId,
    generation: 1,
    clientAddress: '',
    programVersion: '',
    protocolVersion: 1,
    features: [],
  }),
])

const put = (name: string): NumberedCommand[] => [numbered(0, putAccount, account(name))]

describe('writing behind', () => {
  test('a chunk is written after the interval, with the position of its last entry', async () => {
    const { clock, store, durable, apply } = await open()
    apply(put('a'))
    expect([store.writes, durable.durableIndex()]).toEqual([0, 2])
    await clock.advance(1000)
    expect([store.writes, durable.durableIndex()]).toEqual([1, 3])
    await clock.advance(10_000)
    expect(store.writes).toBe(1)
  })

  test('what is applied during a write goes into the next one', async () => {
    const { clock, store, durable, apply } = await open()
    store.isHeld = true
    apply(put('a'))
    await clock.advance(1000)
    apply(put('b'))
    apply([numbered(0, removeAccount, { name: 'a' })])
    expect(durable.durableIndex()).toBe(2)
    store.isHeld = false
    store.release()
    await clock.advance(0)
    expect(durable.durableIndex()).toBe(3)
    await clock.advance(1000)
    expect([durable.durableIndex(), store.writes]).toEqual([5, 2])
    const again = await open(store)
    expect(again.durable.state.appliedIndex).toBe(5)
    expect(again.durable.durableIndex()).toBe(5)
    expect(again.durable.state.reader.count(accounts)).toBe(1)
    expect(again.durable.state.digest()).toEqual(durable.state.digest())
  })

  test('the more bytes there are the shorter they wait', async () => {
    const { clock, store, apply } = await open()
    const kilobyte = numbered(0, putAccount, account('a'.repeat(1024)))
    for (let i = 0; i < 100; i += 1) apply([kilobyte])
    await clock.advance(500)
    expect(store.writes).toBe(0)
    for (let i = 0; i < 50; i += 1) apply([kilobyte])
    await clock.advance(0)
    expect(store.writes, 'enough came in the second part of the interval').toBe(1)
    for (let i = 0; i < 150; i += 1) apply([kilobyte])
    await clock.advance(199)
    expect(store.writes).toBe(1)
    await clock.advance(1)
    expect(store.writes, 'enough when the first part was over').toBe(2)
    apply(put('b'))
    await clock.advance(999)
    expect(store.writes).toBe(2)
    await clock.advance(1)
    expect(store.writes).toBe(3)
  })

  test('many entries do not wait for the interval', async () => {
    const { clock, store, durable, apply } = await open()
    for (let i = 0; i < 2100; i += 1) apply(put('a'))
    await clock.advance(0)
    expect(store.writes).toBe(1)
    expect(durable.durableIndex()).toBeGreaterThan(2000)
  })

  test('stop writes the rest; a second stop does nothing', async () => {
    const { clock, store, durable, apply } = await open()
    apply(put('a'))
    const stopping = durable.stop()
    await clock.advance(0)
    await stopping
    await durable.stop()
    expect([store.writes, durable.durableIndex()]).toEqual([1, 3])
    await clock.advance(1000)
    expect(store.writes).toBe(1)
  })

  test('a damaged store is refused', async () => {
    const { clock, store, apply } = await open()
    apply(put('a'))
    await clock.advance(1000)
    const [first] = store.rows.keys()
    store.rows.delete(first!)
    await expect(open(store)).rejects.toMatchObject({ code: 'SCHED_STATE_DAMAGED' })
  })
})

describe('overload', () => {
  test('too many entries that are not durable', async () => {
    const { clock, store, durable, apply } = await open()
    store.isHeld = true
    for (let i = 0; i < flushLagEntriesMax; i += 1) apply([numbered(0, inspect, null)])
    expect(durable.isOverloaded()).toBe(false)
    apply(put('a'))
    expect(durable.isOverloaded()).toBe(true)
    store.isHeld = false
    store.release()
    await clock.advance(1000)
    expect(durable.isOverloaded()).toBe(false)
  })

  test('a write that takes too long', async () => {
    const { clock, store, durable, apply } = await open()
    store.isHeld = true
    apply(put('a'))
    await clock.advance(flushLagMsMax)
    expect(durable.isOverloaded()).toBe(false)
    await clock.advance(1)
    expect(durable.isOverloaded()).toBe(true)
  })
})

describe('R-14.1 a failed write is the end', () => {
  test('it is reported once, nothing more is written, and stop does not try again', async () => {
    const { clock, store, durable, fatal, apply } = await open()
    store.failure = new Error('no space')
    apply(put('a'))
    await clock.advance(1000)
    expect(fatal.map(({ code }) => code)).toEqual(['SCHED_STATE_WRITE_FAILED'])
    expect(durable.isOverloaded()).toBe(true)
    expect(() => apply(put('b'))).toThrow('applies nothing more')
    await expect(durable.flush()).rejects.toMatchObject({ code: 'SCHED_STATE_WRITE_FAILED' })
    await durable.stop()
    expect(store.writes).toBe(1)
  })
})

describe('design 4.14 an image whose rows', () => {
  const rowOf = async (): Promise<readonly [Uint8Array, Uint8Array]> => {
    const { store, apply, clock } = await open()
    apply(put('a'))
    await clock.advance(1000)
    return [...store.rows.values()].find(([key]) => key[0] === accounts.tableByte)!
  }

  test.each([
    ['are of a table', (key: Uint8Array, value: Uint8Array) => [key.with(0, 250), value]],
    ['have a version', (key: Uint8Array, value: Uint8Array) => [key, value.with(1, 99)]],
  ] as const)('%s that this program does not know stops the replica', async (_, change) => {
    const { durable, fatal, store } = await open()
    const [key, value] = change(...(await rowOf()))
    const staged = durable.stage()
    for (let times = 1; times <= 2; times += 1) {
      expect(() => staged.add(key!, value!)).toThrow(StateError)
      expect(fatal.map(({ code }) => code)).toEqual(['SCHED_UNSUPPORTED_COMMAND'])
    }
    expect(durable.isOverloaded()).toBe(true)
    const { writes } = store
    await durable.stop()
    expect(store.writes).toBe(writes)
  })

  test('do not read is refused, and the replica goes on', async () => {
    const { durable, fatal, apply, clock } = await open()
    const [key] = await rowOf()
    expect(() => durable.stage().add(key, new Uint8Array([0xc0]))).toThrow(StateError)
    expect(() => durable.stage().complete()).not.toThrow()
    expect(fatal).toEqual([])
    apply(put('b'))
    await clock.advance(1000)
    expect(durable.durableIndex()).toBe(durable.state.appliedIndex)
  })
})

test('the leader stamps its wall clock', async () => {
  const { clock, durable } = await open()
  await clock.advance(1234)
  const stamped = durable.stamp(batchOf(0, put('a')))
  expect(decodeBatch(stamped)).toMatchObject({ batch: { wallMs: clock.wallMs() } })
  expect(durable.digestMark()).toEqual({ index: 0, digest: new Uint8Array(0) })
  expect(clusterId).toHaveLength(32)
})

test('R-18.1 a replica on LevelDB comes back with the digest of one that never stopped', async () => {
  const root = await mkdtemp(join(tmpdir(), 'damselfly-durable-'))
  try {
    const deps = { disk: new FileDisk(), random: new Prng('state'), logger: nullLogger }
    const directory = join(root, 'state')
    await createLevelState(deps, { directory })
    const whole = new Replica()
    whole.open()
    const random = new Prng('durable')
    for (let i = 0; i < 300; i += 1) {
      const body = account(`n${random.below(40)}`, { balance: i, expiryMs: random.below(9) })
      if (random.ratio(1, 4)) whole.run(removeAccount, body)
      else whole.run(putAccount, body)
    }
    const { entries } = whole.log
    for (let at = 0; at < entries.length;) {
      const store = await openLevelState(deps, { directory })
      const { durable } = await open(store, virtualClock(), 'as it is')
      expect(durable.state.appliedIndex).toBe(at)
      const written = Math.min(entries.length, at + 1 + random.below(90))
      durable.apply(entries.slice(at, written))
      await durable.flush()
      durable.apply(entries.slice(written, written + 5))
      await store.close()
      at = written
    }
    const store = await openLevelState(deps, { directory })
    const { durable } = await open(store, virtualClock(), 'as it is')
    expect(toHex(durable.state.digest())).toBe(toHex(whole.state.digest()))
    await store.close()
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})
