// What clients do all the while: each asks one member after another for one thing at a time, and
// takes down what it heard. An answer that never came may stand for anything.
import type { Random } from '../../base/index.ts'
import { absent } from '../oracle/model.ts'
import type { RegisterInput, RegisterOutput } from '../oracle/model.ts'
import { DomainLoad } from './domain-load.ts'
import type { ClientOperation, ClientPhase } from './observation.ts'
import type { MemberProcess } from './process.ts'
import { changeRegister, readRegister } from './register.ts'
import type { World } from './world.ts'

/** How long clients wait at least and at most for a member's answer, ms. */
const timeoutMsMin = 300
const timeoutMsMax = 6000

/** A client leaves a member that says nothing for so many timeouts, for instance while paused. */
const patience = 2

/** Runs the clients of a world. */
export class Workload {
  readonly #world: World
  readonly #random: Random
  readonly #domain: DomainLoad
  /** By member: what ends when its process does. */
  readonly #pending = new Map<number, Set<() => void>>()
  /** By client and key: what it last knew to be there. */
  readonly #known = new Map<string, string>()
  #operations = 0
  #isOver = false
  /** Register operations that changed something and were acknowledged. */
  acknowledged = 0

  constructor(world: World) {
    this.#world = world
    this.#random = world.random.fork('workload')
    this.#domain = new DomainLoad(world.random.fork('domain'))
  }

  /** Clients begin, one after another. */
  start(): void {
    for (let client = 1; client <= this.#world.swarm.clients; client += 1) this.#later(client)
  }

  /** Nobody asks for anything new. */
  stop(): void {
    this.#isOver = true
  }

  /** The process of a member is gone with everything it was asked. */
  memberEnded(id: number): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    for (const end of pending ?? []) end()
  }

  /** Writes one register through `member`; `done` hears whether it was acknowledged. */
  writeOnce(member: MemberProcess, timeoutMs: number, done: (isOk: boolean) => void): void {
    const operation = this.#operation(0, member, {
      key: 'register/healed',
      input: { kind: 'write', value: `v${this.#operations + 1}` },
      isStale: false,
    })
    this.#perform(operation, member, timeoutMs, (phase) => done(phase.phase === 'ok'))
  }

  #later(client: number): void {
    if (this.#isOver) return
    const { queue, swarm } = this.#world
    const share = (1 + this.#random.below(0xffff)) / 0x1_0000
    queue.after(1 - swarm.thinkMsMean * Math.log(share), () => this.#act(client))
  }

  #act(client: number): void {
    if (this.#isOver) return
    const { members, swarm } = this.#world
    const serving = members.filter(({ isRunning }) => isRunning)
    const member = serving[this.#random.below(Math.max(1, serving.length))]
    if (member === undefined) return this.#later(client)
    if (this.#random.below(100) < swarm.domainShare) {
      this.#domain.send(member)
      return this.#later(client)
    }
    const operation = this.#draw(client, member)
    const timeoutMs = timeoutMsMin + this.#random.below(timeoutMsMax - timeoutMsMin)
    this.#perform(operation, member, timeoutMs, (phase) => {
      this.#learn(operation, phase)
      this.#later(client)
    })
  }

  #draw(client: number, member: MemberProcess): ClientOperation {
    const key = `register/${this.#random.below(this.#world.swarm.keys)}`
    const value = `v${this.#operations + 1}`
    const expected = this.#known.get(`${client} ${key}`) ?? absent
    const roll = this.#random.below(100)
    const input: RegisterInput =
      roll < 40
        ? { kind: 'read' }
        : roll < 60
          ? { kind: 'write', value }
          : roll < 70
            ? { kind: 'swap', value }
            : roll < 90
              ? { kind: 'compare-and-swap', expected, value }
              : { kind: 'delete' }
    return this.#operation(client, member, { key, input, isStale: roll < 8 })
  }

  #operation(
    client: number,
    member: MemberProcess,
    what: { readonly key: string; readonly input: RegisterInput; readonly isStale: boolean },
  ): ClientOperation {
    this.#operations += 1
    const { key, input, isStale } = what
    const consistency = isStale ? 'stale' : 'linearizable'
    return { id: this.#operations, client, member: member.id, key, input, consistency }
  }

  #perform(
    op: ClientOperation,
    member: MemberProcess,
    timeoutMs: number,
    done: (phase: ClientPhase) => void,
  ): void {
    const { emit, queue } = this.#world
    let isOver = false
    const pending = this.#pending.get(member.id) ?? new Set()
    this.#pending.set(member.id, pending)
    const end = (phase: ClientPhase): void => {
      if (isOver) return
      isOver = true
      pending.delete(give)
      timer.cancel()
      emit({ type: 'client-op', op, phase })
      done(phase)
    }
    const give = (): void => end({ phase: 'unknown' })
    const timer = queue.after(patience * timeoutMs, give)
    pending.add(give)
    emit({ type: 'client-op', op, phase: { phase: 'invoked' } })
    this.#ask(op, member, timeoutMs).then(end, (error: unknown) => {
      this.#world.failure ??= error as Error
    })
  }

  async #ask(op: ClientOperation, member: MemberProcess, timeoutMs: number): Promise<ClientPhase> {
    const { key, input } = op
    const { node, proposer, state } = member
    if (node === undefined || proposer === undefined || state === undefined) {
      return { phase: 'fail', reason: 'not-running' }
    }
    if (input.kind === 'read') {
      if (op.consistency === 'linearizable') {
        const outcome = await node.readIndex({ timeoutMs })
        if (!outcome.ok) return { phase: 'fail', reason: outcome.reason }
      }
      const output = { value: readRegister(state.reader, key) }
      return { phase: 'ok', output, index: state.appliedIndex }
    }
    const options = { timeoutMs, opId: `op-${op.id}` }
    const outcome = await proposer.propose(changeRegister, { key, input }, options)
    if (outcome.ok) return { phase: 'ok', output: outcome.result, index: outcome.index }
    if (outcome.reason === 'unknown-outcome') return { phase: 'unknown' }
    return { phase: 'fail', reason: outcome.reason }
  }

  #learn(op: ClientOperation, phase: ClientPhase): void {
    const known = `${op.client} ${op.key}`
    if (phase.phase !== 'ok') {
      if (phase.phase === 'unknown') this.#known.delete(known)
      return
    }
    if (op.input.kind !== 'read') this.acknowledged += 1
    const after = valueAfter(op.input, phase.output)
    if (after === undefined) this.#known.delete(known)
    else this.#known.set(known, after)
  }
}

/** What is there after an operation; undefined when the answer does not tell. */
function valueAfter(input: RegisterInput, output: RegisterOutput): string | undefined {
  switch (input.kind) {
    case 'read':
      return output.value
    case 'delete':
      return absent
    case 'compare-and-swap':
      return output.isDone === true ? input.value : undefined
    default:
      return input.value
  }
}
