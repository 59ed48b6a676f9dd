// Every method of the cluster's service says here who may call it, and is called by somebody who
// may not. (GHSA-89vc-vf32-ch59 and GHSA-j8hf-cp34-g4j7: endpoints that were added without a
// thought of who asks; GHSA-4q9j-6299-gxmr: secrets in an answer for everybody.)
import { Metadata } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toHex, utf8Encode } from '../../base/index.ts'
import { fromWireStatus, loadServices } from '../../proto/index.ts'
import type { DfError, StatusError } from '../../proto/index.ts'
import { memberTable, setNodeState, setOperatorToken } from '../replication/index.ts'
import type { MemberState, SettableState } from '../replication/index.ts'
import { hashSecret } from './host-proof.ts'
import { startSingleMember } from './single-member.suite.ts'
import type { SingleMember } from './single-member.suite.ts'

/** `operators`: nobody else gets an answer. `hosts`: who proves to be one. */
type Audience = 'everybody' | 'hosts' | 'operators'

const audiences: Readonly<Record<string, Audience>> = {
  Status: 'everybody',
  Shards: 'everybody',
  Slots: 'everybody',
  Nodes: 'everybody',
  Watch: 'everybody',
  Join: 'hosts',
  CreateJoinToken: 'operators',
  RevokeJoinToken: 'operators',
  ChangeMember: 'operators',
  Snapshot: 'operators',
}

const token = 'the-operator-token'

let member: SingleMember

beforeAll(async () => {
  member = await startSingleMember()
  const hash = hashSecret(utf8Encode(token))
  await member.proposer.propose(setOperatorToken, { hash }, { timeoutMs: 5_000 })
})

afterAll(() => member.stop())

interface Answer {
  readonly messages: readonly unknown[]
  readonly error: DfError | StatusError | undefined
}

const { service } = loadServices().cluster
const methods = Object.entries(service)

/** Calls a method, streaming or not; a stream is left after its first message. */
function call(name: string, request: object, headers: readonly string[] = []): Promise<Answer> {
  const method = Object.entries(service).find(([key]) => key === name)![1]
  const metadata = new Metadata()
  for (const value of headers) metadata.add('authorization', value)
  const stream = member.cluster.makeServerStreamRequest(
    method.path,
    (value: object) => Buffer.from(method.requestSerialize(value as never)),
    (bytes: Buffer): unknown => method.responseDeserialize(bytes),
    request,
    metadata,
    { deadline: new Date(Date.now() + 10_000) },
  )
  const messages: unknown[] = []
  return new Promise((resolve) => {
    stream.on('data', (message: unknown) => {
      messages.push(message)
      stream.cancel()
    })
    stream.on('error', (error) => {
      const isEnough = messages.length > 0
      resolve({ messages, error: isEnough ? undefined : fromWireStatus(error) })
    })
    stream.on('end', () => resolve({ messages, error: undefined }))
  })
}

it('says of every method who may call it', () => {
  expect(methods.map(([name]) => name).sort()).toEqual(Object.keys(audiences).sort())
})

const forOperators = methods.map(([name]) => name).filter((name) => audiences[name] === 'operators')

describe.each(forOperators)('%s', (name) => {
  const unauthenticated = expect.objectContaining({ code: 'SCHED_UNAUTHENTICATED' })

  it.each<[string, readonly string[]]>([
    ['nothing', []],
    ['another token', ['Bearer x']],
    ['no token after the word', ['Bearer ']],
    ['the token under another word', [`Basic ${token}`]],
    ['the token and more', [`Bearer ${token} x`]],
    ['the hash of the token', [`Bearer ${toHex(hashSecret(utf8Encode(token)))}`]],
  ])('refuses who shows %s', async (_, headers) => {
    const { messages, error } = await call(name, {}, headers)
    expect(messages).toEqual([])
    expect(error).toEqual(unauthenticated)
  })

  it('looks at the request of who shows the token', async () => {
    const { error } = await call(name, {}, [`Bearer ${token}`])
    expect(error?.code ?? '').not.toMatch(/UNAUTHENTICATED|FORBIDDEN|UNIMPLEMENTED/)
  })
})

it('shows hidden members to operators only', async () => {
  const asked = await call('Nodes', { all: true })
  expect(asked.error).toMatchObject({ code: 'SCHED_UNAUTHENTICATED' })
  const answered = await call('Nodes', { all: true }, [`Bearer ${token}`])
  expect(answered.messages).toHaveLength(1)
})

it('tells of hidden members in Status to operators only', async () => {
  const { incarnation, state, replicaId } = member.reader.get(memberTable, 1)!
  const set = (from: MemberState, to: SettableState) =>
    member.proposer.propose(
      setNodeState,
      { replicaId, incarnation, bootId: '', from: [from], to },
      { timeoutMs: 5_000 },
    )
  await set(state, 'hidden')
  const nothing = { members: [], voters: [], leaderId: 0 }
  const counted = { notShown: { members: 1, voters: 1, silentMembers: 0, silentVoters: 0 } }
  // It is still known who leads, and how far that is.
  const own = { selfId: 1, selfRole: 'leader', selfCommit: expect.any(Number) as number }
  for (const headers of [[], ['Bearer another'], [`Basic ${token}`]]) {
    const { messages, error } = await call('Status', {}, headers)
    expect(error).toBeUndefined()
    expect(messages).toEqual([expect.objectContaining({ ...nothing, ...counted, ...own })])
    expect(JSON.stringify(messages)).not.toMatch(/"s1"|127\.0\.0\.1/)
  }
  const { messages } = await call('Status', {}, [`Bearer ${token}`])
  const all = { members: [{ id: 1, state: 'hidden' }], voters: [1], leaderId: 1, notShown: null }
  expect(messages).toMatchObject([{ ...all, ...own }])
  await set('hidden', 'loading')
})

it('admits no host that proves nothing', async () => {
  const request = {
    clusterId: '',
    hostId: 's9',
    raftAddress: '127.0.0.9:8003',
    incarnation: 'a'.repeat(32),
    nonce: 'b'.repeat(32),
    protocolVersion: 1,
    programVersion: 'test',
    features: [],
  }
  expect((await call('Join', request)).error?.code).toBe('SCHED_JOIN_UNPROVEN')
  const forged = { ...request, joinToken: `dfj1.${'0'.repeat(16)}.${'0'.repeat(32)}` }
  expect((await call('Join', forged)).error?.code).toBe('SCHED_JOIN_TOKEN_INVALID')
})

it('never tells what the operator token hashes to, not even an operator', async () => {
  const hash = Buffer.from(hashSecret(utf8Encode(token)))
  for (const headers of [[], [`Bearer ${token}`]]) {
    for (const [name, audience] of Object.entries(audiences)) {
      if (audience !== 'everybody') continue
      const text = JSON.stringify((await call(name, {}, headers)).messages)
      expect(text).not.toMatch(new RegExp(`${hash.toString('hex')}|operator/token`))
      expect(text).not.toContain(hash.toString('base64'))
    }
  }
})
