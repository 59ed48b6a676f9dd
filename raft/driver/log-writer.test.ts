import { expect, test } from 'vitest'
import { VirtualClock } from '../../base/index.ts'
import { initialConfiguration } from '../core/configuration.ts'
import type { Entry } from '../core/entry.ts'
import type { AppendWork } from '../core/ready.ts'
import type { LogStorage } from '../log-storage.ts'
import { imageInstallMsMax } from './limits.ts'
import { LogWriter } from './log-writer.ts'
import { createMetrics } from './metrics.ts'

const settle = (): Promise<void> => new Promise((done) => setImmediate(done))

const entry = (index: number): Entry => ({
  index,
  term: 2,
  type: 'command',
  stampMs: 0,
  data: new Uint8Array(0),
})

const snapshot = {
  index: 20,
  term: 2,
  configuration: initialConfiguration({ voters: [1, 2] }),
  clusterClockMs: 0,
}

const work = (seq: number, index: number, change: Partial<AppendWork> = {}): AppendWork => ({
  snapshot: undefined,
  keepsLog: false,
  seq,
  term: 2,
  entries: [entry(index)],
  hardState: { term: 2, votedFor: 0, commit: index - 1 },
  lastIndex: index,
  lastTerm: 2,
  messages: [],
  ...change,
})

/** A log and an image whose every call waits until the test lets it end. */
function world() {
  const clock = new VirtualClock({ settle })
  const calls: string[] = []
  const ends: { name: string; resolve: () => void; reject: (error: Error) => void }[] = []
  const call = (name: string): Promise<void> => {
    calls.push(name)
    return new Promise((resolve, reject) => ends.push({ name, resolve, reject }))
  }
  const log: LogStorage = {
    append: ({ entries }) => call(`append ${entries.map(({ index }) => index).join()}`),
    announceImage: ({ index }) => call(`announce ${index}`),
    reset: ({ index }, { commit }) => call(`reset ${index} commit ${commit}`),
    compact: () => call('compact'),
    onFailure: () => {},
    close: () => call('close'),
  }
  const life = { isAlive: true }
  const unused = (): Promise<void> => Promise.reject(new Error('only installed here'))
  const writer = new LogWriter({
    clock,
    log,
    metrics: createMetrics(),
    imageOf: () => ({
      write: unused,
      finish: unused,
      install: () => call('install'),
      abort: unused,
    }),
    onInstalled: ({ index }) => calls.push(`installed ${index}`),
    onDurable: ({ seq }) => calls.push(`durable ${seq}`),
    onFailed: (code) => {
      calls.push(code)
      life.isAlive = false
    },
    isAlive: () => life.isAlive,
  })
  /** Ends the oldest call. */
  const end = async (name: string, error?: Error): Promise<void> => {
    const first = ends.shift()
    expect(first?.name).toBe(name)
    if (error === undefined) first?.resolve()
    else first?.reject(error)
    await settle()
  }
  const taken = (): string[] => calls.splice(0)
  return { clock, writer, life, end, taken }
}

test('R-13.1 announce, install, reset; what follows waits for all three', async () => {
  const { writer, end, taken } = world()
  writer.write(work(1, 5))
  writer.write(work(2, 21, { snapshot }))
  writer.write(work(3, 22))
  writer.write(work(4, 23))
  expect(taken()).toEqual(['append 5', 'announce 20'])
  await end('append 5')
  await end('announce 20')
  expect(taken()).toEqual(['durable 1', 'install'])
  await end('install')
  expect(taken()).toEqual(['installed 20', 'reset 20 commit 20'])
  await end('reset 20 commit 20')
  expect(taken()).toEqual(['append 21', 'append 22', 'append 23'])
  expect(writer.inFlight).toBe(3)
  await end('append 21')
  expect(taken()).toEqual(['durable 2'])
})

test('an image without entries after it is durable with the reset', async () => {
  const { writer, end, taken } = world()
  const hardState = { term: 2, votedFor: 0, commit: 20 }
  writer.write(work(1, 20, { snapshot, entries: [], hardState }))
  await end('announce 20')
  await end('install')
  await end('reset 20 commit 20')
  expect(taken().at(-1)).toBe('durable 1')
  expect(writer.inFlight).toBe(0)
})

test('R-13.1 a state that was lacking is only installed, and the log goes on', async () => {
  const { writer, end, taken } = world()
  writer.write(work(1, 25))
  writer.write(work(2, 25, { snapshot, keepsLog: true, entries: [] }))
  writer.write(work(3, 26))
  await end('append 25')
  expect(taken()).toEqual(['append 25', 'install', 'durable 1'])
  await end('install')
  // A term or a vote of that work is stored by an append of its own.
  expect(taken()).toEqual(['installed 20', 'append ', 'append 26'])
  await end('append ')
  expect(taken()).toEqual(['durable 2'])
  writer.write(work(4, 27, { snapshot, keepsLog: true }))
  await end('append 26')
  await end('install', new Error('the disk is broken'))
  expect(taken().slice(-2)).toEqual(['durable 3', 'RAFT_IMAGE_INSTALL_FAILED'])
  expect(writer.inFlight).toBe(0)
})

test.each([
  ['announce 20', ['announce 20'], 'RAFT_LOG_WRITE_FAILED'],
  ['install', ['announce 20', 'install'], 'RAFT_IMAGE_INSTALL_FAILED'],
  ['reset 20 commit 20', ['announce 20', 'install', 'reset 20 commit 20'], 'RAFT_LOG_WRITE_FAILED'],
])('R-14.1 when %s fails nothing more is written', async (name, steps, code) => {
  const { writer, end, taken } = world()
  writer.write(work(1, 21, { snapshot }))
  writer.write(work(2, 22))
  for (const step of steps) {
    await end(step, step === name ? new Error('the disk is broken') : undefined)
  }
  expect(taken().at(-1)).toBe(code)
  expect(writer.inFlight).toBe(0)
})

test.each([
  ['announce 20', ['announce 20']],
  ['install', ['announce 20', 'install']],
  ['reset 20 commit 20', ['announce 20', 'install', 'reset 20 commit 20']],
])('a replica that ends during %s begins no further step', async (name, steps) => {
  const { writer, life, end, taken } = world()
  writer.write(work(1, 21, { snapshot }))
  writer.write(work(2, 22))
  for (const step of steps) {
    taken()
    if (step === name) life.isAlive = false
    await end(step)
  }
  expect(taken()).toEqual([])
  expect(writer.inFlight).toBe(0)
})

test('stopping waits for writes under way for a while, for an install longer', async () => {
  const { clock, writer, end } = world()
  const state = { isIdle: false }
  writer.write(work(1, 5))
  const waiting = writer.idle(100).then(() => (state.isIdle = true))
  await clock.advance(99)
  expect(state.isIdle).toBe(false)
  await clock.advance(1)
  await waiting
  await end('append 5')

  state.isIdle = false
  writer.write(work(2, 21, { snapshot }))
  writer.write(work(3, 22))
  await end('announce 20')
  const longer = writer.idle(100).then(() => (state.isIdle = true))
  await clock.advance(imageInstallMsMax - 1)
  expect(state.isIdle).toBe(false)
  await end('install')
  await end('reset 20 commit 20')
  await end('append 21')
  await longer
  expect(writer.inFlight).toBe(0)
})
