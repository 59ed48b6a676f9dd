// For tests: three members with real consensus over an in-memory network, each with its own client
// port.
import { credentials } from '@grpc/grpc-js'
import { expect } from 'vitest'
import { nullLogger, Prng } from '../../base/index.ts'
import { loadServices } from '../../proto/index.ts'
import type { schedulerV1, schedulerV2 } from '../../proto/index.ts'
import { MemoryLogStorage, RaftNode } from '../../raft/index.ts'
import type { Entry, LogContents, MemoryNetwork, StateMachine } from '../../raft/index.ts'
import { SystemClock } from '../../runtime/index.ts'
import { schedulerDomain } from '../replication/commands/index.ts'
import {
  bootstrapEntryData,
  LeaderDuties,
  Proposer,
  ReplicatedState,
  stampBatch,
} from '../replication/index.ts'
import { createSchedulerServer } from './server.ts'
import type { SchedulerServer } from './server.ts'
import { membersOf } from './single-member.suite.ts'

const clusterId = '00112233445566778899aabbccddeeff'

/** replicaIds. */
export const ids = [1, 2, 3]

/** Of all members. */
export const clock = new SystemClock()

/** A running member. */
export interface Member {
  readonly id: number
  readonly address: string
  readonly raft: RaftNode
  readonly state: ReplicatedState
  readonly server: SchedulerServer
  readonly proposer: Proposer
  readonly v1: schedulerV1.SchedulerClient
  readonly v2: schedulerV2.SchedulerClient
  /** Dies without a word to the others. */
  kill(): Promise<void>
}

const hex = (id: number): string => String(id).repeat(32)

/** Entry 1, the same for all. */
const first: Entry = {
  index: 1,
  term: 1,
  type: 'command',
  stampMs: 1,
  data: bootstrapEntryData({
    clusterId,
    features: [],
    members: ids.map((id) => ({
      replicaId: id,
      hostId: `s${id}`,
      incarnation: hex(id),
      raftAddress: `127.0.0.1:${id}`,
    })),
  }),
}

/** Starts one; `kill` it at the end of the test. */
export async function startMember(id: number, network: MemoryNetwork): Promise<Member> {
  const random = new Prng(`member-${id}`)
  const state = new ReplicatedState(schedulerDomain, {
    onCommandFailed: ({ command, error }) => {
      throw new Error(`command ${command} failed`, { cause: error })
    },
  })
  state.apply([first])
  const contents: LogContents = {
    hardState: { term: 1, votedFor: 0, commit: 1 },
    compacted: { index: 0, term: 0 },
    entries: [first],
    announced: undefined,
  }
  const stateMachine: StateMachine = {
    apply: (entries, isTimeUp) => state.apply(entries, isTimeUp),
    configuration: () => state.configuration(),
    durableIndex: () => 0,
    digestMark: () => state.digestMark,
    isOverloaded: () => false,
    stamp: (data) => stampBatch(data, clock.wallMs()),
  }
  const raft = new RaftNode(
    {
      clock,
      random,
      logger: nullLogger,
      transport: network.transport(id),
      log: new MemoryLogStorage({ clock }, { contents }),
      stateMachine,
    },
    {
      id,
      configuration: state.configuration(),
      contents,
      applied: 1,
      tickMs: 10,
      onFatal: (error) => {
        throw error
      },
    },
  )
  let proposer: Proposer | undefined
  const server = createSchedulerServer(
    {
      clock,
      logger: nullLogger,
      raft,
      state,
      members: membersOf(state.reader),
      commands: {
        get sessionId() {
          return proposer?.sessionId ?? 0
        },
        propose: (command, body, options) => proposer!.propose(command, body, options),
      },
    },
    { clusterId, selfId: id, pid: id },
  )
  const port = await server.start('127.0.0.1:0')
  const address = `127.0.0.1:${port}`
  proposer = new Proposer(
    { clock, logger: nullLogger, log: raft, state },
    { replicaId: id, bootId: hex(id + 3), clientAddress: address, programVersion: 'test' },
  )
  const duties = new LeaderDuties({
    clock,
    logger: nullLogger,
    raft,
    state,
    proposer,
    work: [server.leaderWork],
  })
  await raft.start()
  await proposer.start()
  await duties.start()
  const { schedulerV1, schedulerV2 } = loadServices()
  const v1 = new schedulerV1(address, credentials.createInsecure())
  const v2 = new schedulerV2(address, credentials.createInsecure())
  const kill = async (): Promise<void> => {
    network.isolate(id)
    network.remove(id)
    await duties.stop()
    await server.stop()
    await proposer.stop()
    await raft.stop()
    v1.close()
    v2.close()
  }
  return { id, address, raft, state, server, proposer, v1, v2, kill }
}

/** Waits for a value, 20 s at most. */
export async function until<Value>(look: () => Value | undefined | false): Promise<Value> {
  const endMs = performance.now() + 20_000
  for (;;) {
    const value = look()
    if (value !== undefined && value !== false) return value
    expect(performance.now()).toBeLessThan(endMs)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** The member that leads and has applied what came before its term. */
export function leaderOf(members: () => readonly Member[]): Promise<Member> {
  return until(() =>
    members().find(({ raft, state }) => {
      const status = raft.status()
      return status.role === 'leader' && state.appliedTerm === status.term
    }),
  )
}
