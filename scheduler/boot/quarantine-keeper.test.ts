import { expect, test } from 'vitest'
import { GiB, nullLogger, Prng } from '../../base/index.ts'
import { DiskSimulator } from '../../chaos-tests/sim/disk-simulator.ts'
import { openDataDirectory } from '../../storage/index.ts'
import { LeaderFixture } from '../membership/leader-fixture.suite.ts'
import { QuarantineKeeper } from './quarantine-keeper.ts'

const clusterId = 'c'.repeat(32)
const dayMs = 86_400_000

async function start(replicaId: number) {
  const { clock, state } = new LeaderFixture()
  const disk = new DiskSimulator({ random: new Prng('keeper') })
  const room = { freeBytes: 500 * GiB, totalBytes: 1_000 * GiB }
  disk.freeBytes = async () => room.freeBytes
  const directory = await openDataDirectory(
    {
      disk,
      random: new Prng('directory'),
      logger: nullLogger,
      lockDirectory: async () => ({ release: async () => {} }),
    },
    { root: '/data' },
  )
  const move = async (replica: string, atWallMs: number): Promise<void> => {
    const path = `/data/instances/${clusterId}/${replica}`
    await disk.makeDirectory(path)
    await directory.quarantine(
      { clusterId, replica, path },
      { code: 'removed', message: 'why', atWallMs },
    )
  }
  const keeper = new QuarantineKeeper(
    { clock, disk, logger: nullLogger, directory, state },
    { replicaId, retentionMs: dayMs, totalBytes: async () => room.totalBytes },
  )
  const names = async () => (await directory.quarantined()).map(({ replica }) => replica)
  return { clock, room, move, keeper, names }
}

test('what is old enough goes at the start, and what becomes so within the hour', async () => {
  const { clock, move, keeper, names } = await start(1)
  await clock.advance(2 * dayMs)
  await move('7', clock.wallMs() - dayMs)
  await move('8', clock.wallMs() - dayMs + 1_000_000)
  await move('9', clock.wallMs())
  await keeper.start()
  await clock.advance(1)
  expect(await names()).toEqual(['8', '9'])
  const { moved, directories, bytes } = keeper.figures()
  expect([[...moved], directories]).toEqual([[['removed', 3]], 2])
  expect(bytes).toBeGreaterThan(100)
  await clock.advance(3_600_000)
  expect(await names()).toEqual(['9'])
  await keeper.stop()
  await clock.advance(3 * dayMs)
  expect(await names()).toEqual(['9'])
})

test('nothing goes while this host is no voter, but for want of room all but the newest', async () => {
  const { clock, room, move, keeper, names } = await start(5)
  await clock.advance(5 * dayMs)
  for (const [replica, age] of [
    ['7', 3],
    ['8', 2],
    ['9', 1],
  ] as const) {
    await move(replica, clock.wallMs() - age * dayMs)
  }
  await keeper.start()
  await clock.advance(1)
  expect(await names()).toEqual(['7', '8', '9'])
  room.freeBytes = 99 * GiB
  await clock.advance(3_600_000)
  expect(await names()).toEqual(['9'])
  await keeper.stop()
})
