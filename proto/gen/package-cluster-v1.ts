export type * from './damselfly/cluster/v1/Cluster.ts'
export type * from './damselfly/cluster/v1/Member.ts'
export type * from './damselfly/cluster/v1/StatusReply.ts'
export type * from './damselfly/cluster/v1/StatusRequest.ts'
