/** Whose log it is; written into every segment. */
export interface LogIdentity {
  /** 32 lower-case hex characters. */
  readonly clusterId: string
  /** Safe integer from 1. */
  readonly replicaId: number
  /** 32 lower-case hex characters. */
  readonly incarnation: string
}
