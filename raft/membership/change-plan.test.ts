import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { promotionLagEntriesMax } from '../core/change-admission.ts'
import { initialConfiguration, isJoint } from '../core/configuration.ts'
import { nextConfiguration, wouldLoseQuorum } from '../core/configuration-change.ts'
import type { Configuration } from '../core/configuration.ts'
import { planMemberChange } from './change-plan.ts'
import type { ChangePlan, MemberAction, MembersView } from './member-plan.ts'

interface Picture {
  readonly leaderId?: number
  readonly isChanging?: boolean
  /** @default everyone */
  readonly active?: readonly number[]
  readonly lags?: Readonly<Record<number, number | undefined>>
  readonly states?: Readonly<Record<number, string>>
  readonly names?: Readonly<Record<number, string>>
  readonly versions?: Readonly<Record<number, string>>
}

function view(picture: Picture = {}): MembersView {
  const {
    leaderId = 1,
    isChanging = false,
    active,
    lags = {},
    states = {},
    names = {},
    versions = {},
  } = picture
  return {
    leaderId,
    isChanging,
    isActive: (id) => id === leaderId || (active ?? [id]).includes(id),
    lagOf: (id) => (id in lags ? lags[id] : 0),
    stateOf: (id) => states[id] ?? 'online',
    nameOf: (id) => names[id] ?? `s${id}`,
    versionOf: (id) => versions[id] ?? '1.0.0',
  }
}

const three = initialConfiguration({ voters: [1, 2, 3] })
const threeAndLearner = initialConfiguration({ voters: [1, 2, 3], learners: [4] })
const four = initialConfiguration({ voters: [1, 2, 3, 4] })
const jointOne: Configuration = {
  ...initialConfiguration({ voters: [1, 2, 4] }),
  votersOutgoing: [1, 2, 3],
  autoLeave: true,
  highestId: 4,
}

const plan = (
  configuration: Configuration,
  action: MemberAction,
  id: number,
  picture: Picture & { readonly by?: number } = {},
): ChangePlan => planMemberChange(configuration, { action, id, by: picture.by ?? 0 }, view(picture))

function good(made: ChangePlan): Extract<ChangePlan, { ok: true }> {
  if (!made.ok) throw new Error(`refused: ${made.reason}: ${made.text}`)
  return made
}

const reasonOf = (made: ChangePlan): string => (made.ok ? 'none' : made.reason)

describe('promote', () => {
  test('a learner that has caught up becomes a voter; four tolerate the same as three', () => {
    const made = good(plan(threeAndLearner, 'promote', 4))
    expect(made.acts).toEqual([{ act: 'change', operations: [{ op: 'promote', id: 4 }] }])
    expect(made.steps).toEqual(['Make s4 a voter.'])
    expect(made.warnings).toEqual(['4 voters tolerate the same as 3.'])
    expect(made.before).toEqual({ voters: 3, quorum: 2, active: 3, canLose: 1 })
    expect(made.after).toEqual({ voters: 4, quorum: 3, active: 4, canLose: 1 })
  })

  test.each([
    { why: 'a voter', id: 2, picture: {}, reason: 'not-learner' },
    { why: 'nobody', id: 9, picture: {}, reason: 'member-not-found' },
    { why: 'a silent learner', id: 4, picture: { active: [2, 3] }, reason: 'learner-not-ready' },
    {
      why: 'a learner too far behind',
      id: 4,
      picture: { lags: { 4: promotionLagEntriesMax + 1 } },
      reason: 'learner-not-ready',
    },
    {
      why: 'a learner not heard in this term',
      id: 4,
      picture: { lags: { 4: undefined } },
      reason: 'learner-not-ready',
    },
    {
      why: 'during another change',
      id: 4,
      picture: { isChanging: true },
      reason: 'change-in-progress',
    },
  ])('R-12.1 refuses $why', ({ id, picture, reason }) => {
    expect(reasonOf(plan(threeAndLearner, 'promote', id, picture))).toBe(reason)
  })

  test('one of another version is taken with a warning', () => {
    const lonely = initialConfiguration({ voters: [1, 2], learners: [3] })
    const made = good(plan(lonely, 'promote', 3, { versions: { 3: '1.1.0', 2: '0.9.0' } }))
    expect(made.warnings).toEqual(['s3 runs version 1.1.0, its leader 1.0.0.'])
    expect(good(plan(lonely, 'promote', 3, { versions: { 3: '' } })).warnings).toEqual([])
  })

  test('R-12.1 takes one that is just near enough', () => {
    const lags = { 4: promotionLagEntriesMax }
    expect(plan(threeAndLearner, 'promote', 4, { lags }).ok).toBe(true)
  })

  test('R-11.6 refuses a voter more where the quorum would grow beyond who is active', () => {
    const made = plan(initialConfiguration({ voters: [1, 2, 3], learners: [4] }), 'promote', 4, {
      active: [4],
    })
    expect(reasonOf(made)).toBe('would-lose-quorum')
    expect(made).toMatchObject({
      text: 'of 4 voters afterwards 2 would be active, and 3 are needed',
    })
  })
})

