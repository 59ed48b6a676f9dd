// Whole replicas (core, driver, log in memory) on the network in memory: the cases that the
// practice of Raft implementations has given names, as a smoke of that network. Virtual time
// throughout.
import { describe, expect, test } from 'vitest'
import { Prng } from '../../base/index.ts'
import { bytesOf, Cluster } from '../driver/cluster.suite.ts'

/** Asks in turn all of `ids` to propose `count` entries, and returns those that were applied. */
async function proposeAll(
  cluster: Cluster,
  count: number,
  ids: readonly number[],
): Promise<readonly string[]> {
  const asked = Array.from({ length: count }, (_, i) => {
    const id = ids[i % ids.length]!
    const text = `${id}.${i}`
    const outcome = cluster.node(id).propose(bytesOf(text), { timeoutMs: 20_000 })
    return { text, outcome }
  })
  const applied: string[] = []
  for (const { text, outcome } of asked) {
    if ((await cluster.settle(outcome)).ok) applied.push(text)
  }
  return applied
}

describe('network in memory', () => {
  test('NodeBasicProgress: five replicas commit what is asked of each, the same everywhere', async () => {
    const cluster = new Cluster({ voters: 5, seed: 'basic-progress' })
    await cluster.start()
    await cluster.elect()
    const applied = await proposeAll(cluster, 50, [1, 2, 3, 4, 5])
    expect(applied).toHaveLength(50)
    const list = await cluster.converge()
    expect([...list].sort()).toEqual([...applied].sort())
    await cluster.stop()
  })

  test('NodeRestart: while two of five come and go nothing that was acknowledged is lost', async () => {
    const cluster = new Cluster({ voters: 5, seed: 'restart' })
    await cluster.start()
    const { id: leader } = await cluster.elect()
    const [first, second, ...others] = [1, 2, 3, 4, 5].filter((id) => id !== leader)
    const acknowledged = [...(await proposeAll(cluster, 30, [leader]))]
    cluster.crash(first!)
    acknowledged.push(...(await proposeAll(cluster, 30, [leader, ...others])))
    cluster.crash(second!)
    acknowledged.push(...(await proposeAll(cluster, 30, [leader, ...others])))
    await cluster.restart(first!)
    acknowledged.push(...(await proposeAll(cluster, 30, [leader, ...others])))
    await cluster.restart(second!)
    expect(acknowledged).toHaveLength(120)
    const list = await cluster.converge()
    expect(acknowledged.every((text) => list.includes(text))).toBe(true)
    await cluster.stop()
  })

  test('NodePause: one that hears and says nothing for a while catches up', async () => {
    const cluster = new Cluster({ voters: 5, seed: 'pause' })
    await cluster.start()
    const { id: leader } = await cluster.elect()
    const paused = [1, 2, 3, 4, 5].find((id) => id !== leader)!
    cluster.network.isolate(paused)
    const rest = [1, 2, 3, 4, 5].filter((id) => id !== paused)
    expect(await proposeAll(cluster, 30, rest)).toHaveLength(30)
    expect(cluster.member(paused).machine.applied).toEqual([])
    cluster.network.heal()
    expect(await cluster.converge()).toHaveLength(30)
    // With pre-vote its return has cost nobody the leadership.
    expect(cluster.leader?.id).toBe(leader)
    await cluster.stop()
  })

  test('NetworkDrop: with a message in ten lost, entries are committed and stay', async () => {
    const cluster = new Cluster({ voters: 3, seed: 'drop', delayMs: 2 })
    const random = new Prng('drop')
    let lost = 0
    cluster.network.setFilter(() => {
      const isLost = random.ratio(1, 10)
      if (isLost) lost += 1
      return !isLost
    })
    await cluster.start()
    await cluster.elect()
    const applied: string[] = []
    for (let n = 0; n < 40; n += 1) {
      const { id } = await cluster.elect()
      applied.push(...(await proposeAll(cluster, 1, [id])))
      await cluster.clock.advance(50)
    }
    cluster.network.setFilter(undefined)
    const list = await cluster.converge()
    expect(lost).toBeGreaterThan(20)
    expect(applied.length).toBeGreaterThan(20)
    for (const text of applied) expect(list).toContain(text)
    await cluster.stop()
  })

  test('NetworkDelay: messages that take long cost time and nothing else', async () => {
    const elapsedMs: number[] = []
    for (const delayMs of [1, 40]) {
      const cluster = new Cluster({ voters: 3, seed: 'delay', delayMs })
      await cluster.start()
      const { id } = await cluster.elect()
      const beganMs = cluster.clock.nowMs()
      for (let n = 0; n < 10; n += 1) {
        expect(await cluster.propose(id, `${n}`)).toMatchObject({ ok: true })
      }
      elapsedMs.push(cluster.clock.nowMs() - beganMs)
      expect(await cluster.converge()).toHaveLength(10)
      await cluster.stop()
    }
    const [near, far] = elapsedMs
    // Ten proposals, one after the other, take at least ten round trips.
    expect(far!).toBeGreaterThanOrEqual(10 * 2 * 40)
    expect(near!).toBeLessThan(far!)
  })
})
