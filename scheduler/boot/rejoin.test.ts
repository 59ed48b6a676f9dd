import { describe, expect, test } from 'vitest'
import { CodedError, nullLogger, Prng } from '../../base/index.ts'
import { DiskSimulator } from '../../chaos-tests/sim/disk-simulator.ts'
import { SystemClock } from '../../runtime/index.ts'
import { openDataDirectory, StorageCorruptError, writeKnownMembers } from '../../storage/index.ts'
import type { InstancePlace, MemberAnswer, ProbeAnswer } from '../../storage/index.ts'
import {
  addressesToAsk,
  askAboutSelf,
  judgeSelf,
  LastStopError,
  quarantineLost,
  refuseLossReason,
} from './rejoin.ts'

const clusterId = 'c'.repeat(32)
const incarnation = '4'.repeat(32)
const self = { clusterId, replicaId: 4, incarnation }

const answer = (fields: Partial<MemberAnswer> = {}): MemberAnswer => ({
  state: 'member',
  clusterId,
  replicaId: 1,
  incarnation: '1'.repeat(32),
  initialMembers: [],
  clientAddresses: ['a:2'],
  acknowledgedIndex: 0,
  isRemoved: false,
  ...fields,
})

describe('what the others know of an instance', () => {
  test.each([
    ['nobody answers', [], { kind: 'sound', acknowledgedIndex: 0 }],
    [
      'J13 the largest acknowledged index counts',
      [answer({ acknowledgedIndex: 7 }), answer({ acknowledgedIndex: 12 }), answer()],
      { kind: 'sound', acknowledgedIndex: 12 },
    ],
    ['one says that it was removed', [answer(), answer({ isRemoved: true })], { kind: 'removed' }],
    [
      'J16 a seed is in another cluster',
      [answer(), answer({ clusterId: 'd'.repeat(32) })],
      { kind: 'foreign', address: 'a1' },
    ],
    [
      'J12 another process has its identity',
      [answer(), answer({ replicaId: 4, incarnation })],
      { kind: 'duplicate', address: 'a1' },
    ],
    [
      'its id belongs to another incarnation',
      [answer({ replicaId: 4, incarnation: '9'.repeat(32), isRemoved: true })],
      { kind: 'removed' },
    ],
  ] as const)('%s', (_title, answers, standing) => {
    const byAddress = new Map(answers.map((each, i) => [`a${i}`, each]))
    expect(judgeSelf(self, byAddress, { seeds: ['a0', 'a1'] })).toEqual(standing)
  })

  test('who has taken the address of a member that was only remembered tells nothing', () => {
    const foreign = answer({ clusterId: 'd'.repeat(32), isRemoved: true, acknowledgedIndex: 9 })
    const standing = judgeSelf(self, new Map([['z1', foreign]]), { seeds: ['a1'] })
    expect(standing).toEqual({ kind: 'sound', acknowledgedIndex: 0 })
  })

  test('only members are listened to', async () => {
    const joining: ProbeAnswer = {
      state: 'joining',
      raftAddress: 'b:1',
      incarnation,
      hostId: 'b',
      addresses: [],
      clusterId,
    }
    const probe = async (address: string): Promise<ProbeAnswer | undefined> =>
      ({ 'a:1': answer(), 'b:1': joining })[address]
    const answers = await askAboutSelf({ probe }, ['a:1', 'b:1', 'c:1'])
    expect([...answers.keys()]).toEqual(['a:1'])
  })
})

/** A data directory with something at the place of replica 4. */
async function used(known: readonly string[] = []) {
  const disk = new DiskSimulator({ random: new Prng('rejoin') })
  const directory = await openDataDirectory(
    {
      disk,
      random: new Prng('directory'),
      logger: nullLogger,
      lockDirectory: async () => ({ release: async () => {} }),
    },
    { root: '/data' },
  )
  const path = `/data/instances/${clusterId}/4`
  await disk.makeDirectory(path)
  if (known.length > 0) {
    const members = known.map((raftAddress, i) => ({
      replicaId: i + 1,
      hostId: `s${i + 1}`,
      incarnation: String(i + 1).repeat(32),
      raftAddress,
      clientAddress: '',
    }))
    const voters = members.map(({ replicaId }) => replicaId)
    const configuration = {
      id: 0,
      voters,
      votersOutgoing: [],
      learners: [],
      learnersNext: [],
      autoLeave: false,
      highestId: voters.length,
    }
    await writeKnownMembers(disk, path, { configuration, members })
  }
  const place: InstancePlace = { clusterId, replica: '4', path }
  const asked: string[] = []
  const deps = {
    clock: Object.assign(new SystemClock(), { sleep: () => Promise.resolve() }),
    disk,
    logger: nullLogger,
    directory,
    asked,
    answers: new Map<string, ProbeAnswer>(),
    probe: async (address: string): Promise<ProbeAnswer | undefined> => {
      asked.push(address)
      return deps.answers.get(address)
    },
  }
  return { deps, place }
}

