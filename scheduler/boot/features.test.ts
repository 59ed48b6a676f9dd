import { expect, test } from 'vitest'
import { schedulerDomain } from '../replication/commands/index.ts'
import { supportedFeatures } from './features.ts'

test('a member knows all features of its program but those it holds back', () => {
  expect(supportedFeatures([])).toEqual(schedulerDomain.supportedFeatures)
  expect(supportedFeatures(['member-progress'])).not.toContain('member-progress')
})

test('a misspelt feature is an error that names the right ones', () => {
  expect(() => supportedFeatures(['member-progres'])).toThrow(
    /member-progres" is no feature.*member-progress/,
  )
})
