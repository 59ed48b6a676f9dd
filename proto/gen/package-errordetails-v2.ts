export type * from './errordetails/v2/Backend.ts'
export type * from './errordetails/v2/Unknown.ts'
