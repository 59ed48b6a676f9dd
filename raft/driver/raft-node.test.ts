import { afterEach, expect, test } from 'vitest'
import { Cluster } from './cluster.suite.ts'

let cluster: Cluster

afterEach(async () => {
  await cluster.stop()
})

test('three replicas elect one leader and apply what it is given', async () => {
  cluster = new Cluster({ voters: 3 })
  await cluster.start()
  const leader = await cluster.elect()
  const outcome = await cluster.propose(leader.id, 'a')
  expect(outcome).toMatchObject({ ok: true, result: 1 })
  expect(await cluster.converge()).toEqual(['a'])
})
