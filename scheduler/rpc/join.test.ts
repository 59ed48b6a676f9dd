// Join over the wire: what a request must hold, which credentials count, how long it waits, and the
// code of every refusal.
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isCoded, nullLogger } from '../../base/index.ts'
import type { clusterV1 } from '../../proto/index.ts'
import { isRetryable } from '../../proto/index.ts'
import { encodeChange, protocolVersion } from '../../raft/index.ts'
import { peerIdentity } from '../../runtime/index.ts'
import { testdata } from '../../runtime/testdata/certificates.suite.ts'
import {
  createJoinTokenCommand,
  encodeChangeContext,
  joinTable,
  joinTokenTable,
  noteJoinCommand,
  schedulerDomain,
} from '../replication/index.ts'
import type { JoinWithdrawal } from '../replication/index.ts'
import { formatJoinToken, hashJoinSecret, signHostProof } from './host-proof.ts'
import { credentialOf } from './join-credential.ts'
import { joinRequest } from './join-request.ts'
import { failuresAtOnceMax } from './limits.ts'
import { ask, clusterId, startSingleMember } from './single-member.suite.ts'
import type { SingleMember } from './single-member.suite.ts'

const clusterKey = { bytes: new Uint8Array(32).fill(3) }
const secret = 'cd'.repeat(16)
const tokenId = 'ab'.repeat(8)
const joinToken = formatJoinToken({ tokenId, secret })
const incarnation = '09'.repeat(16)
const nonce = '77'.repeat(16)

let member: SingleMember

beforeEach(async () => {
  member = await startSingleMember({ clusterKey })
  await createToken()
})

afterEach(() => member.stop())

async function createToken(fields: { tokenId?: string; uses?: number; ttlMs?: number } = {}) {
  const body = { tokenId, secretHash: hashJoinSecret(secret), hostId: '', isLearner: false }
  const rest = { uses: 1, ttlMs: 60_000, ...fields }
  const outcome = await member.proposer.propose(
    createJoinTokenCommand,
    { ...body, ...rest },
    { timeoutMs: 5_000 },
  )
  expect(outcome).toMatchObject({ ok: true, result: { ok: true } })
}

/** A request of a new host with a good token. */
function newHost(fields: clusterV1.JoinRequest = {}): clusterV1.JoinRequest {
  return {
    clusterId: '',
    hostId: 'h9',
    raftAddress: '127.0.0.1:9003',
    incarnation,
    nonce,
    protocolVersion,
    programVersion: 'test',
    features: [...schedulerDomain.supportedFeatures],
    joinToken,
    ...fields,
  }
}

/** A request of the member's own host, which has lost its disk. */
function knownHost(fields: clusterV1.JoinRequest = {}): clusterV1.JoinRequest {
  const place = { hostId: 's1', raftAddress: '127.0.0.1:1', replaces: '', isLearner: false }
  const subject = { clusterId, ...place, incarnation, nonce }
  const hostProof = Buffer.from(signHostProof(clusterKey, subject))
  return newHost({ ...subject, joinToken: '', hostProof, ...fields })
}

function join(request: clusterV1.JoinRequest) {
  return ask(member.cluster, member.cluster.join, request).then(({ reply }) => reply)
}

/** Does what the leader does, as soon as there is a join. */
function admitAll(): void {
  const { state, log } = member
  state.subscribe(({ changes }) => {
    for (const { table, row } of changes()) {
      if (table !== joinTable || row === undefined) continue
      const join = row as { incarnation: string; hostId: string; raftAddress: string }
      if (state.reader.get(joinTable, join.incarnation)?.replicaId === 0)
        queueMicrotask(() => add(join))
    }
  })
  const add = (join: { incarnation: string; hostId: string; raftAddress: string }): void => {
    const { id: expectedId, highestId } = state.configuration()
    const replicaId = highestId + 1
    const { incarnation: of, hostId, raftAddress } = join
    const context = encodeChangeContext([{ replicaId, incarnation: of, hostId, raftAddress }])
    const operations = [{ op: 'add-learner', id: replicaId }] as const
    log.append(encodeChange({ expectedId, transition: 'auto', operations, context }), 'config')
  }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  return isCoded(error) ? error.code : 'none'
}

