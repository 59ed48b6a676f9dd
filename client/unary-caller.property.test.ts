// Whatever members do, a call ends in time, asks nobody too often and never two at once, and
// succeeds when anybody would answer.
import { EventEmitter } from 'node:events'
import { Metadata, status } from '@grpc/grpc-js'
import type { ClientUnaryCall, ServiceError } from '@grpc/grpc-js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nullLogger, Prng } from '../base/index.ts'
import { DfError, isRetryable, toWireStatus } from '../proto/index.ts'
import { plainText } from '../runtime/grpc-tls.ts'
import { callRules } from './calls.ts'
import type { CallRule } from './calls.ts'
import { ChannelPool } from './channel-pool.ts'
import { CountingClock } from './counting-clock.suite.ts'
import { SchedulerUnavailableError } from './errors.ts'
import { clientAttemptMsMin, clientBackoffMsMin, clientRefreshMs } from './limits.ts'
import { MemberDirectory } from './member-directory.ts'
import type { MemberList } from './member-list.ts'
import { UnaryCaller } from './unary-caller.ts'
import type { Invoke } from './unary-caller.ts'

const kinds = ['answer', 'hang', 'lost', 'no-leader', 'overloaded', 'reregister', 'hidden'] as const
type Kind = (typeof kinds)[number] | 'final'

interface Behaviour {
  readonly kind: Kind
  readonly delayMs: number
  /** Whom it names as the leader: a place in the list, 'stranger', nobody or nonsense. */
  readonly hint: number | 'stranger' | 'nobody' | 'nonsense'
  readonly term: number
}

const stranger = '127.0.0.9:9'
const addressOf = (i: number): string => `127.0.0.1:${1000 + i}`

function behaviour(...allowed: readonly Kind[]): fc.Arbitrary<Behaviour> {
  return fc.record({
    kind: fc.constantFrom(...allowed),
    delayMs: fc.nat(400),
    hint: fc.oneof(
      fc.nat(5),
      fc.constantFrom('stranger' as const, 'nobody' as const, 'nonsense' as const),
    ),
    term: fc.nat(4),
  })
}

const failures: Readonly<Record<string, { readonly code: status; readonly ours?: string }>> = {
  lost: { code: status.UNAVAILABLE },
  'no-leader': { code: status.UNAVAILABLE, ours: 'SCHED_NO_LEADER' },
  overloaded: { code: status.RESOURCE_EXHAUSTED, ours: 'SCHED_OVERLOADED' },
  hidden: { code: status.UNAVAILABLE, ours: 'SCHED_HIDDEN' },
  final: { code: status.INVALID_ARGUMENT, ours: 'PROTO_FIELD_INVALID' },
}

function failureOf(kind: Kind, hint: Metadata): ServiceError {
  const { code, ours } = failures[kind] ?? { code: status.UNKNOWN }
  const wire =
    kind === 'reregister'
      ? toWireStatus(new DfError(5007, 'register again'))
      : { code, details: kind, metadata: new Metadata() }
  wire.metadata.merge(hint)
  if (ours !== undefined) wire.metadata.set('x-damselfly-code', ours)
  return Object.assign(new Error(kind), wire)
}

/** Members in virtual time; keeps what was asked of whom. */
class World {
  readonly clock = new CountingClock()
  readonly asked: { readonly address: string; readonly atMs: number }[] = []
  concurrent = 0
  concurrentMax = 0
  readonly #members: readonly Behaviour[]
  readonly #pool = new ChannelPool(plainText)
  readonly #directory: MemberDirectory
  readonly caller: UnaryCaller
  #current = ''

  constructor(members: readonly Behaviour[], seed: string) {
    this.#members = members
    const deps = { clock: this.clock, random: new Prng(seed), logger: nullLogger }
    const known = members.map((_, i) => addressOf(i))
    const directory = new MemberDirectory(deps, [{ text: 'test', known }])
    this.#directory = directory
    const pool = {
      stubs: (address: string) => {
        this.#current = address
        return this.#pool.stubs('127.0.0.1:1')
      },
    }
    this.caller = new UnaryCaller({ ...deps, directory, pool, bearerToken: '' })
  }

