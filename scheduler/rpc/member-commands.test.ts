// Operators at one member whose group is a picture: what is let through, and what is refused.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { clusterV1 } from '../../proto/index.ts'
import { utf8Encode } from '../../base/index.ts'
import {
  hostBlockTable,
  joinTokenTable,
  memberTable,
  setNodeState,
  setOperatorToken,
} from '../replication/index.ts'
import { hashSecret, isJoinSecret, parseJoinToken } from './host-proof.ts'
import { ask, startSingleMember } from './single-member.suite.ts'
import type { SingleMember } from './single-member.suite.ts'

const token = 'the-operator-token-of-this-test'
const operator = { authorization: `Bearer ${token}` }

let single: SingleMember

beforeEach(async () => {
  single = await startSingleMember()
  const hash = hashSecret(utf8Encode(token))
  await single.proposer.propose(setOperatorToken, { hash }, { timeoutMs: 5_000 })
})

afterEach(() => single.stop())

const change = async (
  request: clusterV1.ChangeMemberRequest,
  headers: Readonly<Record<string, string>> = operator,
): Promise<clusterV1.ChangeMemberReply__Output> => {
  const { reply } = await ask(single.cluster, single.cluster.changeMember, request, headers)
  return reply
}

const create = async (
  request: clusterV1.CreateJoinTokenRequest,
  headers: Readonly<Record<string, string>> = operator,
): Promise<clusterV1.CreateJoinTokenReply__Output> => {
  const { reply } = await ask(single.cluster, single.cluster.createJoinToken, request, headers)
  return reply
}

const coded = (code: string): object => expect.objectContaining({ code }) as object

describe('only operators change anything', () => {
  test.each([
    { headers: {}, why: 'without a token' },
    { headers: { authorization: 'Bearer wrong' }, why: 'with a wrong token' },
  ])('$why everything is refused, dry runs too', async ({ headers }) => {
    const refused = coded('SCHED_UNAUTHENTICATED')
    const index = single.state.appliedIndex
    await expect(change({ action: 'HIDE', id: 1, dryRun: true }, headers)).rejects.toEqual(refused)
    await expect(create({}, headers)).rejects.toEqual(refused)
    const revoke = { tokenId: '00'.repeat(8) }
    await expect(
      ask(single.cluster, single.cluster.revokeJoinToken, revoke, headers),
    ).rejects.toEqual(refused)
    expect(single.state.appliedIndex).toBe(index)
  })
})

describe('ChangeMember', () => {
  test.each([
    { request: {}, field: 'action' },
    { request: { action: 'REMOVE' as const }, field: 'id' },
    { request: { action: 'REMOVE' as const, id: 1, reason: 'x'.repeat(257) }, field: 'reason' },
    { request: { action: 'REMOVE' as const, id: 1, reason: 'a\nb' }, field: 'reason' },
  ])('checks $field', async ({ request, field }) => {
    await expect(change(request)).rejects.toMatchObject({
      code: 'PROTO_FIELD_INVALID',
      message: expect.stringMatching(new RegExp(`^${field}: `)) as string,
    })
  })

  test.each([
    { action: 'REMOVE' as const, id: 1, code: 'SCHED_LAST_VOTER' },
    { action: 'DECOMMISSION' as const, id: 1, code: 'SCHED_LAST_VOTER' },
    { action: 'PROMOTE' as const, id: 1, code: 'SCHED_NOT_LEARNER' },
    { action: 'REPLACE' as const, id: 1, code: 'SCHED_NO_REPLACEMENT' },
    { action: 'HIDE' as const, id: 1, code: 'SCHED_LAST_VISIBLE' },
    { action: 'TRANSFER_LEADER' as const, id: 0, code: 'SCHED_NO_TRANSFER_TARGET' },
    { action: 'REMOVE' as const, id: 9, code: 'SCHED_MEMBER_NOT_FOUND' },
  ])('$action of $id is refused with $code, dry or not', async ({ code, ...request }) => {
    const index = single.state.appliedIndex
    await expect(change({ ...request, dryRun: true })).rejects.toEqual(coded(code))
    await expect(change(request)).rejects.toEqual(coded(code))
    expect([single.state.appliedIndex, single.raft.changes.length]).toEqual([index, 0])
  })

  test('a member that does not lead names the leader and does nothing', async () => {
    single.raft.change({ role: 'follower', leader: 1 })
    const error: unknown = await change({ action: 'SHOW', id: 1 }).catch((caught) => caught)
    expect(error).toMatchObject({ code: 'SCHED_NOT_LEADER' })
    const { metadata } = error as { metadata: { get(key: string): unknown[] } }
    expect(metadata.get('x-raft-leader')).toEqual(['127.0.0.1:8002'])
  })

  test('a dry run tells the fault tolerance before and after', async () => {
    const { index, plan } = await change({ action: 'SHOW', id: 1, dryRun: true })
    const alone = { voters: 1, quorum: 1, active: 1, canLose: 0 }
    expect(index).toBe(0)
    expect(plan).toEqual({ steps: [], warnings: [], before: alone, after: alone })
  })

  test('a node state is set, and set again does nothing', async () => {
    const { incarnation, state } = single.reader.get(memberTable, 1)!
    const hide = { replicaId: 1, incarnation, bootId: '', from: [state], to: 'hidden' } as const
    await single.proposer.propose(setNodeState, hide, { timeoutMs: 5_000 })
    const shown = await change({ action: 'SHOW', id: 1 })
    expect(shown.plan?.steps).toHaveLength(1)
    expect(single.reader.get(memberTable, 1)?.state).toBe('loading')
    expect(shown.index).toBe(single.state.appliedIndex)
    expect((await change({ action: 'SHOW', id: 1 })).plan?.steps).toEqual([])
  })
})

