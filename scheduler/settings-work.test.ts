import { afterEach, expect, test } from 'vitest'
import { nullLogger, utf8Decode, utf8Encode, VirtualClock } from '../base/index.ts'
import type { Logger } from '../base/index.ts'
import { defaultSettings, readSettings } from './core/index.ts'
import {
  bootstrapEntryData,
  configTable,
  encodeEnvelope,
  joinBatch,
  LocalLog,
  ReplicatedState,
  schedulerDomain,
  setConfigCommand,
  settingsKey,
} from './replication/index.ts'
import type { SetConfig } from './replication/index.ts'
import type { SettingsSeed } from './settings-options.ts'
import { SettingsWork } from './settings-work.ts'

const id32 = (digit: string): string => digit.repeat(32)

/** A cluster of one member, whose log takes what is proposed unless `refusals` say otherwise. */
function single(seed: SettingsSeed, refusals: ('stopped' | 'overloaded')[] = []) {
  const state = new ReplicatedState(schedulerDomain, {
    onCommandFailed({ error }) {
      throw new Error('a command failed', { cause: error })
    },
  })
  const log = new LocalLog({ stateMachine: state }, { appliedIndex: 0 })
  const member = { replicaId: 1, hostId: 's1', incarnation: id32('1'), raftAddress: '127.0.0.1:1' }
  log.append(bootstrapEntryData({ clusterId: id32('c'), members: [member], features: [] }))
  const open = state.registry.openSession
  const body = {
    replicaId: 1,
    bootId: id32('b'),
    generation: 1,
    clientAddress: '',
    programVersion: '',
    protocolVersion: 1,
    features: [],
  }
  const plain = { notAfterMs: 0, actor: '', opId: '' }
  const opened = { kind: open.kind, kindVersion: 1, seq: 0, ...plain, body: open.encode(body) }
  log.append(joinBatch(0, [encodeEnvelope(opened)]))
  const sessionId = state.appliedIndex
  let seq = 0
  let proposals = 0
  const set = (change: SetConfig): void => {
    seq += 1
    const { kind, kindVersion } = setConfigCommand
    const encoded = setConfigCommand.encode(change)
    log.append(
      joinBatch(sessionId, [encodeEnvelope({ kind, kindVersion, seq, ...plain, body: encoded })]),
    )
  }
  const warnings: unknown[] = []
  const logger: Logger = {
    ...nullLogger,
    warn: (fields) => void warnings.push(fields),
    child: () => logger,
  }
  const clock = new VirtualClock({ settle: () => new Promise((done) => setImmediate(done)) })
  const work = new SettingsWork(
    {
      clock,
      logger,
      state,
      proposer: {
        propose: async (_command, change) => {
          proposals += 1
          const reason = refusals.shift()
          if (reason !== undefined) return { ok: false, reason }
          set(change as unknown as SetConfig)
          return { ok: true, index: state.appliedIndex, result: undefined as never }
        },
      },
    },
    seed,
  )
  running.push(work)
  const stored = (): unknown => {
    const row = state.reader.get(configTable, settingsKey)
    const reading = row && readSettings(utf8Decode(row.value))
    return reading?.ok === true ? reading.settings : reading
  }
  const change = (settings: unknown): void => {
    const expectedVersion = state.reader.modIndex(configTable, settingsKey)
    set({ key: settingsKey, value: utf8Encode(JSON.stringify(settings)), expectedVersion })
  }
  return { work, clock, warnings, stored, change, proposals: () => proposals }
}

const running: SettingsWork[] = []
afterEach(async () => {
  for (const work of running.splice(0)) await work.stop()
})

test('the first leader stores all settings, its options among them', async () => {
  const { work, clock, stored, proposals, warnings } = single({ hostTtlMs: 7_200_000 })
  await work.start()
  await clock.advance(5000)
  expect(stored()).toBe(undefined)
  work.lead()
  await clock.advance(5000)
  expect(stored()).toEqual({ ...defaultSettings, hostTtlMs: 7_200_000 })
  expect(proposals()).toBe(1)
  expect(warnings).toEqual([])
})

test('it goes on trying while it leads, and only then', async () => {
  const { work, clock, stored, proposals } = single({}, ['overloaded', 'stopped', 'stopped'])
  await work.start()
  work.lead()
  await clock.advance(1500)
  expect(proposals()).toBe(2)
  work.stepDown()
  await clock.advance(60_000)
  expect(proposals()).toBe(2)
  work.lead()
  await clock.advance(5000)
  expect(proposals()).toBe(4)
  expect(stored()).toEqual(defaultSettings)
})

test('a leader of a cluster that has settings leaves them alone', async () => {
  const { work, clock, change, stored, proposals } = single({ hostTtlMs: 7_200_000 })
  change({})
  await work.start()
  work.lead()
  await clock.advance(5000)
  expect(proposals()).toBe(0)
  expect(stored()).toEqual(defaultSettings)
})

test('a member whose options say otherwise tells so once for each difference', async () => {
  const { work, change, warnings } = single({ hostTtlMs: 7_200_000, retryLimit: 7 })
  change({ retryLimit: 7 })
  await work.start()
  const difference = { key: 'scheduler.gc.hostTTL', own: '2h', cluster: '1h' }
  const command = 'damselfly config set scheduler.gc.hostTTL=2h'
  expect(warnings).toEqual([{ differences: [difference], command }])
  change({ retryLimit: 7, loadLimit: 3 })
  expect(warnings).toHaveLength(1)
  change({ retryLimit: 8 })
  expect(warnings).toHaveLength(2)
  expect(warnings[1]).toMatchObject({
    command: 'damselfly config set scheduler.retryLimit=7 scheduler.gc.hostTTL=2h',
  })
  change({ retryLimit: 7, gc: { hostTTL: '2h' } })
  expect(warnings).toHaveLength(2)
})

test('a member whose options say nothing has nothing to tell', async () => {
  const { work, change, warnings } = single({})
  await work.start()
  change({ retryLimit: 8 })
  expect(warnings).toEqual([])
})