  readonly invoke: Invoke<string> = (_stubs, _metadata, _options, callback): ClientUnaryCall => {
    const address = this.#current
    this.asked.push({ address, atMs: this.clock.nowMs() })
    this.concurrent += 1
    this.concurrentMax = Math.max(this.concurrentMax, this.concurrent)
    const does = this.#members.find((_, i) => addressOf(i) === address)
    const end = (error: ServiceError | null, reply?: string): void => {
      timer?.cancel()
      this.concurrent -= 1
      callback(error, reply)
    }
    const act = (): void => {
      const hint = this.#hint(does!)
      call.emit('metadata', hint)
      if (does!.kind === 'answer') end(null, address)
      else end(failureOf(does!.kind, hint))
    }
    const isSilent = does === undefined || does.kind === 'hang'
    const timer = isSilent ? undefined : this.clock.setTimer(does.delayMs, act)
    const call = Object.assign(new EventEmitter(), {
      cancel: () => {
        const metadata = new Metadata()
        end(Object.assign(new Error('cancelled'), { code: 1, details: '', metadata }))
      },
      getPeer: () => address,
      getAuthContext: () => null,
    })
    return call
  }

  get members(): MemberList {
    return this.#directory.members
  }

  close(): void {
    this.caller.close()
    this.#directory.close()
    this.#pool.close()
  }

  #hint({ hint, term }: Behaviour): Metadata {
    const metadata = new Metadata()
    const named = { stranger, nobody: '', nonsense: 'x' }
    const leader = typeof hint === 'number' ? addressOf(hint % this.#members.length) : named[hint]
    metadata.set('x-raft-leader', leader)
    metadata.set('x-raft-term', String(term))
    return metadata
  }
}

async function runCall(
  members: readonly Behaviour[],
  deadlineMs: number,
  rule: CallRule = callRules.announceTask,
): Promise<{ readonly world: World; readonly outcome: unknown; readonly tookMs: number }> {
  const world = new World(members, JSON.stringify(members))
  let outcome: unknown
  let isSettled = false
  const settle = (value: unknown): void => {
    outcome = value
    isSettled = true
  }
  world.caller.run(rule, world.invoke, { deadlineMs }).then((reply) => settle({ reply }), settle)
  expect(await world.clock.advanceUntil(() => isSettled, deadlineMs * 2)).toBe(true)
  return { world, outcome, tookMs: world.clock.nowMs() }
}

test('a call ends by its deadline, one attempt at a time, and leaves nothing behind', async () => {
  const members = fc.array(behaviour(...kinds, 'final'), { minLength: 1, maxLength: 5 })
  const deadline = fc.integer({ min: 1, max: 20_000 })
  await fc.assert(
    fc.asyncProperty(members, deadline, async (behaviours, deadlineMs) => {
      const { world, outcome, tookMs } = await runCall(behaviours, deadlineMs)
      expect(tookMs).toBeLessThanOrEqual(deadlineMs + 1)
      expect(world.concurrentMax).toBeLessThanOrEqual(1)
      expect([world.concurrent, world.clock.waiting]).toEqual([0, 0])
      const isReply = typeof outcome === 'object' && outcome !== null && 'reply' in outcome
      const isOwn = outcome instanceof SchedulerUnavailableError
      expect(isReply || isOwn || !isRetryable(outcome)).toBe(true)
      for (const [i, { address, atMs }] of world.asked.entries()) {
        const before = world.asked.slice(0, i).findLast((other) => other.address === address)
        const gapMs = before === undefined ? clientBackoffMsMin : atMs - before.atMs
        expect(gapMs).toBeGreaterThanOrEqual(clientBackoffMsMin / 2)
      }
      world.close()
    }),
    { numRuns: 150 },
  )
})

test('a call succeeds when any member would answer', async () => {
  const members = fc.tuple(
    fc.array(behaviour(...kinds), { maxLength: 4 }),
    behaviour('answer'),
    fc.nat(4),
  )
  await fc.assert(
    fc.asyncProperty(members, async ([others, good, place]) => {
      const all = others.toSpliced(place, 0, good)
      // The members, the stranger, and a pause for each.
      const { world, outcome } = await runCall(all, (all.length + 2) * clientAttemptMsMin)
      expect(outcome).toHaveProperty('reply')
      world.close()
    }),
    { numRuns: 150 },
  )
})

test('a refusal for good is asked of one member only', async () => {
  const final: Behaviour = { kind: 'final', delayMs: 1, hint: 'nobody', term: 1 }
  const { world, outcome } = await runCall([final, final, final], 10_000)
  expect(outcome).toMatchObject({ code: 'PROTO_FIELD_INVALID' })
  expect(world.asked).toHaveLength(1)
  world.close()
})

