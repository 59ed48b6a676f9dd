// Words of the scheduler and the numbers they are stored under. Numbers are frozen: they appear in
// rows, commands and the log. The texts of states are those both wire protocols use.

/** State of a peer: one download of one task on one host. */
export type PeerState =
  | 'Pending'
  | 'ReceivedEmpty'
  | 'ReceivedTiny'
  | 'ReceivedSmall'
  | 'ReceivedNormal'
  | 'Running'
  | 'BackToSource'
  | 'Succeeded'
  | 'Failed'
  | 'Leave'

/** Every peer state at the place of its stored number. */
export const peerStates: readonly PeerState[] = [
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
]

/** State of a task: what is known about one piece of content. */
export type TaskState = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Leave'

/** Every task state at the place of its stored number. */
export const taskStates: readonly TaskState[] = [
  'Pending',
  'Running',
  'Succeeded',
  'Failed',
  'Leave',
]

/** Kind of a task; API v1 Normal, DfStore and DfCache are the first three. */
export type TaskType = 'standard' | 'persistent' | 'persistent-cache' | 'cache'

/** Every task type at the place of its stored number, which is also API v2's. */
export const taskTypes: readonly TaskType[] = [
  'standard',
  'persistent',
  'persistent-cache',
  'cache',
]

/** Generation of the API a peer's stream speaks. */
export type StreamApi = 1 | 2

/** Kind of a host; a seed host fetches from the source when the scheduler asks it to. */
export type HostType = 'normal' | 'super'

/** Every host type at the place of its stored number, which is also both wire protocols'. */
export const hostTypes: readonly HostType[] = ['normal', 'super']

/** Urgency of a download: 0 (unset) … 6, see `firstDownload`. */
export type Priority = 0 | 1 | 2 | 3 | 4 | 5 | 6

/** How large a task is, in the protocols' terms. */
export type SizeScope = 'normal' | 'small' | 'tiny' | 'empty' | 'unknown'
