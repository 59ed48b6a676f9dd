import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { CodedError } from '../base/index.ts'
import type { ClusterClient } from '../client/index.ts'
import { fakeTerminal } from './cluster-fixture.suite.ts'
import { setConfig, unsetConfig } from './config-change.ts'
import { getConfig, listConfig } from './config-show.ts'

/** A cluster that keeps values in memory; `faults` end the next swaps, made or not. */
function fakeStore(values: Readonly<Record<string, string>> = {}) {
  const items = new Map(
    Object.entries(values).map(([key, text], at) => [key, { text, version: at + 1 }]),
  )
  let index = 10
  const faults: { readonly code: string; readonly isMade: boolean; readonly text?: string }[] = []
  const asked = { swaps: 0, stale: false }
  const put = (key: string, text: string): number => {
    index += 1
    items.set(key, { text, version: index })
    return index
  }
  const itemOf = (key: string) => {
    const { text, version } = items.get(key)!
    return { key, value: Buffer.from(text), version, actor: 'token:0badcafe', writtenWallMs: 5 }
  }
  const client: Pick<ClusterClient, 'getConfig' | 'listConfig' | 'swapConfig'> = {
    async getConfig(key, options) {
      asked.stale = options?.consistency === 'stale'
      return items.has(key) ? itemOf(key) : undefined
    },
    async listConfig({ prefix = '', after = '' }) {
      const keys = [...items.keys()].filter((key) => key.startsWith(prefix) && key > after).sort()
      return { items: keys.slice(0, 2).map(itemOf), more: keys.length > 2, index }
    },
    async swapConfig({ key, value, expectedVersion }) {
      asked.swaps += 1
      const fault = faults.shift()
      if (fault?.text !== undefined) put(String(key), fault.text)
      if (fault?.isMade === true) put(String(key), String(value))
      if (fault !== undefined) throw new CodedError(fault.code, 'as the test wants')
      expect(Number(expectedVersion)).toBe(items.get(String(key))?.version ?? 0)
      return put(String(key), String(value))
    },
  }
  return {
    client,
    faults,
    asked,
    settings: () => JSON.parse(items.get('scheduler/settings')!.text),
  }
}

type Store = ReturnType<typeof fakeStore>

async function set(store: Store, pairs: readonly string[], json = false): Promise<string> {
  const { terminal, text } = fakeTerminal()
  expect(await setConfig({ client: store.client, terminal }, { pairs, file: '', json })).toBe(0)
  return text()
}

async function unset(store: Store, keys: readonly string[]): Promise<string> {
  const { terminal, text } = fakeTerminal()
  expect(await unsetConfig({ client: store.client, terminal }, { keys, json: false })).toBe(0)
  return text()
}

async function get(store: Store, key: string, json = false): Promise<string> {
  const { terminal, text } = fakeTerminal()
  await getConfig({ client: store.client, terminal }, { key, json, stale: true })
  return text()
}

