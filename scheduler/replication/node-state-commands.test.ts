import { describe, expect, test } from 'vitest'
import { toHex } from '../../base/index.ts'
import { encodeChange } from '../../raft/index.ts'
import { encodeEnvelope } from './batch.ts'
import { encodeChangeContext } from './change-context.ts'
import { memberProgressFeature } from './features.ts'
import { bootId, Replica } from './harness.suite.ts'
import { maySetState, setMemberProgress, setNodeState } from './node-state-commands.ts'
import { memberTable } from './rows/member.ts'
import { memberProgressTable } from './rows/member-progress.ts'
import { memberSupportTable } from './rows/member-support.ts'
import type { SetMemberProgress, SetNodeState, SettableState } from './node-state-commands.ts'
import type { MemberState } from './rows/member.ts'

const secondBoot = 'b2'.repeat(16)
const incarnation = '02'.repeat(16)

/** Member 2 as the leader saw it. */
function act(fields: Partial<SetNodeState>): SetNodeState {
  return { replicaId: 2, incarnation, bootId: '', from: ['joining'], to: 'loading', ...fields }
}

function progress(fields: Partial<SetMemberProgress> = {}): SetMemberProgress {
  const boot = { replicaId: 2, incarnation, bootId: secondBoot }
  return { ...boot, bytesDone: 10, bytesTotal: 40, percent: 25, ...fields }
}

/** Three members with open sessions; the command comes from the first. */
function started(): Replica {
  const replica = new Replica()
  for (const id of [3, 2, 1]) replica.open({ replicaId: id, bootId: `b${id}`.repeat(16) })
  for (const id of [1, 2, 3]) {
    replica.run(replica.state.registry.enableFeature, { name: memberProgressFeature })
    expect(stateOf(replica, id)).toBe('loading')
  }
  return replica
}

function stateOf(replica: Replica, id = 2): MemberState | undefined {
  return replica.state.reader.get(memberTable, id)?.state
}

function reasonOf(replica: Replica, body: SetNodeState): string {
  const { outcome } = replica.run(setNodeState, body)
  if (!outcome.ok) return outcome.reason
  const result = outcome.result as { ok: boolean; reason?: string }
  return result.ok ? 'done' : (result.reason ?? '')
}

const settable: readonly SettableState[] = ['loading', 'online', 'draining', 'hidden', 'fail']

/** What a command may make of each state. */
const allowed: Record<MemberState, readonly SettableState[]> = {
  joining: ['loading', 'draining', 'hidden', 'fail'],
  loading: ['online', 'draining', 'hidden', 'fail'],
  online: ['draining', 'hidden', 'fail'],
  fail: ['loading', 'draining', 'hidden'],
  draining: ['loading', 'hidden'],
  hidden: ['loading', 'draining'],
  left: [],
}

describe('a node state', () => {
  test.each(Object.entries(allowed))('%s may be followed by %j', (from, to) => {
    expect(settable.filter((each) => maySetState(from as MemberState, each))).toEqual(to)
  })

  test('begins with joining and is loading once a session is open', () => {
    const replica = new Replica()
    expect(stateOf(replica)).toBe('joining')
    replica.open({ replicaId: 2, bootId: secondBoot })
    expect(stateOf(replica)).toBe('loading')
    const events = replica.frames.at(-1)!.events.map(({ type }) => type)
    expect(events).toEqual(['node-state-changed', 'session-opened'])
  })

  test('is checked again when the command is applied', () => {
    const replica = started()
    const online = act({ from: ['loading'], to: 'online' })
    const before = replica.state.reader.get(memberTable, 2)
    expect(reasonOf(replica, { ...online, replicaId: 9 })).toBe('not-a-member')
    expect(reasonOf(replica, { ...online, incarnation: bootId })).toBe('wrong-incarnation')
    expect(reasonOf(replica, { ...online, bootId })).toBe('wrong-boot')
    expect(reasonOf(replica, { ...online, from: ['joining', 'fail'] })).toBe('wrong-state')
    expect(reasonOf(replica, { ...online, from: ['loading'], to: 'loading' })).toBe('wrong-state')
    expect(replica.state.reader.get(memberTable, 2)).toBe(before)
    expect(before?.state).toBe('loading')
    expect(reasonOf(replica, { ...online, bootId: secondBoot })).toBe('done')
    expect(stateOf(replica)).toBe('online')
  })

  test('of two leaders that saw the same only the first is right', () => {
    const replica = started()
    const fail = act({ from: ['online', 'loading', 'joining'], to: 'fail' })
    expect(reasonOf(replica, fail)).toBe('done')
    expect(reasonOf(replica, act({ from: ['loading'], to: 'online' }))).toBe('wrong-state')
    expect(reasonOf(replica, fail)).toBe('wrong-state')
    expect(stateOf(replica)).toBe('fail')
  })

  test('after a restart of an online member it is loading, of a failed one too', () => {
    const replica = started()
    for (const to of ['online', 'fail'] as const) {
      reasonOf(replica, act({ from: ['loading'], to }))
      expect(stateOf(replica)).toBe(to)
      replica.open({ replicaId: 2, bootId: (to === 'online' ? 'e1' : 'e2').repeat(16) })
      expect(stateOf(replica)).toBe('loading')
      replica.open({ replicaId: 1, generation: to === 'online' ? 2 : 3, bootId: 'b1'.repeat(16) })
    }
  })

  test('the operator decides about hidden and draining members, not their restarts', () => {
    for (const to of ['hidden', 'draining'] as const) {
      const replica = started()
      expect(reasonOf(replica, act({ from: ['loading'], to }))).toBe('done')
      replica.open({ replicaId: 2, bootId: 'e1'.repeat(16) })
      expect(stateOf(replica)).toBe(to)
      replica.open({ replicaId: 1, generation: 2, bootId: 'b1'.repeat(16) })
      expect(reasonOf(replica, act({ from: [to], to: 'online' }))).toBe('wrong-state')
      expect(reasonOf(replica, act({ from: [to], to: 'loading' }))).toBe('done')
    }
  })

  test('a session opened again by the same boot leaves it as it is', () => {
    const replica = started()
    reasonOf(replica, act({ from: ['loading'], to: 'online' }))
    replica.open({ replicaId: 2, bootId: secondBoot, generation: 2 })
    expect(stateOf(replica)).toBe('online')
  })
})

