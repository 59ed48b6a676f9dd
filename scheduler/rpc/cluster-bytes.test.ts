// Every method of the cluster's service with bytes that no client of ours sends, as an operator:
// each answer is one that docs/errors.md knows, none is an internal error, and the member goes on.
import { Metadata, status } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Prng, utf8Encode } from '../../base/index.ts'
import { fromWireStatus, loadServices } from '../../proto/index.ts'
import { setOperatorToken } from '../replication/index.ts'
import { hashSecret } from './host-proof.ts'
import { ask, startSingleMember } from './single-member.suite.ts'
import type { SingleMember } from './single-member.suite.ts'

const token = 'the-operator-token'
const { service } = loadServices().cluster
const methods = Object.entries(service)

let member: SingleMember

beforeAll(async () => {
  member = await startSingleMember({ clusterKey: { bytes: new Uint8Array(32) } })
  const hash = hashSecret(utf8Encode(token))
  await member.proposer.propose(setOperatorToken, { hash }, { timeoutMs: 5_000 })
})

afterAll(() => member.stop())

interface Answer {
  readonly code: status
  readonly stable: string
  readonly details: string
}

const ok: Answer = { code: status.OK, stable: '', details: '' }

/** Sends bytes as they are. */
function send(path: string, bytes: Uint8Array, deadlineMs = 20_000): Promise<Answer> {
  const metadata = new Metadata()
  metadata.set('authorization', `Bearer ${token}`)
  const call = member.cluster.makeServerStreamRequest(
    path,
    (value: Uint8Array) => Buffer.from(value),
    (value: Buffer) => value,
    bytes,
    metadata,
    { deadline: new Date(Date.now() + deadlineMs) },
  )
  return new Promise((resolve) => {
    call.on('data', () => {
      resolve(ok)
      call.cancel()
    })
    call.on('error', (error: Error & { code: status; details: string }) =>
      resolve({ ...error, code: error.code, stable: fromWireStatus(error).code }),
    )
    call.on('end', () => resolve(ok))
  })
}

const texts = [
  '',
  '\0',
  'x'.repeat(256),
  '€'.repeat(256),
  '\u{1f980}'.repeat(128),
  'x'.repeat(70_000),
  '127.0.0.1:8003',
  'ab'.repeat(16),
  'ab'.repeat(8),
  `dfj1.${'0'.repeat(16)}.${'0'.repeat(32)}`,
  's1',
  '__proto__',
]

const numbers = [0n, 1n, 2n, 9n, 255n, 65_536n, 2n ** 31n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]

/** A value of `list`. */
const pick = <Value>(prng: Prng, list: readonly Value[]): Value => list[prng.below(list.length)]!

function varint(value: bigint): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return [...bytes, Number(rest)]
}

const noise = (prng: Prng, length: number): number[] =>
  Array.from({ length }, () => prng.below(256))

/** Bytes that look like a message: fields of every number and wire type, in any order. */
function message(prng: Prng): Uint8Array {
  const bytes: number[] = []
  for (let fields = prng.below(14); fields > 0; fields -= 1) {
    const number = 1 + prng.below(16)
    const kind = prng.below(8)
    if (kind < 3) bytes.push(...varint(BigInt(number * 8)), ...varint(pick(prng, numbers)))
    else if (kind < 7) {
      const content = kind < 6 ? utf8Encode(pick(prng, texts)) : noise(prng, prng.below(40))
      bytes.push(...varint(BigInt(number * 8 + 2)), ...varint(BigInt(content.length)), ...content)
    } else bytes.push(...noise(prng, 1 + prng.below(8)))
  }
  return new Uint8Array(bytes)
}

/** No answer is an error of our own making, and none is a code without a status. */
function expectMeant({ code, stable, details }: Answer, bytes: Uint8Array): void {
  const hex = Buffer.from(bytes).toString('hex').slice(0, 400)
  expect([status.UNKNOWN, status.DATA_LOSS], `${status[code]} ${stable} for ${hex}`).not.toContain(
    code,
  )
  expect(stable, hex).not.toBe('SCHED_INTERNAL')
  // What cannot be decoded never reaches a handler: grpc-js calls that INTERNAL, in other words.
  if (code === status.INTERNAL) expect(details, hex).not.toBe('internal error')
}

describe.each(methods)('%s', (name, { path }) => {
  it('answers any bytes with a status that says whose fault it is', async () => {
    const prng = new Prng(`cluster-bytes-${name}`)
    for (let round = 0; round < 40; round += 1) {
      const sent = Array.from({ length: 8 }, () => message(prng))
      const answers = await Promise.all(sent.map((bytes) => send(path, bytes)))
      answers.forEach((answer, i) => expectMeant(answer, sent[i]!))
    }
    const { reply } = await ask(member.cluster, member.cluster.status, {})
    expect(reply.selfId).toBe(1)
  })
})

it('Join takes any name of a host that the state takes, and says why it takes none', async () => {
  const { cluster } = member
  const headers = { authorization: `Bearer ${token}` }
  const asked = { uses: 1_000 }
  const { reply } = await ask(cluster, cluster.createJoinToken, asked, headers)
  const { path, requestSerialize } = service.Join
  const prng = new Prng('join-names')
  const seen = new Set<string>()
  for (let round = 0; round < 30; round += 1) {
    const request = {
      clusterId: '',
      hostId: pick(prng, texts),
      raftAddress: `host-${round}:8003`,
      incarnation: round.toString(16).padStart(32, '0'),
      nonce: 'ab'.repeat(16),
      protocolVersion: 1,
      programVersion: pick(prng, texts),
      features: ['member-progress', pick(prng, texts), pick(prng, texts)],
      joinToken: prng.below(4) === 0 ? pick(prng, texts) : reply.token,
      hostProof: Buffer.from(noise(prng, pick(prng, [0, 0, 32, 31, 4_096]))),
      replaces: prng.below(2) === 0 ? '' : pick(prng, texts),
      learner: prng.below(2) === 0,
    }
    const bytes = requestSerialize(request)
    const answer = await send(path, bytes, 150)
    expectMeant(answer, bytes)
    seen.add(answer.stable)
  }
  const expected = ['PROTO_FIELD_INVALID', 'SCHED_JOIN_PENDING', 'SCHED_JOIN_TOKEN_INVALID']
  expect([...seen]).toEqual(expect.arrayContaining(expected))
})
