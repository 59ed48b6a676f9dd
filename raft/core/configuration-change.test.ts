// The nine tables of reference/raft.md 7.3 about changing a configuration, each by its name, and
// random changes against a slow model. We are stricter than the tables' origin:
// - what changes nothing is refused, not skipped: adding a member, removing nobody, demoting a
//   learner, promoting a voter, the same id twice in one change, id 0;
// - ids rise and never return, so a removed member cannot be added again;
// - several operations in one `auto` change stay simple when at most one voter differs.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeChange } from '../wire/change-codec.ts'
import {
  changeConfiguration,
  changeOperationsMax,
  checkChange,
  nextConfiguration,
  wouldLoseQuorum,
} from './configuration-change.ts'
import type { ChangeResult, ConfigurationChange, MemberOperation } from './configuration-change.ts'
import {
  configurationFlaw,
  initialConfiguration,
  isJoint,
  isMember,
  isRemoved,
  membersMax,
  membersOf,
} from './configuration.ts'
import type { Configuration } from './configuration.ts'
import type { Entry } from './entry.ts'
import { hasQuorum } from './quorum.ts'

type Transition = ConfigurationChange['transition']

const operationNames: Readonly<Record<string, MemberOperation['op']>> = {
  v: 'add-voter',
  l: 'add-learner',
  p: 'promote',
  d: 'demote',
  r: 'remove',
  u: 'update',
}

/** `v4 p5 r1`: add voter 4, promote 5, remove 1; see `operationNames`. Empty: leave. */
function operationsOf(text: string): MemberOperation[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => ({ op: operationNames[word[0]!]!, id: Number(word.slice(1)) }))
}

function changeOf(expectedId: number, text: string, transition: Transition): ConfigurationChange {
  return { expectedId, transition, operations: operationsOf(text), context: new Uint8Array(0) }
}

function entryOf(change: ConfigurationChange, index: number): Entry {
  return { index, term: 1, type: 'config', stampMs: 0, data: encodeChange(change) }
}

/** `1 2 4 & 1 2 3 learners 5 next 3 auto`: incoming and outgoing voters, learners, waiting ones. */
function textOf(configuration: Configuration): string {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = configuration
  const part = (word: string, ids: readonly number[]) => (ids.length > 0 ? [word, ...ids] : [])
  return [
    ...voters,
    ...part('&', votersOutgoing),
    ...part('learners', learners),
    ...part('next', learnersNext),
    ...(autoLeave ? ['auto'] : []),
  ].join(' ')
}

function started(voters: number, learners: readonly number[] = []): Configuration {
  return initialConfiguration({ voters: Array.from({ length: voters }, (_, i) => i + 1), learners })
}

/** What one step does, as text: the configuration that results, or the refusal. */
function make(
  configuration: Configuration,
  text: string,
  transition: Transition = 'auto',
): ChangeResult {
  const index = configuration.id + 10
  return changeConfiguration(
    configuration,
    entryOf(changeOf(configuration.id, text, transition), index),
  )
}

/** Makes the steps one after the other; `=` leaves, `!` forces joint, `?` forces implicit. */
function run(start: Configuration, steps: readonly string[]): string[] {
  let configuration = start
  return steps.map((step) => {
    const forced = step.startsWith('!') ? 'joint-explicit' : 'joint-implicit'
    const transition = /^[!?]/.test(step) ? forced : 'auto'
    const result = make(configuration, step.replace(/^[!?=]/, ''), transition)
    if (result.ok) configuration = result.configuration
    else expect(result.configuration).toBe(configuration)
    return result.ok ? textOf(configuration) : result.reason
  })
}

describe('R-11.4 R-11.5 zero: nobody has id 0', () => {
  test.each(['add-voter', 'add-learner', 'promote', 'demote', 'remove', 'update'] as const)(
    '%s 0 is refused',
    (op) => {
      const operations = [{ op, id: 0 }]
      const change = { ...changeOf(0, '', 'auto'), operations }
      expect(checkChange(started(3), change)).toBe('invalid-operation')
    },
  )

  test.each([-1, 1.5, Number.MAX_SAFE_INTEGER + 1, Number.NaN])('nor id %d', (id) => {
    const change = { ...changeOf(0, '', 'auto'), operations: [{ op: 'add-voter', id } as const] }
    expect(checkChange(started(3), change)).toBe('invalid-operation')
  })
})

