import { expect, test } from 'vitest'
import { nullLogger, Prng, toHex, utf8Decode, utf8Encode } from '../../base/index.ts'
import { DiskSimulator } from '../../chaos-tests/sim/disk-simulator.ts'
import { encodeChange, initialConfiguration } from '../../raft/index.ts'
import type { Entry, MemberOperation } from '../../raft/index.ts'
import { SystemClock } from '../../runtime/index.ts'
import { StoreImages } from '../images/store-images.ts'
import { MemoryStateStore } from './memory-state-store.ts'
import { admissionContext, foundingGroup, ReplicatedMap } from './replicated-map.ts'
import type { MapRows } from './replicated-map.ts'

const clock = new SystemClock()
const id32 = (digit: string): string => digit.repeat(32)
const member = (n: number, digit = `${n}`) => ({
  hostId: `h${n}`,
  incarnation: id32(digit),
  raftAddress: `127.0.0.1:${n}`,
})
const founding = foundingGroup({
  clusterId: id32('c'),
  members: [1, 2].map((replicaId) => ({ replicaId, ...member(replicaId) })),
})

/** `key=value` sets, `key` deletes. */
function applySet(rows: MapRows, data: Uint8Array): unknown {
  const [key, value] = utf8Decode(data).split('=') as [string, string?]
  if (value === undefined) return rows.delete(key)
  rows.set(key, utf8Encode(value))
  return rows.get(key)!.length
}

interface Opened {
  readonly map: ReplicatedMap
  readonly store: MemoryStateStore
  readonly failures: Error[]
}

async function open(
  store = new MemoryStateStore({ clock }),
  known?: Parameters<typeof ReplicatedMap.open>[1]['known'],
): Promise<Opened> {
  const failures: Error[] = []
  const onFatal = (error: Error): void => void failures.push(error)
  const map = await ReplicatedMap.open({ clock, store }, { apply: applySet, known, onFatal })
  return { map, store, failures }
}

const reopened = async ({ map, store }: Opened): Promise<Opened> => {
  await map.stop()
  return open(new MemoryStateStore({ clock }, { rows: store.rows }))
}

const command = (index: number, text: string): Entry => ({
  index,
  term: 1,
  type: 'command',
  stampMs: index * 10,
  data: utf8Encode(text),
})

function change(map: ReplicatedMap, operations: readonly MemberOperation[], n = 0): Entry {
  const context = n === 0 ? new Uint8Array(0) : admissionContext(member(n))
  const expectedId = map.configuration().id
  const data = encodeChange({ expectedId, transition: 'auto', operations, context })
  return { index: map.appliedIndex + 1, term: 1, type: 'config', stampMs: 0, data }
}

const texts = (map: ReplicatedMap): unknown[] =>
  [...map.rows].map(([key, value]) => `${key}=${utf8Decode(value)}`)

test('keeps rows, place and members over a restart', async () => {
  const first = await open()
  expect(first.map.apply(founding.entries)).toEqual([undefined])
  const results = first.map.apply(['a=1', 'b=22', 'a'].map((text, i) => command(i + 2, text)))
  expect(results).toEqual([1, 2, true])
  const { map } = await reopened(first)
  expect(texts(map)).toEqual(['b=22'])
  expect([map.appliedIndex, map.durableIndex(), map.clusterClockMs]).toEqual([4, 4, 40])
  expect(map.configuration()).toEqual(initialConfiguration({ voters: [1, 2] }))
  expect(map.members.get(2)).toMatchObject(member(2))
})

test('a crash loses only what the log still has', async () => {
  const { map, store } = await open()
  map.apply([...founding.entries, command(2, 'a=1')])
  await map.flushThrough(2)
  map.apply([command(3, 'a=2')])
  expect(map.durableIndex()).toBe(2)
  const again = await open(new MemoryStateStore({ clock }, { rows: store.crash() }))
  expect([again.map.appliedIndex, ...texts(again.map)]).toEqual([2, 'a=1'])
})

test('members come with the context of their change, and leave a burned incarnation', async () => {
  const first = await open()
  first.map.apply(founding.entries)
  first.map.apply([change(first.map, [{ op: 'add-learner', id: 3 }], 3)])
  expect(first.map.members.get(3)).toEqual(member(3))
  first.map.apply([change(first.map, [{ op: 'remove', id: 2 }])])
  const { map } = await reopened(first)
  expect([...map.members.keys()]).toEqual([1, 3])
  expect([2, 3].map((n) => map.isBurned(id32(`${n}`)))).toEqual([true, false])
  expect(map.configuration()).toMatchObject({ voters: [1], learners: [3], highestId: 3 })
})

