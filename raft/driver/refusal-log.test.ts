import { expect, test } from 'vitest'
import { nullLogger } from '../../base/index.ts'
import { refusalLogsMax } from './limits.ts'
import { RefusalLog } from './refusal-log.ts'

function logged() {
  const lines: unknown[] = []
  const warn = (fields: unknown): void => void lines.push(fields)
  return { lines, log: new RefusalLog({ ...nullLogger, warn }) }
}

test('each pair of sender and reason is logged once', () => {
  const { lines, log } = logged()
  for (let i = 0; i < 3; i += 1) {
    log.note(4, 'removed-sender')
    log.note(5, 'removed-sender')
    log.note(4, 'unknown-sender')
  }
  expect(lines).toEqual([
    { from: 4, reason: 'removed-sender' },
    { from: 5, reason: 'removed-sender' },
    { from: 4, reason: 'unknown-sender' },
  ])
})

test('what happens in any healthy group is not logged', () => {
  const { lines, log } = logged()
  log.note(2, 'stale-term')
  log.note(2, 'leader-alive')
  log.note(2, 'unexpected')
  expect(lines).toEqual([])
})

test('made-up senders do not fill the log', () => {
  const { lines, log } = logged()
  for (let id = 1; id <= refusalLogsMax + 10; id += 1) log.note(id, 'wrong-target')
  expect(lines).toHaveLength(refusalLogsMax)
})
