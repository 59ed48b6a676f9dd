// The Store service at one member: who may do what, compare-and-swap, lists, and settings that are
// checked before anybody has to live with them.
import { credentials } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { utf8Encode } from '../../base/index.ts'
import { loadServices } from '../../proto/index.ts'
import type { storeV1 } from '../../proto/index.ts'
import {
  clusterIdKey,
  configTable,
  operatorTokenKey,
  setConfigCommand,
  setOperatorToken,
  settingsKey,
  settingsOf,
} from '../replication/index.ts'
import { hashSecret } from './host-proof.ts'
import { ask, startSingleMember } from './single-member.suite.ts'
import type { SingleMember } from './single-member.suite.ts'

const token = 'the-operator-token-of-this-test'
const operator = { authorization: `Bearer ${token}` }
type Headers = Readonly<Record<string, string>>

let single: SingleMember
let store: storeV1.StoreClient

beforeEach(async () => {
  single = await startSingleMember()
  store = new (loadServices().store)(single.address, credentials.createInsecure())
  const hash = hashSecret(utf8Encode(token))
  await single.proposer.propose(setOperatorToken, { hash }, { timeoutMs: 5_000 })
})

afterEach(async () => {
  store.close()
  await single.stop()
})

const coded = (code: string): object => expect.objectContaining({ code }) as object

const get = async (key: string, headers: Headers = operator): Promise<storeV1.GetReply__Output> =>
  (await ask(store, store.get, { key }, headers)).reply

const list = async (
  request: storeV1.ListRequest,
  headers: Headers = operator,
): Promise<storeV1.ListReply__Output> => (await ask(store, store.list, request, headers)).reply

const swap = async (
  key: string,
  value: string,
  expectedVersion = 0,
  headers: Headers = operator,
): Promise<number> => {
  const request = { key, value: Buffer.from(value), expectedVersion }
  return (await ask(store, store.compareAndSwap, request, headers)).reply.version
}

const remove = async (
  key: string,
  expectedVersion: number,
  headers: Headers = operator,
): Promise<void> => {
  await ask(store, store.delete, { key, expectedVersion }, headers)
}

const keysOf = ({ items }: storeV1.ListReply__Output): readonly string[] =>
  items.map(({ key }) => key)

describe('a value', () => {
  test('is stored, read, changed and removed by who knows its version', async () => {
    const first = await swap('manager/a', 'one')
    expect(await get('manager/a')).toMatchObject({
      item: { key: 'manager/a', value: Buffer.from('one'), version: first },
      index: first,
    })
    const second = await swap('manager/a', 'two', first)
    expect(second).toBeGreaterThan(first)
    const stale = coded('SCHED_VERSION_MISMATCH')
    await expect(swap('manager/a', 'three', first)).rejects.toEqual(stale)
    await expect(swap('manager/a', 'three')).rejects.toEqual(stale)
    await expect(remove('manager/a', first)).rejects.toThrow(`it has version ${second} now`)
    await remove('manager/a', second)
    expect((await get('manager/a')).item).toBe(null)
    await expect(swap('manager/a', 'four', second)).rejects.toThrow('it does not exist now')
  })

  test('bears the name of who wrote it, for operators', async () => {
    await swap(settingsKey, '{}')
    const { item } = await get(settingsKey)
    expect(item?.actor).toMatch(/^token:[0-9a-f]{8}$/)
    expect((await get(settingsKey, {})).item?.actor).toBe('')
  })

  test('is read from a leader unless the call says otherwise', async () => {
    await swap(settingsKey, '{}')
    single.raft.readRefusal = 'not-leader'
    await expect(get(settingsKey)).rejects.toEqual(coded('SCHED_NO_LEADER'))
    const stale = { ...operator, 'x-damselfly-consistency': 'stale' }
    expect((await get(settingsKey, stale)).item?.key).toBe(settingsKey)
    expect(keysOf(await list({}, stale))).toEqual([settingsKey])
  })

  test.each([
    ['without a key', '', 'x', 'key'],
    ['with a key too long', 'k'.repeat(513), 'x', 'key'],
    ['with a key of the cluster itself', 'cluster/x', 'x', 'key'],
    ['in place of the operator token', operatorTokenKey, 'x', 'key'],
    ['under a key the scheduler does not know', 'scheduler/setting', '{}', 'scheduler/settings'],
    ['of too many bytes', 'a', 'x'.repeat(256 * 1024 + 1), 'value'],
  ])('is refused %s', async (_title, key, value, field) => {
    const index = single.state.appliedIndex
    await expect(swap(key, value)).rejects.toThrow(field)
    await expect(swap(key, value)).rejects.toEqual(coded('PROTO_FIELD_INVALID'))
    expect(single.state.appliedIndex).toBe(index)
  })

  test('cannot be removed without its version', async () => {
    await expect(remove('a', 0)).rejects.toEqual(coded('PROTO_FIELD_INVALID'))
  })
})

describe('without operator credentials', () => {
  test.each([{ headers: {} }, { headers: { authorization: 'Bearer wrong' } }])(
    'settings of the scheduler may be read and nothing else ($headers)',
    async ({ headers }) => {
      await swap(settingsKey, '{}')
      await swap('manager/secret', 'x')
      expect((await get(settingsKey, headers)).item?.key).toBe(settingsKey)
      expect(keysOf(await list({ prefix: 'scheduler/' }, headers))).toEqual([settingsKey])
      const refused = coded('SCHED_UNAUTHENTICATED')
      await expect(get('manager/secret', headers)).rejects.toEqual(refused)
      await expect(get(operatorTokenKey, headers)).rejects.toEqual(refused)
      await expect(list({}, headers)).rejects.toEqual(refused)
      await expect(list({ prefix: 'scheduler' }, headers)).rejects.toEqual(refused)
      await expect(swap(settingsKey, '{}', 1, headers)).rejects.toEqual(refused)
      await expect(remove(settingsKey, 1, headers)).rejects.toEqual(refused)
    },
  )
})

