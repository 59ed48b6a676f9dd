// Whom this member knows, when the state does not say it yet: a replica that has just joined, or
// whose state is lost, begins with the members that are remembered beside its identity. From then
// on the state says who they are, and the file follows it.
import type { Clock, Disk, Logger, Service, Timer } from '../../base/index.ts'
import { membersOf, noMembers } from '../../raft/index.ts'
import type { Configuration } from '../../raft/index.ts'
import type { RaftMember } from '../../runtime/grpc-raft-transport.ts'
import { writeKnownMembers } from '../../storage/index.ts'
import type { KnownMember, KnownMembers } from '../../storage/index.ts'
import { memberTable } from '../replication/index.ts'
import type { MembersChanged, ReplicatedState, SessionOpened } from '../replication/index.ts'
import { knownMembersPauseMs } from './limits.ts'

/** Nobody: a replica that remembers no members answers whoever names it. */
export const nobody: KnownMembers = { configuration: noMembers, members: [] }

/**
 * The configuration that Raft begins with. Without a state it is what is remembered, under id 0:
 * the changes that led to it are still to come from the log.
 */
export function firstConfiguration(state: ReplicatedState, known: KnownMembers): Configuration {
  if (state.appliedIndex > 0) return state.configuration()
  return { ...known.configuration, id: 0 }
}

/**
 * Whom the transport may talk to: everybody the state names. A state from before this replica was
 * admitted may name members that are gone and not those it has to hear: until it has come so far,
 * the remembered ones are added.
 */
export function raftMembers(
  state: ReplicatedState,
  { known, createdAtIndex }: { readonly known: KnownMembers; readonly createdAtIndex: number },
): ReadonlyMap<number, RaftMember> {
  const members = new Map<number, RaftMember>()
  if (state.appliedIndex === 0 || state.appliedIndex < createdAtIndex) {
    for (const { replicaId, hostId, raftAddress, incarnation } of known.members) {
      members.set(replicaId, { address: raftAddress, incarnation, hostId })
    }
  }
  state.reader.each(memberTable, 'byReplica', {}, (row) => {
    const { replicaId, hostId, raftAddress, incarnation } = row
    members.set(replicaId, { address: raftAddress, incarnation, hostId })
  })
  return members
}

/** The members of a state as they are remembered; undefined for one without members. */
export function knownMembersOf(state: ReplicatedState): KnownMembers | undefined {
  const configuration = state.configuration()
  const members = membersOf(configuration).flatMap((id): readonly KnownMember[] => {
    const row = state.reader.get(memberTable, id)
    if (row === undefined) return []
    const { replicaId, hostId, incarnation, raftAddress, clientAddress } = row
    return [{ replicaId, hostId, incarnation, raftAddress, clientAddress }]
  })
  return members.length === 0 ? undefined : { configuration, members }
}

type Changing = MembersChanged['type'] | SessionOpened['type']
const changing: readonly string[] = ['members-changed', 'session-opened'] satisfies Changing[]

/** Calls `update` whenever members, their addresses or their roles may have changed. */
export function onMembersChanged(state: ReplicatedState, update: () => void): () => void {
  const ends = [
    state.onReplaced(update),
    state.subscribe(({ events }) => {
      if (events.some(({ type }) => changing.includes(type))) update()
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}

export interface KnownMembersDeps {
  readonly clock: Clock
  readonly disk: Disk
  readonly logger: Logger
  readonly state: ReplicatedState
}

/**
 * Keeps `members.json` up to date, at its leisure: what is missing there costs a detour, no more.
 */
export class KnownMembersFile implements Service {
  readonly name = 'known-members'
  readonly #deps: KnownMembersDeps
  readonly #directory: string
  #timer: Timer | undefined
  #writing: Promise<void> = Promise.resolve()
  #unsubscribe: (() => void) | undefined
  /** What the file holds, as far as this process knows. */
  #written = ''

  constructor(deps: KnownMembersDeps, { directory }: { readonly directory: string }) {
    this.#deps = deps
    this.#directory = directory
  }

  async start(): Promise<void> {
    this.#unsubscribe = onMembersChanged(this.#deps.state, () => this.#schedule())
    this.#schedule()
  }

  /** Writes what has changed last, unless the disk refuses. */
  async stop(): Promise<void> {
    this.#unsubscribe?.()
    const isDue = this.#timer !== undefined
    this.#timer?.cancel()
    this.#timer = undefined
    if (isDue) this.#write()
    await this.#writing
  }

  #schedule(): void {
    this.#timer ??= this.#deps.clock.setTimer(
      knownMembersPauseMs,
      () => {
        this.#timer = undefined
        this.#write()
      },
      { keepAlive: false },
    )
  }

  #write(): void {
    const { disk, logger, state } = this.#deps
    const known = knownMembersOf(state)
    const content = JSON.stringify(known)
    if (known === undefined || content === this.#written) return
    this.#writing = this.#writing
      .then(() => writeKnownMembers(disk, this.#directory, known))
      .then(
        () => {
          this.#written = content
        },
        (error: unknown) => logger.warn({ err: error }, 'the known members cannot be written'),
      )
  }
}
