import { chmodSync, existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { nullLogger, toHex, utf8Encode, VirtualClock } from '../../base/index.ts'
import type { Logger } from '../../base/index.ts'
import {
  bootstrapEntryData,
  configTable,
  LocalLog,
  operatorTokenKey,
} from '../replication/index.ts'
import { Proposer, ReplicatedState, setOperatorToken } from '../replication/index.ts'
import type { CommandDefinition } from '../replication/index.ts'
import { schedulerDomain } from '../replication/commands/index.ts'
import { hashSecret } from '../rpc/host-proof.ts'
import { OperatorTokenWork, operatorTokenPauseMs } from './operator-token.ts'
import type { OperatorTokenDeps } from './operator-token.ts'

const clusterId = '00112233445566778899aabbccddeeff'

const newPath = (): string => join(mkdtempSync(join(tmpdir(), 'damselfly-token-')), 'token')

async function newCluster() {
  const works: OperatorTokenWork[] = []
  // File operations take many turns of the event loop.
  const settle = async (): Promise<void> => {
    do await new Promise((next) => setImmediate(next))
    while (works.some(({ isBusy }) => isBusy))
  }
  const clock = new VirtualClock({ settle, wallStartMs: 1_000 })
  const state = new ReplicatedState(schedulerDomain, { onCommandFailed: () => {} })
  const log = new LocalLog({ stateMachine: state }, { appliedIndex: 0 })
  const member = { replicaId: 1, hostId: 's1', incarnation: clusterId, raftAddress: '127.0.0.1:1' }
  log.append(bootstrapEntryData({ clusterId, members: [member], features: [] }))
  const self = { replicaId: 1, bootId: clusterId, clientAddress: 'c:1', programVersion: 'test' }
  const proposer = new Proposer({ clock, logger: nullLogger, log, state }, self)
  await proposer.start()
  const stored = (): string => {
    const row = state.reader.get(configTable, operatorTokenKey)
    return row === undefined ? '' : toHex(row.value)
  }
  const deps = { clock, state, proposer, logger: nullLogger }
  const newWork = (path: string, other: Partial<OperatorTokenDeps> = {}): OperatorTokenWork => {
    const work = new OperatorTokenWork({ ...deps, ...other }, { path })
    works.push(work)
    return work
  }
  return { clock, proposer, stored, newWork }
}

const hashOf = (path: string): string =>
  toHex(hashSecret(utf8Encode(readFileSync(path, 'utf8').trim())))

it('makes a token that only the owner of the process can read', async () => {
  const cluster = await newCluster()
  const path = newPath()
  const work = cluster.newWork(path)
  work.lead()
  await cluster.clock.advance(0)
  expect(readFileSync(path, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(cluster.stored()).toBe(hashOf(path))
})

it('takes the token that is there, and leaves it there', async () => {
  const cluster = await newCluster()
  const path = newPath()
  writeFileSync(path, `${'k'.repeat(32)}\n`, { mode: 0o600 })
  const work = cluster.newWork(path)
  work.lead()
  await cluster.clock.advance(0)
  expect(cluster.stored()).toBe(toHex(hashSecret(utf8Encode('k'.repeat(32)))))
  expect(readFileSync(path, 'utf8')).toBe(`${'k'.repeat(32)}\n`)
})

it.each([
  ['others may read', 0o644, 'k'.repeat(32)],
  ['is too short', 0o600, 'k'.repeat(31)],
])('uses no token that %s, says so once, and looks again', async (_, mode, text) => {
  const errors: string[] = []
  const logger: Logger = { ...nullLogger, error: (__, message) => errors.push(message) }
  const cluster = await newCluster()
  const path = newPath()
  writeFileSync(path, text)
  chmodSync(path, mode)
  const work = cluster.newWork(path, { logger })
  work.lead()
  await cluster.clock.advance(3 * operatorTokenPauseMs)
  expect(cluster.stored()).toBe('')
  expect(errors).toEqual(['this cluster has no operator token yet'])
  writeFileSync(path, 'k'.repeat(32))
  chmodSync(path, 0o600)
  await cluster.clock.advance(operatorTokenPauseMs)
  expect(cluster.stored()).toBe(hashOf(path))
})

it('does nothing once a cluster has a token', async () => {
  const cluster = await newCluster()
  const path = newPath()
  const hash = hashSecret(utf8Encode('first'))
  await cluster.proposer.propose(setOperatorToken, { hash }, { timeoutMs: 1_000 })
  const work = cluster.newWork(path)
  work.lead()
  await cluster.clock.advance(0)
  expect(existsSync(path)).toBe(false)
  expect(cluster.stored()).toBe(toHex(hash))
})

it.each([
  ['another token', 'k'.repeat(40), 1],
  ['its token', 'first', 0],
])('compares a file that holds %s with the cluster', async (_, text, count) => {
  const warnings: string[] = []
  const logger: Logger = { ...nullLogger, warn: (__, message) => warnings.push(message) }
  const cluster = await newCluster()
  const path = newPath()
  writeFileSync(path, `${text}\n`, { mode: 0o600 })
  const hash = hashSecret(utf8Encode('first'))
  await cluster.proposer.propose(setOperatorToken, { hash }, { timeoutMs: 1_000 })
  const work = cluster.newWork(path, { logger })
  work.lead()
  await cluster.clock.advance(5 * operatorTokenPauseMs)
  expect(warnings).toHaveLength(count)
  expect(existsSync(path)).toBe(true)
})

it('removes the file it has made when another leader was first, even after it led', async () => {
  const cluster = await newCluster()
  const path = newPath()
  let isLost = true
  const proposer = {
    propose: <Body, Result>(
      command: CommandDefinition<Body, Result>,
      body: Body,
      options: { readonly timeoutMs: number },
    ): ReturnType<typeof cluster.proposer.propose<Body, Result>> =>
      isLost
        ? Promise.resolve({ ok: false, reason: 'unknown-outcome' })
        : cluster.proposer.propose(command, body, options),
  }
  const work = cluster.newWork(path, { proposer })
  work.lead()
  await cluster.clock.advance(0)
  expect(existsSync(path)).toBe(true)
  work.stepDown()
  await cluster.clock.advance(operatorTokenPauseMs)
  expect(existsSync(path)).toBe(true)
  isLost = false
  const hash = hashSecret(utf8Encode('of another leader'))
  await cluster.proposer.propose(setOperatorToken, { hash }, { timeoutMs: 1_000 })
  await cluster.clock.advance(operatorTokenPauseMs)
  expect(existsSync(path)).toBe(false)
  expect(cluster.stored()).toBe(toHex(hash))
})

it('keeps the file it has made when the answer alone was lost', async () => {
  const cluster = await newCluster()
  const path = newPath()
  const proposer = {
    propose: async <Body, Result>(
      command: CommandDefinition<Body, Result>,
      body: Body,
      options: { readonly timeoutMs: number },
    ): ReturnType<typeof cluster.proposer.propose<Body, Result>> => {
      await cluster.proposer.propose(command, body, options)
      return { ok: false, reason: 'unknown-outcome' }
    },
  }
  const work = cluster.newWork(path, { proposer })
  work.lead()
  await cluster.clock.advance(0)
  expect(cluster.stored()).toBe(hashOf(path))
})

it('stores the first hash and no other', async () => {
  const { proposer, stored } = await newCluster()
  const set = async (byte: number): Promise<unknown> => {
    const hash = new Uint8Array(32).fill(byte)
    const outcome = await proposer.propose(setOperatorToken, { hash }, { timeoutMs: 1_000 })
    return outcome.ok ? outcome.result : outcome
  }
  expect(await set(1)).toEqual({ ok: true })
  expect(await set(2)).toEqual({ ok: false, reason: 'token-exists' })
  expect(stored()).toBe('01'.repeat(32))
})

it('knows no hash but one of 32 bytes', async () => {
  const { proposer, stored } = await newCluster()
  const hash = new Uint8Array(31)
  const outcome = await proposer.propose(setOperatorToken, { hash }, { timeoutMs: 1_000 })
  expect(outcome).toMatchObject({ ok: false, reason: 'malformed' })
  expect(stored()).toBe('')
})
