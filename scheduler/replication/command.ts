// How commands are declared. The framework decodes, checks session, deadline and features, runs
// `apply` on an undoable transaction, keeps the result for re-sent commands and emits the events.
import { assert } from '../../base/index.ts'
import type { Random } from '../../base/index.ts'
import type { StateReader, Transaction } from './state-access.ts'
import type { AnyTable } from './table-definition.ts'
import type { FieldReader, Wire } from './wire.ts'

/** The member session a command came through. */
export interface SessionRef {
  /** Log index of the entry that opened it: unique for ever. What rows store as their owner. */
  readonly sessionId: number
  readonly replicaId: number
  /** 32 lower-case hex characters. */
  readonly bootId: string
}

/** Something watchers may care about. Domains define a union of these. */
export interface StateEvent {
  readonly type: string
}

/** All a command knows besides its body and the state. Deterministic, the same on every replica. */
export interface CommandContext {
  readonly index: number
  readonly term: number
  /** Position of the command in its entry, from 0. */
  readonly ordinal: number
  /** Cluster clock: what liveness and sessions use; never decreases. */
  readonly stampMs: number
  /** The leader's wall clock as people see it; never goes back in the state. */
  readonly wallMs: number
  readonly session: SessionRef
  /** Who asked; '' = the member itself. */
  readonly actor: string
  /** Natural id of the client operation; '' = none. */
  readonly opId: string
  /**
   * The commands before this one in its entry have done so much that it should do only what it must
   * and leave the rest to continuations. Never so for the first command of an entry.
   */
  readonly isEntryLong: boolean
  /** Hands an event to watchers once the command has been applied. */
  emit(event: StateEvent): void
  /** Generator seeded with (index, ordinal, label): the same on every replica. */
  random(label: string): Random
  /** Tells whether a feature is on (design 4.14). */
  isFeatureOn(name: string): boolean
  /**
   * Leaves the rest of a large job to further commands, which the leader proposes: stores a
   * continuation row of the named kind with its first cursor. Returns the continuation's id.
   */
  continueWith(kind: string, cursor: readonly Wire[]): string
}

/**
 * A kind of command. `apply` is synchronous and pure. Its result is plain data: null, booleans,
 * finite numbers, texts, bytes, arrays, and objects without undefined values.
 */
export interface CommandDefinition<Body, Result> {
  /** Frozen; 1 … 99 belong to the framework, 100 … 65535 to domains. */
  readonly kind: number
  /** Version of body and behaviour, from 1. Several versions of a kind are several definitions. */
  readonly kindVersion: number
  /** For people, kebab-case. */
  readonly name: string
  /** Feature that must be on; without it the command is refused with `feature-off`. */
  readonly feature?: string
  /** Body as fields. */
  encode(body: Body): readonly Wire[]
  /**
   * Inverse of `encode`; throws `WireFormatError` (by the reader) and the result is `malformed`.
   */
  decode(fields: FieldReader): Body
  apply(tx: Transaction, body: Body, context: CommandContext): Result
}

/** Any command, for lists of them. */
export type AnyCommand = CommandDefinition<unknown, unknown>

/** Why the framework refused a command: its state is unchanged. */
export type FrameworkRefusal =
  /** Its deadline (cluster time) had passed. */
  | 'expired'
  /** It threw; the same on every replica. Details are in the log of each member. */
  | 'internal'
  /** It passed one of its limits. */
  | 'limit'
  /** Its body does not decode, or it is not where its kind belongs. */
  | 'malformed'
  /** It needs a feature that is off. */
  | 'feature-off'

/** What applying a command yields. */
export type CommandOutcome<Result> =
  | { readonly ok: true; readonly result: Result; readonly index: number }
  | { readonly ok: false; readonly reason: FrameworkRefusal; readonly index: number }

/** Declares a command; exists for its type inference. */
export function defineCommand<Body, Result>(
  definition: CommandDefinition<Body, Result>,
): CommandDefinition<Body, Result> {
  return definition
}

/** A large job done in bounded steps by commands that the leader proposes. */
export interface ContinuationDefinition {
  /** Stored name. Frozen. */
  readonly kind: string
  /** Does one bounded step; returns the next cursor, or undefined when the job is done. */
  advance(
    tx: Transaction,
    cursor: FieldReader,
    context: CommandContext,
  ): readonly Wire[] | undefined
}

/** What a domain adds to the framework. */
export interface Domain {
  readonly tables: readonly AnyTable[]
  readonly commands: readonly AnyCommand[]
  readonly continuations: readonly ContinuationDefinition[]
  /**
   * Features a new cluster starts with. Frozen with a release: entry 1 must be the same bytes on
   * every initial member, whatever version each has.
   */
  readonly features: readonly string[]
  /** All features this program knows, those above and those of the framework included. */
  readonly supportedFeatures: readonly string[]
  /**
   * Called inside the command that closes a session (after its rows are gone). Must be bounded:
   * leave the work to `context.continueWith`.
   */
  sessionClosed(tx: Transaction, session: SessionRef, context: CommandContext): void
  /** Cluster time of the next thing that expires; undefined when nothing will. */
  nextExpiryMs(state: StateReader): number | undefined
  /** Commands (at most `limit`) that remove what has expired at `nowMs`; apply checks again. */
  expireCommands(state: StateReader, nowMs: number, limit: number): readonly CommandRequest[]
}

/** A command with its body, ready to be proposed. */
export interface CommandRequest {
  readonly command: AnyCommand
  readonly body: unknown
}

/** Pairs a command with a body of its type. */
export function commandRequest<Body, Result>(
  command: CommandDefinition<Body, Result>,
  body: Body,
): CommandRequest {
  assert(command.kind >= 1, 'a command kind is at least 1')
  return { command, body }
}
