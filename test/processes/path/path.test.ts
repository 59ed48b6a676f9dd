// The whole path over real processes, in its short form; `npm run e2e -- path --full` is the long.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LocalCluster } from '../local-cluster.ts'
import { items } from './items.ts'
import { shortScale } from './scale.ts'

describe('the whole path', () => {
  let cluster: LocalCluster
  let folder = ''

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'damselfly-files-'))
    cluster = await LocalCluster.start({ flags: ['--announce-interval', '2s'] })
  })

  afterAll(async () => {
    await cluster?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  for (const item of items) {
    it(item.title, async () => {
      const figure = await item.run(cluster, shortScale, folder)
      console.log(`${item.title}: ${figure}`)
      expect(figure).not.toBe('')
    })
  }
})
