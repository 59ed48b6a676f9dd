export type * from './damselfly/raft/v1/Frame.ts'
export type * from './damselfly/raft/v1/ProbeReply.ts'
export type * from './damselfly/raft/v1/ProbeRequest.ts'
export type * from './damselfly/raft/v1/Raft.ts'