const options = {
  raftAddress: 'd:1',
  seeds: ['a:1'],
  canJoin: true,
  signal: new AbortController().signal,
}
const corrupt = (path: string): StorageCorruptError =>
  new StorageCorruptError('STORE_LOG_CORRUPT', 'a bit flipped', { path })

describe('an instance that is lost', () => {
  test('is moved aside when another member of its cluster answers', async () => {
    const { deps, place } = await used()
    deps.answers.set('a:1', answer())
    const error = corrupt(`${place.path}/raft/1.wal`)
    expect(await quarantineLost(deps, { place, error }, options)).toBe(true)
    expect(await deps.directory.places()).toEqual([])
    expect(await deps.directory.quarantined()).toMatchObject([
      { clusterId, reason: { code: 'STORE_LOG_CORRUPT' } },
    ])
  })

  test('asks the members it knew last, too', async () => {
    const { deps, place } = await used(['b:1', 'c:1', 'd:1'])
    deps.answers.set('c:1', answer({ replicaId: 2 }))
    const error = corrupt(place.path)
    expect(await quarantineLost(deps, { place, error }, options)).toBe(true)
    expect(new Set(deps.asked)).toEqual(new Set(['a:1', 'b:1', 'c:1']))
  })

  test.each([
    ['nobody answers', undefined],
    ['a member of another cluster answers', answer({ clusterId: 'd'.repeat(32) })],
    ['only its own copy answers', answer({ replicaId: 4, incarnation })],
    ['one answers that does not run, and may be lost as well', answer({ clientAddresses: [] })],
    [
      'one answers that has no data either',
      {
        state: 'fresh',
        raftAddress: 'a:1',
        incarnation: '1'.repeat(32),
        hostId: 's1',
        addresses: ['a:1'],
      } as const,
    ],
  ])('stays where it is when %s', async (_title, said) => {
    const { deps, place } = await used()
    if (said !== undefined) deps.answers.set('a:1', said)
    const files = deps.disk.files()
    const error = corrupt(place.path)
    expect(await quarantineLost(deps, { place, error }, options)).toBe(false)
    expect(deps.disk.files()).toEqual(files)
    expect(await deps.directory.places()).toEqual([place])
    expect(deps.asked).toHaveLength(5)
  })

  test('of the only member stays where it is, and nobody is asked', async () => {
    const { deps, place } = await used()
    const error = corrupt(place.path)
    expect(await quarantineLost(deps, { place, error }, { ...options, seeds: [] })).toBe(false)
    expect(deps.asked).toEqual([])
    expect(await deps.directory.places()).toEqual([place])
  })

  test('stays when its host has nothing to prove itself with', async () => {
    const { deps, place } = await used()
    deps.answers.set('a:1', answer())
    const error = corrupt(place.path)
    const moved = await quarantineLost(deps, { place, error }, { ...options, canJoin: false })
    expect(moved).toBe(false)
    expect(deps.asked).toEqual([])
  })

  test.each([
    ['a damaged file of the whole directory', corrupt('/data/FORMAT')],
    ['a newer format', new CodedError('STORE_FORMAT_UNSUPPORTED', 'newer')],
    ['a wrong cluster', new CodedError('STORE_WRONG_CLUSTER', 'another')],
    ['a copy that is found out at its start', new CodedError('RAFT_DUPLICATE_IDENTITY', 'copy')],
    ['a full disk', new CodedError('STORE_DISK_FULL', 'full')],
    ['what is no coded error', new TypeError('bug')],
  ])('is not meant by %s', async (_title, error) => {
    const { deps, place } = await used()
    deps.answers.set('a:1', answer())
    expect(await quarantineLost(deps, { place, error }, options)).toBe(false)
  })

  test('is what a run has left that ended because its data were wrong', async () => {
    const atWallMs = 1
    for (const code of ['SCHED_STATE_DIVERGED', 'RAFT_DUPLICATE_IDENTITY']) {
      const refusing = () => refuseLossReason({ code, message: 'why', atWallMs })
      expect(refusing).toThrow(LastStopError)
    }
    refuseLossReason({ code: 'RAFT_LOG_WRITE_FAILED', message: 'disk full', atWallMs })
    const { deps, place } = await used()
    deps.answers.set('a:1', answer())
    const error = new LastStopError('SCHED_STATE_DIVERGED', 'why')
    expect(await quarantineLost(deps, { place, error }, options)).toBe(true)
  })
})

test('whom to ask: seeds and known members, once each, and never oneself', async () => {
  const { deps, place } = await used(['a:1', 'b:1', 'd:1'])
  deps.answers.set('b:1', answer())
  await quarantineLost(deps, { place, error: corrupt(place.path) }, options)
  expect(deps.asked).toEqual(['a:1', 'b:1'])
  expect(addressesToAsk(undefined, { seeds: ['d:1', 'a:1', 'a:1'], raftAddress: 'd:1' })).toEqual([
    'a:1',
  ])
})
