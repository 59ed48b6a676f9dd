import { Server, ServerCredentials } from '@grpc/grpc-js'
import { afterEach, describe, expect, test } from 'vitest'
import { CodedError, concatBytes, nullLogger, Prng } from '../../base/index.ts'
import { downloadSnapshot, noSecurity } from '../../client/index.ts'
import { loadServices } from '../../proto/index.ts'
import { imageChunkBytesMax, initialConfiguration } from '../../raft/index.ts'
import { SystemClock } from '../../runtime/index.ts'
import { snapshotsMax } from './limits.ts'
import { RateLimit } from './rate-limit.ts'
import { snapshotHandlers } from './snapshot.ts'
import type { SnapshotDeps } from './snapshot.ts'

const clock = new SystemClock()
const deps = { clock, random: new Prng('snapshot'), logger: nullLogger }
const configuration = initialConfiguration({ voters: [1] })
const stops: (() => void)[] = []

afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

interface Member {
  readonly address: string
  /** Readers opened and closed, chunks read, and bytes the rate was asked for. */
  readonly seen: { opened: number; closed: number; read: number; asked: number }
  readonly consistency: ('fresh' | 'stale')[]
}

/** A member whose snapshot has `chunks` chunks of `imageChunkBytesMax`, each of its own number. */
async function member(chunks: number, change: Partial<SnapshotDeps> = {}): Promise<Member> {
  const seen = { opened: 0, closed: 0, read: 0, asked: 0 }
  const consistency: ('fresh' | 'stale')[] = []
  const handlers = snapshotHandlers({
    ...deps,
    rateLimit: new RateLimit({ clock }, { ratePerSecond: 1_000 }),
    operators: {
      require: ({ bearerToken }) => {
        if (bearerToken !== 'secret') throw new CodedError('SCHED_UNAUTHENTICATED', 'no token')
        return 'token:test'
      },
      admits: ({ bearerToken }) => bearerToken === 'secret',
    },
    replica: {
      fresh: async (call) => {
        consistency.push(call.isStale ? 'stale' : 'fresh')
        return undefined as never
      },
    },
    snapshots: {
      open: async () => {
        seen.opened += 1
        let at = 0
        return {
          snapshot: { index: 7, term: 2, configuration, clusterClockMs: 1 },
          next: async () => {
            at += 1
            if (at > chunks) return undefined
            seen.read += 1
            return new Uint8Array(imageChunkBytesMax).fill(at)
          },
          close: async () => {
            seen.closed += 1
          },
        }
      },
      wait: async (bytes) => {
        seen.asked += bytes
      },
    },
    ...change,
  })
  const server = new Server()
  server.addService(loadServices().cluster.service, { ...handlers })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    )
  })
  stops.push(() => server.forceShutdown())
  return { address: `127.0.0.1:${port}`, seen, consistency }
}

const security = { ...noSecurity, bearerToken: 'secret' }
const fresh = { security, consistency: 'linearizable' } as const

/** Waits for what the other side of a connection does next. */
async function until(isTrue: () => boolean): Promise<void> {
  for (let waited = 0; !isTrue(); waited += 5) {
    if (waited > 10_000) throw new Error('it did not happen within 10 s')
    await clock.sleep(5)
  }
}

async function download(addresses: readonly string[], options = {}) {
  const parts: Uint8Array[] = []
  const take = async (bytes: Uint8Array): Promise<void> => void parts.push(bytes)
  const done = await downloadSnapshot(deps, { ...fresh, ...options, addresses }, take)
  return { ...done, bytes: concatBytes(parts) }
}

describe('a snapshot over the client port', () => {
  test('arrives whole and in order; the rate is asked for every byte', async () => {
    const { address, seen, consistency } = await member(9)
    const { bytes, ...from } = await download([address])
    expect(from).toEqual({ address })
    expect(bytes).toHaveLength(9 * imageChunkBytesMax)
    for (let at = 0; at < 9; at += 1) expect(bytes[at * imageChunkBytesMax]).toBe(at + 1)
    await until(() => seen.closed === 1)
    expect(seen).toEqual({ opened: 1, closed: 1, read: 9, asked: bytes.length })
    await download([address], { consistency: 'stale' })
    expect(consistency).toEqual(['fresh', 'stale'])
  })

  test('is for operators', async () => {
    const { address, seen } = await member(1)
    await expect(download([address], { security: noSecurity })).rejects.toMatchObject({
      code: 'SCHED_UNAUTHENTICATED',
    })
    expect(seen.opened).toBe(0)
  })

  test('comes from the next member when one is dead, busy or cannot; the last reason is told', async () => {
    const dead = await member(1)
    stops.splice(0).forEach((stop) => stop())
    const failing = await member(1, {
      snapshots: {
        open: () => Promise.reject(new CodedError('RAFT_IMAGE_NOT_READY', 'not yet')),
        wait: async () => undefined,
      },
    })
    const good = await member(2)
    const addresses = [dead.address, failing.address, good.address]
    expect((await download(addresses)).address).toBe(good.address)
    await expect(download([dead.address, failing.address])).rejects.toThrow(/not yet/)
    await expect(download(['nowhere'])).rejects.toMatchObject({ code: 'CONF_ADDRESS' })
  })

  test('waits for its client, holding little, and ends when the client goes', async () => {
    const { address, seen } = await member(1_000)
    let taken = 0
    const stopped = downloadSnapshot(deps, { ...fresh, addresses: [address] }, async () => {
      taken += 1
      if (taken < 3) return
      // Nothing is read any more once the buffers on the way are full.
      let before = -1
      while (before !== seen.read) {
        before = seen.read
        await clock.sleep(200)
      }
      throw new Error('enough')
    })
    await expect(stopped).rejects.toThrow('enough')
    await until(() => seen.closed === 1)
    expect(seen.read).toBeLessThan(100)
    expect(seen.read).toBeGreaterThanOrEqual(3)
  })

  test('snapshotsMax at a time; a further one is refused', async () => {
    const { address, seen } = await member(1_000)
    const release: (() => void)[] = []
    const held = Array.from({ length: snapshotsMax }, () =>
      downloadSnapshot(deps, { ...fresh, addresses: [address] }, () => {
        return new Promise((_, reject) => release.push(() => reject(new Error('enough'))))
      }).catch((error: unknown) => error),
    )
    await until(() => release.length === snapshotsMax)
    await expect(download([address])).rejects.toThrow(/snapshots already/)
    for (const end of release) end()
    await Promise.all(held)
    await until(() => seen.closed === snapshotsMax)
    const again = downloadSnapshot(deps, { ...fresh, addresses: [address] }, async () => {
      throw new Error('begun')
    })
    await expect(again).rejects.toThrow('begun')
  })
})