describe('update: carries its context and changes nobody', () => {
  test('the members stay, the id of the configuration moves on', () => {
    const before = started(2, [3])
    const change = { ...changeOf(0, 'u1', 'auto'), context: Uint8Array.of(1, 2, 3) }
    const result = changeConfiguration(before, entryOf(change, 12))
    expect(result).toEqual({ ok: true, configuration: { ...before, id: 12 }, change })
  })

  test('a learner may be updated, a stranger not', () => {
    expect(run(started(2, [3]), ['u3', 'u4'])).toEqual(['1 2 learners 3', 'not-member'])
  })
})

describe('simple_idempotency: what changes nothing is refused', () => {
  test.each([
    ['v1', 'already-member'],
    ['l1', 'already-member'],
    ['v4', 'already-member'],
    ['l4', 'already-member'],
    ['r9', 'not-member'],
    ['d4', 'not-voter'],
    ['d9', 'not-member'],
    ['p1', 'not-learner'],
    ['p9', 'not-member'],
    ['u1 u1', 'invalid-operation'],
    ['v5 r5', 'invalid-operation'],
  ])('%s in 1 2 3 learners 4: %s', (text, reason) => {
    expect(run(started(3, [4]), [text])).toEqual([reason])
  })
})

describe('simple_promote_demote: between voter and learner, one voter at a time', () => {
  test('a learner is promoted, a voter demoted, each in one step', () => {
    const steps = ['l4', 'p4', 'd1', 'p1']
    expect(run(started(3), steps)).toEqual([
      '1 2 3 learners 4',
      '1 2 3 4',
      '2 3 4 learners 1',
      '1 2 3 4',
    ])
  })

  test('several operations stay simple when one voter differs', () => {
    expect(run(started(3, [4]), ['p4 l5 u1', 'd4 r5 l6'])).toEqual([
      '1 2 3 4 learners 5',
      '1 2 3 learners 4 6',
    ])
  })

  test('a promotion and a demotion together are two voters: through a joint configuration', () => {
    expect(run(started(3, [4]), ['p4 d1', '='])).toEqual([
      '2 3 4 & 1 2 3 next 1 auto',
      '2 3 4 learners 1',
    ])
  })
})

describe('simple_safety: two voters never change in one simple step', () => {
  test.each([
    ['v4 v5', '1 2 3 4 5 & 1 2 3 auto'],
    ['r1 r2', '3 & 1 2 3 auto'],
    ['v4 r1', '2 3 4 & 1 2 3 auto'],
    ['d1 d2', '3 & 1 2 3 next 1 2 auto'],
    ['v4', '1 2 3 4'],
    ['r3', '1 2'],
    ['l4 l5 l6', '1 2 3 learners 4 5 6'],
  ])('%s in 1 2 3: %s', (text, expected) => {
    expect(run(started(3), [text])).toEqual([expected])
  })

  test.each([
    [1, 'r1'],
    [1, 'd1'],
    [3, 'r1 r2 r3'],
    [3, 'r1 d2 d3'],
  ])('of %i voters, %s would leave none', (voters, text) => {
    expect(run(started(voters), [text, `!${text}`])).toEqual(['no-voter', 'no-voter'])
  })

  test('the last voter may go when another comes', () => {
    expect(run(started(1), ['r1 v2', '='])).toEqual(['2 & 1 auto', '2'])
  })
})

describe('joint_autoleave: who leaves stands in the configuration', () => {
  test.each([
    ['?v4', '1 2 3 4 & 1 2 3 auto'],
    ['!v4', '1 2 3 4 & 1 2 3'],
    ['v4 v5', '1 2 3 4 5 & 1 2 3 auto'],
    ['!v4 v5', '1 2 3 4 5 & 1 2 3'],
    ['!u1', '1 2 3 & 1 2 3'],
    ['?l4', '1 2 3 & 1 2 3 learners 4 auto'],
  ])('%s: %s', (step, expected) => {
    const [entered, left] = run(started(3), [step, '='])
    expect(entered).toBe(expected)
    expect(left).not.toContain('auto')
  })
})

