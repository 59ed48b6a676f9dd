// What a replica is made from, and what it shows of itself.
import type { Clock, Logger, Random, Transport } from '../../base/index.ts'
import type { Message } from '../core/message.ts'
import type { RaftOptions } from '../core/options.ts'
import type { RaftStatus } from '../core/status.ts'
import type { Images } from '../images.ts'
import type { LogStorage } from '../log-storage.ts'
import type { RaftFatalError } from './errors.ts'
import type { DigestMismatch } from './outcomes.ts'
import type { StateMachine } from './state-machine.ts'

/** The ports around a replica. */
export interface RaftNodeDeps {
  readonly clock: Clock
  /** Another one for every life of a member: request ids start from it and must not repeat. */
  readonly random: Random
  readonly logger: Logger
  /** Closed by whoever made it, after `stop`. */
  readonly transport: Transport<Message>
  /** Closed by whoever made it, after `stop`. */
  readonly log: LogStorage
  readonly stateMachine: StateMachine
  /**
   * Copies the whole state to members that the log cannot help any more, and takes such copies.
   * @default none: the log is kept for whoever is away, and who needs more than it holds waits
   */
  readonly images?: Images
  /**
   * Runs a turn soon, so that inputs of the same moment share it. A server passes the host's
   * "after this callback", so that what the turn sends leaves with this round of IO.
   * @default a microtask
   */
  readonly defer?: (run: () => void) => void
  /**
   * Runs what may wait for others: further pieces of a long apply, and commit indexes that the next
   * entries may take along. A server passes the host's "after this round of IO".
   * @default `defer`; without that as well, a microtask or a timer
   */
  readonly deferLater?: (run: () => void) => void
}

/** Who a replica is, where it starts, how it is timed, and who hears of its end. */
export interface RaftNodeOptions extends Omit<RaftOptions, 'tickMsMax'> {
  /** Pause between ticks. @default 50 */
  readonly tickMs?: number
  /** Applied entries kept in the log for members that come back. @default 10000 */
  readonly retainEntries?: number
  /** Bytes of applied entries kept likewise; the smaller of the two counts. @default 64 MiB */
  readonly retainBytes?: number
  /**
   * Bytes of entries kept while an image is on its way to a member that needs them afterwards;
   * beyond it the image is given up. @default imageRetainBytesMax (256 MiB)
   */
  readonly imageRetainBytes?: number
  /**
   * Bytes of images that leave in a second, at least `imageBytesPerSecondMin`.
   * @default imageBytesPerSecondDefault (100 MiB)
   */
  readonly imageBytesPerSecond?: number
  /** The replica has stopped for good; called once. The process should record it and exit. */
  readonly onFatal: (error: RaftFatalError) => void
  /**
   * The group has removed this replica, which takes no part any more; called once. Its process
   * should say so and end: this id never comes back.
   */
  readonly onRemoved?: () => void
  /** On a leader: replicas disagree about the state. @default nobody is told */
  readonly onDigestMismatch?: (mismatch: DigestMismatch) => void
}

/** What `RaftNode.status` shows. */
export interface RaftNodeStatus extends RaftStatus {
  readonly lifecycle: 'created' | 'running' | 'stopping' | 'stopped' | 'removed' | 'failed'
  /** Since it heard from its leader or, leading, from a majority; since its start when never. */
  readonly leaderContactAgeMs: number
}
