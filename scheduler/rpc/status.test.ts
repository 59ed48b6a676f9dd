import { credentials, Server, ServerCredentials } from '@grpc/grpc-js'
import { afterEach, expect, test } from 'vitest'
import { nullLogger } from '../../base/index.ts'
import { loadServices } from '../../proto/index.ts'
import type { clusterV1 } from '../../proto/index.ts'
import { SystemClock } from '../../runtime/index.ts'
import { Leadership } from './leadership.ts'
import { RateLimit } from './rate-limit.ts'
import { ask, clusterId, startSingleMember } from './single-member.suite.ts'
import type { SingleMember } from './single-member.suite.ts'
import { statusHandlers } from './status.ts'
import type { MemberInfo } from './ports.ts'

let closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.toReversed()) await close()
  closers = []
})

const member = (id: number, role: MemberInfo['role']): MemberInfo => ({
  id,
  hostId: `s${id}`,
  clientAddress: `c:${id}`,
  raftAddress: `r:${id}`,
  state: 'online',
  role,
})

/** What member `selfId` answers in a group of the voters 1, 2 and the learners 3, 4. */
async function statusOf(
  { raft, state }: SingleMember,
  selfId: number,
  hiddenIds: readonly number[] = [],
): Promise<clusterV1.StatusReply__Output> {
  const list = [
    member(1, 'voter'),
    member(2, 'voter'),
    member(3, 'learner'),
    member(4, 'learner'),
  ].map((info) => (hiddenIds.includes(info.id) ? { ...info, state: 'hidden' } : info))
  const members = { list: () => list, get: (id: number) => list.find((info) => info.id === id) }
  const clock = new SystemClock()
  const leadership = new Leadership({ clock, raft, state, members })
  const rateLimit = new RateLimit({ clock }, { ratePerSecond: 100 })
  const operators = { admits: () => false }
  const deps = { clock, logger: nullLogger, leadership, rateLimit, raft, state, members, operators }
  const services = loadServices()
  const server = new Server()
  server.addService(services.cluster.service, {
    ...statusHandlers(deps, { clusterId, selfId, pid: 4_242 }),
  })
  closers.push(() => server.forceShutdown())
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(error)
    })
  })
  const client = new services.cluster(`127.0.0.1:${port}`, credentials.createInsecure())
  closers.push(() => client.close())
  const { reply } = await ask(client, client.status, {})
  return reply
}

test.each([
  { selfId: 1, roles: ['leader', 'unknown', 'learner', 'learner'] },
  { selfId: 2, roles: ['leader', 'follower', 'learner', 'learner'] },
  { selfId: 3, roles: ['leader', 'unknown', 'learner', 'learner'] },
])('member $selfId says who leads and who is a learner', async ({ selfId, roles }) => {
  const single = await startSingleMember()
  closers.push(() => single.stop())
  const role = selfId === 1 ? 'leader' : 'follower'
  single.raft.change({ role, leader: 1 })
  const reply = await statusOf(single, selfId)
  expect(reply).toMatchObject({ clusterId, selfId, leaderId: 1 })
  expect(reply.members.map((info) => info.role)).toEqual(roles)
  expect(reply.voters).toEqual([1])
  expect(reply.members.flatMap(({ id, pid }) => (pid === undefined ? [] : [id]))).toEqual([selfId])
})

test('of hidden members it says how many, and the leader how many it does not hear', async () => {
  const single = await startSingleMember()
  closers.push(() => single.stop())
  const leading = await statusOf(single, 1, [2, 3])
  expect(leading.members.map(({ id }) => id)).toEqual([1, 4])
  const hidden = { members: 2, voters: 1 }
  expect(leading.notShown).toEqual({ ...hidden, silentMembers: 2, silentVoters: 1 })
  single.raft.change({ role: 'follower', leader: 2 })
  const following = await statusOf(single, 3, [2, 3])
  expect(following.notShown).toEqual({ ...hidden, silentMembers: 0, silentVoters: 0 })
  // It knows who leads, and names it to nobody; of itself it says what it is.
  expect(following).toMatchObject({ leaderId: 0, selfId: 3, selfRole: 'learner' })
})
