import { status } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { CodedError, nullLogger, utf8Encode, VirtualClock } from '../../base/index.ts'
import type { Logger } from '../../base/index.ts'
import { toWireStatus } from '../../proto/index.ts'
import { bootstrapEntryData, LocalLog, Proposer, ReplicatedState } from '../replication/index.ts'
import { setOperatorToken } from '../replication/index.ts'
import { schedulerDomain } from '../replication/commands/index.ts'
import { FailureLimit } from './failure-limit.ts'
import { hashSecret } from './host-proof.ts'
import { failureAddressesMax, failurePauseMs, failuresAtOnceMax } from './limits.ts'
import { createOperatorGate } from './operator-gate.ts'
import type { OperatorCall } from './operator-gate.ts'
import type { PeerIdentity } from '../../runtime/index.ts'

const clusterId = '00112233445566778899aabbccddeeff'
const token = 'the-operator-token'

const newClock = (): VirtualClock => new VirtualClock({ settle: () => Promise.resolve() })

async function newGate(options: { readonly hasToken: boolean; readonly logger?: Logger }) {
  const clock = newClock()
  const { logger = nullLogger } = options
  const state = new ReplicatedState(schedulerDomain, { onCommandFailed: () => {} })
  const log = new LocalLog({ stateMachine: state }, { appliedIndex: 0 })
  const member = { replicaId: 1, hostId: 's1', incarnation: clusterId, raftAddress: '127.0.0.1:1' }
  log.append(bootstrapEntryData({ clusterId, members: [member], features: [] }))
  const self = { replicaId: 1, bootId: clusterId, clientAddress: 'c:1', programVersion: 'test' }
  const proposer = new Proposer({ clock, logger: nullLogger, log, state }, self)
  await proposer.start()
  if (options.hasToken) {
    const body = { hash: hashSecret(utf8Encode(token)) }
    await proposer.propose(setOperatorToken, body, { timeoutMs: 1_000 })
  }
  return { clock, gate: createOperatorGate({ clock, logger, state }) }
}

const identity = (commonName: string, ...organizationalUnits: string[]): PeerIdentity => ({
  commonName,
  organizationalUnits,
  isForServers: false,
  names: () => false,
})

const call = (more: Partial<OperatorCall> = {}): OperatorCall => ({
  bearerToken: '',
  clientIp: '10.0.0.1',
  identity: () => undefined,
  ...more,
})

describe('the operator gate', () => {
  it('knows the operator token, and says who it was without saying the token', async () => {
    const { gate } = await newGate({ hasToken: true })
    expect(gate.require(call({ bearerToken: token }))).toMatch(/^token:[0-9a-f]{8}$/)
  })

  it('knows the certificate of an operator, with no token in the state', async () => {
    const { gate } = await newGate({ hasToken: false })
    const alice = identity('alice', 'people', 'operator')
    expect(gate.require(call({ identity: () => alice }))).toBe('cert:alice')
  })

  const unauthenticated = 'SCHED_UNAUTHENTICATED'
  const forbidden = 'SCHED_FORBIDDEN'
  const s1 = (): PeerIdentity => identity('s1', 'Operator', 'operators')
  it.each<[string, boolean, Partial<OperatorCall>, string]>([
    ['nothing', true, {}, unauthenticated],
    ['another token', true, { bearerToken: 'x' }, unauthenticated],
    ['a longer token', true, { bearerToken: `${token}x` }, unauthenticated],
    ['any token before there is one', false, { bearerToken: token }, 'SCHED_STOPPING'],
    ['the certificate of somebody else', true, { identity: s1 }, forbidden],
    ['that and a wrong token', true, { identity: s1, bearerToken: 'x' }, unauthenticated],
  ])('refuses who shows %s', async (_, hasToken, shown, code) => {
    const { gate } = await newGate({ hasToken })
    expect(() => gate.require(call(shown))).toThrow(expect.objectContaining({ code }))
  })

  it('lets the certificate of somebody else pass with the token', async () => {
    const { gate } = await newGate({ hasToken: true })
    const shown = call({ identity: () => identity('s1'), bearerToken: token })
    expect(gate.require(shown)).toMatch(/^token:/)
  })

  it('holds no token against anybody before there is one', async () => {
    const { gate } = await newGate({ hasToken: false })
    // Clients ask another member.
    const wire = toWireStatus(new CodedError('SCHED_STOPPING', ''))
    expect(wire.code).toBe(status.UNAVAILABLE)
    for (let i = 0; i < 2 * failuresAtOnceMax; i += 1) {
      expect(() => gate.require(call({ bearerToken: token }))).toThrow(
        expect.objectContaining({ code: 'SCHED_STOPPING' }),
      )
      expect(gate.admits(call({ bearerToken: token }))).toBe(false)
    }
  })

  it('admits operators alone, and says no more than that', async () => {
    const { gate } = await newGate({ hasToken: true })
    const alice = identity('alice', 'operator')
    expect(gate.admits(call({ bearerToken: token }))).toBe(true)
    expect(gate.admits(call({ identity: () => alice }))).toBe(true)
    for (const shown of [{}, { bearerToken: 'x' }, { identity: s1 }]) {
      expect(gate.admits(call(shown))).toBe(false)
    }
    // Its guesses count too.
    for (let i = 0; i < failuresAtOnceMax; i += 1) gate.admits(call({ bearerToken: 'x' }))
    expect(gate.admits(call({ bearerToken: token }))).toBe(false)
    expect(gate.admits(call({ clientIp: '10.0.0.2', bearerToken: token }))).toBe(true)
  })

  it('makes an address wait that guesses, and no other', async () => {
    const lines: unknown[] = []
    const logger: Logger = { ...nullLogger, warn: (fields) => lines.push(fields) }
    const { gate, clock } = await newGate({ hasToken: true, logger })
    const guess = (clientIp = '10.0.0.1', bearerToken = 'guess'): string => {
      try {
        return gate.require(call({ clientIp, bearerToken }))
      } catch (error) {
        return (error as { readonly code: string }).code
      }
    }
    for (let i = 0; i < failuresAtOnceMax; i += 1) expect(guess()).toBe(unauthenticated)
    expect(guess()).toBe('SCHED_RATE_LIMITED')
    // Not even the right one is looked at, or guessing would go on at full speed.
    expect(guess('10.0.0.1', token)).toBe('SCHED_RATE_LIMITED')
    expect(guess('10.0.0.2', token)).toMatch(/^token:/)
    expect(lines).toHaveLength(failuresAtOnceMax)
    expect(JSON.stringify(lines)).not.toContain('guess')
    await clock.advance(failurePauseMs)
    expect(guess()).toBe(unauthenticated)
    expect(guess()).toBe('SCHED_RATE_LIMITED')
    await clock.advance(failurePauseMs * failuresAtOnceMax)
    expect(guess('10.0.0.1', token)).toMatch(/^token:/)
  })
})

it('remembers the newest addresses that failed', () => {
  const limit = new FailureLimit({ clock: newClock() })
  for (let i = 0; i <= failureAddressesMax; i += 1) {
    for (let n = 0; n < failuresAtOnceMax; n += 1) limit.failed(`a${i}`)
  }
  expect(limit.size).toBe(failureAddressesMax)
  expect(limit.isBlocked('a0')).toBe(false)
  expect(limit.isBlocked('a1')).toBe(true)
})
