// A seed is being asked when the leader dies: the next leader takes the item over from the outbox.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Prng } from '../../base/index.ts'
import { MemoryNetwork } from '../../raft/index.ts'
import { getPeer, openSeeds } from '../replication/commands/index.ts'
import { announceHosts, downloadOf, TestDownload } from './download.suite.ts'
import { FakeSeed } from './fake-seed.suite.ts'
import type { DownloadCall, FakeSeedServices, ObtainCall } from './fake-seed.suite.ts'
import { ask, registration, TestStream } from './single-member.suite.ts'
import { clock, ids, leaderOf, startMember, until } from './three-members.suite.ts'
import type { Member } from './three-members.suite.ts'

let members: Member[]
let seed: FakeSeed

const leader = (): Promise<Member> => leaderOf(() => members)

beforeEach(async () => {
  const network = new MemoryNetwork({ clock, random: new Prng('network') })
  members = []
  for (const id of ids) members.push(await startMember(id, network))
  await leader()
})
afterEach(async () => {
  await Promise.all(members.map((member) => member.kill()))
  seed.stop()
})

async function startSeed(services: FakeSeedServices): Promise<Member> {
  seed = new FakeSeed(services)
  await seed.start()
  const { port } = seed
  const host = { id: 'seed', type: 1, hostname: 'seed', ip: '127.0.0.1', port, downloadPort: port }
  const follower = members.find(({ raft }) => raft.status().role !== 'leader')!
  await ask(follower.v2, follower.v2.announceHost, { host })
  await announceHosts(follower.v2, 1)
  return follower
}

async function killLeader(): Promise<void> {
  const dead = await leader()
  members = members.filter((member) => member !== dead)
  await dead.kill()
}

test('a seed of API v2 is asked again by the next leader', async () => {
  const calls: DownloadCall[] = []
  const follower = await startSeed({ download: (call) => calls.push(call) })
  const stream = new TestDownload(follower.v2, downloadOf('t', 1))
  stream.register()
  await until(() => calls.length === 1)
  await killLeader()
  await until(() => calls.length === 2 && seed.cancelled >= 1)
  expect(seed.downloads[1]).toEqual(seed.downloads[0])
  const own = new TestDownload(follower.v2, { hostId: 'seed', taskId: 't', peerId: 'seed-peer' })
  own.register({ needBackToSource: true })
  await own.sentToSource()
  own.sourceStarted()
  own.sourceFinished()
  expect(await own.ended).toBeUndefined()
  calls[1]!.end()
  const { reader } = (await leader()).state
  await until(() => openSeeds(reader, 1_000, 10).length === 0)
  expect(getPeer(reader, { taskId: 't', peerId: 'seed-peer' })?.state).toBe('Succeeded')
  stream.cancel()
  await stream.ended
})

test('a seed of API v1 is asked again by the next leader, and its end counts once', async () => {
  const calls: ObtainCall[] = []
  const about = { peerId: 'p_Seed', hostId: 'seed' }
  const follower = await startSeed({
    obtain: (call) => {
      calls.push(call)
      call.write({ ...about, pieceInfo: { pieceNum: -1 } })
    },
  })
  const peerHost = { ...registration('t', 1).peerHost, id: 'host-1' }
  await ask(follower.v1, follower.v1.registerPeerTask, registration('t', 1, { peerHost }))
  const stream = new TestStream(follower.v1)
  stream.begin('t', 't-peer-1')
  expect(await stream.next()).toMatchObject({ mainPeer: { peerId: 'p_Seed' } })
  await killLeader()
  await until(() => calls.length === 2)
  calls[1]!.write({ ...about, done: true, contentLength: 10, totalPieceCount: 1 })
  calls[1]!.end()
  const { reader } = (await leader()).state
  const ref = { taskId: 't', peerId: 'p_Seed' }
  await until(() => getPeer(reader, ref)?.state === 'Succeeded')
  expect(openSeeds(reader, 1_000, 10)).toEqual([])
  stream.cancel()
  await stream.ended
})