describe('joint_idempotency: an operation stands once in a change', () => {
  test.each(['!v4 v4', '!l4 l4', '!r1 r1', '!d1 d1', '!d1 r1', '!u1 r1'])('%s', (step) => {
    expect(run(started(3), [step])).toEqual(['invalid-operation'])
  })

  test('B21 leaving twice is refused the second time', () => {
    expect(run(started(3), ['!v4', '=', '='])).toEqual(['1 2 3 4 & 1 2 3', '1 2 3 4', 'not-joint'])
  })
})

describe('joint_learners_next: a demoted voter votes until the joint configuration is left', () => {
  test('it stands in the outgoing half and among the waiting ones', () => {
    expect(run(started(3, [5]), ['!d3 v6', '='])).toEqual([
      '1 2 6 & 1 2 3 learners 5 next 3',
      '1 2 6 learners 3 5',
    ])
  })

  test('a removed one is still a member in between, and gone afterwards', () => {
    const entered = make(started(3), 'r3', 'joint-explicit').configuration
    expect(membersOf(entered)).toEqual([1, 2, 3])
    expect(isRemoved(entered, 3)).toBe(false)
    const left = make(entered, '').configuration
    expect(isRemoved(left, 3)).toBe(true)
  })

  test('a learner joins at once, a promoted one votes in the incoming half at once', () => {
    expect(run(started(3, [4]), ['!p4 l5'])).toEqual(['1 2 3 4 & 1 2 3 learners 5'])
  })
})

describe('joint_safety: one joint configuration, left before anything else', () => {
  test('nothing but leaving is done in it', () => {
    const steps = ['!v4', 'v5', '!v5', '?r1', 'l5', 'u1', '=', 'v5']
    expect(run(started(3), steps)).toEqual([
      '1 2 3 4 & 1 2 3',
      ...Array<string>(5).fill('change-in-progress'),
      '1 2 3 4',
      '1 2 3 4 5',
    ])
  })

  test('there is nothing to leave outside it', () => {
    expect(run(started(3), ['=', '!'])).toEqual(['not-joint', 'not-joint'])
  })
})

describe('R-11.7 a change names the configuration it was made for', () => {
  test.each([0, 10, 30])('seen %i, in force 20: stale', (seen) => {
    const configuration = { ...started(3), id: 20 }
    expect(checkChange(configuration, changeOf(seen, 'v4', 'auto'))).toBe('stale-configuration')
  })

  test('of two raced changes the second is a no-op on every replica (R-11.2)', () => {
    const first = changeConfiguration(started(3), entryOf(changeOf(0, 'v4', 'auto'), 7))
    const second = changeConfiguration(first.configuration, entryOf(changeOf(0, 'v5', 'auto'), 8))
    expect(second).toEqual({
      ok: false,
      reason: 'stale-configuration',
      configuration: { ...started(3), id: 7, voters: [1, 2, 3, 4], highestId: 4 },
    })
  })
})

describe('R-11.5 ids are never used again', () => {
  test.each(['v3', 'l3', '!v3'])('%s after its removal', (step) => {
    expect(run(started(3), ['r3', step])).toEqual(['1 2', 'removed-id'])
  })

  test('an id that was passed over counts as given out', () => {
    expect(run(started(3), ['v9', 'v5'])).toEqual(['1 2 3 9', 'removed-id'])
  })
})

describe('limits', () => {
  test('more than changeOperationsMax operations are refused', () => {
    const ids = Array.from({ length: changeOperationsMax + 1 }, (_, i) => i + 4)
    const fits = changeOf(
      0,
      ids
        .slice(1)
        .map((id) => `l${id}`)
        .join(' '),
      'auto',
    )
    const one = changeOf(0, ids.map((id) => `l${id}`).join(' '), 'auto')
    expect(checkChange(started(3), fits)).toBeUndefined()
    expect(checkChange(started(3), one)).toBe('invalid-operation')
  })

  test('the members of both halves count against membersMax', () => {
    const learners = Array.from({ length: membersMax - 3 }, (_, i) => i + 4)
    const full = started(3, learners)
    expect(run(full, [`l${membersMax + 1}`, `r1 v${membersMax + 1}`])).toEqual([
      'too-many-members',
      'too-many-members',
    ])
    expect(run(full, [`r4 l${membersMax + 1}`])).toHaveLength(1)
    expect(checkChange(full, changeOf(0, `r4 l${membersMax + 1}`, 'auto'))).toBeUndefined()
  })
})

