import { describe, expect, test } from 'vitest'
import { Prng, toHex } from '../base/index.ts'
import {
  answerFromIdentity,
  answerFromMarker,
  checkSeeds,
  planBootstrap,
  planCluster,
} from './bootstrap.ts'
import type { BootstrapDecision, BootstrapMarker, ProbeAnswer } from './bootstrap.ts'
import type { Identity } from './identity.ts'

const addresses = ['a:1', 'b:1', 'c:1']
const incarnationOf = (letter: string): string => letter.repeat(32)

const marker = (address: string, incarnation = incarnationOf(address[0]!)): BootstrapMarker => ({
  raftAddress: address,
  incarnation,
  hostId: `host-${address[0]}`,
  addresses,
  plan: undefined,
})

const plan = planCluster(addresses.map((address) => marker(address)))
const planned = (address: string): BootstrapMarker => ({ ...marker(address), plan })

const identity = (replicaId: number): Identity => {
  const member = plan.members[replicaId - 1]!
  return {
    clusterId: plan.clusterId,
    replicaId,
    incarnation: member.incarnation,
    hostId: member.hostId,
    createdAtIndex: 1,
    createdBy: 'bootstrap',
    initialMembers: plan.members,
  }
}

const answers = (
  b: ProbeAnswer | undefined,
  c: ProbeAnswer | undefined,
): Map<string, ProbeAnswer | undefined> =>
  new Map([
    ['b:1', b],
    ['c:1', c],
  ])

const fresh = (address: string, incarnation?: string): ProbeAnswer =>
  answerFromMarker(marker(address, incarnation))
const joining = (address: string): ProbeAnswer => {
  const { raftAddress, incarnation, hostId } = marker(address)
  const clusterId = incarnationOf('f')
  return { state: 'joining', raftAddress, incarnation, hostId, addresses, clusterId }
}
const bootstrapping = (address: string): ProbeAnswer => answerFromMarker(planned(address))

test('replica ids follow the order of the addresses, whatever order they are given in', () => {
  const reversed = planCluster([...addresses].reverse().map((address) => marker(address)))
  expect(reversed).toEqual(plan)
  expect(plan.members.map(({ replicaId, raftAddress }) => [replicaId, raftAddress])).toEqual([
    [1, 'a:1'],
    [2, 'b:1'],
    [3, 'c:1'],
  ])
})

test('the cluster id is frozen: SHA-256 over the sorted addresses and incarnations', () => {
  expect(plan.clusterId).toBe('2f54fdc3945fe6368342a113387a7d3c')
})

test('the cluster id differs when one incarnation or address differs', () => {
  const other = planCluster([marker('a:1'), marker('b:1'), marker('c:1', incarnationOf('d'))])
  expect(other.clusterId).not.toBe(plan.clusterId)
  // Moving a character from one address to the next must not yield the same bytes.
  const left = planCluster([marker('a:11'), marker('b:1')])
  const right = planCluster([marker('a:1'), marker('1b:1')])
  expect(left.clusterId).not.toBe(right.clusterId)
})