test('what must not be repeated is tried on only after attempts that did nothing', async () => {
  const members = fc.array(behaviour('no-leader', 'overloaded', 'hidden', 'lost', 'hang'), {
    minLength: 1,
    maxLength: 4,
  })
  await fc.assert(
    fc.asyncProperty(members, async (behaviours) => {
      const { world, outcome } = await runCall(behaviours, 10_000, callRules.swapConfig)
      const silent = world.asked.filter(({ address }) => {
        const does = behaviours.find((_, i) => addressOf(i) === address)
        return does === undefined || does.kind === 'lost' || does.kind === 'hang'
      })
      expect(silent.length).toBeLessThanOrEqual(1)
      if (silent.length === 1) expect(silent[0]).toBe(world.asked.at(-1))
      expect(outcome).toBeInstanceOf(Error)
      world.close()
    }),
    { numRuns: 50 },
  )
})

test('a member that had no time to answer keeps its place, one that is silent does not', async () => {
  const slow: Behaviour = { kind: 'answer', delayMs: 400, hint: 0, term: 1 }
  const world = new World([slow, slow], 'hasty')
  const { clock, caller, invoke, members } = world
  const leader = caller.run(callRules.announceTask, invoke, { deadlineMs: 1_000 })
  await clock.advance(1_000)
  expect(await leader).toBe(addressOf(0))
  const hasty = caller.run(callRules.announceTask, invoke, { deadlineMs: 10 }).catch(() => 'late')
  await clock.advance(10)
  expect([await hasty, members.leader]).toEqual(['late', addressOf(0)])
  world.close()

  const hangs: Behaviour = { kind: 'hang', delayMs: 0, hint: 0, term: 1 }
  const other = new World([hangs], 'silent')
  other.members.learn(addressOf(0), 1)
  const deadlineMs = clientAttemptMsMin
  const silent = other.caller.run(callRules.announceTask, other.invoke, { deadlineMs })
  const ended = silent.catch(() => 'late')
  await other.clock.advance(deadlineMs)
  expect([await ended, other.members.leader]).toEqual(['late', undefined])
  other.close()
})

test('the next member is asked at once when one is away, after a pause when it is overloaded', async () => {
  const tookMs = async (kind: Kind): Promise<number> => {
    const first: Behaviour = { kind, delayMs: 0, hint: 'nobody', term: 0 }
    const { world, tookMs: ms } = await runCall([first, { ...first, kind: 'answer' }], 10_000)
    expect(world.asked).toHaveLength(2)
    world.close()
    return ms
  }
  expect(await tookMs('lost')).toBeLessThan(clientBackoffMsMin / 2)
  expect(await tookMs('overloaded')).toBeGreaterThanOrEqual(clientBackoffMsMin / 2)
})

test('many members that are all away are asked until the deadline', async () => {
  const away: Behaviour = { kind: 'lost', delayMs: 0, hint: 'nobody', term: 0 }
  const nine = Array.from({ length: 9 }, () => away)
  const { world, outcome, tookMs } = await runCall(nine, clientRefreshMs)
  expect(outcome).toBeInstanceOf(SchedulerUnavailableError)
  expect((outcome as SchedulerUnavailableError).addresses).toHaveLength(9)
  expect(tookMs).toBe(clientRefreshMs)
  // Rounds are a second apart at most, and half of it at least once they have grown.
  const rounds = world.asked.filter(({ address }) => address === addressOf(0)).length
  expect(rounds).toBeGreaterThan(60)
  expect(rounds).toBeLessThan(130)
  world.close()
})

test('a call that is given up ends at once and leaves nothing behind', async () => {
  for (const kind of ['hang', 'lost'] as const) {
    const world = new World([{ kind, delayMs: 0, hint: 'nobody', term: 0 }], kind)
    const controller = new AbortController()
    const { signal } = controller
    const options = { deadlineMs: 60_000, signal }
    const call = world.caller.run(callRules.announceTask, world.invoke, options)
    const ended = call.catch((error: unknown) => error)
    await world.clock.advance(1_000)
    expect(world.clock.waiting).toBe(1)
    controller.abort(new Error('enough'))
    expect(await ended).toMatchObject({ code: 'PROTO_CANCELLED', cause: { message: 'enough' } })
    expect([world.concurrent, world.clock.waiting]).toEqual([0, 0])
    world.close()
  }
})

test('closing ends what waits and what runs', async () => {
  for (const kind of ['hang', 'lost'] as const) {
    const world = new World([{ kind, delayMs: 0, hint: 'nobody', term: 0 }], kind)
    const call = world.caller.run(callRules.announceTask, world.invoke, { deadlineMs: 60_000 })
    const ended = call.catch((error: unknown) => error)
    await world.clock.advance(1_000)
    world.close()
    expect(await ended).toMatchObject({ code: 'SCHED_UNAVAILABLE' })
    expect([world.concurrent, world.clock.waiting]).toEqual([0, 0])
  }
})
