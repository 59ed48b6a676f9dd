import { expect, test } from 'vitest'
import { nullLogger, Prng, VirtualClock } from '../../base/index.ts'
import { DiskSimulator } from '../../chaos-tests/sim/disk-simulator.ts'
import { encodeChange } from '../../raft/index.ts'
import { readKnownMembers } from '../../storage/index.ts'
import type { KnownMembers } from '../../storage/index.ts'
import { LeaderFixture, incarnationOf } from '../membership/leader-fixture.suite.ts'
import { encodeChangeContext, ReplicatedState, schedulerDomain } from '../replication/index.ts'
import {
  firstConfiguration,
  knownMembersOf,
  KnownMembersFile,
  nobody,
  raftMembers,
} from './members.ts'

const known: KnownMembers = {
  configuration: {
    id: 57,
    voters: [2, 3],
    votersOutgoing: [],
    learners: [8],
    learnersNext: [],
    autoLeave: false,
    highestId: 8,
  },
  members: [2, 3, 8].map((replicaId) => ({
    replicaId,
    hostId: `s${replicaId}`,
    incarnation: incarnationOf(replicaId),
    raftAddress: `seed:${replicaId}`,
    clientAddress: '',
  })),
}

const empty = (): ReplicatedState =>
  new ReplicatedState(schedulerDomain, { onCommandFailed: () => undefined })

/** Admits member 4. */
function admit(fixture: LeaderFixture): void {
  const detail = { replicaId: 4, incarnation: incarnationOf(4), hostId: 's4', raftAddress: 'h:4' }
  const change = {
    expectedId: fixture.state.configuration().id,
    transition: 'auto',
    operations: [{ op: 'add-learner', id: 4 }],
    context: encodeChangeContext([detail]),
  } as const
  fixture.log.append(encodeChange(change), 'config')
}

test('without a state Raft begins with the remembered members, before any change', () => {
  expect(firstConfiguration(empty(), known)).toEqual({ ...known.configuration, id: 0 })
  const { state } = new LeaderFixture()
  expect(firstConfiguration(state, known)).toEqual(state.configuration())
  expect(firstConfiguration(empty(), nobody).voters).toEqual([])
})

test('a state from before the admission is completed by the remembered members', () => {
  const { state } = new LeaderFixture()
  const early = raftMembers(state, { known, createdAtIndex: 60 })
  expect([...early].map(([id, { address }]) => [id, address]).sort()).toEqual([
    [1, '10.0.0.1:8003'],
    [2, '10.0.0.2:8003'],
    [3, '10.0.0.3:8003'],
    [8, 'seed:8'],
  ])
  const late = raftMembers(state, { known, createdAtIndex: 1 })
  expect([...late.keys()].sort()).toEqual([1, 2, 3])
  const seeded = raftMembers(empty(), { known, createdAtIndex: 60 })
  expect(seeded.get(8)).toEqual({
    address: 'seed:8',
    incarnation: incarnationOf(8),
    hostId: 's8',
  })
})

test('members.json follows the members of the state', async () => {
  const fixture = new LeaderFixture()
  const { clock, state } = fixture
  const disk = new DiskSimulator({ random: new Prng('members') })
  await disk.makeDirectory('/i')
  const deps = { clock, disk, logger: nullLogger, state }
  const file = new KnownMembersFile(deps, { directory: '/i' })
  await file.start()
  await clock.advance(1_000)
  expect(await readKnownMembers(disk, '/i')).toEqual(knownMembersOf(state))
  const { operationCount } = disk
  await fixture.boot(2)
  await clock.advance(1_000)
  const members = (await readKnownMembers(disk, '/i'))?.members
  expect(members?.map(({ clientAddress }) => clientAddress)).toEqual(['', 'c:2', ''])
  expect(disk.operationCount).toBeGreaterThan(operationCount)
  // What changes last is written by the stop at the latest.
  admit(fixture)
  await file.stop()
  const after = await readKnownMembers(disk, '/i')
  expect(after?.configuration).toMatchObject({ learners: [4], highestId: 4 })
  await clock.advance(10_000)
  admit(fixture)
  expect(await readKnownMembers(disk, '/i')).toEqual(after)
})

test('a disk that refuses members.json stops nobody', async () => {
  const clock = new VirtualClock({ settle: () => new Promise((done) => setImmediate(done)) })
  const disk = new DiskSimulator({ random: new Prng('refuses') })
  const warnings: string[] = []
  const logger = { ...nullLogger, warn: (_: object, text: string) => void warnings.push(text) }
  const { state } = new LeaderFixture()
  // The directory was removed under the running process.
  const file = new KnownMembersFile({ clock, disk, logger, state }, { directory: '/gone' })
  await file.start()
  await clock.advance(1_000)
  await file.stop()
  expect(warnings).toEqual(['the known members cannot be written'])
})
