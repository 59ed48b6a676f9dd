export type * from './google/rpc/Status.ts'
