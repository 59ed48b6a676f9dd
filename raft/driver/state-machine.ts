// What the driver replicates for. Everything here is synchronous: a replica that waits while it
// applies would answer heartbeats late and lose its leadership for no reason.
import type { Configuration } from '../core/configuration.ts'
import type { Entry } from '../core/entry.ts'
import type { DigestMark } from '../core/message.ts'

/** The replicated state behind one replica. */
export interface StateMachine {
  /**
   * Applies committed entries in order, each exactly once, starting right after the index the
   * replica was opened with. Returns one result per entry; undefined for entries of type `noop`.
   * Entries are much work or little, and only the machine can stop between two of them: once
   * `isTimeUp`, it may return the results of those it has applied, one at least; the rest comes
   * again.
   * Throwing anything is fail-stop (`RAFT_APPLY_FAILED`): refusals are results. An error whose code
   * ends with `UNSUPPORTED_COMMAND` says that this program is too old for the log
   * (`RAFT_UNSUPPORTED_COMMAND`).
   */
  apply(entries: readonly Entry[], isTimeUp: () => boolean): readonly unknown[]
  /**
   * The members as the applied state has them: the only source of truth. Entries of type
   * `config` change it through `changeConfiguration` and by nothing else; their result is what that
   * returned.
   */
  configuration(): Configuration
  /** Index up to which the state survives a crash without the log; never above the applied one. */
  durableIndex(): number
  /** The newest stored digest; index 0 before the first. */
  digestMark(): DigestMark
  /** True while the state cannot take more, for example because flushing it lags behind. */
  isOverloaded(): boolean
  /**
   * Called on the leader right before `data` enters its log, for what only the leader may set (its
   * wall clock). May change `data` in place and return it.
   */
  stamp?(data: Uint8Array): Uint8Array
}
