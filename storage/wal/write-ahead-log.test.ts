import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nullLogger, Prng } from '../../base/index.ts'
import type { Disk, DiskFile } from '../../base/index.ts'
import { DiskSimulator } from '../../chaos-tests/sim/disk-simulator.ts'
import type { PowerCut } from '../../chaos-tests/sim/disk-simulator.ts'
import { describeLogStorage } from '../../raft/log-storage.suite.ts'
import type { LogStorageHarness } from '../../raft/log-storage.suite.ts'
import { FileDisk } from '../../runtime/index.ts'
import { createWriteAheadLog, openWriteAheadLog } from './open-log.ts'

const identity = { clusterId: 'c1'.repeat(16), replicaId: 1, incarnation: 'a1'.repeat(16) }

async function openLog(disk: Disk, directory: string) {
  const deps = { disk, logger: nullLogger }
  if ((await disk.stat(`${directory}/witness`)) === undefined) {
    await createWriteAheadLog(deps, { directory, identity })
  }
  return openWriteAheadLog(deps, {
    directory,
    identity,
    durableIndex: undefined,
    segmentBytes: 2048,
  })
}

for (const cut of ['lose', 'keep', 'tear'] as const satisfies readonly PowerCut[]) {
  describeLogStorage(`WriteAheadLog on a simulated disk, power cut: ${cut}`, async () => {
    const disk = new DiskSimulator({ random: new Prng(cut) })
    return {
      open: () => openLog(disk, '/raft'),
      crash: async () => disk.powerOn(cut),
      failNextSync: () => disk.failNext('sync', 'STORE_IO', (path) => path.endsWith('.wal')),
      dispose: async () => {},
    }
  })
}

/** The real disk, with a sync that fails when asked to. */
class FailingDisk extends FileDisk {
  isFailing = false

  override async open(...args: Parameters<FileDisk['open']>): Promise<DiskFile> {
    const file = await super.open(...args)
    const failing = (act: () => Promise<void>): Promise<void> =>
      this.isFailing ? Promise.reject(new Error('simulated')) : act()
    return {
      read: (offset, length) => file.read(offset, length),
      write: (offset, parts) => file.write(offset, parts),
      sync: () => failing(() => file.sync()),
      writeSynced: (offset, parts) => failing(() => file.writeSynced!(offset, parts)),
      truncate: (sizeBytes) => file.truncate(sizeBytes),
      size: () => file.size(),
      close: () => file.close(),
    }
  }
}

describeLogStorage('WriteAheadLog on the real disk', async (): Promise<LogStorageHarness> => {
  const root = await mkdtemp(join(tmpdir(), 'damselfly-log-'))
  const disk = new FailingDisk()
  let opened: Awaited<ReturnType<typeof openLog>> | undefined
  const close = async (): Promise<void> => {
    await opened?.log.close().catch(() => undefined)
  }
  return {
    open: async () => {
      opened = await openLog(disk, join(root, 'raft'))
      return opened
    },
    // A killed process: the page cache keeps what was written.
    crash: async () => {
      await close()
      disk.isFailing = false
    },
    failNextSync: () => {
      disk.isFailing = true
    },
    dispose: async () => {
      await close()
      await rm(root, { recursive: true, force: true })
    },
  }
})