describe('join tokens', () => {
  test('the state keeps a hash, the limits that were asked and who asked', async () => {
    const made = await create({ hostId: 's4', ttlMs: 60_000, uses: 2, learner: true })
    const { tokenId, secret } = parseJoinToken(made.token)!
    const row = single.reader.get(joinTokenTable, tokenId)!
    expect(row).toMatchObject({ hostId: 's4', isLearner: true, usesLeft: 2 })
    expect(row.createdBy).toMatch(/^token:[0-9a-f]{8}$/)
    expect(isJoinSecret(secret, row.secretHash)).toBe(true)
    expect(made).toMatchObject({ tokenId, expiresWallMs: row.expiresWallMs })
    expect(made.plan?.steps).toEqual([
      'Make a token that admits s4 2 times within 1 min, as a learner that stays one.',
    ])
  })

  test('two tokens differ; without wishes one admits once within an hour', async () => {
    const [one, two] = [await create({}), await create({})]
    expect(one.token).not.toBe(two.token)
    expect(single.reader.get(joinTokenTable, one.tokenId)).toMatchObject({
      hostId: '',
      usesLeft: 1,
    })
    expect(one.plan?.steps).toEqual([
      'Make a token that admits any host once within 60 min, as a learner that becomes a voter.',
    ])
    expect(one.plan?.warnings).toEqual(['2 voters tolerate the same as 1.'])
  })

  test('a dry run makes none, and tells the fault tolerance before and after', async () => {
    const { token: made, tokenId, plan } = await create({ uses: 2, dryRun: true })
    expect([made, tokenId]).toEqual(['', ''])
    expect(single.reader.count(joinTokenTable)).toBe(0)
    const alone = { voters: 1, quorum: 1, active: 1, canLose: 0 }
    const three = { voters: 3, quorum: 2, active: 3, canLose: 1 }
    expect(plan).toMatchObject({ before: alone, after: three })
    // Neither a learner nor a host that is a member adds a voter.
    for (const request of [{ learner: true }, { hostId: 's1' }]) {
      const { plan: same } = await create({ ...request, dryRun: true })
      expect(same).toMatchObject({ before: alone, after: alone })
    }
  })

  test('a member that has the host id is named, and a block is lifted', async () => {
    const { plan } = await create({ hostId: 's1', dryRun: true })
    expect(plan?.warnings).toEqual(['s1 is member 1 already: a new directory there replaces it.'])
    expect(single.reader.count(hostBlockTable)).toBe(0)
  })

  test.each([
    { request: { ttlMs: 366 * 86_400_000 }, field: 'ttl_ms' },
    { request: { uses: 10_001 }, field: 'uses' },
    { request: { hostId: 'x'.repeat(513) }, field: 'host_id' },
  ])('checks $field', async ({ request, field }) => {
    await expect(create(request)).rejects.toMatchObject({
      code: 'PROTO_FIELD_INVALID',
      message: expect.stringMatching(new RegExp(`^${field}: `)) as string,
    })
  })

  test('a token is taken back once', async () => {
    const { tokenId } = await create({})
    const revoke = () => ask(single.cluster, single.cluster.revokeJoinToken, { tokenId }, operator)
    await revoke()
    expect(single.reader.get(joinTokenTable, tokenId)).toBeUndefined()
    await expect(revoke()).rejects.toEqual(coded('SCHED_TOKEN_NOT_FOUND'))
    const malformed = { tokenId: 'no' }
    await expect(
      ask(single.cluster, single.cluster.revokeJoinToken, malformed, operator),
    ).rejects.toEqual(coded('PROTO_FIELD_INVALID'))
  })
})