describe('remove', () => {
  test('an active follower', () => {
    const made = good(plan(three, 'remove', 3))
    expect(made.acts).toEqual([{ act: 'change', operations: [{ op: 'remove', id: 3 }] }])
    expect(made.after).toEqual({ voters: 2, quorum: 2, active: 2, canLose: 0 })
    expect(made.warnings).toEqual([
      '2 voters tolerate the same as 1.',
      'Afterwards writes stop when any one active voter fails.',
    ])
  })

  test('R-11.6 a dead one may always go', () => {
    const made = good(plan(three, 'remove', 3, { active: [2] }))
    expect(made.before).toMatchObject({ voters: 3, active: 2, canLose: 0 })
    expect(made.after).toMatchObject({ voters: 2, active: 2, canLose: 0 })
  })

  test('R-11.6 not one that the quorum needs', () => {
    expect(reasonOf(plan(three, 'remove', 2, { active: [2] }))).toBe('would-lose-quorum')
    expect(reasonOf(plan(four, 'remove', 2, { active: [2] }))).toBe('would-lose-quorum')
  })

  test('R-11.8 a leader hands over first, to the most up-to-date voter clients may see', () => {
    const picture = { lags: { 2: 7, 3: 2, 4: 0 }, states: { 4: 'hidden' } }
    const made = good(plan(four, 'remove', 1, picture))
    expect(made.acts).toEqual([
      { act: 'transfer', to: 3 },
      { act: 'change', operations: [{ op: 'remove', id: 1 }] },
    ])
    expect(made.steps[0]).toBe('Hand leadership from s1 to s3.')
  })

  test('never the last voter, but a learner beside it', () => {
    const lonely = initialConfiguration({ voters: [1], learners: [2] })
    expect(reasonOf(plan(lonely, 'remove', 1))).toBe('last-voter')
    expect(good(plan(lonely, 'remove', 2)).after).toMatchObject({ voters: 1, canLose: 0 })
  })

  test('R-11.2 one change at a time', () => {
    expect(reasonOf(plan(three, 'remove', 3, { isChanging: true }))).toBe('change-in-progress')
    expect(reasonOf(plan(jointOne, 'remove', 3))).toBe('change-in-progress')
  })

  test('tells of a voter that stays and is silent', () => {
    const five = initialConfiguration({ voters: [1, 2, 3, 4, 5] })
    const made = good(plan(five, 'remove', 5, { active: [2, 3, 5] }))
    expect(made.warnings).toContain('s4 does not answer its leader now.')
  })
})

