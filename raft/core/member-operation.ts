// What a caller asks to change about the membership.

/**
 * One step of a change, by replicaId:
 * - `add-voter`, `add-learner`: admits a new replica; ids rise and are never used again;
 * - `promote`: makes a learner a voter; `demote`: makes a voter a learner;
 * - `remove`: takes a member out for good;
 * - `update`: changes nothing here, it carries `context` (a new address, say).
 */
export interface MemberOperation {
  readonly op: 'add-voter' | 'add-learner' | 'promote' | 'demote' | 'remove' | 'update'
  readonly id: number
}

/** Data of an entry of type `config`. */
export interface ConfigurationChange {
  /** `Configuration.id` the caller saw: the change is refused when it is another one by now. */
  readonly expectedId: number
  /**
   * `auto`: simple when at most one voter differs, else joint and left by itself; the others go
   * through a joint configuration in any case. Without operations: leave the joint configuration.
   */
  readonly transition: 'auto' | 'joint-implicit' | 'joint-explicit'
  readonly operations: readonly MemberOperation[]
  /** For the state machine; the core does not look at it. At most `changeContextBytesMax`. */
  readonly context: Uint8Array
}

/** Most operations in one change. */
export const changeOperationsMax = 16

/** Largest `context`. */
export const changeContextBytesMax = 65_536
