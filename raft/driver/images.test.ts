// Clusters in virtual time whose members need a whole state, because the log does not go back far
// enough for them.
import { afterEach, describe, expect, test } from 'vitest'
import type { Message } from '../core/message.ts'
import type { Images } from '../images.ts'
import { bytesOf, Cluster } from './cluster.suite.ts'
import type { Member } from './cluster.suite.ts'
import { imageReplyMs, imageRetryMs, imagesSentMax } from './limits.ts'

let cluster: Cluster

afterEach(async () => {
  cluster.network.setFilter(undefined)
  await cluster.stop()
})

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`)

async function write(prefix: string, count: number): Promise<void> {
  const { node } = cluster.leader!
  const proposals = names(prefix, count).map((name) =>
    node.propose(bytesOf(name), { timeoutMs: 20_000 }),
  )
  const outcomes = await cluster.settle(Promise.all(proposals))
  expect(outcomes.every(({ ok }) => ok)).toBe(true)
}

/** A cluster that keeps ten entries and sends images in chunks of 64 bytes. */
async function started(
  options: Partial<ConstructorParameters<typeof Cluster>[0]> = {},
): Promise<Member> {
  const { member, ...others } = options
  cluster = new Cluster({
    voters: 3,
    imageChunkBytes: 64,
    member: { retainEntries: 10, ...member },
    ...others,
  })
  await cluster.start()
  return cluster.elect()
}

/** Cuts a follower off until the log has left it behind. */
async function leaveBehind(count = 1): Promise<Member[]> {
  const leader = cluster.leader!
  const away = [...cluster.members.values()].filter(({ id }) => id !== leader.id).slice(0, count)
  await write('before', 5)
  await cluster.converge()
  for (const { id } of away) cluster.network.isolate(id)
  await write('missed', 100)
  await cluster.clock.advance(3000)
  const { compacted } = cluster.leader!.node.status()
  for (const { node } of away) expect(compacted.index).toBeGreaterThan(node.status().lastIndex)
  return away
}

const onlyChunks = (filter: (chunk: Extract<Message, { type: 'image-chunk' }>) => boolean) =>
  cluster.network.setFilter((message) => message.type !== 'image-chunk' || filter(message))

describe('R-13.1 R-13.2 who the log left behind gets an image', () => {
  test('a member that was away is whole again, in state and log', async () => {
    await started()
    const [away] = await leaveBehind()
    cluster.network.heal()
    expect(await cluster.converge()).toHaveLength(105)
    await cluster.clock.advance(100)
    const { images } = away!.node.metrics
    expect(images).toMatchObject({ received: 1, installed: 1, receiveFailed: 0 })
    expect(images.bytesReceived).toBeGreaterThan(64)
    expect(away!.log.contents.compacted.index).toBeGreaterThan(50)
    expect(away!.log.contents.announced).toBeUndefined()
    await write('after', 20)
    expect(await cluster.converge()).toHaveLength(125)
    const { commit } = away!.log.contents.hardState
    expect(commit).toBeGreaterThanOrEqual(away!.log.contents.compacted.index)
  })

  test('a new learner starts from an image and ends as a voter that counts', async () => {
    const leader = await started()
    await write('a', 100)
    await cluster.clock.advance(2000)
    expect(leader.node.status().compacted.index).toBeGreaterThan(50)
    await cluster.join(4)
    expect(await cluster.change([{ op: 'add-learner', id: 4 }])).toMatchObject({ ok: true })
    expect(await cluster.converge([1, 2, 3, 4])).toHaveLength(100)
    const promoted = await cluster.change([{ op: 'promote', id: 4 }])
    expect(promoted).toMatchObject({ ok: true, result: { ok: true } })
    await write('b', 5)
    await cluster.converge([1, 2, 3, 4])
    expect(cluster.node(4).metrics.images.installed).toBe(1)
    // It may lead: with two others gone it is one of the three that are needed.
    cluster.network.isolate(cluster.follower().id)
    expect(await cluster.propose(4, 'c')).toMatchObject({ ok: true })
  })

  test('two members at a time, the third one after them', async () => {
    await started({ voters: 7 })
    const leader = cluster.leader!
    const away = await leaveBehind(3)
    let most = 0
    cluster.network.setFilter(() => {
      most = Math.max(most, leader.node.gauges().imagesSending)
      return true
    })
    cluster.network.heal()
    expect(await cluster.converge()).toHaveLength(105)
    expect(away.map(({ node }) => node.metrics.images.installed)).toEqual([1, 1, 1])
    expect(most).toBe(imagesSentMax)
  })

  test('an install that takes long under load needs no second image', async () => {
    let open = (): void => {}
    const gate = new Promise<void>((resolve) => (open = resolve))
    const wrapImages = (images: Images): Images => ({
      open: (indexMin) => images.open(indexMin),
      receive: async (snapshot) => {
        const writer = await images.receive(snapshot)
        return { ...writer, install: () => gate.then(() => writer.install()) }
      },
    })
    const leader = await started({ wrapImages })
    const [away] = await leaveBehind()
    cluster.network.heal()
    await cluster.clock.advanceUntil(() => leader.node.metrics.images.sent === 1, 5000)
    for (let i = 0; i < 6; i += 1) {
      await write(`during-${i}-`, 50)
      await cluster.clock.advance(1000)
    }
    expect(away!.machine.applied).toHaveLength(5)
    open()
    expect(await cluster.converge()).toHaveLength(405)
    expect(away!.node.metrics.images).toMatchObject({ received: 1, installed: 1 })
    await cluster.clock.advance(2000)
    expect(leader.node.status().compacted.index).toBe(leader.node.appliedIndex - 10)
  })

  test('a member that is restarted with its state and log needs nothing more', async () => {
    await started()
    const [away] = await leaveBehind()
    cluster.network.heal()
    await cluster.converge()
    await cluster.clock.advance(100)
    cluster.crash(away!.id)
    const back = await cluster.restart(away!.id)
    await write('after', 3)
    expect(await cluster.converge()).toHaveLength(108)
    expect(back.node.metrics.images.received).toBe(0)
  })

  test('without images the log waits for who is away, whatever it costs', async () => {
    cluster = new Cluster({ voters: 3, member: { retainEntries: 10 } })
    await cluster.start()
    const leader = await cluster.elect()
    for (const { machine } of cluster.members.values()) machine.isAlwaysDurable = true
    const away = cluster.follower()
    cluster.network.isolate(away.id)
    await write('missed', 100)
    await cluster.clock.advance(3000)
    expect(leader.node.status().compacted.index).toBeLessThanOrEqual(away.node.status().lastIndex)
    cluster.network.heal()
    expect(await cluster.converge()).toHaveLength(100)
    expect(leader.node.metrics.images.sent).toBe(0)
  })

  test('without images a new member that needs one is counted, and asked about again', async () => {
    cluster = new Cluster({ voters: 1, member: { retainEntries: 10 } })
    await cluster.start()
    const leader = await cluster.elect()
    leader.machine.isAlwaysDurable = true
    await write('a', 100)
    await cluster.clock.advance(3000)
    expect(leader.node.status().compacted.index).toBeGreaterThan(50)
    await cluster.join(2)
    await cluster.change([{ op: 'add-learner', id: 2 }])
    await cluster.clock.advance(5000)
    const { images } = leader.node.metrics
    expect(images).toMatchObject({ sent: 0, sendFailed: 0 })
    expect(images.notSent).toBeGreaterThan(1)
    expect(images.notSent).toBeLessThanOrEqual(1 + 5000 / imageRetryMs)
    expect(cluster.node(2).appliedIndex).toBe(0)
    expect(await cluster.propose(1, 'b')).toMatchObject({ ok: true })
  })
})

describe('R-13.3 chunks that are lost, doubled or late', () => {
  test('every fourth chunk and every third answer are lost', async () => {
    const leader = await started()
    const [away] = await leaveBehind()
    let count = 0
    cluster.network.setFilter(({ type }) => {
      if (type !== 'image-chunk' && type !== 'image-reply') return true
      count += 1
      return count % (type === 'image-chunk' ? 4 : 3) !== 0
    })
    cluster.network.heal()
    expect(await cluster.converge()).toHaveLength(105)
    expect(leader.node.metrics.images.chunksResent).toBeGreaterThan(0)
    expect(away!.node.metrics.images.refused['out-of-order']).toBeGreaterThan(0)
    expect(away!.node.metrics.images.installed).toBe(1)
  })

  test('every message of the transfer comes twice', async () => {
    await started()
    const [away] = await leaveBehind()
    let isCopy = false
    cluster.network.setFilter((message) => {
      if (isCopy || !message.type.startsWith('image-')) return true
      isCopy = true
      cluster.network.deliver(message)
      isCopy = false
      return true
    })
    cluster.network.heal()
    expect(await cluster.converge()).toHaveLength(105)
    expect(away!.node.metrics.images).toMatchObject({ installed: 1, receiveFailed: 0 })
  })

  test('the connection is reset in the middle', async () => {
    const leader = await started()
    const [away] = await leaveBehind()
    let chunks = 0
    onlyChunks(() => {
      chunks += 1
      if (chunks % 7 === 0) cluster.network.reset(leader.id, away!.id)
      return true
    })
    cluster.network.heal()
    expect(await cluster.converge()).toHaveLength(105)
    expect(chunks).toBeGreaterThan(7)
  })

  test('an answer that does not come is waited for, then the chunks go again', async () => {
    const leader = await started()
    await leaveBehind()
    let isDeaf = true
    onlyChunks(() => !isDeaf)
    cluster.network.heal()
    await cluster.clock.advanceUntil(() => leader.node.gauges().imagesSending === 1, 5000)
    await cluster.clock.advance(imageReplyMs * 2 + 500)
    expect(leader.node.metrics.images.chunksResent).toBeGreaterThan(0)
    isDeaf = false
    expect(await cluster.converge()).toHaveLength(105)
  })
})

describe('R-13.4 an image outlives what happens around it', () => {
  test('its sender loses the leadership: the transfer goes on', async () => {
    const old = await started({ imageChunkBytes: 16 })
    const [away] = await leaveBehind()
    const helper = [1, 2, 3].find((id) => id !== old.id && id !== away!.id)!
    cluster.network.setFilter(({ type, from }) => type !== 'image-chunk' || from === old.id)
    cluster.network.heal()
    await cluster.clock.advanceUntil(() => away!.node.metrics.images.bytesReceived > 32, 5000)
    const moved = await cluster.settle(old.node.transferLeadership(helper, { timeoutMs: 5000 }))
    expect(moved).toMatchObject({ ok: true })
    expect(await cluster.converge()).toHaveLength(105)
    expect(old.node.metrics.images.sent).toBe(1)
    expect(away!.node.metrics.images.installed).toBe(1)
  })

  test('its sender dies: another one sends the next', async () => {
    const old = await started({ imageChunkBytes: 16 })
    const [away] = await leaveBehind()
    cluster.network.heal()
    await cluster.clock.advanceUntil(() => away!.node.metrics.images.bytesReceived > 32, 5000)
    expect(away!.node.metrics.images.received).toBe(0)
    cluster.kill(old.id)
    const left = [1, 2, 3].filter((id) => id !== old.id)
    await cluster.clock.advance(60_000)
    await cluster.elect(left)
    expect(await cluster.converge(left)).toHaveLength(105)
    expect(away!.node.metrics.images).toMatchObject({ installed: 1, receiveFailed: 1 })
  })

  test('J05 the receiver stops in the middle and comes back', async () => {
    await started({ imageChunkBytes: 16 })
    const [away] = await leaveBehind()
    cluster.network.heal()
    await cluster.clock.advanceUntil(() => away!.node.metrics.images.bytesReceived > 32, 5000)
    await cluster.settle(away!.node.stop())
    expect(away!.machine.applied).toHaveLength(5)
    await cluster.clock.advance(5000)
    await cluster.restart(away!.id)
    expect(await cluster.converge()).toHaveLength(105)
  })

  test('the member is removed meanwhile: nothing more is sent to it', async () => {
    const leader = await started({ imageChunkBytes: 16 })
    const [away] = await leaveBehind()
    let isStuck = true
    onlyChunks(({ seq }) => seq < 3 || !isStuck)
    cluster.network.heal()
    await cluster.clock.advanceUntil(() => away!.node.metrics.images.bytesReceived > 32, 5000)
    expect(leader.node.gauges().imagesSending).toBe(1)
    expect(await cluster.change([{ op: 'remove', id: away!.id }])).toMatchObject({ ok: true })
    expect(leader.node.gauges().imagesSending).toBe(0)
    isStuck = false
    await cluster.clock.advanceUntil(() => away!.removals > 0, 20_000)
    expect(away!.node.status().lifecycle).toBe('removed')
  })

  test('design 4.7: a log that grows beyond its bound ends the image; a newer one arrives', async () => {
    const leader = await started({ imageChunkBytes: 16, member: { imageRetainBytes: 20_000 } })
    const [away] = await leaveBehind()
    let isStuck = true
    onlyChunks(({ seq }) => seq < 3 || !isStuck)
    cluster.network.heal()
    await cluster.clock.advanceUntil(() => away!.node.metrics.images.bytesReceived > 32, 5000)
    const held = leader.node.status().compacted.index
    await write('a', 200)
    await cluster.clock.advance(1500)
    // The image is on its way: the log after it stays.
    expect(leader.node.status().compacted.index).toBeLessThan(held + 60)
    for (let i = 0; i < 5; i += 1) {
      await write(`x${i}-${'x'.repeat(100)}`, 40)
      await cluster.clock.advance(300)
    }
    await cluster.clock.advance(1500)
    expect(leader.node.metrics.images.sendFailed).toBeGreaterThan(0)
    expect(leader.node.status().compacted.index).toBeGreaterThan(held + 200)
    isStuck = false
    expect(await cluster.converge()).toHaveLength(505)
  })
})

describe('callers of a member whose state is replaced', () => {
  test('what was placed and jumped over has no known outcome; reads are answered', async () => {
    let open = (): void => {}
    const gate = new Promise<void>((resolve) => (open = resolve))
    const wrapImages = (images: Images): Images => ({
      open: (indexMin) => gate.then(() => images.open(indexMin)),
      receive: (snapshot) => images.receive(snapshot),
    })
    const leader = await started({ wrapImages })
    const [away] = await leaveBehind()
    cluster.network.heal()
    const proposal = away!.node.propose(bytesOf('mine'), { timeoutMs: 60_000 })
    const read = away!.node.readIndex({ timeoutMs: 60_000 })
    await cluster.clock.advanceUntil(() => leader.machine.applied.includes('mine'), 5000)
    expect(away!.node.gauges()).toMatchObject({ proposalsInLog: 1, readsWaiting: 1 })
    open()
    expect(await cluster.settle(proposal)).toEqual({ ok: false, reason: 'unknown-outcome' })
    expect(await cluster.settle(read)).toMatchObject({ ok: true })
    expect(away!.machine.applied).toContain('mine')
  })
})

describe('R-13.1 J06 J07 a crash at every step of an install', () => {
  type Step = 'before-install' | 'after-install'

  /** Members whose install ends in a crash of their process, once. */
  function crashing(step: Step): (images: Images, id: number) => Images {
    let isArmed = true
    return (images, id) => ({
      open: (indexMin) => images.open(indexMin),
      receive: async (snapshot) => {
        const writer = await images.receive(snapshot)
        return {
          write: (chunk) => writer.write(chunk),
          finish: () => writer.finish(),
          abort: () => writer.abort(),
          install: async () => {
            if (!isArmed) return writer.install()
            isArmed = false
            if (step === 'after-install') await writer.install()
            cluster.crash(id)
            return new Promise<void>(() => {})
          },
        }
      },
    })
  }

  test.each([
    ['before-install', 5],
    ['after-install', 105],
  ] as const)('%s', async (step, held) => {
    await started({ wrapImages: crashing(step) })
    const [away] = await leaveBehind()
    cluster.network.heal()
    expect(await cluster.clock.advanceUntil(() => away!.isCrashed, 10_000)).toBe(true)
    expect(away!.log.contents.announced).toBeDefined()
    expect(away!.machine.applied).toHaveLength(held)
    await cluster.restart(away!.id, { machine: away!.machine })
    expect(await cluster.converge()).toHaveLength(105)
    await write('after', 3)
    expect(await cluster.converge()).toHaveLength(108)
  })

  test.each([
    ['the reset of the log is lost', 0],
    ['the reset of the log is durable, and nobody heard of it', 1],
  ])('%s', async (_, changesKept) => {
    await started({ syncMs: 5 })
    const [away] = await leaveBehind()
    cluster.network.heal()
    const isReplaced = (): boolean => away!.node.metrics.images.installed === 1
    expect(await cluster.clock.advanceUntil(isReplaced, 10_000)).toBe(true)
    const contents = cluster.crash(away!.id, changesKept)
    expect(contents.announced === undefined).toBe(changesKept === 1)
    await cluster.restart(away!.id, { machine: away!.machine })
    expect(await cluster.converge()).toHaveLength(105)
    // What it holds again is what the group agreed on, and it votes with it.
    const other = cluster.follower()
    cluster.network.isolate(other.id === away!.id ? cluster.leader!.id : other.id)
    expect(await cluster.propose(away!.id, 'last', 20_000)).toMatchObject({ ok: true })
  })

  test('an install that fails ends the replica; after a restart it is sent another one', async () => {
    let isBroken = true
    const breaking = (images: Images): Images => ({
      open: (indexMin) => images.open(indexMin),
      receive: async (snapshot) => {
        const writer = await images.receive(snapshot)
        const install = async (): Promise<void> => {
          if (isBroken) throw new Error('the disk is broken')
          await writer.install()
        }
        return { ...writer, install }
      },
    })
    await started({ wrapImages: breaking })
    const [away] = await leaveBehind()
    cluster.network.heal()
    await cluster.clock.advanceUntil(() => away!.fatal.length > 0, 10_000)
    expect(away!.fatal.map(({ code }) => code)).toEqual(['RAFT_IMAGE_INSTALL_FAILED'])
    isBroken = false
    cluster.crash(away!.id)
    await cluster.restart(away!.id, { machine: away!.machine })
    expect(await cluster.converge()).toHaveLength(105)
  })
})
