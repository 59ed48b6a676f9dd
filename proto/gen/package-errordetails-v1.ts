export type * from './errordetails/SourceError.ts'
