import { describe, expect, test } from 'vitest'
import { initialConfiguration } from '../core/configuration.ts'
import { planAdmission, planReplacement, replacedSilenceMs } from './replacement.ts'
import type { OldReplica } from './replacement.ts'

const configuration = initialConfiguration({ voters: [1, 2, 3], learners: [4] })
const old = (id: number, fields: Partial<OldReplica> = {}): OldReplica => ({
  id,
  isAddressTaken: false,
  silentMs: 0,
  ...fields,
})

describe('admission', () => {
  test('a new host gets the next id', () => {
    expect(planAdmission(configuration, [])).toEqual({
      action: 'change',
      id: 5,
      operations: [{ op: 'add-learner', id: 5 }],
    })
  })

  test('J09 a voter whose place is taken stays until the new replica has caught up', () => {
    expect(planAdmission(configuration, [old(3, { isAddressTaken: true })])).toMatchObject({
      operations: [{ op: 'add-learner', id: 5 }],
    })
  })

  test('J08 a learner whose place is taken leaves in the same step', () => {
    expect(planAdmission(configuration, [old(4, { isAddressTaken: true })])).toMatchObject({
      operations: [
        { op: 'remove', id: 4 },
        { op: 'add-learner', id: 5 },
      ],
    })
  })

  test.each([
    ['J24 who is heard is not replaced', {}, 'refuse'],
    ['who fell silent is waited for', { silentMs: replacedSilenceMs - 1 }, 'wait'],
    ['who was silent for long is replaced', { silentMs: replacedSilenceMs }, 'change'],
    ['nor is who runs no more', { isAddressTaken: true }, 'change'],
  ] as const)('%s', (_title, fields, action) => {
    expect(planAdmission(configuration, [old(3, fields)]).action).toBe(action)
  })

  test('one that is heard is enough to refuse', () => {
    const replicas = [old(3, { silentMs: 1 }), old(2)]
    expect(planAdmission(configuration, replicas)).toEqual({ action: 'refuse' })
  })
})

describe('promotion', () => {
  test('a new host becomes a voter more', () => {
    expect(planReplacement(configuration, 4, [])).toEqual({
      action: 'change',
      operations: [{ op: 'promote', id: 4 }],
      voters: 4,
    })
  })

  test('J09 the old replica of the host leaves in the same change', () => {
    expect(planReplacement(configuration, 4, [old(3, { isAddressTaken: true })])).toEqual({
      action: 'change',
      operations: [
        { op: 'promote', id: 4 },
        { op: 'remove', id: 3 },
      ],
      voters: 3,
    })
  })

  test('J11 who came back meanwhile is not replaced', () => {
    expect(planReplacement(configuration, 4, [old(3)])).toEqual({ action: 'wait' })
    const silent = old(3, { silentMs: replacedSilenceMs - 1 })
    expect(planReplacement(configuration, 4, [silent])).toEqual({ action: 'wait' })
  })
})