test('a change that is refused changes nothing and says why', async () => {
  const { map } = await open()
  map.apply(founding.entries)
  const [result] = map.apply([change(map, [{ op: 'add-learner', id: 2 }], 2)])
  expect(result).toMatchObject({ ok: false, reason: 'already-member' })
  expect(map.members.size).toBe(2)
})

test('a replica without a state begins with the members it was told', async () => {
  const configuration = { ...initialConfiguration({ voters: [1], learners: [4] }), id: 0 }
  const members = [1, 4].map((n) => ({ replicaId: n, ...member(n), clientAddress: '' }))
  const { map } = await open(undefined, { configuration, members })
  expect(map.configuration()).toBe(configuration)
  expect(map.members.get(4)?.raftAddress).toBe('127.0.0.1:4')
  map.apply(founding.entries)
  expect([...map.members.keys()]).toEqual([1, 2])
})

test('R-13.1 an image makes another replica the same', async () => {
  const from = await open()
  from.map.apply(founding.entries)
  for (let index = 2; index <= 1_500; index += 1) {
    from.map.apply([command(index, `key-${index % 700}=${index}`)])
  }
  const to = await open()
  to.map.apply([...founding.entries, command(2, 'other=1')])
  const imagesOf = ({ map: state, store }: Opened) =>
    new StoreImages(
      {
        disk: new DiskSimulator({ random: new Prng('disk') }),
        random: new Prng('images'),
        logger: nullLogger,
        store,
        state,
      },
      { tmpDirectory: '/tmp', clusterId: id32('c') },
    )
  const reader = await imagesOf(from).open(1_400)
  const writer = await imagesOf(to).receive(reader.snapshot)
  for (let next = await reader.next(); next !== undefined; next = await reader.next()) {
    await writer.write(next)
  }
  await reader.close()
  await writer.finish()
  expect(to.map.appliedIndex).toBe(2)
  await writer.install()
  expect([to.map.appliedIndex, to.map.durableIndex()]).toEqual([1_500, 1_500])
  expect(new Set(texts(to.map))).toEqual(new Set(texts(from.map)))
  expect(to.map.digestMark()).toEqual(from.map.digestMark())
  expect(to.map.digestMark().index).toBe(1_024)
  for (const { map } of [from, to]) map.apply([command(1_501, 'more=1')])
  expect(new Set(texts((await reopened(to)).map))).toEqual(new Set(texts(from.map)))
})

test('a row that is lost or changed is found when the map is opened', async () => {
  const { map, store } = await open()
  map.apply([...founding.entries, command(2, 'a=1'), command(3, 'b=1')])
  await map.stop()
  const damaged = (damage: (rows: Map<string, Uint8Array>) => void): Promise<Opened> => {
    const rows = new Map(store.rows)
    damage(rows)
    return open(new MemoryStateStore({ clock }, { rows }))
  }
  const corrupt = { code: 'STORE_STATE_CORRUPT' }
  await expect(damaged((rows) => rows.delete('0261'))).rejects.toMatchObject(corrupt)
  await expect(damaged((rows) => rows.delete('01'))).rejects.toMatchObject(corrupt)
  await expect(damaged((rows) => rows.set('0261', Uint8Array.of(9)))).rejects.toMatchObject(corrupt)
})

test('a store that fails ends the replica once, and takes nothing more', async () => {
  const { map, store, failures } = await open()
  map.apply(founding.entries)
  store.failNextWrite()
  await expect(map.flushThrough(1)).rejects.toMatchObject({ code: 'STORE_STATE_FAILED' })
  expect([map.isOverloaded(), failures.length]).toEqual([true, 1])
  map.apply([command(2, 'a=1')])
  await map.stop()
  expect(failures.length).toBe(1)
})

test('stored rows have these bytes', async () => {
  const { map, store } = await open()
  map.apply([...founding.entries, command(2, 'ä=1')])
  await map.stop()
  const rows = new Map(store.rows)
  expect(toHex(rows.get('02c3a4')!)).toBe('31')
  expect(utf8Decode(rows.get('01')!)).toBe(
    '{"index":2,"term":1,"clusterClockMs":20,"digest":"c4a302903f0322bdbca21da53fc9619c","mark":[0,""],' +
      '"configuration":{"id":0,"voters":[1,2],"votersOutgoing":[],"learners":[],' +
      '"learnersNext":[],"autoLeave":false,"highestId":2},"members":[' +
      `[1,{"hostId":"h1","incarnation":"${id32('1')}","raftAddress":"127.0.0.1:1"}],` +
      `[2,{"hostId":"h2","incarnation":"${id32('2')}","raftAddress":"127.0.0.1:2"}]` +
      '],"burned":[]}',
  )
})
