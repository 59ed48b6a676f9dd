import { describe, expect, test } from 'vitest'
import { StateError } from './errors.ts'
import { featuresOn, isSupportedByAll } from './feature-commands.ts'
import { bootId, numbered, batchOf, Replica, testDomain } from './harness.suite.ts'
import { joinIntentCommand } from './join-commands.ts'
import { ask } from './join-fixture.suite.ts'
import { ReplicatedState } from './replicated-state.ts'
import { featureTable } from './rows/feature.ts'
import type { Domain } from './command.ts'

const bootOf = (id: number): string => `b${id}`.repeat(16)

/** Opens the sessions of all members; `supported` says what each knows. */
function opened(supported: readonly (readonly string[])[], domain?: Domain): Replica {
  const replica = new Replica(domain)
  for (const replicaId of [3, 2, 1]) {
    const body = {
      replicaId,
      bootId: bootOf(replicaId),
      generation: 1,
      clientAddress: '',
      programVersion: '',
      protocolVersion: 1,
      features: supported[replicaId - 1]!,
    }
    const { openSession } = replica.state.registry
    const [report] = replica.log.append(batchOf(0, [numbered(0, openSession, body)]))
    const { outcome } = report!
    replica.sessionId = outcome.ok ? (outcome.result as { sessionId: number }).sessionId : 0
  }
  return replica
}

function enable(replica: Replica, name: string): unknown {
  const { outcome } = replica.run(replica.state.registry.enableFeature, { name })
  return outcome.ok ? outcome.result : outcome
}

describe('a feature', () => {
  test('is switched on once every member supports it, for good', () => {
    const replica = opened([['new-math'], ['new-math'], ['new-math', 'x']])
    expect(featuresOn(replica.state.reader)).toEqual(['old-math'])
    expect(enable(replica, 'new-math')).toEqual({ ok: true })
    expect(replica.state.reader.get(featureTable, 'new-math')?.enabledAtIndex).toBe(
      replica.state.appliedIndex,
    )
    expect(featuresOn(replica.state.reader)).toEqual(['new-math', 'old-math'])
    expect(enable(replica, 'new-math')).toEqual({ ok: false, reason: 'already-on' })
    expect(replica.frames.at(-2)!.events).toEqual([{ type: 'feature-enabled', name: 'new-math' }])
  })

  test('ends joins that were not asked about it; those ask again', () => {
    const replica = opened([['new-math'], ['new-math'], ['new-math']])
    const key = { credential: 'cluster-key', secretHash: new Uint8Array(0) }
    const returning = ask(9, { hostId: 's3', ...key })
    expect(replica.run(joinIntentCommand, returning).outcome).toMatchObject({
      result: { ok: true },
    })
    expect(enable(replica, 'new-math')).toEqual({ ok: true })
    expect(replica.frames.at(-1)!.events).toEqual([
      { type: 'join-withdrawn', incarnation: returning.incarnation, reason: 'feature-enabled' },
      { type: 'feature-enabled', name: 'new-math' },
    ])
    expect(replica.run(joinIntentCommand, returning).outcome).toMatchObject({
      result: { ok: false, reason: 'feature-missing' },
    })
  })

  test('stays off while one member does not know it', () => {
    const replica = opened([['new-math'], [], ['new-math']])
    expect(isSupportedByAll(replica.state.reader, 'new-math')).toBe(false)
    expect(enable(replica, 'new-math')).toEqual({ ok: false, reason: 'unsupported' })
    expect(featuresOn(replica.state.reader)).toEqual(['old-math'])
  })

  test('stays off while one member has not said what it knows', () => {
    const replica = new Replica()
    replica.open({ replicaId: 2, bootId: bootOf(2) })
    replica.open({ replicaId: 1, bootId })
    expect(enable(replica, 'new-math')).toEqual({ ok: false, reason: 'unsupported' })
  })
})

describe('a program that does not know a feature', () => {
  const older: Domain = { ...testDomain, supportedFeatures: ['old-math'] }
  const all = [['new-math'], ['new-math'], ['new-math']]

  test('stops at the entry that switches it on, naming it', () => {
    const replica = opened(all, older)
    expect(() => enable(replica, 'new-math')).toThrow(StateError)
    expect(() => enable(opened(all, older), 'new-math')).toThrow('uses new-math')
  })

  test('does not load a state in which it is on', () => {
    const replica = opened(all)
    enable(replica, 'new-math')
    const again = new ReplicatedState(older, { onCommandFailed: () => {} })
    for (const [key, value] of replica.state.take()!.writes.puts) again.load(key, value)
    expect(() => again.loaded()).toThrow(/uses new-math, which this program does not know/)
  })
})
