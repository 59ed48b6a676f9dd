// How simulated dfdaemons reach members: over a little time, through a process that may be paused
// or gone, and with a patience of their own.
import type { Random } from '../../../base/index.ts'
import type { CommandDefinition, ReplicatedState } from '../../../scheduler/replication/index.ts'
import type { MemberProcess, ServingParts } from '../process.ts'
import type { World } from '../world.ts'

/** Longest way of a message between a dfdaemon and a member, ms. */
const wayMsMax = 20

/** What became of a call. */
export type CallEnd<Result> =
  | { readonly ok: true; readonly result: Result; readonly index: number }
  | { readonly ok: false; readonly reason: string }

/** A call and how long its client waits. */
export interface MemberCall<Body, Result> {
  readonly command: CommandDefinition<Body, Result>
  /** Built by the member when the request is there. */
  readonly body: (acceptedIndex: number) => Body
  /** The member makes sure first that its state is as new as anybody's. */
  readonly isLinearizable: boolean
  readonly timeoutMs: number
}

/** All members as dfdaemons see them. */
export class MemberPort {
  readonly #world: World
  readonly #random: Random
  readonly #serving = new Map<number, ServingParts>()
  /** Calls that end with the process that serves them. */
  readonly #pending = new Map<number, Set<() => void>>()
  /** Largest index that anybody was told of. */
  acknowledgedIndex = 0

  constructor(world: World, random: Random) {
    this.#world = world
    this.#random = random
  }

  memberServes(id: number, parts: ServingParts): void {
    this.#serving.set(id, parts)
  }

  /** The process of a member is gone with everything it was asked. */
  memberEnded(id: number): void {
    this.#serving.delete(id)
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    for (const end of pending ?? []) end()
  }

  /** Any member that has a process: who is paused or cut off looks like any other. */
  choose(): MemberProcess | undefined {
    const up = this.#world.members.filter(({ isRunning }) => isRunning)
    return up[this.#random.below(Math.max(1, up.length))]
  }

  /** What the member's process serves with; undefined while it does not. */
  partsOf(member: MemberProcess): ServingParts | undefined {
    return this.#serving.get(member.id)
  }

  /** Runs `run` outside of whatever is going on. */
  soon(run: () => void): void {
    this.#world.queue.after(0, run)
  }

  /** Runs `run` when a message of a client arrives at the member. */
  send(member: MemberProcess, run: (parts: ServingParts) => void): void {
    const { life } = member
    this.#world.queue.after(1 + this.#random.below(wayMsMax), () => {
      if (member.life !== life) return
      member.deliver(() => {
        const parts = this.#serving.get(member.id)
        if (parts?.life.isAlive === true) run(parts)
      })
    })
  }

  /** Runs `run` when a message of a member arrives at its client. */
  reply(run: () => void): void {
    this.#world.queue.after(1 + this.#random.below(wayMsMax), run)
  }

  /** Calls a member; `done` hears once what came of it. */
  call<Body, Result>(
    member: MemberProcess,
    { command, body, isLinearizable, timeoutMs }: MemberCall<Body, Result>,
    done: (end: CallEnd<Result>) => void,
  ): void {
    const end = this.#once(member, timeoutMs, done)
    this.send(member, ({ node, proposer, state }) => {
      const ask = async (): Promise<CallEnd<Result>> => {
        const read = isLinearizable ? await node.readIndex({ timeoutMs }) : undefined
        if (read?.ok === false) return { ok: false, reason: read.reason }
        return proposer.propose(command, body(state.appliedIndex), { timeoutMs })
      }
      void ask().then((answer) => {
        if (answer.ok) this.#acknowledged(member.id, answer.index)
        this.reply(() => end(answer))
      })
    })
  }

  /** Reads from a member's state what is in it when the read has been confirmed. */
  read<Value>(
    member: MemberProcess,
    timeoutMs: number,
    how: {
      readonly look: (state: ReplicatedState) => Value
      readonly done: (value: Value) => void
    },
  ): void {
    this.send(member, ({ node, state }) => {
      void node.readIndex({ timeoutMs }).then((read) => {
        if (read.ok) how.done(how.look(state))
      })
    })
  }

  #acknowledged(member: number, index: number): void {
    this.acknowledgedIndex = Math.max(this.acknowledgedIndex, index)
    this.#world.emit({ type: 'swarm-acknowledged', member, index })
  }

  #once<Result>(
    member: MemberProcess,
    timeoutMs: number,
    done: (end: CallEnd<Result>) => void,
  ): (end: CallEnd<Result>) => void {
    let isOver = false
    const pending = this.#pending.get(member.id) ?? new Set()
    this.#pending.set(member.id, pending)
    const end = (how: CallEnd<Result>): void => {
      if (isOver) return
      isOver = true
      pending.delete(gone)
      timer.cancel()
      done(how)
    }
    const gone = (): void => end({ ok: false, reason: 'gone' })
    const timer = this.#world.queue.after(timeoutMs + 2 * wayMsMax, gone)
    pending.add(gone)
    return end
  }
}
