// Node states on whole members in virtual time: leaders that die, partitions, restarts, joiners and
// operators, by seeds. Whatever happens, members that have applied the same show the same, and in
// the end everybody is what it is.
import { afterEach, describe, expect, test } from 'vitest'
import { Prng } from '../../base/index.ts'
import {
  failSilenceMs,
  featuresOn,
  memberProgressTable,
  memberTable,
  nodesOf,
  setNodeState,
} from '../replication/index.ts'
import type { MemberState, SettableState } from '../replication/index.ts'
import { Features } from './features.ts'
import { Handover } from './handover.ts'
import { JoinCluster } from './join-cluster.suite.ts'
import type { Remains } from './join-cluster.suite.ts'
import { NodeStates } from './node-states.ts'

/** Ticks of 50 ms, ten to an election timeout. */
const electionTimeoutMs = 500

/** A silence of an election timeout may begin just after a look. */
const failMsMax = failSilenceMs + 4 * electionTimeoutMs

let cluster: JoinCluster
afterEach(() => cluster.end())

async function started(seed: string): Promise<JoinCluster> {
  cluster = new JoinCluster(seed)
  cluster.moreWork = (parts, askProgress) => [
    new NodeStates({ ...parts, askProgress }, { electionTimeoutMs }),
    new Features(parts),
    new Handover(parts),
  ]
  await cluster.start()
  await untilStates({ s1: 'online', s2: 'online', s3: 'online' })
  return cluster
}

/** States by host id, as the leader's state has them. */
function states(): Record<string, MemberState> {
  const shown: Record<string, MemberState> = {}
  cluster.leader?.state.reader.each(memberTable, 'byReplica', {}, ({ hostId, state }) => {
    shown[hostId] = state
  })
  return shown
}

async function untilStates(
  wanted: Readonly<Record<string, MemberState>>,
  withinMs = 60_000,
): Promise<void> {
  const isThere = (): boolean => {
    const shown = states()
    return Object.entries(wanted).every(([hostId, state]) => shown[hostId] === state)
  }
  if (!(await cluster.clock.advanceUntil(isThere, withinMs))) expect(states()).toMatchObject(wanted)
}

async function set(hostId: string, to: SettableState): Promise<boolean> {
  let body
  cluster.leader?.state.reader.each(memberTable, 'byReplica', {}, (row) => {
    if (row.hostId !== hostId) return
    const { replicaId, incarnation, state } = row
    body = { replicaId, incarnation, bootId: '', from: [state], to }
  })
  return body !== undefined && (await cluster.propose(setNodeState, body)).ok
}

/** Members at the same index must show the same. */
class Agreement {
  /** Every state a member was shown in. */
  readonly seen = new Set<MemberState>()
  readonly #views = new Map<number, string>()