describe('R-11.6 wouldLoseQuorum', () => {
  test.each([
    // voters, learners, active, change, loses
    [3, [], [1, 2, 3], 'v4', false],
    [3, [], [1, 2], 'v4', true],
    [3, [], [1, 2], 'r3', false],
    [3, [], [1, 2], 'r2', true],
    [3, [], [1, 2], 'd3', false],
    [3, [], [1, 2, 3], 'v4 v5 v6', true],
    [3, [4], [1, 2, 4], 'p4', false],
    [3, [4], [1, 2], 'p4', true],
    [3, [4], [1, 2, 4], 'p4 r3', false],
    [3, [4], [1, 2], 'p4 r3', false],
    [3, [4], [1, 2], 'p4 r1', true],
    [3, [4, 5], [1, 4, 5], 'p4 p5 r2 r3', true],
    [2, [], [1, 2], 'v3', false],
    [1, [], [1], 'v2', true],
    [1, [2], [1, 2], 'p2', false],
    [1, [2], [1], 'p2', true],
    [1, [], [1], 'l2', false],
    [3, [], [1, 2, 3], 'u1', false],
  ])('%i voters, learners %j, active %j, %s: %s', (voters, learners, active, text, loses) => {
    const change = changeOf(0, text, 'auto')
    const isActive = (id: number) => active.includes(id)
    expect(wouldLoseQuorum(started(voters, learners), change, isActive)).toBe(loses)
  })

  test('a new voter counts as down whatever the caller thinks of it', () => {
    expect(wouldLoseQuorum(started(1), changeOf(0, 'v2', 'auto'), () => true)).toBe(true)
  })

  test('leaving a joint configuration is never held up', () => {
    const joint = make(started(3), '!r1'.slice(1), 'joint-explicit').configuration
    expect(wouldLoseQuorum(joint, changeOf(joint.id, '', 'auto'), () => false)).toBe(false)
  })
})

describe('data of foreign origin', () => {
  test('no change, and one of a later format, leave the configuration as it is', () => {
    const configuration = started(3)
    const entry = entryOf(changeOf(0, 'v4', 'auto'), 5)
    const cut = { ...entry, data: entry.data.subarray(1) }
    const later = { ...entry, data: Uint8Array.of(2, ...entry.data.subarray(1)) }
    expect(changeConfiguration(configuration, cut)).toMatchObject({ ok: false, configuration })
    expect(changeConfiguration(configuration, { ...entry, data: new Uint8Array(0) })).toEqual({
      ok: false,
      reason: 'malformed',
      configuration,
    })
    expect(changeConfiguration(configuration, later)).toEqual({
      ok: false,
      reason: 'unsupported',
      configuration,
    })
  })

  test('nothing is thrown at, and what is refused changes nothing', () => {
    const good = encodeChange(changeOf(0, 'v4 r1', 'joint-implicit'))
    const damaged = fc
      .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 })
      .map((edits) => {
        const data = good.slice()
        for (const [at, byte] of edits) data[at] = byte
        return data
      })
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 80 })), (data) => {
        const configuration = started(3)
        const entry: Entry = { index: 5, term: 1, type: 'config', stampMs: 0, data }
        const result = changeConfiguration(configuration, entry)
        if (result.ok) expect(configurationFlaw(result.configuration)).toBeUndefined()
        else expect(result.configuration).toBe(configuration)
      }),
      { numRuns: 2000 },
    )
  })

  test('only a config entry is asked about', () => {
    const entry: Entry = { ...entryOf(changeOf(0, 'v4', 'auto'), 5), type: 'command' }
    expect(() => changeConfiguration(started(3), entry)).toThrow('config entry')
  })
})

// --- a slow model: one row for each id that ever was, by what it does in either half ---