describe('Join', () => {
  test('answers a new host with a token once it is a learner, again and again', async () => {
    admitAll()
    const reply = await join(newHost())
    expect(reply).toMatchObject({
      clusterId,
      replicaId: 2,
      members: [
        {
          replicaId: 1,
          hostId: 's1',
          incarnation: clusterId,
          role: 'voter',
          addr: '127.0.0.1:8002',
        },
        { replicaId: 2, hostId: 'h9', incarnation, role: 'learner', raftAddress: '127.0.0.1:9003' },
      ],
    })
    expect(reply.joinedAtIndex).toBe(member.state.configuration().id)
    expect(await join(newHost())).toEqual(reply)
    expect(member.reader.get(joinTokenTable, tokenId)?.usesLeft).toBe(0)
  })

  test('answers a known host with the cluster key, in the place of its old replica', async () => {
    admitAll()
    const reply = await join(knownHost())
    expect(reply).toMatchObject({ replicaId: 2 })
    expect(member.reader.get(joinTable, incarnation)?.credential).toBe('cluster-key')
  })

  test('asks to come again when the leader has not admitted it in time', async () => {
    const headers = { 'grpc-timeout': '300m' }
    const work = ask(member.cluster, member.cluster.join, newHost(), headers)
    await expect(work).rejects.toMatchObject({ code: 'SCHED_JOIN_PENDING' })
    expect(await work.catch(isRetryable)).toBe(true)
    expect(member.reader.count(joinTable)).toBe(1)
  })

  const withdrawals: readonly (readonly [JoinWithdrawal, string])[] = [
    ['unreachable', 'SCHED_JOIN_PENDING'],
    ['superseded', 'SCHED_JOIN_PENDING'],
    ['host-id-in-use', 'SCHED_HOST_ID_IN_USE'],
    ['address-in-use', 'SCHED_ADDRESS_IN_USE'],
    ['host-blocked', 'SCHED_HOST_BLOCKED'],
    ['token-revoked', 'SCHED_JOIN_TOKEN_INVALID'],
    ['feature-enabled', 'SCHED_JOIN_PENDING'],
    ['too-many-members', 'SCHED_TOO_MANY_LEARNERS'],
  ]

  test.each(withdrawals)('says at once that it was given up: %s', async (reason, code) => {
    member.state.subscribe(({ changes }) => {
      if (!changes().some(({ table, row }) => table === joinTable && row !== undefined)) return
      const body = { what: 'withdrawn', incarnation, reason } as const
      void member.proposer.propose(noteJoinCommand, body, { timeoutMs: 5_000 })
    })
    expect(await codeOf(join(newHost()))).toBe(code)
    expect(member.reader.count(joinTable)).toBe(0)
  })

  test('is refused while nobody leads, and may be asked again', async () => {
    member.raft.change({ role: 'follower', leader: 0 })
    const work = ask(member.cluster, member.cluster.join, newHost(), { 'grpc-timeout': '300m' })
    await expect(work).rejects.toMatchObject({ code: 'SCHED_NO_LEADER' })
    expect(await work.catch(isRetryable)).toBe(true)
  })
})