  check(): void {
    for (const { state } of cluster.members) {
      const { appliedIndex, reader } = state
      const nodes = nodesOf(reader, 'all-nodes')
      for (const node of nodes) this.seen.add(node.state)
      const view = JSON.stringify(nodes)
      expect(this.#views.get(appliedIndex) ?? view).toBe(view)
      this.#views.set(appliedIndex, view)
      for (const { replicaId } of reader.list(memberProgressTable, 'byReplica', { limit: 64 })) {
        expect(['joining', 'loading']).toContain(reader.get(memberTable, replicaId)?.state)
      }
    }
  }
}

describe('whole members', () => {
  test('whose leader dies are judged by the next one, which counts anew', async () => {
    await started('leader-dies')
    const { hostId } = cluster.leader!.host
    const remains = cluster.crash(hostId)
    await untilStates({ [hostId]: 'fail' }, failMsMax + 10 * electionTimeoutMs)
    await cluster.restart(hostId, remains)
    await untilStates({ [hostId]: 'online' }, failSilenceMs)
    await cluster.converge()
  })

  test('that were cut off fail, and come back over loading', async () => {
    await started('cut-off')
    const away = cluster.members.find((member) => member !== cluster.leader)!
    const seen: MemberState[] = []
    cluster.leader!.state.subscribe(() => {
      const state = states()[away.host.hostId]!
      if (seen.at(-1) !== state) seen.push(state)
    })
    cluster.cutOff(away.host.hostId)
    await untilStates({ [away.host.hostId]: 'fail' }, failMsMax)
    cluster.heal()
    await untilStates({ [away.host.hostId]: 'online' }, failSilenceMs)
    expect(seen.slice(seen.indexOf('fail'))).toEqual(['fail', 'loading', 'online'])
  })

  test('a joiner loads and is online; its progress is gone then', async () => {
    await started('joiner')
    await cluster.until(() => featuresOn(cluster.leader!.state.reader).length > 0)
    const seen: MemberState[] = []
    cluster.leader!.state.subscribe(() => {
      const state = states()['s4']
      if (state !== undefined && seen.at(-1) !== state) seen.push(state)
    })
    await cluster.join('s4')
    await untilStates({ s4: 'online' })
    expect(seen).toEqual(['joining', 'loading', 'online'])
    await cluster.converge()
    for (const { state } of cluster.members) expect(state.reader.count(memberProgressTable)).toBe(0)
  })

  test('a leader that is hidden leads no more, and not again while others can', async () => {
    await started('hidden-leader')
    const before = cluster.leader!
    expect(await set(before.host.hostId, 'hidden')).toBe(true)
    await cluster.until(() => cluster.leader !== undefined && cluster.leader !== before)
    await cluster.converge()
    expect(states()[before.host.hostId]).toBe('hidden')
  })
})

const hostIds = ['s1', 's2', 's3'] as const

class Storm {
  readonly #random: Prng
  readonly #down = new Map<string, Remains>()
  readonly #agreement: Agreement
  /** What the operator wants; everybody else is to be online. */
  readonly #wanted = new Map<string, 'hidden' | 'draining'>()

  constructor(seed: string, agreement: Agreement) {
    this.#random = new Prng(seed)
    this.#agreement = agreement
  }

  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step += 1) {
      await this.#act(this.#random.below(10))
      await cluster.clock.advance(50 + this.#random.below(3000))
      this.#agreement.check()
    }
    await this.#calm()
  }

  async #act(choice: number): Promise<void> {
    const hostId = hostIds[this.#random.below(hostIds.length)]!
    const remains = this.#down.get(hostId)
    if (choice <= 1 && remains === undefined && this.#down.size === 0) {
      this.#down.set(hostId, cluster.crash(hostId))
    } else if (choice <= 4 && remains !== undefined) {
      this.#down.delete(hostId)
      await cluster.restart(hostId, remains)
    } else if (choice === 5 && remains === undefined) {
      cluster.cutOff(hostId)
    } else if (choice === 6) {
      cluster.heal()
    } else if (choice >= 7 && this.#down.size === 0) {
      cluster.heal()
      await this.#operate(hostId)
    }
  }

  async #operate(hostId: string): Promise<void> {
    const to = (['hidden', 'draining', 'loading'] as const)[this.#random.below(3)]!
    await cluster.until(() => cluster.leader !== undefined)
    if (!(await set(hostId, to))) return
    if (to === 'loading') this.#wanted.delete(hostId)
    else this.#wanted.set(hostId, to)
  }

  async #calm(): Promise<void> {
    cluster.heal()
    for (const [hostId, remains] of this.#down) await cluster.restart(hostId, remains)
    const wanted: Record<string, MemberState> = {}
    for (const hostId of hostIds) wanted[hostId] = this.#wanted.get(hostId) ?? 'online'
    await untilStates(wanted)
    await cluster.converge()
    this.#agreement.check()
  }
}

const seenInAll = new Set<MemberState>()

test.each(Array.from({ length: 8 }, (_, i) => `states-${i}`))(
  'in a storm members agree at every index, and end as they are (%s)',
  async (seed) => {
    await started(seed)
    const agreement = new Agreement()
    await new Storm(seed, agreement).run(100)
    for (const state of agreement.seen) seenInAll.add(state)
  },
)

test('the storms have shown members in every state they can be in', () => {
  const states = ['draining', 'fail', 'hidden', 'loading', 'online']
  expect([...seenInAll].toSorted()).toEqual(states)
})
