// Clusters in virtual time of which one member has lost its state and kept its log (decision 015).
import { afterEach, expect, test } from 'vitest'
import { initialConfiguration, noMembers } from '../core/configuration.ts'
import type { Images } from '../images.ts'
import { bytesOf, Cluster } from './cluster.suite.ts'
import type { Member } from './cluster.suite.ts'

let cluster: Cluster

afterEach(async () => {
  cluster.network.setFilter(undefined)
  await cluster.stop()
})

/** Proposes at the leader and waits for all of it. */
async function write(prefix: string, count: number): Promise<void> {
  const { node } = cluster.leader!
  const proposals = Array.from({ length: count }, (_, i) =>
    node.propose(bytesOf(`${prefix}${i}`), { timeoutMs: 20_000 }),
  )
  const outcomes = await cluster.settle(Promise.all(proposals))
  expect(outcomes.every(({ ok }) => ok)).toBe(true)
}

/** Three members whose logs have given up their beginning; one follower is to lose its state. */
async function begun(
  wrapImages?: (images: Images, id: number) => Images,
): Promise<{ readonly leader: Member; readonly victim: Member; readonly third: Member }> {
  cluster = new Cluster({
    voters: 3,
    imageChunkBytes: 64,
    member: { retainEntries: 10 },
    ...(wrapImages === undefined ? {} : { wrapImages }),
  })
  await cluster.start()
  const leader = await cluster.elect()
  await write('a', 100)
  await cluster.converge()
  await cluster.clock.advance(3000)
  const [victim, third] = [...cluster.members.values()].filter(({ id }) => id !== leader.id)
  expect(victim!.log.contents.compacted.index).toBeGreaterThan(50)
  return { leader, victim: victim!, third: third! }
}

/** Lets no chunk of an image pass. */
const withoutImages = () => cluster.network.setFilter(({ type }) => type !== 'image-chunk')

test('under load it is whole again, and its log was never reset', async () => {
  const { victim } = await begun()
  const { compacted } = victim.log.contents
  cluster.crash(victim.id)
  await cluster.restart(victim.id, { hearsay: noMembers })
  const after = cluster.member(victim.id)
  expect(after.node.status()).toMatchObject({ lacksState: true, applied: 0 })
  for (let round = 0; round < 10; round += 1) {
    await write(`b${round}-`, 20)
    await cluster.clock.advance(30)
  }
  expect(await cluster.converge()).toHaveLength(300)
  expect(after.node.status()).toMatchObject({ lacksState: false })
  expect(after.node.metrics.images).toMatchObject({ received: 1, installed: 1 })
  expect(after.log.contents.announced).toBeUndefined()
  // Only the entries before its image were never applied here.
  const [first] = after.machine.indexes
  expect(first).toBeGreaterThan(compacted.index)
  expect(after.node.configuration()).toEqual(initialConfiguration({ voters: [1, 2, 3] }))
  await cluster.clock.advance(3000)
  expect(after.log.contents.compacted.index).toBeGreaterThan(compacted.index)
})

test('while its image is on the way every commit may rest on it', async () => {
  const { victim, third, leader } = await begun()
  withoutImages()
  cluster.crash(victim.id)
  await cluster.restart(victim.id, { hearsay: noMembers })
  await cluster.clock.advance(1000)
  cluster.crash(third.id)
  await write('b', 50)
  const [progress] = leader.node.status().progress.filter(({ id }) => id === victim.id)
  expect(progress).toMatchObject({ lacksState: true, state: 'replicate' })
  expect(progress!.match).toBe(leader.node.status().lastIndex)
  // A read there waits for the state.
  expect(await cluster.read(victim.id, 1000)).toMatchObject({ ok: false, reason: 'expired' })
  cluster.network.setFilter(undefined)
  expect(await cluster.converge([leader.id, victim.id])).toHaveLength(150)
  expect(await cluster.read(victim.id)).toMatchObject({ ok: true })
  await cluster.restart(third.id)
  expect(await cluster.converge()).toHaveLength(150)
})

