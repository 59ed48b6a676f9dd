import { expect, test } from 'vitest'
import type { clusterV1 } from '../proto/index.ts'
import { node } from './cluster-fixture.suite.ts'
import { nodesText, shardsText } from './cluster.ts'

const nodes = [node(1), node(2, { state: 'loading', loadedPercent: 41.9, loadedBytes: 5 })]
const place = { index: 20, configurationId: 4 }

const client = (shards: readonly clusterV1.Shard__Output[]) => {
  const asked: unknown[] = []
  return {
    asked,
    shards: async (options?: object) => {
      asked.push(options)
      return { ...place, shards: [...shards] }
    },
    slots: async () => ({ ...place, shards: [...shards] }),
    nodes: async (all: boolean) => ({ ...place, nodes: all ? nodes : nodes.slice(0, 1) }),
  }
}

const whole = [{ slots: [{ start: 0, end: 16_383 }], nodes }]

test('shards as a table', async () => {
  const fake = client(whole)
  expect(await shardsText(fake, 'shards', { json: false, stale: true }))
    .toBe(`index 20, configuration 4

slots 0-16383
ID  NAME  ADDRESS         RAFT ADDRESS    ROLE   STATE    LOADED
1   s1    127.0.0.1:7001  127.0.0.1:8001  voter  online   -
2   s2    127.0.0.1:7002  127.0.0.1:8002  voter  loading  41%
`)
  expect(fake.asked).toEqual([{ consistency: 'stale' }])
})

test('slots that nobody serves say so', async () => {
  expect(await shardsText(client([]), 'slots', { json: false, stale: false })).toBe(
    'index 20, configuration 4\n\nnobody can serve now\n',
  )
})

test('JSON has ids as text, and null for what is not known', async () => {
  const json = JSON.parse(await shardsText(client(whole), 'slots', { json: true, stale: false }))
  expect(json).toMatchObject({
    ...place,
    shards: [{ slots: [{ start: 0, end: 16_383 }], nodes: [{ id: '1' }, { id: '2' }] }],
  })
  const config = { json: true, stale: false, all: false }
  expect(JSON.parse(await nodesText(client(whole), config))).toEqual({
    ...place,
    nodes: [
      {
        id: '1',
        hostId: 's1',
        addr: '127.0.0.1:7001',
        raftAddr: '127.0.0.1:8001',
        role: 'voter',
        state: 'online',
        loadedBytes: null,
        loadTotalBytes: null,
        loadedPercent: null,
      },
    ],
  })
})

test('nodes shows all when asked', async () => {
  const text = await nodesText(client(whole), { json: false, stale: false, all: true })
  expect(text.split('\n')).toHaveLength(6)
})
