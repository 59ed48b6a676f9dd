// Hosts of a replicated map in one process: real directories and LevelDB, a network in memory.
import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nullLogger, Prng, utf8Decode, utf8Encode } from '../base/index.ts'
import { MemoryNetwork } from '../raft/index.ts'
import { FileDisk, SystemClock, systemRandom } from '../runtime/index.ts'
import { mapDigestIndexes } from './limits.ts'
import { openMapHost } from './map-host.ts'
import type { MapHost } from './map-host.ts'
import type { MapJoin, MapPeers } from './map-members.ts'

const clock = new SystemClock()
const names = ['a', 'b', 'c']
const addressOf = (name: string): string => `${name}:1`

interface Running {
  readonly host: MapHost
  /** How `run` ended. */
  readonly ended: Promise<unknown>
}

let directory: string
let network: MemoryNetwork
let running: Map<string, Running>
let joins: MapJoin[]
/** The host whose machine does not do what the others do. */
let odd: string | undefined

const hostAt = (address: string): MapHost | undefined => running.get(address.split(':')[0]!)?.host

const peers: MapPeers = {
  probe: async (address) => hostAt(address)?.probeAnswer,
  join: async (address, request) => {
    joins.push(request)
    return hostAt(address)?.admit(request)
  },
}

async function start(name: string, addresses = names.map(addressOf)): Promise<Running> {
  const { random } = systemRandom()
  const host = await openMapHost(
    { disk: new FileDisk(), clock, random, logger: nullLogger, peers },
    {
      root: join(directory, name),
      hostId: name,
      raftAddress: addressOf(name),
      addresses,
      apply: (rows, data) => rows.set(utf8Decode(data), name === odd ? data.slice(1) : data),
      transport: ({ replicaId }) => network.transport(replicaId),
      retainEntries: 10,
    },
  )
  const ended = host.run().catch((error: unknown) => error)
  running.set(name, { host, ended })
  return { host, ended }
}

async function stop(name: string): Promise<void> {
  const { host, ended } = running.get(name)!
  running.delete(name)
  await host.stop()
  await ended
}

async function until<Value>(look: () => Value | undefined | false): Promise<Value> {
  const endMs = performance.now() + 25_000
  for (;;) {
    const value = look()
    if (value !== undefined && value !== false) return value
    expect(performance.now()).toBeLessThan(endMs)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const replicaOf = (name: string) => running.get(name)?.host.replica

const leader = (): Promise<string> =>
  until(() => [...running.keys()].find((name) => replicaOf(name)?.node.status().role === 'leader'))

/** Writes a key through whoever leads. */
async function write(key: string): Promise<void> {
  for (;;) {
    const replica = replicaOf(await leader())
    const done = await replica?.node.propose(utf8Encode(key), { timeoutMs: 5_000 })
    if (done?.ok === true) return
  }
}

/** Whom the leader counts as voters once nothing is joint, by host. */
async function voters(
  isReached: (ids: readonly number[]) => boolean,
): Promise<Readonly<Record<string, number>>> {
  return until(() => {
    const replica = [...running.keys()]
      .map(replicaOf)
      .find((one) => one?.node.status().role === 'leader')
    if (replica === undefined) return undefined
    const { voters: ids, votersOutgoing, learners } = replica.map.configuration()
    if (votersOutgoing.length > 0 || learners.length > 0 || !isReached(ids)) return undefined
    return Object.fromEntries(ids.map((id) => [replica.map.members.get(id)!.hostId, id]))
  })
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'damselfly-map-'))
  network = new MemoryNetwork({ clock, random: new Prng('network') })
  running = new Map()
  joins = []
  odd = undefined
})

afterEach(async () => {
  for (const name of running.keys()) await stop(name)
  rmSync(directory, { recursive: true, force: true })
})

test('J09 a wiped host becomes a voter again in the place of its old replica', async () => {
  for (const name of names) await start(name)
  for (let n = 0; n < 40; n += 1) await write(`key-${n}`)
  const before = await voters((ids) => ids.length === 3)
  await stop('b')
  rmSync(join(directory, 'b'), { recursive: true })
  await write('meanwhile')
  await start('b')
  const after = await voters((ids) => ids.includes(4))
  expect(after).toEqual({ ...before, b: 4 })
  await until(() => replicaOf('b')?.map.rows.has('meanwhile'))
  expect(replicaOf('b')!.map.rows.size).toBe(41)
})

test.each(['leader', 'follower'])('a removed %s comes back under a new id', async (role) => {
  for (const name of names) await start(name)
  await write('key')
  await voters((ids) => ids.length === 3)
  const lead = await leader()
  const other = names.find((name) => (name === lead) === (role === 'leader'))!
  expect(await running.get(lead)!.host.remove('nobody')).toBe(false)
  expect(await running.get(lead)!.host.remove(other)).toBe(true)
  expect(await voters((ids) => ids.includes(4))).toMatchObject({ [other]: 4 })
  const quarantined = readdirSync(join(directory, other, 'quarantine'))
  expect(quarantined.length).toBe(1)
  await until(() => replicaOf(other)?.map.rows.has('key'))
})

