import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../base/index.ts'
import { memberTable, peersTable } from '../replication/index.ts'
import { announceTask, getHost } from '../replication/commands/index.ts'
import {
  cacheTask,
  SchedulerFixture,
  taskAnnounce,
} from '../replication/commands/scheduler-fixture.suite.ts'
import {
  clusterId,
  inFolder,
  makeMember,
  saveImage,
  testDeps,
  withState,
} from './recovery.suite.ts'
import { restoreSnapshot } from './restore.ts'
import { inspectSnapshot, snapshotJson } from './snapshot-file.ts'

const place = { hostId: 'n1', raftAddress: '127.0.0.1:7003' }

function used(): SchedulerFixture {
  const fixture = new SchedulerFixture()
  for (let task = 0; task < 20; task += 1) {
    fixture.run(announceTask, taskAnnounce(cacheTask(`task-${task}`), 'holder'))
  }
  return fixture
}

async function withSnapshot(
  run: (world: {
    readonly folder: string
    readonly file: string
    readonly deps: ReturnType<typeof testDeps>
    readonly fixture: SchedulerFixture
  }) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const deps = testDeps(folder)
    const fixture = used()
    const { entries } = fixture
    const root = join(folder, 'old')
    await makeMember(deps, root, { entries, applied: entries.length })
    const file = join(folder, 'cluster.snapshot')
    await saveImage(deps, root, file)
    await run({ folder, file, deps, fixture })
  })
}

describe('snapshot inspect', () => {
  it('proves the file and says what it holds', async () => {
    await withSnapshot(async ({ file, deps, fixture }) => {
      const report = await inspectSnapshot(deps.disk, file)
      expect(report).toMatchObject({
        clusterId,
        index: fixture.state.appliedIndex,
        term: 1,
        fileBytes: readFileSync(file).length,
        digest: fixture.state.digest(),
        features: [],
      })
      expect(snapshotJson(report)).toMatchObject({
        digest: toHex(fixture.state.digest()),
        rows: report.tables.reduce((sum, { rows }) => sum + rows, 0),
        tables: { members: 3, sessions: 3, tasks: 20, peers: 20, hosts: 1, clock: 1, meta: 1 },
        members: [{ id: '1', hostId: 's1' }, { id: '2' }, { id: '3', raftAddr: '127.0.0.1:9002' }],
      })
    })
  })

  it('refuses what is cut, flipped, of a newer format or no snapshot, with codes', async () => {
    await withSnapshot(async ({ folder, file, deps }) => {
      const whole = readFileSync(file)
      const changed = join(folder, 'changed')
      await expect(inspectSnapshot(deps.disk, file)).resolves.toMatchObject({ clusterId })
      const codeOf = async (bytes: Uint8Array): Promise<string> => {
        writeFileSync(changed, bytes)
        const refusal = await inspectSnapshot(deps.disk, changed).catch((error: unknown) => error)
        const restored = await restoreSnapshot(deps, {
          file: changed,
          root: join(folder, 'new'),
          ...place,
        }).catch((error: unknown) => error)
        expect((restored as { code: string }).code).toBe((refusal as { code: string }).code)
        expect(await deps.disk.stat(join(folder, 'new'))).toBeUndefined()
        return (refusal as { code: string }).code
      }
      for (let length = 0; length < whole.length; length += Math.ceil(whole.length / 23)) {
        expect(await codeOf(whole.subarray(0, length))).toBe('RAFT_IMAGE_DAMAGED')
      }
      for (let at = 8; at < whole.length; at += Math.ceil(whole.length / 37)) {
        expect(await codeOf(whole.map((byte, i) => (i === at ? byte ^ 4 : byte)))).toBe(
          'RAFT_IMAGE_DAMAGED',
        )
      }
      expect(await codeOf(new TextEncoder().encode('{"no":"snapshot"}'))).toBe('SCHED_NO_SNAPSHOT')
    })
  })
})

describe('snapshot restore', () => {
  it('begins a new cluster of one voter with hosts, tasks and peers', async () => {
    await withSnapshot(async ({ folder, file, deps, fixture }) => {
      const root = join(folder, 'new')
      const restored = await restoreSnapshot(deps, { file, root, ...place })
      const { clusterId: newId, replicaId, index, term } = restored.founding
      expect(newId).toMatch(/^[0-9a-f]{32}$/)
      expect(newId).not.toBe(clusterId)
      expect([replicaId, index, term]).toEqual([4, fixture.state.appliedIndex + 1, 2])
      await withState(deps, root, async ({ durable, contents, cluster }) => {
        expect(cluster).toBe(newId)
        expect(contents).toMatchObject({
          entries: [],
          compacted: { index, term },
          hardState: { term, votedFor: 0, commit: index },
        })
        const { state } = durable
        expect(state.appliedIndex).toBe(index)
        expect(state.configuration()).toMatchObject({ voters: [4], learners: [], highestId: 4 })
        expect(state.reader.count(peersTable)).toBe(20)
        expect(getHost(state.reader, 'host-of-holder')).toBeDefined()
        expect(state.reader.get(memberTable, 4)).toMatchObject({
          hostId: 'n1',
          raftAddress: place.raftAddress,
        })
      })
      const again = await restoreSnapshot(deps, { file, root: join(folder, 'other'), ...place })
      expect(again.founding.clusterId).not.toBe(newId)
    })
  })

  it('refuses a directory that holds anything, and changes nothing', async () => {
    await withSnapshot(async ({ folder, file, deps }) => {
      const refused = (root: string) => restoreSnapshot(deps, { file, root, ...place })
      await expect(refused(join(folder, 'old'))).rejects.toMatchObject({ code: 'STORE_NOT_EMPTY' })
      const foreign = join(folder, 'foreign')
      mkdirSync(foreign)
      writeFileSync(join(foreign, 'notes.txt'), 'mine')
      await expect(refused(foreign)).rejects.toMatchObject({ code: 'STORE_NOT_EMPTY' })
      expect(await deps.disk.list(foreign)).toEqual(['notes.txt'])
      await expect(refused(file)).rejects.toMatchObject({ code: 'STORE_DIRECTORY_UNUSABLE' })
      await expect(refused('here')).rejects.toMatchObject({ code: 'STORE_DIRECTORY_UNUSABLE' })
      const empty = join(folder, 'empty')
      mkdirSync(empty)
      await expect(refused(empty)).resolves.toMatchObject({ founding: { replicaId: 4 } })
      await expect(refused(empty)).rejects.toMatchObject({ code: 'STORE_NOT_EMPTY' })
    })
  })
})