describe('a member without an identity', () => {
  const memberOfOther = answerFromIdentity({ ...identity(2), initialMembers: [] })

  const cases: readonly (readonly [
    title: string,
    own: BootstrapMarker,
    answers: ReadonlyMap<string, ProbeAnswer | undefined>,
    expected: Partial<BootstrapDecision>,
  ])[] = [
    [
      'waits while a member does not answer',
      marker('a:1'),
      answers(fresh('b:1'), undefined),
      { action: 'wait', reason: 'unreachable', addresses: ['c:1'] },
    ],
    [
      'J27 waits when another is fresh too and the third is cut off, as after two wipes',
      planned('a:1'),
      answers(bootstrapping('b:1'), undefined),
      { action: 'wait', reason: 'unreachable', addresses: ['c:1'] },
    ],
    [
      'J17 plans a cluster when all are fresh',
      marker('a:1'),
      answers(fresh('b:1'), fresh('c:1')),
      { action: 'plan', plan },
    ],
    [
      'waits until all are bootstrapping the same cluster',
      planned('a:1'),
      answers(bootstrapping('b:1'), fresh('c:1')),
      { action: 'wait', reason: 'not-bootstrapping', addresses: ['c:1'] },
    ],
    [
      'creates its instance when all are bootstrapping the same cluster',
      planned('a:1'),
      answers(bootstrapping('b:1'), bootstrapping('c:1')),
      { action: 'create', plan, identity: identity(1) },
    ],
    [
      'goes on after a crash half way: a member of the cluster names this very incarnation',
      marker('a:1'),
      answers(answerFromIdentity(identity(2)), undefined),
      { action: 'create', plan, identity: identity(1) },
    ],
    [
      'plans again when a member came back with another incarnation before it had an identity',
      planned('a:1'),
      answers(bootstrapping('b:1'), fresh('c:1', incarnationOf('d'))),
      {
        action: 'plan',
        plan: planCluster([marker('a:1'), marker('b:1'), marker('c:1', incarnationOf('d'))]),
      },
    ],
    [
      'T1 asks for admission when it was wiped: the cluster knows another incarnation of it',
      marker('a:1', incarnationOf('e')),
      answers(answerFromIdentity(identity(2)), answerFromIdentity(identity(3))),
      { action: 'join', clusterId: plan.clusterId, address: 'b:1' },
    ],
    [
      'J18 asks for admission also when only one member of the cluster is left',
      marker('a:1', incarnationOf('e')),
      answers(fresh('b:1', incarnationOf('d')), answerFromIdentity(identity(3))),
      { action: 'join', clusterId: plan.clusterId, address: 'c:1' },
    ],
    [
      'asks for admission when a member belongs to a cluster that it joined later',
      marker('a:1'),
      answers(memberOfOther, fresh('c:1')),
      { action: 'join', address: 'b:1' },
    ],
    [
      'believes a first member that names it before one that joined later and cannot know',
      marker('a:1'),
      answers({ ...memberOfOther, replicaId: 4 } as ProbeAnswer, answerFromIdentity(identity(3))),
      { action: 'create', plan, identity: identity(1) },
    ],
    [
      'waits for one that still asks a cluster which is gone',
      marker('a:1'),
      answers(joining('b:1'), fresh('c:1')),
      { action: 'wait', reason: 'not-bootstrapping', addresses: ['b:1'] },
    ],
    [
      'refuses when the members are in two clusters',
      marker('a:1'),
      answers(memberOfOther, { ...memberOfOther, clusterId: incarnationOf('f') } as ProbeAnswer),
      { action: 'refuse', code: 'STORE_MEMBERS_MISMATCH', address: 'c:1' },
    ],
    [
      'refuses when a member was started with other initial members',
      marker('a:1'),
      answers({ ...fresh('b:1'), addresses: ['a:1', 'b:1'] } as ProbeAnswer, fresh('c:1')),
      { action: 'refuse', code: 'STORE_MEMBERS_MISMATCH', address: 'b:1' },
    ],
    [
      'refuses when another member answers at an address',
      marker('a:1'),
      answers(fresh('c:1'), fresh('c:1')),
      { action: 'refuse', code: 'STORE_MEMBERS_MISMATCH', address: 'b:1' },
    ],
    [
      'refuses a cluster id that does not follow from its members',
      marker('a:1'),
      answers(
        { ...answerFromIdentity(identity(2)), clusterId: incarnationOf('f') } as ProbeAnswer,
        undefined,
      ),
      { action: 'refuse', code: 'STORE_MEMBERS_MISMATCH', address: 'b:1' },
    ],
  ]

  test.each(cases)('%s', (_title, own, given, expected) => {
    expect(planBootstrap(own, given)).toMatchObject(expected)
  })

  test('alone it plans and then creates', () => {
    const alone = { ...marker('a:1'), addresses: ['a:1'] }
    const first = planBootstrap(alone, new Map())
    expect(first.action).toBe('plan')
    const ownPlan = planCluster([alone])
    const second = planBootstrap({ ...alone, plan: ownPlan }, new Map())
    expect(second).toMatchObject({ action: 'create', identity: { replicaId: 1 } })
  })
})

