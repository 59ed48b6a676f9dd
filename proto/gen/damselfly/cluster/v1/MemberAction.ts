// Original file: damselfly/cluster.proto

export const MemberAction = {
  MEMBER_ACTION_UNSPECIFIED: 'MEMBER_ACTION_UNSPECIFIED',
  PROMOTE: 'PROMOTE',
  REMOVE: 'REMOVE',
  REPLACE: 'REPLACE',
  DECOMMISSION: 'DECOMMISSION',
  HIDE: 'HIDE',
  SHOW: 'SHOW',
  DRAIN: 'DRAIN',
  UNDRAIN: 'UNDRAIN',
  TRANSFER_LEADER: 'TRANSFER_LEADER',
} as const;

export type MemberAction =
  | 'MEMBER_ACTION_UNSPECIFIED'
  | 0
  | 'PROMOTE'
  | 1
  | 'REMOVE'
  | 2
  | 'REPLACE'
  | 3
  | 'DECOMMISSION'
  | 4
  | 'HIDE'
  | 5
  | 'SHOW'
  | 6
  | 'DRAIN'
  | 7
  | 'UNDRAIN'
  | 8
  | 'TRANSFER_LEADER'
  | 9

export type MemberAction__Output = typeof MemberAction[keyof typeof MemberAction]