test('J02 a host that asks again is told the same, whomever it asks', async () => {
  for (const name of names) await start(name)
  await write('key')
  const { clusterId } = running.get('a')!.host.probeAnswer as { readonly clusterId: string }
  const place = { hostId: 'd', raftAddress: 'd:1', incarnation: 'd'.repeat(32), clusterId }
  const newcomer = {
    probeAnswer: { state: 'joining' as const, ...place, addresses: [], appliedIndex: 0 },
  }
  running.set('d', {
    host: { ...newcomer, stop: async () => undefined } as unknown as MapHost,
    ended: Promise.resolve(),
  })
  const answers = await Promise.all(names.map((name) => running.get(name)!.host.admit(place)))
  for (const name of names) answers.push(await running.get(name)!.host.admit(place))
  const ids = answers.flatMap((answer) => (answer.ok ? [answer.admission.replicaId] : []))
  expect(ids.length).toBeGreaterThan(1)
  expect(new Set(ids)).toEqual(new Set([4]))
  expect(joins.every(({ isForwarded }) => isForwarded === true)).toBe(true)
  const follower = names.find((name) => running.get(name)!.host.leaderAddress !== undefined)!
  const refused = await running.get(follower)!.host.admit({ ...place, isForwarded: true })
  expect(refused).toMatchObject({ ok: false, reason: 'later' })
  const stranger = { ...place, incarnation: 'e'.repeat(32) }
  expect(await running.get(await leader())!.host.admit(stranger)).toMatchObject({ ok: false })
  running.delete('d')
})

test('J26 what a member has acknowledged is never forgotten under its incarnation', async () => {
  for (const name of names) await start(name)
  await write('key')
  await voters((ids) => ids.length === 3)
  const { host } = running.get(await leader())!
  for (const name of names) {
    const found = running.get(name)!.host.probeAnswer
    const { clusterId, incarnation } = found as { clusterId: string; incarnation: string }
    const place = { hostId: name, raftAddress: addressOf(name), incarnation, clusterId }
    expect(await host.admit(place)).toMatchObject({ ok: false, reason: 'burned' })
  }
})

/** Cuts the log of a host that is stopped. */
function damageLog(name: string): void {
  const instances = join(directory, name, 'instances')
  const [cluster] = readdirSync(instances)
  const [replica] = readdirSync(join(instances, cluster!))
  const log = join(instances, cluster!, replica!, 'raft')
  for (const file of readdirSync(log)) if (file.endsWith('.wal')) truncateSync(join(log, file), 7)
}

test('J14 a damaged log is set aside while others have the data, and never that of the last one', async () => {
  for (const name of names) await start(name)
  await write('key')
  await voters((ids) => ids.length === 3)
  await stop('c')
  damageLog('c')
  await start('c')
  await voters((ids) => ids.includes(4))
  expect(readdirSync(join(directory, 'c', 'quarantine')).length).toBe(1)
  for (const name of names) await stop(name)
  damageLog('a')
  const { ended } = await start('a')
  expect(await ended).toMatchObject({ code: 'STORE_LOG_CORRUPT' })
  expect(readdirSync(join(directory, 'a', 'quarantine'))).toEqual([])
  // Nor those of two that start together and are lost both.
  await stop('a')
  damageLog('b')
  const both = await Promise.all(['a', 'b'].map((name) => start(name)))
  for (const one of both) expect(await one.ended).toMatchObject({ code: 'STORE_LOG_CORRUPT' })
  for (const name of ['a', 'b']) {
    expect(readdirSync(join(directory, name, 'quarantine'))).toEqual([])
  }
})

test('a host that is stopped while it waits for others ends at once', async () => {
  const { ended } = await start('a')
  await stop('a')
  expect(await ended).toBeUndefined()
})

/** Writes what `name` takes in another way, and goes on until digests of it are compared. */
async function makeDiffer(name: string): Promise<void> {
  odd = name
  await write('differs')
  const at = await leader()
  const writes = Array.from({ length: mapDigestIndexes }, (_, n) =>
    replicaOf(at)!.node.propose(utf8Encode(`key-${n % 5}`), { timeoutMs: 20_000 }),
  )
  await Promise.all(writes)
  await write('last')
  // From the time on that it has taken them all, or is gone already.
  await until(() => replicaOf(name)?.map.rows.has('last') !== false)
  odd = undefined
}

/** Writes on until `name` runs another replica: answers to entries bring the leader the digests. */
async function untilAnew(name: string): Promise<void> {
  const endMs = performance.now() + 25_000
  const isAnew = (): boolean => (replicaOf(name)?.node.status().id ?? 0) > names.length
  for (let n = 0; !isAnew(); n += 1) {
    expect(performance.now()).toBeLessThan(endMs)
    await write(`more-${n % 5}`)
  }
}

test.each(['leader', 'follower'])(
  'R-22.1 a %s whose rows differ from the majority sets them aside and joins anew',
  async (role) => {
    for (const name of names) await start(name)
    await write('key')
    const first = await leader()
    const name = role === 'leader' ? first : names.find((other) => other !== first)!
    await makeDiffer(name)
    await untilAnew(name)
    expect(await voters((ids) => ids.includes(4))).toMatchObject({ [name]: 4 })
    expect(readdirSync(join(directory, name, 'quarantine')).length).toBe(1)
    await until(() => replicaOf(name)?.map.rows.has('differs'))
    expect(utf8Decode(replicaOf(name)!.map.rows.get('differs')!)).toBe('differs')
  },
)