describe('the progress of a loading member', () => {
  test('is kept for this incarnation and boot, and gone once it is online', () => {
    const replica = started()
    const { reader } = replica.state
    const run = (body: SetMemberProgress): unknown => {
      const { outcome } = replica.run(setMemberProgress, body)
      return outcome.ok ? outcome.result : outcome
    }
    expect(run(progress({ replicaId: 9 }))).toEqual({ ok: false, reason: 'not-a-member' })
    expect(run(progress({ incarnation: bootId }))).toMatchObject({ reason: 'wrong-incarnation' })
    expect(run(progress({ bootId }))).toEqual({ ok: false, reason: 'wrong-boot' })
    expect(run(progress())).toEqual({ ok: true })
    const row = { replicaId: 2, bootId: secondBoot, bytesDone: 10, bytesTotal: 40, percent: 25 }
    expect(reader.get(memberProgressTable, 2)).toEqual(row)
    reasonOf(replica, act({ from: ['loading'], to: 'online' }))
    expect(reader.get(memberProgressTable, 2)).toBeUndefined()
    expect(run(progress())).toEqual({ ok: false, reason: 'wrong-state' })
  })

  test('goes with the boot it is of', () => {
    const replica = started()
    replica.run(setMemberProgress, progress())
    replica.open({ replicaId: 2, bootId: 'e1'.repeat(16) })
    expect(replica.state.reader.get(memberProgressTable, 2)).toBeUndefined()
  })

  test('needs its feature', () => {
    const replica = new Replica()
    replica.open()
    const refused = { ok: false, reason: 'feature-off' }
    expect(replica.run(setMemberProgress, progress()).outcome).toMatchObject(refused)
  })

  test('of a joiner is taken before it can open a session, and stays when it does', () => {
    const replica = started()
    const who = { replicaId: 4, incarnation: '04'.repeat(16) }
    const data = encodeChange({
      expectedId: replica.state.configuration().id,
      transition: 'auto',
      operations: [{ op: 'add-learner', id: 4 }],
      context: encodeChangeContext([{ ...who, hostId: 's4', raftAddress: 'r:4' }]),
    })
    replica.log.append(data, 'config')
    expect(replica.run(setMemberProgress, progress(who)).outcome).toMatchObject({
      result: { ok: true },
    })
    const { reader } = replica.state
    expect(reader.get(memberProgressTable, 4)).toMatchObject({ percent: 25 })
    replica.open({ replicaId: 4, bootId: secondBoot })
    expect(stateOf(replica, 4)).toBe('loading')
    expect(reader.get(memberProgressTable, 4)).toMatchObject({ percent: 25 })
  })
})

test('what a member supports is what its newest session said, each name once and in order', () => {
  const replica = new Replica()
  replica.open({ replicaId: 2, bootId: secondBoot })
  expect(replica.state.reader.get(memberSupportTable, 2)).toEqual({
    replicaId: 2,
    protocolVersion: 1,
    features: ['member-progress', 'new-math', 'old-math'],
  })
})

test('golden bytes of the commands', () => {
  const bytes = (kind: number, body: readonly unknown[]): string => {
    const rest = { kindVersion: 1, seq: 1, notAfterMs: 0, actor: '', opId: '' }
    return toHex(encodeEnvelope({ kind, ...rest, body: body as readonly number[] }))
  }
  expect(bytes(setNodeState.kind, setNodeState.encode(act({ bootId: secondBoot })))).toBe(
    `980107010100a0a09502c410${incarnation}c410${secondBoot}91a76a6f696e696e67a76c6f6164696e67`,
  )
  expect(bytes(setNodeState.kind, setNodeState.encode(act({ to: 'fail' })))).toBe(
    `980107010100a0a09502c410${incarnation}c091a76a6f696e696e67a46661696c`,
  )
  expect(bytes(setMemberProgress.kind, setMemberProgress.encode(progress()))).toBe(
    `980108010100a0a09602c410${incarnation}c410${secondBoot}0a2819`,
  )
  const { enableFeature } = new Replica().state.registry
  expect(bytes(enableFeature.kind, enableFeature.encode({ name: 'f' }))).toBe(
    '98010c010100a0a091a166',
  )
})