describe('bad input', () => {
  const invalid: readonly (readonly [string, clusterV1.JoinRequest])[] = [
    ['no host id', { hostId: '' }],
    ['a host id too long', { hostId: 'x'.repeat(300) }],
    ['a host id with a line feed', { hostId: 'a\nb' }],
    ['no address', { raftAddress: '' }],
    ['an address without a port', { raftAddress: 'h9' }],
    ['an address with port 0', { raftAddress: 'h9:0' }],
    ['an address with a path', { raftAddress: 'unix:///tmp/x:1' }],
    ['an incarnation that is none', { incarnation: 'xyz' }],
    ['an upper-case incarnation', { incarnation: 'AB'.repeat(16) }],
    ['no nonce', { nonce: '' }],
    ['a cluster id that is none', { clusterId: 'c' }],
    ['a proof of another length', { hostProof: Buffer.alloc(31) }],
    ['too many features', { features: Array.from({ length: 257 }, (_, i) => `f${i}`) }],
    ['an empty feature', { features: [''] }],
    ['a token too long', { joinToken: 'x'.repeat(300) }],
    ['a replaced host with a control character', { replaces: '\u0007' }],
  ]

  test.each(invalid)('%s is refused, and nothing has changed', async (_title, fields) => {
    const before = member.state.appliedIndex
    expect(await codeOf(join(newHost(fields)))).toBe('PROTO_FIELD_INVALID')
    expect(member.state.appliedIndex).toBe(before)
  })

  const refused: readonly (readonly [string, clusterV1.JoinRequest, string])[] = [
    ['J16 of another cluster', { clusterId: 'ee'.repeat(16) }, 'SCHED_WRONG_CLUSTER'],
    ['J21 with an old protocol', { protocolVersion: 0 }, 'SCHED_JOIN_UNSUPPORTED'],
    ['with nothing to show', { joinToken: '' }, 'SCHED_JOIN_UNPROVEN'],
    ['with no token at all', { joinToken: 'dfj1.x' }, 'SCHED_JOIN_TOKEN_INVALID'],
    [
      'with a token nobody made',
      { joinToken: formatJoinToken({ tokenId: '00'.repeat(8), secret }) },
      'SCHED_JOIN_TOKEN_INVALID',
    ],
    [
      'with the secret of another token',
      { joinToken: formatJoinToken({ tokenId, secret: '00'.repeat(16) }) },
      'SCHED_JOIN_TOKEN_INVALID',
    ],
    ['at the address of a member', { raftAddress: '127.0.0.1:1' }, 'SCHED_ADDRESS_IN_USE'],
    ['as an incarnation that votes', { incarnation: clusterId }, 'SCHED_INCARNATION_BURNED'],
  ]

  test.each(refused)('a host %s is refused', async (_title, fields, code) => {
    expect(await codeOf(join(newHost(fields)))).toBe(code)
    expect(member.reader.count(joinTable)).toBe(0)
  })

  test('an expired token and one that is used up are told apart', async () => {
    await createToken({ tokenId: '11'.repeat(8), ttlMs: 1 })
    const expired = formatJoinToken({ tokenId: '11'.repeat(8), secret })
    member.log.wallMs += 1
    expect(await codeOf(join(newHost({ joinToken: expired })))).toBe('SCHED_JOIN_TOKEN_EXPIRED')
    admitAll()
    await join(newHost())
    const other = newHost({ hostId: 'h8', incarnation: '08'.repeat(16), raftAddress: 'h8:1' })
    expect(await codeOf(join(other))).toBe('SCHED_JOIN_TOKEN_USED')
  })

  test('a known host that proves nothing, or another request, is refused', async () => {
    expect(await codeOf(join(knownHost({ hostProof: Buffer.alloc(32) })))).toBe(
      'SCHED_JOIN_UNPROVEN',
    )
    expect(await codeOf(join(knownHost({ nonce: '78'.repeat(16) })))).toBe('SCHED_JOIN_UNPROVEN')
    expect(await codeOf(join(knownHost({ hostProof: Buffer.alloc(0) })))).toBe(
      'SCHED_JOIN_UNPROVEN',
    )
  })

  test('who shows wrong credentials again and again is not looked at any more', async () => {
    const wrong = newHost({ joinToken: formatJoinToken({ tokenId, secret: '00'.repeat(16) }) })
    let tries = 0
    let code = ''
    // One failure a second is forgiven, so a slow run needs a few more.
    while (code !== 'SCHED_RATE_LIMITED' && tries < 100 * failuresAtOnceMax) {
      code = await codeOf(join(wrong))
      tries += 1
    }
    expect(code).toBe('SCHED_RATE_LIMITED')
    expect(tries).toBeGreaterThan(failuresAtOnceMax)
  })
})

test('who shows nothing again and again does not fill the log', async () => {
  let lines = 0
  const warn = (): void => void (lines += 1)
  const single = await startSingleMember({ clusterKey }, { ...nullLogger, warn })
  try {
    const nothing = newHost({ joinToken: '' })
    const startMs = performance.now()
    for (let tries = 0; tries < 20 * failuresAtOnceMax; tries += 1) {
      expect(await codeOf(ask(single.cluster, single.cluster.join, nothing))).toBe(
        'SCHED_JOIN_UNPROVEN',
      )
    }
    const seconds = (performance.now() - startMs) / 1_000
    console.info(`${lines} lines in ${seconds.toFixed(1)} s`)
    expect(lines).toBeLessThanOrEqual(failuresAtOnceMax + 1 + Math.ceil(seconds))
  } finally {
    await single.stop()
  }
})

describe('certificates', () => {
  const shownBy = (name: 's1' | 's2' | 'client' | 'operator', hostId: string) => {
    const der = new X509Certificate(readFileSync(path.join(testdata, `${name}.pem`))).raw
    const request = knownHost({ hostId, hostProof: Buffer.alloc(0) })
    const whole = { ...request, replaces: '', learner: false } as clusterV1.JoinRequest__Output
    const shown = { ask: joinRequest(whole, clusterId), identity: peerIdentity(der) }
    return credentialOf(member.reader, shown, { clusterId, clusterKey })
  }

  test('a known host may show the one that names it, and no other', () => {
    expect(shownBy('s1', 's1')).toMatchObject({ ok: true, credential: 'certificate:s1' })
    expect(shownBy('s2', 's1')).toMatchObject({ ok: false, code: 'SCHED_JOIN_UNPROVEN' })
    expect(shownBy('client', 's1')).toMatchObject({ ok: false, code: 'SCHED_JOIN_UNPROVEN' })
    expect(shownBy('operator', 's1')).toMatchObject({ ok: false, code: 'SCHED_JOIN_UNPROVEN' })
  })

  test('a host nobody knows needs a token beside it', () => {
    expect(shownBy('s2', 's2')).toMatchObject({ ok: false, code: 'SCHED_JOIN_UNPROVEN' })
  })
})
