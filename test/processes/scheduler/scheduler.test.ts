// Clients of both APIs while schedulers die, over real processes, in short form; `npm run e2e --
// scheduler --full` is the long one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MemberCluster } from '../members/member-cluster.ts'
import { schedulerItems } from './items.ts'
import { SlotsOfTheDead, slotsOfTheDead } from './slots-item.ts'
import { shortScale } from './steps.ts'

describe('clients and schedulers', () => {
  let cluster: MemberCluster
  let slots: SlotsOfTheDead

  beforeAll(async () => {
    cluster = await MemberCluster.start({ initial: 3 })
    // What takes its 40 s goes on beside the others.
    slots = await SlotsOfTheDead.begin(cluster, shortScale, true)
  })

  afterAll(async () => {
    await cluster?.stop()
  })

  for (const item of schedulerItems.filter((each) => each !== slotsOfTheDead)) {
    it(item.title, async () => {
      const figure = await item.run(cluster, shortScale)
      console.log(`${item.title}: ${figure}`)
      expect(figure).not.toBe('')
    })
  }

  it(slotsOfTheDead.title, async () => {
    const figure = await slots.end()
    console.log(`${slotsOfTheDead.title}: ${figure}`)
    expect(figure).not.toBe('')
  })
})
