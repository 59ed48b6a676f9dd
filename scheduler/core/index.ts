export * from './limits.ts'
export { hostTypes, peerStates, taskStates, taskTypes } from './vocabulary.ts'
export type { HostType, PeerState, Priority, SizeScope, TaskState, TaskType } from './vocabulary.ts'
