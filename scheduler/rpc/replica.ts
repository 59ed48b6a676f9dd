// The replicated core as handlers use it: commands with answers or errors, linearizable reads.
import { Metadata, status } from '@grpc/grpc-js'
import { refusalError, StatusError } from '../../proto/index.ts'
import type { CommandDefinition, StateReader } from '../replication/index.ts'
import type { Leadership } from './leadership.ts'
import { leaderWaitMsMax } from './limits.ts'
import type { CommandPort, CommandRefusal, RaftPort, StatePort } from './ports.ts'
import type { Call } from './unary.ts'

export interface ReplicaDeps {
  readonly commands: CommandPort
  readonly raft: RaftPort
  readonly state: StatePort
  readonly leadership: Leadership
}

/** Every method rejects with the error its client should see. */
export class Replica {
  readonly #deps: ReplicaDeps

  constructor(deps: ReplicaDeps) {
    this.#deps = deps
  }

  /** The state as this member has it now. */
  get reader(): StateReader {
    return this.#deps.state.reader
  }

  get appliedIndex(): number {
    return this.#deps.state.appliedIndex
  }

  /**
   * Applies a command and returns its result, once this member has applied it. `actor`: who asked,
   * for the record.
   */
  async command<Body, Result>(
    call: Call,
    command: CommandDefinition<Body, Result>,
    body: Body,
    actor = '',
  ): Promise<Result> {
    const search = this.#leader(call)
    if (search !== undefined) await search
    const timeoutMs = call.remainingMs()
    if (timeoutMs <= 0) throw expiredError()
    const answer = await this.#deps.commands.propose(command, body, { timeoutMs, actor })
    if (answer.ok) return answer.result
    throw answer.reason === 'expired' ? expiredError() : refusalError(knownRefusal(answer.reason))
  }

  /** Waits until the state shows everything that was committed when the call came; the index. */
  async readIndex(call: Pick<Call, 'remainingMs'>): Promise<number> {
    const search = this.#leader(call)
    if (search !== undefined) await search
    const timeoutMs = Math.min(call.remainingMs(), leaderWaitMsMax)
    if (timeoutMs <= 0) throw expiredError()
    const read = await this.#deps.raft.readIndex({ timeoutMs })
    if (read.ok) return read.index
    // A read that was not confirmed in time was not confirmed by a leader.
    throw refusalError(read.reason === 'expired' ? 'not-leader' : read.reason)
  }

  /** Waits as `readIndex` does, unless the client asked for a stale read. */
  async fresh(call: Call): Promise<StateReader> {
    if (!call.isStale) await this.readIndex(call)
    return this.reader
  }

  /** Undefined when a leader is known, as nearly always: a wait would cost each call some turns. */
  #leader(call: Pick<Call, 'remainingMs'>): Promise<void> | undefined {
    const waitMs = Math.min(call.remainingMs(), leaderWaitMsMax)
    if (waitMs <= 0) throw expiredError()
    return this.#deps.leadership.hasLeader ? undefined : this.#untilLeader(waitMs)
  }

  async #untilLeader(waitMs: number): Promise<void> {
    if (!(await this.#deps.leadership.waitForLeader(waitMs))) throw refusalError('not-leader')
  }
}

/**
 * A call runs at one member no longer than `callMsMax`. Its client may wait longer, so that it is
 * told to ask again; one whose own deadline has passed hears nothing of this.
 */
function expiredError(): StatusError {
  const { code, message } = refusalError('expired')
  return new StatusError(status.UNAVAILABLE, message, new Metadata(), { code })
}

/** Limits and formats were checked before: their refusals here are our own mistakes. */
function knownRefusal(reason: CommandRefusal): Exclude<CommandRefusal, CommandBug> {
  return reason === 'limit' || reason === 'malformed' || reason === 'feature-off'
    ? 'internal'
    : reason
}

type CommandBug = 'limit' | 'malformed' | 'feature-off'