describe('config set', () => {
  test('stores what is named and keeps the rest', async () => {
    const store = fakeStore({ 'scheduler/settings': '{"gc":{"hostTTL":"1h","peerTTL":"2h"}}' })
    expect(await set(store, ['scheduler.gc.hostTTL=2h', 'scheduler.retryLimit=7'])).toBe(
      'scheduler.gc.hostTTL: 1h -> 2h\nscheduler.retryLimit: 5 (default) -> 7\ndone, at index 11\n',
    )
    expect(store.settings()).toEqual({ gc: { hostTTL: '2h', peerTTL: '2h' }, retryLimit: 7 })
  })

  test('makes the first settings of a cluster, lists as JSON', async () => {
    const store = fakeStore()
    const rules = '[{"name":"a=b","priority":{"value":1}}]'
    const text = await set(store, [`scheduler.applications=${rules}`], true)
    expect(JSON.parse(text)).toEqual({
      action: 'set',
      version: 11,
      changes: [{ key: 'scheduler.applications', before: null, after: JSON.parse(rules) }],
    })
    expect(store.settings()).toEqual({ applications: JSON.parse(rules) })
  })

  test('asks for nothing when nothing changes', async () => {
    const store = fakeStore({ 'scheduler/settings': '{"retryLimit":7}' })
    expect(await set(store, ['scheduler.retryLimit=7'])).toBe('nothing to change\n')
    expect(store.asked.swaps).toBe(0)
  })

  test('keeps what somebody else changed meanwhile', async () => {
    const store = fakeStore()
    store.faults.push({ code: 'SCHED_VERSION_MISMATCH', isMade: false, text: '{"loadLimit":5}' })
    await set(store, ['scheduler.retryLimit=7'])
    expect(store.settings()).toEqual({ loadLimit: 5, retryLimit: 7 })
  })

  test('finds out what became of an attempt that nobody answered', async () => {
    const made = fakeStore()
    made.faults.push({ code: 'SCHED_UNKNOWN_OUTCOME', isMade: true })
    expect(await set(made, ['scheduler.retryLimit=7'])).toBe(
      'scheduler.retryLimit: 5 (default) -> 7\ndone, at index 11\n',
    )
    expect(made.asked.swaps).toBe(1)
    const lost = fakeStore()
    lost.faults.push({ code: 'SCHED_UNKNOWN_OUTCOME', isMade: false })
    await set(lost, ['scheduler.retryLimit=7'])
    expect(lost.asked.swaps).toBe(2)
  })

  test('gives up on refusals, and when others are always faster', async () => {
    const refused = fakeStore()
    refused.faults.push({ code: 'SCHED_SETTINGS_INVALID', isMade: false })
    await expect(set(refused, ['scheduler.x=1'])).rejects.toMatchObject({
      code: 'SCHED_SETTINGS_INVALID',
    })
    const busy = fakeStore()
    const fault = { code: 'SCHED_VERSION_MISMATCH', isMade: false }
    busy.faults.push(...Array.from({ length: 10 }, () => fault))
    await expect(set(busy, ['scheduler.x=1'])).rejects.toMatchObject({ code: fault.code })
  })

  test('takes all settings from a file', async () => {
    const store = fakeStore({ 'scheduler/settings': '{"retryLimit":7,"loadLimit":5}' })
    const directory = await mkdtemp(path.join(tmpdir(), 'damselfly-config-'))
    try {
      const file = path.join(directory, 'settings.json')
      await writeFile(file, '{"loadLimit": 6}')
      const { terminal, text } = fakeTerminal()
      const asked = { pairs: [], file, json: false }
      await setConfig({ client: store.client, terminal }, asked)
      expect(text()).toContain('scheduler.retryLimit: 7 -> 5 (default)\n')
      expect(store.settings()).toEqual({ loadLimit: 6 })
      await writeFile(file, '[]')
      await expect(setConfig({ client: store.client, terminal }, asked)).rejects.toMatchObject({
        code: 'CONF_FILE_UNREADABLE',
      })
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  test.each([
    ['scheduler.retryLimit', 'CONF_INVALID_VALUE'],
    ['=7', 'CONF_INVALID_VALUE'],
    ['retryLimit=7', 'CONF_UNKNOWN_KEY'],
    ['scheduler=7', 'CONF_UNKNOWN_KEY'],
    ['scheduler..x=7', 'CONF_UNKNOWN_KEY'],
    ['scheduler.__proto__.x=7', 'CONF_UNKNOWN_KEY'],
  ])('takes %s for wrong usage', async (pair, code) => {
    await expect(set(fakeStore(), [pair])).rejects.toMatchObject({ code, name: 'UsageError' })
  })
})

test('config unset takes away a value or a part, and parts without a value', async () => {
  const store = fakeStore({
    'scheduler/settings':
      '{"gc":{"hostTTL":"2h","peerTTL":"2h"},"seedPeer":{"taskDownloadTimeout":"1h"}}',
  })
  expect(await unset(store, ['scheduler.gc.hostTTL', 'scheduler.seedPeer'])).toBe(
    'scheduler.gc.hostTTL: 2h -> 1h (default)\n' +
      'scheduler.seedPeer.taskDownloadTimeout: 1h -> 10h (default)\ndone, at index 11\n',
  )
  expect(store.settings()).toEqual({ gc: { peerTTL: '2h' } })
  await unset(store, ['scheduler.gc.peerTTL', 'scheduler.never'])
  expect(store.settings()).toEqual({})
})

test('config get shows all, a part, or one value, and the defaults of what is not set', async () => {
  const store = fakeStore({
    'scheduler/settings': '{"retryLimit":7,"gc":{"peerTTL":"2h","hostTTL":"1h"},"later":1}',
    'manager/x': 'text',
  })
  expect(await get(store, 'scheduler')).toBe(
    `scheduler.applications                  [] (default)
scheduler.backToSourceCount             200 (default)
scheduler.candidateParentLimit          3 (default)
scheduler.filterParentLimit             15 (default)
scheduler.gc.hostTTL                    1h
scheduler.gc.peerTTL                    2h
scheduler.gc.pieceDownloadTimeout       30m (default)
scheduler.gc.taskGCInterval             30m (default)
scheduler.later                         1
scheduler.loadLimit                     200 (default)
scheduler.retryBackToSourceLimit        4 (default)
scheduler.retryInterval                 500ms (default)
scheduler.retryLimit                    7
scheduler.seedLoadLimit                 2000 (default)
scheduler.seedPeer.taskDownloadTimeout  10h (default)
`,
  )
  expect(store.asked.stale).toBe(true)
  expect(await get(store, 'scheduler.gc')).toBe(
    `scheduler.gc.hostTTL               1h
scheduler.gc.peerTTL               2h
scheduler.gc.pieceDownloadTimeout  30m (default)
scheduler.gc.taskGCInterval        30m (default)
`,
  )
  expect(await get(store, 'scheduler.gc.hostTTL')).toBe('1h\n')
  expect(await get(store, 'scheduler.loadLimit')).toBe('200 (default)\n')
  expect(await get(store, 'scheduler.later')).toBe('1\n')
  expect(JSON.parse(await get(store, 'scheduler.loadLimit', true))).toEqual({
    key: 'scheduler.loadLimit',
    value: null,
    default: 200,
    version: 1,
  })
  await expect(get(store, 'scheduler.gc.hostTtl')).rejects.toMatchObject({
    code: 'CONF_UNKNOWN_KEY',
    message: 'scheduler.gc.hostTtl is no setting; did you mean scheduler.gc.hostTTL?',
  })
  expect(await get(store, 'manager/x')).toBe('text\n')
  expect(JSON.parse(await get(store, 'manager/x', true))).toEqual({
    key: 'manager/x',
    value: 'text',
    version: 2,
  })
  await expect(get(store, 'manager/y')).rejects.toMatchObject({ code: 'CONF_KEY_NOT_SET' })
  expect(await get(fakeStore(), 'scheduler.gc.hostTTL')).toBe('1h (default)\n')
})

test('config list shows the keys of all parts', async () => {
  const store = fakeStore({ c: '3', a: '1', b: '2' })
  const { terminal, text } = fakeTerminal()
  await listConfig({ client: store.client, terminal }, { prefix: '', stale: false, json: false })
  expect(text()).toBe(
    'KEY  VERSION  BY\na    2        token:0badcafe\nb    3        token:0badcafe\n' +
      'c    1        token:0badcafe\n',
  )
  const shown = fakeTerminal()
  const asked = { prefix: 'b', stale: false, json: true }
  await listConfig({ client: store.client, terminal: shown.terminal }, asked)
  expect(JSON.parse(shown.text())).toEqual({
    items: [{ key: 'b', version: 3, actor: 'token:0badcafe', writtenWallMs: 5 }],
  })
})