describe('a list', () => {
  test('holds what begins with the prefix, in parts, and nothing of the cluster itself', async () => {
    for (const key of ['b/2', 'b/1', 'c', 'b', 'a', 'z/\u{1f600}', 'z/\uffee']) await swap(key, key)
    const all = ['a', 'b', 'b/1', 'b/2', 'c', 'z/\uffee', 'z/\u{1f600}']
    expect(keysOf(await list({}))).toEqual(all)
    expect(keysOf(await list({ prefix: 'b' }))).toEqual(['b', 'b/1', 'b/2'])
    expect(keysOf(await list({ prefix: 'b/', after: 'b/1' }))).toEqual(['b/2'])
    expect(keysOf(await list({ prefix: 'b/', after: 'a' }))).toEqual(['b/1', 'b/2'])
    expect(keysOf(await list({ prefix: 'b/', after: 'c' }))).toEqual([])
    expect(keysOf(await list({ prefix: 'cluster/' }))).toEqual([])
    expect((await get(clusterIdKey)).item).toBe(null)
    const walked: string[] = []
    for (let after = '', more = true; more;) {
      const part = await list({ after, limit: 3 })
      walked.push(...keysOf(part))
      after = walked.at(-1)!
      more = part.more
    }
    expect(walked).toEqual(all)
    const { items } = await list({ keysOnly: true })
    expect(items.every(({ value }) => value.length === 0)).toBe(true)
    await expect(list({ limit: 1001 })).rejects.toEqual(coded('PROTO_FIELD_INVALID'))
  })

  test('ends early when its values are large', async () => {
    const value = new Uint8Array(256 * 1024)
    const timeoutMs = 5_000
    for (let i = 10; i < 30; i += 1) {
      const body = { key: `k${i}`, value, expectedVersion: 0 }
      await single.proposer.propose(setConfigCommand, body, { timeoutMs })
    }
    const part = await list({})
    expect([part.items.length, part.more]).toEqual([7, true])
    expect(keysOf(await list({ after: 'k25' }))).toEqual(['k26', 'k27', 'k28', 'k29'])
    expect((await list({ keysOnly: true })).items).toHaveLength(20)
  })
})

describe('the settings of the scheduler', () => {
  test('hold from the moment they are stored', async () => {
    await swap(settingsKey, '{"gc": {"hostTTL": "2h"}}')
    expect(settingsOf(single.reader).hostTtlMs).toBe(7_200_000)
  })

  test.each([
    ['not JSON', '{', 'the settings: expected a JSON object'],
    [
      'an unknown key',
      '{"gc":{"hostTTLs":"1h"}}',
      'scheduler.gc.hostTTLs: unknown key; did you mean scheduler.gc.hostTTL?',
    ],
    [
      'a value out of bounds',
      '{"gc":{"hostTTL":"1s"}}',
      'scheduler.gc.hostTTL: expected 2s to 8760h',
    ],
    [
      'a pattern that looks around',
      '{"applications":[{"name":"a","priority":{"value":1,"urls":[{"regex":"(?=a)","value":1}]}}]}',
      'scheduler.applications[0].priority.urls[0].regex: the pattern has a group that looks around',
    ],
  ])('are refused whole with %s', async (_title, value, message) => {
    await expect(swap(settingsKey, value)).rejects.toEqual(coded('SCHED_SETTINGS_INVALID'))
    await expect(swap(settingsKey, value)).rejects.toThrow(message)
    expect(single.reader.get(configTable, settingsKey)).toBe(undefined)
  })

  test('give the requests of an application their priority', async () => {
    const { v1 } = single
    let peers = 0
    const register = async (application: string, priority: 'LEVEL0' | 'LEVEL5', url: string) => {
      peers += 1
      const host = { id: 'h', ip: '127.0.0.1', rpcPort: 65_000, downPort: 65_002, hostname: 'h' }
      const urlMeta = { application, priority }
      const request = { url, taskId: `t${peers}`, peerId: `p${peers}`, urlMeta, peerHost: host }
      return (await ask(v1, v1.registerPeerTask, request)).reply.sizeScope
    }
    const rules = [{ regex: '^https://cold[.]test/', value: 1 }]
    const applications = [{ name: 'images', priority: { value: 3, urls: rules } }]
    await swap(settingsKey, JSON.stringify({ applications }))
    const forbidden = expect.objectContaining({ dfCode: 5008 })
    // Level 1 is refused; so one sees which level counts.
    await expect(register('images', 'LEVEL0', 'https://cold.test/a')).rejects.toEqual(forbidden)
    expect(await register('images', 'LEVEL5', 'https://cold.test/a')).toBe('NORMAL')
    expect(await register('images', 'LEVEL0', 'https://warm.test/a')).toBe('NORMAL')
    expect(await register('others', 'LEVEL0', 'https://cold.test/a')).toBe('NORMAL')
    await swap(settingsKey, '{}', single.reader.modIndex(configTable, settingsKey))
    expect(await register('images', 'LEVEL0', 'https://cold.test/a')).toBe('NORMAL')
  })

  test('are refused when they are no UTF-8', async () => {
    const request = { key: settingsKey, value: Buffer.of(0xff), expectedVersion: 0 }
    await expect(ask(store, store.compareAndSwap, request, operator)).rejects.toEqual(
      coded('SCHED_SETTINGS_INVALID'),
    )
  })
})
