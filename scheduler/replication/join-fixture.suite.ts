// For tests of joins: a replica whose time is set by hand, requests, and what a leader does with
// them.
import { expect } from 'vitest'
import { minuteMs } from '../../base/index.ts'
import { encodeChange } from '../../raft/index.ts'
import { stampBatch } from './batch.ts'
import { encodeChangeContext } from './change-context.ts'
import { batchOf, numbered, Replica } from './harness.suite.ts'
import { tokenCredential } from './join-commands.ts'
import { joinTable } from './rows/joins.ts'
import { memberTable } from './rows/member.ts'
import { createJoinTokenCommand } from './token-commands.ts'
import type { ConfigurationChange, Entry } from '../../raft/index.ts'
import type { MemberDetails } from './change-context.ts'
import type { CommandDefinition, StateEvent } from './command.ts'
import type { JoinIntent } from './join-commands.ts'
import type { MembershipResult } from './membership.ts'
import type { CreateJoinToken } from './token-commands.ts'

export const secretHash = new Uint8Array(32).fill(7)
export const tokenId = 'ab'.repeat(8)
/** 32 hex characters. */
export const incarnationOf = (n: number): string => n.toString(16).padStart(2, '0').repeat(16)

/** A replica whose time is set by hand. */
export class Site {
  readonly replica = new Replica()
  nowMs = 1000
  wallMs = 1_700_000_000_000
  /** What was applied after the session was opened, for other replicas. */
  readonly entries: Entry[] = []
  #seq = 0

  constructor() {
    this.replica.open()
  }

  get state() {
    return this.replica.state
  }

  get events(): readonly StateEvent[] {
    return this.replica.frames.at(-1)?.events ?? []
  }

  run<Body, Result>(command: CommandDefinition<Body, Result>, body: Body): Result {
    this.#seq += 1
    const data = batchOf(this.replica.sessionId, [
      numbered(this.#seq, command, body, { actor: 'token:01234567' }),
    ])
    this.#apply('command', stampBatch(data, this.wallMs))
    const outcome = this.replica.frames.at(-1)?.reports[0]?.outcome
    if (outcome?.ok !== true) throw new Error(JSON.stringify(outcome))
    return outcome.result as Result
  }

  change(
    operations: ConfigurationChange['operations'],
    details: readonly MemberDetails[] = [],
  ): MembershipResult {
    const expectedId = this.state.configuration().id
    const context = encodeChangeContext(details)
    const data = encodeChange({ expectedId, transition: 'auto', operations, context })
    return this.#apply('config', data) as MembershipResult
  }

  /** What the leader does with a join: the next id becomes a learner. */
  admit(incarnation: string): number {
    const join = this.state.reader.get(joinTable, incarnation)!
    const { hostId, raftAddress } = join
    const replicaId = this.state.configuration().highestId + 1
    const details = { replicaId, incarnation, hostId, raftAddress }
    const result = this.change([{ op: 'add-learner', id: replicaId }], [details])
    expect(result.ok).toBe(true)
    return replicaId
  }

  detailsOf(replicaId: number, fields: Partial<MemberDetails> = {}): MemberDetails {
    const { incarnation } = this.state.reader.get(memberTable, replicaId)!
    return { replicaId, incarnation, hostId: '', raftAddress: '', ...fields }
  }

  /** The joint change that puts a learner in the place of a voter. */
  replace(learner: number, old: number): void {
    const details = [this.detailsOf(learner), this.detailsOf(old, { reason: 'replaced' })]
    const operations = [
      { op: 'promote', id: learner },
      { op: 'remove', id: old },
    ] as const
    expect(this.change(operations, details).ok).toBe(true)
    expect(this.change([]).ok).toBe(true)
  }

  token(fields: Partial<CreateJoinToken> = {}) {
    return this.run(createJoinTokenCommand, { ...newToken, ...fields })
  }

  #apply(type: 'command' | 'config', data: Uint8Array): unknown {
    const index = this.state.appliedIndex + 1
    const stampMs = this.nowMs
    const entry: Entry = { index, term: 1, type, stampMs, data }
    this.entries.push(entry)
    return this.state.apply([entry])[0]
  }
}

/** A token for one use. */
export const newToken: CreateJoinToken = {
  tokenId,
  secretHash,
  hostId: '',
  isLearner: false,
  uses: 1,
  ttlMs: minuteMs,
}

/** A host of its own with a good token. */
export const ask = (n: number, fields: Partial<JoinIntent> = {}): JoinIntent => ({
  incarnation: incarnationOf(n),
  hostId: `h${n}`,
  raftAddress: `10.0.1.${n}:8003`,
  replaces: '',
  isLearner: false,
  credential: tokenCredential(tokenId),
  secretHash,
  features: ['old-math'],
  ...fields,
})

/** Voter 3 comes back with a new data directory at its old address. */
export const returning = (n: number, fields: Partial<JoinIntent> = {}): JoinIntent =>
  ask(n, {
    hostId: 's3',
    raftAddress: '10.0.0.3:8003',
    credential: 'cluster-key',
    secretHash: new Uint8Array(0),
    ...fields,
  })

/** A group of three with a token. */
export function started(uses = 10): Site {
  const site = new Site()
  expect(site.token({ uses }).ok).toBe(true)
  return site
}

/** 'ok' or why not. */
export const reasonOf = (result: { ok: boolean; reason?: string }): string =>
  result.ok ? 'ok' : (result.reason ?? '')