interface ModelRow {
  incoming: boolean
  outgoing: boolean
  learns: 'no' | 'now' | 'later'
}

class Model {
  rows = new Map<number, ModelRow>()
  id = 0
  leavesItself = false

  constructor(configuration: Configuration) {
    for (const id of configuration.voters) this.#row(id).incoming = true
    for (const id of configuration.learners) this.#row(id).learns = 'now'
  }

  isJoint(): boolean {
    return [...this.rows.values()].some((row) => row.outgoing)
  }

  isThere(id: number): boolean {
    const row = this.rows.get(id)
    return row !== undefined && (row.incoming || row.outgoing || row.learns === 'now')
  }

  /** Every reason that speaks against the change; it is made when there is none. */
  objections(change: ConfigurationChange): Set<string> {
    const found = new Set<string>()
    if (change.expectedId !== this.id) found.add('stale-configuration')
    if (change.operations.length === 0) {
      if (!this.isJoint()) found.add('not-joint')
      return found
    }
    if (this.isJoint()) found.add('change-in-progress')
    const highest = Math.max(...this.rows.keys())
    const seen: number[] = []
    for (const { op, id } of change.operations) {
      const isNew = op === 'add-voter' || op === 'add-learner'
      if (seen.includes(id)) found.add('invalid-operation')
      seen.push(id)
      if (isNew && this.isThere(id)) found.add('already-member')
      if (isNew && !this.isThere(id) && id < highest) found.add('removed-id')
      if (isNew && !this.isThere(id) && id === highest) found.add('removed-id')
      if (!isNew && !this.isThere(id)) found.add('not-member')
      if (op === 'promote' && this.rows.get(id)?.learns !== 'now') found.add('not-learner')
      if (op === 'demote' && this.rows.get(id)?.learns === 'now') found.add('not-voter')
    }
    const after = this.copy()
    after.enter(change, 0)
    if (![...after.rows.values()].some((row) => row.incoming)) found.add('no-voter')
    return found
  }

  copy(): Model {
    const copied = new Model(initialConfiguration({ voters: [1] }))
    copied.rows = new Map([...this.rows].map(([id, row]) => [id, { ...row }]))
    copied.id = this.id
    return copied
  }

  enter(change: ConfigurationChange, index: number): void {
    const before = new Map([...this.rows].map(([id, row]) => [id, row.incoming]))
    for (const { op, id } of change.operations) {
      const row = this.#row(id)
      if (op === 'update') continue
      row.incoming = op === 'add-voter' || op === 'promote'
      row.learns = 'no'
      if (op === 'add-learner') row.learns = 'now'
      if (op === 'demote') row.learns = 'later'
    }
    let differ = 0
    for (const [id, row] of this.rows) if (row.incoming !== (before.get(id) ?? false)) differ += 1
    const isJoint = differ >= 2 || change.transition !== 'auto'
    for (const [id, row] of this.rows) {
      row.outgoing = isJoint && (before.get(id) ?? false)
      if (!isJoint && row.learns === 'later') row.learns = 'now'
    }
    this.leavesItself = isJoint && change.transition !== 'joint-explicit'
    this.id = index
  }

  leave(index: number): void {
    for (const row of this.rows.values()) {
      row.outgoing = false
      if (row.learns === 'later') row.learns = 'now'
    }
    this.leavesItself = false
    this.id = index
  }

  configuration(): Configuration {
    const those = (test: (row: ModelRow) => boolean) =>
      [...this.rows]
        .filter(([, row]) => test(row))
        .map(([id]) => id)
        .sort((a, b) => a - b)
    return {
      id: this.id,
      voters: those((row) => row.incoming),
      votersOutgoing: those((row) => row.outgoing),
      learners: those((row) => row.learns === 'now'),
      learnersNext: those((row) => row.learns === 'later'),
      autoLeave: this.leavesItself,
      highestId: Math.max(...this.rows.keys()),
    }
  }

  #row(id: number): ModelRow {
    const row = this.rows.get(id) ?? { incoming: false, outgoing: false, learns: 'no' }
    this.rows.set(id, row)
    return row
  }
}