describe('replace', () => {
  const names = { 2: 's2', 4: 's2' }

  test('the learner of the same host takes the place in one joint change', () => {
    const made = good(plan(threeAndLearner, 'replace', 2, { names, active: [3, 4] }))
    expect(made.acts).toEqual([
      {
        act: 'change',
        operations: [
          { op: 'remove', id: 2 },
          { op: 'promote', id: 4 },
        ],
      },
    ])
    expect(made.after).toEqual({ voters: 3, quorum: 2, active: 3, canLose: 1 })
    expect(made.warnings).toEqual([])
  })

  test('another host takes the place when it is named', () => {
    expect(good(plan(threeAndLearner, 'replace', 3, { by: 4 })).steps).toEqual([
      'Take s3 (3) out and make s4 (4) a voter, in one step; s3 stays out.',
    ])
  })

  test.each([
    { why: 'nobody runs on the host', id: 3, picture: {}, reason: 'no-replacement' },
    { why: 'the successor is no member', id: 3, picture: { by: 8 }, reason: 'member-not-found' },
    { why: 'the successor votes', id: 3, picture: { by: 2 }, reason: 'not-learner' },
    { why: 'who goes is a learner', id: 4, picture: { by: 4 }, reason: 'not-voter' },
    {
      why: 'the successor lags',
      id: 3,
      picture: { by: 4, lags: { 4: 5000 } },
      reason: 'learner-not-ready',
    },
  ])('refused when $why', ({ id, picture, reason }) => {
    expect(reasonOf(plan(threeAndLearner, 'replace', id, picture))).toBe(reason)
  })
})

describe('decommission', () => {
  test('drains, waits, hands over, removes', () => {
    const acts = good(plan(three, 'decommission', 1)).acts.map(({ act }) => act)
    expect(acts).toEqual(['set-state', 'transfer', 'wait-drained', 'change'])
  })

  test('a draining one goes on where it was', () => {
    const made = good(plan(three, 'decommission', 3, { states: { 3: 'draining' } }))
    expect(made.acts.map(({ act }) => act)).toEqual(['wait-drained', 'change'])
  })

  test('whoever is silent or hidden has nothing to drain', () => {
    const silent = good(plan(three, 'decommission', 3, { active: [2], states: { 3: 'fail' } }))
    expect(silent.acts.map(({ act }) => act)).toEqual(['change'])
    const hidden = good(plan(three, 'decommission', 3, { states: { 3: 'hidden' } }))
    expect(hidden.acts.map(({ act }) => act)).toEqual(['change'])
  })

  test('a learner is not the last one clients see', () => {
    const lonely = initialConfiguration({ voters: [1], learners: [2] })
    expect(plan(lonely, 'decommission', 2).ok).toBe(true)
  })

  test('is refused before anything is drained when the quorum would be lost', () => {
    expect(reasonOf(plan(three, 'decommission', 2, { active: [2] }))).toBe('would-lose-quorum')
  })
})

describe('node states', () => {
  test.each([
    { action: 'hide', state: 'online', to: 'hidden' },
    { action: 'hide', state: 'draining', to: 'hidden' },
    { action: 'hide', state: 'fail', to: 'hidden' },
    { action: 'drain', state: 'online', to: 'draining' },
    { action: 'show', state: 'hidden', to: 'loading' },
    { action: 'undrain', state: 'draining', to: 'loading' },
  ] as const)('$action makes $state $to', ({ action, state, to }) => {
    const made = good(plan(three, action, 3, { states: { 3: state } }))
    expect(made.acts).toMatchObject([{ act: 'set-state', id: 3, to }])
    expect(made.after).toEqual(made.before)
    expect(made.steps).toHaveLength(1)
  })

  test.each([
    { action: 'hide', state: 'hidden' },
    { action: 'drain', state: 'draining' },
    { action: 'show', state: 'online' },
    { action: 'undrain', state: 'loading' },
  ] as const)('$action of a member that is $state does nothing', ({ action, state }) => {
    expect(good(plan(three, action, 3, { states: { 3: state } })).acts).toEqual([])
  })

  test.each([
    { action: 'show', state: 'draining', use: 'undrain' },
    { action: 'undrain', state: 'hidden', use: 'show' },
    { action: 'drain', state: 'hidden', use: 'show' },
  ] as const)('$action of a member that is $state is refused', ({ action, state, use }) => {
    const made = plan(three, action, 3, { states: { 3: state } })
    expect(made).toMatchObject({
      ok: false,
      reason: 'wrong-state',
      text: `s3 is ${state}: use ${use}`,
    })
  })

  test('a leader that hides hands over', () => {
    expect(good(plan(three, 'hide', 1, { lags: { 2: 4 } })).acts.slice(1)).toEqual([
      { act: 'transfer', to: 3 },
    ])
  })

  test('somebody always stays in sight', () => {
    const states = { 1: 'hidden', 2: 'draining' }
    expect(reasonOf(plan(three, 'hide', 3, { states }))).toBe('last-visible')
    expect(reasonOf(plan(three, 'drain', 3, { states }))).toBe('last-visible')
    // A voter in sight that loads or fails is one to go to later.
    const failing = { 1: 'hidden', 2: 'fail' }
    expect(plan(three, 'hide', 3, { states: failing }).ok).toBe(true)
  })

  test('they may change while the members do', () => {
    expect(plan(jointOne, 'hide', 2).ok).toBe(true)
  })
})

