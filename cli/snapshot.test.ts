import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { CodedError, toHex } from '../base/index.ts'
import { loadServices } from '../proto/index.ts'
import { announceTask } from '../scheduler/replication/commands/index.ts'
import {
  cacheTask,
  SchedulerFixture,
  taskAnnounce,
} from '../scheduler/replication/commands/scheduler-fixture.suite.ts'
import {
  clusterId,
  inFolder,
  makeMember,
  testDeps,
  withState,
} from '../scheduler/recovery/recovery.suite.ts'
import { restoreSnapshot } from '../scheduler/recovery/index.ts'
import { RateLimit } from '../scheduler/rpc/rate-limit.ts'
import { snapshotHandlers } from '../scheduler/rpc/snapshot.ts'
import { StoreImages } from '../storage/index.ts'
import { saveSnapshot } from './snapshot-save.ts'
import { restoredText, snapshotText } from './snapshot-text.ts'

const token = 'f'.repeat(64)

interface World {
  readonly folder: string
  readonly deps: ReturnType<typeof testDeps>
  readonly fixture: SchedulerFixture
  readonly options: Parameters<typeof saveSnapshot>[2]
  /** From now on the member breaks off after its first piece. */
  breakOff(): void
}

/** A member whose state can be saved over its client port. */
async function withMember(run: (world: World) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const deps = testDeps(folder)
    const fixture = new SchedulerFixture()
    for (let task = 0; task < 1_500; task += 1) {
      fixture.run(announceTask, taskAnnounce(cacheTask(`task-${task}`), 'holder'))
    }
    const { entries } = fixture
    const root = join(folder, 'member')
    await makeMember(deps, root, { entries, applied: entries.length })
    const tokenFile = join(folder, 'operator.token')
    writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 })
    await withState(deps, root, async ({ durable, store, cluster, tmpDirectory }) => {
      const images = new StoreImages(
        { ...deps, store, state: durable },
        { tmpDirectory, clusterId: cluster },
      )
      let isBreakingOff = false
      const handlers = snapshotHandlers({
        ...deps,
        rateLimit: new RateLimit(deps, { ratePerSecond: 1_000 }),
        operators: {
          require: ({ bearerToken }) => {
            if (bearerToken !== token) throw new CodedError('SCHED_UNAUTHENTICATED', 'wrong')
            return 'token:test'
          },
          admits: ({ bearerToken }) => bearerToken === token,
        },
        replica: { fresh: async () => durable.state.reader },
        snapshots: {
          open: async () => {
            const reader = await images.open(durable.state.appliedIndex)
            if (!isBreakingOff) return reader
            let read = 0
            const next = async (): Promise<Uint8Array | undefined> => {
              read += 1
              if (read > 1) throw new CodedError('SCHED_STOPPING', 'stopped in between')
              return reader.next()
            }
            return { snapshot: reader.snapshot, next, close: () => reader.close() }
          },
          wait: async () => undefined,
        },
      })
      const server = new Server()
      server.addService(loadServices().cluster.service, { ...handlers })
      const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
          error === null ? resolve(bound) : reject(error),
        )
      })
      try {
        const options = {
          schedulers: [`127.0.0.1:${port}`],
          tlsCaFile: '',
          tlsCertFile: '',
          tlsKeyFile: '',
          tokenFile,
          overwrite: false,
          stale: false,
        }
        const breakOff = (): void => void (isBreakingOff = true)
        await run({ folder, deps, fixture, options, breakOff })
      } finally {
        server.forceShutdown()
      }
    })
  })
}

describe('damselfly snapshot', () => {
  it('saves, inspects and restores the state of a running member', async () => {
    await withMember(async ({ folder, deps, fixture, options }) => {
      const path = join(folder, 'saved')
      writeFileSync(`${path}.partial`, 'left by a save that was killed')
      const { address, report } = await saveSnapshot(deps, path, options)
      expect(address).toBe(options.schedulers[0])
      expect(existsSync(`${path}.partial`)).toBe(false)
      const index = fixture.state.appliedIndex
      const digest = toHex(fixture.state.digest())
      expect(report).toMatchObject({ clusterId, index, fileBytes: readFileSync(path).length })
      const text = await snapshotText({ path, report, address, json: false })
      expect(text).toContain(`cluster   ${clusterId}\n`)
      expect(text).toContain(`digest    ${digest}\n`)
      const told = await snapshotText({ path, report, json: false })
      expect(told).toMatch(/^peers {2,}1500 /m)
      expect(told).toMatch(/^2 +s2 +127\.0\.0\.1:9001 +voter/m)
      const json = JSON.parse(await snapshotText({ path, report, address, json: true })) as object
      expect(json).toMatchObject({ file: path, from: address, clusterId, index, digest })
      const place = { root: join(folder, 'new'), hostId: 'n1', raftAddress: 'n1:8003' }
      const restored = await restoreSnapshot(deps, { file: path, ...place })
      const shown = restoredText(restored, { root: place.root, json: false })
      expect(shown).toContain(`new cluster   ${restored.founding.clusterId}\n`)
      expect(shown).toContain('--join n1:8003')
      const made = JSON.parse(restoredText(restored, { root: place.root, json: true })) as object
      expect(made).toMatchObject({ from: { clusterId, index }, member: { id: '4' } })
    })
  })

  it('leaves what was there when it is not asked to replace it, or cannot', async () => {
    await withMember(async ({ folder, deps, options, breakOff }) => {
      const path = join(folder, 'saved')
      writeFileSync(path, 'precious')
      await expect(saveSnapshot(deps, path, options)).rejects.toMatchObject({
        code: 'STORE_EXISTS',
      })
      const replacing = { ...options, overwrite: true }
      const stranger = { ...replacing, tokenFile: '' }
      await expect(saveSnapshot(deps, path, stranger)).rejects.toMatchObject({
        code: 'SCHED_UNAUTHENTICATED',
      })
      breakOff()
      await expect(saveSnapshot(deps, path, replacing)).rejects.toThrow('stopped in between')
      expect(readFileSync(path, 'utf8')).toBe('precious')
      expect(existsSync(`${path}.partial`)).toBe(false)
      await expect(saveSnapshot(deps, folder, replacing)).rejects.toMatchObject({
        code: 'STORE_EXISTS',
      })
    })
  })
})
