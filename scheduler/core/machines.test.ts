import { describe, expect, it } from 'vitest'
import {
  isAvailableState,
  isSchedulableState,
  peerAfter,
  peerStates,
  sizeScopeOf,
  taskAfter,
  taskStates,
} from './index.ts'
import type { PeerEvent, TaskEvent } from './index.ts'

// One line per event: the states it is legal in, and where it leads.
const peerTable: [PeerEvent, string, string][] = [
  ['register-empty', 'Pending', 'ReceivedEmpty'],
  ['register-normal', 'Pending', 'ReceivedNormal'],
  ['download', 'ReceivedEmpty ReceivedTiny ReceivedSmall ReceivedNormal', 'Running'],
  [
    'download-back-to-source',
    'ReceivedEmpty ReceivedTiny ReceivedSmall ReceivedNormal Running',
    'BackToSource',
  ],
  [
    'succeed',
    'ReceivedEmpty ReceivedTiny ReceivedSmall ReceivedNormal Running BackToSource',
    'Succeeded',
  ],
  [
    'fail',
    'Pending ReceivedEmpty ReceivedTiny ReceivedSmall ReceivedNormal Running BackToSource Succeeded',
    'Failed',
  ],
  [
    'leave',
    'Pending ReceivedEmpty ReceivedTiny ReceivedSmall ReceivedNormal Running BackToSource Succeeded Failed',
    'Leave',
  ],
]

const taskTable: [TaskEvent, string, string][] = [
  ['download', 'Pending Succeeded Failed Leave', 'Running'],
  ['succeed', 'Running Failed Leave', 'Succeeded'],
  ['fail', 'Running', 'Failed'],
  ['leave', 'Pending Running Succeeded Failed', 'Leave'],
]

describe('the states of a peer', () => {
  it.each(peerTable)('%s is legal from exactly %s', (event, from, to) => {
    const legal = peerStates.filter((state) => peerAfter(state, event) !== undefined)
    expect(legal.join(' ')).toBe(from)
    for (const state of legal) expect(peerAfter(state, event)).toBe(to)
  })

  it('have frozen numbers', () => {
    expect(peerStates).toEqual([
      'Pending',
      'ReceivedEmpty',
      'ReceivedTiny',
      'ReceivedSmall',
      'ReceivedNormal',
      'Running',
      'BackToSource',
      'Succeeded',
      'Failed',
      'Leave',
    ])
    expect(taskStates).toEqual(['Pending', 'Running', 'Succeeded', 'Failed', 'Leave'])
  })

  it('allow serving from three and scheduling in two', () => {
    expect(peerStates.filter(isAvailableState)).toEqual(['Running', 'BackToSource', 'Succeeded'])
    expect(peerStates.filter(isSchedulableState)).toEqual(['ReceivedNormal', 'Running'])
  })
})

describe('the states of a task', () => {
  it.each(taskTable)('%s is legal from exactly %s', (event, from, to) => {
    const legal = taskStates.filter((state) => taskAfter(state, event) !== undefined)
    expect(legal.join(' ')).toBe(from)
    for (const state of legal) expect(taskAfter(state, event)).toBe(to)
  })
})

describe('the size scope', () => {
  it.each([
    [-1, 3, 'unknown'],
    [5, -1, 'unknown'],
    [0, 0, 'empty'],
    [1, 1, 'tiny'],
    [128, 1, 'tiny'],
    [129, 1, 'small'],
    [129, 2, 'normal'],
    [129, 0, 'normal'],
  ])('of %d bytes in %d pieces is %s', (contentLength, totalPieceCount, scope) => {
    expect(sizeScopeOf(contentLength, totalPieceCount)).toBe(scope)
  })
})
