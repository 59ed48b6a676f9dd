// The client against members of a real cluster, one of which goes in the middle of everything.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nullLogger, Prng } from '../base/index.ts'
import { SystemClock } from '../runtime/index.ts'
import { RunningMembers } from '../scheduler/running-members.suite.ts'
import type { RunningMember } from '../scheduler/running-members.suite.ts'
import { DownloadAttachment, PeerAttachment, SchedulerClient } from './index.ts'

const members = new RunningMembers()
let started: readonly RunningMember[] = []
let client: SchedulerClient
const deps = { clock: new SystemClock(), random: new Prng('failover'), logger: nullLogger }
const poll = { interval: 10, timeout: 20_000 }
const taskId = 'c'.repeat(64)
const lengths = { actualPieceLength: 5, actualContentLength: 5, actualPieceCount: 1 }

beforeAll(async () => {
  started = await members.start(3)
  client = new SchedulerClient(deps, { addresses: started.map(({ running }) => running.addr) })
}, 60_000)

afterAll(async () => {
  client.close()
  await members.stop()
})

const host = (id: string) => ({ id, hostname: id, ip: '127.0.0.1' })

/** A peer of API v1 that goes to the origin and has fetched the only piece. */
async function holder(): Promise<PeerAttachment> {
  const peerHost = { ...host('h1'), rpcPort: 4_001, downPort: 4_002 }
  const request = { taskId, peerId: 'one', url: 'http://origin.example/f', urlMeta: {}, peerHost }
  const codes: unknown[] = []
  const peer = new PeerAttachment(
    { ...deps, scheduler: client },
    { request },
    {
      onPacket: ({ code }) => codes.push(code),
      onLost: () => {},
      onRefused: (error) => codes.push(error),
    },
  )
  await peer.register(20_000)
  peer.open()
  await expect.poll(() => codes, poll).toEqual(['SchedNeedBackSource'])
  const pieceInfo = { pieceNum: 0, rangeSize: 5, pieceMd5: '5d41402abc4b2a76b9719d911017c592' }
  peer.report({ pieceInfo, success: true, code: 'Success', finishedCount: 1 })
  return peer
}

test('calls, peers and downloads go on over the loss of a member, and nothing is lost', async () => {
  const peer = await holder()
  await client.announceHost({ host: { ...host('h2'), port: 4_003, downloadPort: 4_004 } })
  const parents: string[] = []
  const ends: unknown[] = []
  const ids = { hostId: 'h2', taskId, peerId: 'two' }
  const download = new DownloadAttachment(
    { ...deps, scheduler: client },
    { ...ids, download: { url: 'http://origin.example/f', ...lengths } },
    {
      onResponse: ({ normalTaskResponse }) => {
        parents.push(...(normalTaskResponse?.candidateParents ?? []).map(({ id }) => id))
      },
      onLost: () => {},
      onEnd: (error) => ends.push(error),
    },
  )
  download.open()
  await expect.poll(() => parents, poll).toEqual(['one'])
  download.send({ downloadPeerStartedRequest: {} })

  const first = download.address
  let isOver = false
  const calls = (async () => {
    let made = 0
    while (!isOver) {
      await client.announceHost({ host: { ...host('h2'), port: 4_003, downloadPort: 4_004 } })
      made += 1
    }
    return made
  })()
  await started.find(({ running }) => running.addr === first)!.stop()
  // The answer to the registration comes again, from another member.
  await expect.poll(() => parents.length, poll).toBeGreaterThan(1)
  await expect.poll(() => peer.address, poll).not.toBe(first)
  expect(download.address).not.toBe(first)
  expect(new Set(parents)).toEqual(new Set(['one']))
  isOver = true
  expect(await calls).toBeGreaterThan(0)

  download.send({ downloadPeerFinishedRequest: {} })
  await expect.poll(() => ends, poll).toEqual([undefined])
  await peer.finish({ success: true, contentLength: 5, totalPieceCount: 1 }, { deadlineMs: 20_000 })
  expect(await client.statPeer(ids)).toMatchObject({ state: 'Succeeded' })
  expect(await client.statTask({ taskId })).toMatchObject({ state: 'Succeeded', peerCount: 2 })
})