describe('transfer-leader', () => {
  test('to whom it is asked, to the best, to itself', () => {
    expect(good(plan(three, 'transfer-leader', 2)).acts).toEqual([{ act: 'transfer', to: 2 }])
    const best = good(plan(three, 'transfer-leader', 0, { lags: { 2: 3 } }))
    expect(best.acts).toEqual([{ act: 'transfer', to: 3 }])
    expect(good(plan(three, 'transfer-leader', 1)).acts).toEqual([])
  })

  test.each([
    { why: 'a learner', id: 4, picture: {}, reason: 'not-voter' },
    { why: 'a silent voter', id: 2, picture: { active: [3] }, reason: 'member-silent' },
    { why: 'a hidden voter', id: 2, picture: { states: { 2: 'hidden' } }, reason: 'wrong-state' },
    { why: 'nobody who answers', id: 0, picture: { active: [4] }, reason: 'no-transfer-target' },
    { why: 'a stranger', id: 7, picture: {}, reason: 'member-not-found' },
  ])('not to $why', ({ id, picture, reason }) => {
    expect(reasonOf(plan(threeAndLearner, 'transfer-leader', id, picture))).toBe(reason)
  })
})

test('R-11.6 no plan leaves fewer active voters than a quorum, or nobody', () => {
  const actions: MemberAction[] = ['promote', 'remove', 'replace', 'decommission']
  const cases = fc.record({
    voters: fc.integer({ min: 1, max: 7 }),
    learners: fc.integer({ min: 0, max: 2 }),
    active: fc.uniqueArray(fc.integer({ min: 1, max: 9 })),
    action: fc.constantFrom(...actions),
    id: fc.integer({ min: 1, max: 9 }),
    by: fc.integer({ min: 0, max: 9 }),
  })
  const ids = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)
  fc.assert(
    fc.property(cases, ({ voters, learners, active, action, id, by }) => {
      const list = { voters: ids(1, voters), learners: ids(voters + 1, learners) }
      const configuration = initialConfiguration(list)
      const made = plan(configuration, action, id, { active, by })
      if (!made.ok) return
      const picture = view({ active })
      for (const act of made.acts) {
        if (act.act !== 'change') continue
        const { operations } = act
        const frame = { transition: 'auto', context: new Uint8Array(0), operations } as const
        const change = { ...frame, expectedId: configuration.id }
        expect(wouldLoseQuorum(configuration, change, (who) => picture.isActive(who))).toBe(false)
        expect(nextConfiguration(configuration, change, 5).voters.length).toBeGreaterThan(0)
        expect(isJoint(nextConfiguration(configuration, change, 5))).toBe(action === 'replace')
      }
      expect(made.after.active).toBeGreaterThanOrEqual(made.after.quorum)
    }),
  )
})
