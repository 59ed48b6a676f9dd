// Original file: dragonfly/dfdaemon-v1.proto

export const PeerState = {
  Unknown: 'Unknown',
  Running: 'Running',
  Success: 'Success',
  Failed: 'Failed',
  Deleted: 'Deleted',
} as const;

export type PeerState =
  | 'Unknown'
  | 0
  | 'Running'
  | 1
  | 'Success'
  | 2
  | 'Failed'
  | 3
  | 'Deleted'
  | 4

export type PeerState__Output = typeof PeerState[keyof typeof PeerState]