test('a member with an identity notices seeds of another cluster', () => {
  const other = { ...answerFromIdentity(identity(3)), clusterId: incarnationOf('f') } as ProbeAnswer
  expect(checkSeeds(identity(1), answers(answerFromIdentity(identity(2)), undefined))).toEqual({
    ok: true,
  })
  expect(checkSeeds(identity(1), answers(undefined, other))).toEqual({
    ok: false,
    reason: 'wrong-cluster',
    address: 'c:1',
  })
})

/** A member of the model: its directory and the answers of the round under way. */
interface Model {
  marker: BootstrapMarker
  identity: Identity | undefined
  readonly heard: Map<string, ProbeAnswer | undefined>
  isRefused: boolean
}

const answerOf = (member: Model): ProbeAnswer =>
  member.identity === undefined
    ? answerFromMarker(member.marker)
    : answerFromIdentity(member.identity)

/** One probe of one member, and the decision once all others have been probed. */
function step(member: Model, members: ReadonlyMap<string, Model>, isCut: boolean): void {
  const others = addresses.filter((address) => address !== member.marker.raftAddress)
  const next = others.find((address) => !member.heard.has(address))
  if (next !== undefined) {
    member.heard.set(next, isCut ? undefined : answerOf(members.get(next)!))
    return
  }
  const decision = planBootstrap(member.marker, member.heard)
  member.heard.clear()
  if (decision.action === 'plan') member.marker = { ...member.marker, plan: decision.plan }
  if (decision.action === 'create') member.identity = decision.identity
  if (decision.action === 'refuse') member.isRefused = true
}

test('J17 J27 T1 whatever is probed, cut off, restarted or wiped when: one cluster at most', () => {
  let createdRuns = 0
  for (let seed = 0; seed < 500; seed += 1) {
    const random = new Prng(`bootstrap ${seed}`)
    const start = (address: string): Model => ({
      marker: marker(address, toHex(random.bytes(16))),
      identity: undefined,
      heard: new Map(),
      isRefused: false,
    })
    const members = new Map(addresses.map((address) => [address, start(address)]))
    // A cluster with identities on a majority may hold acknowledged writes. As long as one of its
    // identities is left, no other cluster may come to be.
    let established: string | undefined
    for (let n = 0; n < 200; n += 1) {
      const address = addresses[random.below(3)]!
      const member = members.get(address)!
      if (random.ratio(1, 40)) members.set(address, start(address))
      else if (random.ratio(1, 20)) member.heard.clear()
      else if (member.identity === undefined && !member.isRefused) {
        step(member, members, random.ratio(1, 10))
      }
      const alive = [...members.values()].flatMap(({ identity }) => identity?.clusterId ?? [])
      if (established !== undefined && !alive.includes(established)) established = undefined
      const clusters = new Set(alive)
      if (established !== undefined) expect([...clusters]).toEqual([established])
      for (const id of clusters) {
        if (alive.filter((each) => each === id).length >= 2) established = id
      }
    }
    if (established !== undefined) createdRuns += 1
  }
  expect(createdRuns).toBeGreaterThan(100)
})

test('without wipes every order of probes ends in one cluster of all members', () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const random = new Prng(`calm ${seed}`)
    const members = new Map<string, Model>(
      addresses.map((address) => [
        address,
        { marker: marker(address), identity: undefined, heard: new Map(), isRefused: false },
      ]),
    )
    for (let n = 0; n < 300; n += 1) {
      const member = members.get(addresses[random.below(3)]!)!
      if (member.identity === undefined) step(member, members, random.ratio(1, 20))
    }
    const identities = [...members.values()].map((member) => member.identity)
    expect(identities).toEqual([identity(1), identity(2), identity(3)])
  }
})
