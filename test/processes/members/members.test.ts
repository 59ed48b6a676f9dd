// Members that come and go, over real processes, in short form; `npm run e2e -- members --full` is
// the long one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { itemsInTest } from './items.ts'
import { MemberCluster } from './member-cluster.ts'
import { shortScale } from './steps.ts'

describe('members of one cluster', () => {
  let cluster: MemberCluster

  beforeAll(async () => {
    cluster = await MemberCluster.start({ initial: 3, spare: 1 })
  })

  afterAll(async () => {
    await cluster?.stop()
  })

  for (const item of itemsInTest.shared) {
    it(item.title, async () => {
      const figure = await item.run(cluster, shortScale)
      console.log(`${item.title}: ${figure}`)
      expect(figure).not.toBe('')
    })
  }
})

describe('clusters of their own', () => {
  for (const item of itemsInTest.ownCluster) {
    it(item.title, async () => {
      const figure = await item.run(shortScale)
      console.log(`${item.title}: ${figure}`)
      expect(figure).not.toBe('')
    })
  }
})
