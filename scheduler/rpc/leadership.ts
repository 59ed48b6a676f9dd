// Who leads, as this member knows it: for the headers of every reply, for waiting, for health.
import { Metadata } from '@grpc/grpc-js'
import type { Clock, Timer } from '../../base/index.ts'
import { leaderCheckMs, leaderlessMsMax } from './limits.ts'
import type { LeadershipSnapshot, MembersPort, RaftPort, StatePort } from './ports.ts'

export interface LeadershipDeps {
  readonly clock: Clock
  readonly raft: RaftPort
  readonly state: StatePort
  readonly members: MembersPort
}

interface Waiter {
  readonly resolve: (hasLeader: boolean) => void
  readonly timer: Timer
}

/** Follows the group's leadership from `start` to `stop`. */
export class Leadership {
  readonly #deps: LeadershipDeps
  readonly #waiters = new Set<Waiter>()
  readonly #contactListeners = new Set<(hasContact: boolean) => void>()
  #now: LeadershipSnapshot
  #hasContact = false
  #unsubscribe: (() => void) | undefined
  #timer: Timer | undefined

  constructor(deps: LeadershipDeps) {
    this.#deps = deps
    const { role, term, leader } = deps.raft.status()
    this.#now = { role, term, leader }
  }

  get isLeader(): boolean {
    return this.#now.role === 'leader'
  }

  get term(): number {
    return this.#now.term
  }

  /** A leader is known now: nobody has to wait for one. */
  get hasLeader(): boolean {
    return this.#now.leader !== 0
  }

  /** Whether this member heard from a leader within `leaderlessMsMax`; false before `start`. */
  get hasContact(): boolean {
    return this.#hasContact
  }

  start(): void {
    const { raft } = this.#deps
    const { role, term, leader } = raft.status()
    this.#now = { role, term, leader }
    this.#unsubscribe = raft.onChange((change) => {
      this.#now = change
      if (change.leader !== 0) this.#leaderFound()
    })
    this.#check()
  }

  stop(): void {
    this.#unsubscribe?.()
    this.#timer?.cancel()
    for (const waiter of this.#waiters) {
      waiter.timer.cancel()
      waiter.resolve(false)
    }
    this.#waiters.clear()
  }

  /** Told when contact with the leader is lost or found again. */
  onContact(listener: (hasContact: boolean) => void): void {
    this.#contactListeners.add(listener)
  }

  /** True once a leader is known; false when none was found within `timeoutMs`. */
  waitForLeader(timeoutMs: number): Promise<boolean> {
    if (this.hasLeader) return Promise.resolve(true)
    return new Promise((resolve) => {
      const timer = this.#deps.clock.setTimer(timeoutMs, () => {
        this.#waiters.delete(waiter)
        resolve(false)
      })
      const waiter = { resolve, timer }
      this.#waiters.add(waiter)
    })
  }

  /** Headers of every reply. Members that hide or drain are never named. */
  metadata(): Metadata {
    const metadata = new Metadata()
    this.describe(metadata)
    return metadata
  }

  /** Sets the headers on a reply's metadata. */
  describe(metadata: Metadata): void {
    const leader = this.#deps.members.get(this.#now.leader)
    const isNamed = leader !== undefined && leader.state !== 'hidden' && leader.state !== 'draining'
    metadata.set('x-raft-leader', isNamed ? leader.clientAddress : '')
    metadata.set('x-raft-term', String(this.#now.term))
    metadata.set('x-raft-index', String(this.#deps.state.appliedIndex))
  }

  #leaderFound(): void {
    for (const waiter of this.#waiters) {
      waiter.timer.cancel()
      waiter.resolve(true)
    }
    this.#waiters.clear()
    this.#setContact(true)
  }

  #check(): void {
    const { leader, leaderContactAgeMs } = this.#deps.raft.status()
    // Right after a start nobody was heard from yet: contact begins with a known leader.
    if (leaderContactAgeMs > leaderlessMsMax) this.#setContact(false)
    else if (leader !== 0) this.#setContact(true)
    this.#timer = this.#deps.clock.setTimer(leaderCheckMs, () => this.#check(), {
      keepAlive: false,
    })
  }

  #setContact(hasContact: boolean): void {
    if (hasContact === this.#hasContact) return
    this.#hasContact = hasContact
    for (const listener of this.#contactListeners) listener(hasContact)
  }
}
