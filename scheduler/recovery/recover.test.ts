// what is left of a cluster that has lost its majority becomes a new one.
import { renameSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { peersTable, removedMemberTable } from '../replication/index.ts'
import { announceTask } from '../replication/commands/index.ts'
import {
  cacheTask,
  SchedulerFixture,
  taskAnnounce,
} from '../replication/commands/scheduler-fixture.suite.ts'
import { recover } from './recover.ts'
import type { RecoverOptions, RecoveryPlan } from './recover.ts'
import {
  clusterId,
  contentOf,
  inFolder,
  makeMember,
  testDeps,
  withState,
} from './recovery.suite.ts'

const asBefore = { hostId: '', raftAddress: '', isDryRun: false, confirm: async () => true }

async function withSurvivor(
  run: (world: {
    readonly root: string
    readonly deps: ReturnType<typeof testDeps>
    readonly fixture: SchedulerFixture
    readonly recovered: (
      change?: Partial<RecoverOptions>,
    ) => Promise<Awaited<ReturnType<typeof recover>>>
  }) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const deps = testDeps(folder)
    const fixture = new SchedulerFixture()
    for (let task = 0; task < 10; task += 1) {
      fixture.run(announceTask, taskAnnounce(cacheTask(`task-${task}`), 'holder'))
    }
    const root = join(folder, 's1')
    const { entries } = fixture
    // Half of it is in the state, all of it in the log.
    await makeMember(deps, root, { entries, applied: entries.length - 6 })
    const recovered = (change: Partial<RecoverOptions> = {}) =>
      recover(deps, { root, ...asBefore, ...change })
    await run({ root, deps, fixture, recovered })
  })
}

describe('recover', () => {
  it('R-24.1 applies all the survivor holds and begins a new cluster of it alone', async () => {
    await withSurvivor(async ({ root, deps, fixture, recovered }) => {
      const lastIndex = fixture.state.appliedIndex
      const before = contentOf(join(root, 'instances', clusterId, '1'))
      const plans: RecoveryPlan[] = []
      const outcome = await recovered({
        confirm: async (plan) => {
          plans.push(plan)
          return true
        },
      })
      expect(plans).toHaveLength(1)
      expect(plans[0]).toMatchObject({
        clusterId,
        replicaId: 1,
        hostId: 's1',
        raftAddress: '127.0.0.1:9000',
        durableIndex: lastIndex - 6,
        commitIndex: lastIndex - 6,
        lastIndex,
        lastTerm: 1,
      })
      expect(plans[0]!.members.map(({ hostId }) => hostId)).toEqual(['s1', 's2', 's3'])
      if (outcome.action !== 'recovered') throw new Error(outcome.action)
      const { clusterId: newId, index } = outcome.founding
      expect(newId).not.toBe(clusterId)
      expect(index).toBe(lastIndex + 1)
      // The old directory is what it was, and says why it lies there.
      const after = new Map(contentOf(outcome.quarantinedPath))
      expect(after.get('QUARANTINE.json')).toContain(newId)
      after.delete('QUARANTINE.json')
      expect(after).toEqual(before)
      expect(basename(outcome.quarantinedPath)).toMatch(new RegExp(`^${clusterId}-1-`))
      await withState(deps, root, async ({ durable, cluster, contents }) => {
        expect(cluster).toBe(newId)
        expect(contents.entries).toEqual([])
        const { reader } = durable.state
        expect(reader.count(peersTable)).toBe(10)
        expect(durable.state.configuration()).toMatchObject({ voters: [4] })
        const removed = reader.list(removedMemberTable, 'byAge', { limit: 9 })
        expect(removed.map(({ hostId }) => hostId)).toEqual(['s1', 's2', 's3'])
      })
      expect(await deps.disk.list(join(root, 'tmp'))).toEqual([])
    })
  })

  it('changes nothing in a dry run, or unless it is confirmed', async () => {
    await withSurvivor(async ({ root, recovered }) => {
      const before = contentOf(join(root, 'instances'))
      const planned = await recovered({ isDryRun: true, hostId: 'n1', raftAddress: 'n1:8003' })
      expect(planned).toMatchObject({
        action: 'planned',
        plan: { hostId: 'n1', raftAddress: 'n1:8003' },
      })
      expect(await recovered({ confirm: async () => false })).toMatchObject({ action: 'declined' })
      expect(contentOf(join(root, 'instances'))).toEqual(before)
    })
  })

  it('goes on with what a crash left between the new instance and the move of the old', async () => {
    await withSurvivor(async ({ root, recovered }) => {
      const outcome = await recovered()
      if (outcome.action !== 'recovered') throw new Error(outcome.action)
      const old = join(root, 'instances', clusterId, '1')
      renameSync(outcome.quarantinedPath, old)
      // As it was before the reason was left in it.
      renameSync(join(old, 'QUARANTINE.json'), join(root, 'reason'))
      const finished = await recovered()
      expect(finished).toMatchObject({
        action: 'finished',
        instance: { identity: { clusterId: outcome.founding.clusterId } },
      })
      await expect(recovered({ isDryRun: true })).resolves.toMatchObject({
        plan: { clusterId: outcome.founding.clusterId, hostId: 's1' },
      })
    })
  })

  it('goes on with the newer one when a cluster is recovered that was recovered before', async () => {
    await withSurvivor(async ({ root, recovered }) => {
      await recovered()
      // Cluster ids are drawn, so either may come first in the directory.
      for (let round = 0; round < 5; round += 1) {
        const outcome = await recovered()
        if (outcome.action !== 'recovered') throw new Error(outcome.action)
        const { founding, plan, quarantinedPath } = outcome
        renameSync(quarantinedPath, plan.directory)
        renameSync(join(plan.directory, 'QUARANTINE.json'), join(root, 'reason'))
        expect(await recovered()).toMatchObject({
          action: 'finished',
          instance: { identity: { clusterId: founding.clusterId } },
        })
      }
    })
  })

  it('refuses an empty, missing or used directory by codes', async () => {
    await withSurvivor(async ({ root, deps, recovered }) => {
      await expect(recovered({ root: `${root}-none` })).rejects.toMatchObject({
        code: 'STORE_NOT_FOUND',
      })
      await deps.disk.makeDirectory(`${root}-empty`)
      await expect(recovered({ root: `${root}-empty` })).rejects.toMatchObject({
        code: 'STORE_NO_INSTANCE',
      })
      await withState(deps, root, async () => {
        await expect(recovered()).rejects.toMatchObject({ code: 'STORE_DIRECTORY_LOCKED' })
      })
    })
  })
})
