// Original file: dragonfly/common-v1.proto

export const TaskType = {
  Normal: 'Normal',
  DfCache: 'DfCache',
  DfStore: 'DfStore',
} as const;

export type TaskType =
  | 'Normal'
  | 0
  | 'DfCache'
  | 1
  | 'DfStore'
  | 2

export type TaskType__Output = typeof TaskType[keyof typeof TaskType]
