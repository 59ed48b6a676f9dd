// Requests for admission against a real port, whose answers are made up.
import { Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js'
import { afterEach, describe, expect, test } from 'vitest'
import { nullLogger, utf8Encode } from '../../base/index.ts'
import { codeTrailer, loadServices } from '../../proto/index.ts'
import type { clusterV1 } from '../../proto/index.ts'
import { protocolVersion } from '../../raft/index.ts'
import { randomId, SystemClock } from '../../runtime/index.ts'
import { plainText } from '../../runtime/grpc-tls.ts'
import type { JoinMarker } from '../../storage/index.ts'
import { verifyHostProof } from '../rpc/host-proof.ts'
import { admissionRequests, StayOutError } from './join-client.ts'
import type { JoinOptions } from './join-client.ts'

const clusterKey = { bytes: utf8Encode('k'.repeat(32)) }
const marker: JoinMarker = {
  clusterId: 'c'.repeat(32),
  incarnation: 'a'.repeat(32),
  hostId: 's4',
  raftAddress: '127.0.0.1:4',
}

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

type Answer = clusterV1.JoinReply | { readonly code: string; readonly status?: status }

/** A member that gives these answers, one after another, the last for ever. */
async function member(...answers: readonly Answer[]) {
  const asked: clusterV1.JoinRequest__Output[] = []
  const server = new Server()
  const handlers: Pick<clusterV1.ClusterHandlers, 'Join'> = {
    Join: (call, callback) => {
      asked.push(call.request)
      const answer = answers[Math.min(asked.length, answers.length) - 1]!
      if (!('code' in answer)) {
        callback(null, answer)
        return
      }
      const metadata = new Metadata()
      metadata.set(codeTrailer, answer.code)
      const code = answer.status ?? status.FAILED_PRECONDITION
      callback({ code, details: 'because', metadata })
    },
  }
  server.addService(loadServices().cluster.service, handlers)
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(error)
    })
  })
  cleanups.push(() => server.forceShutdown())
  return { asked, address: `127.0.0.1:${port}` }
}

const clock = Object.assign(new SystemClock(), { leapMs: 0 })

function requests(fields: Partial<JoinOptions> = {}) {
  const stepping = Object.assign(new SystemClock(), {
    nowMs: () => clock.nowMs() + clock.leapMs,
  })
  return admissionRequests(
    { clock: stepping, logger: nullLogger },
    {
      joinToken: '',
      clusterKey,
      security: plainText,
      programVersion: '1.2.3',
      features: ['f'],
      replaces: '',
      isLearner: false,
      randomId,
      wasRemoved: false,
      signal: new AbortController().signal,
      ...fields,
    },
  )
}

const self = {
  replicaId: 4,
  hostId: 's4',
  incarnation: marker.incarnation,
  raftAddress: marker.raftAddress,
  addr: '',
  role: 'learner',
}
const voter = (replicaId: number): clusterV1.JoinMember => ({
  replicaId,
  hostId: `s${replicaId}`,
  incarnation: String(replicaId).repeat(32),
  raftAddress: `127.0.0.1:${replicaId}`,
  addr: `127.0.0.1:100${replicaId}`,
  role: 'voter',
})
const admitted: clusterV1.JoinReply = {
  clusterId: marker.clusterId,
  replicaId: 4,
  joinedAtIndex: 12,
  members: [self, voter(2), voter(1)],
}