test('when the leader dies it votes for the other one, and campaigns only once it is whole', async () => {
  const { victim, third, leader } = await begun()
  withoutImages()
  cluster.crash(victim.id)
  await cluster.restart(victim.id, { hearsay: initialConfiguration({ voters: [1, 2, 3] }) })
  await cluster.clock.advance(1000)
  const roles: string[] = []
  cluster.node(victim.id).onChange(({ role }) => roles.push(role))
  cluster.kill(leader.id)
  await cluster.elect([victim.id, third.id])
  expect(cluster.leader!.id).toBe(third.id)
  await write('b', 20)
  // The only other one is gone as well: nobody leads, and nobody tries.
  cluster.kill(third.id)
  await cluster.clock.advance(20_000)
  expect(new Set(roles)).toEqual(new Set(['follower']))
  expect(cluster.node(victim.id).leadership().leader).toBe(0)
  cluster.network.setFilter(undefined)
  await cluster.restart(third.id)
  await cluster.elect([victim.id, third.id])
  expect(await cluster.converge([victim.id, third.id])).toHaveLength(120)
  await cluster.restart(leader.id)
  await cluster.converge()
  const { node } = cluster.leader!
  await cluster.settle(node.transferLeadership(victim.id, { timeoutMs: 5000 }))
  await cluster.elect()
  expect(cluster.leader!.id).toBe(victim.id)
})

test('R-10.1 a leader that stops hands over to somebody with a state', async () => {
  const { victim, third, leader } = await begun()
  withoutImages()
  cluster.crash(victim.id)
  await cluster.restart(victim.id, { hearsay: noMembers })
  await cluster.clock.advance(1000)
  await cluster.settle(leader.node.stop())
  await cluster.elect([victim.id, third.id])
  expect(cluster.leader!.id).toBe(third.id)
  expect(leader.node.metrics.transfers.ok).toBe(1)
})

test('R-13.1 a crash around the install leaves no state, or a state that the log goes on from', async () => {
  let fail = true
  const { victim, leader } = await begun((images) => ({
    open: (indexMin) => images.open(indexMin),
    receive: async (snapshot) => {
      const writer = await images.receive(snapshot)
      return {
        ...writer,
        install: async () => {
          if (fail) throw new Error('the disk fails')
          await writer.install()
        },
      }
    },
  }))
  cluster.crash(victim.id)
  await cluster.restart(victim.id, { hearsay: noMembers })
  const isFatal = (): boolean => cluster.member(victim.id).fatal.length > 0
  expect(await cluster.clock.advanceUntil(isFatal, 10_000)).toBe(true)
  expect(cluster.member(victim.id).fatal.splice(0)[0]!.code).toBe('RAFT_IMAGE_INSTALL_FAILED')
  expect(cluster.member(victim.id).log.contents.announced).toBeUndefined()
  fail = false
  await write('b', 5)
  cluster.crash(victim.id)
  await cluster.restart(victim.id, { hearsay: noMembers })
  const { machine } = cluster.member(victim.id)
  expect(await cluster.clock.advanceUntil(() => machine.index > 0, 10_000)).toBe(true)
  // The state is replaced; whatever was to be written after it is lost.
  cluster.crash(victim.id)
  await cluster.restart(victim.id, { machine })
  expect(cluster.node(victim.id).status().lacksState).toBe(false)
  await write('c', 5)
  expect(await cluster.converge()).toHaveLength(110)
  expect(cluster.leader!.id).toBe(leader.id)
})

test('nothing is compacted between the state and the word of it: it may take a slow disk a while', async () => {
  const { victim } = await begun()
  withoutImages()
  cluster.crash(victim.id)
  await cluster.restart(victim.id, { hearsay: noMembers })
  await write('b', 50)
  await cluster.clock.advance(1000)
  const { log, machine, node } = cluster.member(victim.id)
  const append = log.append.bind(log)
  log.append = async (group) => {
    await cluster.clock.sleep(5000)
    await append(group)
  }
  cluster.network.setFilter(undefined)
  expect(await cluster.clock.advanceUntil(() => machine.index > 0, 10_000)).toBe(true)
  await cluster.clock.advance(4000)
  expect(node.status()).toMatchObject({ lifecycle: 'running', lacksState: true, applied: 0 })
  expect(await cluster.clock.advanceUntil(() => !node.status().lacksState, 10_000)).toBe(true)
  await cluster.converge()
})

test('a member whose log was left behind as well takes the image as any other', async () => {
  const { victim } = await begun()
  cluster.crash(victim.id)
  await write('b', 100)
  await cluster.clock.advance(3000)
  await cluster.restart(victim.id, { hearsay: noMembers })
  expect(await cluster.converge()).toHaveLength(200)
  await cluster.clock.advance(100)
  const { log, node } = cluster.member(victim.id)
  expect(log.contents.compacted.index).toBeGreaterThan(150)
  expect(node.metrics.images).toMatchObject({ received: 1, installed: 1 })
})
