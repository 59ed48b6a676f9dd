// The life of a peer: one status, one place that changes it. What a change entails (edges, slots,
// counters) is done by whoever applies it.
import type { PeerState } from './vocabulary.ts'

/** What happens to a peer. */
export type PeerEvent =
  | 'register-empty'
  | 'register-normal'
  | 'download'
  | 'download-back-to-source'
  | 'succeed'
  | 'fail'
  | 'leave'

const received: readonly PeerState[] = [
  'ReceivedEmpty',
  'ReceivedTiny',
  'ReceivedSmall',
  'ReceivedNormal',
]

const unfinished: readonly PeerState[] = [...received, 'Running', 'BackToSource']

const transitions: Record<PeerEvent, { from: readonly PeerState[]; to: PeerState }> = {
  'register-empty': { from: ['Pending'], to: 'ReceivedEmpty' },
  'register-normal': { from: ['Pending'], to: 'ReceivedNormal' },
  download: { from: received, to: 'Running' },
  'download-back-to-source': { from: [...received, 'Running'], to: 'BackToSource' },
  succeed: { from: unfinished, to: 'Succeeded' },
  fail: { from: ['Pending', ...unfinished, 'Succeeded'], to: 'Failed' },
  leave: {
    from: ['Pending', ...unfinished, 'Succeeded', 'Failed'],
    to: 'Leave',
  },
}

/** The state after `event`; undefined when the event is not legal in `state`. */
export function peerAfter(state: PeerState, event: PeerEvent): PeerState | undefined {
  const transition = transitions[event]
  return transition.from.includes(state) ? transition.to : undefined
}

/** Tells whether a peer in this state can hold pieces that others may fetch. */
export function isAvailableState(state: PeerState): boolean {
  return state === 'Running' || state === 'BackToSource' || state === 'Succeeded'
}

/** Tells whether a peer in this state may be given parents. */
export function isSchedulableState(state: PeerState): boolean {
  return state === 'ReceivedNormal' || state === 'Running'
}