describe('a request for admission', () => {
  test('says who asks, with a proof that is new each time', async () => {
    const { asked, address } = await member(admitted)
    const request = requests({ joinToken: 'dfj1.x.y', replaces: 's9', isLearner: true })
    for (let i = 0; i < 2; i += 1) {
      expect(await request(marker, [address])).toEqual({
        ok: true,
        admission: {
          replicaId: 4,
          joinedAtIndex: 12,
          knownMembers: {
            configuration: {
              id: 0,
              voters: [1, 2],
              votersOutgoing: [],
              learners: [4],
              learnersNext: [],
              autoLeave: false,
              highestId: 4,
            },
            members: [1, 2, 4].map((id) => expect.objectContaining({ replicaId: id })),
          },
        },
      })
    }
    const [first, second] = asked
    expect(first).toMatchObject({
      ...marker,
      protocolVersion,
      programVersion: '1.2.3',
      features: ['f'],
      joinToken: 'dfj1.x.y',
      replaces: 's9',
      learner: true,
    })
    expect(first!.nonce).not.toBe(second!.nonce)
    for (const { nonce, hostProof } of [first!, second!]) {
      const subject = { ...marker, nonce, replaces: 's9', isLearner: true }
      expect(verifyHostProof(clusterKey, subject, hostProof)).toBe(true)
    }
  })

  test('goes to the next member when one does not answer or cannot', async () => {
    const busy = await member({ code: 'SCHED_JOIN_PENDING', status: status.UNAVAILABLE })
    const { address } = await member(admitted)
    const outcome = await requests()(marker, ['127.0.0.1:1', busy.address, address])
    expect(outcome.ok).toBe(true)
    expect(busy.asked).toHaveLength(1)
  })

  test.each([
    ['SCHED_JOIN_PENDING', status.UNAVAILABLE],
    ['SCHED_JOIN_RATE_LIMITED', status.RESOURCE_EXHAUSTED],
    ['SCHED_TOO_MANY_LEARNERS', status.RESOURCE_EXHAUSTED],
    ['SCHED_NO_LEADER', status.UNAVAILABLE],
    ['SCHED_HOST_ID_IN_USE', status.FAILED_PRECONDITION],
    ['SCHED_ADDRESS_IN_USE', status.FAILED_PRECONDITION],
  ])('is repeated later after %s', async (code, grpcStatus) => {
    const { address } = await member({ code, status: grpcStatus })
    const outcome = await requests()(marker, [address])
    expect(outcome).toMatchObject({ ok: false, reason: 'later' })
  })

  test.each([
    'SCHED_JOIN_TOKEN_INVALID',
    'SCHED_JOIN_TOKEN_EXPIRED',
    'SCHED_JOIN_TOKEN_USED',
    'SCHED_JOIN_UNPROVEN',
    'SCHED_JOIN_UNSUPPORTED',
    'SCHED_WRONG_CLUSTER',
  ])('is given up after %s', async (code) => {
    const { address } = await member({ code })
    await expect(requests()(marker, [address])).rejects.toMatchObject({ code })
  })

  test('J26 takes another incarnation after SCHED_INCARNATION_BURNED', async () => {
    const { address } = await member({ code: 'SCHED_INCARNATION_BURNED' })
    expect(await requests()(marker, [address])).toMatchObject({ ok: false, reason: 'burned' })
  })

  test('J24 is given up when another member keeps the host id for a minute', async () => {
    const { address } = await member({ code: 'SCHED_HOST_ID_IN_USE' })
    const request = requests()
    expect(await request(marker, [address])).toMatchObject({ ok: false, reason: 'later' })
    clock.leapMs = 60_000
    const last = request(marker, [address])
    await expect(last).rejects.toMatchObject({ code: 'SCHED_HOST_ID_IN_USE' })
    clock.leapMs = 0
  })

  test.each([
    ['SCHED_HOST_BLOCKED', false],
    ['SCHED_HOST_BLOCKED', true],
    ['SCHED_HOST_ID_IN_USE', true],
  ])('J11 stays out after %s (removed before: %s)', async (code, wasRemoved) => {
    const { address } = await member({ code })
    await expect(requests({ wasRemoved })(marker, [address])).rejects.toThrow(StayOutError)
  })

  test('ends when it is told to', async () => {
    const ended = new AbortController()
    ended.abort(new Error('over'))
    const { asked, address } = await member(admitted)
    const request = requests({ signal: ended.signal })
    await expect(request(marker, [address])).rejects.toThrow('over')
    expect(asked).toEqual([])
  })

  test.each([
    ['another cluster', { clusterId: 'd'.repeat(32) }],
    ['no id', { replicaId: 0 }],
    ['no index', { joinedAtIndex: 0 }],
    ['nobody else', { members: [self] }],
    ['without itself', { members: [voter(1)] }],
    ['as a voter', { members: [{ ...self, role: 'voter' }, voter(1)] }],
    ['as another incarnation', { members: [{ ...self, incarnation: 'b'.repeat(32) }, voter(1)] }],
    ['a member twice', { members: [self, voter(1), voter(1)] }],
    ['a role that is none', { members: [self, voter(1), { ...voter(2), role: 'king' }] }],
  ])('does not believe an admission with %s', async (_title, wrong) => {
    const { address } = await member({ ...admitted, ...wrong })
    const asking = requests()(marker, [address])
    await expect(asking).rejects.toMatchObject({ code: 'PROTO_FIELD_INVALID' })
  })
})