const operation = fc.record({
  op: fc.constantFrom(...Object.values(operationNames)),
  // Counted from the highest id, so that new, present and removed ones all come up.
  back: fc.integer({ min: -2, max: 6 }),
})
const step = fc.record({
  isStale: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  isLeave: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
  transition: fc.constantFrom<Transition>('auto', 'auto', 'joint-implicit', 'joint-explicit'),
  operations: fc.array(operation, { minLength: 1, maxLength: 4 }),
})
const histories = fc.record({
  voters: fc.integer({ min: 1, max: 4 }),
  learners: fc.integer({ min: 0, max: 2 }),
  steps: fc.array(step, { minLength: 1, maxLength: 14 }),
})

type History = typeof histories extends fc.Arbitrary<infer T> ? T : never

/** Runs a history and calls `each` with what every step met and made. */
function replay(
  history: History,
  each: (before: Configuration, change: ConfigurationChange, result: ChangeResult) => void,
): void {
  const learners = Array.from({ length: history.learners }, (_, i) => history.voters + 1 + i)
  let configuration = started(history.voters, learners)
  for (const [i, { isStale, isLeave, transition, operations }] of history.steps.entries()) {
    const { highestId, id } = configuration
    const change: ConfigurationChange = {
      expectedId: isStale ? id + 1 : id,
      transition,
      operations: isLeave
        ? []
        : operations.map(({ op, back }) => ({ op, id: Math.max(1, highestId - back) })),
      context: Uint8Array.of(i),
    }
    const result = changeConfiguration(configuration, entryOf(change, 10 + i))
    each(configuration, change, result)
    configuration = result.configuration
  }
}

describe('random histories', () => {
  test('the slow model makes the same configurations and objects for the same reasons', () => {
    fc.assert(
      fc.property(histories, (history) => {
        let model: Model | undefined
        let index = 10
        replay(history, (before, change, result) => {
          model ??= new Model(before)
          const objections = model.objections(change)
          expect(result.ok ? 'made' : result.reason).toSatisfy((outcome: string) =>
            objections.size === 0 ? outcome === 'made' : objections.has(outcome),
          )
          if (result.ok && change.operations.length === 0) model.leave(index)
          else if (result.ok) model.enter(change, index)
          expect(result.configuration).toEqual(model.configuration())
          if (result.ok) expect(result.change).toEqual(change)
          index += 1
        })
      }),
      { numRuns: 1000 },
    )
  })

  test('any two majorities of consecutive configurations have a member in common', () => {
    fc.assert(
      fc.property(histories, (history) => {
        replay(history, (before, _change, { configuration }) => {
          const ids = [...new Set([...membersOf(before), ...membersOf(configuration)])]
          for (let chosen = 0; chosen < 1 << ids.length; chosen += 1) {
            const isIn = (id: number) => ((chosen >> ids.indexOf(id)) & 1) === 1
            // Two quorums can be apart only if some set and its complement both hold one.
            if (hasQuorum(before, isIn)) {
              expect(hasQuorum(configuration, (id) => !isIn(id))).toBe(false)
            }
          }
        })
      }),
      { numRuns: 300 },
    )
  })

  test('no id comes back, configurations stay sound, and their ids rise', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const gone = new Set<number>()
        replay(history, (before, _change, { ok, configuration }) => {
          expect(configurationFlaw(configuration)).toBeUndefined()
          expect(configuration.highestId).toBeGreaterThanOrEqual(before.highestId)
          if (ok) expect(configuration.id).toBeGreaterThan(before.id)
          for (const id of membersOf(before)) if (!isMember(configuration, id)) gone.add(id)
          for (const id of gone) expect(isRemoved(configuration, id)).toBe(true)
        })
      }),
    )
  })

  test('a joint configuration can always be left, and is simple then', () => {
    fc.assert(
      fc.property(histories, (history) => {
        replay(history, (_before, _change, { configuration }) => {
          if (!isJoint(configuration)) return
          const leave = changeOf(configuration.id, '', 'auto')
          expect(checkChange(configuration, leave)).toBeUndefined()
          const left = nextConfiguration(configuration, leave, 99)
          expect(isJoint(left)).toBe(false)
          expect(left.voters).toEqual(configuration.voters)
        })
      }),
    )
  })
})
